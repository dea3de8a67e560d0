"""Chapter 8: cats and dogs."""
