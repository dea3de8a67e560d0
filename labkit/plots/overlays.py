"""A map laid over its image, in colours; drawn with OpenCV, which keeps images blue first. Here red is first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import one_of

STYLES = {"even": 0.8, "deck": 0.4}  # and how much colour each has where nothing else is said


def overlay(
    image: ArrayLike,
    heatmap: ArrayLike,
    *,
    style: str = "even",
    alpha: float | None = None,
    path: str | Path | None = None,
) -> NDArray[np.uint8]:
    """Lay a map over an image: RGB in, RGB out.

    >>> orange = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    >>> overlay(orange, np.zeros((2, 2)))[0, 0].tolist()  # where the map is 0, the image in grey
    [124, 124, 124]
    >>> overlay(orange, np.ones((2, 2)))[0, 0].tolist()  # where it is 1, nearly all is light yellow
    [226, 229, 156]

    ``"even"`` shows the image in grey, and mixes colours of inferno into it, the more of them the stronger the map:
    purple, orange, light yellow. So any colour on the screen belongs to the map, since the image has none left, and
    where the map is 0 the image stands as it was photographed. (Colours mixed evenly into a coloured image tint
    what the map does not mark too, and nobody can tell a red of the map from a red saucer.) In inferno equal steps
    of the map look equal, with any kind of colour vision.
    ``"deck"`` does what the lecture decks do: the map in the colours of JET, times `alpha`, is added to the image.
    The image grows brighter everywhere, also where the map is 0, and JET has edges where the map has none.

    Parameters
    ----------
    image
        Shape ``(height, width, 3)``, red first, or ``(height, width)``: whole numbers 0 to 255 or floats 0 to 1.
    heatmap
        Shape ``(rows, columns)``, 0 to 1, of any size: it is resized bilinearly.
    style
        ``"even"`` or ``"deck"``.
    alpha
        Weight of the colours, 0 to 1; for ``"even"`` that where the map is 1. By default 0.8, and 0.4 for ``"deck"``.
    path
        Where to save the result too, as a PNG or JPEG file.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red first.

    Raises
    ------
    ImportError
        When OpenCV is missing.
    OSError
        When the file cannot be written.
    ValueError
        When an argument has the wrong shape or range.
    """
    one_of("style", style, STYLES)
    strength = STYLES[style] if alpha is None else alpha
    if not 0 <= strength <= 1:
        raise ValueError(f"alpha is {alpha!r}; allowed is 0 to 1")
    picture, values = _picture(image), _map(heatmap)
    cv2 = _opencv()
    height, width = picture.shape[:2]
    # OpenCV names the width first.
    values = np.clip(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
    if style == "deck":
        mixed = picture + strength * _colours(cv2, values, cv2.COLORMAP_JET)
    else:
        grey = cv2.cvtColor(picture.astype(np.float32), cv2.COLOR_RGB2GRAY)[..., np.newaxis]
        weight = strength * values[..., np.newaxis]
        mixed = (1 - weight) * grey + weight * _colours(cv2, values, cv2.COLORMAP_INFERNO)
    result = np.clip(mixed.round(), 0, 255).astype(np.uint8)
    if path is not None:
        _save(cv2, Path(path), result)
    return result


def _colours(cv2: Any, values: NDArray[np.float32], scale: int) -> NDArray[np.float64]:
    """The colours of a map of 0 to 1, red first."""
    colours = cv2.cvtColor(cv2.applyColorMap(np.uint8(255 * values), scale), cv2.COLOR_BGR2RGB)
    return np.asarray(colours, dtype=np.float64)


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise ImportError(
            "overlay needs OpenCV, which is not installed: python -m pip install opencv-python-headless"
        ) from error
    return cv2


def _picture(image: ArrayLike) -> NDArray[np.float64]:
    picture = np.asarray(image)
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    if picture.ndim == 2:
        picture = np.repeat(picture[..., np.newaxis], 3, axis=2)
    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"image has shape {np.shape(image)}; allowed is (height, width, 3) or (height, width)")
    floats = picture.dtype.kind == "f"
    # Written so that NaN fails too.
    if picture.dtype.kind not in "uif" or not (picture.min() >= 0 and picture.max() <= (1 if floats else 255)):
        raise ValueError(
            f"image holds {picture.dtype} from {picture.min()} to {picture.max()}; allowed are whole numbers from 0 to "
            f"255, or floats from 0 to 1 (divide by 255)"
        )
    return picture.astype(np.float64) * (255 if floats else 1)


def _map(heatmap: ArrayLike) -> NDArray[np.float32]:
    values = np.asarray(heatmap, dtype=np.float32)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"heatmap has shape {values.shape}; allowed is (rows, columns): one map, not a batch")
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"heatmap goes from {values.min()} to {values.max()}; allowed is 0 to 1")
    return values


def _save(cv2: Any, path: Path, result: NDArray[np.uint8]) -> None:
    try:
        written, encoded = cv2.imencode(path.suffix, cv2.cvtColor(result, cv2.COLOR_RGB2BGR))
    except cv2.error as error:
        raise ValueError(f"path is {str(path)!r}; allowed is a name that ends in .png or .jpg") from error
    if not written:
        raise OSError(f"{path} could not be written as {path.suffix}")
    path.write_bytes(encoded.tobytes())
