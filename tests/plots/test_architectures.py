"""Drawings of blocks, and of what sets networks apart: everything handed over is drawn, where it belongs."""

import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from labkit import plots
from labkit.plots.architectures import DIAGRAMS


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_drawing_has_every_box_and_every_arrow(name):
    diagram = DIAGRAMS[name]
    assert all(start in diagram.boxes and end in diagram.boxes for start, end, *_ in diagram.arrows)
    (ax,) = plots.plot_blocks([name], ["a title"]).axes
    assert sum(isinstance(patch, FancyBboxPatch) for patch in ax.patches) == len(diagram.boxes)
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == len(diagram.arrows)
    assert {text.get_text() for text in ax.texts} == {box[2] for box in diagram.boxes.values()}
    assert all(text.get_fontsize() >= 11 for text in ax.texts)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_box_but_the_first_is_reached(name):
    diagram = DIAGRAMS[name]
    first = next(iter(diagram.boxes))
    assert {end for _, end, *_ in diagram.arrows} == set(diagram.boxes) - {first}


def test_words_stay_in_their_boxes():
    figure = plots.plot_blocks(["separable", "squeeze"], ["one", "two"])
    figure.canvas.draw()
    for ax in figure.axes:
        boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
        for text, box in zip(ax.texts, boxes, strict=True):
            words = text.get_window_extent()
            assert box.x0 <= words.x0, text.get_text()
            assert words.x1 <= box.x1, text.get_text()


def test_an_unknown_block_is_refused():
    with pytest.raises(ValueError, match="name is 'vgg'; allowed are 'plain', 'inception'"):
        plots.plot_blocks(["vgg"], ["VGG"])


def test_years_have_a_bar_and_a_number_each():
    (ax,) = plots.plot_years({"before": 26, "2012": 15.3}, ylabel="error").axes
    assert [patch.get_height() for patch in ax.patches] == [26, 15.3]
    assert [text.get_text() for text in ax.texts] == ["26", "15.3"]


def test_discs_have_the_area_of_their_parameters():
    points = [plots.Point("small", 1e8, 10, 4e6), plots.Point("large", 1e9, 5, 16e6, "above")]
    (ax,) = plots.plot_costs({"counted alike": points}, xlabel="MACs", ylabel="error").axes
    discs = ax.collections[0]
    assert discs.get_offsets().tolist() == [[1e8, 10], [1e9, 5]]
    small, large = discs.get_sizes()
    assert large == pytest.approx(4 * small)
    assert [text.get_text() for text in ax.texts] == ["small", "large"]


def test_depths_begin_at_one_and_the_level_is_named():
    (ax,) = plots.plot_depths({"net": [3, 7, 15]}, level=9, level_name="picture", xlabel="layer", ylabel="field").axes
    curve = next(line for line in ax.lines if len(line.get_xdata()) == 3)
    assert list(curve.get_xdata()) == [1, 2, 3]
    assert list(curve.get_ydata()) == [3, 7, 15]
    assert "picture" in [text.get_text() for text in ax.texts]
