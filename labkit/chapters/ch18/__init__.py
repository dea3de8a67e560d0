"""Chapter 18: where is it? A box round what the network has found."""
