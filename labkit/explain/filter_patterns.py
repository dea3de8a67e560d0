"""What a filter looks for: an image that makes it answer as strongly as possible, climbed to from noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number
from labkit.explain.batches import check_differentiable, input_of
from labkit.explain.finding_layers import Place, find_layer
from labkit.explain.pixels_and_waves import Pixels, Waves
from labkit.explain.scores_and_gradients import Same, run_program
from labkit.explain.taps import tap
from labkit.tables import Paragraph

REMEDIES = ("waves", "colours", "shifts", "smoothness")
RECIPES = {"plain": (), "fourier": REMEDIES}

ROUGHNESS_COSTS = 0.1


@dataclass(frozen=True, eq=False)
class FilterPatterns(Paragraph):
    """What :func:`ascend_filters` returns: an image a filter.

    Attributes
    ----------
    layer
        The layer's dotted name.
    filters
        Which of its channels, in the order of the images.
    images
        Float32, shape ``(filters, height, width, channels)``: what the model was given in the end.
    answers
        Shape ``(steps, filters)``: the mean of each filter's map before each step.
    remedies
        What was done against noise: none in the plain recipe, all four in ``"fourier"``.
    input_range
        Black and white, as the model takes them.
    """

    layer: str
    filters: tuple[int, ...]
    images: NDArray[np.float32]
    answers: NDArray[np.float32]
    remedies: tuple[str, ...]
    input_range: tuple[float, float]

    @property
    def recipe(self) -> str:
        """The recipe's name, or its remedies joined by plus signs."""
        names = {remedies: name for name, remedies in RECIPES.items()}
        return names.get(self.remedies, " + ".join(self.remedies))

    @property
    def shown(self) -> NDArray[np.uint8]:
        """The images to be looked at; those that may leave black and white, all without waves, by :func:`deprocess`."""
        if "waves" not in self.remedies:
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


def ascend_filters(
    model: Any,
    layer: Any,
    filters: Sequence[int] | None = None,
    *,
    recipe: str | Sequence[str] = "plain",
    steps: int = 40,
    size: int | None = None,
    input_range: tuple[float, float] = (0.0, 255.0),
    seed: int = 0,
    batch_size: int = 64,
) -> FilterPatterns:
    """Change noise, step by step, into the image that each filter answers to most; many filters at once.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges")])
    >>> kernel = np.zeros((3, 3, 1, 2)); kernel[:, :, 0, 0] = [[-1, 0, 1]] * 3; kernel[:, :, 0, 1] = 1
    >>> model.set_weights([kernel, np.zeros(2)])
    >>> print(ascend_filters(model, "edges", steps=10))
    2 filters of edges, plain recipe, 10 steps at 8×8: mean answer ... → ..., 0 asleep

    ``"plain"`` is the lecture decks' recipe: from grey noise (128 and up to 20 more, on a scale of 0 to 255) each step
    adds the gradient of the mean of the filter's map, divided by its root mean square plus 1e-5. An image found so may
    have any pattern, and mostly has fine noise in it, which a step that need not be smooth gets most from.

    ``"fourier"`` makes that hard, in four ways, each of which can be had without the others:

    - ``"waves"``: it climbs in the image's spectrum, scaled so that coarse waves change as easily as fine ones, and a
      sigmoid keeps the image between black and white;
    - ``"colours"``: it climbs along colours that are as independent as in photographs;
    - ``"shifts"``: the image is shifted by a few pixels before each step, so that only what survives that counts;
    - ``"smoothness"``: differences between neighbouring pixels cost something.

    Parameters
    ----------
    model
        Any Keras model with one input; it is run in inference mode and stays as it is.
    layer
        As :func:`~labkit.explain.finding_layers.find_layer` takes it.
    filters
        Channels of the layer's output; ``None`` takes all. The answer of each filter to its image depends neither on
        the others nor on `batch_size`: all begin from the same noise.
    recipe
        ``"plain"``, ``"fourier"``, or some of the four remedies, as in ``("waves", "shifts")``.
    steps
        At least 1; the decks take 40.
    size
        Height and width of the images, where the model leaves them open; 64 if not given.
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
    remedies = _remedies(recipe)
    steps, batch_size = whole_number("steps", steps), whole_number("batch_size", batch_size)
    low, high = input_range
    if not low < high:
        raise ValueError(f"input_range is {input_range!r}; allowed is (black, white), the smaller number first")
    place = find_layer(model, layer)
    check_differentiable(model)
    shape = _image_shape(model, size)
    channels = _channels(model, place, shape)
    chosen = tuple(range(channels)) if filters is None else tuple(int(each) for each in filters)
    if not chosen or not all(0 <= each < channels for each in chosen):
        raise ValueError(f"filters is {filters!r}; allowed are channels of {place.name}, 0 to {channels - 1}")
    parts = [
        _climb(model, place, np.array(chosen[at : at + batch_size]), shape, steps, (low, high), seed, remedies)
        for at in range(0, len(chosen), batch_size)
    ]
    images, answers = zip(*parts, strict=True)
    return FilterPatterns(
        place.name, chosen, np.concatenate(images), np.concatenate(answers, axis=1), remedies, (low, high)
    )


def deprocess(images: ArrayLike) -> NDArray[np.uint8]:
    """Make images of numbers of any size: each to mean 0.5 and standard deviation 0.1, then 0 to 1 to 0 to 255.

    >>> deprocess(np.array([0.0, 10.0, 20.0, 30.0]).reshape(2, 2, 1))[..., 0].tolist()
    [[93, 116], [138, 161]]

    Parameters
    ----------
    images
        Shape ``(n, height, width, channels)`` or ``(height, width, channels)``; each image is treated by itself. A
        image of one value becomes middle grey.
    """
    x = np.asarray(images, np.float64)
    axes = (-3, -2, -1)
    x = x - x.mean(axis=axes, keepdims=True)
    x = 0.5 + 0.1 * x / (x.std(axis=axes, keepdims=True) + 1e-5)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def mosaic(images: ArrayLike, columns: int = 8, margin: int = 5) -> NDArray[np.uint8]:
    """Lay images of one size side by side, row by row, with black between them.

    >>> mosaic(np.full((5, 64, 64, 3), 200, np.uint8), columns=3).shape  # 3 · 64 + 2 · 5 wide
    (133, 202, 3)

    Parameters
    ----------
    images
        Numbers from 0 to 255, shape ``(n, height, width, channels)``.
    columns
        How many in a row.
    margin
        Pixels between two; there are none at the edge.
    """
    each = np.asarray(images)
    columns, margin = whole_number("columns", columns), whole_number("margin", margin, minimum=0)
    if each.ndim != 4 or not each.size:
        raise ValueError(f"images has shape {each.shape}; allowed is (n, height, width, channels), with nothing empty")
    number, height, width, channels = each.shape
    rows = -(-number // columns)
    columns = min(columns, number)
    sheet = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin, channels), np.uint8)
    for place, image in enumerate(each):
        top, left = place // columns * (height + margin), place % columns * (width + margin)
        sheet[top : top + height, left : left + width] = image
    return sheet


def _climb(
    model: Any,
    place: Place,
    filters: NDArray,
    shape: tuple[int, int, int],
    steps: int,
    span: tuple[float, float],
    seed: int,
    remedies: tuple[str, ...],
) -> tuple[NDArray, NDArray]:
    """Return the images and the answers on the way; what is changed are pixels, or the waves they are made of."""
    height, width, channels = shape
    low, high = span
    rng = np.random.default_rng(seed)
    canvas = (Waves if "waves" in remedies else Pixels)(shape, channels == 3 and "colours" in remedies)
    reach = max(1, min(height, width) // 16) if "shifts" in remedies else 0

    def run(own: Any, layer: Any, changed: Any, channels: Any, shift: Any) -> tuple:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(changed)
            image = canvas.paint(changed)
            seen = tf.roll(image, shift, axis=(1, 2)) if reach else image
            answers = _answers(own, layer, low + (high - low) * seen, channels)
            goal = answers
            if "smoothness" in remedies:  # paid as a share of the answer, so that loud and quiet filters pay alike
                rough = tf.image.total_variation(image) / (height * width)
                goal = answers - ROUGHNESS_COSTS * rough * tf.stop_gradient(tf.abs(answers))
        return tape.gradient(goal, changed), answers

    changed = np.repeat(canvas.start(rng)[np.newaxis], len(filters), axis=0)
    history = []
    for _ in range(steps):
        shift = rng.integers(-reach, reach + 1, 2).astype(np.int32)
        key = ("climb", remedies, Same(place.layer), shape, span)
        slopes, answers = run_program(model, key, run, place.layer, changed, filters, shift)
        gradients = slopes.numpy()
        size = np.sqrt((gradients**2).mean(axis=tuple(range(1, gradients.ndim)), keepdims=True))
        changed = changed + canvas.STEP * gradients / (size + canvas.TINY)
        history.append(answers.numpy())
    return low + (high - low) * canvas.paint(tf.constant(changed)).numpy(), np.stack(history)


def _answers(model: Any, layer: Any, images: Any, channels: Any) -> Any:
    """Return the mean of one channel's map for each image."""
    with tap(model, layer) as seen:
        model(images, training=False)
    maps = tf.cast(seen[layer], tf.float32)
    return tf.gather(tf.reduce_mean(maps, axis=tuple(range(1, maps.shape.rank - 1))), channels, axis=1, batch_dims=1)


def _remedies(recipe: Any) -> tuple[str, ...]:
    """Return a recipe's remedies, each once, in the order of `REMEDIES`."""
    chosen = RECIPES.get(recipe) if isinstance(recipe, str) else tuple(recipe)
    if chosen is None or not set(chosen) <= set(REMEDIES):
        names = ", ".join(map(repr, RECIPES))
        raise ValueError(f"recipe is {recipe!r}; allowed are {names}, and a list of {', '.join(map(repr, REMEDIES))}")
    return tuple(each for each in REMEDIES if each in chosen)


def _image_shape(model: Any, size: int | None) -> tuple[int, int, int]:
    given = input_of(model)
    height, width, channels = (None, None, 3) if given is None else tuple(given.shape[1:])
    if size is not None and (size < 1 or any(own not in (None, size) for own in (height, width))):
        raise ValueError(f"size is {size}; {model.name} takes {height}×{width}".replace("None×None", "1 or more"))
    return height or size or 64, width or size or 64, channels or 3


def _channels(model: Any, place: Place, shape: tuple) -> int:
    if place.shape is not None and place.shape[-1] is not None:
        return place.shape[-1]
    with tap(model, place.layer) as seen:
        model(np.zeros((1, *shape), np.float32), training=False)
    return int(seen[place.layer].shape[-1])
