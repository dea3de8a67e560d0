"""The networks of ImageNet: sizes as published, shapes as drawn in the papers, and one clear word for bad input."""

import keras
import numpy as np
import pytest

from labkit import models
from labkit.calculators import summarize


def trainable(network):
    return sum(int(np.prod(weights.shape)) for weights in network.trainable_weights)


@pytest.fixture(autouse=True)
def _no_numbers(monkeypatch):
    """Weights of zero: hundreds of millions of random numbers would only take time here."""
    for initializer in ("GlorotUniform", "HeNormal"):
        monkeypatch.setattr(
            getattr(keras.initializers, initializer),
            "__call__",
            lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype),
        )


# Trainable parameters of the networks at their published size.
# AlexNet: the sum over the paper's figure 2, as in Caffe's bvlc_alexnet; one tower: the same without groups.
# VGG: table 2 rounds to 133, 133, 133, 134, 138 and 144 million; the exact counts are the authors' models'.
# GoogLeNet: Caffe's bvlc_googlenet. ResNet, DenseNet: the published weights (torchvision). Xception, MobileNet: the
# papers' 22,855,952 and 4.2 million; MobileNetV2: 3.4 million, of Google's weights.
PUBLISHED = [
    ("alexnet", {}, 60_965_224),
    ("alexnet", {"groups": 1}, 62_378_344),
    ("vgg", {"configuration": "A"}, 132_863_336),
    ("vgg", {"configuration": "A-LRN"}, 132_863_336),
    ("vgg", {"configuration": "B"}, 133_047_848),
    ("vgg", {"configuration": "C"}, 133_638_952),
    ("vgg", {"configuration": "D"}, 138_357_544),
    ("vgg", {"configuration": "E"}, 143_667_240),
    ("googlenet", {}, 6_998_552),
    ("googlenet", {"auxiliary": True}, 13_378_280),
    ("resnet", {"depth": 18}, 11_689_512),
    ("resnet", {"depth": 34}, 21_797_672),
    ("resnet", {"depth": 50}, 25_557_032),
    ("resnet", {"depth": 101}, 44_549_160),
    ("resnet", {"depth": 152}, 60_192_808),
    ("densenet", {"depth": 121}, 7_978_856),
    ("densenet", {"depth": 169}, 14_149_480),
    ("densenet", {"depth": 201}, 20_013_928),
    ("xception", {}, 22_855_952),
    ("mobilenet", {}, 4_231_976),
    ("mobilenet_v2", {}, 3_504_872),
]


@pytest.mark.parametrize(("builder", "arguments", "published"), PUBLISHED)
def test_parameters_as_published(builder, arguments, published):
    assert trainable(getattr(models, builder)(**arguments)) == published


def test_squeeze_and_excitation_adds_what_its_paper_says():
    """Section 4 of the paper: 2/r · Σ N·C² = 2,514,944 for ResNet-50, about 10 per cent."""
    plain, weighed = models.resnet(50), models.resnet(50, squeeze_ratio=16)
    assert trainable(weighed) - trainable(plain) == 2_514_944
    by_formula = 2 / 16 * sum(blocks * maps**2 for blocks, maps in ((3, 256), (4, 512), (6, 1024), (3, 2048)))
    assert by_formula == 2_514_944


# Billions of multiply-adds at the published size, as the papers give them, of convolutions and dense layers.
MULTIPLY_ADDS = [
    ("vgg", {"configuration": "D"}, 15.47),  # Sze et al. 2017, table II: 15.3 + 0.124
    ("resnet", {"depth": 18}, 1.8),  # He et al. 2015, table 1
    ("resnet", {"depth": 34}, 3.6),
    ("resnet", {"depth": 50}, 3.8),
    ("mobilenet", {}, 0.569),  # Howard et al. 2017, table 8
    ("mobilenet_v2", {}, 0.300),  # Sandler et al. 2018, table 4
]


@pytest.mark.parametrize(("builder", "arguments", "billions"), MULTIPLY_ADDS)
def test_multiply_adds_as_published(builder, arguments, billions):
    report = summarize(getattr(models, builder)(**arguments))
    assert report.macs / 1e9 == pytest.approx(billions, rel=0.02)


@pytest.mark.nightly
def test_layers_with_weights_on_the_longest_way_give_the_networks_their_names():
    for depth in (18, 34, 50, 101, 152):
        assert _longest(models.resnet(depth, (8, 8, 3), 2, width=0.02)) == depth
    assert _longest(models.densenet(121, (29, 29, 3), 2, width=0.04)) == 121
    assert _longest(models.googlenet((8, 8, 3), 2, width=0.05)) == 22
    letters = {"A": 11, "A-LRN": 11, "B": 13, "C": 16, "D": 16, "E": 19}
    assert {letter: _longest(models.vgg(letter, (32, 32, 3), 2, width=0.02)) for letter in letters} == letters


def _longest(network):
    """The largest number of convolutions and dense layers on any way from the images to the scores."""
    depth = {}
    for layer in network.layers:
        counted = int(isinstance(layer, keras.layers.Conv2D | keras.layers.Dense))
        before = [depth[id(tensor)] for node in layer._inbound_nodes for tensor in node.input_tensors]
        depth[id(layer.output)] = counted + max(before, default=0)
    return max(depth.values())


def test_sizes_of_the_maps_as_in_the_papers():
    def sizes(network, names):
        return [network.get_layer(name).output.shape[1:] for name in names]

    alexnet = models.alexnet(width=1 / 16)
    shapes = sizes(alexnet, ["conv1", "pool1", "conv2", "pool2", "conv3", "pool5"])
    assert [shape[0] for shape in shapes] == [55, 27, 27, 13, 13, 6]
    # Table 1 of the paper: output sizes.
    googlenet = models.googlenet()
    names = ["conv1", "pool1", "conv2", "pool2", "inception_3a", "inception_3b", "pool3", "inception_4a"]
    names += ["inception_4b", "inception_4c", "inception_4d", "inception_4e", "pool4", "inception_5a", "inception_5b"]
    assert sizes(googlenet, names) == [
        (112, 112, 64),
        (56, 56, 64),
        (56, 56, 192),
        (28, 28, 192),
        (28, 28, 256),
        (28, 28, 480),
        (14, 14, 480),
        *[(14, 14, 512)] * 3,
        (14, 14, 528),
        (14, 14, 832),
        (7, 7, 832),
        (7, 7, 832),
        (7, 7, 1024),
    ]
    assert sizes(models.resnet(50), ["conv1_conv", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out"]) == [
        (112, 112, 64),
        (56, 56, 256),
        (28, 28, 512),
        (14, 14, 1024),
    ]


@pytest.mark.parametrize(
    ("builder", "arguments", "layer", "least"),
    [
        ("alexnet", {}, "pool5", 67),
        ("alexnet", {"first_stride": 1}, "pool5", 25),
        ("vgg", {"configuration": "A"}, "block5_pool", 32),
        ("densenet", {}, "transition3_pool", 29),
        ("xception", {}, "block1_conv2_conv", 7),
    ],
)
def test_a_picture_too_small_is_told_where_it_vanishes(builder, arguments, layer, least):
    build = getattr(models, builder)
    small = {"num_classes": 3, "width": 0.05 if builder != "alexnet" else 0.0625}
    words = f"at layer '{layer}' of .*; allowed is a height and a width of at least {least}"
    with pytest.raises(ValueError, match=words):
        build(**arguments, **small, input_shape=(least - 1, least + 40, 3))
    assert build(**arguments, **small, input_shape=(least, least, 3)).output_shape == (None, 3)


def test_the_lesser_side_counts():
    with pytest.raises(ValueError, match=r"input_shape is \(90, 31, 3\): .* at least 32"):
        models.vgg("A", (90, 31, 3), width=0.02)


def test_side_classifiers_need_maps_to_average():
    words = "at layer 'auxiliary1_pool' of googlenet; allowed is a height and a width of at least 65"
    with pytest.raises(ValueError, match=words):
        models.googlenet((64, 200, 3), 5, 0.05, auxiliary=True)
    assert len(models.googlenet((65, 65, 3), 5, 0.05, auxiliary=True).outputs) == 3


ALL = ["alexnet", "vgg", "googlenet", "resnet", "densenet", "xception", "mobilenet", "mobilenet_v2"]


@pytest.mark.parametrize("builder", ALL)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 0}, "width is 0; allowed is a number above 0"),
        ({"width": -0.5}, r"width is -0\.5; allowed"),
        ({"width": float("nan")}, "width is nan; allowed"),
        ({"width": "half"}, "width is 'half'; allowed"),
        ({"num_classes": 0}, "num_classes is 0; allowed"),
        ({"input_shape": (64, 64)}, r"input_shape is \(64, 64\); allowed is \(height, width, channels\)"),
        ({"input_shape": 64}, "input_shape is 64; allowed is"),
        ({"input_shape": (64, 0, 3)}, "input_shape's width is 0; allowed"),
        ({"input_shape": (64, 64, -1)}, "input_shape's channels is -1; allowed"),
    ],
)
def test_bad_input_of_every_builder(builder, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(models, builder)(**arguments)


@pytest.mark.parametrize(
    ("builder", "arguments", "words"),
    [
        ("vgg", {"configuration": "F"}, "configuration is 'F'; allowed are 'A', 'A-LRN', 'B', 'C', 'D', 'E'"),
        ("vgg", {"configuration": ["A"]}, "configuration is .*; allowed are"),
        ("resnet", {"depth": 20}, "depth is 20; allowed are 18, 34, 50, 101, 152"),
        ("resnet", {"squeeze_ratio": 0}, "squeeze_ratio is 0; allowed"),
        ("densenet", {"depth": 100}, "depth is 100; allowed are 121, 169, 201, 264"),
        ("alexnet", {"groups": 3}, r"groups is 3; allowed is what divides .*\[96, 256, 384, 384, 256\]"),
        ("alexnet", {"groups": 2, "width": 0.05}, r"groups is 2; .* at width 0\.05 \[5, 13, 19, 19, 13\]"),
        ("alexnet", {"groups": 0}, "groups is 0; allowed"),
        ("alexnet", {"first_stride": 0}, "first_stride is 0; allowed"),
    ],
)
def test_bad_configurations(builder, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(models, builder)(**arguments)


@pytest.mark.parametrize(
    ("builder", "arguments"),
    [
        ("alexnet", {"input_shape": (67, 67, 3)}),
        ("vgg", {"configuration": "A-LRN"}),
        ("googlenet", {}),
        ("resnet", {"squeeze_ratio": 4}),
        ("densenet", {}),
        ("xception", {}),
        ("mobilenet_v2", {}),
    ],
)
def test_the_calculators_count_every_layer(builder, arguments):
    network = getattr(models, builder)(**({"input_shape": (32, 32, 3), "num_classes": 3, "width": 1 / 8} | arguments))
    report = summarize(network)
    assert report.parameters == network.count_params()
    assert report.not_counted() == ()
