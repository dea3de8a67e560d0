"""The networks of the course, as Keras builders.

>>> import labkit
>>> labkit.models.mnist_convnet().count_params()
93322
"""

import lazy_loader

# Not lazy: so Keras knows LeNet-5's layers and loss, and a saved network can be loaded before one is built.
from labkit.models import lenet_descriptions as _layers  # noqa: F401
from labkit.models import lenet_loss as _loss  # noqa: F401

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["pretrained"],
    submod_attrs={
        "cats_dogs": ["cats_dogs_convnet"],
        "first_networks": ["mnist_convnet"],
        "lenet": ["lenet5"],
        "lenet_layers": ["EuclideanRBF", "SparseConv2D", "TrainableSubsampling", "scaled_tanh"],
        "lenet_loss": ["MaximumAPosteriori"],
        "lenet_tables": ["C3_CONNECTIONS", "DIGIT_CODES"],
        "shrinking": ["WAYS", "shrinking_convnet"],
    },
)
