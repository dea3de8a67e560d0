"""Opening a model that somebody else has saved: checked before it is built, and refused in one sentence.

A ``.keras`` file is a zip archive of ``config.json``, the layers and their settings, and ``model.weights.h5``, their
weights. Nothing in it is run: layers that carry Python code are refused, and only layers of Keras and of this course
are built.
"""

from __future__ import annotations

import json
import os
import tempfile
import textwrap
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.store import DataError, unpack

if TYPE_CHECKING:
    import keras

MAX_BYTES = 256 * 1024**2  # of a file, and of its weights unpacked: VGG16 without its top has 59 MB
MAX_CONFIG = 8 * 1024**2  # the layers of the deepest network in keras.applications are described in less than 1 MB
CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
# Layers of Keras that bring code of another kind along: Python bytecode, a pickle, a TensorFlow program on the disk.
CODE_LAYERS = ("Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
SAVE = 'save it by model.save("my_model.keras")'


class RefusedModel(ValueError):
    """A file that is not judged; the message says why in one sentence."""


def open_model(path: str | os.PathLike[str]) -> keras.Model:
    """Load a ``.keras`` file in safe mode, after a look at what is in it.

    >>> open_model("missing.keras")
    Traceback (most recent call last):
    labkit.course.handed_in.RefusedModel: missing.keras is not there: no file has that name

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    TypeError
        If `path` is no path.
    RefusedModel
        If it is no file of a Keras model, is damaged or larger than 256 MB, packed or unpacked, or holds code.
    """
    try:
        file = Path(path).expanduser()
    except TypeError:
        raise TypeError(f"path is {short(repr(path))}; allowed is the path of a .keras file; {SAVE}") from None
    _check_file(file)
    with tempfile.TemporaryDirectory(prefix="labkit-project-", ignore_cleanup_errors=True) as place:
        folder = Path(place, "opened")
        try:
            unpack(file, folder, max_bytes=MAX_BYTES)
        except DataError as error:
            raise RefusedModel(f"{file.name} is damaged, or larger than a network: {reason(error)}") from error
        _check_config(file.name, folder)
        _check_weights(file.name, folder / WEIGHTS)
        # What is loaded is what was looked at, and no more: the file itself might say something else to another reader.
        checked = Path(place, "checked.keras")
        with zipfile.ZipFile(checked, "w") as archive:
            for name in (METADATA, CONFIG, WEIGHTS):
                archive.write(folder / name, name)
        return _load(file.name, checked)


def _check_file(file: Path) -> None:
    if file.is_dir():
        raise RefusedModel(f"{file.name} is a folder; hand in one file: {SAVE}")
    if not file.exists():
        raise RefusedModel(f"{file.name} is not there: no file has that name")
    if not file.is_file():
        raise RefusedModel(f"{file.name} is no file")
    if file.suffix != ".keras":
        raise RefusedModel(f"{file.name} ends in {file.suffix or 'nothing'!r}; a .keras file is asked for: {SAVE}")
    if (size := file.stat().st_size) > MAX_BYTES:
        raise RefusedModel(f"{file.name} has {size:,} bytes; allowed are {MAX_BYTES:,}")
    if not os.access(file, os.R_OK):
        raise RefusedModel(f"{file.name} may not be read")
    if not zipfile.is_zipfile(file):
        raise RefusedModel(f"{file.name} is no Keras file, or the end of it is missing: {SAVE}")


def _check_config(name: str, folder: Path) -> None:
    missing = [part for part in (CONFIG, WEIGHTS, METADATA) if not (folder / part).is_file()]
    if missing:
        raise RefusedModel(f"{name} lacks {', '.join(missing)}, so it is no Keras file: {SAVE}")
    if (size := (folder / CONFIG).stat().st_size) > MAX_CONFIG:
        raise RefusedModel(f"{name} describes its layers in {size:,} bytes; allowed are {MAX_CONFIG:,}")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise RefusedModel(f"{name} is damaged: its list of layers cannot be read") from error
    if not isinstance(config, dict):
        raise RefusedModel(f"{name} is damaged: its list of layers cannot be read")
    config.pop("compile_config", None)  # loss and metrics may be anybody's own: they are not loaded
    for entry in _entries(config):
        _check_entry(name, entry)


def _entries(config: Any) -> Iterator[dict[str, Any]]:
    """All that a list of layers names with a class, however deep it lies."""
    left = [config]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _check_entry(name: str, entry: dict[str, Any]) -> None:
    kind, module = str(entry["class_name"]), str(entry.get("module") or "keras")
    if kind in CODE_LAYERS:
        raise RefusedModel(
            f"{name} has a {kind} layer, which carries code, and code of strangers is not run: use other layers"
        )
    if kind == "function":
        kind = str(entry.get("config"))
        known = module.split(".")[0] == "keras" or _is_function_of_keras(kind) or kind.startswith("labkit>")
    else:
        registered = str(entry.get("registered_name") or "")
        known = registered.startswith("labkit>") or (module.split(".")[0] == "keras" and ">" not in registered)
    if not known:
        raise RefusedModel(
            f"{name} has {short(kind)!r}, which is not of Keras, and code of strangers is not run: use Keras's own"
        )


def _is_function_of_keras(name: str) -> bool:
    import keras

    rooms = (keras.activations, keras.ops, keras.initializers, keras.regularizers, keras.constraints)
    return name.isidentifier() and any(hasattr(room, name) for room in rooms)


def _check_weights(name: str, file: Path) -> None:
    """Add up what weights take in memory: an array may be packed a thousand times smaller, or lie in another file."""
    import h5py

    total = 0
    try:
        with h5py.File(file, "r") as weights:
            groups = [weights]
            while groups:
                group = groups.pop()
                for key in group:
                    if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                        raise RefusedModel(f"{name} is damaged: its weights lie in another place")
                    value = group[key]
                    if isinstance(value, h5py.Group):
                        groups.append(value)
                    elif value.is_virtual or value.external:
                        raise RefusedModel(f"{name} is damaged: its weights lie in another place")
                    else:
                        total += value.size * value.dtype.itemsize
    except (OSError, RuntimeError, KeyError) as error:
        raise RefusedModel(f"{name} is damaged: its weights cannot be read") from error
    if total > MAX_BYTES:
        raise RefusedModel(f"{name} has weights of {total:,} bytes; allowed are {MAX_BYTES:,}")


def _load(name: str, checked: Path) -> keras.Model:
    import keras

    import labkit.models  # so that Keras knows the course's own layers
    import labkit.training.augment  # noqa: F401

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what concerns Keras and its file alone
            model = keras.saving.load_model(checked, compile=False, safe_mode=True)
    except Exception as error:  # whatever it is, the file brought it about
        raise RefusedModel(f"{name} cannot be loaded: {reason(error)}") from error
    if not isinstance(model, keras.Model):
        raise RefusedModel(f"{name} holds a {type(model).__name__}, and a model is asked for: {SAVE}")
    return model


def reason(error: Exception) -> str:
    """Say in a line what an exception says, whatever its length."""
    return short(str(error)) or type(error).__name__


def short(text: str) -> str:
    """Keep the beginning of a text, in one line.

    >>> short("a  long" + 100 * " story")[-12:]
    'tory story …'
    """
    return textwrap.shorten(text, 160, placeholder=" …")


# --------------------------------------------------------------------------------------------------- input and output


def ready_for(model: keras.Model, images: NDArray[np.uint8], name: str) -> NDArray[np.float32]:
    """Return images in the form that a model takes, float32 from 0 to 255; grey ones with or without their channel.

    Parameters
    ----------
    model : keras.Model
        With one input.
    images : ndarray of uint8, shape (n, height, width, channels)
        The images.
    name : str
        The file's name, for the sentence.

    Raises
    ------
    RefusedModel
        If the model takes something else.
    """
    inputs = getattr(model, "inputs", None)
    shape: tuple[int, ...] = images.shape[1:]
    if not inputs:
        raise RefusedModel(f"{name} does not say what it takes: begin it with keras.Input({shape})")
    if len(inputs) != 1:
        raise RefusedModel(f"{name} takes {len(inputs)} inputs at once; one is allowed, images of {_size(shape)}")
    wanted = tuple(inputs[0].shape)[1:]
    allowed: list[tuple[int, ...]] = [shape, shape[:2]] if shape[-1] == 1 else [shape]
    for form in allowed:
        if len(form) == len(wanted) and all(want in (None, has) for want, has in zip(wanted, form, strict=True)):
            return images.reshape(len(images), *form).astype(np.float32)
    raise RefusedModel(f"{name} takes images of {_size(wanted)}; those of this project are {_size(shape)}")


def outputs_of(model: keras.Model, images: NDArray[np.float32], classes: int, name: str) -> NDArray[np.float32]:
    """Return what a model says of images: (n, classes), or (n, 1) where there are two classes.

    Raises
    ------
    RefusedModel
        If it has another number of outputs, fails, or gives NaN.
    """
    allowed = f"{classes} numbers an image, one a class" + (", or 1, for the second class" if classes == 2 else "")
    outputs = list(getattr(model, "outputs", None) or ())
    if len(outputs) != 1:
        raise RefusedModel(f"{name} gives {len(outputs)} outputs; one is asked for: {allowed}")
    shape = tuple(outputs[0].shape)[1:]
    if shape not in ((classes,), (None,)) and not (classes == 2 and shape == (1,)):
        raise RefusedModel(f"{name} gives {_size(shape) or '1'} numbers an image; asked for are {allowed}")
    try:
        given = np.asarray(model.predict(images, batch_size=64, verbose=0), np.float32)
    except Exception as error:
        raise RefusedModel(f"{name} fails on the images of this project: {reason(error)}") from error
    if given.shape not in ((len(images), classes), (len(images), 1 if classes == 2 else classes)):
        raise RefusedModel(f"{name} gives numbers of the shape {given.shape}; asked for are {allowed}")
    if bad := int((~np.isfinite(given)).any(axis=1).sum()):
        raise RefusedModel(f"{name} gives NaN or infinite numbers for {bad:,} of {len(images):,} images")
    return given


def _size(shape: tuple[Any, ...]) -> str:
    return "×".join("any" if length is None else str(length) for length in shape)
