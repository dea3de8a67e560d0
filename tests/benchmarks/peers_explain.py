# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["cnn-labkit[pretrained]", "tf-keras-vis==0.8.7", "xplique==2.0.2"]
# [tool.uv]
# override-dependencies = ["tensorflow==2.20.*"]  # Xplique asks for TensorFlow with three gigabytes of CUDA
# [tool.uv.sources]
# cnn-labkit = { path = "../.." }
# ///
"""Grad-CAM beside two other packages, in an environment of its own: the same maps? and how long a call takes.

.venv/bin/uv run tests/benchmarks/peers_explain.py
"""

import sys

import keras
import numpy as np
import tensorflow as tf
from skimage.data import astronaut, chelsea, coffee, rocket
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.utils.scores import CategoricalScore
from turns import medians
from xplique.attributions import GradCAM

from labkit.explain import cam, last_spatial_layer
from labkit.models.pretrained import load

ROUNDS = 15
CLOSE = 1e-4
AT_LEAST = {"tf-keras-vis": 10, "Xplique": 1.5}


def ours(model, place):
    """Ours, at the images' size as theirs."""
    return lambda images, classes: cam(model, images, target=classes, layer=place).maps


def tf_keras_vis(model, place):
    """Its object is made once, as its documentation does."""
    explainer = Gradcam(model, clone=True)
    return lambda images, classes: explainer(
        CategoricalScore(classes.tolist()), images, penultimate_layer=place, seek_penultimate_conv_layer=False
    )


def xplique(model, place):
    """Its object is made once; it takes the classes as one-hot vectors."""
    explainer = GradCAM(model, conv_layer=place, batch_size=16)
    depth = model.output_shape[-1]
    return lambda images, classes: np.asarray(explainer.explain(images, tf.one_hot(classes, depth)))[..., 0]


def forward(model, place):
    """No Grad-CAM can be faster than this."""
    run = tf.function(model, reduce_retracing=True)
    return lambda images, classes: run(tf.constant(images)).numpy()


def layer_maps(model, place, images, classes):
    """Grad-CAM at the layer's size by each package, each map divided by its peak; they resize it in different ways."""
    their_map = Gradcam(model, clone=True)(
        CategoricalScore(classes.tolist()),
        images,
        penultimate_layer=place,
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    explainer = GradCAM(model, conv_layer=place, batch_size=len(images))
    targets = tf.one_hot(classes, model.output_shape[-1])
    maps, gradients = explainer._gradient(tf.constant(images), targets)
    other_map = explainer._apply_weights(explainer._compute_weights(gradients, maps), maps)
    own_map = cam(model, images, target=classes, layer=place, size="layer").maps
    found = {"labkit": own_map, "tf-keras-vis": their_map, "Xplique": other_map}
    return {name: _to_one(each) for name, each in found.items()}


def _to_one(maps):
    maps = np.asarray(maps, np.float64)
    return maps / maps.max(axis=(1, 2), keepdims=True)


def main():
    """Print the largest difference between the maps, and medians of the times; exit with 1 when a bar is missed."""
    backbone = load("efficientnet-lite0")
    network = backbone.model
    model = keras.Model(network.inputs, network.get_layer("logits").output)  # the others cannot look behind a softmax
    place = last_spatial_layer(model).name
    photos = [backbone.preprocess(photo()[np.newaxis]) for photo in (astronaut, chelsea, coffee, rocket)]
    images = np.concatenate(photos * 4).astype(np.float32)
    classes = np.argmax(model.predict(images, verbose=0), axis=1)
    holds = []
    maps = layer_maps(model, place, images, classes)
    print(f"Grad-CAM of {len(images)} images of 224×224 at {place}, {maps['labkit'].shape[1:]}, scaled to 1")
    for name in AT_LEAST:
        difference = np.abs(maps["labkit"] - maps[name]).max()
        holds.append(difference <= CLOSE)
        verdict = "met" if holds[-1] else "MISSED"
        print(f"  largest difference to {name:13} {difference:.1e} (at most {CLOSE}: {verdict})")

    makers = {"labkit": ours, "tf-keras-vis": tf_keras_vis, "Xplique": xplique, "forward pass alone": forward}
    for count in (1, 16):
        calls = {name: make(model, place) for name, make in makers.items()}
        given = images[:count], classes[:count]
        ways = {name: lambda call=call, given=given: call(*given) for name, call in calls.items()}
        seconds = {name: clock for name, (clock, _) in medians(ways, ROUNDS).items()}
        print(f"batches of {count}: milliseconds a call, median of {ROUNDS}")
        for name, taken in seconds.items():
            ratio, bar = taken / seconds["labkit"], AT_LEAST.get(name, 0)
            holds.append(ratio >= bar)
            verdict = f" (at least {bar}: {'met' if holds[-1] else 'MISSED'})" if bar else ""
            print(f"  {name:18} {1000 * taken:8.1f} {ratio:6.2f} times labkit's{verdict}")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
