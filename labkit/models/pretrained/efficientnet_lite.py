"""EfficientNet-Lite0: a small network with good ImageNet weights, built from plain layers.

Google's variant of EfficientNet-B0 for phones: ReLU6 in the place of swish, and no squeeze-and-excitation, so that
every layer is one that the course explains. Each block widens its maps with a 1×1 convolution, filters each map by
itself, and narrows them again (the inverted residual of MobileNetV2, Sandler et al. 2018, figure 3d). Sizes: Tan & Le,
*EfficientNet*, 2019, table 1, and ``efficientnet_lite_builder.py`` in Google's repository tensorflow/tpu.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers
from numpy.typing import NDArray

from labkit.models.pretrained.safe_unpickling import DamagedWeights

INPUT_SIZE = 224
NUM_CLASSES = 1000
STEM_FILTERS, HEAD_FILTERS = 32, 1280


class Stage(NamedTuple):
    """Blocks of one kind in a row; only the first of them strides."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    filters: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def efficientnet_lite0(include_top: bool = True, input_size: int = INPUT_SIZE) -> keras.Model:
    """Return EfficientNet-Lite0 with random weights.

    >>> network = efficientnet_lite0()
    >>> network.count_params()  # 4.7 million, of which 42,016 are the moving averages of batch normalization
    4694024
    >>> network.get_layer("head_relu").output.shape
    (None, 7, 7, 1280)

    Layers are named ``stem_conv``, ``stem_bn``, ``stem_relu``; for each block ``block2a_expand_conv``, ``…_bn``,
    ``…_relu``, ``block2a_depthwise_conv``, …, ``block2a_project_conv``, ``block2a_project_bn``, and ``block2b_add``
    where a block's input is added; ``head_conv``, ``head_bn``, ``head_relu``; and, with the top, ``pool``,
    ``dropout``, ``logits`` and ``probabilities``.

    Every convolution has same padding as TensorFlow understands it: where the stride is 2 and the size even, the odd
    row of zeros comes last. The weights were trained so; zeros on both sides change the logits by as much as 3.

    Parameters
    ----------
    include_top
        Whether to end in the probabilities of ImageNet's 1,000 classes; otherwise in the maps of ``head_relu``.
    input_size
        Height and width of the input; 224 with the top.

    Returns
    -------
    keras.Model
        Not compiled. Input ``(batch, input_size, input_size, 3)``, pixels as ``(pixel − 127) / 128``; output
        ``(batch, 1000)`` or ``(batch, ⌈input_size/32⌉, ⌈input_size/32⌉, 1280)``. The published training also dropped
        whole blocks at random (stochastic depth); this network does not.
    """
    inputs = keras.Input((input_size, input_size, 3), name="images")
    x = _convolution(inputs, "stem", STEM_FILTERS, kernel=3, stride=2)
    for number, stage in enumerate(STAGES, start=1):
        for index in range(stage.blocks):
            x = _block(x, f"block{number}{'abcd'[index]}", stage, stride=stage.stride if index == 0 else 1)
    x = _convolution(x, "head", HEAD_FILTERS)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
        x = layers.Dropout(0.2, name="dropout")(x)
        x = layers.Dense(NUM_CLASSES, name="logits")(x)
        x = layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, x, name="efficientnet_lite0")


def _block(inputs: Any, name: str, stage: Stage, stride: int) -> Any:
    """Widen, filter each map by itself, narrow; add the input where that has the same shape."""
    channels = inputs.shape[-1]
    x = inputs
    if stage.expansion > 1:
        x = _convolution(x, f"{name}_expand", channels * stage.expansion)
    x = layers.DepthwiseConv2D(
        stage.kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = _normalization(x, f"{name}_depthwise")
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
    # No activation after narrowing: a ReLU would lose what few maps have to carry (MobileNetV2, section 3.2).
    x = layers.Conv2D(stage.filters, 1, padding="same", use_bias=False, name=f"{name}_project_conv")(x)
    x = _normalization(x, f"{name}_project")
    return layers.Add(name=f"{name}_add")([x, inputs]) if stride == 1 and channels == stage.filters else x


def _convolution(inputs: Any, name: str, filters: int, kernel: int = 1, stride: int = 1) -> Any:
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(inputs)
    return layers.ReLU(6.0, name=f"{name}_relu")(_normalization(x, name))


def _normalization(inputs: Any, name: str) -> Any:
    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")(inputs)


# ----------------------------------------------------------------------------------------------- weights from PyTorch

# How PyTorch orders the axes of a kernel, seen from Keras.
FROM_PYTORCH = {
    layers.Conv2D: (2, 3, 1, 0),  # (out, in, height, width) → (height, width, in, out)
    layers.DepthwiseConv2D: (2, 3, 0, 1),  # (channels, 1, height, width) → (height, width, channels, 1)
    layers.Dense: (1, 0),  # (out, in) → (in, out)
}


def put_weights(network: keras.Model, tensors: dict[str, NDArray[Any]]) -> None:
    """Give a network the weights of a PyTorch state dictionary, each layer those that bear its name there.

    >>> import numpy as np
    >>> pytorch_name("block2b_expand_conv"), pytorch_name("head_bn")
    ('_blocks.2._expand_conv', '_bn1')

    Parameters
    ----------
    network
        What :func:`efficientnet_lite0` returned; changed in place.
    tensors
        What :func:`~labkit.models.pretrained.safe_unpickling.read_tensors` returned.

    Raises
    ------
    DamagedWeights
        When a tensor is missing or has another shape than its layer.
    """
    for layer in network.layers:
        if not layer.weights:
            continue
        name = pytorch_name(layer.name)
        try:
            if isinstance(layer, layers.BatchNormalization):
                parts = ("weight", "bias", "running_mean", "running_var")  # gamma, beta, moving mean and variance
                weights = [tensors[f"{name}.{part}"] for part in parts]
            else:
                weights = [tensors[f"{name}.weight"].transpose(FROM_PYTORCH[type(layer)])]
                weights += [tensors[f"{name}.bias"]] if layer.use_bias else []
            layer.set_weights(weights)
        except (KeyError, ValueError) as error:
            raise DamagedWeights(f"the weights do not fit layer {layer.name} ({error})") from error


def pytorch_name(layer_name: str) -> str:
    """Return what the PyTorch package calls a layer of :func:`efficientnet_lite0`.

    >>> pytorch_name("stem_conv"), pytorch_name("block1a_project_bn"), pytorch_name("logits")
    ('_conv_stem', '_blocks.0._bn2', '_fc')
    """
    outside = {
        "stem_conv": "_conv_stem",
        "stem_bn": "_bn0",
        "head_conv": "_conv_head",
        "head_bn": "_bn1",
        "logits": "_fc",
    }
    if layer_name in outside:
        return outside[layer_name]
    block, part = layer_name.split("_", maxsplit=1)
    stage, index = int(block[5:-1]), "abcd".index(block[-1])
    number = sum(each.blocks for each in STAGES[: stage - 1]) + index
    numbered = {"expand_bn": "_bn0", "depthwise_bn": "_bn1", "project_bn": "_bn2"}
    return f"_blocks.{number}.{numbered.get(part, '_' + part)}"
