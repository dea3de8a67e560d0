"""Teaching networks where things are: what they shall say, what it costs to say otherwise, and how to read them."""
