"""Make the picture that the front page and README show: photographs, what a network calls them, and where it looked.

    python book/_tools/front_picture.py

It is made by the code of the book from photographs that scikit-image carries, so it can be made again at any time.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from labkit import explain, plots
from labkit.datasets import load_photo, resize_picture
from labkit.models.pretrained import load
from labkit.models.pretrained.predictions import class_names, decode

PICTURE = Path(__file__).parents[1] / "_static" / "front.webp"
PHOTOS = {"chelsea": (0, 40, 300), "coffee": (0, 80, 400), "rocket": (0, 130, 400)}  # a square of each: top, left, side


def main() -> None:
    """Draw and save."""
    network = load("efficientnet-lite0")
    names = [name for _, name in class_names()]
    plots.use_house_style()
    figure, axes = plt.subplots(2, 3, figsize=(9, 6.3), dpi=110)
    for column, (name, (top, left, side)) in zip(axes.T, PHOTOS.items(), strict=True):
        photo = load_photo(name).image[top : top + side, left : left + side]
        square = resize_picture(photo, (448, 448))
        prepared = network.preprocess(resize_picture(photo, (224, 224)))
        (guess,) = decode(network.model.predict(prepared, verbose=0), top=1)
        found = explain.cam(network.model, prepared, class_names=names)
        for ax, shown in zip(column, (square, plots.overlay(square, found.maps[0])), strict=True):
            ax.imshow(np.asarray(shown))
            ax.set_axis_off()
        best = guess[0]
        column[0].set_title(f"“{best.label}”, {100 * best.probability:.0f} %", loc="center", fontsize=15)
    figure.savefig(PICTURE, pil_kwargs={"quality": 82, "method": 6})
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
