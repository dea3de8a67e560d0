"""Batches: every image once an epoch, with its label, the same for the same seed, ready for `fit`."""

import itertools

import keras
import numpy as np
import pytest
from PIL import Image

from labkit.datasets import decode_pictures
from labkit.datasets.decoding import DecodedPictures
from labkit.training import RandomAffine, batches, endless_batches

NAMES = ("cat", "dog")


@pytest.fixture
def images():
    """Fifty images of one grey each; the grey is the image's number, and the label tells whether it is odd."""
    numbers = np.arange(50)
    images = np.broadcast_to(numbers[:, None, None, None], (50, 6, 8, 3)).astype("uint8")
    return DecodedPictures(images, numbers % 2, NAMES, "squash")


def numbers_of(epoch):
    """The images of an epoch by number, each checked to have come with its own label."""
    seen = []
    for images, labels in epoch:
        numbers = images[:, 0, 0, 0].astype(int)
        np.testing.assert_array_equal(images, np.broadcast_to(numbers[:, None, None, None], images.shape))
        np.testing.assert_array_equal(labels, numbers % 2)
        seen.extend(numbers.tolist())
    return seen


def test_in_order_unless_shuffled(images):
    validation = batches(images, batch_size=20)
    assert numbers_of(validation) == list(range(50))
    assert [len(labels) for _, labels in validation] == [20, 20, 10]
    assert len(validation) == 3


def test_every_epoch_has_every_picture_once_in_another_order(images):
    train = batches(images, batch_size=20, shuffle_seed=1)
    first, second = numbers_of(train), numbers_of(train)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second


def test_the_seed_decides(images):
    runs = [[numbers_of(train), numbers_of(train)] for train in (batches(images, shuffle_seed=s) for s in (3, 3, 4))]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_class_names_shapes_and_types(images):
    for augment, dtype in ((None, "uint8"), (RandomAffine(rotation=5), "float32")):
        train = batches(images, shuffle_seed=0, augment=augment)
        assert train.class_names == NAMES
        shown, labels = train.dataset.element_spec
        assert shown.shape == (None, 6, 8, 3)
        assert shown.dtype == dtype
        assert labels.shape == (None,)


def test_augmented_by_what_is_named_and_reproducible(images):
    def epochs():
        augment = RandomAffine(height_shift=0.5, fill_mode="constant", seed=2, name="up_or_down")
        train = batches(images, shuffle_seed=0, augment=augment)
        assert str(train).endswith("; shuffled (seed 0); 20 a batch; augmented by up_or_down")
        assert str(train) in train._repr_html_()
        return [batch for _ in range(2) for batch, _ in train]

    first, again = epochs(), epochs()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(np.ptp(batch[-1]) > 1 for batch in first)


def test_keras_trains_on_them(images):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    train, validation = batches(images, shuffle_seed=0), batches(images)
    history = model.fit(train.dataset, validation_data=validation.dataset, epochs=2, shuffle=False, verbose=0).history
    assert len(history["val_accuracy"]) == 2
    # Keras compares labels (batch,) with probabilities (batch, 1) image by image, not each with each.
    probabilities = model.predict(validation.dataset, verbose=0)
    assert probabilities.shape == (50, 1)
    right = np.mean((probabilities[:, 0] > 0.5) == images.labels)
    assert model.evaluate(validation.dataset, verbose=0)[1] == pytest.approx(right)


def test_from_a_file_as_from_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        Image.new("RGB", (6, 8), (number,) * 3).save(path)
    labels = [0, 1] * 3
    kept = batches(decode_pictures(paths, labels, NAMES, (8, 6), cache="file"), 4, shuffle_seed=0)
    assert numbers_of(kept) == numbers_of(batches(decode_pictures(paths, labels, NAMES, (8, 6)), 4, shuffle_seed=0))


def test_the_plain_generator_never_ends(images):
    generator = endless_batches(images, batch_size=20, seed=1)
    epochs = [list(itertools.islice(generator, 3)) for _ in range(3)]
    assert [len(labels) for _, labels in epochs[0]] == [20, 20, 10]
    orders = [numbers_of(epoch) for epoch in epochs]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert orders[0] != orders[1] != orders[2]
    assert numbers_of(itertools.islice(endless_batches(images, seed=1), 3)) == orders[0]


def test_keras_trains_on_the_plain_generator(images):
    model = keras.Sequential([keras.Input((6, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(endless_batches(images), steps_per_epoch=3, epochs=2, shuffle=False, verbose=0).history
    assert len(history["loss"]) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size is 0; allowed is a whole number of at least 1"),
        ({"batch_size": 2.5}, TypeError, "batch_size is 2.5"),
        ({"shuffle_seed": -1}, ValueError, "shuffle_seed is -1"),
        ({"shuffle_seed": True}, TypeError, "shuffle_seed is True"),
        ({"augment": "flip"}, TypeError, "augment is 'flip'; a Keras layer"),
    ],
)
def test_bad_arguments(images, arguments, error, words):
    with pytest.raises(error, match=words):
        batches(images, **arguments)


def test_paths_are_not_pictures():
    with pytest.raises(TypeError, match="images is a list; DecodedPictures, from decode_pictures, are needed"):
        batches(["a.jpg"])


def test_the_generator_refuses_at_once(images):
    with pytest.raises(ValueError, match="batch_size is 0"):
        endless_batches(images, batch_size=0)
