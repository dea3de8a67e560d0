"""What was saved before a module moved is found and loaded after it: registered names and the keys of the cache."""

import json
from importlib import import_module
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from labkit.datasets import decoding
from labkit.training.transfer.feature_cache import features_key

# Under these names our layers, losses and schedules stand in saved models. A name may be added, none may change.
REGISTERED = {
    "CentreLoss": "labkit.training.localization.losses",
    "EuclideanRBF": "labkit.models.lenet.own_layers",
    "FanInUniform": "labkit.models.lenet.own_layers",
    "GIoULoss": "labkit.training.localization.losses",
    "LocalResponseNormalization": "labkit.models.imagenet_networks.local_response",
    "MaximumAPosteriori": "labkit.models.lenet.loss",
    "OneCycle": "labkit.training.schedules",
    "PixelLoss": "labkit.training.localization.losses",
    "RandomAffine": "labkit.training.augment",
    "SparseConv2D": "labkit.models.lenet.own_layers",
    "TrainableSubsampling": "labkit.models.lenet.own_layers",
    "ZeroPaddedShortcut": "labkit.models.cifar_resnets",
    "scaled_tanh": "labkit.models.lenet.own_layers",
}


@pytest.mark.parametrize("name", REGISTERED)
def test_a_saved_model_finds_its_parts_by_the_name_they_always_had(name):
    made = getattr(import_module(REGISTERED[name]), name)
    assert keras.saving.get_registered_name(made) == f"labkit>{name}"
    assert keras.saving.get_registered_object(f"labkit>{name}") is made


def test_features_are_found_under_the_key_they_were_kept_under():
    layers = [SimpleNamespace(name=name) for name in ("input", "conv_7", "means")]
    convolution = {"class_name": "Conv2D", "config": {"name": "conv_7", "filters": 2, "trainable": False}}
    config = {
        "name": "m",
        "layers": [convolution],
        "input_layers": ["input", 0, 0],
        "output_layers": ["means", 0, 0],
    }
    weights = [np.arange(6, dtype=np.float32).reshape(2, 3)]
    model = SimpleNamespace(layers=layers, to_json=lambda: json.dumps({"config": config}), get_weights=lambda: weights)
    images = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    assert features_key(model, "as it is", images) == "47acd8e4267bc24fedb4d6a4ecf87027"


def test_decoded_images_are_found_under_the_name_they_were_kept_under():
    class File:
        def __init__(self, path, size):
            self.path, self.size = path, size

        def absolute(self):
            return self.path

        def stat(self):
            return SimpleNamespace(st_size=self.size, st_mtime_ns=10**18)

    files = [File("/images/a.png", 3), File("/images/b.png", 4)]
    assert decoding._fingerprint(files, (2, 8, 8, 3), "squash") == "5f3bd29308cf41b10b0f213ae85b3bf4"
