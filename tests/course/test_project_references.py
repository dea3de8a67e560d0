"""Each project can be done in a minute of training, and what it is made to find out fails it."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.chapters.ch14.project import FRAME, framed
from labkit.course import check_project, project_data
from labkit.datasets import load_mnist
from labkit.models.pretrained import load

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),  # TensorFlow's variables and NumPy 2
]
SEEDS = (0, 1, 2)


def judged(id, model, tmp_path):
    model.save(tmp_path / "model.keras")
    return check_project(id, tmp_path / "model.keras")


def value(result, name):
    return next(each.value for each in result.reached if each.point.name == name)


def digit_reader(images, labels, *, epochs, moved=True):
    """The network of chapter 5, behind three layers that move, turn and resize."""
    moves = [
        layers.RandomTranslation(0.12, 0.12, fill_mode="constant"),
        layers.RandomRotation(0.06, fill_mode="constant"),
        layers.RandomZoom(0.2, fill_mode="constant"),
    ]
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            *(moves if moved else []),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=epochs, batch_size=64, verbose=0)
    return model


class TestDigits:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_reference_passes(self, seed, tmp_path):
        keras.utils.set_random_seed(seed)
        digits = project_data("05-wandering-digits")
        some = np.random.default_rng(seed).permutation(len(digits))[:20_000]
        epochs = max(4, round(45_000 / len(some)))
        model = digit_reader(digits.images[some], digits.labels[some], epochs=epochs)
        assert judged("05-wandering-digits", model, tmp_path).passed

    def test_the_test_split_by_heart_fails(self, tmp_path):
        keras.utils.set_random_seed(0)
        digits = load_mnist()
        chosen = slice(0, 10_000)
        epochs = max(8, round(20_000 / len(digits.x_test[chosen])))
        model = digit_reader(digits.x_test[chosen, ..., None], digits.y_test[chosen], epochs=epochs, moved=False)
        result = judged("05-wandering-digits", model, tmp_path)
        assert value(result, "test digits") > 0.97
        assert value(result, "wandering") < 0.86
        assert not result.passed
        assert "far better on test digits than on wandering" in str(result)


@pytest.fixture(scope="module")
def body():
    """EfficientNet-Lite0 without its top, from images of 128×128 to means of maps."""
    backbone = load(include_top=False, input_size=224)
    return keras.Sequential(
        [
            keras.Input((128, 128, 3)),
            layers.Resizing(224, 224),
            layers.Rescaling(1 / 128, -127 / 128),
            backbone.model,
            layers.GlobalAveragePooling2D(),
        ]
    )


def with_head(body, images, labels, seed):
    """Train one dense layer on what the body gives, and join the two."""
    keras.utils.set_random_seed(seed)
    features = body.predict(images.astype("float32"), verbose=0)
    head = keras.Sequential([keras.Input((1280,)), layers.Dropout(0.5), layers.Dense(1, activation="sigmoid")])
    head.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
    head.fit(features, labels, epochs=20, verbose=0)
    return keras.Sequential([keras.Input((128, 128, 3)), body, head])


class TestPets:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_reference_passes(self, body, seed, tmp_path):
        pets = project_data("11-pets-from-few")
        assert judged("11-pets-from-few", with_head(body, pets.images, pets.labels, seed), tmp_path).passed


class TestReason:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_reference_passes(self, body, seed, tmp_path):
        """Each image twice, once with a frame and once with its border covered: the frame says nothing any more."""
        pets = project_data("14-right-reason")
        covered = np.full_like(pets.images, 127)
        inner = np.s_[:, FRAME + 2 : -FRAME - 2, FRAME + 2 : -FRAME - 2]
        covered[inner] = pets.images[inner]
        both = np.concatenate([covered, framed(pets.images, np.ones(len(pets), bool))])
        model = with_head(body, both, np.tile(pets.labels, 2), seed)
        assert judged("14-right-reason", model, tmp_path).passed

    def test_who_learns_the_frame_fails(self, body, tmp_path):
        pets = project_data("14-right-reason")
        result = judged("14-right-reason", with_head(body, pets.images, pets.labels, 0), tmp_path)
        assert value(result, "fresh pets") < 0.7
        assert value(result, "frames exchanged") < 0.3
        assert value(result, "energy") < 0.56
        assert not result.passed
