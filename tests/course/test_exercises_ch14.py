"""Exercises of chapter 14: bytes are asked for and come, whatever they were made of; other ways to a map are right."""

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import explain
from labkit.course import all_exercises, check


def mixed(picture, colours, strength, type_=float):
    return np.clip(np.rint(picture + type_(strength) * colours[..., ::-1]), 0, 255)


@pytest.mark.parametrize("type_", [float, np.float32, int])
def test_the_right_numbers_in_another_type_fail_and_are_told(type_):
    result = check("14-lay-over", lambda *arguments: mixed(*arguments).astype(type_))
    assert result.status == "failed"
    assert f"the values are right, but of the type {np.dtype(type_)}, and uint8 is asked for" in result.message


def test_single_precision_on_the_way_is_right():
    assert check("14-lay-over", lambda *arguments: mixed(*arguments, type_=np.float32).astype(np.uint8)).passed


def by_labkit(model, image, class_index, layer):
    """The map of `explain.cam`, which finds the logits by itself, enlarged by OpenCV."""
    found = explain.cam(model, image[np.newaxis], class_index, layer, size="layer").maps[0]
    return cv2.resize(found, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def in_two_halves(model, image, class_index, layer):
    """The network cut at the layer: its second half alone is watched."""
    front = keras.Model(model.input, model.get_layer(layer).output)
    entered = keras.Input(front.output_shape[1:])
    value = entered
    following = [each.name for each in model.layers]
    for name in following[following.index(layer) + 1 : following.index("logits") + 1]:
        value = model.get_layer(name)(value)
    back = keras.Model(entered, value)
    maps = tf.Variable(front(image[None]))
    with tf.GradientTape() as tape:
        score = back(maps)[0, class_index]
    weights = tape.gradient(score, maps).numpy().mean(axis=(0, 1, 2))
    heatmap = np.maximum(maps.numpy()[0] @ weights, 0)
    heatmap = heatmap / max(heatmap.max(), 1e-12)
    return tf.image.resize(heatmap[..., None], image.shape[:2])[..., 0]  # a tensor


@pytest.mark.parametrize("answer", [by_labkit, in_two_halves])
def test_other_ways_to_the_map_are_right(answer):
    result = check("14-grad-cam-of", answer)
    assert result.passed, result.message


def test_the_map_of_the_network_done_by_hand():
    """Only the upper left position speaks for class 0; enlarged, it is 1, 3/4, 1/4 and 0 in each direction."""
    model, image, *_ = all_exercises()["14-grad-cam-of"].inputs()[0]
    across = np.array([1, 0.75, 0.25, 0])
    found = all_exercises()["14-grad-cam-of"].solution(model, image, 0, "maps")
    np.testing.assert_allclose(found, np.outer(across, across), atol=1e-6)


def test_an_answer_that_changes_the_model_spoils_nothing():
    def spoiling(model, *rest):
        found = grad_cam_of(model, *rest)
        model.set_weights([0 * weight for weight in model.get_weights()])
        return found

    grad_cam_of = all_exercises()["14-grad-cam-of"].solution
    assert check("14-grad-cam-of", spoiling).passed
    assert check("14-grad-cam-of", grad_cam_of).passed
