"""Random problems for `labkit.ops`, each with TensorFlow's, SciPy's or NumPy's answer; one problem is one case."""

import numpy as np
import scipy.signal
import scipy.special
import tensorflow as tf

from labkit import ops


def agree(ours, theirs):
    """Whether two arrays are of one shape and the same but for rounding."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-6, atol=1e-8)


def _image(rng, channels=None, least=1):
    shape = (rng.integers(1, 3), *rng.integers(least, least + 7, 2), channels or rng.integers(1, 4))
    return rng.integers(-9, 10, shape).astype(float) if rng.random() < 0.3 else rng.normal(size=shape)


def _margins(rng, most=3):
    return tuple(map(tuple, rng.integers(0, most, (2, 2)).tolist()))


def _pair(rng, low=1, high=4):
    return tuple(int(n) for n in rng.integers(low, high, 2))


def _as_tensorflow(padding):
    return padding.upper() if isinstance(padding, str) else [[0, 0], *map(list, padding), [0, 0]]


def _convolution(rng):
    groups = int(rng.integers(1, 4))
    kernel, stride, dilation = _pair(rng), _pair(rng), _pair(rng)
    padding = ["valid", "same", _margins(rng)][rng.integers(3)]
    x = _image(rng, groups * int(rng.integers(1, 3)), least=7)
    kernels = rng.normal(size=(*kernel, x.shape[3] // groups, groups * int(rng.integers(1, 3))))
    return x, kernels, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def _by_tensorflow(x, kernels, stride, padding, dilation, groups):
    """By tf.nn, group by group."""
    parts = zip(tf.split(x, groups, axis=3), tf.split(kernels, groups, axis=3), strict=True)
    maps = [tf.nn.conv2d(a, b, stride, _as_tensorflow(padding), dilations=dilation) for a, b in parts]
    return tf.concat(maps, axis=3)


def _spread(kernels, dilation):
    """A dilated kernel with its gaps written out: TensorFlow carries no gradients back through a dilated one."""
    down, across = dilation
    apart = tf.pad(kernels[:, None, :, None], [(0, 0), (0, down - 1), (0, 0), (0, across - 1), (0, 0), (0, 0)])
    height, width, *rest = kernels.shape
    whole = tf.reshape(apart, (height * down, width * across, *rest))
    return whole[: (height - 1) * down + 1, : (width - 1) * across + 1]


def convolution(rng):
    x, kernels, options = _convolution(rng)
    bias = rng.normal(size=kernels.shape[3])
    return agree(ops.correlate2d(x, kernels, bias, **options), _by_tensorflow(x, kernels, **options) + bias)


def flipped_convolution(rng):
    x, kernel = rng.normal(size=rng.integers(5, 9, 2)), rng.normal(size=_pair(rng, 1, 5))
    if rng.random() < 0.5:
        return agree(ops.convolve2d(x, kernel), scipy.signal.convolve2d(x, kernel, mode="valid"))
    whole = tuple((side - 1, side - 1) for side in kernel.shape)
    return agree(ops.convolve2d(x, kernel, padding=whole), scipy.signal.convolve2d(x, kernel))


def line(rng):
    x, kernel = rng.normal(size=rng.integers(5, 12)), rng.normal(size=rng.integers(1, 5))
    return agree(ops.correlate1d(x, kernel), np.correlate(x, kernel, "valid")) and agree(
        ops.convolve1d(x, kernel), np.convolve(x, kernel, "valid")
    )


def convolution_gradients(rng):
    x, kernels, options = _convolution(rng)
    x, kernels = tf.constant(x), tf.constant(kernels)
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        y = _by_tensorflow(x, _spread(kernels, options["dilation"]), **{**options, "dilation": (1, 1)})
        upstream = tf.constant(rng.normal(size=y.shape))
        loss = tf.reduce_sum(y * upstream)
    by_x, by_kernels = tape.gradient(loss, [x, kernels])
    back = ops.correlate2d_backward(upstream.numpy(), x.numpy(), kernels.numpy(), **options)
    return agree(back.x, by_x) and agree(back.kernels, by_kernels) and agree(back.bias, upstream.numpy().sum((0, 1, 2)))


def _pooling(rng):
    size = _pair(rng)
    stride = size if rng.random() < 0.3 else _pair(rng)
    padding = ["valid", "same"][rng.integers(2)]
    return _image(rng, least=4), size, {"stride": stride, "padding": padding}


def pooling(rng):
    x, size, options = _pooling(rng)
    theirs = (size, options["stride"], options["padding"].upper())
    return (
        agree(ops.max_pool2d(x, size, **options), tf.nn.max_pool2d(x, *theirs))
        and agree(ops.min_pool2d(x, size, **options), -tf.nn.max_pool2d(-x, *theirs))
        and agree(ops.average_pool2d(x, size, **options), tf.nn.avg_pool2d(x, *theirs))
    )


def sums_of_windows(rng):
    x, size, options = _pooling(rng)
    each = np.moveaxis(x, 3, 0)[..., np.newaxis]
    kernel = np.ones((*size, 1, 1))
    theirs = [tf.nn.conv2d(one, kernel, options["stride"], options["padding"].upper()) for one in each]
    return agree(ops.sum_pool2d(x, size, **options), tf.concat(theirs, axis=3))


def pooling_gradients(rng):
    x, size, options = _pooling(rng)
    x = rng.permutation(x.size).reshape(x.shape).astype(float)  # no equals: which of them wins is each one's own
    name = ["max", "avg"][rng.integers(2)]
    value = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(value)
        pool = tf.nn.max_pool2d if name == "max" else tf.nn.avg_pool2d
        y = pool(value, size, options["stride"], options["padding"].upper())
        upstream = tf.constant(rng.normal(size=y.shape))
        loss = tf.reduce_sum(y * upstream)
    ours = ops.max_pool2d_backward if name == "max" else ops.average_pool2d_backward
    return agree(ours(upstream.numpy(), x, size, **options).x, tape.gradient(loss, value))


def global_pooling(rng):
    x = _image(rng)
    return agree(ops.global_max_pool2d(x), tf.reduce_max(x, (1, 2))) and agree(
        ops.global_average_pool2d(x), tf.reduce_mean(x, (1, 2))
    )


def padding(rng):
    x, amounts = _image(rng, least=4), _margins(rng, 4)
    fill, mode = [("zeros", "constant"), ("edge", "edge"), ("reflect", "reflect")][rng.integers(3)]
    return agree(ops.pad2d(x, amounts, fill=fill), np.pad(x, ((0, 0), *amounts, (0, 0)), mode=mode))


def activations(rng):
    x = rng.normal(scale=10.0 ** rng.integers(-2, 3), size=(3, 5))
    slope = float(rng.uniform(0.01, 0.5))
    return (
        agree(ops.relu(x), tf.nn.relu(x))
        and agree(ops.leaky_relu(x, slope), tf.nn.leaky_relu(x, slope))
        and agree(ops.sigmoid(x), scipy.special.expit(x))
        and agree(ops.tanh(x), tf.math.tanh(x))
    )


def softmax(rng):
    x = rng.normal(scale=10.0 ** rng.integers(-2, 4), size=rng.integers(1, 5, rng.integers(1, 4)))
    axis = int(rng.integers(-x.ndim, x.ndim))
    return agree(ops.softmax(x, axis), scipy.special.softmax(x, axis))


def transposed(rng):
    x = _image(rng)
    kernels = rng.normal(size=(*_pair(rng), int(rng.integers(1, 3)), x.shape[3]))
    stride, rule = _pair(rng), ["valid", "same"][rng.integers(2)]
    ours = ops.transposed2d(x, kernels, stride=stride, padding=rule)
    sides = [
        n * s if rule == "same" else (n - 1) * s + max(k, s)
        for n, s, k in zip(x.shape[1:3], stride, kernels.shape, strict=False)
    ]
    shape = (x.shape[0], *sides, kernels.shape[2])
    return agree(ours, tf.nn.conv2d_transpose(x, kernels, shape, stride, rule.upper()))


def factored(rng):
    x, stride = _image(rng, least=5), int(rng.integers(1, 4))
    depthwise = rng.normal(size=(*_pair(rng), x.shape[3], int(rng.integers(1, 3))))
    pointwise = rng.normal(size=(1, 1, x.shape[3] * depthwise.shape[3], int(rng.integers(1, 4))))
    rule = ["valid", "same"][rng.integers(2)]
    theirs = (1, stride, stride, 1), rule.upper()
    alone = tf.nn.depthwise_conv2d(x, depthwise, *theirs)
    return agree(ops.depthwise2d(x, depthwise, stride=stride, padding=rule), alone) and agree(
        ops.separable2d(x, depthwise, pointwise, stride=stride, padding=rule),
        tf.nn.separable_conv2d(x, depthwise, pointwise, *theirs),
    )


def dense(rng):
    x, weights = rng.normal(size=rng.integers(1, 6, 2)), rng.normal(size=(1, int(rng.integers(1, 6))))
    weights = rng.normal(size=(x.shape[1], weights.shape[1]))
    bias, upstream = rng.normal(size=weights.shape[1]), rng.normal(size=(len(x), weights.shape[1]))
    back = ops.dense_backward(upstream, x, weights)
    return (
        agree(ops.dense(x, weights, bias), x @ weights + bias)
        and agree(back.x, upstream @ weights.T)
        and agree(back.weights, x.T @ upstream)
        and agree(back.bias, upstream.sum(axis=0))
    )


def normalization(rng):
    x = _image(rng)
    centre, spread, scale, shift = rng.uniform(0.1, 2, (4, x.shape[3]))
    radius = int(rng.integers(0, 3))
    quiet = tf.nn.local_response_normalization(x.astype("float32"), radius, 2.0, 0.1, 0.75)
    ours = ops.local_response_normalization(x, 2 * radius + 1, alpha=0.1)
    return agree(
        ops.batch_normalize_inference(x, centre, spread, scale, shift),
        tf.nn.batch_normalization(x, centre, spread, shift, scale, 1e-3),
    ) and np.allclose(ours, quiet, rtol=1e-4, atol=1e-5)


def spectrum(rng):
    rank = int(rng.integers(1, 3))
    f, h = rng.normal(size=rng.integers(1, 7, rank)), rng.normal(size=rng.integers(1, 7, rank))
    round_it = rng.normal(size=f.shape)
    periodic = np.fft.ifftn(np.fft.fftn(f) * np.fft.fftn(round_it)).real
    return agree(ops.fft_convolve(f, h), scipy.signal.convolve(f, h, method="direct")) and agree(
        ops.circular_convolve(f, round_it), periodic
    )


KINDS = [
    convolution,
    flipped_convolution,
    line,
    convolution_gradients,
    pooling,
    sums_of_windows,
    pooling_gradients,
    global_pooling,
    padding,
    activations,
    softmax,
    transposed,
    factored,
    dense,
    normalization,
    spectrum,
]
