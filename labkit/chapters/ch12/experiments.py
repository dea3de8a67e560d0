"""How many of a network's activations are zero, layer by layer: what chapter 12 measures, and its long run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.course.recording import Outcome, record
from labkit.training.pets_training import train_on_pets
from labkit.training.real_data import recorded_photographs

if TYPE_CHECKING:
    import keras


# The eight layers that the decks look into: every convolution with its ReLU, and the pooling after it.
EIGHT_LAYERS = tuple(f"{kind}{number}" for number in range(1, 5) for kind in ("conv", "pool"))

SIDE, EPOCHS, BATCH_SIZE = 96, 10, 20
BACKBONE, BACKBONE_SIDE = "efficientnet-lite0", 224
TRAINED_ON, LOOKED_AT, LOOKED_AT_BY_BACKBONE = 2000, 300, 100


def relu_layers(model: keras.Model) -> tuple[str, ...]:
    """Name the layers of a network that are a ReLU and nothing else, in their order.

    >>> from labkit.models.pretrained import load
    >>> names = relu_layers(load("efficientnet-lite0", include_top=False, weights=None).model)
    >>> len(names), names[:3], names[-1]
    (33, ('stem_relu', 'block1a_depthwise_relu', 'block2a_expand_relu'), 'head_relu')

    Parameters
    ----------
    model : keras.Model
        With ReLUs as layers of their own, as in EfficientNet-Lite0.
    """
    import keras

    return tuple(layer.name for layer in model.layers if isinstance(layer, keras.layers.ReLU))


def explained_by_colour(kernels: ArrayLike, images: NDArray[Any], patches: int = 5000) -> NDArray[np.float64]:
    """Return which share of each filter's answer is decided by the mean colour of the patch that it looks at.

    >>> images = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 1))
    >>> blur, edge = np.ones((3, 3)), np.array([[-1, 0, 1]] * 3)
    >>> explained_by_colour(np.stack([blur, edge], axis=-1)[:, :, np.newaxis], images).round(1) + 0.0
    array([1., 0.])

    The share is R² of a linear regression over patches of the images, taken at random places. A filter that averages
    has 1: it tells how bright a place is, or how red. One that finds edges has about 0: it tells differences inside the
    patch.

    Parameters
    ----------
    kernels : array_like, shape (height, width, channels, filters)
        Of a first layer.
    images : ndarray, shape (n, rows, columns, channels)
        As that layer takes them.
    patches : int
        How many patches.

    Returns
    -------
    ndarray, shape (filters,)
        From 0 to 1; NaN where a filter has no weights but 0.
    """
    weights = np.asarray(kernels, float)
    height, width, _, filters = weights.shape
    rng = np.random.default_rng(0)
    rows, columns = (
        rng.integers(0, images.shape[1 + axis] - size, patches) for axis, size in ((0, height), (1, width))
    )
    pictures = rng.integers(0, len(images), patches)
    seen = np.stack([
        images[picture, row : row + height, column : column + width]
        for picture, row, column in zip(pictures, rows, columns, strict=True)
    ]).astype(float)  # fmt: skip
    answers = seen.reshape(patches, -1) @ weights.reshape(-1, filters)
    colours = np.column_stack([seen.mean(axis=(1, 2)), np.ones(patches)])
    left = answers - colours @ np.linalg.lstsq(colours, answers, rcond=None)[0]
    spread = answers.var(axis=0)
    return 1 - np.divide(left.var(axis=0), spread, out=np.full(filters, np.nan), where=spread > 1e-12)


def rise(values: Sequence[float]) -> float:
    """Return by how much values grow with depth: the mean of the last third less the mean of the first.

    >>> rise([0.2, 0.4, 0.3, 0.5, 0.7, 0.6])
    0.35

    Parameters
    ----------
    values : sequence of float
        One a layer, from the first to the last; at least three.
    """
    third = len(values) // 3
    return round(float(np.mean(values[-third:]) - np.mean(values[:third])), 4)


@record(
    "activation-sparsity",
    "Zeros by depth: the decks' network on 2,000 photographs of 96×96, 10 epochs, before and after; and "
    "EfficientNet-Lite0",
)
def record_sparsity(
    seed: int,
    *,
    trained_on: int = TRAINED_ON,
    looked_at: int = LOOKED_AT,
    by_backbone: int = LOOKED_AT_BY_BACKBONE,
    epochs: int = EPOCHS,
) -> Outcome:
    """One seed of zeros by depth: the decks' network before and after its training, and EfficientNet-Lite0.

    The decks' network is trained from first weights of this seed. The backbone is always the same, so a seed takes
    other photographs for it; beside it stands the same network with random weights. All are measured on validation
    photographs, and the trained network of the decks also on noise and on plain grey.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models import cats_dogs_convnet
    from labkit.models.pretrained import load

    train, validation, provenance = recorded_photographs(trained_on, looked_at, (SIDE, SIDE))
    keras.utils.set_random_seed(seed)
    model = cats_dogs_convnet((SIDE, SIDE, 3))
    metrics: dict[str, Any] = _figures("untrained", model, EIGHT_LAYERS, validation.images)
    metrics["untrained_edge_filters"] = _edge_filters(model, "conv1", validation.images)
    run = train_on_pets(model, train, validation, epochs=epochs, batch_size=BATCH_SIZE, seed=seed)
    metrics |= _figures("trained", model, EIGHT_LAYERS, validation.images)
    metrics["trained_edge_filters"] = _edge_filters(model, "conv1", validation.images)
    noise = np.random.default_rng(seed).integers(0, 256, validation.images.shape).astype(np.uint8)
    for name, images in {"noise": noise, "grey": np.full_like(validation.images[:1], 128)}.items():
        metrics |= _figures(f"trained_on_{name}", model, EIGHT_LAYERS, images)
    for name in ("untrained", "trained"):
        for what in ("zeros", "silent"):
            values = metrics[f"{name}_{what}_by_layer"]
            metrics[f"{name}_{what}_rise"] = round(values[-2] - values[0], 4)  # fourth convolution, first convolution
    metrics["last_val_accuracy"] = round(run.val_accuracy[-1], 4)

    photographs = recorded_photographs(2, (seed + 1) * by_backbone, (BACKBONE_SIDE, BACKBONE_SIDE))[1]
    drawn = photographs.images[seed * by_backbone :]
    for name, weights in {"backbone": "imagenet", "random_backbone": None}.items():
        keras.utils.set_random_seed(seed)
        backbone = load(BACKBONE, include_top=False, input_size=BACKBONE_SIDE, weights=weights)
        names = relu_layers(backbone.model)
        prepared = backbone.normalize(drawn.astype(np.float32))
        metrics |= _figures(name, backbone.model, names, prepared)
        metrics[f"{name}_edge_filters"] = _edge_filters(backbone.model, "stem_conv", prepared)
        for what in ("zeros", "silent"):
            metrics[f"{name}_{what}_rise"] = rise(metrics[f"{name}_{what}_by_layer"])
    provenance["source"] += f"; for the backbone {by_backbone} others a seed, {BACKBONE_SIDE}×{BACKBONE_SIDE}"
    return metrics, provenance


def _edge_filters(model: keras.Model, layer: str, images: NDArray[Any]) -> float:
    """The share of a first layer's filters whose answer is decided less by the patch's colour than by what is in it."""
    return round(float((explained_by_colour(model.get_layer(layer).get_weights()[0], images) < 0.5).mean()), 4)


def _figures(name: str, model: keras.Model, layers: Sequence[str], images: NDArray[Any]) -> dict[str, list[float]]:
    """What is zero, for a record: a share a layer of all numbers, of the channels of an image, of all channels."""
    from labkit.explain import activations, sparsity

    rows = sparsity(activations(model, images, layers, batch_size=20))
    return {
        f"{name}_zeros_by_layer": [round(row.zeros, 4) for row in rows],
        f"{name}_silent_by_layer": [round(row.silent / row.channels, 4) for row in rows],
        f"{name}_dead_by_layer": [round(row.dead / row.channels, 4) for row in rows],
    }
