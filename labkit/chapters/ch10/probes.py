"""What chapter 10 asks a trained network's features.

How much a layer knows of a task is asked with a **linear probe**: logistic regression on the means of its maps. The
probe is the same everywhere, so that a better result is due to better features (G. Alain, Y. Bengio, "Understanding
intermediate layers using linear classifier probes", arXiv:1610.01644, 2016).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number
from labkit.datasets.decoding import DecodedPictures, resize_picture
from labkit.training.transfer.features import Features, extract_features

if TYPE_CHECKING:
    from labkit.models.pretrained import Backbone


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

PER_CLASS = (10, 30, 100, 300, 1000)


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


def as_colour_images(
    images: NDArray[np.uint8], labels: ArrayLike, class_names: tuple[str, ...], size: tuple[int, int]
) -> DecodedPictures:
    """Give grey images three equal channels and another size, so that a backbone takes them.

    >>> as_colour_images(np.zeros((2, 28, 28), np.uint8), [0, 1], ("sandal", "bag"), (160, 160)).images.shape
    (2, 160, 160, 3)
    """
    colour = [resize_picture(np.repeat(image[..., None], 3, axis=-1), size) for image in images]
    return DecodedPictures(np.stack(colour), np.asarray(labels, np.int64), class_names, "squash")
