"""What the recipes of chapter 7 take, beside the deck's: epochs in turn, so that a busy machine slows all alike.

.venv/bin/python tests/benchmarks/bench_recipes.py
"""

from time import perf_counter, process_time

import keras
import numpy as np

from labkit.chapters.ch07.experiments import DECK_RECIPE
from labkit.models import mnist_convnet
from labkit.training import LONG_RECIPE, SHORT_RECIPE

PICTURES = 12_000  # an epoch of a few seconds; the batches are as in the whole of Fashion-MNIST
ROUNDS = 7


def trainer(recipe):
    """A function that trains one epoch, as chapter 7 does, and returns its seconds: by the clock, and of processor."""
    rng = np.random.default_rng(0)
    images = rng.random((PICTURES, 28, 28, 1), "float32")
    targets = keras.utils.to_categorical(rng.integers(0, 10, PICTURES), 10)
    model = mnist_convnet(softmax=False)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    model.compile(recipe.build_optimizer(PICTURES), loss, metrics=["accuracy"])

    def epoch():
        started, worked = perf_counter(), process_time()
        model.fit(images, targets, batch_size=recipe.batch_size, verbose=0)
        return perf_counter() - started, process_time() - worked

    epoch()  # tracing and first allocations
    return epoch


def main():
    """Print the median seconds of an epoch, and the whole time of each recipe as a share of the deck's."""
    recipes = {"deck": DECK_RECIPE, "short": SHORT_RECIPE, "long": LONG_RECIPE}
    epochs = {name: trainer(recipe) for name, recipe in recipes.items()}
    seconds = {name: [] for name in recipes}
    for _ in range(ROUNDS):
        for name, epoch in epochs.items():
            seconds[name].append(epoch())
    typical = {name: np.median(seconds[name], axis=0) for name in recipes}
    print(f"{PICTURES:,} images an epoch, medians of {ROUNDS} epochs in turn")
    for name, recipe in recipes.items():
        clock, processor = typical[name] * recipe.epochs / (typical["deck"] * DECK_RECIPE.epochs)
        print(
            f"{name:5}  {recipe.epochs} epochs of {typical[name][0]:5.2f} s, batches of {recipe.batch_size:3}: "
            f"{clock:.2f} of the deck's time by the clock, {processor:.2f} of its processor time"
        )


if __name__ == "__main__":
    main()
