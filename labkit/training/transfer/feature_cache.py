"""Features kept in the cache folder, under a name that changes with all they depend on."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.store.building import build_folder
from labkit.store.checks import sha256_of
from labkit.store.errors import CacheUnusable
from labkit.store.places import cache_folder

if TYPE_CHECKING:
    import keras

VALUES, CHECKSUM = "values.npy", "values.sha256"
# Where a network's description names layers. Names are often counted up within a session ("conv2d_7"), and freezing
# changes nothing that is computed, so neither may change the key.
NAMES = ("name", "keras_history", "input_layers", "output_layers")
WITHOUT_EFFECT = ("trainable",)


def features_key(model: keras.Model, normalization: Any, images: NDArray[Any]) -> str:
    """Return 32 hexadecimal digits that change with the network, its weights, the normalization, or any pixel.

    Parameters
    ----------
    model : keras.Model
        Functional: from images to features, the pooling included.
    normalization : labkit.models.pretrained.preprocessing.Normalization
        What is done to the pixels before.
    images : ndarray, shape (n, height, width, 3)
        The images.
    """
    numbers = {layer.name: index for index, layer in enumerate(model.layers)}
    description = json.dumps(_without_names(json.loads(model.to_json())["config"], numbers), sort_keys=True)
    digest = hashlib.sha256(f"{description}\n{normalization}\n".encode())
    for array in (*model.get_weights(), images):
        digest.update(f"{array.dtype} {array.shape}\n".encode())
        for part in np.array_split(array, max(1, array.nbytes >> 26)) if array.ndim else [array]:  # 64 MB at a time
            digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()[:32]


def _without_names(config: Any, numbers: dict[str, int], names_here: bool = False) -> Any:
    if isinstance(config, dict):
        return {
            key: _without_names(value, numbers, key in NAMES)
            for key, value in config.items()
            if key not in WITHOUT_EFFECT
        }
    if isinstance(config, list):
        return [_without_names(value, numbers, names_here) for value in config]
    return numbers.get(config, "") if names_here and isinstance(config, str) else config


def kept_or_made(
    key: str, make: Callable[[], NDArray[np.float32]], shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], bool]:
    """Return the features of that name, made if they are not there or damaged, and whether they were there.

    They are written whole or not at all, and nothing is unpickled. Where the cache cannot be written they are made all
    the same, and a warning says so.

    Parameters
    ----------
    key : str
        From `features_key`.
    make : callable
        Computes them.
    shape : tuple of int
        What they must be like.
    """
    name = f"features/{key}"
    made: list[NDArray[np.float32]] = []
    kept = None

    def write(folder: Path) -> None:
        made.append(make())
        folder.mkdir()
        np.save(folder / VALUES, made[0], allow_pickle=False)
        (folder / CHECKSUM).write_text(sha256_of(folder / VALUES))

    try:
        kept = _read(cache_folder() / name, shape)
        if kept is not None:
            return kept, True
        shutil.rmtree(cache_folder() / name, ignore_errors=True)
        folder = build_folder(name, write)
        if not made:  # another process made them while we waited
            kept = _read(folder, shape)
    except CacheUnusable as error:
        warnings.warn(f"The features are computed but not kept: {error}", stacklevel=3)
    if kept is not None:
        return kept, True
    return made[0] if made else make(), False


def _read(folder: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Return the features in a folder; None where there are none, or not those that were written."""
    try:
        if sha256_of(folder / VALUES) != (folder / CHECKSUM).read_text():
            return None
        values = np.load(folder / VALUES, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return values if values.shape == shape and values.dtype == np.float32 else None
