"""Chapter 4: counting a convnet."""
