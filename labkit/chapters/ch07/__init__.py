"""Chapter 7: Fashion-MNIST."""
