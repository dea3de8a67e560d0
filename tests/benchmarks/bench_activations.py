"""What one pass for eight layers saves over a pass a layer: `python tests/benchmarks/bench_activations.py`.

EfficientNet-Lite0 at 224×224, eight layers from the image to the last maps, every channel of each. A pass a layer is
taken in two ways: through the whole network each time, as with a function that is asked for one layer, and only as far
as the layer, as with a model that ends there. The three take turns in each round.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from turns import medians

from labkit.explain import activations
from labkit.models.pretrained import load

ROUNDS = 9
AT_LEAST = 5
LAYERS = (
    "stem_relu",
    "block2b_expand_relu",
    "block3b_expand_relu",
    "block4c_expand_relu",
    "block5c_expand_relu",
    "block6d_expand_relu",
    "block7a_expand_relu",
    "head_relu",
)


def main():
    """Print times and ratios; the exit status is 1 if the bound does not hold."""
    network = load("efficientnet-lite0", include_top=False).model
    ends_there = [keras.Model(network.inputs, network.get_layer(name).output) for name in LAYERS]
    holds = True
    for count in (1, 16):
        images = np.random.default_rng(0).uniform(-1, 1, (count, 224, 224, 3)).astype("float32")
        ways = {
            "one pass": lambda given=images: list(activations(network, given, LAYERS).values()),
            "the whole network for each layer": lambda given=images: [
                activations(network, given, name)[name] for name in LAYERS
            ],
            "as far as each layer": lambda given=images: [model.predict_on_batch(given) for model in ends_there],
        }
        maps = {name: way() for name, way in ways.items()}
        for name in ways:
            for ours, theirs in zip(maps["one pass"], maps[name], strict=True):
                np.testing.assert_allclose(ours, theirs, atol=1e-3)
        seconds = {name: clock for name, (clock, _) in medians(ways, ROUNDS).items()}
        print(f"eight layers, batches of {count}: milliseconds, median of {ROUNDS}")
        for name, taken in seconds.items():
            print(f"  {name:33} {1000 * taken:8.1f}  {taken / seconds['one pass']:5.2f} times one pass")
        ratio = seconds["the whole network for each layer"] / seconds["one pass"]
        holds &= ratio >= AT_LEAST
        verdict = "met" if ratio >= AT_LEAST else "MISSED"
        print(f"  at least {AT_LEAST} times as fast as the whole network for each: {verdict}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
