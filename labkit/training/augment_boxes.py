"""Augmentation of images whose objects are known: masks move with their images, boxes follow the masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import share
from labkit.datasets.boxed_images import BoxedImages
from labkit.training.affine import resample
from labkit.training.augment import RandomAffine


def augment_boxed(scenes: BoxedImages, augment: RandomAffine, *, least_seen: float = 0.0) -> BoxedImages:
    """Change each image at random, its masks in the same way, and draw the boxes anew round the masks.

    >>> from labkit.datasets import draw_scenes
    >>> scenes = draw_scenes(2, size=64, animals=1)
    >>> changed = augment_boxed(scenes, RandomAffine(rotation=10, zoom=0.2, fill_mode="constant", seed=0))
    >>> changed.pixels.shape, bool((changed.boxes[0] == scenes.boxes[0]).all())
    ((2, 64, 64, 3), False)

    A turned box would be too large: its corners were empty before. The tightest box round the turned mask is exact.

    Parameters
    ----------
    scenes : BoxedImages
        Of one size.
    augment : RandomAffine
        How much is changed. What is seen beyond the border belongs to no object, so a mirror image there
        (``fill_mode="reflect"``) shows objects that no box tells of; ``"constant"`` does not.
    least_seen : float
        0 to below 1. Objects of which less than this share is still in the image are dropped.

    Returns
    -------
    BoxedImages
        With as many images as before.

    Raises
    ------
    TypeError, ValueError
        If the images have different sizes, or an argument is not one of the above.
    """
    if not isinstance(augment, RandomAffine):
        raise TypeError(f"augment is {augment!r}; allowed is a RandomAffine")
    matrices = augment.draw_matrices(scenes.pixels)
    return move_boxed(scenes, matrices, augment.fill_mode, augment.fill_value, least_seen=least_seen)


def move_boxed(
    scenes: BoxedImages,
    matrices: Any,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    *,
    least_seen: float = 0.0,
) -> BoxedImages:
    """Change each image by a matrix, its masks in the same way, and draw the boxes anew round the masks.

    >>> from labkit.datasets import draw_scenes
    >>> from labkit.training import affine_matrices
    >>> scenes = draw_scenes(1, size=64, animals=1)
    >>> mirrored = move_boxed(scenes, affine_matrices((64, 64), flip=True))
    >>> bool((mirrored.boxes[0][:, [2, 0]] == 64 - scenes.boxes[0][:, [0, 2]]).all())
    True

    Parameters
    ----------
    scenes : BoxedImages
        Of one size.
    matrices : tensor, shape (n, 2, 3) or (1, 2, 3)
        From `affine_matrices`.
    fill_mode, fill_value
        What is seen beyond the border, as for `resample`; no object is there.
    least_seen : float
        As for `augment_boxed`.

    Returns
    -------
    BoxedImages
    """
    share("least_seen", least_seen)
    images = np.asarray(resample(scenes.pixels, matrices, fill_mode, fill_value))
    maps = np.stack(scenes.instances)[..., np.newaxis]
    moved = np.asarray(resample(maps, matrices, "constant", 0.0, "nearest"))[..., 0].astype(np.uint8)
    if least_seen:
        shrinking = np.abs(np.linalg.det(np.asarray(matrices, np.float64)[:, :, :2])) * np.ones(len(moved))
        for number, (before, after, factor) in enumerate(zip(scenes.instances, moved, shrinking, strict=True)):
            whole, left = (np.bincount(one.ravel(), minlength=256) for one in (before, after))
            seen = left * factor >= least_seen * whole
            moved[number] = np.where(seen[after], after, 0)
    return scenes.moved(list(np.clip(images.round(), 0, 255).astype(np.uint8)), list(moved))
