"""Exercises in which something is built: told by signs, without training again; and a network in plain values."""

import dataclasses

import keras
import pytest
from keras import layers

from labkit.course.built import built
from labkit.course.checking import check_answer
from labkit.course.exercises import Exercise, Told


def network(*middle, ends_in="softmax", **compiled):
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), *middle, layers.Dense(3, ends_in)])
    if compiled:
        model.compile(**compiled)
    return model


class TestBuilt:
    @pytest.mark.parametrize(
        ("loss", "name", "from_logits"),
        [
            ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy", False),
            (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "sparse_categorical_crossentropy", True),
            (keras.losses.BinaryCrossentropy(), "binary_crossentropy", False),
            (keras.losses.sparse_categorical_crossentropy, "sparse_categorical_crossentropy", False),
        ],
    )
    def test_a_loss_is_named_as_keras_names_it(self, loss, name, from_logits):
        seen = built(network(loss=loss, optimizer="adam"))
        assert (seen.loss, seen.from_logits) == (name, from_logits)

    def test_its_counts_are_those_of_keras(self):
        model = network(layers.Dense(5), layers.BatchNormalization())
        seen = built(model)
        assert seen.parameters == model.count_params() == 16 * 5 + 5 + 20 + 5 * 3 + 3
        assert seen.trainable == seen.parameters - 10
        assert (seen.input_shape, seen.output_shape) == ((4, 4, 1), (3,))

    def test_layers_inside_nested_models_are_listed(self):
        inner = keras.Sequential([keras.Input((16,)), layers.Dense(5), layers.Dropout(0.5)])
        assert built(network(inner)).layers == ("Flatten", "Dense", "Dropout", "Dense")

    @pytest.mark.parametrize(
        ("last", "right"),
        [(layers.Dense(2, "sigmoid"), "sigmoid"), (layers.Dense(2), "linear"), (layers.Softmax(), "softmax")],
    )
    def test_what_it_ends_in(self, last, right):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "relu"), last])
        assert built(model).ends_in == right

    def test_steps_are_counted(self):
        model = network(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(0.25))
        model.fit(keras.ops.zeros((10, 4, 4, 1)), keras.ops.zeros((10,)), batch_size=4, epochs=2, verbose=0)
        seen = built(model)
        assert (seen.steps, seen.optimizer, seen.learning_rate) == (6, "sgd", 0.25)

    def test_a_network_that_was_not_compiled(self):
        seen = built(network())
        assert (seen.loss, seen.optimizer, seen.steps) == ("", "", 0)

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ([1, 2], "your function returned list; a Keras model was asked for"),
            (keras.Sequential([layers.Dense(3)]), "begin it with keras.Input"),
        ],
    )
    def test_what_is_no_network_is_refused_in_words(self, answer, words):
        with pytest.raises(TypeError, match=words):
            built(answer)


def ones(count):
    """Build a list of as many ones as asked for, or more."""
    return [1] * count


RAN = []


def too_few(count):
    RAN.append(count)
    return [1] * (count - 1)


COUNTED = Exercise(
    id="99-ones",
    title="Ones",
    prompt="Make ones.",
    solution=ones,
    hints=("a", "b"),
    inputs=lambda: [(2,), (3,)],
    judge=lambda answer, count: (len(answer) - count, set(answer)),
    mistakes={"You made too few.": Told(too_few, lambda facts: facts[0] < 0)},
    missing=lambda facts: "" if facts[1] == {1} else "something is no 1",
)


class TestBuilders:
    def test_any_answer_that_does_what_is_asked_passes(self):
        assert check_answer(COUNTED, ones).passed
        assert check_answer(COUNTED, lambda count: [1] * (count + 7)).passed

    def test_a_mistake_is_told_by_its_sign_and_does_not_run(self):
        RAN.clear()
        result = check_answer(COUNTED, lambda count: [1])
        assert (result.status, result.mistake) == ("failed", "You made too few.")
        assert RAN == []

    def test_the_function_that_makes_the_mistake_gets_its_message(self):
        assert check_answer(COUNTED, COUNTED.mistakes["You made too few."]).mistake == "You made too few."

    def test_what_is_missing_is_said(self):
        result = check_answer(COUNTED, lambda count: [2] * count)
        assert (result.status, result.message, result.mistake) == ("failed", "something is no 1", "")

    def test_nothing_is_not_attempted_and_an_error_is_explained(self):
        assert check_answer(COUNTED, lambda count: None).status == "not attempted"
        assert "raised ZeroDivisionError" in check_answer(COUNTED, lambda count: 1 / 0).message

    def test_what_the_judge_cannot_use_is_said(self):
        assert "cannot be used" in check_answer(COUNTED, lambda count: 7).message

    def test_a_mistake_on_a_later_input_is_seen(self):
        assert check_answer(COUNTED, lambda count: [1, 1]).mistake == "You made too few."

    def test_a_mistake_without_a_sign_is_refused(self):
        with pytest.raises(TypeError, match="each mistake is a Told"):
            dataclasses.replace(COUNTED, mistakes={"You made too few.": too_few})
