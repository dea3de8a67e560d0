"""Chapter 10: transfer learning."""
