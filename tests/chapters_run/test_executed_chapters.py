"""Each chapter's one execution (`make chapters`): it gives what is committed, and its figures have words."""

import sys
from pathlib import Path

import pytest

from labkit.course import all_claims
from labkit.course.discovery import chapter_folders

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from comparison import differences  # noqa: E402
from executions import Executions  # noqa: E402


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def executed(path):
    return Executions().executed(f"notebooks/{path.stem}")


def test_its_outputs_are_those_that_are_committed(request, path, executed):
    said = differences(request.session, path, executed)
    assert not said, "\n\n".join(said)


def test_it_showed_every_claim_that_names_it_and_no_other(path):
    shown = {entry["id"] for entry in Executions().find(f"notebooks/{path.stem}").claims}
    assert shown == {claim.id for claim in all_claims().values() if claim.chapter == path.stem}


def test_its_kernel_knew_no_other_chapter(path):
    files = Executions().find(f"notebooks/{path.stem}").files
    folders = {Path(name).parts[2] for name in files if name.startswith("labkit/chapters/ch")}
    own = chapter_folders().get(path.stem.split("_")[0])
    assert folders == ({own.name} if own else set())


def test_every_figure_has_words_of_its_own(executed):
    for cell in executed.cells:
        if cell.cell_type != "code":
            continue
        figures = sum("<Figure" in str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        assert figures <= 1, f"more than one figure a cell: {cell.source[:60]}"
        assert bool(alt) == bool(figures), f"figure without alt text, or the other way round: {cell.source[:60]}"
        if alt:
            assert len(alt.split()) >= 8
            assert not alt.endswith((".png", ".svg"))
