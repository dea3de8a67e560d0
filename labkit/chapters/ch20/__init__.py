"""Chapter 20: every pixel."""
