"""Which pixels a score depends on: by its gradient, by what the gradient adds up to, or by covering them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_float, whole_number
from labkit.explain.batches import as_batch
from labkit.explain.results import Explanation, labels_of, scaled
from labkit.explain.scores_and_gradients import Pass, image_pass, score_pass
from labkit.explain.targets import Target, check_names, check_score, resolve_target


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntegratedGradients(Explanation):
    """An explanation whose values add up to a difference of scores.

    Attributes
    ----------
    baseline_scores
        Shape ``(n,)``: the score of the baseline.
    completeness_error
        Shape ``(n,)``: the sum of all values less the difference of the two scores; 0 but for the finite steps.
    """

    baseline_scores: NDArray[np.float32]
    completeness_error: NDArray[np.float32]

    def __str__(self) -> str:
        return f"{super().__str__()}\n  completeness error at most {np.abs(self.completeness_error).max():.2g}"


def saliency(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    *,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> Explanation:
    """Return how strongly the score answers to a small change of each pixel: the size of its gradient.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, -4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> saliency(model, np.ones((2, 2, 1)), target=1).maps[0].tolist()
    [[0.25, 1.0], [0.5, 0.0]]

    Parameters
    ----------
    model, images, target, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.

    Returns
    -------
    Explanation
        ``values`` are the gradients; the maps their largest size over the channels, divided by each map's peak.

    References
    ----------
    K. Simonyan, A. Vedaldi, A. Zisserman, "Deep inside convolutional networks", 2014, section 3.
    """
    batch_size = whole_number("batch_size", batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    found = image_pass(model, batch, asked, score, batch_size)
    check_names(class_names, found.outputs if found.classes is not None else None)
    return explanation_of("saliency", found, found.gradients, strongest(found.gradients), class_names)


def smooth_grad(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    *,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> Explanation:
    """Return the mean gradient over copies of each image with noise on them: what changes from copy to copy, goes.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, -4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> smooth_grad(model, np.ones((2, 2, 1)), target=1).maps[0].tolist()  # a linear score has one gradient everywhere
    [[0.25, 1.0], [0.5, 0.0]]

    Parameters
    ----------
    model, images, target, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.
    samples
        How many copies.
    noise
        Standard deviation of the Gaussian noise, as a share of the image's range (largest less smallest value).
    seed
        Of the noise. It is the same for every image, so that a batch gives what its images give one by one.

    References
    ----------
    D. Smilkov et al., "SmoothGrad", 2017, section 2.
    """
    samples, noise = whole_number("samples", samples), as_float("noise", noise, minimum=0)
    batch_size = whole_number("batch_size", batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    clean = score_pass(model, batch, asked, score, batch_size)
    check_names(class_names, clean.outputs if clean.classes is not None else None)
    fixed = asked if clean.classes is None else clean.classes
    rng = np.random.default_rng(seed)
    spread = noise * np.ptp(batch, axis=(1, 2, 3), keepdims=True)
    total = np.zeros(batch.shape)
    for _ in range(samples):
        noisy = batch + spread * rng.normal(size=batch.shape[1:]).astype(np.float32)
        total += image_pass(model, noisy, fixed, score, batch_size).gradients
    values = (total / samples).astype(np.float32)
    return explanation_of("smooth-grad", clean, values, strongest(values), class_names)


def integrated_gradients(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    *,
    baseline: float | ArrayLike = 0.0,
    steps: int = 50,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> IntegratedGradients:
    """Return what each pixel adds to the score on the straight way from a baseline to the image.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, -4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> found = integrated_gradients(model, np.full((2, 2, 1), 3), target=1)
    >>> found.values[0, :, :, 0].round(4).tolist(), bool(abs(found.completeness_error[0]) < 1e-4)
    ([[3.0, -12.0], [6.0, 0.0]], True)

    (x − x′) · ∫₀¹ ∂S/∂x at x′ + α·(x − x′) dα, the integral by the midpoints of equal steps. The values of an image
    add up to the score of the image less that of the baseline; by how much they miss it is ``completeness_error``.

    Parameters
    ----------
    model, images, target, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.
    baseline
        The image without anything in it, x′: a number, or an array that fits the images. 0 is black where the model
        takes pixels from 0 up.
    steps
        How many gradients the integral is made of.

    Returns
    -------
    IntegratedGradients
        The maps are the sums over the channels, where they speak for the class.

    References
    ----------
    M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", 2017, equation 1 and proposition 1.
    """
    steps = whole_number("steps", steps)
    batch_size = whole_number("batch_size", batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    try:
        start = np.broadcast_to(np.asarray(baseline, np.float32), batch.shape)
    except ValueError:
        raise ValueError(
            f"baseline has shape {np.shape(baseline)}; allowed is a number, or what fits {batch.shape}"
        ) from None
    end = score_pass(model, batch, asked, score, batch_size)
    check_names(class_names, end.outputs if end.classes is not None else None)
    fixed = asked if end.classes is None else end.classes
    from_here = score_pass(model, np.ascontiguousarray(start), fixed, score, batch_size).scores
    total = np.zeros(batch.shape)
    for step in range(steps):
        between = (start + (step + 0.5) / steps * (batch - start)).astype(np.float32)
        total += image_pass(model, between, fixed, score, batch_size).gradients
    values = (batch - start) * total / steps
    error = values.sum(axis=(1, 2, 3)) - (end.scores.astype(float) - from_here)
    maps, peaks = scaled(values.sum(axis=-1))
    labels = labels_of(end.classes, len(batch), class_names)
    return IntegratedGradients(
        maps, "integrated-gradients", end.scores, end.classes, labels, peaks, "", values.astype(np.float32),
        baseline_scores=from_here, completeness_error=error.astype(np.float32),
    )  # fmt: skip


def occlusion(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    *,
    window: int = 16,
    stride: int = 8,
    fill: float | ArrayLike = 0.0,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    batch_size: int = 8,
) -> Explanation:
    """Return how far the score falls when a square is laid over each place.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, -4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> occlusion(model, np.full((2, 2, 1), 3), target=1, window=1, stride=1).values[0, :, :, 0].tolist()
    [[3.0, -12.0], [6.0, 0.0]]

    Parameters
    ----------
    model, images, target, class_names, score, batch_size
        As :func:`~labkit.explain.class_activation.cam` takes them.
    window, stride
        Side of the square and the step from one to the next, in pixels. The last row and column of squares end at the
        image's edge.
    fill
        What the square is filled with: a number, or one a channel.

    Returns
    -------
    Explanation
        ``values``, shape ``(n, height, width, 1)``: the mean fall of the score over all squares that covered the pixel.

    References
    ----------
    M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", 2014, section 4.2.
    """
    window, stride = whole_number("window", window), whole_number("stride", stride)
    batch_size = whole_number("batch_size", batch_size)
    batch, asked = asked_of(model, images, target, class_names, score)
    height, width = batch.shape[1:3]
    if not 1 <= window <= min(height, width) or not 1 <= stride <= window:
        raise ValueError(
            f"window is {window} and stride {stride}; allowed are a window from 1 to {min(height, width)} and a stride "
            f"from 1 to the window"
        )
    whole = score_pass(model, batch, asked, score, batch_size)
    check_names(class_names, whole.outputs if whole.classes is not None else None)
    fixed = asked if whole.classes is None else whole.classes
    falls, covered = np.zeros(batch.shape[:3]), np.zeros((height, width))
    for top in _starts(height, window, stride):
        for left in _starts(width, window, stride):
            place = (slice(top, top + window), slice(left, left + window))
            hidden = batch.copy()
            hidden[:, place[0], place[1]] = fill
            fall = whole.scores - score_pass(model, hidden, fixed, score, batch_size).scores
            falls[:, place[0], place[1]] += fall[:, None, None]
            covered[place] += 1
    values = (falls / covered).astype(np.float32)
    return explanation_of("occlusion", whole, values[..., np.newaxis], values, class_names)


def asked_of(
    model: Any, images: ArrayLike, target: Target, class_names: Sequence[str] | None, score: str
) -> tuple[NDArray[np.float32], NDArray[np.int64] | Callable]:
    """Check what every method here is given, and return the images as a batch with the classes asked about."""
    check_score(score)
    batch = as_batch(model, images)
    return batch, resolve_target(target, len(batch), class_names)


def strongest(gradients: NDArray) -> NDArray:
    """Return the largest size over the channels, at each pixel."""
    return np.abs(gradients).max(axis=-1)


def explanation_of(
    method: str, found: Pass, values: NDArray, maps: NDArray, class_names: Sequence[str] | None
) -> Explanation:
    """Put the values of each pixel, and the maps made of them, together with what was asked."""
    between, peaks = scaled(maps)
    labels = labels_of(found.classes, len(maps), class_names)
    return Explanation(between, method, found.scores, found.classes, labels, peaks, "", values)


def _starts(length: int, window: int, stride: int) -> list[int]:
    starts = list(range(0, length - window + 1, stride))
    return starts if starts[-1] == length - window else [*starts, length - window]
