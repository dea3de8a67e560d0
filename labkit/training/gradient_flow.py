"""How large the loss's gradient is at each layer of a network: what vanishes, where, and what keeps it alive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from labkit.training.restoring import restored

if TYPE_CHECKING:
    import keras

    from labkit.explain.output_operations import Squashing


@dataclass(frozen=True)
class GradientNorms:
    """The norm of the loss's gradient at the kernel of each layer, in order of depth.

    Attributes
    ----------
    layers : tuple of str
        The layers that have a kernel, the nearest to the image first.
    norms : tuple of float
        For each the square root of the sum of the squares of all partial derivatives by its kernel.
    loss : float
        The loss that was differentiated, a mean over the images.
    """

    layers: tuple[str, ...]
    norms: tuple[float, ...]
    loss: float

    @property
    def first_to_last(self) -> float:
        """The first layer's norm by the last one's; not a number where the last is 0."""
        return self.norms[0] / self.norms[-1] if self.norms[-1] else float("nan")

    def __str__(self) -> str:
        return (
            f"{len(self.layers)} layers, loss {self.loss:.3g}; norm of the gradient at the first {self.norms[0]:.2g}, "
            f"at the last {self.norms[-1]:.2g}, first by last {self.first_to_last:.2g}"
        )

    __repr__ = __str__


def gradient_norms(model: keras.Model, images: ArrayLike, labels: ArrayLike) -> GradientNorms:
    """Measure the loss's gradient at the kernel of each layer, for one batch.

    >>> import keras
    >>> layers = [keras.layers.Dense(2, use_bias=False, kernel_initializer="identity", name=name) for name in "ab"]
    >>> found = gradient_norms(keras.Sequential([keras.Input((2,)), *layers]), [[0.0, 0.0]], [1])
    >>> found.layers, found.norms, round(found.loss, 4)
    (('a', 'b'), (0.0, 0.0), 0.6931)

    The loss is the cross-entropy of a softmax over the model's scores, a mean over the images. The network is run as
    in training: batch normalization takes the batch's own means. What it has stored is left as it was.

    Parameters
    ----------
    model : keras.Model
        Built, and ending in scores (logits), not in probabilities: float32 rounds small probabilities to 0, and what
        is lost there is lost for the gradient too.
    images : array_like, shape (n, ...)
        One batch, as the model takes it.
    labels : array_like of int, shape (n,)
        The class of each image.

    Raises
    ------
    ValueError
        If the model has no layer with a kernel, or ends in a softmax or a sigmoid.
    """
    import tensorflow as tf

    from labkit.explain.output_operations import squashing_end

    kernels = {layer.name: layer.kernel for layer in model.layers if getattr(layer, "kernel", None) is not None}
    if not kernels:
        raise ValueError("model has no layer with a kernel; a convolution or a dense layer is needed")
    images = tf.convert_to_tensor(images, dtype="float32")
    end = squashing_end(model, images)
    if end is not None:
        raise ValueError(
            f"model ends in the {end.kind} {_layer_of(model, end)!r}; allowed is a model that ends in scores (logits)"
        )

    with restored(model.non_trainable_variables), tf.GradientTape() as tape:
        scores = model(images, training=True)
        target = tf.convert_to_tensor(labels, dtype="int32")
        if _are_probabilities(scores.numpy()):
            raise ValueError("model gives numbers of 0 and up that add up to 1; allowed are scores (logits)")
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(target, scores))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels.values()])
    # In float64: the squares of small numbers would be 0 in float32 where the numbers themselves are not.
    norms = tuple(float(np.linalg.norm(gradient.numpy().astype(np.float64))) for gradient in gradients)
    return GradientNorms(tuple(kernels), norms, float(loss))


def _layer_of(model: keras.Model, end: Squashing) -> str:
    """The layer that an operation is in: a program's names are the layers' own, some with a number behind."""
    parts = end.operation.split("/")
    names = [layer.name for layer in model.layers if any(f"{part}_".startswith(f"{layer.name}_") for part in parts)]
    return names[-1] if names else model.name


def _are_probabilities(scores: np.ndarray) -> bool:
    """Whether a softmax that was written out made these: no network's scores add up to 1 for image after image."""
    return bool(scores.shape[-1] > 1 and (scores >= 0).all() and np.allclose(scores.sum(axis=-1), 1, atol=1e-2))
