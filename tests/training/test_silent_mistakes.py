"""Proofs against mistakes that raise no error: a network that learns, only worse or something else than believed."""

import keras
import numpy as np
import pytest

from labkit.models import MaximumAPosteriori, lenet5, mnist_convnet

NETWORKS = {
    "mnist_convnet": mnist_convnet,
    "original LeNet-5": lambda: lenet5("original"),
    "modern LeNet-5": lambda: lenet5("modern"),
    "modern LeNet-5, ReLU and max": lambda: lenet5("modern", activation="relu", pooling="max"),
}


def loss_of(name):
    return MaximumAPosteriori(1.0) if name.startswith("original") else keras.losses.SparseCategoricalCrossentropy()


@pytest.fixture(scope="module", params=NETWORKS)
def named_network(request):
    """A network with its starting weights, which no test may change."""
    keras.utils.set_random_seed(0)
    return request.param, NETWORKS[request.param]()


@pytest.fixture(scope="module")
def eight():
    """Eight images, some strokes each, and their labels; two share a class."""
    random = np.random.default_rng(0)
    images = np.zeros((8, 28, 28, 1), "float32")
    for image in images:
        for row, column in random.integers(4, 18, (3, 2)):
            image[row : row + 6, column : column + 3] = 1
    return images, np.array([0, 1, 2, 3, 4, 5, 6, 6])


# --------------------------------------------------------------------------------------- predicting is not training


@pytest.fixture(scope="module")
def with_both():
    """A network with batch normalization and dropout whose moving averages have seen some images."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.BatchNormalization(momentum=0.5, name="normalize"),
            keras.layers.Dropout(0.5, name="drop"),
        ]
    )
    numbers = np.random.default_rng(0).normal(3, 2, (64, 6)).astype("float32")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(numbers, numbers, batch_size=16, verbose=0)
    return model, numbers


def test_predict_normalizes_by_the_moving_averages_and_drops_nothing(with_both):
    model, numbers = with_both
    gamma, beta, mean, variance = (weight.numpy() for weight in model.get_layer("normalize").weights)
    assert np.abs(mean).min() > 0.5, "the averages have moved, so that the formula proves something"
    by_formula = gamma * (numbers - mean) / np.sqrt(variance + model.get_layer("normalize").epsilon) + beta
    np.testing.assert_allclose(model.predict(numbers, verbose=0), by_formula, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model(numbers), by_formula, rtol=1e-4, atol=1e-5)


def test_training_does_both(with_both):
    """The counterpart: otherwise the test above would also pass for a layer that does nothing at all."""
    model, numbers = with_both
    before = model.get_layer("normalize").moving_mean.numpy()
    trained = np.array(model(numbers, training=True))
    dropped = trained == 0
    assert 0.4 < dropped.mean() < 0.6
    gamma, beta = (weight.numpy() for weight in model.get_layer("normalize").weights[:2])
    epsilon = model.get_layer("normalize").epsilon
    by_batch = gamma * (numbers - numbers.mean(0)) / np.sqrt(numbers.var(0) + epsilon) + beta
    np.testing.assert_allclose(trained[~dropped], (by_batch / 0.5)[~dropped], rtol=1e-3, atol=1e-4)
    after = model.get_layer("normalize").moving_mean.numpy()
    np.testing.assert_allclose(after, 0.5 * before + 0.5 * numbers.mean(0), rtol=1e-4)


def test_predicting_changes_nothing(with_both):
    model, numbers = with_both
    before = [weight.numpy() for weight in model.weights]
    model.predict(numbers, verbose=0)
    model.evaluate(numbers, numbers, verbose=0)
    for weight, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


# ------------------------------------------------------------------------------------------------------------ the loss

RIGHT = np.array([2, 0])
PROBABILITIES = np.array([[0.125, 0.125, 0.75], [0.5, 0.25, 0.25]], "float32")


@pytest.mark.parametrize(
    ("from_logits", "outputs"),
    [
        (False, PROBABILITIES),
        # Logits are log-probabilities but for a constant, another for each image.
        (True, np.log(PROBABILITIES) + np.array([[5.0], [-3.0]], "float32")),
    ],
)
def test_the_loss_is_minus_log_of_the_right_probability(from_logits, outputs):
    by_hand = -(np.log(0.75) + np.log(0.5)) / 2
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    one_hot = keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    assert float(sparse(RIGHT, outputs)) == pytest.approx(by_hand, rel=1e-5)
    assert float(one_hot(np.eye(3)[RIGHT], outputs)) == pytest.approx(by_hand, rel=1e-5)


def test_logits_taken_for_probabilities_give_another_loss():
    """The mistake itself: `from_logits` forgotten. Nothing is raised, the number is wrong."""
    logits = np.log(PROBABILITIES) + 5
    by_hand = -(np.log(0.75) + np.log(0.5)) / 2
    forgotten = float(keras.losses.SparseCategoricalCrossentropy()(RIGHT, logits))
    assert abs(forgotten - by_hand) > 0.1


def test_a_networks_loss_is_computed_from_what_it_predicts(named_network, eight):
    name, model = named_network
    images, labels = eight
    model.compile(loss=loss_of(name))
    outputs = model.predict(images, verbose=0).astype("float64")
    if name.startswith("original"):
        # Equation 9: the right distance, and all of them with the "rubbish" at distance 1.
        each = -outputs[range(8), labels] + np.log(np.exp(-1) + np.exp(outputs).sum(axis=1))
    else:
        np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-5)
        each = -np.log(outputs[range(8), labels])
    assert model.evaluate(images, labels, batch_size=8, verbose=0) == pytest.approx(each.mean(), rel=1e-4)


# --------------------------------------------------------------------------------------------------------- the network


def test_a_picture_is_judged_by_itself(named_network, eight):
    """No output depends on what else is in the batch, nor on the image's place in it."""
    _, model = named_network
    images, _ = eight
    together = np.array(model(images))
    alone = np.concatenate([model(images[i : i + 1]) for i in range(8)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.array(model(images[::-1])), together[::-1], rtol=1e-5, atol=1e-5)
    others = images.copy()
    others[1:] = 1 - others[1:]
    np.testing.assert_allclose(np.array(model(others))[0], together[0], rtol=1e-5, atol=1e-5)
    assert np.ptp(together, axis=0).max() > 1e-4, "the outputs do differ from image to image"


@pytest.mark.parametrize("name", NETWORKS)
def test_eight_pictures_can_be_learned_by_heart(name, eight):
    """A network that cannot do that has a mistake in its wiring, its loss or its labels."""
    images, labels = eight
    keras.utils.set_random_seed(0)
    model = NETWORKS[name]()
    # The original starts from the paper's small weights and has codes to reach: it takes its time. At j = 1 its loss
    # (equation 9) ends at log(1 + 1/e) for a perfect answer, not at 0.
    original = name.startswith("original")
    steps, least = (100, float(np.log1p(np.exp(-1)))) if original else (30, 0.0)
    model.compile(keras.optimizers.Adam(0.005), loss_of(name), metrics=["accuracy"])
    many = np.tile(np.arange(8), steps)
    model.fit(images[many], labels[many], batch_size=8, shuffle=False, verbose=0)
    loss, accuracy = model.evaluate(images, labels, verbose=0)
    assert accuracy == 1
    assert loss - least < 0.01
