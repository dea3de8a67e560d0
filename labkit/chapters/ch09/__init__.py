"""Chapter 9: augmentation."""
