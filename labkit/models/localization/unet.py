"""A U-Net whose encoder is a backbone: the image is made small to know what is there, and large again to say where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from labkit.arguments import one_of, whole_number
from labkit.models.localization.pyramids import halving, map_shapes

UPSAMPLINGS = ("nearest", "transposed")


def unet_decoder(
    feature_shapes: Sequence,
    num_classes: int = 1,
    widths: Sequence[int] = (64, 64, 48, 32, 24),
    *,
    skips: bool = True,
    upsampling: str = "nearest",
) -> keras.Model:
    """Return the decoder of a U-Net: from feature maps to a logit for each pixel.

    >>> shapes = [(160, 160, 16), (80, 80, 24), (40, 40, 40), (20, 20, 112), (10, 10, 320)]
    >>> with_skips, without = unet_decoder(shapes), unet_decoder(shapes, skips=False)
    >>> with_skips.output_shape, with_skips.count_params(), without.count_params()
    ((None, 320, 320, 1), 198841, 106681)

    It begins with the coarsest map. Step by step the map is doubled, the encoder's map of that size is laid beside it
    (the skip), and a convolution joins them. Without the skips the same steps know only what the coarsest map knows.

    Parameters
    ----------
    feature_shapes : sequence of (height, width, channels)
        Of the encoder's maps, finest first, each half as high and wide as the one before: `feature_pyramid`'s shapes,
        of strides 2, 4, 8, 16, 32. Fewer will do; the finest is taken to have half the image's size.
    num_classes : int
        1 for one logit a pixel, object or not; else a logit for each class.
    widths : sequence of int
        Channels at each size, coarsest first.
    skips : bool
        Whether the encoder's finer maps are used. Without them the coarsest map is the only input: some versions of
        Keras, 3.13 among them, refuse an input that nothing uses.
    upsampling : {"nearest", "transposed"}
        How a map is doubled: each number four times, or by a transposed convolution of 2×2 and stride 2, which is
        learnt.

    Returns
    -------
    keras.Model
        Maps to (n, height, width, num_classes) logits, of the image's size.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above.

    References
    ----------
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image segmentation", 2015,
    figure 1.
    """
    shapes = map_shapes(feature_shapes)
    if not halving(shapes):
        raise ValueError(f"feature_shapes is {shapes}; allowed are maps each half as high and wide as the one before")
    if len(widths) != len(shapes):
        raise ValueError(f"widths is {widths!r}; allowed are {len(shapes)} numbers, one for each map, coarsest first")
    channels = [whole_number("widths", width) for width in widths]
    num_classes = whole_number("num_classes", num_classes)
    one_of("upsampling", upsampling, UPSAMPLINGS)

    inputs = [keras.Input(shape, name=f"map{number}") for number, shape in enumerate(shapes, start=1)]
    x = layers.Conv2D(channels[0], 1, name="coarsest")(inputs[-1])
    for number, (encoded, width) in enumerate(zip(inputs[-2::-1], channels[1:], strict=True), start=1):
        x = _doubled(x, upsampling, f"up{number}")
        if skips:
            x = layers.Concatenate(name=f"skip{number}")([x, encoded])
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"join{number}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"join{number}_bn")(x)  # 0.99 lags behind short runs
        x = layers.ReLU(name=f"join{number}_relu")(x)
    x = _doubled(x, upsampling, "up_to_pixels")
    logits = layers.Conv2D(num_classes, 3, padding="same", name="logits")(x)
    return keras.Model(inputs if skips else inputs[-1:], logits, name="unet_decoder")


def _doubled(x: Any, upsampling: str, name: str) -> Any:
    if upsampling == "nearest":
        return layers.UpSampling2D(2, name=name)(x)
    return layers.Conv2DTranspose(x.shape[-1], 2, strides=2, name=name)(x)
