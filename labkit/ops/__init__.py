"""What a layer computes, in NumPy, written to be read.

Pictures are (height, width), (height, width, channels) or batches (batch, height, width, channels), channels last, as
in Keras; `correlate2d` is what Keras calls convolution.

>>> from labkit import ops
>>> ops.correlate2d([[3, 1, 4], [1, 5, 9]], [[1, 1]])
array([[ 4,  5],
       [ 6, 14]])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["kernels"],
    submod_attrs={
        "columns": ["col2im", "im2col"],
        "convolution": ["convolve1d", "convolve2d", "correlate1d", "correlate2d"],
        "padding": ["pad2d"],
    },
)
