"""How much faster many filters are climbed for in one batch: `python tests/benchmarks/bench_filter_patterns.py`.

The same steps of the decks' recipe for the same filters of EfficientNet-Lite0 at 224×224, in three ways: all in one
batch (`labkit.explain.ascend_filters`), one filter after the other with a compiled step, and one after the other with
a step that is not compiled. The three take turns in each round, so that a busy machine slows them alike; as far as it
does not, the ratio of processor times, beside, tells more.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from turns import medians

from labkit.explain import ascend_filters, find_layer
from labkit.models.pretrained import load

LAYER, FILTERS, STEPS, ROUNDS = "block3b_expand_relu", range(8), 4, 5
AT_LEAST = {"compiled loop": 1.3, "eager loop": 3.0}


def one_step(part):
    """A function that gives the gradient of the mean of one channel's map by the image."""

    def step(image, channel):
        with tf.GradientTape() as tape:
            tape.watch(image)
            answer = tf.reduce_mean(part(image, training=False)[..., channel])
        return tape.gradient(answer, image)

    return step


def one_after_the_other(step):
    """The decks' recipe for each filter by itself."""
    start = (np.random.default_rng(0).random((1, 224, 224, 3)) * 20 + 128).astype("float32")
    patterns = []
    for channel in FILTERS:
        image = start
        for _ in range(STEPS):
            slopes = step(tf.constant(image), tf.constant(channel)).numpy()
            image = image + slopes / (np.sqrt(np.mean(slopes**2)) + 1e-5)
        patterns.append(image[0])
    return np.stack(patterns)


def main():
    """Print times and ratios; exit with 1 when a bound does not hold."""
    backbone = load("efficientnet-lite0", include_top=False)
    pixels = keras.Input((224, 224, 3))
    network = keras.Model(pixels, backbone.model(backbone.normalize(pixels)))
    part = keras.Model(backbone.model.inputs, find_layer(backbone.model, LAYER).layer.output)
    part = keras.Model(pixels, part(backbone.normalize(pixels)))  # both loops stop at the layer, too
    step = one_step(part)
    compiled = tf.function(step)
    ways = {
        "one batch": lambda: ascend_filters(network, LAYER, FILTERS, steps=STEPS).images,
        "compiled loop": lambda: one_after_the_other(compiled),
        "eager loop": lambda: one_after_the_other(step),
    }
    patterns = {name: way() for name, way in ways.items()}
    for name in AT_LEAST:
        # Sums rounded in another order, and ReLUs that they tip over: a few pixels differ by more than half a level.
        assert np.abs(patterns[name] - patterns["one batch"]).mean() < 0.05
    seconds = medians(ways, ROUNDS)
    print(f"{len(FILTERS)} filters of {LAYER}, {STEPS} steps at 224×224; seconds by the clock, of processor")
    for name, (clock, worked) in seconds.items():
        print(f"{name:16}{clock:8.2f}{worked:8.2f}")
    holds = True
    for name, bound in AT_LEAST.items():
        by_clock, by_work = np.array(seconds[name]) / seconds["one batch"]
        holds &= bool(by_clock >= bound)
        verdict = "" if by_clock >= bound else "   MISSED"
        print(f"one batch over {name}: {by_clock:.2f} by the clock, {by_work:.2f} of processor, ≥ {bound}{verdict}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
