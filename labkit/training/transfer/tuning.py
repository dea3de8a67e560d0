"""Fine-tuning: the top of a backbone goes on learning, slowly, and nothing is compiled too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.arguments import whole_number
from labkit.datasets.decoding import DecodedPictures
from labkit.training.fitting import Run
from labkit.training.pets_training import train_on_pets
from labkit.training.transfer.classifier_head import loss_for
from labkit.training.transfer.image_checks import check_images, check_output, check_rate

if TYPE_CHECKING:
    import keras


def fine_tune(
    model: keras.Model,
    train: DecodedPictures,
    validation: DecodedPictures,
    *,
    epochs: int,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 1e-5,
    batch_size: int = 32,
    augment: Any = None,
    seed: int = 0,
) -> Run:
    """Train what is trainable of a model with Adam at a low learning rate.

    >>> import keras, numpy as np
    >>> from labkit.training.transfer import fine_tune_from
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
    ...                           keras.layers.Dense(4, name="first"), keras.layers.Dense(1, "sigmoid", name="top")])
    >>> _ = fine_tune_from(model, "top")
    >>> images = DecodedPictures(np.zeros((4, 8, 8, 3), np.uint8), np.arange(4) % 2, ("cat", "dog"), "crop")
    >>> len(fine_tune(model, images, images, epochs=2).val_accuracy)
    2

    The model is compiled here, after everything was frozen or unfrozen, so that the classic mistake (to compile, to
    train, then to unfreeze, and to tune nothing) cannot be made.

    Parameters
    ----------
    model : keras.Model
        From images of 0 to 255 to probabilities; from `join`, after `fine_tune_from`. Trained in place.
    train, validation : DecodedPictures
        Of the model's input size, with labels that fit its outputs.
    epochs, batch_size : int
        Passes over the training images, and images a step.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        Low: the weights are good already, and large steps would undo what they know.
    augment : keras.layers.Layer, optional
        Changes each training batch at random, such as `RandomAffine`.
    seed : int
        Of the order of the images, and of dropout.

    Returns
    -------
    Run
        Curves and times.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, nothing is trainable, batch normalization is, or the outputs do not fit
        the classes.
    """
    import keras

    from labkit.training.transfer.freezing import trainable_normalization

    if not isinstance(model, keras.Model):
        raise TypeError(f"model is a {type(model).__name__}; a Keras model is needed")
    size = model.input_shape[1], model.input_shape[2]
    for name, images in (("train", train), ("validation", validation)):
        check_images(name, images, size, model.name)
        check_output("model", model, len(images.class_names))
    if train.class_names != validation.class_names:
        raise ValueError(f"train has the classes {train.class_names}, but validation has {validation.class_names}")
    whole_number("epochs", epochs)
    whole_number("seed", seed, minimum=0)
    check_rate(learning_rate)
    _check_something_trainable(model)
    if normalizing := trainable_normalization(model):
        raise ValueError(
            f"model has {len(normalizing)} trainable layers of batch normalization (the first is {normalizing[0]}), "
            "whose averages fine-tuning would spoil; fine_tune_from(model, layer_name) keeps them in inference mode"
        )
    keras.utils.set_random_seed(seed)
    return train_on_pets(
        model,
        train,
        validation,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=loss_for(model),
        augment=augment,
        seed=seed,
    )


def ready_to_train(model: keras.Model) -> None:
    """Refuse a compiled model in which something was frozen or unfrozen after it was first trained.

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="first"), keras.layers.Dense(1)])
    >>> model.get_layer("first").trainable = False
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    >>> model.get_layer("first").trainable = True
    >>> ready_to_train(model)
    Traceback (most recent call last):
        ...
    ValueError: model goes on training the 2 tensors that were trainable at its first training after compile, not the 4
    that are trainable now; compile it again

    Keras reads what is trainable when a compiled model is first trained, not when it is compiled, and makes one
    program of it. What is frozen or unfrozen between the two counts; what is changed after that does not, and nothing
    says so: the layers unfrozen stay as they are, the layers frozen go on changing.

    Parameters
    ----------
    model : keras.Model
        Before ``model.fit``. `fine_tune` needs no such check, as it compiles.

    Raises
    ------
    ValueError
        If the model is not compiled, nothing of it is trainable, or that has changed since it was first trained.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("model is not compiled; compile it after freezing and unfreezing")
    _check_something_trainable(model)
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)  # inside a LossScaleOptimizer
    if not optimizer.built:
        return
    known = {id(each) for each in optimizer._trainable_variables}
    now = {id(each) for each in model.trainable_variables}
    if known != now:
        raise ValueError(
            f"model goes on training the {len(known)} tensors that were trainable at its first training after compile, "
            f"not the {len(now)} that are trainable now; compile it again"
        )


def _check_something_trainable(model: keras.Model) -> None:
    if not model.trainable_variables:
        raise ValueError(
            "model has nothing trainable: all of it is frozen; fine_tune_from(model, layer_name) unfreezes"
        )
