"""Chapter 5b: backpropagation through a convolution."""
