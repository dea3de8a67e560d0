"""Magnitude pruning: counts, ranks, copies, and zeros that stay."""

import keras
import numpy as np
import pytest

from labkit.models import mnist_convnet
from labkit.training import KeepZeros, kernels_of, prune


@pytest.fixture
def network():
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            keras.layers.Conv2D(4, 3, name="conv"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.SeparableConv2D(6, 3, name="separable"),
            keras.layers.Flatten(),
            keras.layers.Dense(5, name="dense"),
        ]
    )


def magnitudes(model):
    return {name: np.abs(np.asarray(kernel)) for name, kernel in kernels_of(model).items()}


@pytest.mark.parametrize("sparsity", [0, 0.37, 0.9, 0.999])
def test_the_smallest_of_all_weights_go_and_exactly_as_many_as_asked_for(network, sparsity):
    before = magnitudes(network)
    pruned, report = prune(network, sparsity)
    after = magnitudes(pruned)
    weights = sum(kernel.size for kernel in before.values())
    assert report.weights == weights
    assert report.zeros == round(sparsity * weights) == sum((kernel == 0).sum() for kernel in after.values())
    gone = np.concatenate([before[name][after[name] == 0] for name in before])
    kept = np.concatenate([before[name][after[name] != 0] for name in before])
    assert not gone.size or gone.max() <= kept.min()
    assert all(np.array_equal(before[name][after[name] != 0], after[name][after[name] != 0]) for name in before)
    assert max(kernel.threshold for kernel in report.kernels) == (gone.max() if gone.size else 0)


def test_by_layer_each_kernel_loses_the_same_share(network):
    _, report = prune(network, 0.5, scope="layer")
    assert [kernel.zeros for kernel in report.kernels] == [round(0.5 * kernel.weights) for kernel in report.kernels]


def test_equal_weights_do_not_make_it_more(network):
    for kernel in kernels_of(network).values():
        kernel.assign(np.ones(kernel.shape))
    _, report = prune(network, 0.25)
    assert report.zeros == round(0.25 * report.weights)


def test_the_network_stays_as_it_is_and_biases_and_normalization_too(network):
    before = [weight.copy() for weight in network.get_weights()]
    pruned, _ = prune(network, 0.9)
    assert all(map(np.array_equal, before, network.get_weights()))
    for old, new in zip(network.weights, pruned.weights, strict=True):
        if not old.name.endswith("kernel"):
            assert np.array_equal(old, new)


def test_zeros_stay_through_training_and_the_rest_moves(network):
    pruned, _ = prune(network, 0.8)
    before = {name: np.asarray(kernel) for name, kernel in kernels_of(pruned).items()}
    pruned.compile(keras.optimizers.Adam(0.01), "mse")
    x = np.random.default_rng(0).normal(size=(32, 8, 8, 2)).astype(np.float32)
    pruned.fit(x, np.ones((32, 5)), epochs=2, batch_size=8, verbose=0, callbacks=[KeepZeros()])
    for name, kernel in kernels_of(pruned).items():
        after = np.asarray(kernel)
        assert np.array_equal(after == 0, before[name] == 0)
        assert not np.array_equal(after, before[name])


def test_pruning_twice_is_pruning_once(network):
    once, _ = prune(network, 0.7)
    twice, report = prune(prune(network, 0.3).model, 0.7)
    assert all(map(np.array_equal, once.get_weights(), twice.get_weights()))
    assert report.sparsity == pytest.approx(0.7, abs=0.01)


def test_a_model_inside_a_model_and_a_functional_one_are_pruned_as_well(network):
    inputs = keras.Input((8, 8, 2))
    outer = keras.Model(inputs, keras.layers.Dense(3, name="last")(network(inputs)))
    pruned, report = prune(outer, 0.5)
    assert [kernel.name for kernel in report.kernels] == [
        "conv",
        "separable depthwise_kernel",
        "separable pointwise_kernel",
        "dense",
        "last",
    ]
    assert np.isfinite(pruned.predict(np.ones((1, 8, 8, 2)), verbose=0)).all()


def test_layers_of_one_name_in_two_models_are_both_counted():
    def part():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="dense")])

    inputs = keras.Input((4,))
    _, report = prune(keras.Model(inputs, part()(part()(inputs))), 0.5)
    assert report.weights == 32
    assert len({kernel.name for kernel in report.kernels}) == 2


def test_the_report_says_what_was_done():
    _, report = prune(mnist_convnet(), 0.9)
    text = str(report)
    assert "93,088" in text  # 93,322 less its 234 biases
    assert "83,779" in text
    assert "90.0%" in text
    assert "<table" in report._repr_html_()


@pytest.mark.parametrize("sparsity", [1, 1.5, -0.1, float("nan")])
def test_a_share_out_of_range_is_named(network, sparsity):
    with pytest.raises(ValueError, match=f"sparsity is {sparsity}"):
        prune(network, sparsity)


def test_other_bad_arguments_are_named(network):
    with pytest.raises(TypeError, match=r"sparsity is '0\.5'"):
        prune(network, "0.5")
    with pytest.raises(ValueError, match="scope is 'all'; allowed is 'global' or 'layer'"):
        prune(network, 0.5, scope="all")
    with pytest.raises(TypeError, match="model is 3; allowed is a Keras model"):
        prune(3, 0.5)
    with pytest.raises(ValueError, match="has no kernel to prune"):
        prune(keras.Sequential([keras.Input((2,)), keras.layers.ReLU()]), 0.5)


def test_a_model_that_keras_cannot_copy_is_refused():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    model = Own()
    model(np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="which Keras cannot copy"):
        prune(model, 0.5)


def test_what_comes_back_has_names_and_unpacks():
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    back = prune(network, 0.5)
    model, report = back
    assert (model is back.model, report is back.report) == (True, True)
    assert back.report.zeros == 6
