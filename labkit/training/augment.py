"""Augmentation: every epoch sees each image a little differently.

Affine changes (turn, shift, lean, zoom, flip) are `RandomAffine`'s. For the rest Keras has layers of its own, which go
before or after it in a model or in `tf.data`:

- colour: ``keras.layers.RandomBrightness(0.2, value_range=(0, 255))`` and ``keras.layers.RandomContrast(0.2)``;
- random crops, as in AlexNet: images of 256×256 through ``keras.layers.RandomCrop(224, 224)``, which cuts anywhere
  in training and in the middle at inference.

Unlike `RandomAffine`, these layers also change images when ``training`` is not said; `fit`, `evaluate` and `predict`
always say it.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from labkit.training.affine import FILL_MODES, affine_matrices, resample


@keras.saving.register_keras_serializable(package="labkit")
class RandomAffine(keras.layers.Layer):
    """Turn, shift, lean, zoom and flip each image of a batch at random, in one resampling.

    >>> augment = RandomAffine(rotation=40, width_shift=0.2, height_shift=0.2, shear=10, zoom=0.2,
    ...                        horizontal_flip=True, seed=0)
    >>> images = tf.random.stateless_uniform((2, 8, 8, 3), seed=(0, 0), maxval=255)
    >>> bool(tf.reduce_all(augment(images) == images))  # off, unless told that this is training
    True
    >>> bool(tf.reduce_all(augment(images, training=True) == images))
    False

    The arguments have the names and the documented meaning of `ImageDataGenerator`'s, without ``_range``. Each is the
    most that is done: for every image a number is drawn evenly between minus and plus that much. As layer of a model
    it works in `fit` and is off in `evaluate` and `predict`, like dropout; in `tf.data` call it with
    ``training=True``, or hand it to `batches`.

    Parameters
    ----------
    rotation : float
        Degrees, 0 to 180.
    width_shift, height_shift : float
        Parts of the width, sideways, and of the height, up and down; 0 to 1.
    shear : float
        Degrees, 0 to less than 90, that upright lines lean. Mind the unit: 0.2 is a fifth of a degree and changes
        almost nothing.
    zoom : float
        0 to less than 1. Width and height are each multiplied by a factor of their own, of which 1/(1 + zoom) is the
        smallest and 1/(1 - zoom) the largest.
    horizontal_flip : bool
        Whether every second image, by chance, is mirrored left to right.
    fill_mode : {"nearest", "reflect", "constant", "wrap"}
        What is seen beyond the border; see `resample`.
    fill_value : float
        What that is with ``"constant"``.
    seed : int, optional
        For the same changes at each run; otherwise they follow `keras.utils.set_random_seed`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or the input is not a batch (n, height, width, channels).

    References
    ----------
    Keras's documentation of `ImageDataGenerator`. P. Simard, D. Steinkraus, J. Platt, "Best practices for
    convolutional neural networks applied to visual document analysis", 2003, on why the images are worth distorting.
    """

    def __init__(
        self,
        rotation: float = 0.0,
        width_shift: float = 0.0,
        height_shift: float = 0.0,
        shear: float = 0.0,
        zoom: float = 0.0,
        horizontal_flip: bool = False,
        fill_mode: str = "nearest",
        fill_value: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rotation = _number("rotation", rotation, 180, "degrees from 0 to 180")
        self.width_shift = _number("width_shift", width_shift, 1, "a part of the width, from 0 to 1")
        self.height_shift = _number("height_shift", height_shift, 1, "a part of the height, from 0 to 1")
        self.shear = _number("shear", shear, math.nextafter(90, 0), "degrees from 0 to less than 90")
        self.zoom = _number("zoom", zoom, math.nextafter(1, 0), "from 0 to less than 1")
        if not isinstance(horizontal_flip, bool):
            raise TypeError(f"horizontal_flip is {horizontal_flip!r}; allowed are True and False")
        if fill_mode not in FILL_MODES:
            raise ValueError(f"fill_mode is {fill_mode!r}; allowed are {', '.join(map(repr, FILL_MODES))}")
        self.horizontal_flip = horizontal_flip
        self.fill_mode = fill_mode
        self.fill_value = _number("fill_value", fill_value, math.inf, "any number", lowest=-math.inf)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
            raise ValueError(f"seed is {seed!r}; allowed are None and whole numbers from 0 on")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Return the images as floats: changed if `training`, else as they are."""
        if len(images.shape) != 4:
            raise ValueError(
                f"images has shape {tuple(images.shape)}; RandomAffine needs a batch (n, height, width, channels)"
            )
        if not training:
            return tf.cast(images, self.compute_dtype)
        changed = resample(images, self.draw_matrices(images), fill_mode=self.fill_mode, fill_value=self.fill_value)
        return tf.cast(changed, self.compute_dtype)

    def draw_matrices(self, images: Any) -> tf.Tensor:
        """Draw one matrix an image, shape (n, 2, 3), from seven even numbers between -1 and 1: see `affine_matrices`.

        Parameters
        ----------
        images : tensor, shape (n, height, width, channels)
            Only its shape is looked at.
        """
        count, height, width = tf.unstack(tf.shape(images)[:3])
        drawn = keras.random.uniform((count, 7), -1.0, 1.0, dtype="float32", seed=self.seed_generator)
        turn, right, down, lean, wide, high, mirror = tf.unstack(drawn, axis=1)
        size = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
        return affine_matrices(
            size,
            rotation=turn * self.rotation,
            shift_x=right * self.width_shift * size[1],
            shift_y=down * self.height_shift * size[0],
            shear=lean * self.shear,
            zoom_x=1 + wide * self.zoom,
            zoom_y=1 + high * self.zoom,
            flip=(mirror < 0) & self.horizontal_flip,
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the input: images keep their size."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, from which the layer can be made again."""
        return {
            **super().get_config(),
            "rotation": self.rotation,
            "width_shift": self.width_shift,
            "height_shift": self.height_shift,
            "shear": self.shear,
            "zoom": self.zoom,
            "horizontal_flip": self.horizontal_flip,
            "fill_mode": self.fill_mode,
            "fill_value": self.fill_value,
            "seed": self.seed,
        }


def _number(name: str, value: float, highest: float, allowed: str, lowest: float = 0.0) -> float:
    if isinstance(value, bool | str):
        raise TypeError(f"{name} is {value!r}; allowed is {allowed}")
    try:
        number = float(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; allowed is {allowed}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"{name} is {value!r}; allowed is {allowed}")
    return number


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
