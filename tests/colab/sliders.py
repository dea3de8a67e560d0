"""Cells that `make colab` runs before the chapters: sliders are moved as a browser moves them, the kernel is tried."""

PANEL = """\
import ipywidgets
import matplotlib.pyplot as plt

from labkit.course import explore

drawn = []


def picture(size=5, way="valid"):
    if size == 13:
        raise ValueError("size is 13")
    drawn.append((size, way))
    figure, ax = plt.subplots()
    ax.set_title(f"size {size}, {way}")
    plt.close(figure)
    return figure


print("ipywidgets", ipywidgets.__version__)
panel = explore(picture, size=range(1, 14), way=["valid", "same"])
panel"""

MOVED = """\
def from_browser(control, **state):
    data = {"method": "update", "state": state, "buffer_paths": []}
    control._handle_msg({"content": {"data": data}, "buffers": []})


size, way, shown = panel.children
assert drawn == [(5, "valid")]
assert 'alt="size 5, valid"' in shown.value
from_browser(size, value=7)
from_browser(way, index=1)
assert drawn == [(5, "valid"), (7, "valid"), (7, "same")], drawn
assert 'alt="size 7, same"' in shown.value
from_browser(size, value=13)
assert "size is 13" in shown.value"""

# What compiled code writes past Python has to be heard as well: so do TensorFlow Lite and HDF5.
PAST_PYTHON = """\
import os
import time

import google.colab

os.write(2, b"from compiled code")
time.sleep(1)"""
