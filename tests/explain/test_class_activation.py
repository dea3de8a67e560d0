"""Class activation maps against closed forms, and against the papers' formulas written out with loops."""

import gc
import weakref

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import METHODS, cam, find_layer

CLASS = 1


def chain(model):
    return [find_layer(model, name).layer for name in ("conv1", "pool", "conv2", "row", "answer")]


def by_hand(model, images, index=CLASS, output=False):
    """Maps of conv2 and gradients of one class's logit by them, from the layers called one by one."""
    conv1, pool, conv2, row, answer = chain(model)
    maps = conv2(pool(conv1(images)))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        logits = row(maps) @ answer.kernel + answer.bias
        scores = (tf.nn.softmax(logits) if output else logits)[:, index]
    return maps.numpy(), tape.gradient(scores, maps).numpy(), scores.numpy()


def grad_cam_loops(a, g):
    sums = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        sums += a[:, :, k] * g[:, :, k].sum() / (a.shape[0] * a.shape[1])
    return sums


def grad_cam_plus_plus_loops(a, g):
    sums = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        weight = 0
        for i, j in np.ndindex(*a.shape[:2]):
            below = 2 * g[i, j, k] ** 2 + a[:, :, k].sum() * g[i, j, k] ** 3
            weight += (g[i, j, k] ** 2 / below if below else 0) * max(g[i, j, k], 0)
        sums += weight * a[:, :, k]
    return sums


def layer_cam_loops(a, g):
    sums = np.zeros(a.shape[:2])
    for i, j, k in np.ndindex(*a.shape):
        sums[i, j] += max(g[i, j, k], 0) * a[i, j, k]
    return sums


def hires_cam_loops(a, g):
    sums = np.zeros(a.shape[:2])
    for i, j, k in np.ndindex(*a.shape):
        sums[i, j] += g[i, j, k] * a[i, j, k]
    return sums


def eigen_cam_loops(a, g):
    """The first right singular vector by power iteration on AᵀA."""
    table = a.reshape(-1, a.shape[2]).astype(float)
    vector = np.ones(a.shape[2])
    for _ in range(5000):
        vector = table.T @ (table @ vector)
        vector /= np.sqrt((vector**2).sum())
    projected = (table @ vector).reshape(a.shape[:2])
    return projected if projected.sum() > 0 else -projected


LOOPS = {
    "grad-cam": grad_cam_loops,
    "grad-cam++": grad_cam_plus_plus_loops,
    "layer-cam": layer_cam_loops,
    "hires-cam": hires_cam_loops,
    "eigen-cam": eigen_cam_loops,
}


def test_the_papers_formulas_in_every_kind_of_model(any_model, images):
    """One oracle, five ways to build the model: so all five maps are equal too."""
    maps, gradients, scores = by_hand(any_model, images)
    for method, loops in LOOPS.items():
        found = cam(any_model, images, CLASS, "conv2", method, size="layer")
        np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-6)
        for number in range(len(images)):
            expected = np.maximum(loops(maps[number], gradients[number]), 0)
            assert found.peaks[number] == pytest.approx(expected.max(), rel=1e-3, abs=1e-9)
            np.testing.assert_allclose(found.maps[number], expected / (expected.max() or 1), atol=2e-4)


def test_score_cam_with_opencv(small_model, images):
    """Algorithm 1 of the paper: upsample, normalize, mask, score, softmax, sum, ReLU."""
    maps, _, _ = by_hand(small_model, images)
    found = cam(small_model, images[:2], CLASS, "conv2", "score-cam", size="layer")
    conv1, pool, conv2, row, answer = chain(small_model)
    for number in range(2):
        scores, kept = [], []
        for k in range(6):
            mask = cv2.resize(maps[number, :, :, k], (12, 12), interpolation=cv2.INTER_LINEAR)
            if mask.max() == mask.min():
                continue
            mask = (mask - mask.min()) / (mask.max() - mask.min())
            seen = (images[number] * mask[:, :, None])[None]
            scores.append(float((row(conv2(pool(conv1(seen)))) @ answer.kernel + answer.bias)[0, CLASS]))
            kept.append(k)
        weights = np.exp(scores) / np.exp(scores).sum()
        expected = np.maximum(sum(w * maps[number, :, :, k] for w, k in zip(weights, kept, strict=True)), 0)
        np.testing.assert_allclose(found.maps[number], expected / expected.max(), atol=1e-4)


@pytest.fixture
def mean_model():
    """Global average pooling and one dense layer: what CAM (Zhou et al., 2016) was made for."""
    rng = np.random.default_rng(5)
    model = keras.Sequential([
        keras.Input((10, 8, 3)), layers.Conv2D(5, 3, activation="relu", name="conv"),
        layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax", name="answer"),
    ])  # fmt: skip
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model, rng.uniform(size=(4, 10, 8, 3)).astype(np.float32)


def test_grad_cam_is_cam_in_closed_form(mean_model):
    """S = Σₖ wₖ·mean(Aₖ)+b, so Gₖ = wₖ/(h·w) everywhere, and the map is Σₖ wₖ·Aₖ/(h·w): no gradient is needed."""
    model, images = mean_model
    features = model.layers[0](images).numpy()
    for index in range(3):
        weights = model.layers[-1].kernel.numpy()[:, index]
        expected = np.maximum(features @ weights, 0)
        peaks = expected.max(axis=(1, 2))
        found = cam(model, images, index, size="layer")
        np.testing.assert_allclose(found.peaks, peaks / (8 * 6), rtol=1e-5)
        np.testing.assert_allclose(found.maps, expected / peaks[:, None, None], atol=1e-5)
        np.testing.assert_allclose(
            cam(model, images, index, method="hires-cam", size="layer").maps, found.maps, atol=1e-5
        )


@pytest.mark.parametrize("method", METHODS)
def test_one_shape_and_one_range_for_all(small_model, images, method):
    found = cam(small_model, images, method=method)
    assert found.maps.shape == (5, 12, 12)
    assert found.maps.dtype == np.float32
    assert found.maps.min() >= 0
    assert found.maps.max() <= 1
    layer = cam(small_model, images, method=method, size="layer").maps
    np.testing.assert_allclose(layer[layer.any(axis=(1, 2))].max(axis=(1, 2)), 1)
    for number in range(5):
        np.testing.assert_allclose(found.maps[number], cv2.resize(layer[number], (12, 12)), atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_is_its_pictures_one_by_one(small_model, images, method):
    together = cam(small_model, images, method=method)
    for number, image in enumerate(images):
        alone = cam(small_model, image, method=method)  # without its batch axis
        np.testing.assert_allclose(alone.maps[0], together.maps[number], atol=1e-4)
        assert alone.classes[0] == together.classes[number]
    np.testing.assert_allclose(cam(small_model, images, method=method, batch_size=2).maps, together.maps, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_map_stays_zero(small_model, method):
    """An image on which no channel of the layer answers: nothing to show, and no NaN."""
    layer = find_layer(small_model, "conv2").layer
    layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    found = cam(small_model, np.ones((2, 12, 12, 3)), 0, "conv2", method)
    np.testing.assert_array_equal(found.maps, 0)
    np.testing.assert_array_equal(found.peaks, 0)
    assert "no evidence" in str(found)


def test_targets(small_model, images):
    predicted = small_model(images).numpy().argmax(axis=1)
    names = ("ant", "bee", "cow")
    found = cam(small_model, images, class_names=names)
    np.testing.assert_array_equal(found.classes, predicted)
    assert found.labels == tuple(names[each] for each in predicted)
    mixed = cam(small_model, images, [0, "bee", 2, None, np.int64(1)], class_names=names)
    np.testing.assert_array_equal(mixed.classes, [0, 1, 2, predicted[3], 1])
    for number, index in enumerate(mixed.classes):
        np.testing.assert_allclose(mixed.maps[number], cam(small_model, images[number], int(index)).maps[0], atol=1e-5)


def test_a_function_of_the_outputs(small_model, images):
    maps, up, _ = by_hand(small_model, images, 2)
    _, down, _ = by_hand(small_model, images, 0)
    found = cam(small_model, images, lambda logits: logits[:, 2] - logits[:, 0], method="hires-cam", size="layer")
    expected = np.maximum(((up - down) * maps).sum(axis=-1), 0)
    np.testing.assert_allclose(found.maps, expected / expected.max(axis=(1, 2), keepdims=True), atol=1e-4)
    assert found.classes is None
    with pytest.raises(ValueError, match=r"target gave shape \(5, 3\); of 5 images it must make \(5,\)"):
        cam(small_model, images, lambda logits: logits)


def test_the_logit_where_the_softmax_is_flat(small_model, images):
    """As sure as float32 can be: the output's gradient is exactly zero, the logit's is what it was."""
    maps, gradients, _ = by_hand(small_model, images)
    answer = find_layer(small_model, "answer").layer
    answer.set_weights([answer.kernel.numpy(), np.array([0, 300, 0])])
    sure = cam(small_model, images, CLASS, "conv2", size="layer")
    expected = np.maximum(np.stack([grad_cam_loops(a, g) for a, g in zip(maps, gradients, strict=True)]), 0)
    np.testing.assert_allclose(sure.maps * sure.peaks[:, None, None], expected, atol=1e-5)
    np.testing.assert_array_equal(cam(small_model, images, CLASS, "conv2", score="output").maps, 0)
    assert answer.activation is keras.activations.softmax  # it is as it was


def test_the_output_as_the_decks_have_it(small_model, images):
    maps, gradients, scores = by_hand(small_model, images, output=True)
    found = cam(small_model, images, CLASS, "conv2", score="output", size="layer")
    np.testing.assert_allclose(found.scores, scores, atol=1e-6)
    expected = np.maximum(np.stack([grad_cam_loops(a, g) for a, g in zip(maps, gradients, strict=True)]), 0)
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=1e-6)


@pytest.mark.parametrize("last", ["dense", "activation", "softmax layer"])
def test_logits_wherever_the_softmax_is(mean_model, last):
    model, images = mean_model
    kernel, bias = model.layers[-1].get_weights()
    inputs = keras.Input((10, 8, 3))
    x = layers.GlobalAveragePooling2D()(model.layers[0](inputs))
    x = layers.Dense(3, activation="softmax" if last == "dense" else None, name="end")(x)
    x = {"dense": lambda t: t, "activation": layers.Activation("softmax"), "softmax layer": layers.Softmax()}[last](x)
    other = keras.Model(inputs, x)
    other.get_layer("end").set_weights([kernel, bias])
    expected = model.layers[1](model.layers[0](images)).numpy() @ kernel + bias
    np.testing.assert_allclose(cam(other, images, 2).scores, expected[:, 2], rtol=1e-4)


def test_one_output_tells_two_classes(images):
    """The score of class 0 is the negative logit: its map is that of the other sign."""
    model = keras.Sequential([
        keras.Input((12, 12, 3)), layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    features = model.layers[0](images).numpy()
    weights, bias = model.layers[-1].get_weights()
    logits = features.mean(axis=(1, 2)) @ weights[:, 0] + bias
    for name, sign in (("cat", -1), ("dog", 1)):
        found = cam(model, images, name, class_names=("cat", "dog"), size="layer")
        np.testing.assert_allclose(found.scores, sign * logits, rtol=1e-4)
        expected = np.maximum(sign * features @ weights[:, 0], 0) / 100
        np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=1e-5)
    np.testing.assert_array_equal(cam(model, images).classes, logits > 0)
    np.testing.assert_allclose(cam(model, images, 0, score="output").scores, 1 / (1 + np.exp(logits)), atol=1e-5)
    with pytest.raises(ValueError, match="target is 2; the network tells 2 classes apart, 0 to 1"):
        cam(model, images, 2)


def test_programs_follow_the_weights_and_the_activation(small_model, images):
    """A recorded program is kept, but never answers for a model that has changed since."""
    first = cam(small_model, images, CLASS).maps
    small_model.set_weights([-w for w in small_model.get_weights()])
    maps, gradients, _ = by_hand(small_model, images)
    expected = np.maximum(np.stack([grad_cam_loops(a, g) for a, g in zip(maps, gradients, strict=True)]), 0)
    again = cam(small_model, images, CLASS, size="layer")
    np.testing.assert_allclose(again.maps * again.peaks[:, None, None], expected, atol=1e-5)
    assert np.abs(cam(small_model, images, CLASS).maps - first).max() > 0.1
    find_layer(small_model, "answer").layer.activation = keras.activations.linear
    np.testing.assert_allclose(cam(small_model, images, CLASS, score="output").scores, again.scores, atol=1e-5)


def test_frozen_half_precision_and_shared(images):
    shared = layers.Conv2D(3, 3, padding="same", activation="relu", name="shared", dtype="mixed_float16")
    pictures = keras.Input((12, 12, 3))
    x = layers.GlobalAveragePooling2D(dtype="mixed_float16")(shared(shared(pictures)))
    model = keras.Model(pictures, layers.Dense(2, activation="softmax", dtype="float32")(x))
    model.trainable = False
    for call in (0, -1):
        found = cam(model, images, 1, "shared", call=call)
        assert np.isfinite(found.maps).all()
    last = shared(shared(images)).numpy().astype(np.float32) @ model.layers[-1].kernel.numpy()[:, 1] / 144
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], np.maximum(last, 0), atol=2e-3)


def test_two_outputs_are_chosen_by_a_function(images):
    pictures = keras.Input((12, 12, 3))
    x = layers.Conv2D(3, 3, activation="relu", name="conv")(pictures)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(pictures, [layers.Dense(2, activation="softmax")(x), layers.Dense(1, name="size")(x)])
    with pytest.raises(ValueError, match="the model has 2 outputs in a list; choose by a function"):
        cam(model, images)
    found = cam(model, images, lambda outputs: outputs[1][:, 0])
    np.testing.assert_allclose(found.scores, model(images)[1][:, 0], atol=1e-5)


def test_bad_input(small_model, images):
    for arguments, words in (
        ({"layer": "row"}, r"layer row gives shape \(None, 150\), which has no places; .* as of conv1 10×10×4"),
        ({"layer": "con2"}, "no layer of net; there are"),
        ({"target": 3}, "target is 3; the network tells 3 classes apart, 0 to 2"),
        ({"target": -1}, "class indices begin at 0"),
        ({"target": "bee"}, "a name needs class_names="),
        ({"target": "bea", "class_names": ("ant", "bee", "cow")}, "near it are bee"),
        ({"target": [0, 1]}, "target has 2 entries; 5 images need one, or 5"),
        ({"method": "gradcam"}, "method is 'gradcam'; allowed are 'grad-cam'"),
        ({"score": "softmax"}, "score is 'softmax'"),
        ({"size": 3}, "size is 3"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"call": 1}, "call is 1; conv2 was called 1 times"),
    ):
        with pytest.raises(ValueError, match=words):
            cam(small_model, images, **arguments)
    with pytest.raises(TypeError, match="target is True"):
        cam(small_model, images, True)
    for pictures, words in (
        (np.full((1, 12, 12, 3), np.nan), "images hold NaN"),
        (np.zeros((12, 12)), r"images have shape \(12, 12\)"),
        (np.zeros((1, 10, 12, 3)), r"images have shape \(1, 10, 12, 3\); net takes \(n, 12, 12, 3\)"),
        (np.zeros((0, 12, 12, 3)), "images have shape"),
    ):
        with pytest.raises(ValueError, match=words):
            cam(small_model, pictures)
    with pytest.raises(TypeError, match="images hold"):
        cam(small_model, np.full((12, 12, 3), "a"))
    two = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    with pytest.raises(ValueError, match="has 2 inputs"):
        cam(keras.Model(two, layers.Flatten()(layers.Add()(two))), np.zeros((1, 4, 4, 1)))
    with pytest.raises(ValueError, match="has never been called"):
        cam(keras.Sequential([layers.Conv2D(2, 3), layers.Flatten()]), images)


def test_weights_that_are_no_numbers_are_an_error(small_model, images):
    answer = find_layer(small_model, "answer").layer
    answer.set_weights([np.full(answer.kernel.shape, np.nan), np.zeros(3)])
    with pytest.raises(ValueError, match="net gives NaN or infinity"):
        cam(small_model, images)


def test_a_model_is_forgotten_with_its_programs(builders, images):
    """The programs that are kept with a model must not keep it."""
    model = builders["functional"]()
    cam(model, images, CLASS)
    cam(model, images, CLASS, method="score-cam")
    gone = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert gone() is None


def test_losses_that_layers_add_do_not_pile_up(images):
    pictures = keras.Input((12, 12, 3))
    x = layers.Conv2D(3, 3, activity_regularizer="l2", name="conv")(pictures)
    model = keras.Model(pictures, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    model(images)
    before = [float(loss) for loss in model.losses]
    cam(model, images, 1)
    model(images)
    np.testing.assert_allclose([float(loss) for loss in model.losses], before)


@pytest.mark.nightly
def test_many_models_and_layers_are_no_reason_to_warn(images, caplog, builders, monkeypatch):
    """TensorFlow warns of programs that are recorded again and again; ours are, but each for another question."""
    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    for builder in (builders["functional"], builders["written"]):
        for _ in range(4):
            model = builder()
            for layer in ("conv1", "conv2"):
                cam(model, images, layer=layer)
                cam(model, images[:2], layer=layer)
    assert "retracing" not in caplog.text
