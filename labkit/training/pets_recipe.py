"""How cats and dogs are learned from scratch, from 2,000 photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.training.recipes import Recipe

if TYPE_CHECKING:
    from labkit.training.augment import RandomAffine

# The decks' batches. On images that change every time a constant rate is slow or restless; one cycle is neither.
PETS_RECIPE = Recipe("adam", batch_size=20, epochs=40, peak_rate=0.001)


def pets_augmentation(seed: int | None = None) -> RandomAffine:
    """Return the changes under which a cat stays a cat: smaller than the decks', and mirrored at the border.

    >>> pets_augmentation(seed=0).rotation
    15.0

    The decks turn by up to 40°, which photographs of pets seldom are, and fill the corners with smeared border pixels;
    a mirror image looks like more of the same fur or lawn.

    Parameters
    ----------
    seed : int, optional
        See `RandomAffine`.
    """
    from labkit.training.augment import RandomAffine

    return RandomAffine(
        rotation=15,
        width_shift=0.1,
        height_shift=0.1,
        shear=10,
        zoom=0.2,
        horizontal_flip=True,
        fill_mode="reflect",
        seed=seed,
    )
