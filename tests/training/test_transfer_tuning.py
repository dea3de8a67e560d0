"""Freezing and fine-tuning: counts, batch normalization, and the mistake of unfreezing too late."""

import keras
import numpy as np
import pytest

from labkit.datasets import DecodedPictures
from labkit.models.pretrained import Backbone, Normalization, load
from labkit.training import transfer
from labkit.training.transfer.classifier_head import build_head
from labkit.training.transfer.freezing import trainable_normalization

NORMALIZATION = Normalization((127.0,) * 3, (128.0,) * 3)


def small_model(classes=2) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv1")(inputs)
    x = keras.layers.BatchNormalization(name="bn1")(x)
    x = keras.layers.Conv2D(4, 3, name="conv2")(x)
    x = keras.layers.BatchNormalization(name="bn2")(x)
    base = keras.Model(inputs, keras.layers.ReLU(name="relu2")(x), name="base")
    return transfer.join(Backbone("small", base, NORMALIZATION, include_top=False), build_head((4,), classes))


def pets(count=12, classes=2) -> DecodedPictures:
    # Darker than what the averages of batch normalization stand for, so that training on them would move those.
    images = np.random.default_rng(0).integers(0, 90, (count, 8, 8, 3)).astype(np.uint8)
    return DecodedPictures(images, np.arange(count) % classes, tuple("abc"[:classes]), "crop")


def weights_of(model, *names) -> list[np.ndarray]:
    return [array.copy() for name in names for array in model.get_layer("base").get_layer(name).get_weights()]


def same(before, after) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def fit(model, images, **options) -> None:
    model.fit(images.images, images.labels, batch_size=4, verbose=0, **options)


# ------------------------------------------------------------------------------------------------------------ counts


def test_vgg16_is_frozen_and_tuned_as_in_the_decks():
    """FACTS C9: 30 tensors, 4 once the base is frozen; from block5_conv1 up 3 kernels and 3 biases more."""
    base = load("vgg16", include_top=False, input_size=150, weights=None).model
    layers = [base, keras.layers.Flatten(), keras.layers.Dense(256, activation="relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")], name="decks")
    model.build((None, 150, 150, 3))
    frozen = transfer.freeze(model, "vgg16")
    assert (frozen.before, frozen.after) == (30, 4)
    assert (frozen.parameters_before, frozen.parameters_after) == (16_812_353, 2_097_665)
    assert str(frozen) == "decks: 30 → 4 trainable tensors, 16,812,353 → 2,097,665 trainable parameters"
    tuned = transfer.fine_tune_from(model, "block5_conv1")
    assert (tuned.before, tuned.after) == (4, 10)
    assert tuned.parameters_after == 2_097_665 + 3 * (3 * 3 * 512 * 512 + 512)
    opened = {layer.name for layer in base.layers if layer.trainable and layer.weights}
    assert opened == {"block5_conv1", "block5_conv2", "block5_conv3"}
    assert transfer.fine_tune_from(model, "block1_conv1").after == 30
    assert transfer.freeze(base).after == 0


def test_a_name_is_found_in_models_inside_models():
    model = small_model()
    whole = keras.Sequential([keras.Input((8, 8, 3)), model], name="whole")
    assert transfer.fine_tune_from(whole, "conv2").after == 4
    assert transfer.fine_tune_from(whole, "head").after == 2
    assert transfer.fine_tune_from(whole, "base").after == 6
    assert transfer.freeze(whole, "head").after == 4
    assert transfer.freeze(whole).after == 0


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
def test_counts_survive_saving(tmp_path):
    model = small_model()
    transfer.fine_tune_from(model, "conv2")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert len(again.trainable_weights) == len(model.trainable_weights) == 4


def test_unknown_layers_get_the_nearest_names():
    for call in (transfer.freeze, transfer.fine_tune_from):
        with pytest.raises(ValueError, match=r"layer_name is 'conv3', no layer of joined; there are: base.conv1 "):
            call(small_model(), "conv3")
    twice = keras.Sequential([keras.Input((8, 8, 3)), small_model()])
    twice.add(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="probabilities")], name="more"))
    with pytest.raises(
        ValueError, match=r"the name of 2 layers of .*; give one of 'joined.head.probabilities', 'more.probabilities'"
    ):
        transfer.freeze(twice, "probabilities")
    with pytest.raises(TypeError, match="model is a str"):
        transfer.freeze("vgg16")


# ----------------------------------------------------------------------------------------------- batch normalization


def test_fine_tuning_leaves_batch_normalization_alone_and_without_that_it_drifts():
    images = pets()
    tuned = small_model()
    transfer.fine_tune_from(tuned, "conv2")
    frozen_parts = weights_of(tuned, "conv1", "bn1", "bn2")
    tuning = weights_of(tuned, "conv2")
    transfer.fine_tune(tuned, images, images, epochs=2, learning_rate=1e-3)
    assert same(frozen_parts, weights_of(tuned, "conv1", "bn1", "bn2"))
    assert not same(tuning, weights_of(tuned, "conv2"))

    # What goes wrong otherwise: at a learning rate of zero nothing is learned, and yet the answers change.
    for name, prepare in {
        "batch normalization trainable": lambda model: None,
        "all but its averages frozen": lambda model: _freeze_but_normalization(model),
    }.items():
        model = small_model()
        prepare(model)
        before, answers = weights_of(model, "bn1", "bn2"), model.predict(images.images, verbose=0)
        model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
        fit(model, images, epochs=5)
        drift = abs(weights_of(model, "bn1", "bn2")[2] - before[2]).max()
        assert drift > 0.01, name
        assert abs(model.predict(images.images, verbose=0) - answers).max() > 0.01, name


def _freeze_but_normalization(model) -> None:
    for layer in model.get_layer("base").layers:
        layer.trainable = isinstance(layer, keras.layers.BatchNormalization)


@pytest.mark.nightly
def test_a_frozen_base_is_in_inference_mode_in_fit():
    model, images = small_model(), pets()
    transfer.freeze(model, "base")
    before = weights_of(model, "conv1", "bn1", "conv2", "bn2")
    model.compile("adam", "binary_crossentropy")
    fit(model, images, epochs=2)
    assert same(before, weights_of(model, "conv1", "bn1", "conv2", "bn2"))
    batch = images.images.astype(np.float32)
    assert np.array_equal(model(batch, training=True), model(batch, training=False))


@pytest.mark.nightly
def test_calling_the_base_with_training_false_does_not_protect_it():
    """Why this package freezes instead: `fit` overrides what was said when the model was built."""
    drifts = []
    for options in ({}, {"training": False}):
        base = small_model().get_layer("base")
        inputs = keras.Input((8, 8, 3))
        x = keras.layers.Flatten()(base(inputs, **options))
        model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
        before = weights_of(model, "bn1")
        model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
        fit(model, pets(), shuffle=False)
        drifts.append(abs(weights_of(model, "bn1")[2] - before[2]).max())
    assert drifts[0] == pytest.approx(drifts[1])
    assert drifts[0] > 0.01


def test_trainable_batch_normalization_is_refused():
    with pytest.raises(ValueError, match=r"2 trainable layers of batch normalization \(the first is bn1\)"):
        transfer.fine_tune(small_model(), pets(), pets(), epochs=1)


# ----------------------------------------------------------------------------------------- unfreezing and compiling


def trained_head() -> keras.Model:
    model = small_model()
    transfer.freeze(model, "base")
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    transfer.ready_to_train(model)
    fit(model, pets())
    transfer.ready_to_train(model)
    return model


@pytest.mark.nightly
class Block(keras.layers.Layer):
    """A convolution and a normalization, with a weight of its own: a layer written as a class."""

    def __init__(self, filters, **options):
        super().__init__(**options)
        self.convolution = keras.layers.Conv2D(filters, 3, padding="same", name="inner_conv")
        self.normalization = keras.layers.BatchNormalization(name="inner_bn")

    def build(self, shape):
        self.gain = self.add_weight(shape=(1,), initializer="ones", name="gain")
        self.convolution.build(shape)
        self.normalization.build((*shape[:-1], self.convolution.filters))

    def call(self, x):
        return self.gain * self.normalization(self.convolution(x))


class Stage(keras.layers.Layer):
    """Two such blocks: nested two deep."""

    def __init__(self, **options):
        super().__init__(**options)
        self.blocks = [Block(4, name="block1"), Block(4, name="block2")]

    def build(self, shape):
        for block in self.blocks:
            block.build(shape)
            shape = (*shape[:-1], 4)

    def call(self, x):
        return self.blocks[1](self.blocks[0](x))


def written_as_classes() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = Stage(name="stage")(keras.layers.Conv2D(3, 3, padding="same", name="first")(inputs))
    x = Block(4, name="block3")(x)
    base = keras.Model(inputs, x, name="base")
    return transfer.join(Backbone("written", base, NORMALIZATION, include_top=False), build_head((4,), 2))


@pytest.mark.parametrize(("start", "tuned"), [("first", 4), ("stage", 3), ("block2", 2), ("block3", 1)])
def test_normalization_in_layers_written_as_classes_stays_frozen_wherever_it_is(start, tuned):
    model = written_as_classes()
    assert trainable_normalization(model) == ["inner_bn"] * 3
    with pytest.raises(ValueError, match="model has 3 trainable layers of batch normalization"):
        transfer.fine_tune(model, pets(), pets(), epochs=1)
    transfer.fine_tune_from(model, start)
    assert trainable_normalization(model) == []
    normalizing = [one for one in model._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]
    before = [array.copy() for one in normalizing for array in one.get_weights()]
    # of every block tuned its kernel, bias and gain; of the first layer and of the head kernel and bias
    blocks = min(tuned, 3)
    head = len(build_head((4,), 2).trainable_weights)
    assert len(model.trainable_weights) == 3 * blocks + 2 * (tuned > 3) + head
    transfer.fine_tune(model, pets(), pets(), epochs=1)
    assert same(before, [array for one in normalizing for array in one.get_weights()])


def test_unfreezing_after_the_first_training_tunes_nothing_and_the_guard_says_so():
    model = trained_head()
    assert transfer.fine_tune_from(model, "conv2").after == 4
    before = weights_of(model, "conv2")
    fit(model, pets(), epochs=3)  # no error, no warning ...
    assert same(before, weights_of(model, "conv2"))  # ... and nothing tuned
    with pytest.raises(ValueError, match=r"training the 2 tensors .* not the 4 .* compile it again"):
        transfer.ready_to_train(model)
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    transfer.ready_to_train(model)
    fit(model, pets())
    assert not same(before, weights_of(model, "conv2"))
    transfer.ready_to_train(model)


def test_freezing_after_the_first_training_goes_on_tuning_and_the_guard_says_so():
    model = small_model()
    transfer.fine_tune_from(model, "conv2")
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    fit(model, pets())
    transfer.freeze(model, "base")
    before = weights_of(model, "conv2")
    fit(model, pets())
    assert not same(before, weights_of(model, "conv2"))
    with pytest.raises(ValueError, match=r"training the 4 tensors .* not the 2 .* compile it again"):
        transfer.ready_to_train(model)


def test_unfreezing_between_compiling_and_the_first_training_counts():
    """In Keras 3 this order does no harm, so the guard lets it pass."""
    model = small_model()
    transfer.freeze(model, "base")
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    transfer.fine_tune_from(model, "conv2")
    transfer.ready_to_train(model)
    before = weights_of(model, "conv2")
    fit(model, pets())
    assert not same(before, weights_of(model, "conv2"))


def test_fine_tune_compiles_so_that_the_mistake_cannot_be_made():
    model = trained_head()
    transfer.fine_tune_from(model, "conv2")
    before = weights_of(model, "conv2")
    transfer.fine_tune(model, pets(), pets(), epochs=1, learning_rate=1e-2)
    assert not same(before, weights_of(model, "conv2"))


def test_a_model_that_cannot_be_trained_is_not_ready():
    model = small_model()
    with pytest.raises(ValueError, match="not compiled"):
        transfer.ready_to_train(model)
    model.compile("sgd", "binary_crossentropy")
    transfer.freeze(model)
    with pytest.raises(ValueError, match="nothing trainable"):
        transfer.ready_to_train(model)


# ------------------------------------------------------------------------------------------------------- fine-tuning


@pytest.mark.parametrize("classes", [2, 3])
def test_a_tuned_model_learns_and_says_how(classes):
    # Class 0 is dark, 1 middling, 2 bright.
    images = (
        np.random.default_rng(0).integers(0, 60, (24, 8, 8, 3)) + 90 * (np.arange(24) % classes)[:, None, None, None]
    )
    pictures = DecodedPictures(images.astype(np.uint8), np.arange(24) % classes, tuple("abc"[:classes]), "crop")
    model = small_model(classes)
    transfer.fine_tune_from(model, "conv2")
    run = transfer.fine_tune(model, pictures, pictures, epochs=30, learning_rate=0.01, batch_size=8)
    assert run.val_accuracy[-1] > 0.9
    assert len(run.loss) == len(run.seconds_after) == 30


def test_the_same_seed_tunes_alike():
    """With batches of 4, three orders of the same images: the loss of an epoch depends on the order."""
    losses = []
    for seed in (3, 3, 4):
        model = small_model()
        transfer.fine_tune_from(model, "conv2")
        run = transfer.fine_tune(model, pets(), pets(), epochs=1, learning_rate=0.1, batch_size=4, seed=seed)
        losses.append(run.loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0] != pytest.approx(losses[2], rel=1e-5)


def test_what_does_not_fit_is_refused_before_any_training():
    model, good = small_model(), pets()
    transfer.fine_tune_from(model, "conv2")
    unit = DecodedPictures((good.images / 255).astype(np.float32), good.labels, good.class_names, "crop")
    empty = DecodedPictures(good.images[:0], good.labels[:0], good.class_names, "crop")
    large = DecodedPictures(np.zeros((12, 9, 9, 3), np.uint8), good.labels, good.class_names, "crop")
    wrong = DecodedPictures(good.images, good.labels + 1, good.class_names, "crop")
    other = DecodedPictures(good.images, good.labels, ("b", "a"), "crop")
    cases = [
        ((unit, good), {}, "train are floats from 0 to 0.349, where 0 to 255 is expected"),
        ((good, unit), {}, "validation are floats"),
        ((empty, good), {}, "train is empty"),
        ((large, good), {}, "train are 9×9, but joined takes 8×8"),
        ((good, wrong), {}, "validation has labels from 1 to 2"),
        ((good, other), {}, "train has the classes"),
        ((pets(classes=3), pets(classes=3)), {}, "model has 1 outputs, but the labels name 3 classes"),
        ((good, good), {"learning_rate": 0}, "learning_rate is 0"),
        ((good, good), {"epochs": 0}, "epochs is 0"),
    ]
    for images, options, message in cases:
        with pytest.raises(ValueError, match=message):
            transfer.fine_tune(model, *images, **{"epochs": 1, **options})
    with pytest.raises(ValueError, match="model has 3 outputs, but the labels name 2 classes; it needs 1 or 2"):
        transfer.fine_tune(small_model(3), good, good, epochs=1)
    with pytest.raises(TypeError, match="model is a str"):
        transfer.fine_tune("model", good, good, epochs=1)
    transfer.freeze(model)
    with pytest.raises(ValueError, match="nothing trainable"):
        transfer.fine_tune(model, good, good, epochs=1)


class Pair(keras.layers.Layer):
    """Two layers in one written as a class."""

    def __init__(self, name):
        super().__init__(name=name)
        self.one, self.other = keras.layers.Dense(4, name=f"{name}_one"), keras.layers.Dense(4, name=f"{name}_other")

    def build(self, shape):
        self.one.build(shape)
        self.other.build((*shape[:-1], 4))
        self.scale = self.add_weight(shape=(4,), name="scale")

    def call(self, x):
        return self.other(self.one(x)) * self.scale


def test_a_layer_all_of_which_is_frozen_says_so():
    pairs = [Pair("first"), Pair("second"), Pair("third")]
    model = keras.Sequential([keras.Input((4,)), *pairs, keras.layers.Dense(1, name="top")])
    transfer.fine_tune_from(model, "second_other")
    assert [pair.trainable for pair in pairs] == [False, True, True]
    assert (pairs[1].one.trainable, pairs[1].other.trainable) == (False, True)
    assert len(model.trainable_weights) == 2 + 5 + 2
