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
    from labkit import explain

    network = trained(seed, train, shown)
    methods = methods_of_maps(network.finer, NARROWER, seed)
    metrics: dict[str, Any] = {"stages": list(STAGES), "images": shown, "shuffles": shuffles}
    for name in ("Grad-CAM", "LayerCAM", "Eigen-CAM", "HiResCAM, 14×14", "LayerCAM, 14×14", "saliency"):

        def asked(model: keras.Model, images: NDArray[np.float32], method: Method = methods[name]) -> Any:
            return method(model, images, network.classes)

        means = [
            explain.randomize_weights(
                network.model, network.images, asked, layers=list(STAGES), seed=shuffles * seed + each
            ).correlations.mean(axis=1)
            for each in range(shuffles)
        ]
        metrics[f"{name}: mean"] = np.mean(means, axis=0).round(4).tolist()
        metrics[f"{name}: spread"] = np.std(means, axis=0, ddof=1).round(4).tolist()
    return metrics, network.data


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
