"""Which cells are folded, and that all three homes are told."""

import sys
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
from folding import fold, only_plots_or_checks


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nfrom keras import layers",
        "claim('C7-total', model.count_params())",
        "claim_all({'A': 1}, quiet=True)\nrecorded_all('B')",
        "plots.plot_image_grid(images, columns=3)",
        "from labkit.plots import plot_history\nplot_history(run.history)",
        "figure, axes = plt.subplots(1, 2)\nfor ax, image in zip(axes, images):\n    ax.imshow(image)\nfigure",
        "with plt.rc_context({}):\n    plt.plot(x)",
        "assert accuracy > 0.8",
        "from labkit.course import show_project\n\nshow_project('05-wandering-digits')",
    ],
)
def test_folded(source):
    assert only_plots_or_checks(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# a comment alone",
        "model = keras.Sequential()\nclaim('C7-total', model.count_params())",
        "for image in images:\n    print(image.mean())",
        "%pip install labkit",
        "check('05-batch-loss', batch_loss)",
        "loss = -np.log(0.6)\nplt.plot(loss)",
        "figure",
        "print(claim('C7-total', 1))",
    ],
)
def test_open(source):
    assert not only_plots_or_checks(source)


def test_a_folded_cell_is_marked_for_all_three_homes():
    cell = new_code_cell("plots.plot_maps(maps)")
    fold(cell)
    assert cell.metadata == {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "cellView": "form"}


def test_an_author_may_fold_what_teaches_little():
    cell = new_code_cell("table = rows(networks)", metadata={"tags": ["hide-input"]})
    fold(cell)
    assert cell.metadata.jupyter.source_hidden
    assert cell.metadata.cellView == "form"


def test_an_author_may_keep_open_what_is_the_lesson():
    cell = new_code_cell("plt.imshow(image, cmap='gray')", metadata={"tags": ["open"]})
    fold(cell)
    assert cell.metadata == {"tags": ["open"]}


def test_a_cell_that_is_no_longer_folded_loses_all_marks():
    cell = new_code_cell("x = 1", metadata=NotebookNode(cellView="form", jupyter=NotebookNode(source_hidden=True)))
    fold(cell)
    assert cell.metadata == {}
