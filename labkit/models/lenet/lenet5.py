"""LeNet-5, as the paper of 1998 has it and as it is usually built today."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from labkit.arguments import one_of, whole_number
from labkit.models.lenet.connections_and_codes import C3_CONNECTIONS, DIGIT_CODES
from labkit.models.lenet.own_layers import EuclideanRBF, FanInUniform, SparseConv2D, TrainableSubsampling, scaled_tanh

VARIANTS = ("original", "modern")
_POOLINGS = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}


def lenet5(
    variant: str = "original",
    input_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    *,
    c3: str | None = None,
    activation: str | None = None,
    pooling: str | None = None,
) -> keras.Sequential:
    """Return LeNet-5: 60,000 trainable parameters as published, 61,706 as it is usually built today.

    >>> original = lenet5("original")
    >>> [layer.name for layer in original.layers]
    ['pad', 'scale', 'c1', 's2', 'c3', 's4', 'c5', 'flatten', 'f6', 'output']
    >>> [original.get_layer(name).count_params() for name in ("c1", "s2", "c3", "s4", "c5", "f6")]
    [156, 12, 1516, 32, 48120, 10164]
    >>> lenet5("modern").count_params()
    61706

    Both take images of 28×28 pixels in 0–1, white ink on black as MNIST has them, and pad them to 32×32, so that the
    ends of a stroke may lie in the middle of what the last convolution sees.

    ======  ==========================  =============================================  ================================
    layer   maps                        original                                       modern
    ======  ==========================  =============================================  ================================
    pad     1 of 32×32                  zeros                                          zeros
    scale   1 of 32×32                  paper −0.1, ink 1.175                          —
    c1      6 of 28×28                  5×5                                            5×5
    s2      6 of 14×14                  2×2 sum, times a coefficient, plus a bias      2×2 mean
    c3      16 of 10×10                 5×5, sparse (``C3_CONNECTIONS``)               5×5, dense
    s4      16 of 5×5                   as s2                                          as s2
    c5      120 of 1×1                  5×5                                            5×5
    f6      84                          dense                                          dense
    output  10                          minus the distances to ``DIGIT_CODES``         dense, softmax
    ======  ==========================  =============================================  ================================

    The original squashes every layer up to f6, s2 and s4 too, by :func:`~labkit.models.lenet.own_layers.scaled_tanh`;
    the modern one has plain tanh after c1, c3, c5 and f6. ``C3_CONNECTIONS`` and ``DIGIT_CODES`` are in
    ``labkit.models.lenet.connections_and_codes``.

    **To train the original**, give ``compile`` the paper's loss,
    :class:`~labkit.models.lenet.loss.MaximumAPosteriori`, where it is also said why the usual cross-entropy is not
    enough. The class is the ``argmax``, as always. The modern variant gives probabilities:
    ``"sparse_categorical_crossentropy"``.

    Parameters
    ----------
    variant : {"original", "modern"}
        Which of the two.
    input_shape
        ``(28, 28, 1)``, or ``(32, 32, 1)`` for images that are padded already.
    num_classes
        Number of classes. The original has ten: there is a code for each digit.
    c3 : {"sparse", "dense"}, optional
        Whether C3's filters look at some maps (1,516 parameters) or at all (2,416). By default what the variant has;
        chosen otherwise, everything else stays equal, down to the starting weights of one seed (in the original, C3's
        are the larger, the fewer maps a filter looks at).
    activation : {"tanh", "relu"}, optional
        Of the modern variant's layers; tanh by default.
    pooling : {"average", "max"}, optional
        The modern variant's; average by default.

    Returns
    -------
    keras.Sequential
        Built, not compiled; input ``(batch, 28, 28, 1)``, output ``(batch, num_classes)``: minus squared distances
        (original) or probabilities (modern).

    Raises
    ------
    ValueError
        When an argument is not one of the above, or ``activation`` or ``pooling`` is given for the original.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings
    of the IEEE* 86(11), 1998, section II.B.
    """
    one_of("variant", variant, VARIANTS)
    one_of("input_shape", input_shape, [(28, 28, 1), (32, 32, 1)])
    one_of("c3", c3, [None, "sparse", "dense"])
    pad = [layers.ZeroPadding2D(2, name="pad")] if input_shape[0] == 28 else []
    if variant == "original":
        for name, value in (("activation", activation), ("pooling", pooling)):
            if value is not None:
                raise ValueError(f"{name} is {value!r}; the original has its own, allowed is None")
        if num_classes != 10:
            raise ValueError(f"num_classes is {num_classes!r}; the original has codes for ten digits, allowed is 10")
        body = _original(c3 or "sparse")
    else:
        whole_number("num_classes", num_classes)
        one_of("activation", activation, [None, "tanh", "relu"])
        one_of("pooling", pooling, [None, *_POOLINGS])
        body = _modern(c3 or "dense", activation or "tanh", _POOLINGS[pooling or "average"], num_classes)
    return keras.Sequential([keras.Input(input_shape), *pad, *body], name=f"lenet5_{variant}")


def _original(c3: str) -> list[layers.Layer]:
    squashed: dict[str, Any] = {"activation": scaled_tanh}
    looked_at = C3_CONNECTIONS if c3 == "sparse" else np.ones_like(C3_CONNECTIONS)

    def start(maps: Any = None) -> dict[str, Any]:
        return {"kernel_initializer": FanInUniform(maps), **squashed}

    return [
        # After the padding, so that the margin is paper like the rest: v → 1.275·v − 0.1 makes 0 paper and 1 ink.
        layers.Rescaling(1.275, offset=-0.1, name="scale"),
        layers.Conv2D(6, 5, name="c1", **start()),
        TrainableSubsampling(name="s2", **squashed),
        SparseConv2D(looked_at, 5, name="c3", **start(looked_at.sum(axis=1))),
        TrainableSubsampling(name="s4", **squashed),
        layers.Conv2D(120, 5, name="c5", **start()),
        layers.Flatten(name="flatten"),
        layers.Dense(84, name="f6", **start()),
        EuclideanRBF(DIGIT_CODES.reshape(10, 84), name="output"),
    ]


def _modern(c3: str, activation: str, pooling: Any, num_classes: int) -> list[layers.Layer]:
    return [
        layers.Conv2D(6, 5, activation=activation, name="c1"),
        pooling(2, name="s2"),
        SparseConv2D(C3_CONNECTIONS, 5, activation=activation, name="c3")
        if c3 == "sparse"
        else layers.Conv2D(16, 5, activation=activation, name="c3"),
        pooling(2, name="s4"),
        layers.Conv2D(120, 5, activation=activation, name="c5"),
        layers.Flatten(name="flatten"),
        layers.Dense(84, activation=activation, name="f6"),
        layers.Dense(num_classes, activation="softmax", name="output"),
    ]
