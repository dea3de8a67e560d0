"""What a map reveals: a planted shortcut, two animals in one image, and people in photographs with known masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from labkit.datasets.decoding import DecodedPictures

if TYPE_CHECKING:
    import keras

    from labkit.models.pretrained import Backbone

SIDE = 224
TAG_ROWS, TAG_COLUMNS = slice(196, 216), slice(8, 72)  # of a white tag, in pixels of 224×224
LINE_ROWS, LINE_COLUMNS, LINE = slice(204, 208), slice(14, 66), (30, 60, 160)  # what is written on it
GREY = 127
CATS, DOGS, ESPRESSO = range(281, 286), range(151, 269), 967  # of ImageNet's classes
# Photographs of Penn-Fudan with people in them that have no mask.
UNLABELLED = {"FudanPed00008", "FudanPed00022", "FudanPed00042", "PennPed00028", "PennPed00084"}
SIZES = (0.5, 0.9)  # of a window, as a share of the photograph's smaller side
SHARES = (0.1, 0.5)  # of a window that pedestrians fill, if any are in it
TRIES = 300


def tagged(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images with a small white tag in the lower left corner, as a shop's mark is; they are not changed.

    >>> tagged(np.zeros((1, 224, 224, 3), np.uint8))[0, 200, [0, 8, 71, 72], 0].tolist()
    [0, 250, 250, 0]

    Parameters
    ----------
    images : ndarray of uint8, (n, 224, 224, 3)
        The images.
    """
    _check_size(images)
    result = images.copy()
    result[:, TAG_ROWS, TAG_COLUMNS] = 250
    result[:, LINE_ROWS, LINE_COLUMNS] = LINE
    return result


def erased(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images with grey where the tag would be, and a little beyond; they are not changed.

    >>> erased(np.zeros((1, 224, 224, 3), np.uint8))[0, [190, 200], 0, 0].tolist()
    [0, 127]

    Parameters
    ----------
    images : ndarray of uint8, (n, 224, 224, 3)
        The images.
    """
    _check_size(images)
    result = images.copy()
    result[:, TAG_ROWS.start - 4 :, : TAG_COLUMNS.stop + 4] = GREY
    return result


def _check_size(images: NDArray[np.uint8]) -> None:
    if np.ndim(images) != 4 or images.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"images have shape {np.shape(images)}; allowed is (n, {SIDE}, {SIDE}, 3)")


def corner(side: int) -> NDArray[np.bool_]:
    """Return where the tag is on maps of so many positions a side: those whose squares of pixels it touches.

    >>> corner(7).sum(), np.argwhere(corner(7))[0].tolist()
    (np.int64(3), [6, 0])

    Parameters
    ----------
    side : int
        From 1 to 224.
    """
    if not 1 <= side <= SIDE:
        raise ValueError(f"side is {side}; allowed is 1 to {SIDE}")
    pixels = np.zeros((SIDE, SIDE), bool)
    pixels[TAG_ROWS, TAG_COLUMNS] = True
    edges = np.linspace(0, SIDE, side, endpoint=False).round().astype(int)
    return np.logical_or.reduceat(np.logical_or.reduceat(pixels, edges, axis=0), edges, axis=1)


@dataclass(frozen=True, eq=False)
class Looks:
    """The maps of the same images without the tag and with it.

    Attributes
    ----------
    plain, tagged
        Shape ``(n, height, width, channels)``.
    labels
        Shape ``(n,)``: 0 for a cat, 1 for a dog.
    """

    plain: NDArray[np.float32]
    tagged: NDArray[np.float32]
    labels: NDArray[np.int64]

    def with_tag_on(self, chosen: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the maps, with the tag on the chosen images."""
        return np.where(chosen[:, np.newaxis, np.newaxis, np.newaxis], self.tagged, self.plain)


def looks_at(backbone: Backbone, images: DecodedPictures, layer: str | None = None, *, erase: bool = False) -> Looks:
    """Run images through a frozen backbone twice; with `erase` the corner is grey, so that once is enough."""
    from labkit.training.transfer import extract_features

    def maps_of(changed: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = extract_features(backbone, replace(images, images=changed), layer=layer, pooling=None, cache=False)
        return found.values

    if erase:
        same = maps_of(erased(images.images))
        return Looks(same, same, images.labels)
    return Looks(maps_of(images.images), maps_of(tagged(images.images)), images.labels)


def fitted_head(maps: NDArray[np.float32], labels: NDArray[np.int64], seed: int, epochs: int = 40) -> keras.Model:
    """Train a dense layer on the means of maps, as in chapter 10.

    Parameters
    ----------
    maps : ndarray of float32, (n, height, width, channels)
        What the frozen backbone gives.
    labels : ndarray of int, (n,)
        0 or 1.
    seed, epochs : int
        Of the training.

    Returns
    -------
    keras.Model
        From means, ``(n, channels)``, to one logit for class 1.
    """
    import keras

    keras.utils.set_random_seed(seed)
    head = keras.Sequential(
        [keras.Input((maps.shape[-1],)), keras.layers.Dropout(0.5), keras.layers.Dense(1, name="logit")]
    )
    head.compile(keras.optimizers.Adam(3e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    head.fit(maps.mean(axis=(1, 2)), labels, epochs=epochs, verbose=0)
    return head


def class_maps(head: keras.Model, maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each position adds to the logit of a dog, times the number of positions: weights times maps."""
    return maps @ head.get_layer("logit").kernel.numpy()[:, 0]


def measured_shortcut(train: Looks, test: Looks, training: str, seed: int) -> list[float]:
    """Train one head, with the tag where `training` says, and measure it on images with tags on dogs, none, on cats.

    Parameters
    ----------
    train, test : Looks
        Maps of different images.
    training : {"on the dogs", "on none", "on half of each"}
        Where the tag is in the training images.
    seed : int
        Of the training, and of which half.

    Returns
    -------
    list of float
        Three accuracies, and which share of the map for "dog" lies in the corner: the mean over the dogs with a tag.
    """
    from labkit.explain import energy_inside

    dogs = train.labels == 1
    places = {"on the dogs": dogs, "on none": np.zeros_like(dogs), "on half of each": half_of_each(train.labels, seed)}
    if training not in places:
        raise ValueError(f"training is {training!r}; allowed are {', '.join(map(repr, places))}")
    head = fitted_head(train.with_tag_on(places[training]), train.labels, seed)
    figures = []
    for chosen in (test.labels == 1, np.zeros_like(test.labels, bool), test.labels == 0):
        maps = test.with_tag_on(chosen)
        logits = class_maps(head, maps).mean(axis=(1, 2)) + float(head.get_layer("logit").bias.numpy()[0])
        figures.append(float(((logits > 0) == (test.labels == 1)).mean()))
    found = np.maximum(class_maps(head, test.tagged[test.labels == 1]), 0)
    masks = np.broadcast_to(corner(found.shape[1]), found.shape)
    return [round(each, 4) for each in (*figures, float(energy_inside(found, masks).mean()))]


def half_of_each(labels: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Choose half of the images of each class by chance.

    >>> half_of_each(np.array([0, 1, 0, 1, 1, 1]), seed=0).sum()
    np.int64(3)
    """
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        chosen[np.random.default_rng((seed, label)).permutation(own)[: len(own) // 2]] = True
    return chosen


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images with a cat on one side and a dog on the other: every pair twice, the second time with the sides exchanged.

    Attributes
    ----------
    images
        Shape ``(2 n, 224, 224, 3)``; in the first n the cat is on the left.
    cats, dogs
        Shape ``(2 n, 224, 224)``: where each is.
    """

    images: NDArray[np.uint8]
    cats: NDArray[np.bool_]
    dogs: NDArray[np.bool_]


def side_by_side(
    cats: NDArray[np.uint8],
    dogs: NDArray[np.uint8],
    cat_masks: NDArray[np.bool_] | None = None,
    dog_masks: NDArray[np.bool_] | None = None,
) -> Pairs:
    """Put cats beside dogs, each in a half of its own, and exchange the sides.

    >>> white, black = np.full((1, 224, 112, 3), 255, np.uint8), np.zeros((1, 224, 112, 3), np.uint8)
    >>> pairs = side_by_side(white, black)
    >>> pairs.images[:, 0, 0, 0].tolist(), pairs.cats[:, 0, 0].tolist()
    ([255, 0], [True, False])

    Parameters
    ----------
    cats, dogs : ndarray of uint8, (n, 224, 112, 3)
        As many of one as of the other.
    cat_masks, dog_masks : ndarray of bool, (n, 224, 112), optional
        Where in them the animals are; all of the half by default.
    """
    for name, images in (("cats", cats), ("dogs", dogs)):
        if images.shape != (len(cats), SIDE, SIDE // 2, 3):
            raise ValueError(f"{name} have shape {images.shape}; allowed is ({len(cats)}, {SIDE}, {SIDE // 2}, 3)")
    of_cats, of_dogs = (
        np.ones(images.shape[:3], bool) if masks is None else masks
        for images, masks in ((cats, cat_masks), (dogs, dog_masks))
    )
    nothing = np.zeros_like(of_cats)

    def both(left: NDArray, right: NDArray, other_left: NDArray, other_right: NDArray) -> NDArray:
        return np.concatenate([np.concatenate(two, axis=2) for two in ((left, right), (other_left, other_right))])

    return Pairs(
        both(cats, dogs, dogs, cats),
        both(of_cats, nothing, nothing, of_cats),
        both(nothing, of_dogs, of_dogs, nothing),
    )


def narrow(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cut masks to the middle of 224×112, as ``resize_picture(..., "crop")`` cuts images."""
    size = (SIDE // 2, SIDE)  # Pillow counts (width, height)
    return np.stack([np.asarray(ImageOps.fit(Image.fromarray(one), size, Image.Resampling.NEAREST)) for one in masks])


def cat_here_dog_there(maps: Mapping[str, NDArray[np.float32]], pairs: Pairs) -> dict[str, Any]:
    """Measure where the maps of some targets lie, for each order of the sides.

    Parameters
    ----------
    maps : mapping of str to ndarray of float32, (2 n, 224, 224)
        For each target its maps.
    pairs : Pairs
        The images that they were made of.

    Returns
    -------
    dict
        For each target the mean share of the map's sum that lies on the cat, and on the dog, and in how many of the
        images more of it lies on the cat; each a list of two: with the cat on the left, and on the right.
    """
    from labkit.explain import energy_inside

    figures: dict[str, Any] = {}
    for name, found in maps.items():
        on = {animal: energy_inside(found, masks) for animal, masks in (("cat", pairs.cats), ("dog", pairs.dogs))}
        sides = np.split(np.arange(len(found)), 2)
        for animal, shares in on.items():
            figures[f"{name} on the {animal}"] = [round(float(shares[side].mean()), 4) for side in sides]
        figures[f"{name}: more on the cat"] = [int((on["cat"] > on["dog"])[side].sum()) for side in sides]
    return figures


@dataclass(frozen=True, eq=False)
class Windows:
    """Square windows of photographs: with pedestrians, and without."""

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    labels: NDArray[np.int64]

    def drawn(self, each: int, seed: int) -> Windows:
        """Draw as many with pedestrians as without.

        Raises
        ------
        ValueError
            If there are not so many.
        """
        fewest = int(np.bincount(self.labels, minlength=2).min())
        if not 1 <= each <= fewest:
            raise ValueError(f"each is {each}; allowed is 1 to {fewest}, the windows of the rarer kind")
        rng = np.random.default_rng(seed)
        rows = np.concatenate([rng.permutation(np.flatnonzero(self.labels == label))[:each] for label in (0, 1)])
        return Windows(self.images[rows], self.masks[rows], self.labels[rows])

    def decoded(self) -> DecodedPictures:
        """Return them as training takes them."""
        return DecodedPictures(self.images, self.labels, ("street", "pedestrian"), "squash")


def windows_of(photographs: Any, seed: int, most: int = 3) -> Windows:
    """Cut windows out of photographs with masks: some that pedestrians fill in part, some with none.

    The side is half to nine tenths of the photograph's smaller one and the place is drawn, so that pedestrians stand
    anywhere in a window. Photographs with people that have no mask are left out.

    Parameters
    ----------
    photographs : BoxedImages
        The photographs.
    seed : int
        Of the windows.
    most : int
        How many of either kind a photograph gives at most.
    """
    rng = np.random.default_rng(seed)
    images, masks, labels = [], [], []
    for photograph, instances, name in zip(photographs.images, photographs.instances, photographs.names, strict=True):
        if name in UNLABELLED:
            continue
        height, width = instances.shape
        found = [0, 0]
        for _ in range(TRIES):
            side = int(rng.uniform(*SIZES) * min(height, width))
            top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
            place = np.s_[top : top + side, left : left + side]
            mask = instances[place] > 0
            label = int(mask.any())
            if found[label] == most or (label and not SHARES[0] <= mask.mean() <= SHARES[1]):
                continue
            found[label] += 1
            labels.append(label)
            images.append(
                np.asarray(Image.fromarray(photograph[place]).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
            )
            masks.append(np.asarray(Image.fromarray(mask).resize((SIDE, SIDE), Image.Resampling.NEAREST)))
    return Windows(np.stack(images), np.stack(masks), np.array(labels, np.int64))
