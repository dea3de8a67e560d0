"""Networks that say where things are: a box, several boxes, every pixel. They stand on the features of a backbone."""
