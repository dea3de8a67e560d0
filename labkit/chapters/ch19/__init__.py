"""Chapter 19: how many are there, and where? Detection."""
