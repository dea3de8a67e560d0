"""Chapter 1: Images as numbers."""
