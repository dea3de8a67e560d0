"""The long run of chapter 8 on photographs of cats and dogs, for ``book/records``."""

from __future__ import annotations

from typing import Any

from labkit.training.pets_training import recorded_photographs, train_on_pets

# The decks do not show how they compile; their network and their steps are those of Chollet's textbook, section 5.2,
# which takes RMSprop with this learning rate.
LEARNING_RATE = 1e-4


def record_baseline(seed: int, *, epochs: int = 20) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of the decks' network on 2,000 photographs as they are: no augmentation, no dropout.

    Batches of 20 and images of 150×150 as in the decks; 20 epochs, where they have 30: enough to see the
    curves of training and validation part.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    train, validation, provenance = recorded_photographs()
    keras.utils.set_random_seed(seed)
    model = cats_dogs_convnet()
    optimizer = keras.optimizers.RMSprop(LEARNING_RATE)
    run = train_on_pets(model, train, validation, epochs=epochs, batch_size=20, optimizer=optimizer, seed=seed)
    return run.metrics(), provenance
