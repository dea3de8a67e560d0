"""RandomAffine: one resampling, checked against Keras's `apply_affine_transform` and against SciPy."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from labkit.training.affine import FILL_MODES, affine_matrices, resample
from labkit.training.augment import RandomAffine

GRID_MODES = {"nearest": "nearest", "reflect": "reflect", "constant": "grid-constant", "wrap": "grid-wrap"}
EACH = {
    "rotation": ({"rotation": 33.0}, {"theta": 33.0}),
    "shift_x": ({"shift_x": 2.3}, {"tx": 2.3}),
    "shift_y": ({"shift_y": -1.7}, {"ty": -1.7}),
    "shear": ({"shear": 20.0}, {"shear": 20.0}),
    "zoom_x": ({"zoom_x": 0.7}, {"zx": 0.7}),
    "zoom_y": ({"zoom_y": 1.4}, {"zy": 1.4}),
    "together": (
        {"rotation": -40.0, "shift_x": 3.1, "shift_y": 1.2, "shear": 12.0, "zoom_x": 0.8, "zoom_y": 1.2},
        {"theta": -40.0, "tx": 3.1, "ty": 1.2, "shear": 12.0, "zx": 0.8, "zy": 1.2},
    ),
}


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype("float32")


def keras_affine(picture, fill_mode, **parameters):
    """Keras's own function, which counts rows and columns."""
    from keras.src.legacy.preprocessing import image

    return image.apply_affine_transform(
        picture, **parameters, row_axis=0, col_axis=1, channel_axis=2, fill_mode=fill_mode
    )


def scipy_affine(image, matrix, fill_mode, fill_value):
    """The same map in SciPy, which counts (row, column)."""
    swapped = np.asarray(matrix)[::-1]
    planes = [
        ndimage.affine_transform(
            plane.astype("float64"),
            swapped[:, [1, 0]],
            swapped[:, 2],
            order=1,
            mode=GRID_MODES[fill_mode],
            cval=fill_value,
        )
        for plane in np.moveaxis(image, -1, 0)
    ]
    return np.stack(planes, axis=-1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Keras's old code calls SciPy by an old name
@pytest.mark.parametrize("fill_mode", ["nearest", "reflect"])
def test_each_parameter_as_in_keras(fill_mode):
    batch = images(len(EACH), 17, 17, 3)
    matrices = np.concatenate([affine_matrices((17, 17), **ours) for ours, _ in EACH.values()])
    got = resample(batch, matrices, fill_mode)
    for result, image, (name, (_, theirs)) in zip(got, batch, EACH.items(), strict=True):
        np.testing.assert_allclose(result, keras_affine(image, fill_mode, **theirs), atol=0.02, err_msg=name)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("size", [(17, 17), (9, 22), (1, 6)])
def test_every_fill_mode_as_in_scipy(size, fill_mode):
    batch = images(len(EACH), *size, 2)
    matrices = np.concatenate([affine_matrices(size, **ours) for ours, _ in EACH.values()])
    got = resample(batch, matrices, fill_mode, fill_value=99.0)
    for result, image, matrix, name in zip(got, batch, matrices, EACH, strict=True):
        np.testing.assert_allclose(result, scipy_affine(image, matrix, fill_mode, 99.0), atol=0.02, err_msg=name)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_the_nearest_pixel_as_in_scipy(fill_mode):
    """But for places on the edge between two pixels, where rounding errors decide."""
    numbers = np.random.default_rng(0).integers(0, 9, (len(EACH), 21, 14, 1), dtype=np.uint8)
    matrices = np.concatenate([affine_matrices((21, 14), **ours) for ours, _ in EACH.values()])
    got = resample(numbers, matrices, fill_mode, 7.0, "nearest").numpy()[..., 0]
    for result, plane, matrix, name in zip(got, numbers[..., 0], matrices, EACH, strict=True):
        swapped = np.asarray(matrix, np.float64)[::-1]
        expected = ndimage.affine_transform(
            plane, swapped[:, [1, 0]], swapped[:, 2], order=0, mode=GRID_MODES[fill_mode], cval=7
        )
        rows, columns = np.mgrid[:21, :14]
        places = np.einsum("ij,jyx->iyx", np.asarray(matrix), np.stack([columns, rows, np.ones_like(rows)]))
        clear = (np.abs(places % 1 - 0.5) > 1e-3).all(axis=0)
        assert clear.mean() > 0.5
        np.testing.assert_array_equal(result[clear], expected[clear], err_msg=name)


@pytest.mark.parametrize("size", [(6, 6), (5, 8)])
def test_what_can_be_done_without_interpolation_is_exact(size):
    batch = images(1, *size, 3)
    flipped = resample(batch, affine_matrices(size, flip=True))
    np.testing.assert_allclose(flipped, batch[:, :, ::-1], atol=1e-3)
    upside_down = resample(batch, affine_matrices(size, rotation=180.0))
    np.testing.assert_allclose(upside_down, batch[:, ::-1, ::-1], atol=1e-2)
    rolled = resample(batch, affine_matrices(size, shift_x=2.0, shift_y=-1.0), "wrap")
    np.testing.assert_allclose(rolled, np.roll(batch, (1, -2), axis=(1, 2)), atol=1e-3)


def test_a_positive_rotation_is_counter_clockwise():
    batch = images(1, 7, 7, 1)
    np.testing.assert_allclose(
        resample(batch, affine_matrices((7, 7), rotation=90.0))[0], np.rot90(batch[0]), atol=0.02
    )


def test_a_shift_of_width_goes_sideways():
    """Today's ImageDataGenerator moves up and down when asked for `width_shift_range`; the documentation says width."""
    ramp = np.tile(np.arange(20, dtype="float32")[:, None, None], (1, 20, 1))[None]  # the same in every column
    sideways = RandomAffine(width_shift=0.3, seed=1)(ramp, training=True)
    np.testing.assert_allclose(sideways, ramp, atol=1e-3)
    up_or_down = RandomAffine(height_shift=0.3, seed=1)(ramp, training=True)
    assert np.abs(up_or_down - ramp).max() > 0.5


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_keras_itself_does_today():
    """Three things that the errata say about ImageDataGenerator; when one changes, so must they."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    ramp = np.tile(np.arange(20, dtype="float32")[:, None, None], (1, 20, 1))  # rows differ, columns do not
    flat = ImageDataGenerator(height_shift_range=0.3)
    np.testing.assert_allclose(flat.random_transform(ramp, seed=1), ramp)  # "height" moved sideways: nothing to see
    assert np.abs(ImageDataGenerator(width_shift_range=0.3).random_transform(ramp, seed=1) - ramp).max() > 0.5
    assert ImageDataGenerator(shear_range=0.2).get_random_transform((20, 20, 1), seed=1)["shear"] < 0.2  # degrees
    # In an image that is not square the centre of rotation is exchanged too: by 180° it would otherwise stay whole.
    wide = images(8, 20, 1)
    assert np.abs(keras_affine(wide, "constant", theta=180.0) - wide[::-1, ::-1]).max() > 1
    square = images(8, 8, 1)
    np.testing.assert_allclose(keras_affine(square, "nearest", theta=180.0), square[::-1, ::-1], atol=0.02)


def drawn(**arguments):
    """The upper left 2×2 of 4,000 drawn matrices, and what they add to the centre of the image."""
    matrices = RandomAffine(**arguments, seed=3).draw_matrices(tf.zeros((4000, 11, 21, 1))).numpy()
    return matrices[:, :, :2], matrices @ [10, 5, 1] - [10, 5]


def test_the_draws_fill_their_ranges_and_no_more():
    linear, _ = drawn(rotation=40)
    angles = np.rad2deg(np.arctan2(linear[:, 1, 0], linear[:, 0, 0]))
    np.testing.assert_allclose([angles.min(), angles.max()], [-40, 40], atol=0.1)
    linear, _ = drawn(shear=15)
    leans = np.rad2deg(np.arcsin(-linear[:, 0, 1]))
    np.testing.assert_allclose([leans.min(), leans.max()], [-15, 15], atol=0.1)
    linear, _ = drawn(zoom=0.3)
    zooms = linear[:, [0, 1], [0, 1]]
    np.testing.assert_allclose([zooms.min(0), zooms.max(0)], [[0.7, 0.7], [1.3, 1.3]], atol=0.01)
    assert abs(np.corrcoef(zooms.T)[0, 1]) < 0.1  # each axis has a factor of its own
    _, moved = drawn(width_shift=0.2, height_shift=0.1)
    np.testing.assert_allclose([moved.min(0), moved.max(0)], [[-4.2, -1.1], [4.2, 1.1]], atol=0.02)
    linear, _ = drawn(horizontal_flip=True)
    assert 0.45 < np.mean(linear[:, 0, 0] == -1) < 0.55


def test_nothing_asked_nothing_changed():
    batch = images(3, 6, 8, 3).astype("uint8")
    np.testing.assert_array_equal(RandomAffine()(batch, training=True), batch)


def test_off_at_inference_and_floats_either_way():
    batch = images(3, 6, 8, 3).astype("uint8")
    layer = RandomAffine(rotation=40, seed=0)
    for result in (layer(batch), layer(batch, training=False), layer(batch, training=True)):
        assert result.dtype == "float32"
        assert result.shape == batch.shape
    np.testing.assert_array_equal(layer(batch), batch)
    model = keras.Sequential([keras.Input((6, 8, 3)), layer])
    np.testing.assert_array_equal(model.predict(batch, verbose=0), batch)
    assert np.abs(model(batch, training=True) - batch).max() > 1


def test_the_seed_decides_and_every_picture_has_its_own_draw():
    batch = np.repeat(images(1, 9, 9, 1), 4, axis=0)
    first, again, other = (RandomAffine(rotation=40, seed=seed)(batch, training=True).numpy() for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1
    assert np.abs(first[0] - first[1]).max() > 1
    layer = RandomAffine(rotation=40, seed=5)
    assert np.abs(layer(batch, training=True) - layer(batch, training=True)).max() > 1


def test_the_same_in_tf_data_and_out_of_it():
    batch = images(10, 9, 9, 3).astype("uint8")
    arguments = {"rotation": 40, "zoom": 0.2, "seed": 5}
    outside = RandomAffine(**arguments)
    expected = [outside(batch[start : start + 4], training=True).numpy() for start in (0, 4, 8)]
    inside = RandomAffine(**arguments)
    dataset = tf.data.Dataset.from_tensor_slices(batch).batch(4).map(lambda x: inside(x, training=True))
    assert dataset.element_spec.shape == (None, 9, 9, 3)
    for got, wanted in zip(dataset, expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=0.02)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15 with NumPy 2.4
def test_in_a_model_that_trains_is_saved_and_loaded(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            RandomAffine(rotation=10, width_shift=0.1, shear=5, horizontal_flip=True, fill_mode="wrap", seed=2),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    batch = images(8, 8, 8, 1) / 255
    model.fit(batch, np.zeros((8, 1)), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0), atol=1e-6)
    assert loaded.layers[0].get_config() == model.layers[0].get_config()


def test_a_half_precision_policy_is_followed():
    layer = RandomAffine(rotation=5, seed=0, dtype="mixed_float16")
    assert layer(images(1, 4, 4, 1), training=True).dtype == "float16"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"rotation": -1}, ValueError, "rotation is -1; allowed is degrees from 0 to 180"),
        ({"rotation": float("nan")}, ValueError, "rotation is nan"),
        ({"rotation": "40"}, TypeError, "rotation is '40'"),
        ({"width_shift": 20}, ValueError, "width_shift is 20; allowed is a part of the width"),
        ({"height_shift": True}, TypeError, "height_shift is True"),
        ({"shear": 90}, ValueError, "shear is 90"),
        ({"zoom": (0.8, 1.2)}, TypeError, "zoom is"),
        ({"zoom": 1}, ValueError, "zoom is 1"),
        ({"horizontal_flip": "yes"}, TypeError, "horizontal_flip is 'yes'"),
        ({"fill_mode": "mirror"}, ValueError, "fill_mode is 'mirror'; allowed are 'nearest', 'reflect'"),
        ({"fill_value": float("nan")}, ValueError, "fill_value is nan"),
        ({"seed": -1}, ValueError, "seed is -1"),
        ({"seed": 0.5}, ValueError, "seed is 0.5"),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        RandomAffine(**arguments)


def test_one_picture_is_not_a_batch():
    with pytest.raises(ValueError, match=r"images has shape \(8, 8, 3\); RandomAffine needs a batch"):
        RandomAffine(rotation=5)(np.zeros((8, 8, 3), "float32"), training=True)


def test_xla_says_nothing_of_its_first_program():
    """Its line goes past Python to standard error, which Jupyter shows under the cell."""
    code = "import numpy as np; from labkit.training import affine_matrices, resample; "
    code += "resample(np.ones((1, 2, 2, 1)), affine_matrices((2, 2), rotation=9))"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}  # TensorFlow 2.20 writes this line whatever the level
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "Compiled cluster" not in done.stderr
