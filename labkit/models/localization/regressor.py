"""One box from one feature map."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from labkit.arguments import share, whole_number
from labkit.models.localization.pyramids import map_shapes


def box_head(feature_shape: Sequence, squeezed: int = 64, hidden: int = 128, dropout: float = 0.0) -> keras.Model:
    """Return a network that reads one box off a feature map.

    >>> head = box_head((7, 7, 320))
    >>> [(layer.name, layer.count_params()) for layer in head.layers if layer.count_params()]
    [('squeeze', 20544), ('hidden', 401536), ('box', 516)]

    The map is flattened, not averaged: an average no longer knows where anything is. Before that a 1×1 convolution
    leaves few channels, or the next layer would have most of a million weights.

    Parameters
    ----------
    feature_shape : (height, width, channels)
        Of the map; one of `feature_pyramid`'s shapes.
    squeezed : int
        Channels that are left.
    hidden : int
        Units of the layer between.
    dropout : float
        The share of them that a training step does not see, 0 to below 1.

    Returns
    -------
    keras.Model
        Maps to (n, 4): centre across, centre down, width and height of the box, as shares of the image's, 0 to 1;
        `labkit.training.corner_form` makes corners of them.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above.
    """
    (shape,) = map_shapes(feature_shape)
    whole_number("squeezed", squeezed), whole_number("hidden", hidden), share("dropout", dropout)
    return keras.Sequential(
        [
            keras.Input(shape, name="features"),
            layers.Conv2D(squeezed, 1, activation="relu", name="squeeze"),
            layers.Flatten(name="flatten"),
            layers.Dense(hidden, activation="relu", name="hidden"),
            *([layers.Dropout(dropout, name="dropout")] if dropout else []),
            layers.Dense(4, activation="sigmoid", name="box"),
        ],
        name="box_head",
    )
