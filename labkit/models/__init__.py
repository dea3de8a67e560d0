"""The networks of the course, as Keras builders.

>>> import labkit
>>> labkit.models.mnist_convnet().count_params()
93322
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "first_networks": ["mnist_convnet"],
        "shrinking": ["WAYS", "shrinking_convnet"],
    },
)
