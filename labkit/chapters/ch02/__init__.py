"""Chapter 2: convolution."""
