"""Guided backpropagation: the gradient by the pixels, of which every ReLU lets through only what is positive.

Its maps are sharp, and look much like the edges in the image. How little they depend on what the network has learned is
told by :func:`~labkit.explain.faithfulness.randomize_weights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from labkit.arguments import whole_number
from labkit.explain.attribution import asked_of, explanation_of, strongest
from labkit.explain.class_activation import cam
from labkit.explain.results import Explanation
from labkit.explain.scores_and_gradients import image_pass
from labkit.explain.targets import Target, check_names


def guided_backprop(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    *,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> Explanation:
    """Return the gradient of the score by each pixel, where each ReLU on the way back lets only what is positive pass.

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten(),
    ...     keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)])
    >>> model.set_weights([np.array([[1.0, 1], [2, 3]]), np.zeros(2), np.array([[5.0], [-1]]), np.zeros(1)])
    >>> guided_backprop(model, np.ones((1, 2, 1)), target=1).values.ravel().tolist()  # the second unit speaks against
    [5.0, 10.0]

    On the way back through a ReLU the gradient G becomes G·[x > 0]·[G > 0], where the chain rule has G·[x > 0]; of a
    ReLU6, x is also below 6. A ReLU is ``tf.nn.relu`` or ``tf.nn.relu6``, however Keras comes to call it; other
    functions keep their gradient. The model stays as it is, also while this runs.

    Parameters
    ----------
    model, images, target, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.

    Returns
    -------
    Explanation
        ``values`` are the guided gradients; the maps their largest size over the channels, divided by each map's peak.

    Raises
    ------
    TypeError, ValueError
        As :func:`~labkit.explain.class_activation.cam`; and when the network has no ReLU, or one inside a
        ``tf.function`` or a loop of its own.

    References
    ----------
    J. T. Springenberg et al., "Striving for simplicity: the all convolutional net", 2015, section 3.4.
    """
    batch_size = whole_number("batch_size", batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    found = image_pass(model, batch, asked, score, batch_size, guided=True)
    check_names(class_names, found.outputs if found.classes is not None else None)
    return explanation_of("guided-backprop", found, found.gradients, strongest(found.gradients), class_names)


def guided_grad_cam(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    layer: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> Explanation:
    """Return guided backpropagation times the Grad-CAM map: the sharp lines, where the coarse map is bright.

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 2, 2, activation="relu"),
    ...     keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    >>> guided_grad_cam(model, np.ones((3, 4, 4, 1)), target=0).maps.shape
    (3, 4, 4)

    Parameters
    ----------
    model, images, target, layer, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.

    Returns
    -------
    Explanation
        ``values`` are the guided gradients times the map, 0 to 1, at each pixel; the maps their largest size over the
        channels, divided by each map's peak.

    Raises
    ------
    TypeError, ValueError
        As :func:`guided_backprop`.

    References
    ----------
    R. Selvaraju et al., "Grad-CAM", 2017, section 3.2.
    """
    batch_size = whole_number("batch_size", batch_size)
    coarse = cam(model, images, target, layer, class_names=class_names, score=score, batch_size=batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    fixed = asked if coarse.classes is None else coarse.classes
    sharp = image_pass(model, batch, fixed, score, batch_size, guided=True)
    values = sharp.gradients * coarse.maps[..., None]
    return explanation_of("guided-grad-cam", sharp, values, strongest(values), class_names)
