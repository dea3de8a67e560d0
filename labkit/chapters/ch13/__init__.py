"""Chapter 13: filter patterns."""
