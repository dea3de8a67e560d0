"""Drawn pets: cats and dogs made by code, with the masks of the animal and of its head."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"pictures": ["DrawnPets", "draw_pets"]})
