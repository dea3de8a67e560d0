"""What training gave, as it was counted."""

import matplotlib

matplotlib.use("agg")


from labkit import plots


def test_the_confusion_matrix_shows_counts_row_by_row():
    figure = plots.plot_confusion([[3, 1], [0, 4]], ["cat", "dog"])
    assert [text.get_text() for ax in figure.axes for text in ax.texts] == ["3", "1", "4"]
