"""Exercises of chapter 4, counting a convnet."""

import math

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def one_filter(picture, weights):
    """Return the map that one filter gives of a picture with channels.

    picture has the shape (height, width, channels), weights the shape
    (kernel height, kernel width, channels). The map has two axes. Use
    ops.correlate2d, which slides a 2-D kernel over a 2-D picture.
    """
    channels = picture.shape[2]
    return sum(ops.correlate2d(picture[:, :, c], weights[:, :, c]) for c in range(channels))


def _first_channel_only(picture, weights):
    return ops.correlate2d(picture[:, :, 0], weights[:, :, 0])


def _mean_over_channels(picture, weights):
    return one_filter(picture, weights) / picture.shape[2]


def _maps_not_added(picture, weights):
    maps = [ops.correlate2d(picture[:, :, c], weights[:, :, c]) for c in range(picture.shape[2])]
    return np.stack(maps, axis=-1)


def _maps_in_a_list(picture, weights):
    return np.moveaxis(_maps_not_added(picture, weights), -1, 0)


def _maps_multiplied(picture, weights):
    return _maps_not_added(picture, weights).prod(axis=-1)


def _channel_axis_kept(picture, weights):
    return one_filter(picture, weights)[..., np.newaxis]


def _same_padding(picture, weights):
    return ops.correlate2d(picture, weights[..., np.newaxis], padding="same")[..., 0]


def _same_kernel_for_all(picture, weights):
    return ops.correlate2d(picture.sum(axis=2), weights[:, :, 0])


def _everything_with_everything(picture, weights):
    return ops.correlate2d(picture.sum(axis=2), weights.sum(axis=2))


def _flipped(picture, weights):
    return one_filter(picture, weights[::-1, ::-1])


def _pictures_with_channels():
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


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def conv_macs(height, width, channels, filters, kernel_size):
    """Return how many multiply-adds a convolution takes for a picture.

    The picture has height, width and channels; each of the filters is
    kernel_size high and wide. There is no padding, the stride is 1.
    """
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    for_one_number = kernel_size * kernel_size * channels
    return places * filters * for_one_number


def _weights_only(height, width, channels, filters, kernel_size):
    return kernel_size * kernel_size * channels * filters


def _places_of_the_input(height, width, channels, filters, kernel_size):
    return height * width * filters * kernel_size * kernel_size * channels


def _one_channel(height, width, channels, filters, kernel_size):
    return conv_macs(height, width, 1, filters, kernel_size)


def _one_map(height, width, channels, filters, kernel_size):
    return conv_macs(height, width, channels, 1, kernel_size)


def _with_the_bias(height, width, channels, filters, kernel_size):
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    return places * filters * (kernel_size * kernel_size * channels + 1)


def _kernel_not_squared(height, width, channels, filters, kernel_size):
    return conv_macs(height, width, channels, filters, kernel_size) // kernel_size


def _two_for_each(height, width, channels, filters, kernel_size):
    return 2 * conv_macs(height, width, channels, filters, kernel_size)


def _with_all_biases(height, width, channels, filters, kernel_size):
    return (kernel_size * kernel_size * channels + 1) * filters


def _numbers_of_the_output(height, width, channels, filters, kernel_size):
    return (height - kernel_size + 1) * (width - kernel_size + 1) * filters


def _height_twice(height, width, channels, filters, kernel_size):
    return conv_macs(height, height, channels, filters, kernel_size)


def _width_twice(height, width, channels, filters, kernel_size):
    return conv_macs(width, width, channels, filters, kernel_size)


def _places_one_short(height, width, channels, filters, kernel_size):
    return conv_macs(height - 1, width - 1, channels, filters, kernel_size)


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def first_dense(side, stages, filters, units):
    """Return the number of parameters of the first dense layer.

    The picture is side high and wide. Each of the stages is a 3×3
    convolution without padding and then a 2×2 max pooling, which drops
    a last odd row and column. The last stage has as many filters as
    given. Its maps are flattened; then comes a dense layer of units.
    """
    for _ in range(stages):
        side = side - 3 + 1
        side = side // 2
    inputs = side * side * filters
    return inputs * units + units


def _stages(side, stages, shrink):
    for _ in range(stages):
        side = shrink(side)
    return side


def _dense_without_bias(side, stages, filters, units):
    return first_dense(side, stages, filters, units) - units


def _rounded_up(side, stages, filters, units):
    return (_stages(side, stages, lambda n: math.ceil((n - 2) / 2)) ** 2 * filters + 1) * units


def _rounded_to_nearest(side, stages, filters, units):
    return (_stages(side, stages, lambda n: round((n - 2) / 2)) ** 2 * filters + 1) * units


def _nothing_dropped(side, stages, filters, units):
    return (_stages(side, stages, lambda n: (n - 2) / 2) ** 2 * filters + 1) * units


def _nothing_lost_at_the_border(side, stages, filters, units):
    return (_stages(side, stages, lambda n: n // 2) ** 2 * filters + 1) * units


def _nothing_pooled(side, stages, filters, units):
    return (_stages(side, stages, lambda n: n - 2) ** 2 * filters + 1) * units


def _one_stage_only(side, stages, filters, units):
    return first_dense(side, 1, filters, units)


def _pooled_before_the_convolution(side, stages, filters, units):
    return (_stages(side, stages, lambda n: n // 2 - 2) ** 2 * filters + 1) * units


def _all_convolutions_first(side, stages, filters, units):
    return (((side - 2 * stages) // 2**stages) ** 2 * filters + 1) * units


def _one_bias_in_all(side, stages, filters, units):
    return _dense_without_bias(side, stages, filters, units) + 1


def _bias_for_each_filter(side, stages, filters, units):
    return _dense_without_bias(side, stages, filters, units) + filters


def _inputs_alone(side, stages, filters, units):
    return _stages(side, stages, lambda n: (n - 2) // 2) ** 2 * filters


def _one_map_flattened(side, stages, filters, units):
    return (_stages(side, stages, lambda n: (n - 2) // 2) ** 2 + 1) * units


def _side_not_squared(side, stages, filters, units):
    return (_stages(side, stages, lambda n: (n - 2) // 2) * filters + 1) * units


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def field_size(windows):
    """Return how many places of the picture, along one side, are seen.

    windows is a list of (kernel size, stride) of layers on top of each
    other, the first layer first; pooling is a window like any other.
    The answer is for one number in the map of the last layer.
    """
    field = 1
    jump = 1
    for kernel_size, stride in windows:
        field += (kernel_size - 1) * jump
        jump *= stride
    return field


def _strides_ignored(windows):
    return field_size([(kernel_size, 1) for kernel_size, _ in windows])


def _jump_too_early(windows):
    field, jump = 1, 1
    for kernel_size, stride in windows:
        jump *= stride
        field += (kernel_size - 1) * jump
    return field


def _from_nothing(windows):
    return field_size(windows) - 1


def _kernels_added(windows):
    return sum(kernel_size for kernel_size, _ in windows)


def _kernels_multiplied(windows):
    return math.prod(kernel_size for kernel_size, _ in windows)


def _last_layer_first(windows):
    return field_size(windows[::-1])


def _jumps_replaced(windows):
    field, jump = 1, 1
    for kernel_size, stride in windows:
        field += (kernel_size - 1) * jump
        jump = stride
    return field


def _pixels_of_the_square(windows):
    return field_size(windows) ** 2


def _jump_with_whole_kernel(windows):
    field, jump = 1, 1
    for kernel_size, stride in windows:
        field += kernel_size * jump
        jump *= stride
    return field


# ── Exercise 5 ────────────────────────────────────────────────────────────────────────────────────────────────────


def leaky_relu(x, slope):
    """Return x where it is positive, and slope times x elsewhere.

    x is a NumPy array, slope a small number such as 0.1.
    """
    return np.maximum(0, x) + slope * np.minimum(0, x)


def _as_on_the_slide(x, slope):
    return np.maximum(0, -slope * x) + np.maximum(0, x)


def _plain_relu(x, slope):
    return np.maximum(0, x)


def _slope_everywhere(x, slope):
    return slope * x


def _constant_below_zero(x, slope):
    return np.where(x > 0, x, -slope)


def _constant_above_zero(x, slope):
    return np.where(x > 0, x, slope)


def _slope_added_everywhere(x, slope):
    return np.maximum(0, x) + slope * x


def _always_a_tenth(x, slope):
    return leaky_relu(x, 0.1)


def _slopes_alone(x, slope):
    return np.where(x > 0, 1, slope)


def _slope_on_the_right(x, slope):
    return np.where(x > 0, slope * x, x)


EXERCISES = [
    Exercise(
        id="04-all-channels",
        title="One filter, all channels",
        prompt=(
            "Write `one_filter(picture, weights)`: the map that one filter gives of a picture with any number of "
            "channels. The first test is the example worked above, on a picture one row and one column larger. (Where a "
            "picture is printed with its channels, each innermost bracket holds the channels of one place.)"
        ),
        solution=one_filter,
        hints=(
            "`picture[:, :, c]` is channel number `c`, and `weights[:, :, c]` is the kernel for it.",
            "Each channel with its kernel gives a map. All these maps have the same shape.",
            "Add the maps: `sum(... for c in range(picture.shape[2]))`.",
        ),
        inputs=_pictures_with_channels,
        wrong_answers=(
            WrongAnswer(_first_channel_only, "Only the first channel has been looked at."),
            WrongAnswer(
                _mean_over_channels,
                "You took the mean over the channels. A filter adds them up; there is nothing to divide by.",
            ),
            WrongAnswer(
                _maps_not_added,
                "You have a map for each channel. They still have to be added up: one filter gives one map.",
            ),
            WrongAnswer(
                _maps_in_a_list,
                "You have a map for each channel. Add them up, place by place: one filter gives one map.",
            ),
            WrongAnswer(_maps_multiplied, "You multiplied the maps of the channels with each other. They are added."),
            WrongAnswer(
                _channel_axis_kept,
                "The numbers are right. But the map should have two axes: take the single channel out of the last one.",
            ),
            WrongAnswer(
                _same_padding, "The picture has been padded. Without padding the map is smaller than the picture."
            ),
            WrongAnswer(
                _same_kernel_for_all,
                "You slid the kernel of the first channel over all channels. Each channel has a kernel of its own.",
            ),
            WrongAnswer(
                _everything_with_everything,
                "You added up the channels, or the kernels, before multiplying. Then each kernel meets every channel. "
                "Multiply first: channel 0 with kernel 0, channel 1 with kernel 1; then add.",
            ),
            WrongAnswer(_flipped, "You flipped the kernels. A layer does not: use correlate2d, not convolve2d."),
        ),
    ),
    Exercise(
        id="04-conv-macs",
        title="The work of a convolution",
        prompt=(
            "Write `conv_macs(height, width, channels, filters, kernel_size)`: how many multiply-adds a convolution "
            "takes, without padding and with a stride of 1. The first test is small: one filter of 2×2 on a grey "
            "picture of 3×4."
        ),
        solution=conv_macs,
        hints=(
            "How many multiply-adds does one number of the output take? And how many numbers has the output?",
            "One number takes a multiply-add for each weight of its filter: kernel_size · kernel_size · channels.",
            "The output is (height − kernel_size + 1) high, in the same way wide, and has a map for each filter.",
        ),
        inputs=lambda: [(3, 4, 1, 1, 2), (28, 28, 1, 32, 3), (13, 13, 32, 64, 3), (10, 20, 3, 8, 5)],
        wrong_answers=(
            WrongAnswer(
                _weights_only, "This is the number of weights. Each of them is used at every place of the map."
            ),
            WrongAnswer(
                _places_of_the_input,
                "You counted the places of the input. Without padding the filter has fewer: count those of the output.",
            ),
            WrongAnswer(_one_channel, "A filter spans all channels; you counted the multiply-adds in one of them."),
            WrongAnswer(_one_map, "This is the work of one filter. Each filter makes a map of its own."),
            WrongAnswer(
                _with_the_bias,
                "You counted the bias too. It is added, but multiplied by nothing, so it is no multiply-add.",
            ),
            WrongAnswer(
                _two_for_each, "This is twice as much: a multiplication and its addition are one multiply-add."
            ),
            WrongAnswer(
                _with_all_biases,
                "This is the number of parameters. Each weight is used at every place of the map; the biases do not count.",
            ),
            WrongAnswer(
                _numbers_of_the_output,
                "These are the numbers of the output. Each of them takes a multiply-add for every weight of its filter.",
            ),
            WrongAnswer(_height_twice, "You used the height for both sides. A picture need not be square."),
            WrongAnswer(_width_twice, "You used the width for both sides. A picture need not be square."),
            WrongAnswer(_kernel_not_squared, "The kernel is as high as it is wide: kernel_size counts twice."),
            WrongAnswer(
                _places_one_short,
                "One place is missing in each row and column: there are n − k + 1, because the kernel also starts at 0.",
            ),
        ),
    ),
    Exercise(
        id="04-first-dense",
        title="The first dense layer",
        prompt=(
            "Write `first_dense(side, stages, filters, units)`: follow a square picture through stages of a 3×3 "
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
        wrong_answers=(
            WrongAnswer(_dense_without_bias, "Each unit has a bias as well."),
            WrongAnswer(
                _rounded_up,
                "Your sides come out too large where one is odd. The convolution takes 2 off, not 1; then the pooling drops a "
                "last odd row and column: 13 becomes 11, and 11 becomes 5, not 6.",
            ),
            WrongAnswer(
                _rounded_to_nearest,
                "round goes up as often as down. The pooling drops an odd row: 11 becomes 5. Use //.",
            ),
            WrongAnswer(
                _nothing_dropped, "There are no half rows: where a side is odd, the pooling drops the last one."
            ),
            WrongAnswer(
                _nothing_lost_at_the_border,
                "You forgot that the convolutions shrink the maps too: 3×3 without padding takes 2 off each side.",
            ),
            WrongAnswer(_nothing_pooled, "You forgot the pooling, which halves each side."),
            WrongAnswer(_one_stage_only, "You went through one stage. There are as many as stages says."),
            WrongAnswer(
                _pooled_before_the_convolution,
                "You pooled first. In each stage the convolution comes before the pooling.",
            ),
            WrongAnswer(
                _all_convolutions_first,
                "You took all the convolutions first and then all the poolings. They take turns, stage by stage.",
            ),
            WrongAnswer(_one_bias_in_all, "You added one bias for the whole layer. Each unit has its own."),
            WrongAnswer(
                _bias_for_each_filter,
                "You added a bias for each filter. The biases of a dense layer belong to its units.",
            ),
            WrongAnswer(
                _inputs_alone, "These are the inputs of the dense layer. Each unit has a weight for each of them."
            ),
            WrongAnswer(_one_map_flattened, "You flattened one map. All maps of the last stage are flattened."),
            WrongAnswer(_side_not_squared, "A map is as high as it is wide: its side counts twice."),
        ),
    ),
    Exercise(
        id="04-field",
        title="How much a number sees",
        prompt=(
            "Write `field_size(windows)`: the receptive field, along one side, of one number after the given layers. "
            "The first test is a 3×3 convolution, a 2×2 pooling with a stride of 2, and another 3×3 convolution."
        ),
        solution=field_size,
        hints=(
            "Keep two numbers while you go from layer to layer: the field, and the jump, how far apart in the picture "
            "two neighbouring places of the present map are. Both are 1 in the picture itself.",
            "A kernel of k places reaches over k − 1 steps, and each of these steps is one jump long.",
            "First add (k − 1) · jump to the field, then multiply the jump by the stride: the stride only moves the "
            "neighbours of the new map apart.",
        ),
        inputs=lambda: [
            ([(3, 1), (2, 2), (3, 1)],),
            ([(3, 1)],),
            ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],),
            ([(7, 2), (3, 2), (3, 3), (5, 1)],),
        ],
        wrong_answers=(
            WrongAnswer(
                _strides_ignored,
                "You ignored the strides. After a stride of 2, one step in the map is two steps in the picture.",
            ),
            WrongAnswer(
                _jump_too_early,
                "You let a layer's own stride widen its own window. Its stride counts only for the layers after it: "
                "add to the field first, then multiply the jump.",
            ),
            WrongAnswer(_from_nothing, "The field starts at 1: a pixel sees itself."),
            WrongAnswer(
                _pixels_of_the_square, "This is the number of pixels in the field. Asked is the length of a side."
            ),
            WrongAnswer(_kernels_added, "Windows overlap: a kernel of k adds only k − 1 steps, each one jump long."),
            WrongAnswer(
                _kernels_multiplied,
                "You multiplied by the sizes of the kernels. A kernel of k adds k − 1 steps of one jump each, and only "
                "strides make the jump longer.",
            ),
            WrongAnswer(
                _last_layer_first,
                "You went through the layers in the wrong order. Field and jump grow from the first layer to the last; a "
                "region traced backwards starts at the last.",
            ),
            WrongAnswer(_jumps_replaced, "Strides multiply: after two strides of 2, one step is four pixels long."),
            WrongAnswer(
                _jump_with_whole_kernel,
                "A kernel of k places has only k − 1 steps between its first place and its last.",
            ),
        ),
    ),
    Exercise(
        id="04-leaky",
        title="A ReLU that leaks",
        prompt=(
            "Write `leaky_relu(x, slope)`. The first test takes −2, 0 and 3 with a slope of 0.1. Hold your result "
            "against the formula on the slide."
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
        wrong_answers=(
            WrongAnswer(
                _as_on_the_slide,
                "Left of zero your result is positive, as with the formula on the slide: the line is folded up. What is "
                "negative should stay negative.",
            ),
            WrongAnswer(_plain_relu, "This is the plain ReLU: nothing leaks through left of zero."),
            WrongAnswer(_slope_everywhere, "What is positive should stay as it is."),
            WrongAnswer(_constant_below_zero, "Left of zero it should still depend on x: slope times x."),
            WrongAnswer(_constant_above_zero, "Left of zero it should be slope times x, not slope itself."),
            WrongAnswer(
                _slope_added_everywhere,
                "Right of zero you have added slope times x as well. It belongs to the negative numbers alone.",
            ),
            WrongAnswer(_always_a_tenth, "This is right for a slope of 0.1 only. Use the argument slope."),
            WrongAnswer(_slopes_alone, "These are the slopes of the function. Asked are its values."),
            WrongAnswer(
                _slope_on_the_right, "The sides are exchanged: it is the negative numbers that are made small."
            ),
        ),
    ),
]
