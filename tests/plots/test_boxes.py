"""Boxes lie along the edges of their pixels; curves are those of the report."""

import numpy as np
from matplotlib.patches import Rectangle

from labkit import plots
from labkit.training import Detections, detection_report


def test_a_frame_goes_round_the_pixels_of_its_box():
    image = np.zeros((20, 30, 3), np.uint8)
    texts = {"texts": [["cat 0.9"]] * 4, "titles": ["found"] * 4}
    figure = plots.plot_boxes([image] * 4, [[[2, 3, 6, 9]]] * 4, [[[0, 0, 30, 20]]] * 4, **texts, columns=2)
    assert len(figure.axes) == 4
    frames = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    corners = [(*frame.get_xy(), frame.get_width(), frame.get_height()) for frame in frames]
    assert corners == [(1.5, 2.5, 4, 6)] * 2 + [(-0.5, -0.5, 30, 20)]
    assert figure.axes[0].get_xlim() == (-0.5, 29.5)
    assert [text.get_text() for text in figure.axes[3].texts] == ["cat 0.9"]
    assert figure.axes[3].get_title() == "found"


def test_curves_are_the_reports():
    report = detection_report([Detections([[0, 0, 4, 4], [5, 5, 9, 9]], [0.9, 0.8])], [([[0, 0, 4, 4]], [0])], ["cat"])
    figure = plots.plot_precision_recall({"IoU 0.5": report.curve()}, title="cats")
    raw, best = figure.axes[0].lines
    assert raw.get_ydata().tolist() == [1, 0.5]
    assert best.get_ydata().tolist() == [1] * 101
    assert best.get_label() == "IoU 0.5: AP 1.000"
