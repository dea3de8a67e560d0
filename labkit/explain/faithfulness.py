"""Whether a map tells what the network does: take away what it marks, or take away what the network has learned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number
from labkit.explain.batches import as_batch
from labkit.explain.finding_layers import find_layer, list_layers
from labkit.explain.scores_and_gradients import score_pass
from labkit.explain.targets import Target, check_names, check_score, resolve_target
from labkit.tables import Paragraph, Preformatted

_shuffling = threading.RLock()  # who begins while another shuffles the same weights would give those back


@dataclass(frozen=True, eq=False)
class Curves(Paragraph):
    """How the score changes while an image's pixels are taken away or given, the most important first.

    Attributes
    ----------
    name
        ``"deletion"`` or ``"insertion"``.
    fractions
        Shape ``(steps + 1,)``: the share of the pixels that were changed.
    scores
        Shape ``(n, steps + 1)``.
    """

    name: str
    fractions: NDArray[np.float64]
    scores: NDArray[np.float64]

    @property
    def areas(self) -> NDArray[np.float64]:
        """The area under each curve: of deletion small is good, of insertion large."""
        return ((self.scores[:, 1:] + self.scores[:, :-1]) / 2 * np.diff(self.fractions)).sum(axis=1)

    def __str__(self) -> str:
        return f"{self.name}: mean area {self.areas.mean():.3f} over {len(self.scores)} images"

    __repr__ = __str__


def deletion(
    model: Any,
    images: ArrayLike,
    maps: ArrayLike,
    target: Target = None,
    *,
    steps: int = 20,
    fill: float | str = 0.0,
    class_names: Sequence[str] | None = None,
    score: str = "output",
) -> Curves:
    """Cover the pixels in the order of the map, the strongest first, and watch the score fall.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, 4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> curves = deletion(model, np.ones((2, 2, 1)), [[[1, 4], [2, 0]]], target=1, steps=4)
    >>> curves.scores[0].tolist(), float(curves.areas[0])
    ([7.0, 3.0, 1.0, 0.0, 0.0], 1.875)

    Parameters
    ----------
    model, images, target, class_names
        As :func:`~labkit.explain.class_activation.cam` takes them.
    maps
        Shape ``(n, height, width)``, of the images' size.
    steps
        How many times the network is asked, each time with as many more pixels covered.
    fill
        What covers a pixel: a number, or ``"blur"``, the image itself without its details.
    score
        ``"output"``, the probability, or ``"logit"``.

    References
    ----------
    V. Petsiuk, A. Das, K. Saenko, "RISE", 2018, section 4.1.
    """
    return _curves("deletion", model, images, maps, target, steps, fill, class_names, score)


def insertion(
    model: Any,
    images: ArrayLike,
    maps: ArrayLike,
    target: Target = None,
    *,
    steps: int = 20,
    fill: float | str = "blur",
    class_names: Sequence[str] | None = None,
    score: str = "output",
) -> Curves:
    """Uncover the pixels in the order of the map, the strongest first, and watch the score rise.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    >>> model.set_weights([np.array([[0, 1.0], [0, 4], [0, 2], [0, 0]]), np.zeros(2)])
    >>> insertion(model, np.ones((2, 2, 1)), [[[1, 4], [2, 0]]], target=1, steps=4, fill=0).scores[0].tolist()
    [0.0, 4.0, 6.0, 7.0, 7.0]

    Parameters
    ----------
    model, images, maps, target, steps, fill, class_names, score
        As :func:`deletion`; the image at the start is blurred unless `fill` says otherwise.

    References
    ----------
    V. Petsiuk, A. Das, K. Saenko, "RISE", 2018, section 4.1.
    """
    return _curves("insertion", model, images, maps, target, steps, fill, class_names, score)


def _curves(
    name: str,
    model: Any,
    images: ArrayLike,
    maps: ArrayLike,
    target: Target,
    steps: int,
    fill: float | str,
    class_names: Sequence[str] | None,
    score: str,
) -> Curves:
    check_score(score)
    batch = as_batch(model, images)
    values = np.asarray(maps, np.float64)
    if values.shape != batch.shape[:3] or not np.isfinite(values).all():
        raise ValueError(f"maps have shape {values.shape}; {batch.shape[:3]} without NaN is needed")
    pixels = values[0].size
    if whole_number("steps", steps) > pixels:
        raise ValueError(f"steps is {steps}; allowed is 1 to {pixels}, the number of pixels")
    asked = resolve_target(target, len(batch), class_names)
    whole = score_pass(model, batch, asked, score)
    check_names(class_names, whole.outputs if whole.classes is not None else None)
    fixed = asked if whole.classes is None else whole.classes
    ranks = np.argsort(np.argsort(-values.reshape(len(batch), -1), axis=1, kind="stable"), axis=1).reshape(values.shape)
    covered = _covered(batch, fill)
    scores = []
    for step in range(steps + 1):
        first = (ranks < round(pixels * step / steps))[..., np.newaxis]
        mixed = np.where(first, covered, batch) if name == "deletion" else np.where(first, batch, covered)
        scores.append(score_pass(model, mixed, fixed, score).scores)
    return Curves(name, np.linspace(0, 1, steps + 1), np.stack(scores, axis=1).astype(np.float64))


def _covered(batch: NDArray[np.float32], fill: float | str) -> NDArray[np.float32]:
    if fill == "blur":
        from scipy.ndimage import gaussian_filter

        width = max(batch.shape[1:3]) / 45  # 5 pixels at 224, as in the paper
        return gaussian_filter(batch, (0, width, width, 0))
    if isinstance(fill, str):
        raise ValueError(f'fill is {fill!r}; allowed are a number and "blur"')
    return np.full_like(batch, fill)


@dataclass(frozen=True, eq=False)
class Randomization(Preformatted):
    """How alike maps stay while a network's weights are shuffled, layer by layer from the last.

    Attributes
    ----------
    layers
        The layers in the order in which they were shuffled.
    correlations
        Shape ``(layers, n)``: Spearman's rank correlation with the maps of the network as it was, for each image,
        after this layer and all before it in the list were shuffled. 0 where a map is flat.
    """

    layers: tuple[str, ...]
    correlations: NDArray[np.float64]

    def __str__(self) -> str:
        width = max(len(name) for name in self.layers)
        rows = zip(self.layers, self.correlations.mean(axis=1), strict=True)
        return "\n".join(f"{name:{width}}  {mean:+.2f}" for name, mean in rows)

    __repr__ = __str__


def randomize_weights(
    model: Any,
    images: ArrayLike,
    explain: Callable[[Any, Any], Any],
    *,
    layers: Any = None,
    seed: int = 0,
) -> Randomization:
    """Check that a method's maps depend on what the network has learned: shuffle the weights and compare.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(3, 3, name="conv")])
    >>> blind = lambda model, images: np.arange(16.0).reshape(1, 4, 4)  # a method that never looks at the network
    >>> print(randomize_weights(model, np.zeros((1, 4, 4, 1)), blind))
    conv  +1.00

    A map that stays as it was, like the one above, shows the image and not the network. Every array of weights keeps
    its numbers and loses their order, so that no layer grows louder or quieter. Afterwards the model has its weights
    back, also when something was raised.

    Parameters
    ----------
    model
        Any Keras model.
    images
        Handed to `explain`.
    explain
        A function of the model and the images that returns maps, ``(n, height, width)``, or an
        :class:`~labkit.explain.results.Explanation`. Give it a fixed target: the predicted class changes with the
        weights.
    layers
        After which layers to compare, the last of the network first; ``None`` is after every layer with weights. All
        layers behind them are shuffled too.
    seed
        Of the shuffling.

    References
    ----------
    J. Adebayo et al., "Sanity checks for saliency maps", 2018, section 4.1 (there the weights are drawn anew).
    """
    places = {id(place.layer): place for place in list_layers(model) if _has_own_weights(place.layer)}
    cascade = list(places.values())[::-1]
    several = [layers] if isinstance(layers, str) else layers
    stops = [place.name for place in cascade] if several is None else [find_layer(model, one).name for one in several]
    missing = set(stops) - {place.name for place in cascade}
    if missing or not stops:
        raise ValueError(f"layers is {layers!r}; allowed are layers with weights of their own, and at least one")
    rng = np.random.default_rng(seed)
    names, correlations = [], []
    with _shuffling:
        kept = model.get_weights()
        try:
            original = _maps(explain(model, images))
            for place in cascade:
                for weight in place.layer.weights:
                    values = weight.numpy()
                    if values.dtype.kind == "f":
                        weight.assign(rng.permuted(values.ravel()).reshape(values.shape))
                if place.name in stops:
                    names.append(place.name)
                    correlations.append(_rank_correlations(original, _maps(explain(model, images))))
        finally:
            model.set_weights(kept)
    return Randomization(tuple(names), np.stack(correlations))


def _has_own_weights(layer: Any) -> bool:
    return bool(layer.weights) and not layer._flatten_layers(include_self=False)


def _maps(found: Any) -> NDArray:
    return np.asarray(getattr(found, "maps", found), np.float64)


def _rank_correlations(one: NDArray, other: NDArray) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks = [rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (one, other)]
    a, b = (each - each.mean(axis=1, keepdims=True) for each in ranks)
    spread = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return (a * b).sum(axis=1) / np.where(spread > 0, spread, 1)
