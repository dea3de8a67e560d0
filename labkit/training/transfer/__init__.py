"""Transfer learning: features of a trained network, a head on top of them, and fine-tuning.

>>> from labkit.training import transfer
>>> import keras
>>> base = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv")], name="base")
>>> model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)], name="pets")
>>> print(transfer.freeze(model, "base"))
pets: 4 → 2 trainable tensors, 117 → 5 trainable parameters
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "features": ["Features", "extract_features"],
        "freezing": ["Trainability", "fine_tune_from", "freeze"],
        "classifier_head": ["TrainedHead", "train_head"],
        "joining": ["TrainedOnFrozen", "join", "train_on_frozen"],
        "tuning": ["fine_tune", "ready_to_train"],
    },
)
