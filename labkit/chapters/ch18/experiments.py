"""How well a network finds one object: a class's map, and heads that regress a box; chapter 18's records."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.course.recording import Outcome, record
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.drawn_files import drawing_version
from labkit.datasets.drawn_scenes import draw_scenes
from labkit.ops.boxes import box_iou

if TYPE_CHECKING:
    import keras

    from labkit.training.augment import RandomAffine

Boxes = NDArray[np.float64]
Maps = NDArray[np.float32]

SIZE, SIDE = 224, 14  # pixels along a side of the images; positions along a side of the maps
LAYER = "block5c_add"  # the last maps of 14×14: 112 of them
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 18))  # 0.10 to 0.85
STEPS, BATCH = 500, 32
RATE, FLAT_RATE = 2e-3, 5e-4  # at 2e-3 the flattened head learns nothing
A_SEED = 60  # scenes of each seed: each has animals and places of its own
FEW = (15, 60, 240)


def scenes_with_one(count: int, first_seed: int) -> BoxedImages:
    """Draw scenes with one animal each, of several seeds, so that there are many animals.

    >>> scenes = scenes_with_one(2, first_seed=0)
    >>> scenes.pixels.shape, scenes.counts.tolist()
    ((2, 224, 224, 3), [1, 1])

    Parameters
    ----------
    count : int
        How many.
    first_seed : int
        Seed of the first 60; each 60 more have the next.
    """
    parts = [
        draw_scenes(min(A_SEED, count - begin), SIZE, animals=1, seed=first_seed + begin // A_SEED)
        for begin in range(0, count, A_SEED)
    ]
    return BoxedImages.joined(parts)


def changed(scenes: BoxedImages, augment: RandomAffine) -> BoxedImages:
    """Return each image changed at random, with the box of its moved mask; as it was, where the object has gone.

    Parameters
    ----------
    scenes : BoxedImages
        Of one size, with one object each.
    augment : RandomAffine
        How much is changed.
    """
    from labkit.training import augment_boxed

    moved = augment_boxed(scenes, augment, least_seen=0.5)
    rows = range(len(scenes))
    return BoxedImages.joined([(moved if moved.counts[row] else scenes)[[row]] for row in rows])


def with_copies(scenes: BoxedImages, augment: RandomAffine, copies: int) -> BoxedImages:
    """Add changed copies of each image to the images.

    Parameters
    ----------
    scenes, augment
        As for `changed`.
    copies : int
        How many of each.
    """
    return BoxedImages.joined([scenes, *(changed(scenes, augment) for _ in range(copies))])


def only_boxes(scenes: BoxedImages) -> Boxes:
    """Return the box of each image that has one, shape (n, 4), in pixels."""
    return np.concatenate(scenes.boxes)


def overlaps(said: Boxes, there: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union of each box with its own true one, shape (n,); 0 for one turned inside out.

    >>> overlaps([[0, 0, 4, 2], [0, 0, 4, 4]], [[0, 0, 4, 2], [4, 4, 8, 8]])
    array([1., 0.])
    """
    pairs = [(np.asarray(one, float), other) for one, other in zip(said, there, strict=True)]
    return np.array([box_iou([one], [other])[0, 0] if (one[2:] > one[:2]).all() else 0.0 for one, other in pairs])


def largest_box(heat: NDArray[Any], threshold: float) -> Boxes:
    """Return the box of a map's largest bright region in the image's pixels; the whole image where nothing is bright.

    >>> heat = np.zeros((SIZE, SIZE)); heat[10:20, 30:50] = 1
    >>> largest_box(heat, 0.5)
    array([30., 10., 50., 20.])
    """
    from labkit.explain import boxes_from_map

    found = boxes_from_map(heat, threshold)
    return found[0] if len(found) else np.array([0.0, 0, heat.shape[1], heat.shape[0]])


def best_threshold(maps: NDArray[Any], boxes: Boxes) -> float:
    """Return the threshold with the highest mean IoU on images with known boxes."""
    scores = [overlaps([largest_box(heat, each) for heat in maps], boxes).mean() for each in THRESHOLDS]  # type: ignore[arg-type]  # a list of rows is as good as an array here
    return THRESHOLDS[int(np.argmax(scores))]


def maps_of_best_class(network: Any, images: NDArray[np.uint8], among: int = 1000) -> NDArray[np.float32]:
    """Return each image's class activation map of its most probable class, at the size of the image.

    Parameters
    ----------
    network : Backbone
        With its top.
    images : ndarray of uint8, shape (n, 224, 224, 3)
        Images.
    among : int
        Only the first so many classes: the first 398 of ImageNet are animals.
    """
    from labkit.explain import cam

    ready = network.preprocess(list(images))
    said = network.model.predict(ready, batch_size=8, verbose=0)[:, :among]
    return np.asarray(cam(network.model, ready, [int(each) for each in said.argmax(axis=1)]).maps)


def mapped(images: NDArray[np.uint8]) -> Maps:
    """Return the maps of 14×14×112 that the frozen backbone makes of images."""
    import keras

    from labkit.models.pretrained import load

    backbone = load("efficientnet-lite0", include_top=False)
    base = keras.Model(backbone.model.input, backbone.layer(LAYER).output)
    return np.asarray(base.predict(backbone.preprocess(list(images)), batch_size=8, verbose=0), np.float32)


def flat_head() -> keras.Model:
    """Build a head that sees all positions at once: flattened maps, a hidden layer, four numbers."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 112)),
            layers.Conv2D(16, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(4, activation="sigmoid"),
        ]
    )


def positions() -> NDArray[np.float32]:
    """Return the middle of each position, across and down and again, in shares of the image: shape (196, 4).

    >>> positions()[[0, -1]].astype(float).round(3).tolist()
    [[0.036, 0.036, 0.036, 0.036], [0.964, 0.964, 0.964, 0.964]]
    """
    middle = (np.arange(SIDE) + 0.5) / SIDE
    across, down = np.meshgrid(middle, middle)
    return np.stack([across, down] * 2, axis=-1).reshape(-1, 4).astype(np.float32)


def voting_head() -> keras.Model:
    """Build a head in which each position says where the sides are, and how much its own word counts."""
    import keras
    from keras import layers, ops

    maps = keras.Input((SIDE, SIDE, 112))
    x = layers.Conv2D(64, 1, activation="relu")(maps)
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    votes = layers.Reshape((SIDE * SIDE, 5))(layers.Conv2D(5, 1)(x))
    weights = layers.Softmax(axis=1)(votes[:, :, :1])
    distances = ops.sigmoid(votes[:, :, 1:])
    boxes = distances * np.array([-1, -1, 1, 1], np.float32) + positions()
    return keras.Model(maps, ops.sum(weights * boxes, axis=1))


def giou_loss(true: Any, said: Any) -> Any:
    """1 − GIoU of each two boxes, as a loss."""
    from labkit.training.localization.losses import generalized_iou

    return 1 - generalized_iou(true, said)


def smooth_loss(true: Any, said: Any) -> Any:
    """Smooth L1 of each two boxes; a tenth of the image is where the square ends."""
    from labkit.training.localization.losses import smooth_l1

    return smooth_l1(true, said, beta=0.1)


def trained(
    build: Callable[[], keras.Model],
    loss: Any,
    maps: Maps,
    boxes: Boxes,
    seed: int,
    steps: int = STEPS,
    rate: float = RATE,
) -> keras.Model:
    """Train a head on maps and boxes.

    Parameters
    ----------
    build : callable
        Builds the head.
    loss : callable or str
        What Keras takes.
    maps : ndarray of float32, shape (n, 14, 14, 112)
        Divided by their standard deviation.
    boxes : ndarray, shape (n, 4)
        In shares of the image.
    seed : int
        Of the weights and the order.
    steps : int
        How many updates, about: whole epochs are run.
    rate : float
        The learning rate at the beginning; it falls to 0 along a half cosine.
    """
    import keras

    keras.utils.set_random_seed(seed)
    head = build()
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    head.compile(keras.optimizers.Adam(falling), loss=loss)
    epochs = max(1, round(steps / np.ceil(len(maps) / BATCH)))
    head.fit(maps, boxes.astype(np.float32), batch_size=BATCH, epochs=epochs, verbose=0)
    return head


def said_by(head: keras.Model, maps: Maps) -> Boxes:
    """Return the boxes that a head gives, in pixels, cut at the border of the image."""
    return np.clip(head.predict(maps, verbose=0).astype(np.float64), 0, 1) * SIZE


def heads_measured(
    known: tuple[Maps, Boxes], asked: tuple[Maps, Boxes], seed: int, steps: int = STEPS
) -> dict[str, NDArray[np.float64]]:
    """Train the four heads that differ by one thing each, and return their IoUs on other images.

    Parameters
    ----------
    known, asked : pair of maps and boxes in pixels
        To train on, and to be asked about.
    seed, steps : int
        As for `trained`.
    """
    plans = {
        "flat_l1": (flat_head, "mean_absolute_error", FLAT_RATE),
        "l1": (voting_head, "mean_absolute_error", RATE),
        "smooth_l1": (voting_head, smooth_loss, RATE),
        "giou": (voting_head, giou_loss, RATE),
    }
    found = {}
    for name, (build, loss, rate) in plans.items():
        head = trained(build, loss, known[0], known[1] / SIZE, seed, steps, rate)
        found[name] = overlaps(said_by(head, asked[0]), asked[1])
    return found


def _figures(found: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    figures = {}
    for name, shares in found.items():
        figures[name] = round(float(shares.mean()), 4)
        figures[f"{name}_half"] = round(float(np.mean(shares > 0.5)), 4)
    figures["giou_gain"] = round(float((found["giou"] - found["l1"]).mean()), 4)
    return figures


@record(
    "one-box-drawn",
    "One animal a drawn scene: a class's map, and heads on EfficientNet-Lite0's frozen maps, 480 scenes and 480 copies",
)
def record_one_box_drawn(seed: int, train: int = 480, test: int = 120, steps: int = STEPS) -> Outcome:
    """One seed: the map's box, four heads, and one of them with fewer boxes.

    Parameters
    ----------
    seed : int
        Seeds scenes, copies and training.
    train, test : int
        How many scenes.
    steps : int
        Of each training.
    """
    from labkit.models.pretrained import load

    scenes, unseen = scenes_with_one(train, 100 * seed), scenes_with_one(test, 100 * seed + 50)
    network = load("efficientnet-lite0")
    few = scenes[: min(120, train)]
    threshold = best_threshold(maps_of_best_class(network, few.pixels, 398), only_boxes(few))
    heat = maps_of_best_class(network, unseen.pixels, 398)
    there = only_boxes(unseen)
    found = {"map": overlaps(np.array([largest_box(each, threshold) for each in heat]), there)}

    copies = changed(scenes, changes(seed))
    original, copied, asked = (mapped(each.pixels) for each in (scenes, copies, unseen))
    scale = original.std()
    original, copied, asked = original / scale, copied / scale, asked / scale
    here, there_too = only_boxes(scenes), only_boxes(copies)

    def known(count: int) -> tuple[Maps, Boxes]:
        return np.concatenate([original[:count], copied[:count]]), np.concatenate([here[:count], there_too[:count]])

    found |= heads_measured(known(train), (asked, there), seed, steps)
    counts = [count for count in FEW if count < train]
    for count in counts:
        maps, boxes = known(count)
        found[f"giou_{count}"] = overlaps(
            said_by(trained(voting_head, giou_loss, maps, boxes / SIZE, seed, steps), asked), there
        )
    alone = trained(voting_head, giou_loss, original, here / SIZE, seed, steps)
    found["giou_no_copies"] = overlaps(said_by(alone, asked), there)
    metrics = {"threshold": threshold, "train": train, "test": test} | _figures(found)
    data = {"source": f"drawn scenes with one animal, stand-in, {train} + {test} drawn from the run's seed"}
    return metrics, data | {"sha256": {"labkit.datasets.drawn_pets": drawing_version()}}


def changes(seed: int) -> RandomAffine:
    """Return how copies are changed: turned, zoomed, shifted a little, and mirrored."""
    from labkit.training import RandomAffine

    return RandomAffine(
        rotation=10,
        zoom=0.2,
        width_shift=0.15,
        height_shift=0.15,
        horizontal_flip=True,
        fill_mode="constant",
        seed=seed,
    )


@record(
    "one-box-pedestrians",
    "Penn-Fudan's photographs with one pedestrian: a class's map, and heads on EfficientNet-Lite0's frozen maps",
)
def record_one_box_pedestrians(seed: int, copies: int = 15, steps: int = STEPS) -> Outcome:
    """One seed: trained on the 37 photographs with one pedestrian in the training part, tested on the test part's 21.

    Parameters
    ----------
    seed : int
        Seeds copies and training; the photographs are the same for all.
    copies : int
        Changed copies of each photograph.
    steps : int
        Of each training.

    Raises
    ------
    RuntimeError
        If only drawn scenes are to be had.
    """
    from labkit.datasets import load_penn_fudan
    from labkit.models.pretrained import load
    from labkit.training.real_data import real_or_refuse

    data = real_or_refuse(load_penn_fudan(), "the photographs of Penn-Fudan")
    train, test = (part[np.flatnonzero(part.counts == 1)].letterboxed(SIZE) for part in (data.train, data.test))
    network = load("efficientnet-lite0")
    threshold = best_threshold(maps_of_best_class(network, train.pixels), only_boxes(train))
    there = only_boxes(test)
    heat = maps_of_best_class(network, test.pixels)
    found = {"map": overlaps(np.array([largest_box(each, threshold) for each in heat]), there)}
    more = with_copies(train, changes(seed), copies)
    maps, asked = mapped(more.pixels), mapped(test.pixels)
    scale = maps.std()
    found |= heads_measured((maps / scale, only_boxes(more)), (asked / scale, there), seed, steps)
    metrics: dict[str, Any] = {"threshold": threshold, "train": len(train), "test": len(test)} | _figures(found)
    metrics |= {f"{name}_each": shares.round(4).tolist() for name, shares in found.items()}
    known = data.provenance
    source = f"Penn-Fudan, photographs with one pedestrian, {len(train)} to train and {len(test)} to test"
    return metrics, {"source": source, "kind": known.kind, "sha256": dict(known.sha256)}
