"""Chapter 5: a first convolutional network."""
