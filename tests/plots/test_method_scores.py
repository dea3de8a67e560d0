import numpy as np

from labkit import plots


def test_every_method_has_its_mean_and_its_range():
    scores = np.array([[0.2, 0.5, 0.9], [0.4, 0.7, 0.9]])
    figure = plots.plot_method_scores(["a", "b", "blob"], {"x": scores}, baselines=1, xlabel="share")
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "blob"]
    np.testing.assert_allclose(ax.lines[0].get_xdata(), scores.mean(axis=0))
    ranges = [[segment[0][0], segment[1][0]] for segment in ax.collections[0].get_segments()]
    np.testing.assert_allclose(ranges, [[0.2, 0.4], [0.5, 0.7], [0.9, 0.9]])
    assert ax.yaxis_inverted()


def test_several_measures_get_a_legend():
    figure = plots.plot_method_scores(["a"], {"x": [[0.1]], "y": [[0.2]]}, xlabel="share", title="t")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["x", "y"]


def test_a_mean_of_few_images_shows_how_far_it_may_be_off():
    scores = [[0.2, 0.5], [0.4, 0.7]]
    figure = plots.plot_method_scores(["a", "b"], {"x": scores}, standard_errors={"x": [0.05, 0.1]}, xlabel="share")
    ends = [[segment[0][0], segment[1][0]] for segment in figure.axes[0].containers[0][2][0].get_segments()]
    np.testing.assert_allclose(ends, [[0.25, 0.35], [0.5, 0.7]])
