"""Chapter 3: padding, stride and pooling."""
