"""The chapters for viewers that run nothing: every one, with its pictures, and not too large to be shown."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import executed  # noqa: E402

PICTURES = {"image/png", "image/jpeg"}


@pytest.fixture(scope="module")
def written(site, tmp_path_factory):
    """The chapters of the book that was built."""
    return executed.write(tmp_path_factory.mktemp("executed") / "chapters")


def test_every_chapter_is_there_with_its_pictures(written):
    assert [path.name for path in sorted(written)] == [path.name for path in sorted(ROOT.glob("notebooks/*.ipynb"))]
    for path in written:
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
        assert sum(not PICTURES.isdisjoint(output.get("data", {})) for output in outputs) >= 3, path.name
        assert not [output for output in outputs if output.output_type == "error"]


def test_none_is_too_large_for_a_viewer(written):
    assert {path.name: size for path in written if (size := path.stat().st_size / 1e6) > 10} == {}


def test_what_moves_has_a_still_picture_outside_of_any_script(written):
    for path in written:
        for cell in nbformat.read(path, 4).cells:
            for output in cell.get("outputs", []):
                text = "".join(output.get("data", {}).get("text/html", ""))
                if 'class="explorable"' in text:
                    assert re.search(r"<img src=\"data:image/\w+;base64,", re.sub(r"(?s)<script.*?</script>", "", text))


def test_the_list_leads_to_each(written):
    listed = re.findall(r"^- \[.+\]\((.+)\)$", (written[0].parent / "README.md").read_text(), re.M)
    assert listed == [path.name for path in written]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"which is not empty; allowed is an empty folder"):
        executed.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_chapters_that_were_not_executed_are_named(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: notebooks/01_one\n")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "notebooks" / "01_one.ipynb")
    with pytest.raises(ValueError, match="execution of notebooks/01_one is missing"):
        executed.write(tmp_path / "target", tmp_path)
    assert not (tmp_path / "target").exists()
