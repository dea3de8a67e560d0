"""The build, on small books: what must fail it, what it executes again, and which pages it makes anew."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import PIL.Image
import pytest
from bs4 import BeautifulSoup

# Not beside JupyterLab: kernels that start at one moment may take each other's ports.
pytestmark = pytest.mark.xdist_group("kernels")

SEED = "from labkit.course import chapter; print('the seed is', chapter.SEED)"

PICTURE = """
import base64
from IPython.display import Image
pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
Image(base64.b64decode(pixel))
"""

# What the chapters of the small books use of labkit: each a bank and a claims file of its own, one of them a record.
BANK = 'from labkit.course.discovery import listed_in; print(len(listed_in("{number}", "exercises")))'
CLAIM = 'from labkit.course import claim; claim("{id}", 4)'
RECORD = 'from labkit.course import all_records; print(all_records()["{record}"].title)'
CLAIMS = """
chapter: {chapter}
claims:
  - id: {id}
    sentence: Two and two are four.
    source: nowhere
    kind: exact
    verdict: agrees
    published: 4
"""


def picture(alt):
    cell = nbformat.v4.new_code_cell(PICTURE)
    cell.metadata["mystnb"] = {"image": {"alt": alt}} if alt else {}
    return cell


@pytest.fixture
def chapters(book):
    """Two chapters that use bank, claim and record, one that uses nothing of labkit, and a page of claims."""
    folders = book.library / "labkit" / "chapters"
    for folder in folders.glob("ch*"):
        if folder.name not in ("ch01", "ch02"):
            shutil.rmtree(folder)
    first, second = sorted((book.library / "book" / "records").glob("*.json"))[:2]
    for name, number, id, record in (("one", "01", "X1", first), ("two", "02", "X2", second)):
        (folders / f"ch{number}" / "claims.yml").write_text(CLAIMS.format(chapter=name, id=id))
        source = {"number": number, "id": id, "record": record.stem}
        book.chapter(f"notebooks/{name}", *(part.format(**source) for part in (BANK, CLAIM, RECORD)))
    book.chapter("notebooks/three", "print(6 * 7)")
    book.write("book/claims.md", "# Claims\n\n```{claims-table}\n```\n\n```{records-table}\n```\n")
    return {"one": first.name, "two": second.name}


def test_what_is_wrong_fails_the_build_each_time(book):
    book.chapter("raises", "1 / 0")
    book.chapter("wordless", picture(""))
    book.chapter("path", picture("_build/jupyter_execute/pixel.png"))
    book.chapter("sound", picture("One red pixel"))
    book.write(
        "broken.md", "# Broken\n\nA [reference](nowhere.md), a {term}`lost word`, and ![](book/_static/logo.svg)."
    )
    for time in (1, 2):
        code, said = book.build()
        assert code != 0
        assert "The book was not built" in said
        faults = [line for line in said.splitlines() if "WARNING" in line and str(book.folder) in line]
        assert [line for line in faults if "raises.ipynb" in line and "ZeroDivisionError" in line]
        assert [line for line in faults if "wordless.ipynb" in line and "no alt text" in line]
        assert [line for line in faults if "path.ipynb" in line and "no alt text" in line]
        assert [line for line in faults if "broken.md" in line and "nowhere.md" in line]
        assert [line for line in faults if "broken.md" in line and "lost word" in line]
        assert [line for line in faults if "broken.md" in line and "no alt text" in line]
        assert not [line for line in faults if "sound.ipynb" in line or ".venv" in line]
        # The chapter that raises is tried again, by the build and not by Sphinx as well.
        assert book.executions() == {"raises": time, "wordless": 1, "path": 1, "sound": 1}


HELP = """\
<details>
<summary>One wrong answer hears: ✗ <em>Divide.</em></summary>

```python
def mean_of(numbers):
    return sum(numbers)
```

</details>

<details>
<summary>Hint 1</summary>

Add them up.

</details>

<details>
<summary>A solution</summary>

```python
def mean_of(numbers):
    number_of = len(numbers)
    return sum(numbers) / number_of
```

</details>"""


def test_the_edition_for_students_shows_and_offers_no_solution(book):
    book.chapter("one", nbformat.v4.new_markdown_cell(HELP), "print(6 * 7)")
    code, said = book.build()
    assert code == 0, said
    published = book.folder / "_build" / "html"
    code, said = book.run(sys.executable, book.folder / "book" / "_tools" / "build.py", book.folder, EDITION="student")
    assert code == 0, said
    students = book.folder / "_build" / "student" / "_build" / "html"
    for site, shown in ((published, True), (students, False)):
        page, search = (site / "one.html").read_text(), (site / "searchindex.js").read_text()
        offered = (site / "_sources" / "one.ipynb").read_text()
        assert "Divide." in page
        assert "Add them up." in page
        assert "42" in page
        assert ("A solution" in page) is shown
        assert ("number_of =" in BeautifulSoup(page, "html.parser").get_text()) is shown
        assert "mean_of" in search
        assert ("number_of" in search) is shown
        assert "return sum(numbers)" in offered
        assert ("number_of =" in offered) is shown
        assert "Add them up." in offered
        assert bool(BeautifulSoup(page, "html.parser").select("[href*='colab.research']")) is shown
        assert bool(BeautifulSoup(page, "html.parser").select(".btn-source-repository-button")) is shown
    assert book.executions() == {"one": 1}


def test_an_unknown_edition_is_refused(book):
    code, said = book.run(sys.executable, book.folder / "book" / "_tools" / "build.py", book.folder, EDITION="teacher")
    assert code != 0
    assert "EDITION is 'teacher'; allowed is student, or nothing" in said


def test_the_build_executes_what_changed_and_nothing_else(book):
    book.chapter("one", SEED)
    book.chapter("two", picture("One red pixel"))
    code, said = book.build()
    assert code == 0, said
    assert book.executions() == {"one": 1, "two": 1}
    assert "the seed is 0" in book.page("one")

    assert book.build()[0] == 0
    assert book.executions() == {"one": 1, "two": 1}

    book.chapter("two", picture("One red pixel"), "print('six times', 6 * 7)")
    assert book.build()[0] == 0
    assert book.executions() == {"one": 1, "two": 2}
    assert "six times 42" in book.page("two")
    assert "the seed is 0" in book.page("one")

    book.change("labkit/course/chapter.py", "SEED = 0", "SEED = 1234")
    assert book.build()[0] == 0
    assert book.executions() == {"one": 2, "two": 2}
    assert "the seed is 1234" in book.page("one")
    assert len(list((book.folder / "_build" / ".jupyter_cache" / "executed").iterdir())) == 2


NOISE = """
import io
import numpy as np
from PIL import Image as Picture
from IPython.display import Image
stream = io.BytesIO()
Picture.fromarray(np.random.default_rng({seed}).integers(0, 255, (60, 40, 3), dtype=np.uint8)).save(stream, "PNG")
Image(stream.getvalue())
"""


def noise(seed):
    cell = nbformat.v4.new_code_cell(NOISE.format(seed=seed))
    cell.metadata["mystnb"] = {"image": {"alt": "Noise"}}
    return cell


def test_pictures_become_lighter_and_stay_through_later_builds(book):
    folder = book.folder / "_build" / "html" / "_images"

    def pictures(page):
        return [image.attrs for image in BeautifulSoup(book.page(page), "html.parser").select("article img")]

    book.chapter("one", noise(1), noise(2))
    book.chapter("two", noise(2))
    assert book.build()[0] == 0
    first, second = pictures("one")
    assert (first["width"], first["height"], first.get("loading")) == ("40", "60", None)
    assert (second["width"], second["height"], second.get("loading")) == ("40", "60", "lazy")
    assert {path.name for path in folder.iterdir()} == {Path(image["src"]).name for image in (first, second)}
    assert {path.suffix for path in folder.iterdir()} == {".webp"}
    assert [Path(image["src"]).name for image in pictures("two")] == [Path(second["src"]).name]
    made = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}

    # One page is made anew: its pictures change, one that it no longer shows stays for the other page.
    book.chapter("one", noise(3))
    assert book.build()[0] == 0
    (third,) = pictures("one")
    assert {path.name for path in folder.iterdir()} == {Path(image["src"]).name for image in (third, second)}
    assert (folder / Path(second["src"]).name).stat().st_mtime_ns == made[Path(second["src"]).name]
    for image in (third, *pictures("two")):
        with PIL.Image.open(book.folder / "_build" / "html" / image["src"]) as picture:
            assert picture.size == (40, 60)


def test_a_number_stays_with_its_unit_and_programs_stay_as_they_are(book):
    book.write("units.md", "# Units\n\nOf 35 % in 20 ms, `35 %`; 3 men.\n\n```text\n35 %\n```\n")
    assert book.build()[0] == 0
    article = BeautifulSoup(book.page("units"), "html.parser").select_one("article")
    assert article.p.get_text() == "Of 35\N{NO-BREAK SPACE}% in 20\N{NO-BREAK SPACE}ms, 35 %; 3 men."
    assert article.pre.get_text().strip() == "35 %"


# Appends a line to each group of files in turn, prints whose executions then no longer hold, and takes it back.
ASK = """
import json, sys
from pathlib import Path

sys.path.insert(0, "{tools}")
from executions import Executions

executions = Executions(Path("{folder}"))
for group in json.loads(sys.argv[1]):
    kept = {{path: path.read_text() for path in map(Path, group)}}
    for path, text in kept.items():
        path.write_text(text + "\\n")
    due = [chapter for chapter in executions.chapters() if executions.find(chapter) is None]
    for path, text in kept.items():
        path.write_text(text)
    print(*[chapter.split("/")[1] for chapter in due])
"""


def test_each_change_executes_the_chapters_that_use_it(book, chapters):
    changes = {
        (): "",
        ("labkit/chapters/ch01/exercises.py",): "one",
        ("labkit/chapters/ch02/exercises.py",): "two",
        ("labkit/chapters/ch01/claims.yml",): "one",
        ("labkit/chapters/ch02/claims.yml",): "two",
        (f"book/records/{chapters['one']}",): "one",
        (f"book/records/{chapters['two']}",): "two",
        ("labkit/course/claims.py",): "one two",
        ("labkit/chapters/ch01/quiz.py", "labkit/training/__init__.py"): "",
    }
    assert book.execute()[0] == 0
    asked = json.dumps([[str(book.library / name) for name in group] for group in changes])
    program = ASK.format(tools=book.folder / "book" / "_tools", folder=book.folder)
    code, said = book.run(sys.executable, "-P", "-c", program, asked)  # not labkit of this folder
    assert code == 0, said
    assert dict(zip(changes, said.splitlines(), strict=True)) == changes
    assert book.executions() == {"one": 1, "two": 1, "three": 1}


def test_a_chapter_that_was_not_executed_is_no_page(book):
    book.chapter("one", SEED)
    code, said = book.sphinx()
    assert code != 0
    assert "not executed, or changed since: one" in said
    assert book.executions() == {}

    assert book.build()[0] == 0
    assert book.sphinx()[0] == 0
    book.change("labkit/course/chapter.py", "SEED = 0", "SEED = 1234")
    code, said = book.sphinx()
    assert code != 0
    assert "not executed, or changed since: one" in said
    assert book.executions() == {"one": 1}


def test_pages_of_claims_and_records_follow_them_and_no_other_page_is_made(book, chapters):
    code, said = book.build()
    assert code == 0, said
    assert "Two and two are four." in book.page("book/claims")

    pages = ("book/claims", "notebooks/one", "notebooks/two", "notebooks/three")
    made = {page: book.page_file(page).stat().st_mtime_ns for page in pages}
    assert book.build()[0] == 0
    assert {page: book.page_file(page).stat().st_mtime_ns for page in pages} == made

    book.change("labkit/chapters/ch01/claims.yml", "Two and two are four.", "Twice two are four.")
    book.change(f"book/records/{chapters['one']}", '"title": "', '"title": "Anew: ')
    # The page shows what this execution gave: a right value that nobody has stored as the verdict's.
    book.change("labkit/chapters/ch02/claims.yml", "published: 4", "published: 6")
    book.chapter("notebooks/two", CLAIM.format(id="X2").replace("4", "6"))
    code, said = book.build()
    assert code == 0, said
    assert "Twice two are four." in book.page("book/claims")
    assert "Anew: " in book.page("book/claims")
    assert "Anew: " in book.page("notebooks/one")
    rows = BeautifulSoup(book.page("book/claims"), "html.parser").select(".claims-table tbody tr")
    given = {row.find("td").text.strip(): [cell.text.strip() for cell in row.find_all("td")[2:]] for row in rows}
    assert given == {"X1": ["4", "4", "agrees"], "X2": ["6", "6", "agrees"]}
    assert book.page_file("notebooks/three").stat().st_mtime_ns == made["notebooks/three"]
    assert book.executions() == {"one": 2, "two": 2, "three": 1}


def test_a_claim_that_no_chapter_shows_fails_the_build(book, chapters):
    book.chapter("notebooks/two", "print(4)")
    code, said = book.build()
    assert code != 0
    assert "no chapter of this build shows claim X2" in said


ERRATA = """
chapter: two
claims:
  - id: X2
    sentence: Two and two are five.
    source: S3, Sums
    kind: exact
    verdict: differs
    errata: mistake
    published: 5
    right: 4
    reason: count them
  - id: X3
    sentence: Two and two are to be four.
    source: this book's aim
    origin: own
    kind: exact
    verdict: agrees
    published: 4
  - id: X4
    sentence: A training gives four.
    source: S1, Training
    kind: measured
    verdict: agrees
    published: 4
    band: [3, 5]
"""


def test_an_erratum_stands_in_its_list_and_an_own_aim_is_not_published(book, chapters):
    (book.library / "labkit" / "chapters" / "ch02" / "claims.yml").write_text(ERRATA)
    book.chapter("notebooks/two", CLAIM.format(id="X2"), CLAIM.format(id="X3"), 'claim("X4", stand_in=True)')
    book.write("book/errata.md", "# Errata\n\n```{errata-list} mistake\n```\n\n```{errata-list} paper\n```\n")
    code, said = book.build()
    assert code == 0, said
    mistakes, papers = BeautifulSoup(book.page("book/errata"), "html.parser").select(".errata")
    (card,) = mistakes.select(".erratum")
    assert not papers.select(".erratum")
    lines = [paragraph.get_text() for paragraph in card.select("p")]
    assert lines == [
        "Two and two are five.",
        "S3, Sums, as transcribed · X2",
        "published 5 · the code gives 4",
        "Why: count them.",
    ]
    rows = BeautifulSoup(book.page("book/claims"), "html.parser").select(".claims-table tbody tr")
    given = {row.find("td").text.strip(): [cell.text.strip() for cell in row.find_all("td")[2:]] for row in rows}
    assert given == {
        "X1": ["4", "4", "agrees"],
        "X2": ["5", "4", "differs"],
        "X3": ["aim 4", "4", "agrees"],
        "X4": ["4", "–", "not tested here"],  # this build's verdict, and not the stored one
    }

    book.write("book/errata.md", "# Errata\n\n```{errata-list} slips\n```\n")
    code, said = book.build()
    assert code != 0
    assert "errata-list is 'slips', allowed are mistake, changed, not-reproduced, paper" in said
