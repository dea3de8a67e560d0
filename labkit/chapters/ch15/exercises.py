"""Exercises of chapter 15, the evolution of convolutional networks."""

import numpy as np

from labkit.course.exercises import Exercise


def top_error(scores, labels, k):
    """Measure how often the right class is not among the first k.

    `scores` has a row for each image and a column for each class; no
    two scores of a row are equal. `labels` has the right class of each
    image. Return the share of the images whose right class is not
    among the `k` classes with the greatest scores, from 0 to 1.
    """
    best = np.argsort(scores, axis=1)[:, -k:]
    found = [label in row for label, row in zip(labels, best)]
    return 1 - np.mean(found)


def _share_missed(scores, labels, columns):
    return 1 - np.mean([label in row for label, row in zip(labels, np.argsort(scores, axis=1)[:, columns])])


def _answers():
    random = np.random.default_rng(15)
    few = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    return [
        (few, np.array([0, 0, 2, 1]), 2),
        (few, np.array([0, 0, 2, 1]), 1),
        (random.permutation(240).reshape(20, 12) / 240, random.integers(0, 12, 20), 5),
    ]


top_five = Exercise(
    id="15-top-five",
    title="Not among the first five",
    prompt=(
        "Write `top_error(scores, labels, k)`. By hand first, with three classes and k = 2: the scores 0.5 0.3 0.2, "
        "0.1 0.2 0.7, 0.2 0.5 0.3 and 0.6 0.1 0.3, and the right classes 0, 0, 2 and 1, counted from 0. For how many of "
        "the four images is the right class not among the best two?"
    ),
    solution=top_error,
    hints=(
        "`np.argsort(scores, axis=1)` gives the classes of each row in the order of their scores, the smallest first.",
        "The last `k` columns of that are the best `k` classes: `[:, -k:]`. Is the right class in that row?",
        "The share that is not found is 1 less the mean of the list of what is found.",
    ),
    inputs=_answers,
    mistakes={
        "This is the number of images. A rate is the share: divide by how many there are.": lambda scores, labels, k: (
            round(top_error(scores, labels, k) * len(labels))
        ),
        "This is the share that is found: the accuracy. The error is the rest.": lambda scores, labels, k: (
            1 - top_error(scores, labels, k)
        ),
        "This asks for the best class only, whatever `k` is.": lambda scores, labels, k: top_error(scores, labels, 1),
        "`argsort` puts the smallest score first. The best classes are the last `k`.": lambda scores, labels, k: (
            _share_missed(scores, labels, slice(k))
        ),
        "This looks at the k-th best class alone. Any of the first `k` will do.": lambda scores, labels, k: (
            _share_missed(scores, labels, [-k])
        ),
        "Nothing, or next to nothing, is found. Did you look for the class among the scores? `argsort` gives classes.": lambda scores, labels, k: (
            1 - np.mean([label in row for label, row in zip(labels, np.sort(scores)[:, -k:])])
        ),
        "The very best class is left out: a slice that ends at -1 lacks the last column.": lambda scores, labels, k: (
            _share_missed(scores, labels, slice(-k, -1))
        ),
        "The right class may be in any image's row here. Each image has its own row: look there.": lambda scores, labels, k: (
            1 - np.mean(np.isin(labels, np.argsort(scores)[:, -k:]))
        ),
    },
)


def weights_of_stack(field, channels):
    """Count the weights of a stack of 3x3 convolutions.

    The stack, with stride 1, is just deep enough that one activation at
    its end sees `field` times `field` positions of its input. `field` is
    odd and at least 3. Every layer takes `channels` maps and gives as
    many. Count no biases.
    """
    layers = (field - 1) // 2
    return layers * 3 * 3 * channels * channels


stack = Exercise(
    id="15-stack",
    title="Small kernels, stacked",
    prompt=(
        "Write `weights_of_stack(field, channels)`. By hand first: how many 3×3 convolutions, one after the other, see "
        "7×7 positions? And how many weights do they have with 2 channels, against one 7×7 convolution?"
    ),
    solution=weights_of_stack,
    hints=(
        "One layer sees 3. The next sees one position more on either side: 5.",
        "The number of layers is `(field - 1) // 2`.",
        "A layer has a 3×3 kernel for every pair of an incoming and an outgoing map: `9 * channels * channels` weights.",
    ),
    inputs=lambda: [(7, 2), (5, 64), (3, 16), (11, 96)],
    fresh=lambda random: [(2 * int(half) + 1, int(n)) for half, n in random.integers((1, 2), (9, 130), (3, 2))],
    mistakes={
        "These are the weights of one large kernel. How many has the stack?": lambda field, channels: (
            field**2 * channels**2
        ),
        "Fields overlap: two layers see 5 positions, not 6. Each adds two to the field.": lambda field, channels: (
            field // 3 * 9 * channels**2
        ),
        "That is for one filter a layer. Each layer has as many filters as channels.": lambda field, channels: (
            (field - 1) // 2 * 9 * channels
        ),
        "You counted a bias for each filter. Wanted are the weights alone.": lambda field, channels: (
            (field - 1) // 2 * (9 * channels**2 + channels)
        ),
        "One layer too many: the first alone sees 3 positions already.": lambda field, channels: (
            (field + 1) // 2 * 9 * channels**2
        ),
        "A layer adds two positions to the field, not one: one on either side.": lambda field, channels: (
            (field - 1) * 9 * channels**2
        ),
        "One layer is missing: the first sees 3 positions, and each further one adds two.": lambda field, channels: (
            (field - 3) // 2 * 9 * channels**2
        ),
        "This is the number of layers, and right. How many weights has each of them?": lambda field, channels: (
            (field - 1) // 2
        ),
    },
)


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


def _module(input_shape, filters, *, reduce=True, pool="max, 1x1", first="relu", activation="relu"):
    """A module that differs from the right one in what is named."""
    import keras
    from keras.layers import Concatenate, Conv2D, MaxPooling2D

    def conv(number, size, maps, activation=activation):
        return Conv2D(number, size, padding="same", activation=activation)(maps)

    x = keras.Input(input_shape)
    branches = [conv(filters[0], 1, x)]
    for before, after, size in ((1, 2, 3), (3, 4, 5)):
        branches.append(conv(filters[after], size, conv(filters[before], 1, x, first) if reduce else x))
    maps = x
    for step in pool.split(", "):
        maps = MaxPooling2D(3, strides=1, padding="same")(maps) if step == "max" else conv(filters[5], 1, maps)
    return keras.Model(x, Concatenate()([*branches, maps]))


def _one_after_another(input_shape, filters):
    import keras
    from keras.layers import Conv2D, MaxPooling2D

    x = maps = keras.Input(input_shape)
    for number, size in zip(filters[:5], (1, 1, 3, 1, 5), strict=True):
        maps = Conv2D(number, size, padding="same", activation="relu")(maps)
    maps = MaxPooling2D(3, strides=1, padding="same")(maps)
    return keras.Model(x, Conv2D(filters[5], 1, activation="relu")(maps))


def _maps(model, input_shape, kernels):
    """What a model makes of one image, with weights that do not depend on the order in which its layers were made.

    With a moving variance of 10,000 no epsilon of a batch normalization is felt.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"a keras.Model is wanted, this is a {type(model).__name__}")
    given = getattr(model, "input_shape", None)  # a subclass of Model has none
    if given not in (None, (None, *input_shape)):
        raise ValueError(f"its input is {given}, wanted is {(None, *input_shape)}")
    image = np.random.default_rng(3).uniform(-1, 2, (1, *input_shape)).astype(np.float32)
    if given is None:
        model(image)  # which makes its weights
    others = {"bias": -0.1, "beta": -0.2, "gamma": 100, "moving_variance": 10_000}
    for weight in model.weights:
        drawn = kernels * np.random.default_rng(15).normal(size=weight.shape)
        weight.assign(drawn if len(weight.shape) == 4 else np.full(weight.shape, others.get(weight.name, 0)))
    return np.asarray(model(image, training=False))


def _judged_module(model, input_shape, filters):
    """shape of the output, number of parameters, and the mean answer to one image with fixed weights"""
    maps = _maps(model, input_shape, 0.5)
    return [*maps.shape[1:], model.count_params(), round(float(maps.mean()), 4)]


inception = Exercise(
    id="15-inception",
    title="Mend an inception module",
    seconds=20,  # networks are built
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
    hints=(
        "What can be stacked has the same height and width. Which `padding` keeps them? And which `strides` has a "
        "`MaxPooling2D(3)` if you do not say it?",
        "The drawing has six convolutions. Which three are missing above?",
        "`three = Conv2D(filters[1], 1, ...)(x)`, and then `Conv2D(filters[2], 3, ...)(three)`.",
    ),
    inputs=lambda: [((4, 4, 3), (1, 2, 3, 1, 2, 1)), ((6, 5, 8), (4, 2, 6, 3, 5, 2))],
    fresh=lambda random: [((5, 7, 4), tuple(map(int, random.integers(1, 7, 6))))],
    mistakes={
        "The 1×1 convolutions before the 3×3 and the 5×5 are missing.": lambda *given: _module(*given, reduce=False),
        "After the pooling comes a 1×1 convolution with `filters[5]` filters.": lambda *given: _module(
            *given, pool="max"
        ),
        "In the last branch the pooling comes first, and then the 1×1 convolution.": lambda *given: _module(
            *given, pool="1x1, max"
        ),
        "The shapes are right. Does every convolution have its ReLU?": lambda *given: _module(
            *given, activation=None, first=None
        ),
        "The 1×1 convolutions before the 3×3 and the 5×5 have a ReLU, too.": lambda *given: _module(*given, first=None),
        "The branches fit now. The three 1×1 convolutions are missing that make many maps to few.": lambda *given: (
            _module(*given, reduce=False, pool="max")
        ),
        "`filters[1]` and `filters[3]` belong to the 1×1 convolutions, `filters[2]` and `filters[4]` to the 3×3 and 5×5.": lambda shape, filters: (
            _module(shape, [filters[place] for place in (0, 2, 1, 4, 3, 5)])
        ),
        "The branches lie side by side: each of the four begins at the input.": _one_after_another,
    },
    judge=_judged_module,
)


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


def _relu_before_the_sum(input_shape, filters, strides):
    import keras
    from keras.layers import Add, BatchNormalization, Conv2D, ReLU

    def conv(size, step, maps):
        layer = Conv2D(filters, size, step, padding="same", use_bias=False)
        return BatchNormalization()(layer(maps))

    x = keras.Input(input_shape)
    y = ReLU()(conv(3, 1, ReLU()(conv(3, strides, x))))
    shortcut = x if x.shape == y.shape else conv(1, strides, x)
    return keras.Model(x, Add()([y, shortcut]))


def _block(
    input_shape,
    filters,
    strides,
    *,
    join="add",
    projected=False,
    normalized=True,
    last=True,
    bias=False,
    first="normalize, relu",
    strides_first=True,
):
    """A block that differs from the right one in what is named."""
    import keras
    from keras.layers import Add, BatchNormalization, Concatenate, Conv2D, ReLU

    def conv(size, step, maps, then="normalize"):
        maps = Conv2D(filters, size, step, padding="same", use_bias=bias)(maps)
        for layer in then.split(", "):
            maps = {"normalize": BatchNormalization, "relu": ReLU, "": keras.layers.Identity}[layer]()(maps)
        return maps

    x = keras.Input(input_shape)
    y = conv(3, strides if strides_first else 1, x, first)
    y = conv(3, 1 if strides_first else strides, y)
    if join != "none":
        same = x.shape == y.shape and not projected
        shortcut = x if same else conv(1, strides, x, "normalize" if normalized else "")
        y = {"add": Add, "stack": Concatenate}[join]()([y, shortcut])
    return keras.Model(x, ReLU()(y) if last else y)


def _judged_block(model, input_shape, filters, strides):
    """shape of the output, number of parameters, and mean answers to one image: kernels of 0, and fixed kernels"""
    maps = _maps(model, input_shape, 0.0)
    means = (maps.mean(), _maps(model, input_shape, 0.3).mean())
    return [*maps.shape[1:], model.count_params(), *(round(float(mean), 4) for mean in means)]


residual = Exercise(
    id="15-residual",
    title="Build a residual block",
    seconds=20,  # networks are built
    prompt=(
        "Write `residual_model(input_shape, filters, strides)`. By hand first: an input of 4×4×2, two filters, stride 1. "
        "How many weights have the two convolutions? Each normalization has four numbers a map. And with all kernels at "
        "zero, what comes out?"
    ),
    solution=residual_model,
    hints=(
        "A convolution, its normalization, a ReLU, a convolution, its normalization. Keep the input for later.",
        "`Add()([y, x])` adds two tensors of the same shape. The last ReLU comes after it.",
        "`x.shape == y.shape` tells whether the input can be added as it is. If not: a 1×1 convolution with the same "
        "`strides` and with `filters` filters, and its normalization.",
    ),
    inputs=lambda: [((4, 4, 2), 2, 1), ((4, 4, 2), 3, 1), ((6, 6, 4), 4, 2)],
    fresh=lambda random: [((6, 4, 3), 3, 1), ((4, 6, 2), int(random.integers(3, 7)), 1), ((8, 6, 3), 5, 2)],
    mistakes={
        "The shortcut is missing: with all kernels at zero, nothing would come through.": lambda *given: _block(
            *given, join="none"
        ),
        "This stacks the maps, as DenseNet does. A residual block adds them.": lambda *given: _block(
            *given, join="stack"
        ),
        "Where the shapes agree, the input is added as it is, without a convolution.": lambda *given: _block(
            *given, projected=True
        ),
        "The last ReLU comes after the addition, not before it.": _relu_before_the_sum,
        "After the addition there is one more ReLU.": lambda *given: _block(*given, last=False),
        "The convolutions have no bias: the normalization brings its own.": lambda *given: _block(*given, bias=True),
        "The 1×1 convolution of the shortcut has a batch normalization, too.": lambda *given: _block(
            *given, normalized=False
        ),
        "The strides belong to the first of the two 3×3 convolutions, not to the second.": lambda *given: _block(
            *given, strides_first=False
        ),
        "The first normalization comes right after its convolution, and then the ReLU.": lambda *given: _block(
            *given, first="relu, normalize"
        ),
    },
    judge=_judged_block,
)


EXERCISES = [stack, inception, residual, top_five]  # in the order in which the chapter poses them
