"""The printed book: what its numbers, links and outline say is where they say it is."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

TOOL = Path(__file__).parents[2] / "book" / "_tools" / "printed.py"
CONTENTS = """\
root: book/intro
parts:
  - caption: First things
    chapters:
      - file: notebooks/01_one
      - file: notebooks/02_two
  - caption: Behind
    chapters:
      - file: book/api
"""
PAGE = '<!doctype html><meta charset="utf-8"><title>x</title><article class="bd-article">{}</article>'
FILLER = "<p>Some words.</p>" * 120
PAGES = {
    "book/intro": f"<h1 id='hello'>Hello</h1><p><a href='../notebooks/02_two.html#far'>far</a></p>{FILLER}",
    "notebooks/01_one": f"""<h1 id='one'>1. One</h1>
      <p><a href='#late'>late</a> <a href='02_two.html'>next</a> <a href='https://example.org/'>out</a>
      <a href='../book/api.html'>package</a></p>
      <details class='hide above-input'><summary>Show code</summary><pre>folded = 1</pre></details>
      <h3 id='ex'>Exercise 1.1: Add</h3>
      <details><summary>Hint 1</summary><p>Begin at zero.</p></details>
      <details><summary>A solution</summary><pre>def add(): ...</pre></details>
      <p>After the exercise.</p>
      {FILLER}<h2 id='late'>Late section</h2><p>here</p>""",
    "notebooks/02_two": f"<h1 id='two'>2. Two</h1>{FILLER}<h2 id='far'>Far section</h2><p>there</p>",
    "book/api": "<h1 id='api'>The package</h1>",
}


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("printed", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["printed"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pdf(tool, chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "_toc.yml").write_text(CONTENTS)
    (folder / "_config.yml").write_text("title: A Small Book\n")
    site = folder / "_build" / "html"
    for name, text in PAGES.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / f"{name}.html").write_text(PAGE.format(text))
    (site / "index.html").write_text("")
    return PdfReader(tool.make(folder))


@pytest.fixture(scope="module")
def texts(pdf):
    return [page.extract_text() for page in pdf.pages]


def where(texts, heading):
    """The page, from 0, on which a heading stands; the first two hold title and contents."""
    found = [number for number, text in enumerate(texts) if number > 1 and re.search(rf"^{heading}$", text, re.M)]
    assert len(found) == 1
    return found[0]


def links(pdf, number):
    return [annotation.get_object() for annotation in pdf.pages[number].get("/Annots", ())]


def aim(pdf, link):
    """The page, from 0, that a link within the book leads to."""
    return pdf.get_page_number(link["/Dest"][0].get_object()) if "/Dest" in link else None


def test_title_and_contents_come_first(texts):
    assert "A Small Book" in texts[0]
    assert texts[1].startswith("Contents")


def test_the_contents_name_the_pages_as_they_are_numbered(pdf, texts):
    listed = dict(re.findall(r"^(.+?) ?(\d+)$", texts[1], re.M))
    for heading in ("Hello", "1. One", "Late section", "2. Two", "Far section"):
        number = where(texts, heading)
        assert listed[heading] == pdf.page_labels[number]
        assert re.search(rf"^{listed[heading]}$", texts[number], re.M)  # it stands on the page


def test_the_contents_lead_to_these_pages(pdf, texts):
    aims = [aim(pdf, link) for link in links(pdf, 1)]
    assert aims == [where(texts, heading) for heading in ("Hello", "1. One", "Late section", "Hints and solutions",
                                                          "2. Two", "Far section")]  # fmt: skip


def test_links_lead_within_the_pdf_and_out_of_it(pdf, texts):
    found = links(pdf, where(texts, "1. One"))
    assert sorted(aim(pdf, link) for link in found if "/Dest" in link) == sorted(
        [where(texts, "Late section"), where(texts, "2. Two")]
    )
    assert [link["/A"]["/URI"] for link in found if "/A" in link] == ["https://example.org/"]
    assert aim(pdf, links(pdf, where(texts, "Hello"))[0]) == where(texts, "Far section")


def test_no_link_leads_to_a_file_of_the_machine_that_printed(pdf):
    assert not [link for number in range(len(pdf.pages)) for link in links(pdf, number) if "file:" in str(link)]


def test_the_outline_has_parts_chapters_and_sections(pdf):
    flat = []

    def walk(entries, depth):
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, depth + 1)
            else:
                flat.append((depth, entry.title))

    walk(pdf.outline, 0)
    assert flat == [
        (0, "Hello"),
        (0, "First things"),
        (1, "1. One"),
        (2, "Late section"),
        (2, "Hints and solutions"),
        (1, "2. Two"),
        (2, "Far section"),
    ]


def test_hints_and_solutions_stand_at_the_end_and_folded_code_nowhere(texts):
    whole = "\n".join(texts[2:])
    assert whole.index("After the exercise.") < whole.index("Begin at zero.") < whole.index("def add(): ...")
    assert whole.index("here") < whole.index("Begin at zero.") < whole.index("2. Two")
    assert "folded = 1" not in whole


def test_the_running_head_stands_on_all_but_the_first_page_of_a_chapter(texts):
    first, last = where(texts, "1. One"), where(texts, "Late section")
    assert first < last
    assert "A Small Book" not in texts[first]
    assert "A Small Book" in texts[last]


def test_without_a_book_it_says_what_to_do(tool, tmp_path):
    with pytest.raises(SystemExit, match="build it with: make book"):
        tool.make(tmp_path)
