"""Makes the finished pages lighter: pictures as WebP that load when they are scrolled to, and no script nobody needs.

Sphinx writes pages with PNG pictures; this goes over them afterwards. A WebP picture is named after the bytes of its
PNG, so one that is there already is not made again, and a page that Sphinx left as it was keeps its pictures.
"""

from __future__ import annotations

import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

# At this quality letters of 8 pixels have no halo that could be seen at the size at which a page shows them.
QUALITY = 85
PICTURE = re.compile(r'<img\b[^>]*\bsrc="[^"]*_images/[^"]*"[^>]*>')
SIZE = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')  # of a figure with twice the pixels
NAME = re.compile(r"_images/([^\"'/]+\.png)")

# The theme's style sheet draws the same icons, and words are looked up on the search page alone.
UNUSED = re.compile(r'\s*<script[^>]*src="[^"]*/fontawesome\.js[^"]*"></script>')
SEARCH = re.compile(r'\s*<script src="[^"]*(searchtools|language_data|searchindex)\.js[^"]*"></script>')


def as_webp(png: bytes) -> bytes:
    """A picture as WebP, the smaller of without loss (charts) and of `QUALITY` (photographs).

    >>> stream = io.BytesIO()
    >>> Image.effect_noise((64, 64), 50).save(stream, "PNG")
    >>> len(as_webp(stream.getvalue())) < len(stream.getvalue())
    True
    """
    picture = Image.open(io.BytesIO(png))
    if picture.mode == "RGBA" and picture.getextrema()[3] == (255, 255):
        picture = picture.convert("RGB")
    streams = [io.BytesIO(), io.BytesIO()]
    picture.save(streams[0], "WEBP", lossless=True)
    picture.save(streams[1], "WEBP", quality=QUALITY, use_sharp_yuv=True)
    return min((stream.getvalue() for stream in streams), key=len)


def convert(png: Path) -> Path:
    """Put a WebP in the place of a PNG, and return it; a PNG that is the smaller stays."""
    data = png.read_bytes()
    webp = png.with_name(f"{hashlib.sha256(data).hexdigest()[:32]}.webp")
    if not webp.exists():
        smaller = as_webp(data)
        if len(smaller) >= len(data):
            return png
        webp.write_bytes(smaller)
    png.unlink()
    return webp


def with_size(tag: str, folder: Path, lazy: bool) -> str:
    """An ``<img>`` with its width and height, so that the text below it stays where it is while it loads."""
    if " width=" in tag:
        return tag
    name = tag.split("_images/")[1].split('"')[0]
    shown = SIZE.search(tag)
    if shown:
        width, height = shown.groups()
    elif Path(name).suffix == ".svg":  # has no pixels
        return tag
    else:
        with Image.open(folder / name) as picture:
            width, height = picture.size
    attributes = f'width="{width}" height="{height}"' + (' loading="lazy"' if lazy else "")
    return tag.replace("<img ", f"<img {attributes} ", 1)


def lighten(page: str, name: str, pictures: dict[str, str], folder: Path) -> str:
    """A page with its pictures as they are now, and without the scripts that it does not need."""
    page = UNUSED.sub("", page)
    if name != "search":
        page = SEARCH.sub("", page)
    page = NAME.sub(lambda found: f"_images/{pictures.get(found[1], found[1])}", page)
    tags = PICTURE.findall(page)
    for tag in dict.fromkeys(tags):
        page = page.replace(tag, with_size(tag, folder, lazy=tag != tags[0]))
    return page


def lighten_pages(app: Sphinx, error: Exception | None) -> None:
    """Go over all pages of a finished build, and drop the pictures that none of them shows any more."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_images"
    pngs = sorted(folder.glob("*.png"))
    with ThreadPoolExecutor() as threads:
        pictures = {png.name: webp.name for png, webp in zip(pngs, threads.map(convert, pngs), strict=True)}
    shown = set()
    for path in Path(app.outdir).rglob("*.html"):
        written = path.read_text(encoding="utf-8")
        page = lighten(written, path.relative_to(app.outdir).with_suffix("").as_posix(), pictures, folder)
        if page != written:
            path.write_text(page, encoding="utf-8")
        shown.update(re.findall(r"_images/([^\"'/]+)", page))
    for picture in folder.glob("*.webp"):
        if picture.name not in shown:
            picture.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Lighten the pages when they are finished."""
    app.connect("build-finished", lighten_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
