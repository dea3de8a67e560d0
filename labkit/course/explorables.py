"""What moves in a page: a source in book/explorables, its data and a still picture, joined into one piece of HTML.

The same piece works in the published page, opened from disk too, in JupyterLab, Notebook, VS Code and Colab: it needs
no network, and no kernel once its cell has run. Where no script runs, the still picture stands.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from labkit.course.journal import note_opened

SHARED = "shared"
NOT_EXPLORABLE = {SHARED, "pencil"}
EXACT = {"photo"}  # it looks at its still picture, which is therefore kept without loss
IMPORT = re.compile(r"^import \{[^}]*\} from \"\./shared\.js\";\n", re.M)
EXPORT = re.compile(r"^export (?=(async )?function |const )", re.M)
DTYPES = ("uint8", "int8", "int32", "float16", "float32")
SMALLER = {"float64": "float32", "int64": "int32", "bool": "uint8"}


@dataclass(frozen=True)
class Explorable:
    """Something that moves; it shows itself as HTML, and as one line of text where it is committed.

    Attributes
    ----------
    name : str
        Its source is ``book/explorables/<name>.js``.
    still : bytes
        The still picture, a file in WebP.
    size : tuple of int
        Width and height of the picture.
    alt : str
        What the picture shows, in words.
    data : str
        What its source gets, as JSON.
    """

    name: str
    still: bytes = field(repr=False)
    size: tuple[int, int]
    alt: str
    data: str = field(repr=False)

    @property
    def key(self) -> str:
        """What ties the module to its place in the page: the same for the same output."""
        return f"{self.name}-{hashlib.sha256(self.data.encode()).hexdigest()[:12]}"

    def __repr__(self) -> str:
        return f"explorable {self.name}: {self.alt}"

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.still).decode()
        width, height = self.size
        return (
            f'<div class="explorable" data-explorable="{self.key}">'
            f'<img src="data:image/webp;base64,{picture}" width="{width}" height="{height}" loading="lazy" '
            f'style="max-width: 100%; height: auto" alt="{html.escape(self.alt)}"></div>\n'
            f'<script type="module">\n{module(self.name)}\nmount("{self.key}", {self.data});\n</script>'
        )


def explorable(name: str, *, still: Figure | Any, alt: str, **data: Any) -> Explorable:
    """Show something that moves.

    >>> from labkit import plots
    >>> still = plots.plot_matrices([[[1, 2, 4, 8]]], ["signal"])
    >>> explorable("slide", still=still, alt="A signal.", signal=[1, 2, 4, 8], kernel=[1, 0, -1])
    explorable slide: A signal.

    Parameters
    ----------
    name : str
        Which: a file of ``book/explorables``.
    still : Figure or array_like of uint8
        What stands where no script runs: print, an untrusted notebook.
    alt : str
        What is to be seen, for somebody who does not see it.
    **data
        What its source takes: numbers, texts, lists, mappings and arrays. Arrays travel as the bytes of their type;
        float64 and int64 are made half as long.

    Raises
    ------
    ValueError
        If there is no such explorable, the words are missing, or something cannot be sent to a page.
    """
    if name not in names():
        raise ValueError(f"name is {name!r}; there are {', '.join(names())}")
    if not alt.strip():
        raise ValueError("alt is empty; say in a sentence what is to be seen")
    picture = _picture(still)
    file = BytesIO()
    picture.save(file, "WEBP", quality=80, method=4, lossless=name in EXACT)
    sent = json.dumps({key: _sent(value, key) for key, value in data.items()}, allow_nan=False, separators=(",", ":"))
    return Explorable(name, file.getvalue(), picture.size, alt, sent.replace("</", "<\\/"))


def folder() -> Path:
    """Where the sources are: ``book/explorables`` of the checkout, or the copy inside an installed package."""
    in_checkout = Path(__file__).parents[2] / "book" / "explorables"
    return in_checkout if in_checkout.is_dir() else Path(str(files("labkit.course"))) / "_explorables"


def names() -> list[str]:
    """The explorables there are."""
    return sorted(path.stem for path in folder().glob("*.js") if path.stem not in NOT_EXPLORABLE)


def module(name: str) -> str:
    """Shared part and source as the text of one module, which imports and exports nothing."""
    return f"{script(SHARED)}\n{script(name)}"


def script(name: str) -> str:
    """One source as text that can stand in a page: without imports and exports, and nothing in it ends the script."""
    path = folder() / f"{name}.js"
    note_opened(path)
    return EXPORT.sub("", IMPORT.sub("", path.read_text(encoding="utf-8"))).replace("</", "<\\/")


def _picture(still: Figure | Any) -> Image.Image:
    if isinstance(still, Figure):
        file = BytesIO()
        still.savefig(file, format="png", dpi=still.dpi)
        return Image.open(file).convert("RGB")
    return Image.fromarray(np.asarray(still, np.uint8)).convert("RGB")


def _sent(value: Any, where: str) -> Any:
    """A value as JSON can hold it; an array as type, shape and bytes."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _sent(entry, f"{where}[{key!r}]") for key, entry in value.items()}
        case list() | tuple():
            return [_sent(entry, where) for entry in value]
        case np.generic():
            return value.item()
        case np.ndarray():
            kind = SMALLER.get(value.dtype.name, value.dtype.name)
            if kind in DTYPES:
                array = np.ascontiguousarray(value.astype(kind))
                return {"dtype": kind, "shape": array.shape, "data": base64.b64encode(array.tobytes()).decode()}
            raise ValueError(f"{where} is of the type {value.dtype}; allowed are {', '.join(DTYPES)}")
    raise ValueError(f"{where} is a {type(value).__name__}, which cannot be sent to a page")
