"""What LeNet-5 has and Keras has not: its squashing function, its starting weights, three of its layers.

All are registered with Keras, so that a network made of them is saved and loaded like any other (no code travels in the
file); ``labkit.models`` imports this module for that reason. The loss is in :mod:`labkit.models.lenet.loss`.

References
----------
Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings of
the IEEE* 86(11), 1998, sections II.B and II.C and appendix A: "the paper" in what follows.
"""

from __future__ import annotations

from math import prod
from typing import Any

import keras
import numpy as np

_registered = keras.saving.register_keras_serializable(package="labkit")


@_registered
def scaled_tanh(x: Any) -> Any:
    """Return 1.7159·tanh(2x/3), the paper's squashing function.

    >>> [round(float(scaled_tanh(x)), 3) for x in (-1.0, 0.0, 1.0, 10.0)]
    [-1.0, 0.0, 1.0, 1.716]

    The two constants make f(1) = 1 and f(−1) = −1, so that the targets ±1 lie where the function bends most, and not
    out on its flat tails, which can only be reached by ever larger weights (the paper, appendix A).

    Parameters
    ----------
    x
        A tensor, or anything Keras makes one of.
    """
    return 1.7159 * keras.ops.tanh(x * (2 / 3))


@_registered
class FanInUniform(keras.initializers.Initializer):
    """Starting weights drawn evenly between −2.4/F and 2.4/F, where F is how many numbers a unit adds up.

    >>> weights = np.array(FanInUniform(seed=0)((5, 5, 6, 16)))
    >>> float(abs(weights).max()) < 2.4 / (5 * 5 * 6)
    True

    The more inputs, the smaller the weights: whatever its size, a unit starts where the squashing function is neither
    flat nor straight.

    Parameters
    ----------
    maps : list of int, optional
        How many maps each filter looks at, where that is not all of them.
    seed : int, optional
        Without one, it is drawn from Keras's own (``keras.utils.set_random_seed``).

    References
    ----------
    The paper, appendix A.
    """

    def __init__(self, maps: Any = None, seed: int | None = None):
        self.maps = None if maps is None else [int(number) for number in maps]
        self._even = keras.initializers.RandomUniform(-1, 1, seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return the weights; the last axis of ``shape`` counts the filters, the others what each adds up."""
        fan_in = np.array(prod(shape[:-1]) if self.maps is None else np.multiply(self.maps, prod(shape[:-2])))
        even = self._even(shape, dtype=dtype)
        return even * keras.ops.cast(2.4 / fan_in, even.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same initializer again."""
        return {"maps": self.maps, "seed": self._even.seed}


@_registered
class SparseConv2D(keras.layers.Layer):
    """A convolution whose filters each look at some of the maps only: LeNet-5's C3.

    >>> layer = SparseConv2D([[True, True, False], [False, True, True]], kernel_size=5)
    >>> layer(np.zeros((1, 14, 14, 3), "float32")).shape
    TensorShape([1, 10, 10, 2])
    >>> layer.count_params()  # four kernels of 5×5, and two biases
    102

    It computes what a dense convolution does in which the missing kernels are zero, and stores only the others. Stride
    1, no padding.

    Parameters
    ----------
    connections : array_like of bool, shape (filters, maps)
        Which maps each filter looks at.
    kernel_size : int
        Height and width of the kernels.
    activation : str or callable, optional
        Applied to the result.
    kernel_initializer : str or Initializer
        Draws the weights of a dense convolution, (height, width, maps, filters), of which the connected are kept. With
        the same seed, a sparse and a dense layer thus start from the same weights, where they both have them.

    Raises
    ------
    ValueError
        When ``connections`` is no table, or has a filter that looks at nothing; when the input has another number of
        maps.

    References
    ----------
    The paper, section II.B and Table I.
    """

    def __init__(
        self,
        connections: Any,
        kernel_size: int,
        activation: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.connections = np.asarray(connections, dtype=bool)
        if self.connections.ndim != 2 or not self.connections.any(axis=1).all():
            raise ValueError(
                f"connections is {connections!r}; allowed is a table (filters, maps) with a True in every row"
            )
        self.kernel_size = int(kernel_size)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def filters(self) -> int:
        """How many maps come out."""
        return len(self.connections)

    def build(self, input_shape: Any) -> None:
        """Make the weights: (height, width, number of connections), and a bias for each filter."""
        filters, maps = self.connections.shape
        if input_shape[-1] != maps:
            raise ValueError(f"{self.name} is given {input_shape[-1]} maps; its connections are for {maps}")
        window = (self.kernel_size, self.kernel_size)
        connected = np.flatnonzero(self.connections.T)  # places in the dense kernel, (maps, filters) in one row

        def keep_connected(shape: Any, dtype: Any = None) -> Any:
            dense = self.kernel_initializer((*window, maps, filters), dtype=dtype)
            return keras.ops.take(keras.ops.reshape(dense, (*window, -1)), connected, axis=-1)

        self.kernel = self.add_weight(shape=(*window, len(connected)), initializer=keep_connected, name="kernel")
        self.bias = self.add_weight(shape=(filters,), initializer="zeros", name="bias")
        # For each place of the dense kernel, which of ours it is; a missing one is the zero put behind the last.
        self._source = np.full(maps * filters, len(connected))
        self._source[connected] = np.arange(len(connected))

    def dense_kernel(self) -> Any:
        """Return the kernel of the equal dense convolution: (height, width, maps, filters), zero where not connected.

        >>> layer = SparseConv2D([[True, False]], kernel_size=1)
        >>> layer.build((None, 14, 14, 2))
        >>> layer.dense_kernel().shape
        TensorShape([1, 1, 2, 1])
        """
        filters, maps = self.connections.shape
        kernel = keras.ops.convert_to_tensor(self.kernel)
        with_zero = keras.ops.concatenate([kernel, keras.ops.zeros_like(kernel[..., :1])], axis=-1)
        dense = keras.ops.take(with_zero, self._source, axis=-1)
        return keras.ops.reshape(dense, (self.kernel_size, self.kernel_size, maps, filters))

    def call(self, inputs: Any) -> Any:
        """Return (batch, height, width, filters)."""
        sums = keras.ops.conv(inputs, self.dense_kernel(), padding="valid", data_format="channels_last")
        return self.activation(sums + self.bias)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of what ``call`` returns."""
        lost = self.kernel_size - 1
        sides = [None if side is None else side - lost for side in input_shape[1:-1]]
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same layer again."""
        return {
            **super().get_config(),
            "connections": self.connections.tolist(),
            "kernel_size": self.kernel_size,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@_registered
class TrainableSubsampling(keras.layers.Layer):
    """Four neighbours added up, times a coefficient, plus a bias, then squashed: LeNet-5's S2 and S4.

    >>> layer = TrainableSubsampling()
    >>> layer(np.ones((1, 28, 28, 6), "float32")).shape, layer.count_params()
    (TensorShape([1, 14, 14, 6]), 12)

    Each map has its own coefficient and bias. A small coefficient makes the layer blur, a large one makes it decide: it
    then says whether any (or all) of the four were active. It starts at 1/4, that is, with the mean; the paper does not
    say where it started.

    Parameters
    ----------
    activation : str or callable, optional
        Applied to the result.

    References
    ----------
    The paper, section II.B.
    """

    pool_size = (2, 2)

    def __init__(self, activation: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        """Make the weights: a coefficient and a bias for each map."""
        maps = (input_shape[-1],)
        quarter = keras.initializers.Constant(1 / prod(self.pool_size))
        self.coefficient = self.add_weight(shape=maps, initializer=quarter, name="coefficient")
        self.bias = self.add_weight(shape=maps, initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return (batch, height / 2, width / 2, maps)."""
        means = keras.ops.average_pool(inputs, self.pool_size, data_format="channels_last")
        return self.activation(self.coefficient * (means * prod(self.pool_size)) + self.bias)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of what ``call`` returns."""
        sides = [None if side is None else side // 2 for side in input_shape[1:-1]]
        return (input_shape[0], *sides, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same layer again."""
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}


@_registered
class EuclideanRBF(keras.layers.Layer):
    """How far an input is from each of a set of fixed codes, squared and negated: LeNet-5's output.

    >>> layer = EuclideanRBF([[1, 1], [1, -1]])
    >>> layer(np.array([[1, 0.5]], "float32")).numpy()
    array([[-0.25, -2.25]], dtype=float32)

    The paper's unit i gives the distance yᵢ = Σⱼ (xⱼ − wᵢⱼ)², and the smallest wins. This layer gives −yᵢ: the largest
    wins, as in every other network of the course (``argmax``), and the outputs are log-probabilities of a mixture of
    Gaussians around the codes but for a constant: logits, which softmax and cross-entropy understand.

    Parameters
    ----------
    codes : array_like, shape (classes, numbers)
        The fixed codes wᵢⱼ; not trained.

    Raises
    ------
    ValueError
        When ``codes`` is not a table, or the input has another length than a code.

    References
    ----------
    The paper, equation 7.
    """

    def __init__(self, codes: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.codes = np.asarray(codes, dtype="float32")
        if self.codes.ndim != 2:
            raise ValueError(f"codes has shape {self.codes.shape}; allowed is (classes, numbers)")

    def build(self, input_shape: Any) -> None:
        """Make the weights, which hold the codes and are not trained."""
        if input_shape[-1] != self.codes.shape[1]:
            raise ValueError(f"{self.name} is given {input_shape[-1]} numbers; its codes have {self.codes.shape[1]}")
        self.centers = self.add_weight(
            shape=self.codes.shape,
            initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(self.codes, dtype),
            trainable=False,
            name="centers",
        )

    def call(self, inputs: Any) -> Any:
        """Return (batch, classes), all at most 0."""
        return -keras.ops.sum(keras.ops.square(inputs[:, None, :] - self.centers), axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of what ``call`` returns."""
        return (input_shape[0], len(self.codes))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same layer again."""
        return {**super().get_config(), "codes": self.codes.tolist()}
