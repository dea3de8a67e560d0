"""Chapter 11b: your own two classes, this afternoon."""
