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


TALL = "<img width='640' height='800' style='width: 640px; height: 800px' src='{}'>"
PICTURE = "data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%22640%22 height=%22800%22/>"


@pytest.fixture
def paper(tool, chromium, tmp_path):
    """Print one page with this in it; return the texts of its pages, and what a script found in it."""

    def printing(body, script="null", name="book/page"):
        source = tmp_path / "site" / f"{name}.html"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(PAGE.format(f"<h1 id='top'>Top</h1>{body}"))
        with tool.browser_page() as page:
            tool.print_page(page, source, tmp_path / "page.pdf", first=1, head="A Small Book")
            found = page.evaluate(script)
        return [each.extract_text() for each in PdfReader(tmp_path / "page.pdf").pages], found

    return printing


def test_a_figure_keeps_its_proportions_and_leaves_room_for_text(paper):
    _, (width, height) = paper(
        f'<div class="cell_output">{TALL.format(PICTURE)}</div>',
        "(({width, height}) => [width, height])(document.querySelector('img'))",
    )
    assert width / height == pytest.approx(640 / 800, rel=0.01)
    assert height <= 480


def test_long_code_is_torn_and_short_code_is_not(paper):
    def code(lines):
        text = "\n".join(f"line {number} of {lines}" for number in range(1, lines + 1))
        inner = f"<div class='highlight'><pre>{text}</pre></div>"
        return f"<div class='highlight-ipython3' style='display: flex; break-inside: avoid'>{inner}</div>"

    def last_lines(lines):
        texts, _ = paper(code(lines) * 15)
        return {re.findall(rf"line (\d+) of {lines}", text)[-1] for text in texts}

    assert last_lines(10) == {"10"}
    assert len(last_lines(25)) > 1


def test_a_solution_stands_under_its_name_and_a_hint_behind_its_own(paper):
    exercise = """<h3>Exercise {0}</h3><details><summary>Hint 1</summary><p>Begin at {0}.</p></details>
      <details><summary>A solution</summary><pre>{1}</pre></details>"""
    texts, _ = paper("".join(exercise.format(number, f"answer = {number}\n" * 9) for number in range(25)))
    assert len(texts) > 3
    assert "Hint 1. Begin at 7." in "\n".join(texts)
    for text in texts:
        assert len(re.findall(r"A solution\.", text)) == len(set(re.findall(r"answer = (\d+)", text)))


def test_what_else_is_folded_stands_open_under_its_title(paper):
    fold = "<details><summary>An answer hears: <em>no, {0}</em></summary><pre>{1}</pre></details>"
    texts, folds = paper(
        "".join(fold.format(number, f"answer = {number}\n" * 9) for number in range(25)),
        "document.querySelectorAll('details').length",
    )
    assert folds == 0
    for text in texts:
        assert list(dict.fromkeys(re.findall(r"answer = (\d+)", text))) == re.findall(r"hears: no, (\d+)", text)


def test_a_question_of_the_quiz_stands_on_the_page_of_its_answers_in_the_letters_of_the_text(paper):
    question = """<div class="Quiz"><div class="Qn" style="font-size: 16pt"><div>Question {0}?</div></div>
      <div class="Answer"><label class="MCButton"><span>first {0}</span></label>
      <label class="MCButton"><span>last {0}</span></label></div></div>"""
    texts, size = paper(
        "<style>.Quiz { font-size: 16pt; }</style>" + "".join(question.format(number) for number in range(80)),
        "[document.querySelector('.MCButton'), document.body].map((each) => getComputedStyle(each).fontSize)",
    )
    assert len(texts) > 1
    for text in texts:
        assert re.findall(r"Question (\d+)", text) == re.findall(r"last (\d+)", text)
    assert size[0] == size[1]


def test_the_words_of_a_wide_table_stay_whole_and_its_rows_do_not_repeat_one_another(paper):
    run = """<tr><td>{0}</td><td>{1}</td><td>error 0.{1}</td><td>59{1} s</td><td>{2}</td>
      <td>2026-11-2{1}</td><td>{2}</td></tr>"""
    told = "Four networks of this book on all of their images, ten epochs long"
    rows = "".join(
        run.format(told, seed, "a machine with two cores and a network that it trained") for seed in range(3)
    )
    texts, cells = paper(
        f"<div class='wide-table records-table'><table><tbody>{rows}</tbody></table></div>",
        "[...document.querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.textContent))",
    )
    assert cells[0][0] == told
    assert cells[1] == ["″", "1", "error 0.1", "591 s", "″", "2026-11-21", "″"]
    assert "2026-11-20" in texts[0]


def test_what_cannot_be_opened_on_paper_is_not_said_to_open(paper):
    texts, _ = paper(
        "<p>Every figure, against the code; open a line to see them. And more.</p>"
        f"<div class='explorable'>{TALL.format(PICTURE)}</div>"
    )
    assert "against the code; they stand in the claims. And more." in " ".join(texts[0].split())
    assert "A still picture" in texts[0]
