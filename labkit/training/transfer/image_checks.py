"""What images and labels must be like before hours are spent on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.decoding import DecodedPictures


def check_images(name: str, images: Any, size: tuple[int, int], taker: str) -> DecodedPictures:
    """Return images that a network can take as they are: of its size, 0 to 255, with labels that fit the classes.

    >>> dark = DecodedPictures(np.zeros((1, 8, 8, 3), np.float32), np.array([0]), ("cat", "dog"), "crop")
    >>> check_images("images", dark, (8, 8), "the network")
    Traceback (most recent call last):
        ...
    ValueError: images are floats from 0 to 0, where 0 to 255 is expected: hand over the images as they were
    decoded, neither divided by 255 nor prepared; that is done for you

    Parameters
    ----------
    name : str
        The argument, for messages.
    images
        What was handed over.
    size : (height, width)
        What is needed.
    taker : str
        Who needs it, for messages.

    Raises
    ------
    TypeError
        If they are no `DecodedPictures`.
    ValueError
        If there are none, or their size, range or labels are not as they must be.
    """
    if not isinstance(images, DecodedPictures):
        raise TypeError(f"{name} is a {type(images).__name__}; DecodedPictures, from decode_pictures, are needed")
    if len(images) == 0:
        raise ValueError(f"{name} is empty; at least one image is needed")
    if images.images.ndim != 4 or images.images.shape[-1] != 3:
        raise ValueError(f"{name} has images of shape {images.images.shape}; (n, height, width, 3) is needed")
    if images.size != size:
        raise ValueError(
            f"{name} are {images.size[0]}×{images.size[1]}, but {taker} takes {size[0]}×{size[1]}; "
            f"decode_pictures(..., size={size}) makes them so"
        )
    check_range(name, images.images)
    check_labels(name, images.labels, len(images), len(images.class_names))
    return images


def check_range(name: str, images: NDArray[Any]) -> None:
    """Refuse pixels that are not from 0 to 255."""
    if images.dtype == np.uint8:
        return
    if images.dtype.kind not in "uif":
        raise TypeError(f"{name} has pixels of dtype {images.dtype}; whole numbers from 0 to 255 are needed")
    from labkit.models.pretrained.preprocessing import BRIGHTEST_OF_UNIT_SCALE  # here: importing it loads TensorFlow

    darkest, brightest = float(images.min()), float(images.max())
    kind = "floats" if images.dtype.kind == "f" else "whole numbers"
    too_dark = kind == "floats" and brightest <= BRIGHTEST_OF_UNIT_SCALE
    if too_dark or not (darkest >= 0 and brightest <= 255):  # so that NaN is refused as well
        raise ValueError(
            f"{name} are {kind} from {darkest:.3g} to {brightest:.3g}, where 0 to 255 is expected: hand over the "
            "images as they were decoded, neither divided by 255 nor prepared; that is done for you"
        )


def check_labels(name: str, labels: Any, count: int, classes: int) -> None:
    """Refuse labels that are not one index into the class names for each image."""
    labels = np.asarray(labels)
    if classes < 2:
        raise ValueError(f"{name} has {classes} class name; at least two classes are needed, to tell apart")
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has labels of shape {labels.shape} and dtype {labels.dtype}; "
            f"{count:,} whole numbers, one an image, are needed"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{name} has labels from {labels.min()} to {labels.max()}; with {classes} classes, "
            f"0 to {classes - 1} is allowed"
        )


def check_output(name: str, model: Any, classes: int) -> None:
    """Refuse a network whose outputs do not fit the number of classes: 1 or 2 for two, else one for each."""
    width = model.output_shape[-1]
    if len(model.output_shape) != 2 or not (width == classes or (width == 1 and classes == 2)):
        outputs = "×".join(map(str, model.output_shape[1:]))
        needed = "1 or 2" if classes == 2 else str(classes)
        raise ValueError(f"{name} has {outputs} outputs, but the labels name {classes} classes; it needs {needed}")


def check_rate(learning_rate: Any) -> None:
    """Refuse a learning rate that is a number and not above 0; a schedule passes."""
    if isinstance(learning_rate, int | float) and not 0 < learning_rate < float("inf"):
        raise ValueError(f"learning_rate is {learning_rate!r}; allowed is a number above 0")
