"""Exercises of chapter 15, the evolution of convolutional networks."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def top_error(scores, labels, k):
    """Measure how often the right class is not among the first k.

    `scores` has a row for each picture and a column for each class; no
    two scores of a row are equal. `labels` has the right class of each
    picture. Return the share of the pictures whose right class is not
    among the `k` classes with the greatest scores, from 0 to 1.
    """
    best = np.argsort(scores, axis=1)[:, -k:]
    found = [label in row for label, row in zip(labels, best)]
    return 1 - np.mean(found)


def _number_wrong(scores, labels, k):
    return round(top_error(scores, labels, k) * len(labels))


def _share_right(scores, labels, k):
    return 1 - top_error(scores, labels, k)


def _first_only(scores, labels, k):
    return top_error(scores, labels, 1)


def _smallest(scores, labels, k):
    return top_error(-np.asarray(scores), labels, k)


def _kth_only(scores, labels, k):
    kth = np.argsort(scores, axis=1)[:, -k]
    return float(np.mean(kth != np.asarray(labels)))


def _per_cent(scores, labels, k):
    return 100 * top_error(scores, labels, k)


def _share_right_per_cent(scores, labels, k):
    return 100 * (1 - top_error(scores, labels, k))


def _number_right(scores, labels, k):
    return round((1 - top_error(scores, labels, k)) * len(labels))


def _scores_not_classes(scores, labels, k):
    best = np.sort(scores, axis=1)[:, -k:]
    return float(np.mean([label not in row for label, row in zip(labels, best)]))


def _one_too_many_classes(scores, labels, k):
    return top_error(scores, labels, k + 1)


def _best_left_out(scores, labels, k):
    best = np.argsort(scores, axis=1)[:, -k:-1]
    return float(np.mean([label not in row for label, row in zip(labels, best)]))


def _in_any_row(scores, labels, k):
    return 1 - float(np.mean(np.isin(labels, np.argsort(scores, axis=1)[:, -k:])))


def _one_for_each_picture(scores, labels, k):
    return [label not in row for label, row in zip(labels, np.argsort(scores, axis=1)[:, -k:])]


def _answers():
    random = np.random.default_rng(15)
    few = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    return [
        (few, np.array([0, 0, 2, 1]), 2),
        (few, np.array([0, 0, 2, 1]), 1),
        (random.permutation(240).reshape(20, 12) / 240, random.integers(0, 12, 20), 5),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def weights_of_stack(field, channels):
    """Count the weights of a stack of 3x3 convolutions.

    The stack, with stride 1, is just deep enough that one number at its
    end sees `field` times `field` places of its input. `field` is odd
    and at least 3. Every layer takes `channels` maps and gives as many.
    Count no biases.
    """
    layers = (field - 1) // 2
    return layers * 3 * 3 * channels * channels


def _one_large_kernel(field, channels):
    return field * field * channels * channels


def _field_by_three(field, channels):
    return field // 3 * 9 * channels**2


def _one_channel_out(field, channels):
    return (field - 1) // 2 * 9 * channels


def _with_biases(field, channels):
    return (field - 1) // 2 * (9 * channels**2 + channels)


def _one_layer(field, channels):
    return 9 * channels**2


def _one_too_many(field, channels):
    return (field + 1) // 2 * 9 * channels**2


def _windows_in_window(field, channels):
    return (field - 2) * 9 * channels**2


def _one_place_a_layer(field, channels):
    return (field - 1) * 9 * channels**2


def _one_too_few(field, channels):
    return (field - 3) // 2 * 9 * channels**2


def _thirds_rounded_up(field, channels):
    return -(-field // 3) * 9 * channels**2


def _kernel_of_three(field, channels):
    return (field - 1) // 2 * 3 * channels**2


def _single_maps(field, channels):
    return (field - 1) // 2 * 9


def _layers_alone(field, channels):
    return (field - 1) // 2


def _always_three_layers(field, channels):
    return 27 * channels**2


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def inception_model(input_shape, filters):
    """Build a model that is one inception module.

    `filters` has six numbers: of the 1x1 convolution that stands alone,
    of the 1x1 before the 3x3, of the 3x3, of the 1x1 before the 5x5, of
    the 5x5, and of the 1x1 after the pooling. Every convolution has a
    bias and a ReLU. The pooling is a maximum over 3x3. Height and width
    stay. Return a keras.Model.
    """
    import keras
    from keras.layers import Concatenate, Conv2D, MaxPooling2D

    def conv(number, size, maps):
        layer = Conv2D(number, size, padding="same", activation="relu")
        return layer(maps)

    x = keras.Input(input_shape)
    one = conv(filters[0], 1, x)
    three = conv(filters[2], 3, conv(filters[1], 1, x))
    five = conv(filters[4], 5, conv(filters[3], 1, x))
    pool = MaxPooling2D(3, strides=1, padding="same")(x)
    pool = conv(filters[5], 1, pool)
    return keras.Model(x, Concatenate()([one, three, five, pool]))


def _module(
    input_shape,
    filters,
    *,
    reduce=True,
    first="relu",
    last="relu",
    activation="relu",
    pool="max, then 1x1",
    large=5,
    bias=True,
):
    import keras
    from keras.layers import AveragePooling2D, Concatenate, Conv2D, MaxPooling2D

    def conv(number, size, maps, activation=activation):
        return Conv2D(number, size, padding="same", activation=activation, use_bias=bias)(maps)

    x = keras.Input(input_shape)
    three = conv(filters[2], 3, conv(filters[1], 1, x, first) if reduce else x)
    five = conv(filters[4], large, conv(filters[3], 1, x, first) if reduce else x)
    pooling = (AveragePooling2D if "mean" in pool else MaxPooling2D)(3, strides=1, padding="same")
    if pool == "1x1, then max":
        pooled = pooling(conv(filters[5], 1, x))
    else:
        pooled = pooling(x) if pool == "max" else conv(filters[5], 1, pooling(x), last)
    return keras.Model(x, Concatenate()([conv(filters[0], 1, x), three, five, pooled]))


def _not_reduced(input_shape, filters):
    return _module(input_shape, filters, reduce=False)


def _pooling_alone(input_shape, filters):
    return _module(input_shape, filters, pool="max")


def _pooling_after(input_shape, filters):
    return _module(input_shape, filters, pool="1x1, then max")


def _mean_pooling(input_shape, filters):
    return _module(input_shape, filters, pool="mean, then 1x1")


def _no_relu(input_shape, filters):
    return _module(input_shape, filters, activation=None, first=None, last=None)


def _no_relu_before(input_shape, filters):
    return _module(input_shape, filters, first=None)


def _no_relu_after_pooling(input_shape, filters):
    return _module(input_shape, filters, last=None)


def _no_small_kernels(input_shape, filters):
    return _module(input_shape, filters, reduce=False, pool="max")


def _no_five(input_shape, filters):
    return _module(input_shape, filters, large=3)


def _no_biases(input_shape, filters):
    return _module(input_shape, filters, bias=False)


def _filters_in_pairs_exchanged(input_shape, filters):
    one, three_reduce, three, five_reduce, five, pool = filters
    return _module(input_shape, (one, three, three_reduce, five, five_reduce, pool))


def _exchanged(input_shape, filters):
    one, three_reduce, three, five_reduce, five, pool = filters
    return _module(input_shape, (one, five_reduce, five, three_reduce, three, pool))


def _one_after_another(input_shape, filters):
    import keras
    from keras.layers import Conv2D, MaxPooling2D

    def conv(number, size, maps):
        return Conv2D(number, size, padding="same", activation="relu")(maps)

    x = keras.Input(input_shape)
    y = conv(filters[0], 1, x)
    y = conv(filters[2], 3, conv(filters[1], 1, y))
    y = conv(filters[4], 5, conv(filters[3], 1, y))
    y = MaxPooling2D(3, strides=1, padding="same")(y)
    return keras.Model(x, conv(filters[5], 1, y))


def _judged_module(model, input_shape, filters):
    """shape of the output, parameters, and mean answers to one picture: kernels of 0.1 and of -0.1, biases of -0.1"""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"a keras.Model is wanted, this is a {type(model).__name__}")
    if model.input_shape != (None, *input_shape):
        raise ValueError(f"its input is {model.input_shape}, wanted is {(None, *input_shape)}")
    picture = np.random.default_rng(3).uniform(-1, 2, (1, *input_shape)).astype(np.float32)
    means = []
    for kernel in (0.1, -0.1):  # the second tells whether there is a ReLU after the pooling's convolution
        model.set_weights([np.full(w.shape, kernel if w.ndim == 4 else -0.1, np.float32) for w in model.get_weights()])
        means.append(round(float(np.asarray(model(picture)).mean()), 4))
    return [*model.output_shape[1:], model.count_params(), *means]


def _modules():
    return [((4, 4, 3), (1, 2, 3, 1, 2, 1)), ((6, 5, 8), (4, 2, 6, 3, 5, 2))]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def residual_model(input_shape, filters, strides):
    """Build a model that is one residual block.

    Two 3x3 convolutions with `filters` filters and no bias, the first
    with `strides`; batch normalization after each, and a ReLU between.
    What came in is added, then comes a last ReLU. Where the shapes do
    not agree, what came in first goes through a 1x1 convolution without
    bias, with the same strides, and a batch normalization. Height and
    width are only changed by the strides. Return a keras.Model.
    """
    import keras
    from keras.layers import Add, BatchNormalization, Conv2D, ReLU

    def conv(size, step, maps):
        layer = Conv2D(filters, size, step, padding="same", use_bias=False)
        return BatchNormalization()(layer(maps))

    x = keras.Input(input_shape)
    y = conv(3, 1, ReLU()(conv(3, strides, x)))
    shortcut = x if x.shape == y.shape else conv(1, strides, x)
    return keras.Model(x, ReLU()(Add()([y, shortcut])))


def _block(
    input_shape,
    filters,
    strides,
    *,
    shortcut="right",
    last="after",
    inner="after",
    bias=False,
    normalize=True,
    late=False,
):
    import keras
    from keras.layers import Add, BatchNormalization, Concatenate, Conv2D, ReLU

    def conv(size, step, maps, normal=normalize, bias=bias, early=False):
        maps = Conv2D(filters, size, step, padding="same", use_bias=bias)(maps)
        maps = ReLU()(maps) if early else maps
        return BatchNormalization()(maps) if normal else maps

    x = keras.Input(input_shape)
    y = conv(3, 1 if late else strides, x, early=inner == "before normalization")
    y = conv(3, strides if late else 1, ReLU()(y) if inner == "after" else y)
    if shortcut != "none":
        same = x.shape == y.shape and shortcut != "always projected"
        kept = (
            x if same else conv(1, strides, x, normalize and shortcut != "not normalized", shortcut == "bias" or bias)
        )
        if shortcut == "relu" and not same:
            kept = ReLU()(kept)
        if last in ("before", "both"):
            y = ReLU()(y)
        y = (Concatenate() if shortcut == "stacked" else Add())([y, kept])
    return keras.Model(x, ReLU()(y) if last in ("after", "both") else y)


def _without_shortcut(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="none")


def _stacked(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="stacked")


def _always_projected(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="always projected")


def _relu_before(input_shape, filters, strides):
    return _block(input_shape, filters, strides, last="before")


def _no_last_relu(input_shape, filters, strides):
    return _block(input_shape, filters, strides, last="none")


def _with_bias(input_shape, filters, strides):
    return _block(input_shape, filters, strides, bias=True)


def _no_normalization(input_shape, filters, strides):
    return _block(input_shape, filters, strides, normalize=False)


def _shortcut_not_normalized(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="not normalized")


def _no_inner_relu(input_shape, filters, strides):
    return _block(input_shape, filters, strides, inner="none")


def _relu_before_normalization(input_shape, filters, strides):
    return _block(input_shape, filters, strides, inner="before normalization")


def _relu_before_and_after(input_shape, filters, strides):
    return _block(input_shape, filters, strides, last="both")


def _shortcut_with_bias(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="bias")


def _shortcut_with_relu(input_shape, filters, strides):
    return _block(input_shape, filters, strides, shortcut="relu")


def _strides_late(input_shape, filters, strides):
    return _block(input_shape, filters, strides, late=True)


def _judged_block(model, input_shape, filters, strides):
    """shape, parameters, mean answer and gradient for kernels of 0, mean answer for -0.1 and for 0.1 (betas -0.2)"""
    import keras
    import tensorflow as tf

    if not isinstance(model, keras.Model):
        raise TypeError(f"a keras.Model is wanted, this is a {type(model).__name__}")
    if model.input_shape != (None, *input_shape):
        raise ValueError(f"its input is {model.input_shape}, wanted is {(None, *input_shape)}")
    picture = tf.constant(np.random.default_rng(3).normal(size=(1, *input_shape)), tf.float32)
    kept = model.get_weights()

    def answer(kernel, shift=0.0):
        # shifted, a ReLU before a normalization and one after it are told apart
        values = [np.full_like(w, kernel) if w.ndim == 4 else w for w in kept]
        for place, variable in enumerate(model.weights):
            if variable.name == "beta":
                values[place] = np.full_like(values[place], shift)
        model.set_weights(values)
        with tf.GradientTape() as tape:
            tape.watch(picture)
            maps = model(picture, training=False)
        return maps, tape.gradient(maps, picture)

    zero, gradient = answer(0.0)
    negative, positive = answer(-0.1)[0], answer(0.1, -0.2)[0]
    means = [float(tf.reduce_mean(part)) for part in (zero, gradient, negative, positive)]
    return [*zero.shape[1:], model.count_params(), *(round(mean, 4) for mean in means)]


def _blocks():
    return [((4, 4, 2), 2, 1), ((6, 6, 2), 4, 2), ((4, 4, 2), 3, 1), ((6, 6, 4), 4, 2)]


EXERCISES = [
    Exercise(
        id="15-top-five",
        title="Not among the first five",
        prompt=(
            "Write `top_error(scores, labels, k)`. By hand first, with three classes and k = 2: the scores 0.5 0.3 0.2, "
            "0.1 0.2 0.7, 0.2 0.5 0.3 and 0.6 0.1 0.3, and the right classes 0, 0, 2 and 1, counted from 0. For how many of "
            "the four pictures is the right class not among the best two?"
        ),
        solution=top_error,
        hints=[
            "`np.argsort(scores, axis=1)` gives the classes of each row in the order of their scores, the smallest first.",
            "The last `k` columns of that are the best `k` classes: `[:, -k:]`. Is the right class in that row?",
            "The share that is not found is 1 less the mean of the list of what is found.",
        ],
        inputs=_answers,
        wrong_answers=[
            WrongAnswer(
                _number_wrong, "This is the number of pictures. A rate is the share: divide by how many there are."
            ),
            WrongAnswer(_share_right, "This is the share that is found: the accuracy. The error is the rest."),
            WrongAnswer(_first_only, "This asks for the best class only, whatever `k` is."),
            WrongAnswer(_smallest, "`argsort` puts the smallest score first. The best classes are the last `k`."),
            WrongAnswer(_kth_only, "This looks at the k-th best class alone. Any of the first `k` will do."),
            WrongAnswer(_per_cent, "This is in per cent. Wanted is a share from 0 to 1."),
            WrongAnswer(
                _share_right_per_cent, "This is what is found, in per cent. Wanted is what is not found, from 0 to 1."
            ),
            WrongAnswer(
                _number_right, "This is the number of pictures that are found. Wanted is the share of the others."
            ),
            WrongAnswer(
                _scores_not_classes,
                "Nothing, or next to nothing, is found. Did you look for the class among the scores? `argsort` gives classes.",
            ),
            WrongAnswer(_one_too_many_classes, "This looks at one class more than `k`."),
            WrongAnswer(
                _best_left_out, "The very best class is left out: a slice that ends at -1 lacks the last column."
            ),
            WrongAnswer(
                _in_any_row,
                "The right class may be in any picture's row here. Each picture has its own row: look there.",
            ),
            WrongAnswer(
                _one_for_each_picture, "This says it for each picture. Wanted is one number: the share of them."
            ),
        ],
    ),
    Exercise(
        id="15-stack",
        title="Small kernels, stacked",
        prompt=(
            "Write `weights_of_stack(field, channels)`. By hand first: how many 3×3 convolutions, one after the other, see "
            "7×7 places? And how many weights do they have with 2 channels, against one 7×7 convolution?"
        ),
        solution=weights_of_stack,
        hints=[
            "One layer sees 3. The next sees one place more on either side: 5.",
            "The number of layers is `(field - 1) // 2`.",
            "A layer has a 3×3 kernel for every pair of an incoming and an outgoing map: `9 * channels * channels` weights.",
        ],
        inputs=lambda: [(7, 2), (5, 64), (3, 16), (11, 96)],
        wrong_answers=[
            WrongAnswer(_one_large_kernel, "These are the weights of one large kernel. How many has the stack?"),
            WrongAnswer(_field_by_three, "Fields overlap: two layers see 5 places, not 6. Each adds two to the field."),
            WrongAnswer(
                _one_channel_out, "That is for one filter a layer. Each layer has as many filters as channels."
            ),
            WrongAnswer(_with_biases, "You counted a bias for each filter. Wanted are the weights alone."),
            WrongAnswer(_one_layer, "This is one layer. It takes more of them to see so far."),
            WrongAnswer(_one_too_many, "One layer too many: the first alone sees 3 places already."),
            WrongAnswer(_windows_in_window, "A layer adds two places to the field, one on either side."),
            WrongAnswer(_one_place_a_layer, "A layer adds two places to the field, not one: one on either side."),
            WrongAnswer(_one_too_few, "One layer is missing: the first sees 3 places, and each further one adds two."),
            WrongAnswer(_thirds_rounded_up, "Fields overlap: each layer after the first adds two places, not three."),
            WrongAnswer(
                _kernel_of_three, "The number of layers is right. A 3×3 kernel has 9 weights for a map, not 3."
            ),
            WrongAnswer(
                _single_maps, "This is for one map in and one out. How many pairs of maps are there in a layer?"
            ),
            WrongAnswer(_layers_alone, "This is the number of layers, and right. How many weights has each of them?"),
            WrongAnswer(_always_three_layers, "Three layers see 7 places. How many are needed depends on `field`."),
        ],
    ),
    Exercise(
        id="15-inception",
        title="Mend an inception module",
        prompt=(
            "Here is a module that somebody wrote in a hurry. Keras refuses it, and that is the first of its mistakes only.\n\n"
            "```python\n"
            "one = Conv2D(filters[0], 1, activation='relu')(x)\n"
            "three = Conv2D(filters[2], 3, activation='relu')(x)\n"
            "five = Conv2D(filters[4], 5, activation='relu')(x)\n"
            "pool = MaxPooling2D(3)(x)\n"
            "Concatenate()([one, three, five, pool])\n"
            "```\n\n"
            "Write it as it should be, as `inception_model(input_shape, filters)`. By hand first: for an input of 4×4×3 and "
            "the filters 1, 2, 3, 1, 2 and 1, how many maps come out, and how many parameters has the module?"
        ),
        solution=inception_model,
        hints=[
            "What can be stacked has the same height and width. Which `padding` keeps them? And which `strides` has a "
            "`MaxPooling2D(3)` if you do not say it?",
            "The drawing has six convolutions. Which three are missing above?",
            "`three = Conv2D(filters[1], 1, ...)(x)`, and then `Conv2D(filters[2], 3, ...)(three)`.",
        ],
        inputs=_modules,
        wrong_answers=[
            WrongAnswer(_not_reduced, "The 1×1 convolutions before the 3×3 and the 5×5 are missing."),
            WrongAnswer(_pooling_alone, "After the pooling comes a 1×1 convolution with `filters[5]` filters."),
            WrongAnswer(_pooling_after, "In the last branch the pooling comes first, and then the 1×1 convolution."),
            WrongAnswer(_mean_pooling, "The pooling takes the maximum of each 3×3 window, not the mean."),
            WrongAnswer(_no_relu, "The shapes are right. Does every convolution have its ReLU?"),
            WrongAnswer(_no_relu_before, "The 1×1 convolutions before the 3×3 and the 5×5 have a ReLU, too."),
            WrongAnswer(_no_relu_after_pooling, "The 1×1 convolution after the pooling has a ReLU, too."),
            WrongAnswer(
                _no_small_kernels,
                "The branches fit now. The three 1×1 convolutions are missing that make many maps to few.",
            ),
            WrongAnswer(_no_five, "The third branch has a kernel of 5×5, not 3×3."),
            WrongAnswer(_no_biases, "The convolutions have no biases here. Wanted is one for each filter."),
            WrongAnswer(
                _filters_in_pairs_exchanged,
                "`filters[1]` and `filters[3]` belong to the 1×1 convolutions, `filters[2]` and `filters[4]` to the 3×3 and 5×5.",
            ),
            WrongAnswer(_exchanged, "The branches with 3×3 and 5×5 have got each other's numbers of filters."),
            WrongAnswer(_one_after_another, "The branches lie side by side: each of the four begins at the input."),
        ],
        judge=_judged_module,
    ),
    Exercise(
        id="15-residual",
        title="Build a residual block",
        prompt=(
            "Write `residual_model(input_shape, filters, strides)`. By hand first: an input of 4×4×2, two filters, stride 1. "
            "How many weights have the two convolutions? Each normalization has four numbers a map. And with all kernels at "
            "zero, what comes out?"
        ),
        solution=residual_model,
        hints=[
            "A convolution, its normalization, a ReLU, a convolution, its normalization. Keep the input for later.",
            "`Add()([y, x])` adds two tensors of the same shape. The last ReLU comes after it.",
            "`x.shape == y.shape` tells whether the input can be added as it is. If not: a 1×1 convolution with the same "
            "`strides` and with `filters` filters, and its normalization.",
        ],
        inputs=_blocks,
        wrong_answers=[
            WrongAnswer(
                _without_shortcut, "The shortcut is missing: with all kernels at zero, nothing would come through."
            ),
            WrongAnswer(_stacked, "This stacks the maps, as DenseNet does. A residual block adds them."),
            WrongAnswer(
                _always_projected, "Where the shapes agree, the input is added as it is, without a convolution."
            ),
            WrongAnswer(_relu_before, "The last ReLU comes after the addition, not before it."),
            WrongAnswer(_no_last_relu, "After the addition there is one more ReLU."),
            WrongAnswer(_with_bias, "The convolutions have no bias: the normalization brings its own."),
            WrongAnswer(_no_normalization, "After each convolution comes a batch normalization."),
            WrongAnswer(
                _shortcut_not_normalized, "The 1×1 convolution of the shortcut has a batch normalization, too."
            ),
            WrongAnswer(
                _strides_late, "The strides belong to the first of the two 3×3 convolutions, not to the second."
            ),
            WrongAnswer(_no_inner_relu, "Between the two convolutions there is a ReLU."),
            WrongAnswer(
                _relu_before_normalization,
                "The first normalization comes right after its convolution, and then the ReLU.",
            ),
            WrongAnswer(_relu_before_and_after, "There is a ReLU too many: just before the addition there is none."),
            WrongAnswer(_shortcut_with_bias, "The 1×1 convolution of the shortcut has no bias either."),
            WrongAnswer(
                _shortcut_with_relu, "On the shortcut there is no ReLU: a convolution, its normalization, no more."
            ),
        ],
        judge=_judged_block,
    ),
]


# ── Quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────
