"""Print the book: each page through a browser, then all joined into one PDF with contents, outline and page numbers.

    python book/_tools/printed.py [FOLDER]

FOLDER holds the built book; the PDF comes to ``FOLDER/_build/cnn-lab-book.pdf``. What a reader unfolds with a click
cannot be unfolded on paper: hints and solutions stand at the end of their chapter, explorables as their still pictures.
"""

from __future__ import annotations

import html
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from urllib.parse import unquote, urldefrag

import yaml
from playwright.sync_api import Page, sync_playwright
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.constants import PageLabelStyle
from pypdf.generic import ArrayObject, Fit, NameObject

from labkit.store.checks import write_whole

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What documents the package for its makers is read on a screen, where it can be searched.
LEFT_OUT = ("book/api", "book/contributing", "book/build")


@dataclass(frozen=True)
class Heading:
    """A heading of a printed page: where a link may lead."""

    id: str
    title: str
    level: int
    page: int  # of its PDF, from 0
    top: float


@dataclass(frozen=True)
class Printed:
    """One page of the book as a PDF of its own."""

    name: str
    part: str
    file: Path
    pages: int
    headings: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """Its first heading."""
        return self.headings[0].title


def contents(folder: Path) -> list[tuple[str, str]]:
    """The pages that are printed, in their order, each with the part that it belongs to."""
    table = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    pages = [("", table["root"])]
    for part in table["parts"]:
        pages += [(part["caption"], chapter["file"]) for chapter in part["chapters"]]
    return [(part, name) for part, name in pages if not name.startswith(LEFT_OUT)]


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of the browser that is installed, in which nothing moves and nothing waits to come into view."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit(f"no browser to print with: none of {', '.join(BROWSERS)} is on the PATH")
    with sync_playwright() as playwright:
        # Images of files may be looked at, to be made smaller.
        browser = playwright.chromium.launch(executable_path=path, args=["--allow-file-access-from-files"])
        page = browser.new_page(color_scheme="light", reduced_motion="reduce", viewport={"width": 1000, "height": 1400})
        # Explorables start when the page is at rest or they come into view; on paper the still picture stands.
        page.add_init_script(
            "window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };"
            "window.requestIdleCallback = () => 0;"
        )
        yield page
        browser.close()


def print_page(page: Page, source: Path, target: Path, *, first: int | None, head: str) -> list[tuple[str, str, int]]:
    """Print one HTML file to PDF; return its headings (id, title, level) in their order.

    `first` is the number of its first page; with ``None`` the pages are not numbered.
    """
    page.goto(source.as_uri())
    page.add_style_tag(path=TOOLS / "printed.css")
    headings = page.evaluate((TOOLS / "printed.js").read_text(encoding="utf-8"))
    if first is not None:
        page.add_style_tag(content=_frame(first, head, headings[0]["title"]))
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    return [(each["id"], each["title"], each["level"]) for each in headings]


def _frame(first: int, book: str, chapter: str) -> str:
    """What stands in the margins: the running heads, and the number of the page."""
    book = "" if book == chapter else book
    left, right = (text.replace("\\", "\\\\").replace('"', '\\"') for text in (book, chapter))
    return f"""
        html {{ counter-reset: page {first - 1}; }}
        @page {{
            @top-left {{ content: "{left}"; }}
            @top-right {{ content: "{right}"; }}
            @bottom-right {{ content: counter(page); }}
        }}
        @page :first {{ @top-left {{ content: none; }} @top-right {{ content: none; }} }}"""


def with_places(reader: PdfReader, headings: list[tuple[str, str, int]]) -> tuple[Heading, ...]:
    """Join headings of the page with their places in the PDF: the browser lists them in its outline, in this order."""
    places = list(_flat(reader.outline))
    if len(places) != len(headings):
        raise ValueError(f"{len(headings)} headings, and {len(places)} entries in the outline: they should be the same")
    return tuple(
        Heading(id, title, level, reader.get_destination_page_number(place), float(place.top or 0))
        for (id, title, level), place in zip(headings, places, strict=True)
    )


def _flat(outline: list) -> Iterator:
    for entry in outline:
        if isinstance(entry, list):
            yield from _flat(entry)
        else:
            yield entry


def contents_page(printed: list[Printed], starts: dict[str, int], title: str, site: Path) -> str:
    """The first pages: title and table of contents, whose lines lead to the pages they name."""
    rows, part = [], ""
    for each in printed:
        if each.part != part:
            part = each.part
            rows.append(f'<p class="part">{html.escape(part)}</p>')
        lines = [("chapter", each.headings[0]), *(("section", found) for found in each.headings if found.level == 2)]
        rows += [
            f'<p class="{kind}"><a href="{each.name}.html#{found.id}">{html.escape(found.title)}</a>'
            f"<span>{starts[each.name] + found.page}</span></p>"
            for kind, found in (lines if each.name.startswith("notebooks/") else lines[:1])
        ]
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<base href="{site.as_uri()}/">
<title>{title}</title>
<article class="bd-article">
<h1 class="cover" id="cover">{title}</h1>
<p>On a screen this book moves. On paper, pictures that can be changed stand still, code that prepares a figure is
left out (it is in the notebooks), and hints and solutions come at the end of their chapter.</p>
<p class="edition">Text: CC BY 4.0. Code: MIT.</p>
<nav class="contents"><h2 id="contents">Contents</h2>{"".join(rows)}</nav>
</article>
</html>"""


def join(front: Printed, printed: list[Printed], site: Path, target: Path, title: str) -> None:
    """Put the PDFs together: outline, page labels, and links that lead to pages of the book."""
    writer = PdfWriter()
    books = {each.name: each for each in (front, *printed)}
    starts: dict[str, int] = {}
    links = []
    for each in books.values():
        starts[each.name] = len(writer.pages)
        reader = PdfReader(each.file)
        for number, page in enumerate(reader.pages):
            found = [
                (rectangle, aim) for rectangle, aim in _inner_links(page, reader, each.name, site) if aim[0] in books
            ]
            links += [(starts[each.name] + number, rectangle, aim) for rectangle, aim in found]
            writer.add_page(page)

    for number, rectangle, (name, fragment, place) in links:
        inside, top = place or next(
            ((heading.page, heading.top) for heading in books[name].headings if heading.id == fragment), (0, None)
        )
        fit = Fit.fit_horizontally(top=top) if top else Fit.fit()
        leading = Link(rect=rectangle, target_page_index=starts[name] + inside, fit=fit, border=[0, 0, 0])
        writer.add_annotation(number, leading)

    _outline(writer, printed, starts)
    writer.set_page_label(0, front.pages - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(front.pages, len(writer.pages) - 1, style=PageLabelStyle.DECIMAL, start=1)
    writer.add_metadata({"/Title": title, "/Author": "The CNN Lab Book authors"})
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    content = io.BytesIO()
    writer.write(content)
    write_whole(target, content.getvalue())


def _inner_links(page: PageObject, reader: PdfReader, name: str, site: Path) -> list[tuple]:
    """Take the links to places of the book out of a page: rectangle, and (page of the book, id, place if known)."""
    taken, kept = [], ArrayObject()
    for reference in page.get("/Annots", ()):
        link = reference.get_object()
        address = str(link["/A"].get("/URI", "")) if "/A" in link else ""
        if link.get("/Dest") in reader.named_destinations:
            aim = reader.named_destinations[link["/Dest"]]
            taken.append((link["/Rect"], (name, "", (reader.get_destination_page_number(aim), float(aim.top or 0)))))
        elif address.startswith(site.as_uri()):
            file, fragment = urldefrag(unquote(address.removeprefix(f"{site.as_uri()}/")))
            taken.append((link["/Rect"], (file.removesuffix(".html"), fragment, None)))
        else:
            kept.append(reference)
    page[NameObject("/Annots")] = kept
    return taken


def _outline(writer: PdfWriter, printed: list[Printed], starts: dict[str, int]) -> None:
    """Parts, chapters, sections."""
    part, above = "", None
    for each in printed:
        if each.part != part:
            part = each.part
            above = writer.add_outline_item(title=part, page_number=starts[each.name], bold=True, is_open=False)
        chapter = None
        for heading in each.headings:
            if heading.level <= 2:
                place, fit = starts[each.name] + heading.page, Fit.fit_horizontally(top=heading.top)
                item = writer.add_outline_item(
                    title=heading.title, page_number=place, parent=chapter or above, fit=fit, is_open=False
                )
                chapter = chapter or item


def make(folder: Path = ROOT) -> Path:
    """Print one built book; return where its PDF is."""
    site = folder / "_build" / "html"
    if not (site / "index.html").exists():
        raise SystemExit(f"{site} holds no book; build it with: make book")
    title = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))["title"]
    target = folder / "_build" / "cnn-lab-book.pdf"
    with tempfile.TemporaryDirectory() as scratch, browser_page() as page:
        printed, first = [], 1
        for part, name in contents(folder):
            file = Path(scratch) / f"{name.replace('/', '-')}.pdf"
            headings = print_page(page, site / f"{name}.html", file, first=first, head=title)
            reader = PdfReader(file)
            printed.append(Printed(name, part, file, len(reader.pages), with_places(reader, headings)))
            print(f"{name}: {len(reader.pages)} pages", flush=True)
            first += len(reader.pages)

        ends = accumulate(each.pages for each in printed)
        starts = {each.name: end - each.pages + 1 for each, end in zip(printed, ends, strict=True)}
        source = Path(scratch) / "contents.html"
        source.write_text(contents_page(printed, starts, title, site), encoding="utf-8")
        file = Path(scratch) / "contents.pdf"
        headings = print_page(page, source, file, first=None, head="")
        reader = PdfReader(file)
        front = Printed("", "", file, len(reader.pages), with_places(reader, headings))
        join(front, printed, site, target, title)
    return target


def main(arguments: list[str]) -> int:
    """Print, and say where the PDF is, how large, and how long it took."""
    started = time.perf_counter()
    target = make(Path(arguments[0]).resolve() if arguments else ROOT)
    pages, size = len(PdfReader(target).pages), target.stat().st_size / 1e6
    print(f"{target}: {pages} pages, {size:.1f} MB ({time.perf_counter() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
