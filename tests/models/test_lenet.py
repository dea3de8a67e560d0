"""LeNet-5: the paper's counts, layer by layer; its own layers against formulas; saved and loaded to the bit."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from labkit.calculators import gradient_receptive_field, receptive_field, summarize
from labkit.models import (
    C3_CONNECTIONS,
    DIGIT_CODES,
    EuclideanRBF,
    LocalResponseNormalization,
    MaximumAPosteriori,
    SparseConv2D,
    TrainableSubsampling,
    ZeroPaddedShortcut,
    lenet5,
    scaled_tanh,
)
from labkit.models.lenet.own_layers import FanInUniform

PARAMETERS = {"c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164}
CONNECTIONS = {"c1": 122_304, "s2": 5_880, "c3": 151_600, "s4": 2_000, "c5": 48_120, "f6": 10_164}


def images(number=8, seed=0):
    return np.random.default_rng(seed).random((number, 28, 28, 1), "float32")


def trainable(layer):
    return sum(weight.numpy().size for weight in layer.trainable_weights)


@pytest.fixture(scope="module")
def original():
    keras.utils.set_random_seed(0)
    return lenet5("original")


# ------------------------------------------------------------------------------------------------------ the networks


def test_the_original_has_the_papers_parameters(original):
    assert {layer.name: trainable(layer) for layer in original.layers if trainable(layer)} == PARAMETERS
    assert trainable(original) == 60_000
    assert original.count_params() == 60_000 + 10 * 84  # the codes are stored, not trained


def test_the_modern_one_has_the_decks_parameters():
    counts = {layer.name: layer.count_params() for layer in lenet5("modern").layers if layer.count_params()}
    assert counts == {"c1": 156, "c3": 2_416, "c5": 48_120, "f6": 10_164, "output": 850}
    assert sum(counts.values()) == 61_706


@pytest.mark.parametrize("variant", ["original", "modern"])
def test_the_papers_shapes(variant):
    shapes = {layer.name: layer.output.shape[1:] for layer in lenet5(variant).layers}
    assert shapes["pad"] == (32, 32, 1)
    assert [shapes[name] for name in ("c1", "s2", "c3", "s4", "c5")] == [
        (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120),
    ]  # fmt: skip
    assert shapes["f6"] == (84,)
    assert shapes["output"] == (10,)


@pytest.mark.parametrize("variant", ["original", "modern"])
def test_pictures_may_come_padded(variant):
    keras.utils.set_random_seed(1)
    small = lenet5(variant)
    keras.utils.set_random_seed(1)
    large = lenet5(variant, (32, 32, 1))
    assert "pad" not in [layer.name for layer in large.layers]
    padded = np.pad(images(), ((0, 0), (2, 2), (2, 2), (0, 0)))
    np.testing.assert_array_equal(small(images()), large(padded))


def test_the_margin_is_paper_like_the_rest(original):
    """Paper −0.1, ink 1.175, as published; also in the padding."""
    inside = keras.Model(original.inputs[0], original.get_layer("scale").output)
    np.testing.assert_allclose(inside(np.zeros((1, 28, 28, 1), "float32")), -0.1, rtol=1e-6)
    np.testing.assert_allclose(inside(np.ones((1, 28, 28, 1), "float32"))[0, 2:-2, 2:-2], 1.175, rtol=1e-6)


def test_chapter_6_may_choose():
    relu = lenet5("modern", activation="relu", pooling="max")
    assert relu.count_params() == 61_706
    assert isinstance(relu.get_layer("s4"), keras.layers.MaxPooling2D)
    assert {relu.get_layer(name).activation.__name__ for name in ("c1", "c3", "c5", "f6")} == {"relu"}
    assert lenet5("modern", num_classes=3).output_shape == (None, 3)


def test_only_c3_differs():
    """Sparse and dense start from the same weights where both have them."""
    networks = {}
    for c3 in ("sparse", "dense"):
        keras.utils.set_random_seed(2)
        networks[c3] = lenet5("modern", c3=c3)
    for layer in networks["dense"].layers:
        mine, other = layer.get_weights(), networks["sparse"].get_layer(layer.name).get_weights()
        if layer.name != "c3":
            assert all(np.array_equal(a, b) for a, b in zip(mine, other, strict=True))
    sparse, dense = (networks[c3].get_layer("c3") for c3 in ("sparse", "dense"))
    np.testing.assert_array_equal(sparse.dense_kernel(), dense.kernel.numpy() * C3_CONNECTIONS.T)
    assert trainable(lenet5("original", c3="dense")) == 60_000 - 1_516 + 2_416


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"variant": "1998"}, "variant is '1998'; allowed are 'original', 'modern'"),
        ({"input_shape": (28, 28)}, r"input_shape is \(28, 28\); allowed are \(28, 28, 1\), \(32, 32, 1\)"),
        ({"num_classes": 26}, "num_classes is 26; the original has codes for ten digits, allowed is 10"),
        ({"variant": "modern", "num_classes": 0}, "num_classes is 0; allowed"),
        ({"c3": "full"}, "c3 is 'full'; allowed are None, 'sparse', 'dense'"),
        ({"activation": "relu"}, "activation is 'relu'; the original has its own"),
        ({"pooling": "max"}, "pooling is 'max'; the original has its own"),
        ({"variant": "modern", "activation": "gelu"}, "activation is 'gelu'; allowed are None, 'tanh', 'relu'"),
        ({"variant": "modern", "pooling": "sum"}, "pooling is 'sum'; allowed are None, 'average', 'max'"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        lenet5(**arguments)


# ------------------------------------------------------------------------------------------------------- what it costs


def test_the_table_counts_the_papers_connections(original):
    report = summarize(original)
    rows = {row.name: row for row in report.rows}
    assert {name: rows[name].trainable_parameters for name in PARAMETERS} == PARAMETERS
    # The paper counts a bias as a connection of each unit; a unit of S2 or S4 has four inputs and a bias.
    for name in ("c1", "c3", "c5", "f6"):
        assert rows[name].macs + np.prod(rows[name].output_shape) == CONNECTIONS[name]
    for name in ("s2", "s4"):
        assert 5 * np.prod(rows[name].output_shape) == CONNECTIONS[name]
    assert rows["c3"].macs.working == "10·10·5·5·60 = 150,000"
    assert rows["c3"].parameters.working == "5·5·60 + 16 = 1,516"
    assert not any(row.note for row in report.rows), "every layer is known"
    assert (report.parameters, report.trainable_parameters) == (60_840, 60_000)


def test_one_unit_of_c5_sees_the_whole_padded_picture(original):
    assert receptive_field(original, "c3").size == (14, 14)
    assert receptive_field(original, "c5").size == (32, 32)


# ---------------------------------------------------------------------------------------------------------- its tables


def test_c3s_connections_are_those_the_paper_describes():
    looked_at = [tuple(np.flatnonzero(row)) for row in C3_CONNECTIONS]
    ring = [{(first + step) % 6 for step in range(3)} for first in range(6)]
    assert {frozenset(maps) for maps in looked_at[:6]} == {frozenset(maps) for maps in ring}
    ring = [{(first + step) % 6 for step in range(4)} for first in range(6)]
    assert {frozenset(maps) for maps in looked_at[6:12]} == {frozenset(maps) for maps in ring}
    assert looked_at[12:15] == [(0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)]
    assert looked_at[15] == (0, 1, 2, 3, 4, 5)
    assert len(set(looked_at)) == 16, "no two filters see the same: the symmetry is broken"
    assert set(C3_CONNECTIONS.sum(axis=0)) == {10}, "every map is looked at by ten filters"


def test_the_codes_are_pictures_of_two_colours():
    assert DIGIT_CODES.shape == (10, 12, 7)
    assert set(np.unique(DIGIT_CODES)) == {-1, 1}
    codes = DIGIT_CODES.reshape(10, 84)
    differing = cdist(codes, codes, "hamming") * 84
    assert differing[~np.eye(10, dtype=bool)].min() >= 6


def test_the_tables_cannot_be_changed():
    for table in (C3_CONNECTIONS, DIGIT_CODES):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


# ---------------------------------------------------------------------------------------------------------- its layers


def test_scaled_tanh():
    x = np.linspace(-5, 5, 41).astype("float32")
    np.testing.assert_allclose(scaled_tanh(x), 1.7159 * np.tanh(2 * x / 3), rtol=1e-5)
    np.testing.assert_allclose(scaled_tanh(np.array([-1.0, 1.0])), [-1, 1], atol=1e-4)


def test_sparse_is_dense_with_zeros():
    keras.utils.set_random_seed(0)
    sparse = SparseConv2D(C3_CONNECTIONS, 5, activation="tanh")
    x = np.random.default_rng(0).normal(size=(3, 14, 14, 6)).astype("float32")
    sparse(x)
    sparse.bias.assign(np.arange(16) / 16)
    # An oracle that shares nothing with the layer: kernels counted off map by map, and Keras's own convolution.
    kernel = np.zeros((5, 5, 6, 16), "float32")
    number = 0
    for from_map in range(6):
        for to_map in range(16):
            if C3_CONNECTIONS[to_map, from_map]:
                kernel[:, :, from_map, to_map] = sparse.kernel.numpy()[:, :, number]
                number += 1
    assert number == 60
    dense = keras.layers.Conv2D(16, 5, activation="tanh")
    dense.build(x.shape)
    dense.set_weights([kernel, sparse.bias.numpy()])
    np.testing.assert_allclose(sparse(x), dense(x), atol=1e-6)
    assert tuple(sparse.compute_output_shape((None, 14, 14, 6))) == (None, 10, 10, 16)


def test_a_filter_does_not_see_the_maps_it_is_not_connected_to():
    layer = SparseConv2D(C3_CONNECTIONS, 5)
    x = np.random.default_rng(1).normal(size=(1, 14, 14, 6)).astype("float32")
    before = layer(x).numpy()
    x[..., 2] += 1
    changed = (layer(x).numpy() != before).any(axis=(0, 1, 2))
    np.testing.assert_array_equal(changed, C3_CONNECTIONS[:, 2])


def test_subsampling_is_the_papers_formula():
    layer = TrainableSubsampling(activation=scaled_tanh)
    x = np.random.default_rng(0).normal(size=(2, 10, 10, 3)).astype("float32")
    np.testing.assert_allclose(layer(x), 1.7159 * np.tanh(2 / 3 * x.reshape(2, 5, 2, 5, 2, 3).mean((2, 4))), atol=1e-5)
    coefficient, bias = np.array([0.5, -1, 2], "float32"), np.array([0.1, 0, -3], "float32")
    layer.set_weights([coefficient, bias])
    sums = x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]
    np.testing.assert_allclose(layer(x), 1.7159 * np.tanh(2 / 3 * (coefficient * sums + bias)), atol=1e-5)


def test_the_output_is_minus_the_squared_distance():
    layer = EuclideanRBF(DIGIT_CODES.reshape(10, 84))
    x = np.random.default_rng(0).normal(size=(5, 84)).astype("float32")
    np.testing.assert_allclose(layer(x), -cdist(x, DIGIT_CODES.reshape(10, 84), "sqeuclidean"), rtol=1e-5)
    np.testing.assert_array_equal(np.argmax(layer(DIGIT_CODES.reshape(10, 84)), axis=1), np.arange(10))
    assert not layer.trainable_weights


def test_starting_weights_are_even_up_to_the_papers_bound():
    drawn = np.array(FanInUniform(seed=3)((5, 5, 6, 16)))
    bound = 2.4 / 150
    assert np.abs(drawn).max() <= bound
    assert np.abs(drawn).max() > 0.99 * bound
    assert drawn.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)
    by_filter = np.abs(FanInUniform(maps=[3, 6], seed=3)((5, 5, 6, 2))).max(axis=(0, 1, 2))
    assert (by_filter <= 2.4 / np.array([75, 150])).all()
    assert (by_filter > 0.9 * 2.4 / np.array([75, 150])).all()


def test_the_loss_is_equation_9():
    random = np.random.default_rng(0)
    distances, labels = random.uniform(0, 30, (6, 10)).astype("float32"), random.integers(0, 10, 6)
    by_hand = distances[range(6), labels] + logsumexp(np.c_[-distances, np.full(6, -4.0)], axis=1)
    assert float(MaximumAPosteriori(4.0)(labels, -distances)) == pytest.approx(by_hand.mean(), rel=1e-5)
    # Nobody wants the rubbish when it is infinitely far: then it is the usual cross-entropy.
    usual = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, -distances)
    assert float(MaximumAPosteriori(1e6)(labels, -distances)) == pytest.approx(float(usual), rel=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SparseConv2D([True, False], 5), "connections is .*; allowed is a table"),
        (lambda: SparseConv2D([[True], [False]], 5), "connections is .* with a True in every row"),
        (
            lambda: SparseConv2D(C3_CONNECTIONS, 5).build((None, 14, 14, 3)),
            "is given 3 maps; its connections are for 6",
        ),
        (lambda: EuclideanRBF([1, 2]), r"codes has shape \(2,\); allowed"),
        (lambda: EuclideanRBF([[1, 2]]).build((None, 3)), "is given 3 numbers; its codes have 2"),
        (lambda: MaximumAPosteriori(0), "rubbish_penalty is 0; allowed is a positive number"),
    ],
)
def test_a_layer_says_what_is_wrong(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# ------------------------------------------------------------------------------------------------- trained, and saved


@pytest.mark.parametrize(
    ("variant", "loss"),
    [
        ("original", MaximumAPosteriori()),
        ("original", keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        ("modern", keras.losses.SparseCategoricalCrossentropy()),
    ],
)
def test_every_trainable_weight_learns(variant, loss):
    keras.utils.set_random_seed(0)
    model = lenet5(variant)
    model.compile(keras.optimizers.Adam(0.001), loss, metrics=["accuracy"])
    before = [weight.numpy().copy() for weight in model.weights]
    history = model.fit(images(16), np.arange(16) % 10, epochs=2, batch_size=16, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    for weight, old in zip(model.weights, before, strict=True):
        changed = weight.numpy() != old
        # Every filter, and in C3 every one of the 60 kernels; single weights may stay for want of float32's digits.
        in_each = changed.reshape(-1, changed.shape[-1]).any(axis=0)
        assert in_each.all() if weight.trainable else not changed.any(), weight.path


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize(
    "arguments",
    [
        {"variant": "original"},
        pytest.param({"variant": "modern"}, marks=pytest.mark.nightly),
        pytest.param({"variant": "modern", "c3": "sparse"}, marks=pytest.mark.nightly),
    ],
)
def test_saved_and_loaded_to_the_bit(arguments, tmp_path):
    """Also by a process that has imported the room and nothing of it."""
    keras.utils.set_random_seed(0)
    model = lenet5(**arguments)
    loss = MaximumAPosteriori(7.0) if arguments["variant"] == "original" else "sparse_categorical_crossentropy"
    model.compile("adam", loss)
    x = images()
    model.fit(x, np.arange(8), verbose=0)
    said = model.predict(x, verbose=0)
    model.save(tmp_path / "lenet.keras")
    loaded = keras.saving.load_model(tmp_path / "lenet.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), said)
    if arguments["variant"] == "original":
        assert loaded.loss.rubbish_penalty == 7
    np.save(tmp_path / "x.npy", x)
    program = (
        "import sys, keras, numpy as np, labkit.models\n"
        "model = keras.saving.load_model(sys.argv[1] + '/lenet.keras', safe_mode=True)\n"
        "np.save(sys.argv[1] + '/said.npy', model.predict(np.load(sys.argv[1] + '/x.npy'), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "said.npy"), said)


def test_a_layers_config_makes_the_same_layer():
    for layer in lenet5("original").layers + lenet5("modern", c3="sparse").layers:
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("layer", ["c1", "s2", "c3", "s4", "c5"])
def test_the_receptive_fields_of_its_own_layers_can_be_measured(layer):
    model = lenet5("original")
    assert gradient_receptive_field(model, layer).size == receptive_field(model, layer).size


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("labkit>SparseConv2D", SparseConv2D),
        ("labkit>TrainableSubsampling", TrainableSubsampling),
        ("labkit>EuclideanRBF", EuclideanRBF),
        ("labkit>FanInUniform", FanInUniform),
        ("labkit>scaled_tanh", scaled_tanh),
        ("labkit>MaximumAPosteriori", MaximumAPosteriori),
        ("labkit>ZeroPaddedShortcut", ZeroPaddedShortcut),
        ("labkit>LocalResponseNormalization", LocalResponseNormalization),
    ],
)
def test_saved_networks_know_their_parts_by_these_names(name, thing):
    """The names are in the files: who changes one can no longer load what was saved before."""
    assert keras.saving.get_registered_object(name) is thing
