"""Magnitude pruning: the smallest weights of a trained network become zero, and stay zero as the rest is tuned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from labkit.arguments import share
from labkit.tables import Table

Scope = Literal["global", "layer"]


@dataclass(frozen=True)
class PrunedKernel:
    """One kernel before and after pruning.

    Attributes
    ----------
    name : str
        The layer's name, and the kernel's where a layer has several.
    weights, zeros : int
        How many weights it has, and how many of them are zero now.
    threshold : float
        The greatest magnitude that was set to zero; 0 where none was.
    """

    name: str
    weights: int
    zeros: int
    threshold: float

    @property
    def sparsity(self) -> float:
        """The share of its weights that are zero."""
        return self.zeros / self.weights


@dataclass(frozen=True, repr=False)
class PruningReport:
    """What pruning did, kernel by kernel. It prints as a table, and Jupyter shows it as one."""

    kernels: tuple[PrunedKernel, ...]

    @property
    def weights(self) -> int:
        """Weights of all kernels; biases and normalizations are not among them."""
        return sum(kernel.weights for kernel in self.kernels)

    @property
    def zeros(self) -> int:
        """How many of them are zero."""
        return sum(kernel.zeros for kernel in self.kernels)

    @property
    def sparsity(self) -> float:
        """The share of all kernels' weights that are zero."""
        return self.zeros / self.weights

    def _table(self) -> Table:
        rows = [
            [one.name, f"{one.weights:,}", f"{one.zeros:,}", f"{one.sparsity:.1%}", f"{one.threshold:.4f}"]
            for one in self.kernels
        ]
        totals = ["total", f"{self.weights:,}", f"{self.zeros:,}", f"{self.sparsity:.1%}", ""]
        headings = ["kernel", "weights", "zeros", "share", "up to"]
        return Table("Pruned by magnitude", headings, [False, True, True, True, True], rows, totals)

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._table().html()


@dataclass(frozen=True, eq=False)
class Pruned:
    """What :func:`prune` returns; it unpacks: ``small, report = prune(...)``.

    Attributes
    ----------
    model : keras.Model
        The copy, not compiled. Train it with `KeepZeros`, or the zeros fill up again.
    report : PruningReport
        How many weights of each kernel are zero.
    """

    model: keras.Model
    report: PruningReport

    def __iter__(self) -> Iterator[Any]:
        return iter((self.model, self.report))


def prune(model: keras.Model, sparsity: float, *, scope: Scope = "global") -> Pruned:
    """Return a copy of a network in which the smallest weights are zero, and a report.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")])
    >>> model.layers[0].set_weights([np.array([[0.1, -3.0], [2.0, -0.2]]), np.zeros(2)])
    >>> small, report = prune(model, 0.5)
    >>> small.get_layer("dense").get_weights()[0].tolist()
    [[0.0, -3.0], [2.0, 0.0]]
    >>> report.zeros, report.weights
    (2, 4)

    Small is what has a small magnitude (absolute value). Only kernels are pruned: biases and the numbers of a
    normalization are few, and each of them moves a whole channel.

    Parameters
    ----------
    model : keras.Model
        Built of layers (sequential or functional); it stays as it is.
    sparsity : float
        The share of the weights that is set to zero, from 0 to below 1; their number is rounded to the nearest.
    scope : {"global", "layer"}
        Whether the weights of all kernels are ranked together, or those of each kernel for itself.

    Returns
    -------
    Pruned
        The copy and the report.

    Raises
    ------
    TypeError
        If `model` is no Keras model, or `sparsity` no number.
    ValueError
        If `sparsity` or `scope` is out of range, or there is nothing to prune, or the model cannot be copied.

    References
    ----------
    S. Han, J. Pool, J. Tran and W. J. Dally, *Learning both weights and connections for efficient neural networks*,
    2015, section 3.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is {model!r}; allowed is a Keras model")
    share("sparsity", sparsity)
    if scope not in ("global", "layer"):
        raise ValueError(f"scope is {scope!r}; allowed is 'global' or 'layer'")
    copy = _copied(model)
    kernels = kernels_of(copy)
    if not kernels:
        raise ValueError(f"model is {model.name!r}, which has no kernel to prune")
    before = {name: np.asarray(kernel) for name, kernel in kernels.items()}
    small = _smallest_of_all(before, sparsity) if scope == "global" else _smallest_of_each(before, sparsity)
    rows = []
    for name, kernel in kernels.items():
        kernel.assign(np.where(small[name], 0, before[name]))
        zeroed = np.abs(before[name][small[name]])
        rows.append(
            PrunedKernel(
                name,
                before[name].size,
                int((np.asarray(kernel) == 0).sum()),
                float(zeroed.max()) if zeroed.size else 0.0,
            )
        )
    return Pruned(copy, PruningReport(tuple(rows)))


def kernels_of(model: keras.Model) -> dict[str, keras.Variable]:
    """Return the kernels of a network by the names of their layers.

    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.SeparableConv2D(4, 3, name="mix")])
    >>> list(kernels_of(model))
    ['mix depthwise_kernel', 'mix pointwise_kernel']

    Parameters
    ----------
    model : keras.Model
        Its layers may be models themselves.
    """
    kernels = [weight for weight in model.weights if weight.name.endswith("kernel")]
    layers = [kernel.path.split("/")[-2] for kernel in kernels]
    found: dict[str, keras.Variable] = {}
    for kernel, layer in zip(kernels, layers, strict=True):
        name = layer if kernel.name == "kernel" else f"{layer} {kernel.name}"
        # Two models inside one may use the same names.
        namesakes = sum(known == name or known.startswith(f"{name} #") for known in found)
        found[f"{name} #{namesakes + 1}" if namesakes else name] = kernel
    return found


class KeepZeros(keras.callbacks.Callback):
    """Hold pruned weights at zero through a training.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    >>> model.layers[0].set_weights([np.array([[0.0], [1.0]])])
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit(np.ones((4, 2)), np.zeros(4), epochs=2, verbose=0, callbacks=[KeepZeros()])
    >>> model.layers[0].get_weights()[0]
    array([[0.        ],
           [0.96...]], dtype=float32)

    Every kernel's weights that are zero when the training begins are set to zero again after each step.
    """

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Note where the zeros are."""
        self._kept = [(kernel, np.asarray(kernel) != 0) for kernel in kernels_of(self.model).values()]

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Put them back."""
        for kernel, kept in self._kept:
            kernel.assign(keras.ops.where(kept, kernel, 0))


def _copied(model: keras.Model) -> keras.Model:
    try:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
    except (ValueError, NotImplementedError, TypeError) as error:
        raise ValueError(
            f"model is {model.name!r}, which Keras cannot copy ({error}); allowed is a sequential or functional model"
        ) from error
    return copy


def _smallest_of_all(kernels: Mapping[str, NDArray], sparsity: float) -> dict[str, NDArray[np.bool_]]:
    together = np.concatenate([kernel.ravel() for kernel in kernels.values()])
    ends = np.cumsum([kernel.size for kernel in kernels.values()])[:-1]
    parts = np.split(_smallest(together, sparsity), ends)
    return {name: part.reshape(kernels[name].shape) for name, part in zip(kernels, parts, strict=True)}


def _smallest_of_each(kernels: Mapping[str, NDArray], sparsity: float) -> dict[str, NDArray[np.bool_]]:
    return {name: _smallest(kernel.ravel(), sparsity).reshape(kernel.shape) for name, kernel in kernels.items()}


def _smallest(weights: NDArray, sparsity: float) -> NDArray[np.bool_]:
    """Mark as many weights as the share says; by rank, so that equal weights do not make it more or fewer."""
    chosen = np.zeros(weights.size, bool)
    chosen[np.argsort(np.abs(weights), kind="stable")[: round(sparsity * weights.size)]] = True
    return chosen
