"""LeNet-5 of 1998: the network, the layers and the loss that Keras has not, its two tables, its costs."""
