import matplotlib.pyplot as plt
import pytest

from labkit import plots

LEGIBLE, IN_A_CELL = 11, 8  # points in figures of six inches, which a phone shows 360 pixels wide


@pytest.fixture(autouse=True)
def house_style():
    """As a page has it, whatever ran before in this process."""
    with plt.rc_context():
        plots.use_house_style()
        yield


@pytest.fixture(autouse=True)
def letters_can_be_read(monkeypatch):
    """Whatever figure a test here makes, its letters are large enough on a phone."""
    close = plt.close

    def read_and_close(figure=None):
        close(figure)
        if isinstance(figure, plt.Figure):
            cells = {text for ax in figure.axes if ax.images for text in ax.texts if _is_number(text.get_text())}
            for text in figure.findobj(plt.Text):
                least = IN_A_CELL if text in cells else LEGIBLE
                assert not text.get_text() or text.get_fontsize() >= least, text

    monkeypatch.setattr(plt, "close", read_and_close)


def _is_number(text):
    return text.strip("−.").replace(".", "").isdigit()
