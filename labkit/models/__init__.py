"""The networks of the course, as Keras builders.

>>> import labkit
>>> labkit.models.mnist_convnet().count_params()
93322
"""

import lazy_loader

# Not lazy: so Keras knows the course's own layers and loss, and a saved network can be loaded before one is built.
from labkit.models import cifar_resnets as _shortcut  # noqa: F401
from labkit.models.imagenet_networks import local_response as _response  # noqa: F401
from labkit.models.lenet import descriptions as _layers  # noqa: F401
from labkit.models.lenet import loss as _loss  # noqa: F401

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["pretrained"],
    submod_attrs={
        "cats_dogs": ["cats_dogs_convnet"],
        "cifar_resnets": ["ZeroPaddedShortcut", "cifar_resnet"],
        "families": ["FAMILIES", "family_network"],
        "imagenet_networks.alexnet": ["alexnet"],
        "imagenet_networks.dense_blocks": ["dense_block", "densenet"],
        "imagenet_networks.googlenet": ["googlenet", "inception_module"],
        "imagenet_networks.local_response": ["LocalResponseNormalization"],
        "imagenet_networks.residual": ["residual_block", "resnet", "squeeze_and_excitation"],
        "imagenet_networks.separable": [
            "depthwise_separable",
            "inverted_residual",
            "mobilenet",
            "mobilenet_v2",
            "xception",
        ],
        "imagenet_networks.vgg": ["vgg"],
        "lenet.connections_and_codes": ["C3_CONNECTIONS", "DIGIT_CODES"],
        "lenet.lenet5": ["lenet5"],
        "lenet.loss": ["MaximumAPosteriori"],
        "lenet.own_layers": ["EuclideanRBF", "SparseConv2D", "TrainableSubsampling", "scaled_tanh"],
        "localization.detector": ["centre_head"],
        "localization.pyramids": ["attach", "feature_pyramid"],
        "localization.regressor": ["box_head"],
        "localization.unet": ["unet_decoder"],
        "small_convnets": ["WAYS", "mnist_convnet", "separable_convnet", "shrinking_convnet"],
    },
)
