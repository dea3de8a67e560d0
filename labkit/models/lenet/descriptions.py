"""LeNet-5's own layers, described to the calculators, so that a table of the network counts them too."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.calculators import layers
from labkit.calculators.layers import Shape
from labkit.calculators.network import register_layer
from labkit.calculators.working import Worked, per_batch, worked_product
from labkit.models.lenet.own_layers import EuclideanRBF, SparseConv2D, TrainableSubsampling


@dataclass(frozen=True)
class _SparseConvolution(layers.Conv2D):
    """A convolution of which only some kernels are there."""

    kernels: int = field(default=1, kw_only=True)

    def parameters(self, shape: Shape) -> Worked:
        height, width = self.kernel_size
        total = height * width * self.kernels + self.filters
        shown = f"{height}·{width}·{self.kernels} + {self.filters} = {total:,}"
        return Worked(total, shown, shown.replace("·", r" \cdot ").replace(",", "{,}"))

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        places = self.output_shape(shape)[:-1]
        return worked_product(*per_batch(batch_size), *places, *self.kernel_size, self.kernels)


class _Subsampling(layers.AveragePooling2D):
    """A window added up, times a coefficient, plus a bias."""

    def parameters(self, shape: Shape) -> Worked:
        return worked_product(2, shape[-1])


@dataclass(frozen=True)
class _Distances(layers.Dense):
    """The distances to fixed codes: a product and a sum for each number of each code, as in a dense layer."""

    use_bias: bool = False

    def trainable_parameters(self, shape: Shape) -> int:
        return 0


@register_layer(SparseConv2D)
def _(layer: SparseConv2D) -> layers.Layer:
    return _SparseConvolution(layer.filters, layer.kernel_size, kernels=int(np.sum(layer.connections)))


@register_layer(TrainableSubsampling)
def _(layer: TrainableSubsampling) -> layers.Layer:
    return _Subsampling(layer.pool_size)


@register_layer(EuclideanRBF)
def _(layer: EuclideanRBF) -> layers.Layer:
    return _Distances(len(layer.codes))
