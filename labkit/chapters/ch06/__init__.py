"""Chapter 6: LeNet-5."""
