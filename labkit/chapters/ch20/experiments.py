"""How well a decoder says of every pixel whether it is of an object; chapter 20's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.course.recording import Outcome, record
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.drawn_files import drawing_version
from labkit.datasets.drawn_scenes import draw_scenes

if TYPE_CHECKING:
    import keras

Pixels = NDArray[np.uint8]
Masks = NDArray[np.bool_]
Maps = list[NDArray[np.float16]]

SIZE = 128  # pixels along a side of the drawn scenes
STRIDES = (2, 4, 8, 16, 32)
A_SEED = 120  # scenes of each seed: each has animals and places of its own
SMALL = 0.04  # of the scene, at most, is a small animal
EPOCHS, BATCH, RATE = 6, 16, 3e-3
STREET_SIZE, STREET_BATCH = 320, 4
STREET_WIDTHS = (96, 96, 64, 32, 24)
FROZEN_EPOCHS, TUNED_EPOCHS, TUNED_RATE = 12, 36, 3e-4
TUNED = ("block3", "block4", "block5", "block6", "block7")


def scenes(count: int, first_seed: int, animals: Any = (1, 3)) -> BoxedImages:
    """Draw scenes of 128×128 pixels, of several seeds, so that there are many animals.

    >>> some = scenes(2, first_seed=0)
    >>> some.pixels.shape, some.foreground.shape
    ((2, 128, 128, 3), (2, 128, 128))

    Parameters
    ----------
    count : int
        How many.
    first_seed : int
        Seed of the first 120; each 120 more have the next.
    animals : int or (fewest, most)
        How many a scene has.
    """
    return BoxedImages.joined(
        [
            draw_scenes(min(A_SEED, count - begin), SIZE, animals=animals, seed=first_seed + begin // A_SEED)
            for begin in range(0, count, A_SEED)
        ]
    )


def small_ones(count: int, first_seed: int) -> BoxedImages:
    """Draw scenes with one animal that takes at most 4% of the pixels.

    >>> bool(0 < small_ones(3, first_seed=0).foreground.mean(axis=(1, 2)).max() <= SMALL)
    True

    Parameters
    ----------
    count : int
        How many.
    first_seed : int
        Scenes of this seed and the next ones are looked through.
    """
    found: list[BoxedImages] = []
    seed = first_seed
    while sum(map(len, found)) < count:
        drawn = draw_scenes(300, SIZE, animals=1, seed=seed)
        shares = drawn.foreground.mean(axis=(1, 2))
        found.append(drawn[(shares > 0) & (shares <= SMALL)])
        seed += 1
    return BoxedImages.joined(found)[:count]


def mirrored(images: NDArray[Any]) -> NDArray[Any]:
    """Put the mirror image of each behind all of them.

    >>> mirrored(np.arange(6).reshape(1, 1, 6)).tolist()
    [[[0, 1, 2, 3, 4, 5]], [[5, 4, 3, 2, 1, 0]]]
    """
    return np.concatenate([images, images[:, :, ::-1]])


def encoder(size: int) -> keras.Model:
    """Return EfficientNet-Lite0 as an encoder: from images to five maps, of strides 2 to 32."""
    from labkit.models import feature_pyramid
    from labkit.models.pretrained import load

    return feature_pyramid(load("efficientnet-lite0", include_top=False, input_size=size), STRIDES)


def maps_of(images: Pixels, pyramid: keras.Model | None = None) -> Maps:
    """Return the five maps that the frozen encoder makes of images."""
    from labkit.training import pyramid_features

    return pyramid_features(pyramid or encoder(images.shape[1]), images)


def trained(
    maps: Maps, masks: Masks, seed: int, *, skips: bool = True, dice: float = 0.5, epochs: int = EPOCHS
) -> keras.Model:
    """Train a decoder on the maps of a frozen encoder.

    Parameters
    ----------
    maps : list of five ndarray
        From `maps_of`.
    masks : ndarray of bool, shape (n, height, width)
        Where there is an object.
    seed : int
        Of the weights and the order.
    skips : bool
        Whether the decoder gets the four finer maps.
    dice : float
        The share of Dice in the loss; the rest is cross-entropy.
    epochs : int
        Over all images; the learning rate falls to 0 along a half cosine.
    """
    import keras

    from labkit.models import unet_decoder
    from labkit.training import PixelLoss

    keras.utils.set_random_seed(seed)
    decoder = unet_decoder([each.shape[1:] for each in maps], skips=skips)
    steps = epochs * -(-len(masks) // BATCH)
    falling = keras.optimizers.schedules.CosineDecay(RATE, steps)
    decoder.compile(keras.optimizers.Adam(falling), loss=PixelLoss(dice))
    given = maps if skips else maps[-1:]
    decoder.fit(given, masks[..., np.newaxis].astype(np.float32), batch_size=BATCH, epochs=epochs, verbose=0)
    return decoder


def figures(name: str, said: Masks, there: Masks) -> dict[str, float]:
    """Return the figures of one network: IoU of all pixels, its mean over images, Dice, outlines, and what is found.

    >>> there = np.zeros((1, 8, 8), bool); there[0, 2:6, 2:6] = True
    >>> figures("half", there & (np.arange(8) < 4), there)["half"]
    0.5

    Parameters
    ----------
    name : str
        What the figures' names begin with.
    said, there : ndarray of bool, shape (n, height, width)
        The masks of the network, and the true ones.
    """
    from labkit.training import segmentation_report

    report = segmentation_report(said, there)
    shares = {
        name: report.iou[1],
        f"{name}_image": np.nanmean(report.image_iou[:, 1]),
        f"{name}_dice": report.dice[1],
        f"{name}_outline": np.nanmean(report.boundary_f[:, 1]),
        f"{name}_found": (said & there).sum() / there.sum(),
        f"{name}_accuracy": report.accuracy,
    }
    return {key: round(float(value), 4) for key, value in shares.items()}


def said_by(decoder: keras.Model, maps: Maps) -> Masks:
    """Return the pixels that a decoder gives a probability of more than a half; one without skips gets the last map."""
    return np.asarray(decoder.predict(maps[-len(decoder.inputs) :], verbose=0)[..., 0] > 0)


@record(
    "pixels-drawn",
    "Drawn scenes, pixel by pixel: a U-Net decoder on EfficientNet-Lite0's frozen maps, with and without skips, and "
    "three losses on small animals",
)
def record_pixels_drawn(seed: int, train: int = 360, test: int = 120, few: int = 180, epochs: int = EPOCHS) -> Outcome:
    """One seed: with and without skips on scenes; cross-entropy, Dice and half of each on scenes with one small animal.

    Parameters
    ----------
    seed : int
        Seeds scenes and training.
    train, test : int
        How many scenes.
    few : int
        How many with a small animal, to train on; as many as `test` are to be asked about.
    epochs : int
        Of each training.
    """
    pyramid = encoder(SIZE)
    known, unseen = scenes(train, 100 * seed), scenes(test, 100 * seed + 50)
    maps, masks = maps_of(mirrored(known.pixels), pyramid), mirrored(known.foreground)
    asked = maps_of(unseen.pixels, pyramid)
    metrics: dict[str, Any] = {"train": train, "test": test, "share": round(float(unseen.foreground.mean()), 4)}
    for name, skips in {"skips": True, "none": False}.items():
        said = said_by(trained(maps, masks, seed, skips=skips, epochs=epochs), asked)
        metrics |= figures(name, said, unseen.foreground)
    metrics["skips_gain"] = round(metrics["skips"] - metrics["none"], 4)

    known, unseen = small_ones(few, 100 * seed + 60), small_ones(test, 100 * seed + 80)
    maps, masks = maps_of(mirrored(known.pixels), pyramid), mirrored(known.foreground)
    asked = maps_of(unseen.pixels, pyramid)
    metrics |= {"few": few, "small_share": round(float(unseen.foreground.mean()), 4)}
    for name, dice in {"entropy": 0.0, "dice": 1.0, "both": 0.5}.items():
        said = said_by(trained(maps, masks, seed, dice=dice, epochs=epochs), asked)
        metrics |= figures(name, said, unseen.foreground)
    metrics["dice_gain"] = round(metrics["dice"] - metrics["entropy"], 4)
    data = {"source": f"drawn scenes with animals, stand-in, {train + few} + {2 * test} drawn from the run's seed"}
    return metrics, data | {"sha256": {"labkit.datasets.drawn_pets": drawing_version()}}


def fresh_copies(images: BoxedImages, seed: int) -> Any:
    """Make changed copies of images without end: moved, mirrored, lighter or darker, with their masks.

    Parameters
    ----------
    images : BoxedImages
        Of one size.
    seed : int
        Of the changes.

    Yields
    ------
    pair of ndarray of float32
        Images (n, size, size, 3), 0 to 255, and masks (n, size, size, 1).
    """
    from labkit.training import RandomAffine, augment_boxed

    moving = RandomAffine(
        rotation=8,
        zoom=0.25,
        width_shift=0.1,
        height_shift=0.1,
        horizontal_flip=True,
        fill_mode="constant",
        seed=seed,
    )
    random = np.random.default_rng(seed)
    while True:
        copies = augment_boxed(images, moving)
        contrast, light = (
            random.uniform(low, high, (len(copies), 1, 1, 1)).astype(np.float32)
            for low, high in ((0.8, 1.2), (-25, 25))
        )
        pixels = (copies.pixels.astype(np.float32) - 128) * contrast + 128 + light
        yield np.clip(pixels, 0, 255), copies.foreground[..., np.newaxis].astype(np.float32)


def street_network(
    images: BoxedImages, seed: int, frozen: int = FROZEN_EPOCHS, tuned: int = TUNED_EPOCHS
) -> keras.Model:
    """Train a U-Net on photographs: its decoder first, then blocks 3 to 7 of the encoder as well.

    Parameters
    ----------
    images : BoxedImages
        Of one size.
    seed : int
        Of the weights, the order and the changes.
    frozen, tuned : int
        Epochs with the encoder frozen, and with a part of it tuned; each sees new copies.
    """
    import keras

    from labkit.models import attach, unet_decoder
    from labkit.training import PixelLoss

    keras.utils.set_random_seed(seed)
    pyramid = encoder(images.pixels.shape[1])
    network = attach(pyramid, unet_decoder(pyramid.output_shape, widths=STREET_WIDTHS))
    backbone = pyramid.get_layer("backbone")
    copies = fresh_copies(images, seed)
    for epochs, rate, blocks in ((frozen, 2e-3, ()), (tuned, TUNED_RATE, TUNED)):
        backbone.trainable = bool(blocks)
        for layer in backbone.layers:
            # Batch normalization keeps the means of ImageNet: four images are too few for means of one's own.
            frozen_too = isinstance(layer, keras.layers.BatchNormalization) or not layer.name.startswith(blocks)
            layer.trainable = bool(blocks) and not frozen_too
        steps = epochs * -(-len(images) // STREET_BATCH)
        falling = keras.optimizers.schedules.CosineDecay(rate, steps)
        network.compile(keras.optimizers.Adam(falling), loss=PixelLoss(0.5))
        for _ in range(epochs):
            pixels, masks = next(copies)
            network.fit(pixels, masks, batch_size=STREET_BATCH, verbose=0)
    return network


def probabilities(network: keras.Model, images: Pixels) -> NDArray[np.float64]:
    """Return the probability of an object at each pixel: the mean of what an image and its mirror image give."""

    def ask(pixels: NDArray[Any]) -> NDArray[np.float64]:
        logits = network.predict(pixels.astype(np.float32), batch_size=8, verbose=0)[..., 0]
        return 1 / (1 + np.exp(-logits.astype(np.float64)))

    return (ask(images) + ask(images[:, :, ::-1])[:, :, ::-1]) / 2


@record(
    "pixels-pedestrians",
    "Penn-Fudan's photographs, pixel by pixel: a U-Net on EfficientNet-Lite0, decoder first, then blocks 3 to 7 tuned",
)
def record_pixels_pedestrians(seed: int, frozen: int = FROZEN_EPOCHS, tuned: int = TUNED_EPOCHS) -> Outcome:
    """One seed: trained on the 119 photographs of the training part, tested on the test part's 51.

    Parameters
    ----------
    seed : int
        Seeds copies and training; the photographs are the same for all.
    frozen, tuned : int
        Epochs.

    Raises
    ------
    RuntimeError
        If only drawn scenes are to be had.
    """
    from labkit.datasets import load_penn_fudan
    from labkit.training import segmentation_report
    from labkit.training.real_data import real_or_refuse

    data = real_or_refuse(load_penn_fudan(), "the photographs of Penn-Fudan")
    train, test = (part.letterboxed(STREET_SIZE) for part in (data.train, data.test))
    network = street_network(train, seed, frozen, tuned)
    said = probabilities(network, test.pixels) > 0.5
    metrics: dict[str, Any] = {"train": len(train), "test": len(test)} | figures("streets", said, test.foreground)
    report = segmentation_report(said, test.foreground)
    metrics["streets_each"] = report.image_iou[:, 1].round(4).tolist()
    known = data.provenance
    source = f"Penn-Fudan, {len(train)} photographs to train and {len(test)} to test"
    return metrics, {"source": source, "kind": known.kind, "sha256": dict(known.sha256)}
