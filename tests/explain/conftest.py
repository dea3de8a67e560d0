"""Small networks with the same weights, built in every way that Keras knows."""

import warnings

import keras
import numpy as np
import pytest
from keras import layers

SIDE = 12


def parts():
    """The layers of one small network for three classes, new each time, with the same names."""
    return [
        layers.Conv2D(4, 3, activation="relu", name="conv1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(6, 3, padding="same", activation="relu", name="conv2"),
        layers.Flatten(name="row"),
        layers.Dense(3, activation="softmax", name="answer"),
    ]


def sequential():
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *parts()], name="net")


def functional():
    images = x = keras.Input((SIDE, SIDE, 3))
    for layer in parts():
        x = layer(x)
    return keras.Model(images, x, name="net")


def nested():
    """The convolutions in a model of their own, called with training=False, as transfer learning has it."""
    inner = keras.Input((SIDE, SIDE, 3))
    x = inner
    for layer in parts()[:3]:
        x = layer(x)
    backbone = keras.Model(inner, x, name="backbone")
    images = keras.Input((SIDE, SIDE, 3))
    x = layers.RandomFlip(name="augment")(images)
    x = backbone(x, training=False)
    for layer in parts()[3:]:
        x = layer(x)
    return keras.Model(images, x, name="net")


@keras.saving.register_keras_serializable("labkit_tests")
class Written(keras.Model):
    """The same network as a class with a call of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.chain = parts()

    def call(self, images):
        x = images
        for layer in self.chain:
            x = layer(x)
        return x


def written():
    model = Written(name="net")
    model(np.zeros((1, SIDE, SIDE, 3), np.float32))
    return model


BUILDERS = {"sequential": sequential, "functional": functional, "nested": nested, "written": written}


def seeded(model, seed=0):
    rng = np.random.default_rng(seed)
    # Seeds of random layers stay: they are weights to Keras, but no numbers to replace.
    model.set_weights([rng.normal(0, 0.3, w.shape).astype(w.dtype) if w.dtype.kind == "f" else w
                       for w in model.get_weights()])  # fmt: skip
    return model


@pytest.fixture(params=[*BUILDERS, "reloaded"])
def any_model(request, tmp_path):
    """One network with the same weights, five ways."""
    if request.param == "reloaded":
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # TensorFlow's variables and NumPy 2
            seeded(functional()).save(tmp_path / "net.keras")
        return keras.saving.load_model(tmp_path / "net.keras")
    return seeded(BUILDERS[request.param]())


@pytest.fixture
def small_model():
    return seeded(sequential())


@pytest.fixture
def images():
    return np.random.default_rng(1).uniform(0, 1, (5, SIDE, SIDE, 3)).astype(np.float32)


@pytest.fixture
def builders():
    """The ways to build the small network, by name; each gives new random weights."""
    return BUILDERS
