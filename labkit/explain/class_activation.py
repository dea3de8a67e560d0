"""Class activation maps: which places of a layer's feature maps speak for a class.

Every method weighs the maps of one layer and adds them up; they differ in the weights. The formulas below work on
arrays: ``maps`` is A, the layer's output, and ``gradients`` G = ∂S/∂A, the derivatives of the class's score by it, both
of shape ``(n, height, width, channels)``. They return sums of shape ``(n, height, width)``, not yet cut off at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import one_of, whole_number
from labkit.explain.batches import as_batch
from labkit.explain.finding_layers import Place, find_layer, is_spatial, list_layers
from labkit.explain.results import Explanation, labels_of, scaled
from labkit.explain.scores_and_gradients import Pass, layer_pass, score_pass
from labkit.explain.spatial_layers import last_spatial_layer
from labkit.explain.targets import Target, check_names, check_score, resolve_target


def grad_cam(maps: NDArray, gradients: NDArray) -> NDArray:
    """Weigh each map by the mean of its gradient.

    L = Σₖ wₖ·Aₖ with wₖ = mean over all places of Gₖ.

    >>> maps, gradients = np.ones((1, 2, 2, 1)), np.array([0.0, 0, 0, 4]).reshape(1, 2, 2, 1)
    >>> grad_cam(maps, gradients)[0].tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    References
    ----------
    R. Selvaraju et al., "Grad-CAM", 2017, equations 1 and 2.
    """
    return np.einsum("nhwk,nk->nhw", maps, gradients.mean(axis=(1, 2)))


def grad_cam_plus_plus(maps: NDArray, gradients: NDArray) -> NDArray:
    """Weigh each map by the positive part of its gradient, each place by how much it adds to the class's score.

    L = Σₖ wₖ·Aₖ with wₖ = Σᵢⱼ αₖᵢⱼ·max(Gₖᵢⱼ, 0) and αₖᵢⱼ = G² / (2·G² + Σₐᵦ Aₖₐᵦ·G³), the derivatives being those of
    exp(S). Its factor exp(S), the same everywhere in an image, is left out: the scaled map does not know it, and it
    would overflow.

    >>> maps, gradients = np.ones((1, 2, 2, 1)), np.array([0.0, 0, 0, 4]).reshape(1, 2, 2, 1)
    >>> float(grad_cam_plus_plus(maps, gradients)[0, 0, 0])  # 4 · 16 / (2·16 + 4·64)
    0.2222222222222222

    References
    ----------
    A. Chattopadhyay et al., "Grad-CAM++", 2018, equations 13 and 19.
    """
    maps, gradients = np.asarray(maps, np.float64), np.asarray(gradients, np.float64)
    squares = gradients**2
    below = 2 * squares + maps.sum(axis=(1, 2), keepdims=True) * gradients**3
    alpha = np.divide(squares, below, out=np.zeros_like(squares), where=below != 0)
    return np.einsum("nhwk,nk->nhw", maps, (alpha * np.maximum(gradients, 0)).sum(axis=(1, 2)))


def layer_cam(maps: NDArray, gradients: NDArray) -> NDArray:
    """Weigh each place of each map by its own gradient, where that is positive: L = Σₖ max(Gₖ, 0)·Aₖ.

    >>> maps, gradients = np.ones((1, 2, 2, 1)), np.array([0.0, -3, 0, 4]).reshape(1, 2, 2, 1)
    >>> layer_cam(maps, gradients)[0].tolist()
    [[0.0, 0.0], [0.0, 4.0]]

    References
    ----------
    P.-T. Jiang et al., "LayerCAM", 2021, equations 5 to 7.
    """
    return (np.maximum(gradients, 0) * maps).sum(axis=-1)


def hires_cam(maps: NDArray, gradients: NDArray) -> NDArray:
    """Weigh each place of each map by its own gradient: L = Σₖ Gₖ·Aₖ.

    >>> maps, gradients = np.ones((1, 2, 2, 1)), np.array([0.0, -3, 0, 4]).reshape(1, 2, 2, 1)
    >>> hires_cam(maps, gradients)[0].tolist()
    [[0.0, -3.0], [0.0, 4.0]]

    References
    ----------
    R. Draelos, L. Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations", 2020, equation 4.
    """
    return (gradients * maps).sum(axis=-1)


def eigen_cam(maps: NDArray, gradients: NDArray | None = None) -> NDArray:
    """Project the maps on their first right singular vector: what most of them have in common, whatever the class.

    L = A·v₁, with A as a table of places × channels, A = U·Σ·Vᵀ. The sign, which a singular vector leaves open, is the
    one with which the map's sum is positive.

    >>> maps = np.array([1.0, 2, 3, 4]).reshape(1, 2, 2, 1) * [3.0, 4.0]
    >>> eigen_cam(maps)[0].round(6).tolist()
    [[5.0, 10.0], [15.0, 20.0]]

    References
    ----------
    M. Muhammad, M. Yeasin, "Eigen-CAM", 2020, section III.
    """
    images, height, width, channels = maps.shape
    tables = np.asarray(maps, np.float64).reshape(images, height * width, channels)
    projected = np.stack([table @ np.linalg.svd(table, full_matrices=False)[2][0] for table in tables])
    signs = np.where(projected.sum(axis=1) < 0, -1, 1)
    return (projected * signs[:, None]).reshape(images, height, width)


def score_cam_weights(scores: NDArray, varied: NDArray) -> NDArray:
    """Return the channels' weights: the softmax of the scores of the images seen through them.

    A channel that is the same at all places shows no part of the image, and weighs nothing.

    >>> score_cam_weights(np.array([2.0, 2.0, 9.0]), np.array([True, True, False])).tolist()
    [0.5, 0.5, 0.0]

    References
    ----------
    H. Wang et al., "Score-CAM", 2020, equations 6 to 8 and algorithm 1. The score of the black image, which is
    subtracted there, is the same for all channels, and the softmax does not see it.
    """
    if not varied.any():
        return np.zeros(len(scores))
    powers = np.exp(np.where(varied, scores, -np.inf) - scores[varied].max())
    return powers / powers.sum()


FORMULAS = {
    "grad-cam": grad_cam,
    "grad-cam++": grad_cam_plus_plus,
    "layer-cam": layer_cam,
    "hires-cam": hires_cam,
    "eigen-cam": eigen_cam,
}
METHODS = (*FORMULAS, "score-cam")


def cam(
    model: Any,
    images: ArrayLike,
    target: Target = None,
    layer: Any = None,
    method: str = "grad-cam",
    *,
    class_names: Sequence[str] | None = None,
    score: str = "logit",
    size: str = "image",
    call: int = -1,
    batch_size: int = 8,
) -> Explanation:
    """Map where a layer finds evidence for a class in each image.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 1, kernel_initializer="ones"),
    ...     keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, "softmax", kernel_initializer="ones")])
    >>> image = np.zeros((8, 8, 1)); image[2, 5] = 1
    >>> print(cam(model, image, target="spot", class_names=("blank", "spot")))
    grad-cam at conv2d..., maps of 8×8
      image 0: spot, score 0.0156, strongest place row 2, column 5

    Parameters
    ----------
    model
        Any Keras model with one input; it is run in inference mode and stays as it is.
    images
        Shape ``(n, height, width, channels)`` or ``(height, width, channels)``, as the model takes them.
    target
        What to look for: a class index, a name (with `class_names`), one of these an image, or a function that makes
        one number an image of the outputs, ``lambda outputs: outputs[:, 281] - outputs[:, 207]``. ``None`` is the
        class that the network predicts. A network with a single output has two classes, 0 and 1, and the image's
        score for 0 is the negative logit.
    layer
        Name of a layer (or the layer) whose output is a feature map; ``None`` takes
        :func:`~labkit.explain.spatial_layers.last_spatial_layer`.
    method
        ``"grad-cam"``, ``"grad-cam++"``, ``"layer-cam"``, ``"hires-cam"``, ``"eigen-cam"`` or ``"score-cam"``. The last
        runs the network once for every channel and image.
    class_names
        In the order of the outputs.
    score
        ``"logit"`` asks about the number before the last softmax or sigmoid, where a layer of the model computes it:
        the output itself is nearly flat where the network is sure, and its gradient nearly zero. ``"output"`` asks
        about the output. Of a model without such a layer both are the output.
    size
        ``"image"`` for maps of the images' size (bilinear), ``"layer"`` for those of the layer.
    call
        Which call of a layer that the model uses several times, from 0; ``-1`` is the last.
    batch_size
        How many images go through the network at once.

    Returns
    -------
    Explanation
        With every method maps from 0 to 1: negative evidence is cut off, and each map divided by its peak.

    Raises
    ------
    TypeError, ValueError
        When an argument is not allowed, the layer has no feature map, or the network gives NaN.
    """
    one_of("method", method, METHODS)
    if size not in ("image", "layer"):
        raise ValueError(f'size is {size!r}; allowed are "image" and "layer"')
    check_score(score)
    batch_size = whole_number("batch_size", batch_size)
    batch = as_batch(model, images)
    place = _spatial(model, layer, batch)
    asked = resolve_target(target, len(batch), class_names)
    found = layer_pass(model, place, batch, asked, score, call, batch_size)
    check_names(class_names, found.outputs if found.classes is not None else None)
    if not is_spatial(found.maps.shape):
        raise ValueError(_not_spatial(model, place, found.maps.shape))
    if method == "score-cam":
        sums = _score_cam(model, batch, found, asked, score, batch_size)
    else:
        sums = FORMULAS[method](found.maps, found.gradients)
    maps, peaks = scaled(sums)
    if size == "image":
        maps = resized(maps, batch.shape[1:3])
    labels = labels_of(found.classes, len(batch), class_names)
    return Explanation(maps, method, found.scores, found.classes, labels, peaks, place.name)


def resized(maps: NDArray, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Bring maps of shape ``(n, height, width)`` to another height and width, bilinearly, as OpenCV does.

    >>> resized(np.array([[[0.0, 1.0]]]), (1, 4)).tolist()
    [[[0.0, 0.25, 0.75, 1.0]]]
    """
    return tf.image.resize(maps[..., np.newaxis], shape[:2], method="bilinear").numpy()[..., 0]


def _score_cam(model: Any, batch: NDArray, found: Pass, asked: Any, score: str, batch_size: int) -> NDArray:
    """See each image through each of its maps, and weigh the maps by the scores: Σₖ αₖ·Aₖ."""
    sums = []
    for number, (image, maps) in enumerate(zip(batch, found.maps, strict=True)):
        masks = resized(np.moveaxis(maps, -1, 0), batch.shape[1:3])
        low, high = masks.min(axis=(1, 2), keepdims=True), masks.max(axis=(1, 2), keepdims=True)
        varied = high > low
        masks = (masks - low) / np.where(varied, high - low, 1)
        target = asked if found.classes is None else np.full(len(masks), found.classes[number])
        seen = image * masks[..., np.newaxis]
        scores = score_pass(model, seen, target, score, batch_size).scores
        sums.append(maps @ score_cam_weights(scores, varied[:, 0, 0]))
    return np.stack(sums)


def _spatial(model: Any, layer: Any, batch: NDArray) -> Place:
    if layer is None:
        return last_spatial_layer(model, batch)
    place = find_layer(model, layer)
    if place.shape is not None and not is_spatial(place.shape):
        raise ValueError(_not_spatial(model, place, place.shape))
    return place


def _not_spatial(model: Any, place: Place, shape: tuple) -> str:
    spatial = ", ".join(str(each) for each in list_layers(model) if each.is_spatial)
    return (
        f"layer {place.name} gives shape {tuple(shape)}, which has no places; a feature map (n, height, width, "
        f"channels) of more than one place is needed" + (f", as of {spatial}" if spatial else "")
    )
