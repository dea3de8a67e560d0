"""Random networks for `labkit.calculators`, each row beside what Keras has, what a count gives, what a change reaches.

One case is one number of one row: its parameters, its shape, its multiply-adds, its receptive field; and the totals.
"""

from math import prod

import keras
import numpy as np
from keras import layers, ops

from labkit.calculators import summarize

SIDES = (9, 14)


def _window(rng, side):
    kernel = (int(rng.integers(1, min(4, side[0]) + 1)), int(rng.integers(1, min(4, side[1]) + 1)))
    return kernel, ["valid", "same"][rng.integers(2)]


def _grow(rng, x):
    """One random layer more on a map."""
    side, channels = x.shape[1:3], x.shape[3]
    kernel, padding = _window(rng, side)
    stride = int(rng.integers(1, 3))
    filters = int(rng.integers(1, 4))
    dilation = int(rng.integers(1, 3)) if padding == "same" else 1
    choices = {
        "convolution": lambda: layers.Conv2D(filters, kernel, stride, padding, activation="relu")(x),
        "dilated": lambda: layers.Conv2D(filters, kernel, 1, padding, dilation_rate=dilation)(x),
        "grouped": lambda: layers.Conv2D(channels * 2, kernel, 1, padding, groups=channels)(x),
        "depthwise": lambda: layers.DepthwiseConv2D(kernel, stride, padding, depth_multiplier=filters)(x),
        "separable": lambda: layers.SeparableConv2D(filters, kernel, stride, padding)(x),
        "max": lambda: layers.MaxPooling2D(kernel, stride, padding)(x),
        "average": lambda: layers.AveragePooling2D(kernel, stride, padding)(x),
        "normalized": lambda: layers.BatchNormalization()(x),
        "padded": lambda: layers.ZeroPadding2D(((1, 0), (0, 2)))(x),
        "elementwise": lambda: _elementwise(rng, x),
        "residual": lambda: layers.Add()([x, layers.Conv2D(channels, kernel, padding="same")(x)]),
        "branches": lambda: layers.Concatenate()([layers.Conv2D(1, k, stride, padding="same")(x) for k in (1, kernel)]),
        "squeezed": lambda: layers.Multiply()(
            [x, layers.Dense(channels, "relu")(layers.GlobalAveragePooling2D(keepdims=True)(x))]
        ),
        "transposed": lambda: layers.Conv2DTranspose(filters, kernel, stride, padding)(x),
        "larger": lambda: layers.UpSampling2D(2)(x),
        "nested": lambda: _nested(kernel, filters, x)(x),
        "shared": lambda: _shared(kernel, x),
    }
    names = sorted(choices)
    if prod(side) > 200:
        names = [name for name in names if name not in ("larger", "transposed", "padded")]
    return choices[names[rng.integers(len(names))]]()


def _elementwise(rng, x):
    return [
        lambda: x / 3.0,
        lambda: ops.cast(x, "float32") + 1.0,
        lambda: layers.Identity()(x),
        lambda: layers.Lambda(lambda t: 2 * t)(x),
        lambda: ops.reshape(x, (-1, *x.shape[1:])),
        lambda: layers.LeakyReLU()(x),
    ][rng.integers(6)]()


def _nested(kernel, filters, x):
    inside = keras.Input(x.shape[1:])
    return keras.Model(inside, layers.ReLU()(layers.Conv2D(filters, kernel, padding="same")(inside)))


def _shared(kernel, x):
    conv = layers.Conv2D(x.shape[3], kernel, padding="same")
    return conv(conv(x))


def _network(rng):
    image = keras.Input((*(int(n) for n in rng.integers(*SIDES, 2)), int(rng.integers(1, 3))))
    x = image
    for _ in range(rng.integers(1, 6)):
        x = _grow(rng, x)
        if 0 in x.shape:  # older Keras puts out such a map where newer refuses
            raise ValueError("the map ran out of places")
    if rng.random() < 0.6:
        flat = [layers.Flatten(), layers.GlobalAveragePooling2D(), layers.GlobalMaxPooling2D()][rng.integers(3)]
        x = layers.Dense(3)(flat(x))
    model = keras.Model(image, x)
    for layer in model.layers:
        layer.trainable = rng.random() < 0.8
    return model


def _calls(model, names):
    """Each call of each layer, by its name in a report: the layer, what went in, what came out, and which call it is.

    Of a model in the model it is its last row that has its output.
    """
    found = {}
    for layer in model.operations:
        for number, node in enumerate(layer._inbound_nodes):
            if isinstance(layer, layers.InputLayer) or not node.input_tensors:
                continue
            inside = [name for name in names if name.startswith(f"{layer.name}/")]
            name = inside[-1] if inside else f"{layer.name}_{number}" if number else layer.name
            found[name] = layer, node.input_tensors, node.outputs[0], number
    return found


def multiply_adds(operation, inputs, output):
    """Count what a real layer multiplies: every weight of its kernel, at every place."""
    inside, outside = inputs[0].shape[1:], output.shape[1:]
    if isinstance(operation, layers.Conv2DTranspose):
        return prod(inside[:-1]) * prod(operation.kernel.shape)
    if isinstance(operation, layers.SeparableConv2D):
        weights = prod(operation.depthwise_kernel.shape) + prod(operation.pointwise_kernel.shape)
        return prod(outside[:-1]) * weights
    if isinstance(operation, layers.Conv2D | layers.DepthwiseConv2D):
        return prod(outside[:-1]) * prod(operation.kernel.shape)
    if isinstance(operation, layers.Dense):
        return prod(inside[:-1]) * prod(operation.kernel.shape)
    return 0


def _reached(model, outputs):
    """For each of these tensors: which places of the image reach which of its places.

    All weights are positive and so is the image; then a far greater number at one place makes what sees it greater, and
    leaves all else as it was.
    """
    for weight in model.weights:
        shape = weight.shape
        plain = np.ones(shape) if len(shape) < 2 else np.full(shape, 1 / prod(shape[:-1]))
        weight.assign(np.zeros(shape) if weight.name in ("bias", "beta", "moving_mean") else plain)
    image = model.input.shape[1:]
    places = list(np.ndindex(*image[:2]))
    batch = np.ones((len(places) + 1, *image), "float32")
    for row, place in enumerate(places, start=1):
        batch[(row, *place)] = 1e8
    # In parts of which each is small: the numbers of an image do not depend on how many come with it.
    measured = keras.Model(model.input, [*outputs, model.input])  # never one alone: that would come without its list
    parts = [measured(batch[[0, *rows]], training=False) for rows in _parts(len(batch))]
    for which in range(len(outputs)):
        found = [np.asarray(part[which], np.float64) for part in parts]
        changed = np.concatenate([one[1:] > one[:1] * (1 + 1e-4) + 1e-12 for one in found])
        yield changed.any(axis=-1).reshape(*image[:2], *changed.shape[1:-1])


def _parts(count, most=400):
    return [list(range(start, min(start + most, count))) for start in range(1, count, most)]


def _box(reached):
    """First and last place along both axes, or None where nothing reaches."""
    where = np.argwhere(reached)
    return tuple(zip(where.min(axis=0).tolist(), where.max(axis=0).tolist(), strict=True)) if len(where) else None


def _right_field(field, reached):
    """Whether every place of a map sees no more than is said, and as much where no border is near."""
    image = reached.shape[:2]
    maps = reached.reshape(*image, -1)
    places = list(np.ndindex(*reached.shape[2:]))
    for number, place in enumerate(places):
        truth = _box(maps[..., number])
        if field.everywhere:
            said = field.region(*[0] * len(field.extents))
            if truth is not None and truth != said:
                return False
            continue
        said = field.region(*place)
        inside = all(first >= 0 and last < side for (first, last), side in zip(said, image, strict=True))
        if truth is None:
            if inside:
                return False
            continue
        within = all(a <= c and d <= b for (a, b), (c, d) in zip(said, truth, strict=True))
        if not within or (inside and truth != said):
            return False
    return True


def network(rng):
    """One network; yields the kind of each case and whether it was right (or None where no answer is given)."""
    try:
        model = _network(rng)
    except ValueError:  # the map ran out of places
        return
    report = summarize(model)
    size = sum(prod(weight.shape) for weight in model.trainable_weights)
    yield "total of parameters", report.parameters == model.count_params()
    yield "total of trainable parameters", report.trainable_parameters == size
    calls = _calls(model, [row.name for row in report])
    rows = [(row, *calls[row.name]) for row in report if row.name in calls]
    for row, operation, inputs, output, number in rows:
        yield "shape", row.output_shape == (1, *output.shape[1:])
        if isinstance(operation, keras.Model):
            continue
        own = operation.count_params() if isinstance(operation, keras.Layer) and number == 0 else 0
        yield "parameters", row.parameters == own
        yield "multiply-adds", None if row.macs is None else row.macs == multiply_adds(operation, inputs, output)
    outputs = [output for _, _, _, output, _ in rows]
    for (row, _, _, output, _), reached in zip(rows, _reached(model, outputs), strict=True):
        field = row.receptive_field
        if field is not None and len(output.shape) == 2 and not field.everywhere:
            continue  # a row: each number has a place of its own
        yield "receptive field", None if field is None else _right_field(field, reached)


def counted_layer(rng):
    """One convolution of any rank whose multiplications are counted by making each of them 1 · 1."""
    rank = int(rng.integers(1, 4))
    side = tuple(int(n) for n in rng.integers(3, 6, rank))
    kernel = tuple(int(n) for n in rng.integers(1, 4, rank))
    channels, filters = (int(n) for n in rng.integers(1, 3, 2))
    stride = int(rng.integers(1, 4))
    dilation = int(rng.integers(1, 3)) if stride == 1 else 1
    padding = ["valid", "same"][rng.integers(2)]
    x = keras.Input((*side, channels))
    ones = {"kernel_initializer": "ones", "use_bias": False}
    if rng.random() < 0.5:
        kind = getattr(layers, f"Conv{rank}DTranspose")
        more = [None, int(rng.integers(0, stride))][rng.integers(2)] if padding == "valid" else None
        if dilation > 1:
            return None  # TensorFlow has none
        layer = kind(filters, kernel, stride, padding, output_padding=more, **ones)
        whole = kind(filters, kernel, stride, "valid", **ones)  # what "same" cuts off was multiplied
        count = float(np.sum(whole(np.ones((1, *side, channels)))))
    else:
        kind = getattr(layers, f"Conv{rank}D")
        spans = [(k - 1) * dilation + 1 for k in kernel]
        if padding == "valid" and any(span > n for span, n in zip(spans, side, strict=True)):
            return None
        layer = kind(filters, kernel, stride, padding, dilation_rate=dilation, **ones)
        whole = kind(filters, kernel, stride, "valid", dilation_rate=dilation, **ones)
        padded = side  # zeros are multiplied too: here they are ones
        if padding == "same":
            padded = tuple(max((-(-n // stride) - 1) * stride + span, n) for n, span in zip(side, spans, strict=True))
        count = float(np.sum(whole(np.ones((1, *padded, channels)))))
    row = summarize(keras.Model(x, layer(x))).rows[-1]
    return row.macs == round(count) and row.output_shape == (1, *layer.output.shape[1:])
