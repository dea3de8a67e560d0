"""How well maps find drawn pets, where the masks tell the truth: chapter 14's record, for ``book/records``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labkit.course.recording import Outcome, record
from labkit.datasets import DrawnPets, draw_pets
from labkit.datasets.decoding import DecodedPictures, resize_picture
from labkit.datasets.drawn_files import drawing_version

if TYPE_CHECKING:
    import keras

SIZE = (224, 224)
HEAD = {"dropout": 0.5, "epochs": 20, "learning_rate": 3e-3}  # as in chapter 10's record
GREY = 127.0  # what covers a square of the image
STEPS = 10  # of deletion and insertion
NARROWER = "block7a_project_bn"  # 320 maps of 7×7, the last before those that are asked otherwise

# A method of maps is a function of the model, the images and the class asked about in each.
Method = Callable[[Any, NDArray[np.float32], list[int]], Any]


def decoded(pets: DrawnPets, part: slice) -> DecodedPictures:
    """Return some drawn pets at the size of the backbone.

    >>> decoded(draw_pets(2, size=(48, 48)), slice(1, 2)).images.shape
    (1, 224, 224, 3)

    Parameters
    ----------
    pets : DrawnPets
        The images.
    part : slice
        Which of them.
    """
    images = np.stack([resize_picture(image, SIZE) for image in pets.images[part]])
    return DecodedPictures(images, pets.labels[part].astype(np.int64), pets.class_names, "squash")


def enlarged(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return masks at the size of the backbone; each pixel is that of its nearest neighbour, so true or false.

    >>> enlarged(np.eye(2, dtype=bool)[np.newaxis]).mean()
    np.float64(0.5)
    """
    return np.stack([np.asarray(Image.fromarray(mask).resize(SIZE[::-1], Image.Resampling.NEAREST)) for mask in masks])


def methods_of_maps(finer: str, narrower: str, seed: int) -> dict[str, Method]:
    """Return the methods of the record by name.

    Parameters
    ----------
    finer : str
        A layer with maps of 14×14; where no layer is named the last one is meant, with 1,280 maps of 7×7. On that one
        HiResCAM gives Grad-CAM's maps and Grad-CAM++ LayerCAM's, so both are asked about the finer maps only.
    narrower : str
        A layer with few maps, for Score-CAM, which runs the network once for each of them.
    seed : int
        Of the noise.
    """
    from labkit import explain

    def by_cam(name: str, layer: str | None = None) -> Method:
        return lambda model, images, classes: explain.cam(model, images, classes, layer, name)

    def other_class(model: Any, images: NDArray[np.float32], classes: list[int]) -> Any:
        return explain.cam(model, images, [1 - each for each in classes])

    def noisy(model: Any, images: NDArray[np.float32], classes: list[int]) -> Any:
        return explain.smooth_grad(model, images, classes, samples=10, seed=seed)

    def integrated(model: Any, images: NDArray[np.float32], classes: list[int]) -> Any:
        return explain.integrated_gradients(model, images, classes, steps=20)

    def covered(model: Any, images: NDArray[np.float32], classes: list[int]) -> Any:
        return explain.occlusion(model, images, classes, window=56, stride=28, fill=GREY)

    return {
        "Grad-CAM": by_cam("grad-cam"),
        "LayerCAM": by_cam("layer-cam"),
        "Eigen-CAM": by_cam("eigen-cam"),
        "Grad-CAM, 14×14": by_cam("grad-cam", finer),
        "Grad-CAM++, 14×14": by_cam("grad-cam++", finer),
        "HiResCAM, 14×14": by_cam("hires-cam", finer),
        "LayerCAM, 14×14": by_cam("layer-cam", finer),
        "saliency": lambda *given: explain.saliency(*given),
        "SmoothGrad": noisy,
        "integrated gradients": integrated,
        "occlusion": covered,
        "Score-CAM, 320 maps": by_cam("score-cam", narrower),
        "Grad-CAM, wrong class": other_class,
        "centre blob": lambda _, images, __: explain.centre_blobs(*images.shape[:3]),
        "random": lambda _, images, __: explain.random_maps(*images.shape[:3], seed=seed),
    }


def centre_correlation(maps: NDArray[np.float32]) -> float:
    """Return the mean correlation, over images, of maps with a blob in the middle; a flat map counts as 0.

    >>> from labkit.explain import centre_blobs
    >>> round(centre_correlation(centre_blobs(2, 9, 9)), 6)
    1.0
    """
    from labkit.explain import centre_blobs

    blob = centre_blobs(1, *maps.shape[1:])[0].ravel()
    rows = maps.reshape(len(maps), -1).astype(float)
    return float(np.mean([np.corrcoef(row, blob)[0, 1] if np.ptp(row) > 0 else 0.0 for row in rows]))


def measured(
    method: Method,
    model: keras.Model,
    images: NDArray[np.float32],
    classes: list[int],
    masks: Mapping[str, NDArray[np.bool_]],
) -> dict[str, float]:
    """Measure one method: on each kind of mask, by taking pixels away and giving them, and by the clock.

    Parameters
    ----------
    method : callable
        The method.
    model : keras.Model
        From images, 0 to 255, to the probability of a dog.
    images : ndarray of float32, (n, height, width, 3)
        Images.
    classes : list of int
        What each shows.
    masks : mapping of str to ndarray of bool, (n, height, width)
        Where the animal is, and its head.
    """
    from labkit import explain

    method(model, images[:1], classes[:1])  # records its program, which shall not count
    started = process_time()
    found = method(model, images, classes)
    milliseconds = 1000 * (process_time() - started) / len(images)
    maps = np.asarray(getattr(found, "maps", found))
    figures = {}
    for name, mask in masks.items():
        figures[f"{name}_pointing"] = explain.pointing_game(maps, mask).mean()
        figures[f"{name}_energy"] = explain.energy_inside(maps, mask).mean()
        figures[f"{name}_iou"] = explain.best_iou(maps, mask).mean()
    for name, curve in (("deletion", explain.deletion), ("insertion", explain.insertion)):
        figures[name] = curve(model, images, maps, classes, steps=STEPS).areas.mean()
    figures["centre_correlation"] = centre_correlation(maps)
    return {name: round(float(value), 4) for name, value in figures.items()} | {"milliseconds": round(milliseconds, 2)}


@dataclass(frozen=True, eq=False)
class Trained:
    """A network that tells drawn pets apart, and pets that it was not trained on."""

    model: keras.Model
    finer: str
    accuracy: float
    images: NDArray[np.float32]
    classes: list[int]
    masks: Mapping[str, NDArray[np.bool_]]
    data: dict[str, Any]


def trained(seed: int, train: int, shown: int) -> Trained:
    """Train a head on EfficientNet-Lite0's frozen features of drawn pets.

    Parameters
    ----------
    seed : int
        Seeds the images and the training.
    train, shown : int
        How many images the head is trained on, and how many there are to be explained.
    """
    from labkit.models.pretrained import load
    from labkit.training import transfer

    pets = draw_pets(train + shown, seed=seed)
    backbone = load("efficientnet-lite0", include_top=False, input_size=SIZE[0])
    seen, unseen = decoded(pets, slice(0, train)), decoded(pets, slice(train, None))
    frozen = transfer.train_on_frozen(backbone, seen, unseen, cache=False, seed=seed, **HEAD)
    source = f"drawn pets of 150×150 brought to 224×224, stand-in, {train} + {shown} images drawn from the run's seed"
    return Trained(
        frozen.model,
        backbone.feature_layers[16],
        frozen.run.val_accuracy[-1],
        unseen.images.astype(np.float32),
        [int(label) for label in unseen.labels],
        {"animal": enlarged(pets.animal_masks[train:]), "head": enlarged(pets.head_masks[train:])},
        {"source": source, "sha256": {"labkit.datasets.drawn_pets": drawing_version()}},
    )


@record(
    "cam-localization",
    "Maps of 12 methods and the masks of drawn pets: a head on EfficientNet-Lite0, trained on 200, tested on 40",
)
def record_cam_localization(seed: int, train: int = 200, shown: int = 40) -> Outcome:
    """One seed: a head on frozen features for drawn pets, and every method measured on pets it was not trained on.

    All methods get the same images and are asked about the class that is shown, whether the network finds it or not.
    Each list of the record has one number a method, in the order of ``methods``; milliseconds are processor time.

    Parameters
    ----------
    seed : int
        Seeds the images, the training and the noise.
    train, shown : int
        As for `trained`.
    """
    network = trained(seed, train, shown)
    methods = methods_of_maps(network.finer, NARROWER, seed)
    rows = {
        name: measured(method, network.model, network.images, network.classes, network.masks)
        for name, method in methods.items()
    }
    metrics: dict[str, Any] = {"methods": list(rows), "images": shown}
    for measure in rows["random"]:
        metrics[measure] = [row[measure] for row in rows.values()]
    metrics |= differences(rows) | {"accuracy": round(network.accuracy, 4)}
    metrics |= {f"{name}_share": round(float(mask.mean()), 4) for name, mask in network.masks.items()}
    return metrics, network.data


STAGES = ("probabilities", "head_conv", "block6a_expand_conv", "stem_conv")


@record(
    "cam-shuffled-weights",
    "Maps of 6 methods while the weights of a head on EfficientNet-Lite0 are shuffled: 24 drawn pets, 5 shuffles",
)
def record_shuffled_weights(seed: int, train: int = 200, shown: int = 24, shuffles: int = 5) -> Outcome:
    """One seed: how alike maps stay while what the network has learned is destroyed, from the last layer on.

    Each list of the record has one number a stage, in the order of ``stages``: the mean over images and shuffles of
    the rank correlation with the maps before, when this layer and all behind it have been shuffled. ``spread`` is the
    standard deviation of the mean over the images from shuffle to shuffle.

    Parameters
    ----------
    seed : int
        Seeds the images, the training and the shuffling.
    train, shown : int
        As for `trained`.
    shuffles : int
        How often it is begun anew.
    """
    network = trained(seed, train, shown)
    methods = methods_of_maps(network.finer, NARROWER, seed)
    metrics: dict[str, Any] = {"stages": list(STAGES), "images": shown, "shuffles": shuffles}
    for name in ("Grad-CAM", "LayerCAM", "Eigen-CAM", "HiResCAM, 14×14", "LayerCAM, 14×14", "saliency"):
        means = _after_shuffles(network, methods[name], seed, shuffles)
        metrics[f"{name}: mean"] = np.mean(means, axis=0).round(4).tolist()
        metrics[f"{name}: spread"] = np.std(means, axis=0, ddof=1).round(4).tolist()
    return metrics, network.data


def _after_shuffles(network: Trained, method: Method, seed: int, shuffles: int) -> list[NDArray[np.float64]]:
    """For each shuffle, a number a stage: the mean over the images of the rank correlation with the maps before."""
    from labkit import explain

    def asked(model: keras.Model, images: NDArray[np.float32]) -> Any:
        return method(model, images, network.classes)

    return [
        explain.randomize_weights(
            network.model, network.images, asked, layers=list(STAGES), seed=shuffles * seed + each
        ).correlations.mean(axis=1)
        for each in range(shuffles)
    ]


def differences(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return single figures for what the rows of one seed show.

    Parameters
    ----------
    rows : mapping of str to mapping of str to float
        The measures of each method.

    Returns
    -------
    dict of str to float
        What Grad-CAM has more than the blob in the middle, for each measure on each kind of mask; what LayerCAM on
        maps of 14×14 has more than Grad-CAM on those of 7×7, pointing at heads; what HiResCAM has more than Grad-CAM,
        and LayerCAM more than HiResCAM, on the maps of 14×14; by how much Grad-CAM is better than random maps at
        saying which pixels matter; how often the map of the wrong class points at the animal.
    """
    cam, blob, noise = rows["Grad-CAM"], rows["centre blob"], rows["random"]
    gains = {
        f"{mask}_{measure}_gain": cam[f"{mask}_{measure}"] - blob[f"{mask}_{measure}"]
        for mask in ("animal", "head")
        for measure in ("pointing", "energy", "iou")
    }
    gains["finer_gain"] = rows["LayerCAM, 14×14"]["head_pointing"] - cam["head_pointing"]
    grad, hires, layer = (rows[f"{name}, 14×14"] for name in ("Grad-CAM", "HiResCAM", "LayerCAM"))
    for mask in ("animal", "head"):
        for measure in ("pointing", "iou"):
            gains[f"hires_minus_grad_{mask}_{measure}"] = hires[f"{mask}_{measure}"] - grad[f"{mask}_{measure}"]
            gains[f"layer_minus_hires_{mask}_{measure}"] = layer[f"{mask}_{measure}"] - hires[f"{mask}_{measure}"]
    gains["deletion_gain"] = noise["deletion"] - cam["deletion"]
    gains["insertion_gain"] = cam["insertion"] - noise["insertion"]
    gains["wrong_class_pointing"] = rows["Grad-CAM, wrong class"]["animal_pointing"]
    return {name: round(gain, 4) for name, gain in gains.items()}


TRAININGS = ("on the dogs", "on none", "on half of each")
MIDDLE = "block5c_add"  # 112 maps of 14×14, where cats and dogs are not yet told apart with ease


@record(
    "planted-shortcut",
    "A tag on the dogs of 120 images, drawn and photographed: a head on frozen EfficientNet-Lite0, 80 images to test",
)
def record_planted_shortcut(seed: int, train: int = 120, tested: int = 80) -> Outcome:
    """One seed: a head trained with the tag on dogs, on none, on half of each class, and with the corner made grey.

    Each list has the accuracy on test images with the tag on the dogs, on none and on the cats, and the share of the
    map for "dog" that lies in the corner, on dogs with a tag.

    Parameters
    ----------
    seed : int
        Seeds the images, the training, and which half gets the tag.
    train, tested : int
        How many images of each kind.
    """
    from labkit.chapters.ch14.revealing import corner, looks_at, measured_shortcut
    from labkit.models.pretrained import load

    backbone = load("efficientnet-lite0", include_top=False, input_size=SIZE[0])
    drawn = draw_pets(train + tested, seed=seed)
    drawn_parts = [decoded(drawn, slice(0, train)), decoded(drawn, slice(train, None))]
    photographed, source = photographs(train, tested, seed, SIZE)
    metrics: dict[str, Any] = {"tests": ["tag on dogs", "no tag", "tag on cats", "map in the corner"]}
    for name, parts, layer, trainings in (
        ("drawn", drawn_parts, None, TRAININGS),
        ("photographs", photographed, None, TRAININGS[:2]),
        ("photographs, 14×14", photographed, MIDDLE, TRAININGS),
    ):
        known, asked = (looks_at(backbone, part, layer) for part in parts)
        for training in trainings:
            metrics[f"{name}: {training}"] = measured_shortcut(known, asked, training, seed)
        metrics[f"{name}: corner"] = round(float(corner(known.plain.shape[1]).mean()), 4)
    without = [looks_at(backbone, part, erase=True) for part in drawn_parts]
    metrics["drawn: erased"] = measured_shortcut(without[0], without[1], "on the dogs", seed)
    source["source"] = f"drawn pets as stand-in, {train} + {tested} from the run's seed; {source['source']}"
    source["sha256"]["labkit.datasets.drawn_pets"] = drawing_version()
    return metrics, source


def photographs(
    train: int, tested: int, seed: int, size: tuple[int, int]
) -> tuple[list[DecodedPictures], dict[str, Any]]:
    """Return photographs of cats and dogs to train and to test on, other ones for each seed, and what a record says.

    Raises
    ------
    RuntimeError
        If there are drawn pets only.
    """
    from labkit.datasets import load_cats_vs_dogs
    from labkit.training.real_data import real_or_refuse

    pets = real_or_refuse(load_cats_vs_dogs(train, tested, 0, seed=seed), "photographs of cats and dogs")
    parts = [part.decode(size, "crop") for part in (pets.train, pets.validation) if len(part)]
    of_all = pets.provenance.sha256
    source = f"photographs of cats and dogs ({pets.provenance.source}), {train} + {tested} drawn with the run's seed"
    # The checksum of all that were drawn from, not of the draw, so that it is the same for every seed.
    return parts, {"source": source, "kind": pets.provenance.kind, "sha256": dict(of_all)}


@record(
    "cat-here-dog-there",
    "Maps for cat and for dog on 24 cats beside 24 dogs, both ways round: photographs (ImageNet's head), drawn pets",
)
def record_cat_here_dog_there(seed: int, train: int = 200, pairs: int = 24) -> Outcome:
    """One seed: where Grad-CAM finds the cat and the dog of images that are half of each.

    Photographs are asked about ImageNet's cats, its dogs, and espresso, which is not there, and the truth is the half;
    drawn pets about the two classes of a head trained on others, and the truth is the animal's mask.

    Parameters
    ----------
    seed : int
        Seeds the images and the training.
    train, pairs : int
        How many drawn pets the head is trained on, and how many pairs there are.
    """
    import tensorflow as tf

    from labkit.chapters.ch14 import revealing
    from labkit.explain import cam
    from labkit.models.pretrained import load

    def any_of(classes: range) -> Callable[[Any], Any]:
        return lambda logits: tf.reduce_logsumexp(logits[:, classes.start : classes.stop], axis=1)

    (pets,), source = photographs(0, 2 * pairs, seed, (SIZE[0], SIZE[1] // 2))
    both = revealing.side_by_side(pets.images[pets.labels == 0], pets.images[pets.labels == 1])
    network = load("efficientnet-lite0")
    asked = {"cat": any_of(revealing.CATS), "dog": any_of(revealing.DOGS), "espresso": revealing.ESPRESSO}
    images = network.normalize(both.images.astype(np.float32))
    found = {name: cam(network.model, np.asarray(images), target).maps for name, target in asked.items()}
    metrics = {"pairs": pairs} | {
        f"photographs: {name}": value for name, value in revealing.cat_here_dog_there(found, both).items()
    }

    # More than are needed, since as many cats as dogs are not promised.
    head = trained(seed, train, 4 * pairs)
    halves = np.stack(
        [resize_picture(image.astype(np.uint8), (SIZE[0], SIZE[1] // 2), "crop") for image in head.images]
    )
    masks = revealing.narrow(head.masks["animal"])
    cats, dogs = (np.flatnonzero(np.array(head.classes) == label)[:pairs] for label in (0, 1))
    both = revealing.side_by_side(halves[cats], halves[dogs], masks[cats], masks[dogs])
    animals = both.images.astype(np.float32)
    found = {name: cam(head.model, animals, label).maps for label, name in enumerate(("cat", "dog"))}
    metrics |= {f"drawn: {name}": value for name, value in revealing.cat_here_dog_there(found, both).items()}
    for name, where in (("cat", both.cats), ("dog", both.dogs)):
        metrics[f"drawn: share of the {name}"] = round(float(where.mean()), 4)
    source["source"] += f"; drawn pets as stand-in, {train} to train on and {pairs} pairs"
    source["sha256"]["labkit.datasets.drawn_pets"] = drawing_version()
    return metrics, source


@record(
    "cam-pedestrians",
    "Maps and the masks of pedestrians: a head on EfficientNet-Lite0 told whether one is there, 240 + 60 windows",
)
def record_pedestrians(seed: int, train: int = 120, tested: int = 30) -> Outcome:
    """One seed: a head that was only told whether there is a pedestrian, and whether its maps say where.

    Windows of Penn-Fudan's photographs, half of them with pedestrians, of the 51 photographs for testing in the test.
    The maps are measured on the test windows with pedestrians.

    Parameters
    ----------
    seed : int
        Seeds the windows and the training.
    train, tested : int
        How many windows of either kind.
    """
    from labkit import explain
    from labkit.chapters.ch14.revealing import windows_of
    from labkit.datasets import load_penn_fudan
    from labkit.models.pretrained import load
    from labkit.training import transfer
    from labkit.training.real_data import real_or_refuse

    data = real_or_refuse(load_penn_fudan(), "the photographs of Penn-Fudan")
    known = windows_of(data.train, seed).drawn(train, seed)
    asked = windows_of(data.test, seed).drawn(tested, seed)
    backbone = load("efficientnet-lite0", include_top=False, input_size=SIZE[0])
    frozen = transfer.train_on_frozen(backbone, known.decoded(), asked.decoded(), cache=False, seed=seed, **HEAD)
    shown = asked.labels == 1
    images, masks, classes = asked.images[shown].astype(np.float32), asked.masks[shown], [1] * int(shown.sum())
    methods = methods_of_maps(backbone.feature_layers[16], NARROWER, seed)
    rows = ("Grad-CAM", "HiResCAM, 14×14", "LayerCAM, 14×14", "saliency", "centre blob", "random")
    metrics: dict[str, Any] = {"methods": list(rows), "images": len(images), "pointing": [], "energy": [], "iou": []}
    for name in rows:
        found = methods[name](frozen.model, images, classes)
        maps = np.asarray(getattr(found, "maps", found))
        for measure, of in (
            ("pointing", explain.pointing_game), ("energy", explain.energy_inside), ("iou", explain.best_iou)
        ):  # fmt: skip
            metrics[measure].append(round(float(of(maps, masks).mean()), 4))
    metrics |= {
        "accuracy": round(frozen.run.val_accuracy[-1], 4),
        "pedestrian_share": round(float(masks.mean()), 4),
        "pointing_gain": round(metrics["pointing"][0] - metrics["pointing"][rows.index("centre blob")], 4),
    }
    source = f"Penn-Fudan's photographs ({data.provenance.source}), {2 * train} + {2 * tested} windows of 224×224"
    return metrics, {"source": source, "kind": data.provenance.kind, "sha256": dict(data.provenance.sha256)}


@record(
    "guided-shuffled-weights",
    "Guided Backpropagation and Guided Grad-CAM while the weights of EfficientNet-Lite0 are shuffled: 12 drawn pets",
)
def record_guided_shuffled(seed: int, train: int = 200, shown: int = 12, shuffles: int = 2) -> Outcome:
    """One seed: as `record_shuffled_weights`, for the two guided methods.

    Parameters
    ----------
    seed, train, shown, shuffles : int
        As there.
    """
    from labkit import explain

    network = trained(seed, train, shown)
    metrics: dict[str, Any] = {"stages": list(STAGES), "images": shown, "shuffles": shuffles}
    for name, method in (
        ("Guided Backpropagation", explain.guided_backprop),
        ("Guided Grad-CAM", explain.guided_grad_cam),
    ):
        metrics[f"{name}: mean"] = np.mean(_after_shuffles(network, method, seed, shuffles), axis=0).round(4).tolist()
    return metrics, network.data
