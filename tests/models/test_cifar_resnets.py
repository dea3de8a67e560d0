"""The residual networks for small images: counts of the paper, shortcuts by hand, finite gradients, bad input."""

import keras
import numpy as np
import pytest

from labkit.calculators import summarize
from labkit.models import ZeroPaddedShortcut, cifar_resnet


def weights_by_hand(depth: int, width: int = 16, channels: int = 3) -> int:
    """Kernels of 3×3, two numbers a channel for each batch normalization, and the dense layer of 10 scores."""
    blocks = (depth - 2) // 6
    sizes = [(channels, width)]
    for stage in range(3):
        filters = width * 2**stage
        before = filters if stage == 0 else filters // 2
        sizes += [(before, filters)] + [(filters, filters)] * (2 * blocks - 1)
    assert len(sizes) + 1 == depth
    return sum(9 * inputs * filters + 2 * filters for inputs, filters in sizes) + 4 * width * 10 + 10


@pytest.mark.parametrize(("depth", "published"), [(20, 0.27e6), (32, 0.46e6), (44, 0.66e6), (56, 0.85e6), (110, 1.7e6)])
def test_parameters_of_the_paper(depth, published):
    counted = weights_by_hand(depth)
    assert counted == pytest.approx(published, rel=0.02)  # He et al. 2015, table 6, two digits
    if depth in (20, 56):
        model = cifar_resnet(depth)
        assert sum(weight.shape.num_elements() for weight in model.trainable_weights) == counted


def test_plain_and_residual_have_the_same_weights():
    plain, residual = (cifar_resnet(20, shortcuts=shortcuts) for shortcuts in (False, True))
    assert [weight.shape for weight in plain.weights] == [weight.shape for weight in residual.weights]
    assert not any("skip" in layer.name or "add" in layer.name for layer in plain.layers)
    weighted = [layer for layer in plain.layers if hasattr(layer, "kernel")]
    assert len(weighted) == 20


def test_work_of_the_paper():
    # Stage by stage, a 3×3 convolution of 16, 32, 64 channels on 32², 16², 8² pixels costs the same.
    macs = summarize(cifar_resnet(20)).macs
    each = 32 * 32 * 9 * 16 * 16
    assert macs == 32 * 32 * 9 * 3 * 16 + 6 * each + 2 * (each // 2 + 5 * each) + 640


def test_the_shortcut_by_hand():
    maps = np.arange(5 * 5 * 2, dtype=np.float32).reshape(1, 5, 5, 2)
    out = np.asarray(ZeroPaddedShortcut(filters=5, stride=2)(maps))
    assert out.shape == ZeroPaddedShortcut(filters=5, stride=2).compute_output_shape((1, 5, 5, 2)) == (1, 3, 3, 5)
    np.testing.assert_array_equal(out[..., :2], maps[:, ::2, ::2])
    assert not out[..., 2:].any()


def test_blocks_that_change_nothing_pass_the_picture_on():
    model = cifar_resnet(14, (8, 8, 1), width=4, batch_normalization=False)
    for layer in model.layers:
        if layer.name.startswith("stage"):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32)
    first, last = (keras.Model(model.inputs[0], model.get_layer(name).output) for name in ("act", "means"))
    maps = np.asarray(first(images))
    means = np.asarray(last(images))
    np.testing.assert_allclose(means[:, :4], maps[:, ::4, ::4].mean(axis=(1, 2)), rtol=1e-6)
    assert not means[:, 4:].any()


@pytest.mark.parametrize("options", [{}, {"batch_normalization": False}, {"activation": "sigmoid"}])
def test_a_training_step_lowers_the_loss(options):
    keras.utils.set_random_seed(3)
    model = cifar_resnet(8, (8, 8, 1), width=4, **options)
    random = np.random.default_rng(3)
    images, labels = random.normal(size=(16, 8, 8, 1)).astype(np.float32), random.integers(0, 10, 16)
    model.compile(keras.optimizers.SGD(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = [model.train_on_batch(images, labels) for _ in range(4)]
    assert losses[-1] < losses[0]


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
def test_it_comes_back_from_its_file(tmp_path):
    model = cifar_resnet(8, (9, 9, 1), width=4)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    images = np.random.default_rng(0).normal(size=(3, 9, 9, 1)).astype(np.float32)
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


def test_mixed_precision_runs_and_ends_in_float32():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = cifar_resnet(8, (8, 8, 1), width=4)
    finally:
        keras.config.set_dtype_policy("float32")
    scores = model(np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32))
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    assert keras.backend.standardize_dtype(model.get_layer("stage3_block1_add").output.dtype) == "float16"
    assert np.isfinite(np.asarray(scores)).all()


def test_layers_of_one_shape_start_from_different_weights():
    model = cifar_resnet(8, (8, 8, 1), kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))
    one, other = (model.get_layer(f"stage1_block1_conv{number}").kernel.numpy() for number in (1, 2))
    assert one.std() == pytest.approx(0.01, rel=0.1)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"depth": 18}, "depth is 18; allowed are 8, 14"),
        ({"depth": 2}, "depth is 2; allowed"),
        ({"input_shape": (32, 32)}, r"input_shape is \(32, 32\); allowed"),
        ({"input_shape": (0, 32, 3)}, "input_shape's height is 0; allowed"),
        ({"width": 0}, "width is 0; allowed"),
        ({"num_classes": -1}, "num_classes is -1; allowed"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        cifar_resnet(**arguments)


@pytest.mark.parametrize("size", [28, 31])
def test_the_calculators_count_the_shortcuts_too(size):
    network = cifar_resnet(8, (size, size, 1), width=4)
    report = summarize(network)
    assert report.not_counted() == ()
    assert report.parameters == network.count_params()
    shapes = {row.name: row.output_shape for row in report.rows}
    assert shapes["stage2_block1_skip"][1:] == network.get_layer("stage2_block1_skip").output.shape[1:]
