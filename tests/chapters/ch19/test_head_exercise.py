"""What is said of heads that are nearly what exercise 19.4 asks for, and need no message of their own in its list."""

import keras
import pytest

from labkit.course import check


def a_head(shape, num_classes, filters=32, kernel=3, bend="layer"):
    layers, seldom = keras.layers, keras.initializers.Constant(-4.6)
    maps = keras.Input(shape)
    x = layers.Conv2D(filters, kernel, padding="same", activation="relu" if bend == "argument" else None)(maps)
    if bend == "layer":
        x = layers.ReLU()(x)
    what = layers.Conv2D(num_classes, 3, padding="same", bias_initializer=seldom)(x)
    far = keras.ops.softplus(layers.Conv2D(4, 3, padding="same")(x))
    return keras.Model(maps, layers.Reshape((-1, num_classes + 4))(layers.Concatenate()([what, far])))


@pytest.mark.parametrize("bend", ["layer", "argument"])
def test_a_relu_may_be_a_layer_or_an_argument(bend):
    assert check("19-head", lambda shape, classes: a_head(shape, classes, bend=bend)).passed


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"bend": None}, "Nothing bends between the convolutions"),
        ({"filters": 64}, "should have 32 filters; yours has 64"),
        ({"kernel": 1}, "one of yours is 1×1"),
    ],
)
def test_what_was_asked_for_and_is_missing_is_named(other, said):
    result = check("19-head", lambda shape, classes: a_head(shape, classes, **other))
    assert result.status == "failed"
    assert said in result.message
