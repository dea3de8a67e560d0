"""Chapter 12: activations."""
