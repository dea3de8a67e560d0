"""A small network on top of features, trained in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.arguments import share, whole_number
from labkit.tables import Paragraph
from labkit.training.fitting import Run, fit
from labkit.training.transfer.features import Features
from labkit.training.transfer.image_checks import check_labels, check_rate

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class TrainedHead(Paragraph):
    """A head, and how it came about.

    Attributes
    ----------
    head : keras.Model
        From features to the probability of the second class (n, 1) of two, or of each of more classes (n, classes).
    run : Run
        Curves and times; without validation features there are no such curves.
    """

    head: keras.Model
    run: Run

    def __str__(self) -> str:
        return f"head of {self.head.count_params():,} parameters, {self.run}"

    __repr__ = __str__


def train_head(
    features: Features,
    validation: Features | None = None,
    *,
    hidden: int = 0,
    dropout: float = 0.0,
    epochs: int = 30,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> TrainedHead:
    """Train a head on features: from them to the classes of the images.

    >>> import numpy as np
    >>> labels = np.arange(40) % 2
    >>> values = np.random.default_rng(0).normal(3 * labels[:, None] - 1.5, 0.5, (40, 8)).astype(np.float32)
    >>> features = Features(values, labels, ("cat", "dog"), "made up", "", 0.0)
    >>> train_head(features, features, epochs=20, learning_rate=0.05).run.val_accuracy[-1]
    1.0

    Nothing is chosen by the validation features: the head is left as it is after the last epoch.

    Parameters
    ----------
    features, validation : Features
        From `extract_features`, alike but for the images.
    hidden : int
        Units, with ReLU, of a layer between; 0 for none, which makes the head logistic regression.
    dropout : float
        The share of its inputs that the last layer does not see in a training step, 0 to less than 1.
    epochs, batch_size : int
        Passes over the features, and rows a step.
    learning_rate : float
        Of Adam.
    seed : int
        Of first weights, order and dropout.

    Returns
    -------
    TrainedHead

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or `validation` has other features or classes than `features`.
    """
    import keras

    _check_features("features", features)
    if validation is not None:
        _check_features("validation", validation)
        _check_alike(features, validation)
    whole_number("hidden", hidden, minimum=0)
    whole_number("epochs", epochs)
    whole_number("batch_size", batch_size)
    whole_number("seed", seed, minimum=0)
    share("dropout", dropout)
    check_rate(learning_rate)

    keras.utils.set_random_seed(seed)
    head = build_head(features.values.shape[1:], len(features.class_names), hidden, dropout)
    run = fit(
        head,
        (features.values, features.labels),
        {} if validation is None else {"validation": (validation.values, validation.labels)},
        epochs=epochs,
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=loss_for(head),
        batch_size=batch_size,
        watch_batch_size=1000,
    )
    return TrainedHead(head, run)


def build_head(shape: tuple[int, ...], classes: int, hidden: int = 0, dropout: float = 0.0) -> keras.Model:
    """Return an untrained head: flattened maps or a row of features, perhaps a hidden layer and dropout, the classes.

    >>> build_head((4, 4, 512), classes=2, hidden=256).count_params()  # as in the decks, on VGG16's maps
    2097665

    Parameters
    ----------
    shape : tuple of int
        Of the features of one image.
    classes : int
        Two make one output with a sigmoid, more as many as they are with a softmax.
    hidden, dropout
        As in `train_head`.
    """
    import keras

    layers = [keras.Input(shape, name="features")]
    if len(shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    if hidden:
        layers.append(keras.layers.Dense(hidden, activation="relu", name="hidden"))
    if dropout:
        layers.append(keras.layers.Dropout(dropout, name="dropout"))
    outputs, activation = (1, "sigmoid") if classes == 2 else (classes, "softmax")
    layers.append(keras.layers.Dense(outputs, activation=activation, name="probabilities"))
    return keras.Sequential(layers, name="head")


def loss_for(model: keras.Model) -> str:
    """Return the loss that fits the outputs of a model, where labels are indices.

    >>> loss_for(build_head((8,), classes=2)), loss_for(build_head((8,), classes=3))
    ('binary_crossentropy', 'sparse_categorical_crossentropy')
    """
    return "binary_crossentropy" if model.output_shape[-1] == 1 else "sparse_categorical_crossentropy"


def _check_features(name: str, features: Features) -> None:
    if not isinstance(features, Features):
        raise TypeError(f"{name} is a {type(features).__name__}; Features, from extract_features, are needed")
    if len(features) == 0:
        raise ValueError(f"{name} is empty; at least one image is needed")
    check_labels(name, features.labels, len(features), len(features.class_names))


def _check_alike(features: Features, validation: Features) -> None:
    if validation.values.shape[1:] != features.values.shape[1:]:
        raise ValueError(
            f"validation has features of shape {validation.values.shape[1:]}, but features of shape "
            f"{features.values.shape[1:]} are trained on; extract both with the same backbone, layer and pooling"
        )
    if validation.class_names != features.class_names:
        raise ValueError(
            f"validation has the classes {', '.join(validation.class_names)}, but features has "
            f"{', '.join(features.class_names)}; they must be the same, in the same order"
        )
