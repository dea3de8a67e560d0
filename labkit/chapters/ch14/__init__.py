"""Chapter 14: Grad-CAM."""
