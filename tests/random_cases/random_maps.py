"""Random small networks for `labkit.explain`, each map beside one computed here from weights or by a gradient tape.

One case is one map of one image.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from labkit.explain import cam, integrated_gradients, occlusion, saliency


def _scaled(maps):
    positive = np.maximum(maps, 0)
    peak = positive.max(axis=(1, 2), keepdims=True)
    return positive / np.where(peak > 0, peak, 1)


def _close(ours, theirs):
    """Image by image."""
    return [
        one.shape == other.shape and np.allclose(one, other, rtol=2e-3, atol=2e-4)
        for one, other in zip(np.asarray(ours), np.asarray(theirs), strict=True)
    ]


def network(rng):
    """One network and a few images; yields the kind of map and whether it was right."""
    keras.utils.set_random_seed(int(rng.integers(2**31)))
    side, channels, classes = tuple(int(n) for n in rng.integers(8, 12, 2)), int(rng.integers(1, 4)), 3
    image = keras.Input((*side, channels))
    x = layers.Conv2D(4, 3, padding=["same", "valid"][rng.integers(2)], activation="relu")(image)
    if rng.random() < 0.5:
        x = layers.AveragePooling2D(2)(x)
    maps = layers.Conv2D(3, 2, activation="relu", name="maps")(x)
    x = layers.Flatten()(maps) if rng.random() < 0.5 else layers.GlobalAveragePooling2D()(maps)
    logits = layers.Dense(classes)(x)
    ending = rng.integers(3)
    outputs = [logits, layers.Softmax()(logits), layers.Activation("softmax")(logits)][ending]
    model = keras.Model(image, outputs)
    inner = keras.Model(image, [maps, logits])
    images = rng.normal(size=(3, *side, channels)).astype("float32")
    target = int(rng.integers(classes))
    x = tf.constant(images)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        features, scores = inner(x, training=False)
        score = tf.reduce_sum(scores[:, target])
    by_image = tape.gradient(score, x).numpy()
    by_maps = tape.gradient(score, features).numpy()
    features = features.numpy()

    expected = {
        "grad-cam": (features * by_maps.mean(axis=(1, 2), keepdims=True)).sum(-1),
        "layer-cam": (features * np.maximum(by_maps, 0)).sum(-1),
        "hires-cam": (features * by_maps).sum(-1),
    }
    for method, values in expected.items():
        got = cam(model, images, target=target, layer="maps", method=method, size="layer").maps
        yield from ((f"map: {method}", right) for right in _close(got, _scaled(values)))
    got = saliency(model, images, target=target)
    yield from (("map: saliency", right) for right in _close(got.values, by_image))

    window, stride, fill = 3, int(rng.integers(1, 4)), float(rng.normal())
    falls = np.zeros((3, *side))
    covered = np.zeros(side)
    starts = [sorted({*range(0, n - window + 1, stride), n - window}) for n in side]
    for top in starts[0]:
        for left in starts[1]:
            hidden = images.copy()
            hidden[:, top : top + window, left : left + window] = fill
            after = inner(hidden, training=False)[1].numpy()[:, target]
            fall = scores.numpy()[:, target] - after
            falls[:, top : top + window, left : left + window] += fall[:, None, None]
            covered[top : top + window, left : left + window] += 1
    got = occlusion(model, images, target=target, window=window, stride=stride, fill=fill)
    yield from (("map: occlusion", right) for right in _close(got.values[..., 0], falls / covered))

    got = integrated_gradients(model, images, target=target, steps=60)
    change = scores.numpy()[:, target] - inner(np.zeros_like(images), training=False)[1].numpy()[:, target]
    total = got.values.reshape(3, -1).sum(axis=1)
    size = np.abs(got.values).reshape(3, -1).sum(axis=1)
    yield from (("map: integrated gradients", bool(ok)) for ok in np.abs(total - change) <= 0.05 * size + 1e-3)
