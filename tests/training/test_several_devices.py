"""The same training on two devices as on one, and taken up again after an interruption.

A process has to say how many devices it wants before TensorFlow starts, so all of it runs in one of its own.
"""

import json
import os
import subprocess
import sys

import keras
import pytest

# With older ones two devices gave other weights than one (measured with 3.3 to 3.7) or other losses (3.8 and 3.9).
pytestmark = [
    pytest.mark.nightly,  # chapter 16 trains on two devices and goes on after an interruption at each execution
    pytest.mark.skipif(
        tuple(map(int, keras.__version__.split(".")[:2])) < (3, 10), reason="this Keras trains otherwise on two devices"
    ),
]

PROGRAM = """
import json, sys
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras
import labkit.models
from labkit.models import small_convnets
from labkit.training import Recipe, train_on_fashion

ONE, TWO = tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
RECIPE = Recipe("adamw", batch_size=16, epochs=3, peak_rate=0.01, weight_decay=0.05)
generator = np.random.default_rng(0)
LABELS = np.arange(64) % 4
PICTURES = (generator.integers(0, 90, (64, 28, 28)) + 50 * LABELS[:, None, None]).astype(np.uint8)
facts = {"replicas": TWO.num_replicas_in_sync}

made = []


def remember(**settings):
    made.append(small_convnets.mnist_convnet(**settings))
    return made[-1]


labkit.models.mnist_convnet = remember


def train(strategy, **settings):
    with strategy.scope():
        return train_on_fashion(PICTURES, LABELS, {"validation": (PICTURES, LABELS)}, RECIPE, seed=0, **settings)


def weights():
    return np.concatenate([weight.ravel() for weight in made[-1].get_weights()])


one = train(ONE)
weights_of_one = weights()
two = train(TWO)
weights_of_two = weights()
facts["loss"] = [one.loss, two.loss]
facts["accuracy"] = [one.val_accuracy, two.val_accuracy]
facts["weights_apart"] = float(abs(weights_of_one - weights_of_two).max())

# The interruption comes while the second epoch's images are being watched.
evaluate, calls = keras.Model.evaluate, []


def interrupted(self, *arguments, **settings):
    calls.append(1)
    if len(calls) == 2:
        raise KeyboardInterrupt
    return evaluate(self, *arguments, **settings)


keras.Model.evaluate = interrupted
try:
    train(TWO, backup=sys.argv[1])
except KeyboardInterrupt:
    facts["interrupted"] = True
keras.Model.evaluate = evaluate
resumed = train(TWO, backup=sys.argv[1])
facts["resumed_loss"] = resumed.loss
facts["resumed_apart"] = float(abs(weights() - weights_of_two).max())

# Batch normalization of one batch: 0, 2, 4, 6. Without momentum it stores what it has just seen.
for synchronized in (False, True):
    with TWO.scope():
        norm = keras.layers.BatchNormalization(momentum=0.0, synchronized=synchronized)
        model = keras.Sequential([keras.Input((1,)), norm])
        model.compile(keras.optimizers.SGD(0.0), "mse")
    numbers = np.array([[0.0], [2.0], [4.0], [6.0]], "float32")
    model.fit(numbers, numbers, batch_size=4, shuffle=False, verbose=0)
    facts[f"norm_{synchronized}"] = [float(value[0]) for value in model.get_weights()[2:]]

print("FACTS" + json.dumps(facts))
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    backup = tmp_path_factory.mktemp("several") / "backup"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(backup)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not backup.exists()  # cleared away at the end
    return json.loads(done.stdout.split("FACTS")[1])


@pytest.mark.nightly
def test_two_devices_give_the_losses_and_weights_of_one(facts):
    assert facts["replicas"] == 2
    one, two = facts["loss"]
    assert len(one) == 3
    assert two == pytest.approx(one, rel=1e-4)
    assert one[-1] < one[0]
    assert facts["accuracy"][1] == pytest.approx(facts["accuracy"][0], abs=1 / 64)
    assert facts["weights_apart"] < 1e-3


@pytest.mark.nightly
def test_an_interrupted_run_ends_as_if_nothing_had_been(facts):
    assert facts["interrupted"]
    assert facts["resumed_loss"] == pytest.approx(facts["loss"][1][1:], rel=1e-5)
    assert facts["resumed_apart"] < 1e-5


def test_each_device_normalizes_its_own_half_of_a_batch(facts):
    """0, 2, 4, 6 have the mean 3 and the variance 5; each half has the variance 1, and the first the mean 1."""
    mean, variance = facts["norm_False"]
    assert variance == 1
    assert mean in (1, 3)  # the first device's mean today; the mean of both would be as good
    assert facts["norm_True"] == [3, 5]
