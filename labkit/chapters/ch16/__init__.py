"""Chapter 16: training deep networks."""
