"""How fast the input pipeline is, as ratios measured in one run: `python tests/benchmarks/bench_pipeline.py`.

Every time is the median over five epochs, and the ones compared take turns, so that a busy machine slows them alike; as
far as it does not, the ratio of processor times, beside, tells more. The images are parts of scikit-image's
photographs, 300 pixels wide, written as JPEG into a temporary folder.
"""

import os
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import skimage.data
import tensorflow as tf
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image
from turns import medians

from labkit.datasets import decode_pictures
from labkit.training import RandomAffine, batches

NAMES = ("cat", "dog")
PICTURES = 1000  # to start an epoch takes some milliseconds, which must not count for more than in real training
SIDE = 150


def write_photographs(folder):
    """Write JPEG files in a folder for each class; return their paths and labels."""
    photos = [skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea()]
    generator = np.random.default_rng(0)
    for name in NAMES:
        (folder / name).mkdir()
    paths = []
    for number in range(PICTURES):
        photo = photos[number % len(photos)]
        top, left = (generator.integers(0, room + 1) for room in (photo.shape[0] - 225, photo.shape[1] - 300))
        paths.append(folder / NAMES[number % 2] / f"{number}.jpg")
        Image.fromarray(photo[top : top + 225, left : left + 300]).save(paths[-1], quality=90)
    return paths, [number % 2 for number in range(PICTURES)]


def keras_layers():
    """Keras's own layers for the same changes, one resampling each (RandomShear only where this Keras has it)."""
    layers = [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(40 / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
        keras.layers.RandomZoom((-0.2, 0.2), (-0.2, 0.2), fill_mode="nearest"),
    ]
    if hasattr(keras.layers, "RandomShear"):
        layers.append(keras.layers.RandomShear(0.0035, 0.0035, fill_mode="nearest"))  # tan 0.2°

    def apply(images):
        for layer in layers:
            images = layer(images, training=True)
        return images

    return apply


def through(dataset):
    """Return a function that goes through a data set once."""
    return lambda: [None for _ in dataset]


def augmented(pictures, batch_size):
    """Return the times of an epoch with the six transforms, three ways."""
    six = ImageDataGenerator(
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    flow = six.flow(pictures.images.astype("float32"), pictures.labels, batch_size=batch_size)
    augment = RandomAffine(40, 0.2, 0.2, 0.2, 0.2, horizontal_flip=True)
    separately = keras_layers()
    plain = batches(pictures, batch_size, shuffle_seed=0).dataset
    by_layers = plain.map(lambda images, labels: (separately(images), labels), num_parallel_calls=tf.data.AUTOTUNE)
    return medians(
        {
            "labkit": through(batches(pictures, batch_size, shuffle_seed=0, augment=augment).dataset),
            "ImageDataGenerator": lambda: [next(flow) for _ in range(len(flow))],
            "Keras's layers": through(by_layers.prefetch(tf.data.AUTOTUNE)),
        },
        rounds=5,
    )


def from_files(images, folder, batch_size):
    """Return the times of an epoch without augmentation, after the first."""
    flow = ImageDataGenerator().flow_from_directory(
        folder, target_size=(SIDE, SIDE), batch_size=batch_size, class_mode="binary"
    )
    return medians(
        {
            "labkit": through(batches(images, batch_size, shuffle_seed=0).dataset),
            "ImageDataGenerator": lambda: [next(flow) for _ in range(len(flow))],
        },
        rounds=5,
    )


def main():
    """Print the table; the exit status is 1 if a bound does not hold."""
    warnings.simplefilter("ignore")  # the old class calls SciPy by old names
    checks = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths, labels = write_photographs(folder)
        start = time.perf_counter()
        images = decode_pictures(paths, labels, NAMES, (SIDE, SIDE))
        print(f"decoded once in {time.perf_counter() - start:.1f} s: {images}")
        few = replace(images, images=images.images[:640], labels=images.labels[:640])  # the others are slow
        for batch_size in (20, 32):
            times = augmented(few, batch_size)
            print(f"six transforms, batches of {batch_size}, images a second: {rates(times, len(few))}")
            for other, bound in (("ImageDataGenerator", 6), ("Keras's layers", 5)):
                checks.append((f"six transforms, {batch_size}, over {other}", *ratios(times, other), bound))
        times = from_files(images, folder, 20)
        print(f"from files, second epoch, batches of 20, images a second: {rates(times, PICTURES)}")
        checks.append(("second epoch over flow_from_directory", *ratios(times, "ImageDataGenerator"), 20))
    print(f"\n{'ratio of medians':46}{'processor':>11}{'clock':>8}{'bound':>8}")
    for name, clock, processor, bound in checks:
        print(f"{name:46}{processor:>11.1f}{clock:>8.1f}{f'≥ {bound}':>8}{'' if clock >= bound else '   MISSED'}")
    return 0 if all(clock >= bound for _, clock, _, bound in checks) else 1


def ratios(times, other):
    """Return how many times as long another way takes, by the clock and of all cores."""
    return tuple(theirs / ours for theirs, ours in zip(times[other], times["labkit"], strict=True))


def rates(times, images):
    """Say how many images a second each way gives."""
    return ", ".join(f"{name} {images / seconds:,.0f}" for name, (seconds, _) in times.items())


if __name__ == "__main__":
    sys.exit(main())
