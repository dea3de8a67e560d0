"""Exercises of chapter 4, counting a convnet."""

import math

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise


def one_filter(image, weights):
    """Return the map that one filter gives of an image with channels.

    image has the shape (height, width, channels), weights the shape
    (kernel height, kernel width, channels). The map has two axes. Use
    ops.correlate2d, which slides a 2-D kernel over a 2-D image.
    """
    channels = image.shape[2]
    return sum(ops.correlate2d(image[:, :, c], weights[:, :, c]) for c in range(channels))


def _images_with_channels():
    random = np.random.default_rng(4)
    first = np.array([[1, 2, 0], [3, 4, 1], [0, 1, 2]])
    second = np.array([[5, 0, 1], [1, 2, 0], [0, 3, 1]])
    by_hand = np.stack([first, second], axis=-1)
    filter_by_hand = np.stack([[[1, 0], [0, 1]], [[0, 1], [2, 0]]], axis=-1)
    return [
        (by_hand, filter_by_hand),
        (random.integers(0, 10, (5, 6, 3)), random.integers(-3, 4, (3, 2, 3))),
        (random.integers(0, 10, (4, 4, 1)), random.integers(-3, 4, (3, 3, 1))),
    ]


all_channels = Exercise(
    id="04-all-channels",
    title="One filter, all channels",
    prompt=(
        "Write `one_filter(image, weights)`: the map that one filter gives of an image with any number of "
        "channels. The first test is the example worked above, on an image one row and one column larger. (Where an "
        "image is printed with its channels, each innermost bracket holds the channels of one position.)"
    ),
    solution=one_filter,
    hints=(
        "`image[:, :, c]` is channel number `c`, and `weights[:, :, c]` is the kernel for it.",
        "Each channel with its kernel gives a map. All these maps have the same shape.",
        "Add the maps: `sum(... for c in range(image.shape[2]))`.",
    ),
    inputs=_images_with_channels,
    mistakes={
        "Only the first channel has been looked at.": lambda x, w: ops.correlate2d(x[:, :, 0], w[:, :, 0]),
        "You took the mean over the channels. A filter adds them up; there is nothing to divide by.": lambda x, w: (
            one_filter(x, w) / x.shape[2]
        ),
        "You have a map for each channel. They still have to be added up: one filter gives one map.": lambda x, w: (
            np.stack([one_filter(x[..., [c]], w[..., [c]]) for c in range(x.shape[2])], axis=-1)
        ),
        "The image has been padded. Without padding the map is smaller than the image.": lambda x, w: ops.correlate2d(
            x, w[..., np.newaxis], padding="same"
        )[..., 0],
        "You slid the kernel of the first channel over "
        "all channels. Each channel has a kernel of its own.": lambda x, w: ops.correlate2d(x.sum(axis=2), w[:, :, 0]),
        "You added up the channels, or the kernels, before multiplying. Then each kernel meets every channel. "
        "Multiply first: channel 0 "
        "with kernel 0, channel 1 with kernel 1; then add.": lambda x, w: ops.correlate2d(x.sum(axis=2), w.sum(axis=2)),
        "You flipped the kernels. A layer does not: use correlate2d, not convolve2d.": lambda x, w: one_filter(
            x, w[::-1, ::-1]
        ),
    },
)


def conv_macs(height, width, channels, filters, kernel_size):
    """Return how many multiply-adds a convolution takes for an image.

    The image has height, width and channels; each of the filters is
    kernel_size high and wide. There is no padding, the stride is 1.
    """
    positions = (height - kernel_size + 1) * (width - kernel_size + 1)
    for_one_activation = kernel_size * kernel_size * channels
    return positions * filters * for_one_activation


work_of_a_convolution = Exercise(
    id="04-conv-macs",
    title="The work of a convolution",
    prompt=(
        "Write `conv_macs(height, width, channels, filters, kernel_size)`: how many multiply-adds a convolution "
        "takes, without padding and with a stride of 1. The first test is small: one filter of 2×2 on a grey "
        "image of 3×4."
    ),
    solution=conv_macs,
    hints=(
        "How many multiply-adds does one activation take? And how many activations has the output?",
        "One activation takes a multiply-add for each weight of its filter: kernel_size · kernel_size · channels.",
        "The output is (height − kernel_size + 1) high, in the same way wide, and has a map for each filter.",
    ),
    inputs=lambda: [(3, 4, 1, 1, 2), (28, 28, 1, 32, 3), (13, 13, 32, 64, 3), (10, 20, 3, 8, 5)],
    fresh=lambda random: [
        tuple(map(int, numbers)) for numbers in random.integers((9, 9, 1, 2, 2), (40, 40, 40, 70, 8), (3, 5))
    ],
    mistakes={
        "This is the number of weights. Each of them is used at every position of the map.": lambda h, w, c, f, k: (
            k * k * c * f
        ),
        "You counted the positions of the input. "
        "Without padding the filter has fewer: count those of the output.": lambda h, w, c, f, k: h * w * f * k * k * c,
        "A filter spans all channels; you counted the multiply-adds in one of them.": lambda h, w, c, f, k: conv_macs(
            h, w, 1, f, k
        ),
        "This is the work of one filter. Each filter makes a map of its own.": lambda h, w, c, f, k: conv_macs(
            h, w, c, 1, k
        ),
        "You counted the bias too. It is added, but multiplied "
        "by nothing, so it is no multiply-add.": lambda h, w, c, f, k: (h - k + 1) * (w - k + 1) * f * (k * k * c + 1),
        "This is twice as much: a multiplication and its addition are one multiply-add.": lambda h, w, c, f, k: (
            2 * conv_macs(h, w, c, f, k)
        ),
        "These are the activations of the output. Each of them "
        "takes a multiply-add for every weight of its filter.": lambda h, w, c, f, k: (h - k + 1) * (w - k + 1) * f,
        "You used the height for both sides. An image need not be square.": lambda h, w, c, f, k: conv_macs(
            h, h, c, f, k
        ),
        "One position is missing in each row and column: there "
        "are n − k + 1, because the kernel also starts at 0.": lambda h, w, c, f, k: conv_macs(h - 1, w - 1, c, f, k),
        "The kernel is as high as it is wide: kernel_size counts twice.": lambda h, w, c, f, k: (
            conv_macs(h, w, c, f, k) // k
        ),
    },
)


def first_dense(side, stages, filters, units):
    """Return the number of parameters of the first dense layer.

    The image is side high and wide. Each of the stages is a 3×3
    convolution without padding and then a 2×2 max pooling, which drops
    a last odd row and column. The last stage has as many filters as
    given. Its maps are flattened; then comes a dense layer of units.
    """
    for _ in range(stages):
        side = side - 3 + 1
        side = side // 2
    inputs = side * side * filters
    return inputs * units + units


def _with_stages(shrink):
    """The count with another rule for what a stage leaves of a side."""

    def count(side, stages, filters, units):
        for _ in range(stages):
            side = shrink(side)
        return (side**2 * filters + 1) * units

    return count


where_it_turns_dense = Exercise(
    id="04-first-dense",
    title="The first dense layer",
    prompt=(
        "Write `first_dense(side, stages, filters, units)`: follow a square image through stages of a 3×3 "
        "convolution and a 2×2 pooling, and count the parameters of the dense layer behind them. The first test: "
        "a side of 6, one stage with 1 filter, 1 unit."
    ),
    solution=first_dense,
    hints=(
        "Follow the side only: what does a 3×3 convolution without padding do to it, and what does the pooling do?",
        "A stage turns side into (side − 2) // 2. Repeat that for each stage.",
        "The dense layer has side · side · filters inputs, a weight for each input in each unit, and a bias a unit.",
    ),
    inputs=lambda: [(6, 1, 1, 1), (28, 2, 64, 64), (150, 4, 128, 512), (31, 2, 16, 3), (32, 2, 4, 3)],
    fresh=lambda random: [
        (int(side), stages, int(filters), int(units))
        for stages in (1, 2, 3)
        for side, filters, units in random.integers((40, 2, 2), (200, 130, 300), (1, 3))
    ],
    mistakes={
        "Each unit has a bias as well.": lambda *sizes: first_dense(*sizes) - sizes[-1],
        "Your sides come out too large where one is odd. The convolution takes 2 off, not 1; then the pooling drops a "
        "last odd "
        "row and column: 13 becomes 11, and 11 becomes 5, not 6.": _with_stages(lambda side: math.ceil((side - 2) / 2)),
        "There are no half rows: where a side is odd, the pooling drops the last one.": _with_stages(
            lambda side: (side - 2) / 2
        ),
        "You forgot that the convolutions shrink the maps "
        "too: 3×3 without padding takes 2 off each side.": _with_stages(lambda side: side // 2),
        "You went through one stage. There are as many as stages says.": lambda side, stages, filters, units: (
            first_dense(side, 1, filters, units)
        ),
        "You pooled first. In each stage the convolution comes before the pooling.": _with_stages(
            lambda side: side // 2 - 2
        ),
        "You forgot the pooling, which halves each side.": _with_stages(lambda side: side - 2),
        "You took all the convolutions first and then all "
        "the poolings. They take turns, stage by stage.": lambda side, stages, filters, units: (
            (((side - 2 * stages) // 2**stages) ** 2 * filters + 1) * units
        ),
        "You flattened one map. All maps of the last stage are flattened.": lambda side, stages, filters, units: (
            first_dense(side, stages, 1, units)
        ),
        "A map is as high as it is wide: its side counts twice.": lambda side, stages, filters, units: (
            (math.isqrt(first_dense(side, stages, 1, 1) - 1) * filters + 1) * units
        ),
    },
)


def field_size(windows):
    """Return how many pixels of the image, along one side, are seen.

    windows is a list of (kernel size, stride) of layers on top of each
    other, the first layer first; pooling is a window like any other.
    The answer is for one activation in the map of the last layer.
    """
    field = 1
    jump = 1
    for kernel_size, stride in windows:
        field += (kernel_size - 1) * jump
        jump *= stride
    return field


def _step_by_step(step):
    """The field by another rule: a step turns field and jump before a layer into those after it."""

    def field_of(windows):
        field, jump = 1, 1
        for kernel_size, stride in windows:
            field, jump = step(field, jump, kernel_size, stride)
        return field

    return field_of


how_much_it_sees = Exercise(
    id="04-field",
    title="How much an activation sees",
    prompt=(
        "Write `field_size(windows)`: the receptive field, along one side, of one activation after the given layers. "
        "The first test is a 3×3 convolution, a 2×2 pooling with a stride of 2, and another 3×3 convolution."
    ),
    solution=field_size,
    hints=(
        "Keep two numbers while you go from layer to layer: the field, and the jump, how far apart in the image "
        "two neighbouring positions of the present map are. Both are 1 in the image itself.",
        "A kernel of k weights reaches over k − 1 steps, and each of these steps is one jump long.",
        "First add (k − 1) · jump to the field, then multiply the jump by the stride: the stride only moves the "
        "neighbours of the new map apart.",
    ),
    inputs=lambda: [
        ([(3, 1), (2, 2), (3, 1)],),
        ([(3, 1)],),
        ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],),
        ([(7, 2), (3, 2), (3, 3), (5, 1)],),
    ],
    fresh=lambda random: [
        ([(int(kernel), int(stride)) for kernel, stride in random.integers((1, 1), (8, 4), (layers, 2))],)
        for layers in (2, 4, 6)
    ],
    mistakes={
        "You ignored the strides. After a stride of "
        "2, one step in the map is two steps in the image.": lambda windows: field_size([(k, 1) for k, _ in windows]),
        "You let a layer's own stride widen its own window. Its stride counts only for the layers after it: add to "
        "the field first, "
        "then multiply the jump.": _step_by_step(lambda field, jump, k, s: (field + (k - 1) * jump * s, jump * s)),
        "The field starts at 1: a pixel sees itself.": lambda windows: field_size(windows) - 1,
        "Windows overlap: a kernel of k adds only k − 1 steps, each one jump long.": lambda windows: sum(
            k for k, _ in windows
        ),
        "You multiplied by the sizes of the kernels. A kernel of k adds k − 1 steps "
        "of one jump each, and only strides make the jump longer.": lambda windows: math.prod(k for k, _ in windows),
        "You went through the layers in the wrong order. Field and jump grow from the first "
        "layer to the last; a region traced backwards starts at the last.": lambda windows: field_size(windows[::-1]),
        "Strides multiply: after two strides of 2, one step is four pixels long.": _step_by_step(
            lambda field, jump, k, s: (field + (k - 1) * jump, s)
        ),
        "A kernel of k weights has only k − 1 steps between its first and its last.": _step_by_step(
            lambda field, jump, k, s: (field + k * jump, jump * s)
        ),
    },
)


def leaky_relu(x, slope):
    """Return x where it is positive, and slope times x elsewhere.

    x is a NumPy array, slope a small number such as 0.1.
    """
    return np.maximum(0, x) + slope * np.minimum(0, x)


it_leaks = Exercise(
    id="04-leaky",
    title="A ReLU that leaks",
    prompt=(
        "Write `leaky_relu(x, slope)`. The first test takes −2, 0 and 3 with a slope of 0.1. Hold your result "
        "against the formula that folds the line up."
    ),
    solution=leaky_relu,
    hints=(
        "`np.maximum(0, x)` keeps what is positive. What keeps what is negative?",
        "`np.minimum(0, x)` does. It is already negative, so it needs no minus sign.",
        "Add the two, the second times `slope`.",
    ),
    inputs=lambda: [
        (np.array([-2.0, 0.0, 3.0]), 0.1),
        (np.array([[-4.0, 0.5], [7.0, -0.25]]), 0.3),
    ],
    mistakes={
        "Left of zero your result is positive: the line is folded "
        "up. What is negative should stay negative.": lambda x, slope: np.maximum(0, -slope * x) + np.maximum(0, x),
        "This is the plain ReLU: nothing leaks through left of zero.": lambda x, slope: np.maximum(0, x),
        "What is positive should stay as it is.": lambda x, slope: slope * x,
        "Left of zero it should still depend on x: slope times x.": lambda x, slope: np.where(x > 0, x, -slope),
        "Right of zero you have added slope "
        "times x as well. It belongs to the negative numbers alone.": lambda x, slope: np.maximum(0, x) + slope * x,
        "This is right for a slope of 0.1 only. Use the argument slope.": lambda x, slope: leaky_relu(x, 0.1),
        "These are the slopes of the function. Asked are its values.": lambda x, slope: np.where(x > 0, 1, slope),
        "The sides are exchanged: it is the negative numbers that are made small.": lambda x, slope: np.where(
            x > 0, slope * x, x
        ),
    },
)


EXERCISES = [all_channels, work_of_a_convolution, how_much_it_sees, where_it_turns_dense, it_leaks]
