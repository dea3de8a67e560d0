"""The residual networks for small images, and the same networks without their shortcuts."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers, ops

from labkit.arguments import image_shape, whole_number
from labkit.calculators import layers as descriptions
from labkit.calculators.layers import Shape
from labkit.calculators.network import register_layer
from labkit.calculators.working import WorkedTuple
from labkit.models.blocks import normalized

STAGES = 3  # of equal numbers of blocks; each but the first halves the maps and doubles their number
# Of the moving statistics: they follow within tens of steps; with Keras's 0.99 short trainings end too early.
MOMENTUM = 0.9


@keras.saving.register_keras_serializable(package="labkit")
class ZeroPaddedShortcut(layers.Layer):
    """Pass maps on unchanged: where a block halves them, every second row and column, and zeros for the new channels.

    >>> maps = ops.reshape(ops.arange(1.0, 17.0), (1, 4, 4, 1))
    >>> shorter = ZeroPaddedShortcut(filters=2, stride=2)(maps)
    >>> shorter[0, :, :, 0].numpy().tolist(), shorter[0, :, :, 1].numpy().tolist()
    ([[1.0, 3.0], [9.0, 11.0]], [[0.0, 0.0], [0.0, 0.0]])

    It has no weights. The paper calls it option A.

    Parameters
    ----------
    filters : int
        Channels that are to come out, at least as many as go in.
    stride : int
        Every how many rows and columns one is kept.

    References
    ----------
    K. He et al., *Deep Residual Learning for Image Recognition*, 2016, section 3.3.
    """

    def __init__(self, filters: int, stride: int = 1, **options) -> None:
        super().__init__(**options)
        self.filters, self.stride = filters, stride

    def call(self, maps):
        """Return maps of shape (batch, ⌈height / stride⌉, ⌈width / stride⌉, filters)."""
        kept = maps[:, :: self.stride, :: self.stride]
        return ops.pad(kept, ((0, 0), (0, 0), (0, 0), (0, self.filters - maps.shape[-1])))

    def compute_output_shape(self, shape):
        """Return the shape of what `call` gives."""
        batch, height, width, _ = shape
        return batch, -(-height // self.stride), -(-width // self.stride), self.filters

    def get_config(self):
        """Return what builds it again."""
        return {**super().get_config(), "filters": self.filters, "stride": self.stride}


@dataclass(frozen=True)
class _EveryFew(descriptions.MaxPooling2D):
    """Every few rows and columns kept, as by a pooling over single places; other channels than before."""

    filters: int = field(default=0, kw_only=True)

    def output_shape(self, shape: Shape) -> WorkedTuple:
        kept = super().output_shape(shape)
        return WorkedTuple((*kept[:-1], self.filters), kept.working, kept.latex)


@register_layer(ZeroPaddedShortcut)
def _(layer: ZeroPaddedShortcut) -> descriptions.Layer:
    return _EveryFew(1, strides=layer.stride, filters=layer.filters)


def cifar_resnet(
    depth: int = 20,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    width: int = 16,
    *,
    shortcuts: bool = True,
    batch_normalization: bool = True,
    activation: str = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
) -> keras.Model:
    """Return the residual network for small images: one convolution, then blocks of two, then one dense layer.

    >>> from labkit.calculators import summarize
    >>> [summarize(cifar_resnet(depth)).trainable_parameters for depth in (20, 56)]
    [269722, 853018]

    The blocks stand in three stages of equal length, with `width`, then 2·`width`, then 4·`width` channels; the first
    block of the second and of the third stage halves the maps. With ``shortcuts=False`` it is the paper's *plain*
    network, which has the same layers and the same number of weights.

    Parameters
    ----------
    depth : int
        Layers with weights: 8, 14, 20, 26, …, that is 6·n + 2 for n blocks a stage.
    input_shape : tuple of int
        ``(height, width, channels)``, each at least 1.
    num_classes : int
        Number of scores at the end.
    width : int
        Channels of the first stage. The paper has 16.
    shortcuts : bool
        Whether what goes into a block is added to what its two convolutions make of it.
    batch_normalization : bool
        Whether each convolution is followed by batch normalization. Without it the convolutions have biases.
    activation : str
        A Keras activation by name, after each convolution.
    kernel_initializer : str or keras.initializers.Initializer
        What the kernels start from. The paper takes He's.

    Returns
    -------
    keras.Model
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` logits.

    Raises
    ------
    ValueError
        When `depth` is not 6·n + 2, or another number is out of range.

    References
    ----------
    K. He et al., *Deep Residual Learning for Image Recognition*, 2016, section 4.2, with identity shortcuts (option A).
    """
    if depth < 8 or (depth - 2) % 6:
        raise ValueError(f"depth is {depth!r}; allowed are 8, 14, 20, 26, … (6·n + 2 with n of at least 1)")
    input_shape = image_shape(input_shape)
    num_classes, width = whole_number("num_classes", num_classes), whole_number("width", width)

    def convolve(maps, filters: int, stride: int, name: str):
        # The shift of batch normalization takes the place of a bias.
        convolution = layers.Conv2D(
            filters,
            3,
            strides=stride,
            padding="same",
            use_bias=not batch_normalization,
            kernel_initializer=_copy(kernel_initializer),
            name=name,
        )
        if not batch_normalization:
            return convolution(maps)
        return normalized(maps, convolution, f"{name}_bn", momentum=MOMENTUM)

    def block(maps, filters: int, stride: int, name: str):
        changed = convolve(maps, filters, stride, f"{name}_conv1")
        changed = layers.Activation(activation, name=f"{name}_act1")(changed)
        changed = convolve(changed, filters, 1, f"{name}_conv2")
        if shortcuts:
            kept = maps if maps.shape[-1] == filters else ZeroPaddedShortcut(filters, stride, name=f"{name}_skip")(maps)
            changed = layers.Add(name=f"{name}_add")([changed, kept])
        return layers.Activation(activation, name=f"{name}_act2")(changed)

    images = keras.Input(input_shape, name="images")
    maps = layers.Activation(activation, name="act")(convolve(images, width, 1, "conv"))
    for stage in range(STAGES):
        for number in range((depth - 2) // 6):
            stride = 2 if stage and not number else 1
            maps = block(maps, width * 2**stage, stride, f"stage{stage + 1}_block{number + 1}")
    means = layers.GlobalAveragePooling2D(name="means")(maps)
    # In float32 also where the rest is of mixed precision: the loss takes exponentials of the scores.
    dense = layers.Dense(num_classes, kernel_initializer=_copy(kernel_initializer), dtype="float32", name="logits")
    logits = dense(means)
    kind = "residual" if shortcuts else "plain"
    return keras.Model(images, logits, name=f"{kind}_network_{depth}")


def _copy(initializer: str | keras.initializers.Initializer) -> keras.initializers.Initializer:
    # One initializer object gives the same numbers each time: layers of one shape would start from the same weights.
    found = keras.initializers.get(initializer)
    return found.__class__.from_config(found.get_config())
