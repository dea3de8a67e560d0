"""Networks trained on ImageNet that load anywhere.

>>> from labkit.models import pretrained
>>> pretrained.available()["efficientnet-lite0"].input_size
224
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "backbones": ["Backbone"],
        "known_backbones": ["BackboneEntry", "Backbones", "available"],
        "efficientnet_lite": ["efficientnet_lite0"],
        "loading": ["load"],
        "predictions": ["Guess", "Predictions"],
        "preprocessing": ["Normalization"],
        "safe_unpickling": ["DamagedWeights", "UnsafePickle", "read_tensors"],
    },
)
