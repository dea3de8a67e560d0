"""What it costs to be wrong about a box, a centre, or a pixel: each formula once, in Keras's operations.

Each function takes NumPy arrays or Keras tensors. Those that end in `_loss` are 0 where all is right; the classes are
losses that a model is compiled with, made of them.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from labkit.arguments import above_zero, as_float, share, whole_number

TINY = 1e-7  # keeps a quotient of nothing by nothing defined


def smooth_l1(true: Any, predicted: Any, beta: float = 1.0) -> Any:
    """Return the absolute error, but half its square over beta where it is below beta; the mean over the last axis.

    >>> float(smooth_l1([[0.0, 0.0]], [[0.5, 3.0]])[0])  # (0.5²/2 + 3 − 0.5) / 2
    1.3125

    The square is flat at the bottom, so that steps become small near the goal; far away a large error pulls no harder
    than a middling one.

    Parameters
    ----------
    true, predicted : tensor, shape (..., n)
        Any numbers.
    beta : float
        Where the square ends, above 0.

    Returns
    -------
    tensor, shape (...)

    References
    ----------
    R. Girshick, "Fast R-CNN", 2015, equation 3.
    """
    beta = above_zero("beta", beta)
    error = ops.abs(_tensor(predicted) - _tensor(true))
    return ops.mean(ops.where(error < beta, error**2 / (2 * beta), error - beta / 2), axis=-1)


def generalized_iou(a: Any, b: Any) -> Any:
    """Return the intersection over union of each two boxes, less the share of their common hull that neither fills.

    >>> box, others = [0.0, 0.0, 2.0, 2.0], [[0.0, 0.0, 2.0, 2.0], [2.0, 0.0, 4.0, 2.0], [6.0, 0.0, 8.0, 2.0]]
    >>> generalized_iou([box] * 3, others).numpy().tolist()  # the same, beside it, farther away
    [1.0, 0.0, -0.5]

    Boxes that do not touch have an intersection over union of 0, however far apart they are, and nothing to learn from.
    The hull tells.

    Parameters
    ----------
    a, b : tensor, shape (..., 4)
        Left, top, right, bottom, in any unit.

    Returns
    -------
    tensor, shape (...)
        −1 (far apart) to 1 (the same box).

    References
    ----------
    H. Rezatofighi et al., "Generalized intersection over union", 2019, algorithm 1.
    """
    a, b = _tensor(a), _tensor(b)
    shared = _area(ops.maximum(a[..., :2], b[..., :2]), ops.minimum(a[..., 2:], b[..., 2:]))
    together = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - shared
    hull = _area(ops.minimum(a[..., :2], b[..., :2]), ops.maximum(a[..., 2:], b[..., 2:]))
    return shared / (together + TINY) - (hull - together) / (hull + TINY)


def _area(low: Any, high: Any) -> Any:
    sides = ops.maximum(high - low, 0.0)
    return sides[..., 0] * sides[..., 1]


def focal_loss(true: Any, logits: Any, gamma: float = 2.0, near: float = 4.0) -> Any:
    """Return the cross-entropy of each logit, but next to nothing where the answer is as good as right already.

    >>> float(focal_loss([1.0], [0.0], gamma=0)[0])  # the plain cross-entropy of a probability of a half: log 2
    0.693147...
    >>> float(focal_loss([1.0], [0.0])[0])  # times (1 − 0.5)²
    0.173286...

    Where there is something, −(1 − p)^γ log p; where there is nothing, −p^γ log(1 − p). A detector answers "nothing" at
    a thousand places and "something" at three; each easy answer is cheap, but all of them together would drown the
    three. In a map of centres the truth falls off around each centre: places at which it is between 0 and 1 count as
    nothing, and (1 − true)^near of that.

    Parameters
    ----------
    true : tensor
        1 where there is something, 0 where there is nothing, between the two near a centre.
    logits : tensor of the same shape
        Before the sigmoid.
    gamma : float
        0 or more; 0 is the cross-entropy.
    near : float
        0 or more: how fast places near a centre come to count.

    Returns
    -------
    tensor of the same shape

    References
    ----------
    T.-Y. Lin et al., "Focal loss for dense object detection", 2017, equation 4. H. Law, J. Deng, "CornerNet", 2018,
    equation 1, for truths between 0 and 1.
    """
    gamma, near = as_float("gamma", gamma, minimum=0), as_float("near", near, minimum=0)
    true, logits = _tensor(true), _tensor(logits)
    something, nothing = ops.sigmoid(logits), ops.sigmoid(-logits)
    found = nothing**gamma * ops.softplus(-logits)  # −log p is softplus(−logit), without overflow
    empty = (1 - true) ** near * something**gamma * ops.softplus(logits)
    return ops.where(true >= 1, found, empty)


def dice_loss(true: Any, predicted: Any) -> Any:
    """Return 1 − 2 · intersection / (sum of both) for each image: how far two masks are from lying on each other.

    >>> float(dice_loss([[1.0, 1.0, 0.0, 0.0]], [[1.0, 0.0, 0.0, 0.0]])[0])  # 1 − 2·1/(2 + 1)
    0.3333...

    All pixels that are empty in both count nothing, so that a small object weighs as much as a large one.

    Parameters
    ----------
    true : tensor, shape (n, ...)
        0 or 1.
    predicted : tensor of the same shape
        Probabilities.

    Returns
    -------
    tensor, shape (n,)
        0 where both are empty.

    References
    ----------
    F. Milletari et al., "V-Net", 2016, section 3, with the sums as they are and not squared.
    """
    true, predicted = _tensor(true), _tensor(predicted)
    axes = tuple(range(1, len(true.shape)))
    both = ops.sum(true * predicted, axis=axes)
    return 1 - (2 * both + TINY) / (ops.sum(true, axis=axes) + ops.sum(predicted, axis=axes) + TINY)


def _tensor(values: Any) -> Any:
    return ops.cast(ops.convert_to_tensor(values), "float32")


@keras.saving.register_keras_serializable(package="labkit")
class GIoULoss(keras.losses.Loss):
    """1 − the generalized intersection over union of boxes in centre form: what `box_head` gives.

    >>> import numpy as np
    >>> box = np.array([[0.5, 0.5, 0.4, 0.2]], "float32")
    >>> round(float(GIoULoss()(box, box)), 5)
    0.0
    """

    def __init__(self, name: str = "giou_loss", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image: boxes of shape (n, 4), from `centre_form`."""
        return 1 - generalized_iou(_corners(y_true), _corners(y_pred))


def _corners(centres: Any) -> Any:
    middle, half = _tensor(centres)[..., :2], _tensor(centres)[..., 2:] / 2
    return ops.concatenate([middle - half, middle + half], axis=-1)


@keras.saving.register_keras_serializable(package="labkit")
class CentreLoss(keras.losses.Loss):
    """The loss of a `centre_head`: focal for the centres, and 1 − GIoU for the boxes around them.

    Both are taken over all places of a batch: the first is divided by the number of centres, the second is a mean
    weighted as `encode_centres` says.

    Parameters
    ----------
    num_classes : int
        Of objects.
    box_weight : float
        How much the boxes count, above 0, where the centres count 1.
    gamma : float
        Of `focal_loss`.
    """

    def __init__(
        self,
        num_classes: int,
        box_weight: float = 1.0,
        gamma: float = 2.0,
        name: str = "centre_loss",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.num_classes = whole_number("num_classes", num_classes)
        self.box_weight = above_zero("box_weight", box_weight)
        self.gamma = as_float("gamma", gamma, minimum=0)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one number for the batch: truths (n, places, classes + 5), answers (n, places, classes + 4)."""
        classes = self.num_classes
        true, said = _tensor(y_true), _tensor(y_pred)
        centres = ops.sum(ops.cast(true[..., :classes] >= 1, "float32"))
        focal = ops.sum(focal_loss(true[..., :classes], said[..., :classes], self.gamma))
        weights = true[..., classes + 4]
        overlap = generalized_iou(_around(true[..., classes : classes + 4]), _around(said[..., classes:]))
        boxes = ops.sum(weights * (1 - overlap)) / (ops.sum(weights) + TINY)
        return focal / ops.maximum(centres, 1.0) + self.box_weight * boxes

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same loss again."""
        own = {"num_classes": self.num_classes, "box_weight": self.box_weight, "gamma": self.gamma}
        return {**super().get_config(), **own}


def _around(distances: Any) -> Any:
    """Distances left, up, right and down of a place, as the corners of a box around it."""
    return ops.concatenate([-distances[..., :2], distances[..., 2:]], axis=-1)


@keras.saving.register_keras_serializable(package="labkit")
class PixelLoss(keras.losses.Loss):
    """The loss of a `unet_decoder` with one logit a pixel: cross-entropy and Dice, in any mixture.

    >>> import numpy as np
    >>> mask = np.array([[[[1.0], [0.0]]]], "float32")
    >>> round(float(PixelLoss()(mask, 40 * mask - 20)), 5)
    0.0

    Parameters
    ----------
    dice : float
        The share of Dice, 0 (cross-entropy alone) to 1 (Dice alone).
    """

    def __init__(self, dice: float = 0.5, name: str = "pixel_loss", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.dice = 1.0 if dice == 1 else float(share("dice", dice))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image: masks and logits of shape (n, height, width, 1)."""
        true, logits = _tensor(y_true), _tensor(y_pred)
        axes = tuple(range(1, len(logits.shape)))
        # A gamma of 0 leaves the cross-entropy, a `near` of 0 the truths as they are: 0 or 1.
        entropy = ops.mean(focal_loss(true, logits, 0.0, 0.0), axis=axes)
        return (1 - self.dice) * entropy + self.dice * dice_loss(true, ops.sigmoid(logits))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same loss again."""
        return {**super().get_config(), "dice": self.dice}
