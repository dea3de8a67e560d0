"""Exercises of chapter 16, training deep networks."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def chain_slope(x, weights):
    """Differentiate a chain of sigmoids.

    The number `x` goes through one layer for each number of `weights`:
    it is multiplied by the weight, and the product z goes through the
    sigmoid, s(z) = 1 / (1 + exp(-z)). What comes out is the input of the
    next layer. Return the derivative of what comes out at the end by `x`.
    The slope of the sigmoid is s(z) * (1 - s(z)).
    """
    slope = 1.0
    for weight in weights:
        x = 1 / (1 + np.exp(-weight * x))
        slope *= weight * x * (1 - x)
    return slope


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _walk(x, weights):
    """The sums z and the outputs of all layers."""
    sums, outputs = [], []
    for weight in weights:
        sums.append(weight * x)
        x = _sigmoid(sums[-1])
        outputs.append(x)
    return np.array(sums), np.array(outputs)


def _output(x, weights):
    return _walk(x, weights)[1][-1]


def _without_weights(x, weights):
    _, outputs = _walk(x, weights)
    return np.prod(outputs * (1 - outputs))


def _slope_at_the_output(x, weights):
    _, outputs = _walk(x, weights)
    again = _sigmoid(outputs)
    return np.prod(weights * again * (1 - again))


def _slope_of_the_sum(x, weights):
    sums, _ = _walk(x, weights)
    return np.prod(weights * sums * (1 - sums))


def _slope_at_the_input(x, weights):
    _, outputs = _walk(x, weights)
    before = _sigmoid(np.array([x, *outputs[:-1]]))
    return np.prod(weights * before * (1 - before))


def _summed(x, weights):
    _, outputs = _walk(x, weights)
    return np.sum(weights * outputs * (1 - outputs))


def _steepest(x, weights):
    return np.prod(np.asarray(weights) * 0.25)


def _weights_only(x, weights):
    return np.prod(weights)


def _last_layer_only(x, weights):
    _, outputs = _walk(x, weights)
    return weights[-1] * outputs[-1] * (1 - outputs[-1])


def _each_from_x(x, weights):
    outputs = _sigmoid(np.asarray(weights) * x)
    return np.prod(weights * outputs * (1 - outputs))


def _a_slope_a_layer(x, weights):
    _, outputs = _walk(x, weights)
    return weights * outputs * (1 - outputs)


def _running_slopes(x, weights):
    return np.cumprod(_a_slope_a_layer(x, weights))


def _a_quarter_each(x, weights):
    return 0.25 ** len(weights)


def _last_sigmoid_only(x, weights):
    _, outputs = _walk(x, weights)
    return outputs[-1] * (1 - outputs[-1])


def _relu_chain(x, weights):
    slope = 1.0
    for weight in weights:
        x = max(0.0, weight * x)
        slope *= weight * (x > 0)
    return slope


def _without_sign(x, weights):
    return abs(chain_slope(x, weights))


def _large_steps(x, weights):
    step = 1e-2
    return (_output(x + step, weights) - _output(x - step, weights)) / (2 * step)


def _steps_to_one_side(x, weights):
    step = 1e-3
    return (_output(x + step, weights) - _output(x, weights)) / step


def _first_layer_only(x, weights):
    return chain_slope(x, weights[:1])


def _last_sigmoid_all_weights(x, weights):
    return _last_sigmoid_only(x, weights) * np.prod(weights)


def _slopes_handed_on(x, weights):
    for weight in weights:
        x = chain_slope(x, [weight])
    return x


def _from_the_last_weight(x, weights):
    return chain_slope(x, weights[::-1])


def _times_x(x, weights):
    return x * chain_slope(x, weights)


def _by_the_first_weight(x, weights):
    return chain_slope(x, weights) * x / weights[0]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def through_blocks(slopes):
    """Compare the slope of a plain chain with that of a residual one.

    `slopes` holds F'(x) of each block, at the number that comes to it.
    A plain block gives F(x), a residual block F(x) + x. Return two
    numbers: the derivative of the output of the whole chain by its
    input if all blocks are plain, and if all are residual.
    """
    slopes = np.asarray(slopes)
    return np.prod(slopes), np.prod(slopes + 1)


def _one_at_the_end(slopes):
    return np.prod(slopes), np.prod(slopes) + 1


def _one_for_each_at_the_end(slopes):
    return np.prod(slopes), np.prod(slopes) + len(slopes)


def _only_the_shortcuts(slopes):
    return np.prod(slopes), 1.0


def _added(slopes):
    return np.sum(slopes), np.sum(np.asarray(slopes) + 1)


def _one_and_all(slopes):
    return np.prod(slopes), np.sum(slopes) + 1


def _the_other_way(slopes):
    return through_blocks(slopes)[::-1]


def _sizes(slopes):
    return np.prod(np.abs(slopes)), np.prod(np.abs(slopes) + 1)


def _at_least_one(slopes):
    return np.prod(slopes), max(np.prod(np.asarray(slopes) + 1), 1)


def _a_slope_a_block(slopes):
    return np.asarray(slopes), np.asarray(slopes) + 1


def _residual_only(slopes):
    return through_blocks(slopes)[1]


def _plain_only(slopes):
    return through_blocks(slopes)[0]


def _residual_added(slopes):
    return np.prod(slopes), np.sum(np.asarray(slopes) + 1)


def _one_after_each_product(slopes):
    residual = 1.0
    for slope in slopes:
        residual = residual * slope + 1
    return np.prod(slopes), residual


def _last_block_only(slopes):
    return slopes[-1], slopes[-1] + 1


def _product_from_zero(slopes):
    return 0.0, 0.0


def _running(slopes):
    return np.cumprod(slopes), np.cumprod(np.asarray(slopes) + 1)


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def residual_block(shape):
    """Build a residual block as a Keras model.

    `shape` is (height, width, channels) of what comes in. It goes
    through a convolution of 3 by 3 that keeps size and number of
    channels, a ReLU, and a second convolution of the same kind. To the
    result what came in is added, and the sum goes through a ReLU. The
    convolutions have biases. Return the model, a `keras.Model`.
    """
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same", activation="relu")(entered)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(changed)
    left = layers.ReLU()(layers.Add()([changed, entered]))
    return keras.Model(entered, left)


def _block(
    shape,
    *,
    shortcut="add",
    first="relu",
    second=None,
    last="relu",
    count=2,
    size=3,
    bias=True,
    shortcut_from="input",
    filters=None,
):
    """A block that differs from the right one in what is named."""
    import keras
    from keras import layers

    filters = filters or shape[-1]
    entered = changed = keras.Input(shape)
    kept = entered
    for number in range(count):
        activation = second if number == count - 1 else first
        convolve = layers.Conv2D(filters, size, padding="same", activation=activation, use_bias=bias)
        changed = convolve(changed)
        if number == 0 and shortcut_from == "first":
            kept = changed
    if shortcut == "add":
        changed = layers.Add()([changed, kept])
    elif shortcut == "concatenate":
        changed = layers.Concatenate()([changed, kept])
    elif shortcut == "multiply":
        changed = layers.Multiply()([changed, kept])
    elif shortcut == "average":
        changed = layers.Average()([changed, kept])
    elif shortcut == "subtract":
        changed = layers.Subtract()([changed, kept])
    if last:
        changed = layers.Activation(last)(changed)
    return keras.Model(entered, changed)


def _no_shortcut(shape):
    return _block(shape, shortcut="none")


def _no_last_relu(shape):
    return _block(shape, last=None)


def _no_first_relu(shape):
    return _block(shape, first=None)


def _no_relu_at_all(shape):
    return _block(shape, first=None, last=None)


def _relu_before_the_sum_too(shape):
    return _block(shape, second="relu")


def _relu_before_the_sum_only(shape):
    return _block(shape, second="relu", last=None)


def _one_convolution(shape):
    return _block(shape, count=1)


def _one_convolution_with_relu(shape):
    return _block(shape, count=1, second="relu")


def _three_convolutions(shape):
    return _block(shape, count=3)


def _small_windows(shape):
    return _block(shape, size=1)


def _large_windows(shape):
    return _block(shape, size=5)


def _one_filter(shape):
    return _block(shape, filters=1)


def _relu_after_the_second_only(shape):
    return _block(shape, first=None, second="relu")


def _added_to_itself(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same", activation="relu")(entered)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(changed)
    return keras.Model(entered, layers.ReLU()(layers.Add()([changed, changed])))


def _relu_first(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(layers.ReLU()(entered))
    changed = layers.Conv2D(shape[-1], 3, padding="same")(layers.ReLU()(changed))
    return keras.Model(entered, layers.Add()([changed, entered]))


def _no_biases(shape):
    return _block(shape, bias=False)


def _side_by_side(shape):
    return _block(shape, shortcut="concatenate")


def _multiplied(shape):
    return _block(shape, shortcut="multiply")


def _averaged(shape):
    return _block(shape, shortcut="average")


def _subtracted(shape):
    return _block(shape, shortcut="subtract")


def _from_the_middle(shape):
    return _block(shape, shortcut_from="first")


def _many_filters_between(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(32, 3, padding="same", activation="relu")(entered)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(changed)
    return keras.Model(entered, layers.ReLU()(layers.Add()([changed, entered])))


def _one_layer_twice(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    convolve = layers.Conv2D(shape[-1], 3, padding="same")
    changed = convolve(layers.ReLU()(convolve(entered)))
    return keras.Model(entered, layers.ReLU()(layers.Add()([changed, entered])))


def _with_normalization(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(entered)
    changed = layers.ReLU()(layers.BatchNormalization()(changed))
    changed = layers.BatchNormalization()(layers.Conv2D(shape[-1], 3, padding="same")(changed))
    return keras.Model(entered, layers.ReLU()(layers.Add()([changed, entered])))


def _block_at_work(model, shape):
    """the shape that the block gives, its number of parameters, and its answer to a picture with fixed weights"""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"return a keras.Model; this is a {type(model).__name__}")
    random = np.random.default_rng(16)
    # A subclass of Model has neither weights nor a shape before it is called.
    given = model(np.zeros((1, *shape), np.float32)).shape[1:]
    parameters = model.count_params()
    for variable in model.trainable_variables:
        variable.assign(random.normal(scale=0.3, size=tuple(variable.shape)))
    picture = random.normal(size=(1, *shape)).astype(np.float32)
    answer = keras.ops.convert_to_numpy(model(picture, training=False))
    return np.concatenate([given, [parameters], answer.ravel().round(4)])


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def normalized(batch, mean, variance, training):
    """Normalize a batch, in training and in use.

    `batch` has its channels on the last axis; before it there may be one
    axis (the pictures) or three (pictures, rows, columns). In training
    take the mean and the variance of each channel over all the other
    axes of this batch. Else take `mean` and `variance`, which hold a
    number for each channel and were stored before. Subtract the mean,
    and divide by the square root of the variance plus 0.001.
    """
    if training:
        axes = tuple(range(batch.ndim - 1))
        mean, variance = batch.mean(axis=axes), batch.var(axis=axes)
    return (batch - mean) / np.sqrt(variance + 0.001)


def _scaled(batch, mean, variance):
    return (batch - mean) / np.sqrt(variance + 0.001)


def _own(batch):
    axes = tuple(range(batch.ndim - 1))
    return batch.mean(axis=axes), batch.var(axis=axes)


def _exchanged(batch, mean, variance, training):
    return normalized(batch, mean, variance, not training)


def _always_own(batch, mean, variance, training):
    return normalized(batch, mean, variance, True)


def _always_stored(batch, mean, variance, training):
    return normalized(batch, mean, variance, False)


def _over_pictures_only(batch, mean, variance, training):
    return _scaled(batch, batch.mean(axis=0), batch.var(axis=0)) if training else _scaled(batch, mean, variance)


def _all_channels_together(batch, mean, variance, training):
    return _scaled(batch, batch.mean(), batch.var()) if training else _scaled(batch, mean, variance)


def _over_channels(batch, mean, variance, training):
    if training:
        mean, variance = batch.mean(axis=-1, keepdims=True), batch.var(axis=-1, keepdims=True)
    return _scaled(batch, mean, variance)


def _all_together_without_epsilon(batch, mean, variance, training):
    if training:
        return (batch - batch.mean()) / batch.std()
    return (batch - mean) / np.sqrt(variance)


def _own_mean_only(batch, mean, variance, training):
    return _scaled(batch, _own(batch)[0] if training else mean, variance)


def _own_variance_only(batch, mean, variance, training):
    return _scaled(batch, mean, _own(batch)[1] if training else variance)


def _choose(batch, mean, variance, training):
    return _own(batch) if training else (mean, variance)


def _by_the_variance(batch, mean, variance, training):
    mean, variance = _choose(batch, mean, variance, training)
    return (batch - mean) / (variance + 0.001)


def _epsilon_outside(batch, mean, variance, training):
    mean, variance = _choose(batch, mean, variance, training)
    return (batch - mean) / (np.sqrt(variance) + 0.001)


def _without_epsilon(batch, mean, variance, training):
    mean, variance = _choose(batch, mean, variance, training)
    return (batch - mean) / np.sqrt(variance)


def _mean_forgotten(batch, mean, variance, training):
    return batch / np.sqrt(_choose(batch, mean, variance, training)[1] + 0.001)


def _mean_only(batch, mean, variance, training):
    return batch - _choose(batch, mean, variance, training)[0]


def _n_minus_one(batch, mean, variance, training):
    if training:
        axes = tuple(range(batch.ndim - 1))
        mean, variance = batch.mean(axis=axes), batch.var(axis=axes, ddof=1)
    return _scaled(batch, mean, variance)


def _deviation_for_variance(batch, mean, variance, training):
    if training:
        axes = tuple(range(batch.ndim - 1))
        mean, variance = batch.mean(axis=axes), batch.std(axis=axes)
    return _scaled(batch, mean, variance)


def _by_moving_averages(batch, mean, variance, training):
    if training:
        own_mean, own_variance = _own(batch)
        mean, variance = 0.9 * mean + 0.1 * own_mean, 0.9 * variance + 0.1 * own_variance
    return _scaled(batch, mean, variance)


def _small_epsilon(batch, mean, variance, training):
    mean, variance = _choose(batch, mean, variance, training)
    return (batch - mean) / np.sqrt(variance + 1e-5)


def _times_the_deviation(batch, mean, variance, training):
    mean, variance = _choose(batch, mean, variance, training)
    return (batch - mean) * np.sqrt(variance + 0.001)


def _squares_without_the_mean(batch, mean, variance, training):
    if training:
        axes = tuple(range(batch.ndim - 1))
        mean, variance = batch.mean(axis=axes), (batch**2).mean(axis=axes)
    return _scaled(batch, mean, variance)


def _each_picture_alone(batch, mean, variance, training):
    if training:
        axes = tuple(range(1, batch.ndim - 1)) or 0
        mean, variance = batch.mean(axis=axes, keepdims=True), batch.var(axis=axes, keepdims=True)
    return _scaled(batch, mean, variance)


def _to_four_decimals(returned, *arguments):
    """the numbers, to four decimals"""
    # Keras and TensorFlow compute in single precision: their right answers should pass.
    return np.asarray(returned, dtype=float).round(4)


def _batches():
    random = np.random.default_rng(16)  # its answers lie clear of where rounding to four decimals turns over
    stored = np.array([0.5, -1.0, 2.0]), np.array([4.0, 0.25, 1.0])
    pictures = random.normal(1.0, 2.0, (3, 2, 2, 3)).round(2)
    return [
        (np.array([[1.0], [3.0]]), np.array([0.0]), np.array([4.0]), True),
        (np.array([[1.0], [3.0]]), np.array([0.0]), np.array([4.0]), False),
        (pictures, *stored, True),
        (pictures, *stored, False),
    ]


EXERCISES = [
    Exercise(
        id="16-chain",
        title="The slope of a chain of sigmoids",
        prompt="Write `chain_slope(x, weights)`. By hand first: 0 goes through one layer with weight 4. The sum is 0, "
        "the sigmoid gives a half, its slope there is a quarter. What is the slope of the layer?",
        solution=chain_slope,
        hints=(
            "The chain rule: the slope of the whole is the product of the slopes of the layers.",
            "A layer's slope by its input is its weight times the slope of the sigmoid at z.",
            "Go through the layers, and keep two numbers: what comes out so far, and the product of the slopes so far.",
            "In the loop: `x = 1 / (1 + np.exp(-weight * x))`, then `slope *= weight * x * (1 - x)`.",
        ),
        inputs=lambda: [(0.0, [4.0]), (0.5, [1.0, 1.0, 1.0]), (-1.0, [2.0, -3.0, 0.5, 1.5])],
        wrong_answers=(
            WrongAnswer(_output, "That is what comes out of the chain. Its derivative by x is asked for."),
            WrongAnswer(_without_weights, "Each layer also multiplies by its weight, and so does its slope."),
            WrongAnswer(
                _slope_at_the_output,
                "You put what came out through the sigmoid once more. With a = s(z) the slope is a · (1 − a).",
            ),
            WrongAnswer(_slope_of_the_sum, "You took z · (1 − z). The slope is s(z) · (1 − s(z))."),
            WrongAnswer(_slope_at_the_input, "You took the slope at the layer's input. It is z, weight times input."),
            WrongAnswer(_summed, "You added the slopes of the layers. The chain rule multiplies them."),
            WrongAnswer(_steepest, "You took a quarter for every layer. The slope is that only where z is 0."),
            WrongAnswer(
                _a_quarter_each, "You took a quarter for every layer, and no weights: that is a bound for weights of 1."
            ),
            WrongAnswer(
                _last_sigmoid_only,
                "That is the slope of the last sigmoid. Each layer has a sigmoid and a weight, and all are multiplied.",
            ),
            WrongAnswer(_relu_chain, "You took ReLU in place of the sigmoid."),
            WrongAnswer(_weights_only, "That is the product of the weights. The sigmoids have slopes too."),
            WrongAnswer(_last_layer_only, "That is the slope of the last layer. Multiply the slopes of all of them."),
            WrongAnswer(_each_from_x, "Every layer got x. Only the first does: hand each output on to the next layer."),
            WrongAnswer(_a_slope_a_layer, "These are the slopes of the single layers. Multiply them."),
            WrongAnswer(_running_slopes, "These are the slopes up to each layer. The last of them is asked for."),
            WrongAnswer(_without_sign, "A negative weight makes the slope negative: keep the sign."),
            WrongAnswer(_by_the_first_weight, "That is the derivative by the first weight. By x is asked for."),
            WrongAnswer(
                _large_steps,
                "That comes near: it is the slope over steps of 0.01. Take shorter ones, or multiply the slopes of the "
                "layers, which is exact.",
            ),
            WrongAnswer(
                _steps_to_one_side,
                "That comes near: it is the slope over a step of 0.001 to one side. Multiply the slopes of the layers, "
                "which is exact.",
            ),
            WrongAnswer(
                _first_layer_only, "That is the slope of the first layer. Does your `return` stand inside the loop?"
            ),
            WrongAnswer(
                _last_sigmoid_all_weights,
                "You took all weights, and the slope of the last sigmoid only. Each layer has a sigmoid of its own.",
            ),
            WrongAnswer(
                _slopes_handed_on,
                "You handed the slope of each layer on to the next one. What goes on is the layer's output.",
            ),
            WrongAnswer(_from_the_last_weight, "You began with the last weight. x meets the first one first."),
            WrongAnswer(_times_x, "You began the product with x. Begin with 1: only the slopes are multiplied."),
        ),
    ),
    Exercise(
        id="16-through-blocks",
        title="The slope of a chain of blocks",
        prompt="Write `through_blocks(slopes)`. By hand first: two blocks, F′ is a half in both. What is the slope of "
        "the chain if they are plain? And if each adds what came to it?",
        solution=through_blocks,
        hints=(
            "The slope of F(x) + x is F′(x) + 1, block by block.",
            "The chain rule multiplies: once the numbers F′, once the numbers F′ + 1.",
            "`np.prod` multiplies all numbers of an array. `np.asarray(slopes) + 1` adds 1 to each.",
        ),
        inputs=lambda: [([0.5, 0.5],), ([0.25, 2.0, -0.5, 0.1],), ([0.3, -1.0, 0.8],)],
        wrong_answers=(
            WrongAnswer(_one_at_the_end, "You added 1 to the product. Every block has a shortcut of its own."),
            WrongAnswer(
                _one_for_each_at_the_end,
                "You added the ones at the end. In each block the 1 is added to F′, and then all are multiplied.",
            ),
            WrongAnswer(
                _only_the_shortcuts, "That is the way along all shortcuts. There are also the ways through the blocks."
            ),
            WrongAnswer(_added, "You added the slopes. The chain rule multiplies them."),
            WrongAnswer(
                _one_and_all,
                "You took 1 plus the sum. That is what is left of the product for small slopes; multiply all the same.",
            ),
            WrongAnswer(_the_other_way, "The two numbers are exchanged: first the plain chain."),
            WrongAnswer(_sizes, "You dropped the signs. A slope of −1 in a residual block gives 0."),
            WrongAnswer(
                _at_least_one, "The slope of a residual chain may well be below 1: a slope F′ may be negative."
            ),
            WrongAnswer(_a_slope_a_block, "These are the slopes of the single blocks. Multiply them."),
            WrongAnswer(_residual_only, "That is the residual chain. The plain one is asked for too, before it."),
            WrongAnswer(_plain_only, "That is the plain chain. The residual one is asked for too, after it."),
            WrongAnswer(_running, "These are the slopes up to each block. The last of each is asked for."),
            WrongAnswer(
                _residual_added, "The plain chain is right. In the residual one F′ + 1 is multiplied too, not added up."
            ),
            WrongAnswer(
                _one_after_each_product,
                "You multiplied by F′ and then added 1. The shortcut carries all that came so far: multiply by F′ + 1.",
            ),
            WrongAnswer(_last_block_only, "That is the last block. Multiply the slopes of all of them."),
            WrongAnswer(_product_from_zero, "Both are 0. Did your product begin with 0? Begin with 1."),
        ),
    ),
    Exercise(
        id="16-block",
        title="A residual block in Keras",
        prompt="Write `residual_block(shape)`. By hand first: how many parameters has such a block for 2 channels? And "
        "what does it give if all its weights are 0?",
        solution=residual_block,
        hints=(
            'Begin with `entered = keras.Input(shape)`, and use `keras.layers.Conv2D(shape[-1], 3, padding="same")`.',
            "The first convolution has a ReLU after it. The second has none: that comes after the sum.",
            "`keras.layers.Add()([changed, entered])` adds; `keras.layers.ReLU()` comes last.",
            "`return keras.Model(entered, left)`, with what the last ReLU gives.",
        ),
        inputs=lambda: [((3, 3, 2),), ((4, 5, 3),)],
        judge=_block_at_work,
        wrong_answers=(
            WrongAnswer(_no_shortcut, "Nothing is added: this is a plain block."),
            WrongAnswer(_no_last_relu, "The ReLU after the sum is missing."),
            WrongAnswer(_no_first_relu, "Between the two convolutions a ReLU is missing: they could be one."),
            WrongAnswer(
                _no_relu_at_all, "There is no ReLU: one belongs after the first convolution, one after the sum."
            ),
            WrongAnswer(
                _relu_before_the_sum_too,
                "You put a ReLU on the second convolution as well. Then the block could only add, never take away.",
            ),
            WrongAnswer(
                _relu_before_the_sum_only, "The last ReLU comes before the sum. Add first, then take the ReLU."
            ),
            WrongAnswer(_one_convolution, "There is one convolution. The block has two, with a ReLU between them."),
            WrongAnswer(
                _one_convolution_with_relu,
                "There is one convolution, with a ReLU. After this ReLU a second convolution is missing.",
            ),
            WrongAnswer(_three_convolutions, "There are three convolutions. The block has two."),
            WrongAnswer(_small_windows, "The windows are 1×1. They should be 3×3."),
            WrongAnswer(_large_windows, "The windows are 5×5. They should be 3×3."),
            WrongAnswer(
                _one_filter,
                "The convolutions have one filter each, and the sum repeats its map for all channels. They need as "
                "many filters as there are channels.",
            ),
            WrongAnswer(
                _relu_after_the_second_only,
                "The ReLU belongs after the first convolution. You put it after the second, just before the sum.",
            ),
            WrongAnswer(
                _added_to_itself, "You added the result of the convolutions to itself. What came in is added to it."
            ),
            WrongAnswer(
                _relu_first,
                "Your ReLUs come before the convolutions. That is the block of 2016; here they come after the first "
                "one, and after the sum.",
            ),
            WrongAnswer(_many_filters_between, "Both convolutions have as many filters as there are channels."),
            WrongAnswer(
                _one_layer_twice, "You used one layer twice, so both steps share their weights. Make two layers."
            ),
            WrongAnswer(_no_biases, "The convolutions have no biases; here they should have."),
            WrongAnswer(
                _side_by_side, "You put the two side by side (concatenated). They are added, number by number."
            ),
            WrongAnswer(_multiplied, "You multiplied the two. They are added."),
            WrongAnswer(_averaged, "You took the mean of the two. They are added."),
            WrongAnswer(_subtracted, "You subtracted what came in. It is added."),
            WrongAnswer(
                _from_the_middle, "You added what the first convolution gave. What came into the block is added."
            ),
            WrongAnswer(
                _with_normalization,
                "There is batch normalization in your block. Most residual networks have it; this block has not.",
            ),
        ),
    ),
    Exercise(
        id="16-normalized",
        title="In training, and in use",
        prompt="Write `normalized(batch, mean, variance, training)`. By hand first: a batch of 1 and 3, one channel; "
        "stored are the mean 0 and the variance 4. What comes out in training? And in use?",
        solution=normalized,
        hints=(
            "The two cases differ in one thing: where mean and variance come from. What follows is the same.",
            "`batch.mean(axis=0)` is right for a batch with two axes. With four, `axis=(0, 1, 2)`.",
            "For any number of axes: `axes = tuple(range(batch.ndim - 1))`.",
            "`(batch - mean) / np.sqrt(variance + 0.001)`, after `if training:` has replaced the two.",
        ),
        inputs=_batches,
        judge=_to_four_decimals,
        wrong_answers=(
            WrongAnswer(_exchanged, "The two cases are exchanged: in training the batch's own numbers are taken."),
            WrongAnswer(
                _always_own, "You always took the batch's own numbers. In use those that were stored are taken."
            ),
            WrongAnswer(_always_stored, "You always took what was stored. In training the batch has its own numbers."),
            WrongAnswer(
                _over_pictures_only,
                "You took the mean over the pictures only, one for each place. A channel has one mean: over rows and "
                "columns too.",
            ),
            WrongAnswer(_all_channels_together, "You took one mean for all channels. Each channel has its own."),
            WrongAnswer(
                _over_channels,
                "You took the mean over the last axis, across the channels. Take it over all axes but the last.",
            ),
            WrongAnswer(
                _all_together_without_epsilon, "Each channel has a mean of its own, and 0.001 belongs under the root."
            ),
            WrongAnswer(_own_mean_only, "In training you took the batch's mean, but the stored variance."),
            WrongAnswer(_own_variance_only, "In training you took the batch's variance, but the stored mean."),
            WrongAnswer(_by_the_variance, "You divided by the variance. Take its square root."),
            WrongAnswer(_epsilon_outside, "You added 0.001 after the square root. It belongs under it."),
            WrongAnswer(_without_epsilon, "The 0.001 is missing. It guards against dividing by zero."),
            WrongAnswer(_mean_forgotten, "The mean has to be subtracted first."),
            WrongAnswer(_mean_only, "You subtracted the mean. Divide by the square root of the variance as well."),
            WrongAnswer(
                _n_minus_one, "You divided the squares by n − 1. Batch normalization divides by n, as `var` does."
            ),
            WrongAnswer(_deviation_for_variance, "You took the standard deviation in place of the variance."),
            WrongAnswer(
                _by_moving_averages,
                "In training you took the moving averages. They are for use: in training the batch's own numbers "
                "are taken.",
            ),
            WrongAnswer(_small_epsilon, "You added 0.00001 under the root. Here it is 0.001."),
            WrongAnswer(_times_the_deviation, "You multiplied by the square root. Divide by it."),
            WrongAnswer(
                _squares_without_the_mean,
                "You took the mean of the squares as the variance. Subtract the mean before you square.",
            ),
            WrongAnswer(
                _each_picture_alone,
                "Where there are rows and columns, you normalized each picture alone. The mean goes over all pictures "
                "of the batch.",
            ),
        ),
    ),
]
