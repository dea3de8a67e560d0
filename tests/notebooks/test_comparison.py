"""The comparison of an execution with what is committed: nothing that differs may pass."""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
import notebooks as tool
from comparison import differences


def text(words, **kinds):
    return new_output("execute_result", {"text/plain": words, **kinds}, execution_count=2)


def printed(words, name="stdout"):
    return new_output("stream", name=name, text=words)


def cell(source, outputs, count, *tags):
    return new_code_cell(source, execution_count=count, outputs=outputs, metadata={"tags": list(tags)})


@pytest.fixture
def executed():
    """An execution as it comes out of a kernel: with HTML, images and warnings."""
    cells = [
        new_markdown_cell("# A chapter"),
        cell("print(42)", [printed("4"), printed("2\n"), printed("careful", "stderr")], 1),
        cell("table", [text("a 1", **{"text/html": "<b>a</b> 1"})], 2),
        cell("plot", [new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure size 1x1>"})], 3),
        cell("measure", [printed("0.812\n")], 4, "nbval-ignore-output"),
    ]
    return new_notebook(cells=cells)


@pytest.fixture
def judge(request, executed, tmp_path):
    """What the comparison says of an execution, with the one above committed."""
    committed = nbformat.from_dict(executed)
    tool.strip(committed)
    nbformat.write(committed, tmp_path / "chapter.ipynb")
    return lambda: differences(request.session, tmp_path / "chapter.ipynb", executed)


@pytest.fixture
def code(executed):
    return executed.cells[1:]


def test_the_same_passes_and_is_left_as_it_was(judge, executed):
    before = nbformat.writes(executed)
    assert judge() == []
    assert nbformat.writes(executed) == before


def test_a_changed_number_fails(judge, code):
    code[0].outputs[1].text = "3\n"
    (said,) = judge()
    assert "Cell 0" in said
    assert "42" in said
    assert "43" in said


def test_a_changed_result_fails(judge, code):
    code[1].outputs[0].data["text/plain"] = "a 2"
    assert len(judge()) == 1


def test_a_missing_output_fails(judge, code):
    code[1].outputs = []
    assert "Missing output" in judge()[0]


def test_a_missing_figure_fails(judge, code):
    code[2].outputs = []
    assert len(judge()) == 1


def test_an_extra_output_fails(judge, code):
    code[1].outputs.append(printed("and more\n"))
    assert "Unexpected output" in judge()[0]


def test_one_output_more_of_the_same_kind_fails(judge, code):
    code[1].outputs.append(text("b 2"))
    assert "dissimilar number" in judge()[0]


def test_an_exception_fails(judge, code):
    code[1].outputs = [new_output("error", ename="ZeroDivisionError", evalue="by zero", traceback=["by zero"])]
    (said,) = judge()
    assert "exception" in said
    assert "by zero" in said


def test_an_exception_fails_where_outputs_are_ignored_too(judge, code):
    code[3].outputs = [new_output("error", ename="ZeroDivisionError", evalue="by zero", traceback=["by zero"])]
    assert "exception" in judge()[0]


def test_what_is_ignored_may_change(judge, code):
    code[3].outputs = [printed("0.799\n")]
    assert judge() == []


def test_another_cell_in_its_place_fails(judge, code):
    code[1].source = "another table"
    assert judge()


def test_a_cell_that_was_not_executed_fails(judge, executed):
    executed.cells.pop()
    assert judge()
