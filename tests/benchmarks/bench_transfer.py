"""What keeping the features saves: the same head, for the same epochs, on kept features and through the frozen base.

.venv/bin/python tests/benchmarks/bench_transfer.py
"""

import os
import tempfile
from time import perf_counter, process_time

import keras
import numpy as np

from labkit.datasets import decode_pictures, load_cats_vs_dogs
from labkit.models.pretrained import load
from labkit.training import transfer
from labkit.training.transfer.classifier_head import build_head, loss_for

TRAIN, VALIDATION = 200, 100
SIZE, EPOCHS, SEED = 128, 15, 0
AT_LEAST = 10


def timed(work):
    """What a function returns, with its seconds: by the clock, and of processor."""
    started, worked = perf_counter(), process_time()
    result = work()
    return result, np.array([perf_counter() - started, process_time() - worked])


def through_the_base(backbone, train, validation):
    """Train the head with the frozen base in front of it, every image through all of it at every epoch."""
    keras.utils.set_random_seed(SEED)
    head = build_head((1280,), classes=2)
    transfer.freeze(backbone.model)
    model = transfer.join(backbone, head)
    model.compile(keras.optimizers.Adam(1e-3), loss_for(model), metrics=["accuracy"])
    watched = (validation.images, validation.labels)
    fitted = model.fit(train.images, train.labels, batch_size=32, epochs=EPOCHS, validation_data=watched, verbose=0)
    return fitted.history["val_accuracy"][-1]


def main():
    """Print both times and accuracies, and how many times faster kept features are."""
    pets = load_cats_vs_dogs(TRAIN, VALIDATION, 0, seed=0)
    train, validation = (
        decode_pictures(part.paths, part.labels, pets.class_names, (SIZE, SIZE), "crop")
        for part in (pets.train, pets.validation)
    )
    backbone = load("efficientnet-lite0", include_top=False, input_size=SIZE)

    def on_features():
        features = [transfer.extract_features(backbone, part) for part in (train, validation)]
        return transfer.train_head(*features, epochs=EPOCHS, seed=SEED).run.val_accuracy[-1]

    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABKIT_CACHE"] = folder
        cold, cold_seconds = timed(on_features)
        kept, kept_seconds = timed(on_features)
    base, base_seconds = timed(lambda: through_the_base(backbone, train, validation))
    print(pets)
    print(f"{TRAIN} images of {SIZE}×{SIZE}, {EPOCHS} epochs of the same head; seconds by the clock, of processor")
    for name, accuracy, seconds in (
        ("through the frozen base", base, base_seconds),
        ("features extracted first", cold, cold_seconds),
        ("features found in the cache", kept, kept_seconds),
    ):
        faster = base_seconds / seconds
        print(
            f"{name:28} {seconds[0]:6.1f} {seconds[1]:6.1f}  {faster[0]:5.1f} and {faster[1]:5.1f} times as fast, "
            f"validation accuracy {accuracy:.3f}"
        )
    verdict = "met" if (base_seconds / kept_seconds).min() >= AT_LEAST else "MISSED"
    print(f"at least {AT_LEAST} times as fast with kept features: {verdict}")


if __name__ == "__main__":
    main()
