"""Pictures to play with: live where somebody can play, still everywhere else."""

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from labkit.course import explore
from labkit.course import interactive as room


class Drawing:
    """A drawing function that notes what it was asked to draw."""

    __name__ = "drawing"

    def __init__(self):
        self.calls = []

    def __call__(self, size=5, way="valid"):
        if size == 13:
            raise ValueError("size is 13; allowed is <any> other")
        self.calls.append((size, way))
        figure, ax = plt.subplots()
        ax.set_title(f"size {size}, {way}")
        plt.close(figure)
        return figure


CHOICES = {"size": range(1, 14), "way": ["valid", "same"]}


@pytest.fixture
def drawing():
    return Drawing()


@pytest.fixture
def panel(drawing, monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.setattr(room, "_in_live_notebook", lambda: True)
    return explore(drawing, **CHOICES)


def test_outside_a_notebook_the_default_choice_is_drawn_once(drawing):
    assert isinstance(explore(drawing, **CHOICES), Figure)
    assert drawing.calls == [(5, "valid")]


def test_it_begins_with_the_default_choice(panel, drawing):
    size, way, shown = panel.children
    assert (size.value, way.value) == (5, "valid")
    assert drawing.calls == [(5, "valid")]
    assert shown.value.startswith("<img ")
    assert 'alt="size 5, valid"' in shown.value


def test_a_range_is_a_slider_and_a_list_a_drop_down(panel):
    size, way, _ = panel.children
    assert (type(size).__name__, size.min, size.max, size.step) == ("IntSlider", 1, 13, 1)
    assert (type(way).__name__, way.options) == ("Dropdown", ("valid", "same"))


def test_each_change_redraws(panel, drawing):
    size, way, shown = panel.children
    before = shown.value
    size.value = 7
    way.value = "same"
    assert drawing.calls == [(5, "valid"), (7, "valid"), (7, "same")]
    assert shown.value != before


def test_choices_that_do_not_go_together_are_explained_and_mended_by_the_next_change(panel):
    size, _, shown = panel.children
    size.value = 13
    assert "size is 13; allowed is &lt;any&gt; other" in shown.value
    size.value = 12
    assert shown.value.startswith("<img ")


def test_the_build_gets_the_still_picture_even_in_a_kernel(drawing, monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    assert isinstance(explore(drawing, **CHOICES), Figure)


def test_a_kernel_without_ipywidgets_gets_the_still_picture(drawing, monkeypatch):
    monkeypatch.delenv("LABKIT_STRICT", raising=False)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    assert isinstance(explore(drawing, **CHOICES), Figure)


def test_a_kernel_with_ipywidgets_gets_the_controls(drawing, monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.delenv("LABKIT_STRICT", raising=False)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    assert len(explore(drawing, **CHOICES).children) == 3


def without_default(size):
    return Figure()


@pytest.mark.parametrize(
    ("draw", "choices", "message"),
    [
        (Drawing(), {}, "choices is empty"),
        (Drawing(), {"colour": ["red"]}, "'colour' is no argument of drawing, which has size, way"),
        (Drawing(), {"size": range(6, 9)}, r"default of 'size' is 5, which is not among its choices range\(6, 9\)"),
        (without_default, {"size": range(3)}, "'size' of without_default has no default"),
    ],
)
def test_bad_choices_are_named(draw, choices, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, **choices)


def test_it_needs_no_widgets_to_be_imported():
    code = "import sys; from labkit.course import explore; assert 'ipywidgets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
