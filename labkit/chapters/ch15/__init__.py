"""Chapter 15: the evolution of convolutional networks."""
