"""Feature maps of many images, computed once and kept in half the room; and a detector on images, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.arguments import whole_number
from labkit.training.detections import Detections
from labkit.training.localization.centres import decode_centres, mirrored_answers

if TYPE_CHECKING:
    import keras


def pyramid_features(pyramid: keras.Model, images: NDArray[np.uint8], batch_size: int = 8) -> list[NDArray[np.float16]]:
    """Run images through a frozen pyramid once, and keep the maps as float16.

    >>> from labkit.models import feature_pyramid
    >>> from labkit.models.pretrained import load
    >>> pyramid = feature_pyramid(load("efficientnet-lite0", include_top=False, input_size=64, weights=None))
    >>> [maps.shape for maps in pyramid_features(pyramid, np.zeros((2, 64, 64, 3), np.uint8))]
    [(2, 8, 8, 40), (2, 4, 4, 112), (2, 2, 2, 320)]

    The weights of a frozen backbone do not change, so neither do its maps. A head is trained on them as they are:
    ``head.fit(features, targets)``; Keras makes float32 of each batch.

    Parameters
    ----------
    pyramid : keras.Model
        From `labkit.models.feature_pyramid`.
    images : ndarray of uint8, shape (n, size, size, 3)
        0 to 255.
    batch_size : int
        Images at a time.

    Returns
    -------
    list of ndarray of float16
        One for each map of the pyramid. Three maps of an image of 320×320 take 0.28 MB, all five 1.4 MB.
    """
    batch_size = whole_number("batch_size", batch_size)
    kept = [np.empty((len(images), *shape[1:]), np.float16) for shape in _shapes(pyramid)]
    for start in range(0, len(images), batch_size):
        found = pyramid.predict_on_batch(np.asarray(images[start : start + batch_size], np.float32))
        for whole, part in zip(kept, found if isinstance(found, (list, tuple)) else [found], strict=True):
            whole[start : start + batch_size] = part
    return kept


def _shapes(pyramid: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(output.shape) for output in pyramid.outputs]


def detect(
    model: keras.Model, inputs: Any, size: Any, *, batch_size: int = 8, mirror: bool = False, **thresholds: Any
) -> list[Detections]:
    """Find the objects in images, or in what a pyramid makes of them.

    >>> from labkit.models import centre_head
    >>> head = centre_head([(8, 8, 4), (4, 4, 4), (2, 2, 4)], num_classes=2, width=8)
    >>> maps = [np.zeros((3, n, n, 4), np.float16) for n in (8, 4, 2)]
    >>> len(detect(head, maps, size=64))
    3

    Parameters
    ----------
    model : keras.Model
        A `centre_head`, or one attached to its pyramid.
    inputs : ndarray, or list of ndarray
        What the model takes.
    size : int or (height, width)
        Of the images, in pixels.
    batch_size : int
        Images at a time.
    mirror : bool
        Whether the model is asked about each image's mirror image, too, and both answers are averaged: twice the work.
        Only for a model that takes images: the maps of a mirror image are not the mirrored maps.
    **thresholds
        Of `decode_centres`.

    Returns
    -------
    list of Detections
        One for each image.

    Raises
    ------
    ValueError
        If maps are to be mirrored.
    """
    batch_size = whole_number("batch_size", batch_size)
    if mirror and isinstance(inputs, (list, tuple)):
        raise ValueError(f"inputs is a list of {len(inputs)} maps; with mirror=True allowed are images, (n, h, w, 3)")
    answers = model.predict(inputs, batch_size=batch_size, verbose=0)
    if mirror:
        of_mirrors = model.predict(np.asarray(inputs)[:, :, ::-1], batch_size=batch_size, verbose=0)
        answers = (answers + mirrored_answers(of_mirrors, size)) / 2
    return [decode_centres(one, size, **thresholds) for one in answers]
