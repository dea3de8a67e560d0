"""What gradient ascent changes, and the image that this makes: its pixels, or the waves it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

# Red, green and blue go together in photographs; these are axes along which they do not (the square root of the
# covariance of ImageNet's colours, each column an RGB direction, the longest of length 1; Olah et al., 2017).
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
_COLOURS /= np.linalg.norm(_COLOURS, axis=0).max()


class Pixels:
    """What is changed are grey levels, 0 to 255 and beyond; the start is the decks'."""

    STEP, TINY = 1.0, 1e-5

    def __init__(self, shape: tuple[int, int, int], own_colours: bool):
        self.shape, self.own_colours = shape, own_colours

    def start(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Grey noise from 128 to 148, each number by itself."""
        levels = rng.random(self.shape) * 20 + 128
        return (levels @ np.linalg.inv(_COLOURS.T) if self.own_colours else levels).astype(np.float32)

    def paint(self, levels: Any) -> Any:
        """Images in which black is 0 and white 1, though nothing keeps them there."""
        return (levels @ _COLOURS.T if self.own_colours else levels) / 255


class Waves:
    """What is changed is the spectrum: real and imaginary parts of each wave, coarse ones scaled up."""

    STEP, TINY = 0.05, 1e-12  # the slopes of a quiet filter are small, and it should be heard all the same

    def __init__(self, shape: tuple[int, int, int], own_colours: bool):
        height, width, self.channels = shape
        self.size, self.own_colours = (height, width), own_colours
        frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
        self.scale = (np.sqrt(height * width) / np.maximum(frequencies, 1 / max(height, width)) / 4).astype(np.float32)

    def start(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Faint clouds; with ones ten times fainter, several times as many filters of deep layers stay asleep."""
        return (0.1 * rng.normal(size=(2, self.channels, *self.scale.shape))).astype(np.float32)

    def paint(self, waves: Any) -> Any:
        """From ``(n, 2, channels, frequencies)`` to images between black, 0, and white, 1."""
        planes = tf.signal.irfft2d(tf.complex(waves[:, 0], waves[:, 1]) * self.scale, fft_length=self.size)
        image = tf.transpose(planes, (0, 2, 3, 1))
        return tf.sigmoid(image @ _COLOURS.T if self.own_colours else image)
