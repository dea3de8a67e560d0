"""What a layer computes, in NumPy, written to be read.

Images are (height, width), (height, width, channels) or batches (batch, height, width, channels), channels last, as
in Keras.

One convention holds throughout: `correlate…` lays the kernel on as it is, which is what a convolution layer computes,
of Keras and others; `convolve…` flips it, which is what mathematics calls convolution.

>>> from labkit import ops
>>> ops.correlate2d([[3, 1, 4], [1, 5, 9]], [[1, 1]])
array([[ 4,  5],
       [ 6, 14]])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["kernels", "spectrum"],
    submod_attrs={
        "activations": ["leaky_relu", "relu", "sigmoid", "softmax", "tanh"],
        "boxes": ["box_iou", "non_max_suppression"],
        "columns": ["col2im", "im2col"],
        "convolution": ["convolve1d", "convolve2d", "correlate1d", "correlate2d"],
        "factored": ["depthwise2d", "factor_kernel", "pointwise2d", "separable2d", "spatially_separable2d"],
        "fully_connected": ["dense", "dense_backward"],
        "gradient_check": ["GradientCheck", "check_gradient"],
        "gradients": [
            "average_pool2d_backward",
            "correlate2d_backward",
            "max_pool2d_backward",
        ],
        "normalization": [
            "batch_normalize_inference",
            "batch_normalize_training",
            "dropout",
            "local_response_normalization",
        ],
        "padding": ["pad2d"],
        "pooling": [
            "average_pool2d",
            "global_average_pool2d",
            "global_max_pool2d",
            "max_pool2d",
            "min_pool2d",
            "sum_pool2d",
        ],
        "quantization": ["Quantized", "affine_scheme", "quantize_array"],
        "spectrum": [
            "autocorrelation",
            "circular_convolve",
            "convolution_theorem",
            "cross_correlation",
            "fft_convolve",
        ],
        "transposed": ["transposed2d"],
    },
)
