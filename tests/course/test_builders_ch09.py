"""The augmentation of chapter 9: measured rightly, and what no list foresees."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.chapters.ch09.exercises import _dots, _maps, _what_changed
from labkit.course import check
from labkit.training import affine_matrices, resample


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({"rotation": 17.0}, [[0.956, 0.292], [-0.292, 0.956]]),  # counter-clockwise; y runs down
        ({"flip": True}, [[-1, 0], [0, 1]]),
        ({"zoom_x": 1.25, "zoom_y": 0.8}, [[0.8, 0], [0, 1.25]]),
    ],
)
def test_the_dots_tell_what_was_done_to_them(change, right):
    changed = resample(_dots()[np.newaxis].astype("float32"), affine_matrices((64, 64), **change), "reflect")
    maps, middle = _maps(np.asarray(changed))
    np.testing.assert_allclose(maps[0], right, atol=0.01)
    np.testing.assert_allclose(middle[0], 0, atol=0.02)


def test_an_image_that_is_let_through_is_not_changed():
    changes = _what_changed(layers.Identity())
    assert (changes.mirrored, changes.kept, changes.repeated) == (0, True, True)
    np.testing.assert_allclose([changes.turned, changes.shift, *changes.scales], [0, 0] + [1] * 128, atol=1e-3)


FLIP, TURN, ZOOM = layers.RandomFlip("horizontal"), layers.RandomRotation(0.05), layers.RandomZoom(0.2)


@pytest.mark.parametrize(
    "some",
    [
        (ZOOM, TURN, FLIP),
        (FLIP, layers.RandomRotation(0.045, fill_mode="nearest"), layers.RandomZoom(0.2, 0.2, fill_mode="constant")),
        (keras.Input((None, None, 3)), FLIP, layers.RandomRotation((-0.05, 0.05)), layers.RandomZoom((-0.2, 0.2))),
    ],
)
def test_other_right_answers_pass(some):
    assert check("09-augmenter", lambda: keras.Sequential(list(some))).passed


@pytest.mark.parametrize(
    ("some", "told"),
    [
        ((FLIP, ZOOM), "the rotation is missing"),
        ((FLIP, TURN), "the zoom is missing"),
        ((FLIP, layers.RandomRotation(0.07), ZOOM), "18° is the most"),
        ((FLIP, TURN, layers.RandomZoom(0.5)), "a zoom of 0.2 makes them"),
        ((FLIP, TURN, ZOOM, layers.RandomBrightness(0.3, (0, 255))), "lighter or darker"),
        ((FLIP, TURN, ZOOM, layers.Rescaling(2)), "Pixels from 0 to 255 go in"),
        ((FLIP, TURN, ZOOM, layers.CenterCrop(32, 32)), "should keep theirs"),
        ((layers.RandomFlip("vertical"), TURN, ZOOM), "on their heads"),
        ((FLIP, layers.RandomRotation(0.5), ZOOM), "much too far"),
        ((FLIP, TURN, layers.RandomZoom((-0.2, 0.0))), "one way only"),
        ((FLIP, TURN, ZOOM, layers.Rescaling(1 / 127.5, -1)), "between 0 and 1"),
    ],
)
def test_what_is_wrong_is_told(some, told):
    result = check("09-augmenter", lambda: keras.Sequential(list(some)))
    assert result.status == "failed"
    assert told in result.message


def test_a_list_is_no_network():
    assert "returned list; a keras.Sequential" in check("09-augmenter", lambda: [FLIP, TURN, ZOOM]).message
