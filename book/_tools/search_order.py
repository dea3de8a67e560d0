"""Lets the search show first the page that is about what is looked for: its words are counted, headings above all.

Sphinx by itself asks only whether a page holds every word, and lists such pages by the alphabet. Here each word of a
page has a weight: the more often it stands there, and the fewer pages have it, the more (tf-idf). In a heading it
counts for several. The weights come to ``_static/search_weights.js``; ``search_order.js`` adds them up in the browser.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

WEIGHTS = "search_weights.js"
IN_HEADING = 6  # as if it stood there so many times more
BY_TITLE = 2  # what a page is called by weighs so many times more
OTHER_PAGE = 0.6  # a page that is no chapter is seldom what a reader looks for
MOST_PAGES = 15  # of a word
LONGEST = 30  # letters; what is longer is no word


def stems(text: str, language: SearchLanguage) -> Iterator[str]:
    """The words of a text as the search page asks for them.

    >>> list(stems("The feature maps of 28 filters", SearchEnglish({})))
    ['featur', 'map', 'filter']
    """
    for word in language.split(text):
        stem = language.stem(word).lower()
        if language.word_filter(stem) and 0 < len(stem) <= LONGEST and not stem[0].isdigit():
            yield stem


@dataclass(frozen=True)
class Words:
    """The words of a page: how often each stands in it, those of headings counted for more, and those of its title."""

    counted: Counter[str]
    title: frozenset[str] = frozenset()


def words_of(page: nodes.document, language: SearchLanguage) -> Words:
    """Count the words of a page."""
    counted: Counter[str] = Counter()
    headings = [heading.astext() for heading in page.findall(nodes.title)]
    for text in page.findall(nodes.Text):
        if not isinstance(text.parent, nodes.raw):  # scripts, and the data of what moves
            counted.update(stems(text.astext(), language))
    for heading in headings:
        for stem in stems(heading, language):
            counted[stem] += IN_HEADING
    return Words(counted, frozenset(stems(headings[0], language)) if headings else frozenset())


def weights(pages: Mapping[str, Words]) -> dict[str, Any]:
    """Each word's pages by their numbers, each with its weight, the greatest first.

    >>> cats, dogs = Words(Counter(cat=3)), Words(Counter(cat=1, dog=1), frozenset({"dog"}))
    >>> weights({"notebooks/a": cats, "notebooks/b": dogs})["words"]
    {'cat': [0, 15, 1, 7], 'dog': [1, 22]}
    """
    spread = Counter(word for page in pages.values() for word in page.counted)
    table: dict[str, list[tuple[int, int]]] = {}
    for number, (name, page) in enumerate(pages.items()):
        share = 1 if name.startswith("notebooks/") else OTHER_PAGE
        for word, times in page.counted.items():
            weight = share * (1 + math.log(times)) * math.log(1 + len(pages) / spread[word])
            weight *= BY_TITLE if word in page.title else 1
            table.setdefault(word, []).append((number, round(10 * weight)))
    heaviest = {word: sorted(found, key=lambda pair: -pair[1])[:MOST_PAGES] for word, found in sorted(table.items())}
    return {"pages": list(pages), "words": {word: list(chain(*found)) for word, found in heaviest.items()}}


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the weights beside the pages."""
    if error is not None or app.builder.format != "html":
        return
    language = SearchEnglish({})
    pages = {name: words_of(app.env.get_doctree(name), language) for name in sorted(app.env.found_docs)}
    table = json.dumps(weights(pages), ensure_ascii=False, separators=(",", ":"))
    target = Path(app.outdir) / "_static" / WEIGHTS
    target.write_text(f"window.searchWeights = {table};\n", encoding="utf-8")


def on_search_page(app: Sphinx, pagename: str, *_: Any) -> None:
    """Load both on the search page alone, after Sphinx's own."""
    if pagename == "search":
        app.add_js_file(WEIGHTS, loading_method="defer")
        app.add_js_file("search_order.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both with Sphinx."""
    app.connect("html-page-context", on_search_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
