"""Chapter 17: small and fast."""
