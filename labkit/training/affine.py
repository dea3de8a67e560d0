"""Affine maps of images: rotated, shifted, sheared, zoomed and flipped in one single resampling."""

from __future__ import annotations

import math
import platform
from functools import cache, reduce
from typing import Any

import tensorflow as tf

from labkit.training.lite import quiet

FILL_MODES = ("nearest", "reflect", "constant", "wrap")
INTERPOLATIONS = ("bilinear", "nearest")

# Without XLA, TensorFlow writes each of some forty steps over all pixels to memory; with it they become one loop, which
# is about six times as fast. As in Keras, not on macOS, where not every build of TensorFlow has it.
XLA = platform.system() != "Darwin"


def affine_matrices(
    size: tuple[int, int],
    *,
    rotation: Any = 0.0,
    shift_x: Any = 0.0,
    shift_y: Any = 0.0,
    shear: Any = 0.0,
    zoom_x: Any = 1.0,
    zoom_y: Any = 1.0,
    flip: Any = False,
) -> tf.Tensor:
    """Return the matrices that tell, for every pixel of the new image, where in the old one to look.

    >>> affine_matrices((3, 5), flip=True).numpy().round(6).tolist()  # column x is filled from column 4 - x
    [[[-1.0, 0.0, 4.0], [0.0, 1.0, 0.0]]]

    A pixel of the new image at ``(x, y)``, x to the right and y down, gets what the old image has at
    ``matrix @ (x, y, 1)``. The matrix is a product, read from right to left: put the origin at the centre of the
    image, flip, zoom, shear, shift, rotate, put the origin back. Multiplying matrices costs nothing and loses
    nothing; resampling five times would blur five times.

    Every argument but `size` is one number for all images or an array (n,), one number an image.

    Parameters
    ----------
    size : (height, width)
        The images', in pixels.
    rotation
        Degrees, counter-clockwise as seen.
    shift_x, shift_y
        Pixels by which the place to look at moves right and down; what is seen moves left and up.
    shear
        Degrees, counter-clockwise: how far an upright line leans.
    zoom_x, zoom_y
        Factor of the distance from the centre at which to look, along the width and along the height: 0.5 shows half
        of the image, twice as large.
    flip
        Whether left and right change places.

    Returns
    -------
    tf.Tensor
        float32, shape (n, 2, 3); n is 1 where all arguments are single numbers.

    References
    ----------
    The order and the signs are those of Keras's `apply_affine_transform` (`ImageDataGenerator`). There the two shifts
    and, in images that are not square, the centre are exchanged between the axes; here they are not.
    """
    _announced()
    given = (rotation, shift_x, shift_y, shear, zoom_x, zoom_y, tf.where(flip, -1.0, 1.0))
    numbers = [tf.reshape(tf.cast(value, tf.float32), (-1,)) for value in given]
    count = tf.reduce_max([tf.size(number) for number in numbers])
    return _product(tf.cast(size, tf.float32), tf.stack([tf.broadcast_to(number, (count,)) for number in numbers]))


@cache
def _announced() -> None:
    """Let XLA compile something small: it tells standard error of the first program in a process, and of no other."""
    if XLA:
        with tf.init_scope(), quiet():
            tf.function(tf.negative, jit_compile=True)(tf.constant(0.0))


@tf.function(jit_compile=XLA)
def _product(size: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Multiply the factors of `affine_matrices`, whose arguments are the rows of `numbers`, shape (7, n)."""
    turn, right, down, lean, wide, high, mirror = tf.unstack(numbers)
    turn, lean = turn * (math.pi / 180), lean * (math.pi / 180)
    one, zero = tf.ones_like(turn), tf.zeros_like(turn)
    centre_y, centre_x = ((length - 1) / 2 * one for length in tf.unstack(size))
    factors = (
        ((one, zero, centre_x), (zero, one, centre_y)),
        ((tf.cos(turn), -tf.sin(turn), zero), (tf.sin(turn), tf.cos(turn), zero)),
        ((one, zero, right), (zero, one, down)),
        ((one, -tf.sin(lean), zero), (zero, tf.cos(lean), zero)),
        ((wide, zero, zero), (zero, high, zero)),
        ((mirror, zero, zero), (zero, one, zero)),
        ((one, zero, -centre_x), (zero, one, -centre_y)),
    )
    matrices = [tf.stack([tf.stack(row, axis=-1) for row in (*rows, (zero, zero, one))], axis=-2) for rows in factors]
    return reduce(tf.matmul, matrices)[:, :2]


@tf.function(jit_compile=XLA)
def resample(
    images: Any,
    matrices: Any,
    fill_mode: str = "nearest",
    fill_value: float = 0.0,
    interpolation: str = "bilinear",
) -> tf.Tensor:
    """Draw images anew, each pixel from the place its matrix names.

    >>> image = tf.reshape(tf.constant([1.0, 2.0, 3.0]), (1, 1, 3, 1))
    >>> resample(image, affine_matrices((1, 3), shift_x=0.5)).numpy().ravel().tolist()
    [1.5, 2.5, 3.0]

    Parameters
    ----------
    images : tensor, shape (n, height, width, channels)
        Numbers of any type; uint8 is the fastest, because there is least to read.
    matrices : tensor, shape (n, 2, 3) or (1, 2, 3)
        From `affine_matrices`.
    fill_mode : {"nearest", "reflect", "constant", "wrap"}
        What lies beyond the border of a row ``abcd``: its last pixel ``aaaa|abcd|dddd``, its mirror image
        ``dcba|abcd|dcba``, `fill_value` ``kkkk|abcd|kkkk``, or the row again ``abcd|abcd|abcd``.
    fill_value : float
        For ``"constant"``.
    interpolation : {"bilinear", "nearest"}
        Between the four pixels round the place, or the nearest of them: what has no value in between, such as the
        number of an object or a class, must take the nearest.

    Returns
    -------
    tf.Tensor
        float32, of the shape of `images`, with the same range of values.

    References
    ----------
    `scipy.ndimage.affine_transform` with ``order=1`` (bilinear) or 0, and the modes nearest, reflect, grid-constant and
    grid-wrap.
    """
    count, height, width, channels = tf.unstack(tf.shape(images))
    columns = tf.range(width, dtype=tf.int32)[None, None, :]
    rows = tf.range(height, dtype=tf.int32)[None, :, None]
    entry = tf.cast(matrices, tf.float32)[:, :, :, None, None]
    float_columns, float_rows = tf.cast(columns, tf.float32), tf.cast(rows, tf.float32)
    x = entry[:, 0, 0] * float_columns + (entry[:, 0, 1] * float_rows + entry[:, 0, 2])
    y = entry[:, 1, 0] * float_columns + (entry[:, 1, 1] * float_rows + entry[:, 1, 2])

    pixels = tf.reshape(images, (-1, channels))
    first_pixel = (tf.range(count) * height * width)[:, None, None]

    def pixel(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        """Fetch (n, height, width, channels), one pixel of the old image for each of the new."""
        place = first_pixel + _inside(row, height, fill_mode) * width + _inside(column, width, fill_mode)
        values = tf.cast(tf.gather(pixels, place), tf.float32)
        if fill_mode != "constant":
            return values
        there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return tf.where(there[..., None], values, tf.cast(fill_value, tf.float32))

    if interpolation == "nearest":
        nearest = pixel(tf.cast(tf.floor(y + 0.5), tf.int32), tf.cast(tf.floor(x + 0.5), tf.int32))
        return tf.ensure_shape(nearest, images.shape)
    left, top = tf.floor(x), tf.floor(y)
    share_x, share_y = (x - left)[..., None], (y - top)[..., None]
    left, top = tf.cast(left, tf.int32), tf.cast(top, tf.int32)
    upper = _between(pixel(top, left), pixel(top, left + 1), share_x)
    lower = _between(pixel(top + 1, left), pixel(top + 1, left + 1), share_x)
    return tf.ensure_shape(_between(upper, lower, share_y), images.shape)


def _between(start: tf.Tensor, end: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    return start + share * (end - start)


def _inside(index: tf.Tensor, length: tf.Tensor, fill_mode: str) -> tf.Tensor:
    """Return the row or column, from 0 to length - 1, that shows where `index` may lie beyond the border."""
    if fill_mode == "wrap":
        return tf.math.floormod(index, length)
    if fill_mode == "reflect":
        index = tf.math.floormod(index, 2 * length)
        return tf.minimum(index, 2 * length - 1 - index)
    return tf.clip_by_value(index, 0, length - 1)
