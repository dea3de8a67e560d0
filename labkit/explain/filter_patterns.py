"""What a filter looks for: a picture that makes it answer as strongly as possible, climbed to from noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.explain.layers import Place, find_layer, inputs_of
from labkit.explain.passes import run_program
from labkit.explain.taps import tap

RECIPES = ("plain", "fourier")

# Red, green and blue go together in photographs; these are axes along which they do not (the square root of the
# covariance of ImageNet's colours, each column an RGB direction, the longest of length 1; Olah et al., 2017).
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
_COLOURS /= np.linalg.norm(_COLOURS, axis=0).max()


@dataclass(frozen=True, eq=False)
class FilterPatterns:
    """What :func:`ascend_filters` returns: a picture a filter.

    Attributes
    ----------
    layer
        The layer's dotted name.
    filters
        Which of its channels, in the order of the pictures.
    images
        Float32, shape ``(filters, height, width, channels)``: what the model was given in the end.
    answers
        Shape ``(steps, filters)``: the mean of each filter's map before each step.
    recipe
        ``"plain"`` or ``"fourier"``.
    input_range
        Black and white, as the model takes them.
    """

    layer: str
    filters: tuple[int, ...]
    images: NDArray[np.float32]
    answers: NDArray[np.float32]
    recipe: str
    input_range: tuple[float, float]

    @property
    def pictures(self) -> NDArray[np.uint8]:
        """The images to be looked at: of the plain recipe by :func:`deprocess`, which shows a tenth of the spread."""
        if self.recipe == "plain":
            return deprocess(self.images)
        low, high = self.input_range
        return (np.clip((self.images - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)

    @property
    def asleep(self) -> tuple[int, ...]:
        """Filters that never answered: where ReLU gives zero there is no slope to climb."""
        return tuple(number for number, answers in zip(self.filters, self.answers.T, strict=True) if not answers.any())

    def __len__(self) -> int:
        return len(self.filters)

    def __str__(self) -> str:
        height, width = self.images.shape[1:3]
        return (
            f"{len(self)} filters of {self.layer}, {self.recipe} recipe, {len(self.answers)} steps at "
            f"{height}×{width}: mean answer {self.answers[0].mean():.3g} → {self.answers[-1].mean():.3g}, "
            f"{len(self.asleep)} asleep"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


def ascend_filters(
    model: Any,
    layer: Any,
    filters: Sequence[int] | None = None,
    *,
    recipe: str = "plain",
    steps: int = 40,
    size: int | None = None,
    input_range: tuple[float, float] = (0.0, 255.0),
    seed: int = 0,
    batch_size: int = 64,
) -> FilterPatterns:
    """Change noise, step by step, into the picture that each filter answers to most; many filters at once.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges")])
    >>> kernel = np.zeros((3, 3, 1, 2)); kernel[:, :, 0, 0] = [[-1, 0, 1]] * 3; kernel[:, :, 0, 1] = 1
    >>> model.set_weights([kernel, np.zeros(2)])
    >>> print(ascend_filters(model, "edges", steps=10))
    2 filters of edges, plain recipe, 10 steps at 8×8: mean answer ... → ..., 0 asleep

    ``"plain"`` is the lecture decks' recipe: from grey noise (128 and up to 20 more, on a scale of 0 to 255) each step
    adds the gradient of the mean of the filter's map, divided by its root mean square plus 1e-5. A picture found so may
    have any pattern, and mostly has fine noise in it, which a step that need not be smooth gets most from.

    ``"fourier"`` makes that hard, in four ways: it climbs in the picture's spectrum, scaled so that coarse waves change
    as easily as fine ones; along colours that are as independent as in photographs; the picture is shifted by a few
    pixels before each step, so that only what survives the shift counts; and differences between neighbouring pixels
    cost something. A sigmoid keeps it between black and white.

    Parameters
    ----------
    model
        Any Keras model with one input; it is run in inference mode and stays as it is.
    layer
        As :func:`~labkit.explain.layers.find_layer` takes it.
    filters
        Channels of the layer's output; ``None`` takes all. The answer of each filter to its picture depends neither on
        the others nor on `batch_size`: all begin from the same noise.
    recipe
        ``"plain"`` or ``"fourier"``.
    steps
        At least 1; the decks take 40.
    size
        Height and width of the pictures, where the model leaves them open; 64 if not given.
    input_range
        What black and white are to the model.
    seed
        Of the noise and the shifts.
    batch_size
        How many filters are climbed for at once.

    Raises
    ------
    TypeError, ValueError
        When an argument is not allowed or the layer is not found.

    References
    ----------
    D. Erhan et al., "Visualizing higher-layer features of a deep network", 2009. F. Chollet, *Deep Learning with
    Python*, section 5.4.2 (2017), the plain recipe. C. Olah et al., "Feature visualization", Distill, 2017, the other.
    """
    if recipe not in RECIPES:
        raise ValueError(f"recipe is {recipe!r}; allowed are {', '.join(map(repr, RECIPES))}")
    if steps < 1 or batch_size < 1:
        raise ValueError(f"steps is {steps} and batch_size {batch_size}; allowed is at least 1 of each")
    low, high = input_range
    if not low < high:
        raise ValueError(f"input_range is {input_range!r}; allowed is (black, white), the smaller number first")
    place = find_layer(model, layer)
    shape = _picture_shape(model, size)
    channels = _channels(model, place, shape)
    chosen = tuple(range(channels)) if filters is None else tuple(int(each) for each in filters)
    if not chosen or not all(0 <= each < channels for each in chosen):
        raise ValueError(f"filters is {filters!r}; allowed are channels of {place.name}, 0 to {channels - 1}")
    climb = _plain if recipe == "plain" else _fourier
    parts = [
        climb(model, place, np.array(chosen[at : at + batch_size]), shape, steps, (low, high), seed)
        for at in range(0, len(chosen), batch_size)
    ]
    images, answers = zip(*parts, strict=True)
    return FilterPatterns(
        place.name, chosen, np.concatenate(images), np.concatenate(answers, axis=1), recipe, (low, high)
    )


def deprocess(images: ArrayLike) -> NDArray[np.uint8]:
    """Make pictures of numbers of any size: each to mean 0.5 and standard deviation 0.1, then 0 to 1 to 0 to 255.

    >>> deprocess(np.array([0.0, 10.0, 20.0, 30.0]).reshape(2, 2, 1))[..., 0].tolist()
    [[93, 116], [138, 161]]

    Parameters
    ----------
    images
        Shape ``(n, height, width, channels)`` or ``(height, width, channels)``; each picture is treated by itself. A
        picture of one value becomes middle grey.
    """
    x = np.asarray(images, np.float64)
    axes = (-3, -2, -1)
    x = x - x.mean(axis=axes, keepdims=True)
    x = 0.5 + 0.1 * x / (x.std(axis=axes, keepdims=True) + 1e-5)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def mosaic(pictures: ArrayLike, columns: int = 8, margin: int = 5) -> NDArray[np.uint8]:
    """Lay pictures of one size side by side, row by row, with black between them.

    >>> mosaic(np.full((5, 64, 64, 3), 200, np.uint8), columns=3).shape  # 3 · 64 + 2 · 5 wide
    (133, 202, 3)

    Parameters
    ----------
    pictures
        Numbers from 0 to 255, shape ``(n, height, width, channels)``.
    columns
        How many in a row.
    margin
        Pixels between two; there are none at the edge.
    """
    each = np.asarray(pictures)
    if each.ndim != 4 or not each.size or columns < 1 or margin < 0:
        raise ValueError(
            f"pictures have shape {each.shape}, columns is {columns} and margin {margin}; allowed are "
            f"(n, height, width, channels), at least 1, and at least 0"
        )
    number, height, width, channels = each.shape
    rows = -(-number // columns)
    columns = min(columns, number)
    sheet = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin, channels), np.uint8)
    for place, picture in enumerate(each):
        top, left = place // columns * (height + margin), place % columns * (width + margin)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _plain(
    model: Any, place: Place, filters: NDArray, shape: tuple, steps: int, span: tuple[float, float], seed: int
) -> tuple[NDArray, NDArray]:
    """The decks' recipe; the step is one grey level of 255."""
    low, unit = span[0], (span[1] - span[0]) / 255
    noise = low + unit * (np.random.default_rng(seed).random(shape) * 20 + 128)
    images = np.repeat(noise[np.newaxis], len(filters), axis=0).astype(np.float32)

    def run(own: Any, layer: Any, pictures: Any, channels: Any) -> tuple:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pictures)
            answers = _answers(own, layer, pictures, channels)
        return tape.gradient(answers, pictures), answers

    history = []
    for _ in range(steps):
        slopes, answers = run_program(model, ("plain", place.layer), run, place.layer, images, filters)
        gradients = slopes.numpy() * unit  # by grey levels: the same picture whatever numbers the model takes
        size = np.sqrt((gradients**2).mean(axis=(1, 2, 3), keepdims=True))
        images = images + unit * gradients / (size + 1e-5)
        history.append(answers.numpy())
    return images, np.stack(history)


def _fourier(
    model: Any, place: Place, filters: NDArray, shape: tuple, steps: int, span: tuple[float, float], seed: int
) -> tuple[NDArray, NDArray]:
    """Climb in the spectrum, with shifts; see :func:`ascend_filters`."""
    height, width, channels = shape
    rng = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    scale = (np.sqrt(height * width) / np.maximum(frequencies, 1 / max(height, width)) / 4).astype(np.float32)
    waves = 0.01 * rng.normal(size=(2, channels, *scale.shape)).astype(np.float32)  # real and imaginary parts

    def paint(spectrum: Any) -> Any:
        """From (n, 2, channels, frequencies) to pictures from black to white."""
        planes = tf.signal.irfft2d(tf.complex(spectrum[:, 0], spectrum[:, 1]) * scale, fft_length=(height, width))
        picture = tf.transpose(planes, (0, 2, 3, 1))
        if channels == 3:
            picture = picture @ _COLOURS.T
        return tf.sigmoid(picture)

    def run(own: Any, layer: Any, spectrum: Any, channels: Any, shift: Any) -> tuple:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(spectrum)
            picture = paint(spectrum)
            seen = tf.roll(picture, shift, axis=(1, 2)) * (span[1] - span[0]) + span[0]
            answers = _answers(own, layer, seen, channels)
            # In units of the answer, so that the same share is paid by loud and by quiet filters.
            rough = tf.image.total_variation(picture) / (height * width)
            goal = answers - 0.1 * rough * tf.stop_gradient(tf.abs(answers))
        return tape.gradient(goal, spectrum), answers

    key = ("fourier", place.layer, shape, span)
    spectrum = np.repeat(waves[np.newaxis], len(filters), axis=0)
    history = []
    reach = max(1, min(height, width) // 16)
    for _ in range(steps):
        shift = rng.integers(-reach, reach + 1, 2).astype(np.int32)
        slopes, answers = run_program(model, key, run, place.layer, spectrum, filters, shift)
        gradients = slopes.numpy()
        size = np.sqrt((gradients**2).mean(axis=(1, 2, 3, 4), keepdims=True))
        spectrum = spectrum + 0.1 * gradients / (size + 1e-12)  # the slopes of a quiet filter are small too
        history.append(answers.numpy())
    return paint(tf.constant(spectrum)).numpy() * (span[1] - span[0]) + span[0], np.stack(history)


def _answers(model: Any, layer: Any, pictures: Any, channels: Any) -> Any:
    """Return the mean of one channel's map for each picture."""
    with tap(model, layer) as seen:
        model(pictures, training=False)
    maps = tf.cast(seen[layer], tf.float32)
    return tf.gather(tf.reduce_mean(maps, axis=tuple(range(1, maps.shape.rank - 1))), channels, axis=1, batch_dims=1)


def _picture_shape(model: Any, size: int | None) -> tuple[int, int, int]:
    inputs = inputs_of(model)
    if len(inputs) > 1:
        raise ValueError(f"{model.name} has {len(inputs)} inputs; allowed is one")
    height, width, channels = tuple(inputs[0].shape[1:]) if inputs else (None, None, 3)
    if size is not None and (size < 1 or any(own not in (None, size) for own in (height, width))):
        raise ValueError(f"size is {size}; {model.name} takes {height}×{width}".replace("None×None", "1 or more"))
    return height or size or 64, width or size or 64, channels or 3


def _channels(model: Any, place: Place, shape: tuple) -> int:
    if place.shape is not None and place.shape[-1] is not None:
        return place.shape[-1]
    with tap(model, place.layer) as seen:
        model(np.zeros((1, *shape), np.float32), training=False)
    return int(seen[place.layer].shape[-1])
