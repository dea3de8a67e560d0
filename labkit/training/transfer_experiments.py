"""What chapter 10 measures on a trained network's features, and its long runs for ``book/records``.

How much a layer knows of a task is asked with a **linear probe**: logistic regression on the means of its maps. The
probe is the same everywhere, so that a better result is due to better features (G. Alain, Y. Bengio, "Understanding
intermediate layers using linear classifier probes", arXiv:1610.01644, 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number
from labkit.datasets.decoding import DecodedPictures, resize_picture
from labkit.training.pets_recipe import pets_augmentation
from labkit.training.pets_training import recorded_photographs
from labkit.training.transfer import Features, extract_features

if TYPE_CHECKING:
    from labkit.models.pretrained import Backbone

Outcome = tuple[dict[str, Any], dict[str, Any]]

# Of EfficientNet-Lite0: the end of each stage, from the first layer to the last.
DEPTHS = (
    "stem_relu",
    "block1a_project_bn",
    "block2b_add",
    "block3b_add",
    "block4c_add",
    "block5c_add",
    "block6d_add",
    "block7a_project_bn",
    "head_relu",
)
# Logistic regression's C. One value for all layers and tasks, so nothing is chosen by the images it is tested on.
WEAKNESS_OF_DECAY = 0.1

SIDE_BY_DEPTH, SIDE_OF_FEW = (160, 160), (224, 224)
DRAWN, TESTED = 1000, 1000
PER_CLASS = (10, 30, 100, 300, 1000)
AUGMENTED_UP_TO, LOOKS = 100, 5


def linear_probe(train: Features, test: Features) -> float:
    """Return the share of test images that logistic regression on the training features tells rightly.

    >>> labels = np.arange(40) % 2
    >>> values = np.random.default_rng(0).normal(3 * labels[:, None] - 1.5, 0.5, (40, 8)).astype(np.float32)
    >>> features = Features(values, labels, ("cat", "dog"), "made up", "", 0.0)
    >>> linear_probe(features, features)
    1.0

    Each feature is first shifted and scaled to mean 0 and deviation 1 over the training images: layers whose numbers
    are large or small are treated alike.

    Parameters
    ----------
    train, test : Features
        From `extract_features`, one row an image.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # float64: the features of a network with random weights can be as small as 1e-12.
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=WEAKNESS_OF_DECAY, max_iter=3000))
    probe.fit(train.values.astype(np.float64), train.labels)
    return float(probe.score(test.values.astype(np.float64), test.labels))


def features_by_depth(
    backbone: Backbone, images: DecodedPictures, layers: tuple[str, ...] = DEPTHS, *, cache: bool = True
) -> dict[str, Features]:
    """Return the means of the maps of several layers, all from one pass through the network.

    >>> from labkit.models.pretrained import load
    >>> backbone = load("efficientnet-lite0", include_top=False, input_size=32, weights=None)
    >>> images = DecodedPictures(np.zeros((2, 32, 32, 3), np.uint8), np.array([0, 1]), ("cat", "dog"), "crop")
    >>> depths = features_by_depth(backbone, images, ("stem_relu", "head_relu"), cache=False)
    >>> [features.values.shape for features in depths.values()]
    [(2, 32), (2, 1280)]

    Parameters
    ----------
    backbone : Backbone
        Without its top.
    images : DecodedPictures
        Of its input size.
    layers : tuple of str
        Names of layers with maps.
    cache : bool
        As in `extract_features`.

    Raises
    ------
    ValueError
        If there is no such layer; the nearest names are offered.
    """
    import keras

    means = [keras.layers.GlobalAveragePooling2D(name=f"mean_{name}")(backbone.layer(name).output) for name in layers]
    joined = means[0] if len(means) == 1 else keras.layers.Concatenate(name="depths")(means)
    tapped = replace(backbone, model=keras.Model(backbone.model.input, joined, name="depths"))
    together = extract_features(tapped, images, cache=cache)
    ends = np.cumsum([mean.shape[-1] for mean in means])[:-1]
    return {
        name: replace(together, values=values, description=f"{backbone.name}, means of {name}")
        for name, values in zip(layers, np.split(together.values, ends, axis=1), strict=True)
    }


def settle_normalization(backbone: Backbone, images: DecodedPictures) -> None:
    """Set the averages of batch normalization to those of these images, layer by layer, in place.

    A network with random weights needs it: its averages are 0 and 1, as built, so nothing is normalized, and from layer
    to layer its numbers shrink, after 49 convolutions to about 1e-12.

    Parameters
    ----------
    backbone : Backbone
    images : DecodedPictures
        All are run through at once, so 32 to 100 will do.
    """
    import keras

    normalizations = [layer for layer in backbone.model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.momentum for layer in normalizations]
    for layer in normalizations:
        layer.momentum = 0.0  # forget all that was before this batch
    backbone.model(backbone.normalize(images.images.astype(np.float32)), training=True)
    for layer, momentum in zip(normalizations, before, strict=True):
        layer.momentum = momentum


def several_looks(
    backbone: Backbone, images: DecodedPictures, augment: Any, looks: int, *, cache: bool = True
) -> Features:
    """Return the features of the images as they are, and of each image changed at random again and again.

    What augmentation can do for cached features: it is at work while they are extracted, and not any more when the head
    is trained.

    Parameters
    ----------
    backbone, images, cache
        As in `extract_features`.
    augment : keras.layers.Layer
        Changes images at random, such as `RandomAffine`.
    looks : int
        Rows for each image, 1 or more; the first is of the image as it is.

    Returns
    -------
    Features
        ``looks * len(images)`` rows: all images, then all of them again.
    """
    whole_number("looks", looks)
    parts = [extract_features(backbone, images, cache=cache)]
    for _ in range(looks - 1):
        changed = np.concatenate(  # in batches: floats take four times the room of bytes
            [
                np.rint(np.asarray(augment(images.images[start : start + 100], training=True))).astype(np.uint8)
                for start in range(0, len(images), 100)
            ]
        )
        parts.append(extract_features(backbone, replace(images, images=changed, file=None), cache=cache))
    return replace(
        parts[0],
        values=np.concatenate([part.values for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        seconds=sum(part.seconds for part in parts),
        key="",
    )


def chosen_rows(features: Features, rows: ArrayLike) -> Features:
    """Return the features of some of the images.

    >>> features = Features(np.eye(3, dtype=np.float32), np.array([0, 1, 0]), ("cat", "dog"), "made up", "", 0.0)
    >>> chosen_rows(features, [2, 0]).values.tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    rows = np.asarray(rows)
    return replace(features, values=features.values[rows], labels=features.labels[rows], key="")


def draw_per_class(labels: ArrayLike, count: int, seed: int) -> NDArray[np.int64]:
    """Draw as many indices of each class; fewer are part of more, for the same seed.

    >>> draw_per_class([0, 1, 0, 1, 0, 1], 2, seed=0)
    array([2, 3, 4, 5])

    Raises
    ------
    ValueError
        If a class has fewer.
    """
    labels = np.asarray(labels)
    drawn = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < count:
            raise ValueError(f"count is {count}, but class {label} has {len(members)} images")
        # The raw stream of PCG64 is the same in all versions of NumPy.
        order = np.argsort(np.random.PCG64([seed, int(label)]).random_raw(len(members)), kind="stable")
        drawn.append(members[order[:count]])
    return np.sort(np.concatenate(drawn))


def as_colour_pictures(
    images: NDArray[np.uint8], labels: ArrayLike, class_names: tuple[str, ...], size: tuple[int, int]
) -> DecodedPictures:
    """Give grey images three equal channels and another size, so that a backbone takes them.

    >>> as_colour_pictures(np.zeros((2, 28, 28), np.uint8), [0, 1], ("sandal", "bag"), (160, 160)).images.shape
    (2, 160, 160, 3)
    """
    colour = [resize_picture(np.repeat(image[..., None], 3, axis=-1), size) for image in images]
    return DecodedPictures(np.stack(colour), np.asarray(labels, np.int64), class_names, "squash")


# -------------------------------------------------------------------------------------------------------------- records


def record_by_depth(seed: int, *, drawn: int = DRAWN, tested: int = TESTED) -> Outcome:
    """One seed of the probe at every depth: photographs and clothes, ImageNet's weights and random ones.

    1,000 images are drawn to train each probe on, and it is tested on 1,000 others, always the same. The random
    network is another for each seed; the one of ImageNet is the same, so there the seed is only in the draw.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.datasets import load_fashion_mnist
    from labkit.models.pretrained import load

    photographs, validation, provenance = recorded_photographs(size=SIDE_BY_DEPTH)
    fashion = load_fashion_mnist()
    rows = draw_per_class(fashion.y_train, drawn // 10, seed)
    clothes = [
        as_colour_pictures(images, labels, fashion.class_names, SIDE_BY_DEPTH)
        for images, labels in (
            (fashion.x_train[rows], fashion.y_train[rows]),
            (fashion.x_test[:tested], fashion.y_test[:tested]),
        )
    ]
    chosen = draw_per_class(photographs.labels, drawn // 2, seed)
    pets = [
        replace(photographs, images=photographs.images[chosen], labels=photographs.labels[chosen], file=None),
        validation,
    ]

    metrics: dict[str, Any] = {"layers": list(DEPTHS)}
    for task, (train, test) in {"pets": pets, "clothes": clothes}.items():
        for weights in ("imagenet", "random"):
            keras.utils.set_random_seed(seed)
            backbone = load(
                include_top=False, input_size=SIDE_BY_DEPTH[0], weights=None if weights == "random" else weights
            )
            if weights == "random":
                settle_normalization(backbone, replace(train, images=train.images[:64], labels=train.labels[:64]))
            # Nothing is kept in the cache: these features are needed once.
            known, asked = (features_by_depth(backbone, part, cache=False) for part in (train, test))
            curve = [round(linear_probe(known[name], asked[name]), 4) for name in DEPTHS]
            metrics[f"{task}_{weights}"] = curve
    metrics.update(figures_by_depth(metrics))
    metrics["clothes_pixels"] = round(linear_probe(*_pixels(fashion, rows, tested)), 4)
    source = f"{provenance['source']}; {fashion.provenance.source}: {drawn:,} to train and {tested:,} to test on"
    return metrics, {**provenance, "source": source}


def figures_by_depth(curves: Mapping[str, Any]) -> dict[str, float]:
    """Return single figures for what the curves of one seed show.

    >>> curves = dict.fromkeys(("pets_random", "clothes_imagenet", "clothes_random"), [0.5] * 9)
    >>> figures_by_depth({**curves, "pets_imagenet": [0.5] * 6 + [0.6, 0.7, 0.8]})
    {'first_gain': 0.0, 'last_for_photographs': 0.3, 'pets_gain': 0.3, 'clothes_gain': 0.0}

    Parameters
    ----------
    curves : mapping of str to list of float
        An accuracy for each of `DEPTHS`, by task and weights: ``pets_imagenet``, ``pets_random``, ``clothes_imagenet``,
        ``clothes_random``.

    Returns
    -------
    dict of str to float
        ``first_gain``: of ImageNet's weights over random ones at the first depth, the mean of both tasks.
        ``last_for_photographs``: what the last three depths add for photographs, less what they add for clothes.
        ``pets_gain``, ``clothes_gain``: the best depth of ImageNet's weights over the best of random ones.
    """
    first = [curves[f"{task}_imagenet"][0] - curves[f"{task}_random"][0] for task in ("pets", "clothes")]
    added = {task: curves[f"{task}_imagenet"][-1] - curves[f"{task}_imagenet"][-4] for task in ("pets", "clothes")}
    figures = {"first_gain": fmean(first), "last_for_photographs": added["pets"] - added["clothes"]}
    for task in ("pets", "clothes"):
        figures[f"{task}_gain"] = max(curves[f"{task}_imagenet"]) - max(curves[f"{task}_random"])
    return {name: round(figure, 4) for name, figure in figures.items()}


def _pixels(fashion: Any, rows: NDArray[np.int64], tested: int) -> tuple[Features, Features]:
    """The pixels themselves as features: what a probe can do without any network."""
    known, asked = (
        Features(images.reshape(len(images), -1).astype(np.float32), labels, fashion.class_names, "pixels", "", 0.0)
        for images, labels in (
            (fashion.x_train[rows], fashion.y_train[rows]),
            (fashion.x_test[:tested], fashion.y_test[:tested]),
        )
    )
    return known, asked


def record_few_pictures(seed: int, *, per_class: tuple[int, ...] = PER_CLASS) -> Outcome:
    """One seed of how few photographs are enough for a probe on the frozen features, with and without augmentation.

    The photographs of each size are drawn anew for each seed, and are part of the next larger size. Up to 100 a class
    there is a second probe, trained on five looks at each: as it is, and changed at random four times.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    from labkit.models.pretrained import load

    photographs, validation, provenance = recorded_photographs(size=SIDE_OF_FEW)
    backbone = load(include_top=False)
    known, asked = (extract_features(backbone, part) for part in (photographs, validation))
    metrics: dict[str, Any] = {"per_class": list(per_class)}
    for count in per_class:
        rows = draw_per_class(known.labels, count, seed)
        metrics[f"frozen_{count}"] = round(linear_probe(chosen_rows(known, rows), asked), 4)
    metrics["frozen_by_size"] = [metrics[f"frozen_{count}"] for count in per_class]

    few = [count for count in per_class if count <= AUGMENTED_UP_TO]
    rows = draw_per_class(known.labels, max(few), seed)
    some = replace(photographs, images=photographs.images[rows], labels=photographs.labels[rows], file=None)
    looks = several_looks(backbone, some, pets_augmentation(seed), LOOKS, cache=False)
    for count in few:
        inside = np.isin(rows, draw_per_class(known.labels, count, seed))
        seen = chosen_rows(looks, np.flatnonzero(np.tile(inside, LOOKS)))
        metrics[f"augmented_{count}"] = round(linear_probe(seen, asked), 4)
        metrics[f"gain_{count}"] = round(metrics[f"augmented_{count}"] - metrics[f"frozen_{count}"], 4)
    metrics["gain"] = round(fmean(metrics[f"gain_{count}"] for count in few), 4)
    return metrics, provenance
