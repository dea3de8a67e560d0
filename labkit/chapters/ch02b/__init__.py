"""Chapter 2b: what kernels find."""
