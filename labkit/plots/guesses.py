"""What a network says about images: each image, and under it the names it finds most probable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish

ROW = 0.38  # inches for one name
POINTS = 13  # large enough for two images side by side on a phone
TRACK = "#e8ebf0"  # a whole bar, behind that of the probability


def plot_guesses(
    images: Sequence[ArrayLike], guesses: Sequence[Sequence[Any]], titles: Sequence[str], *, title: str = ""
) -> Figure:
    """Draw images side by side, and under each a bar for every name that the network finds probable.

    >>> from labkit.models.pretrained.predictions import Guess
    >>> says = [Guess(967, "n07920052", "espresso", 0.9), Guess(968, "n07930864", "cup", 0.1)]
    >>> figure = plot_guesses([np.zeros((4, 4, 3), np.uint8)], [says], ["the photograph"])
    >>> [text.get_text() for text in figure.axes[1].texts]
    ['90%  espresso', '10%  cup']

    Parameters
    ----------
    images : sequence of array_like, each (height, width, 3)
        The images, of any sizes.
    guesses : sequence of sequences of Guess
        For each image what is said of it: anything with a ``label`` and a ``probability`` from 0 to 1. A bar across
        the whole width is 1.
    titles : sequence of str
        One an image.

    Raises
    ------
    ValueError
        If there are not as many guesses, or titles, as images.
    """
    for name, given in (("guesses", guesses), ("titles", titles)):
        if len(given) != len(images):
            raise ValueError(f"{name} holds {len(given)} entries; allowed are {len(images)}, one an image")
    above = WIDTH / len(images)
    below = ROW * max(len(names) for names in guesses)
    figure, axes = plt.subplots(
        2,
        len(images),
        figsize=(WIDTH, above + 0.3 + below + (0.35 if title else 0)),
        height_ratios=(above + 0.3, below),
        squeeze=False,
    )
    for place, (image, names) in enumerate(zip(images, guesses, strict=True)):
        axes[0, place].imshow(np.asarray(image))
        axes[0, place].set_title(titles[place], fontsize=POINTS, fontweight="normal", loc="center")
        axes[0, place].set_axis_off()
        _bars(axes[1, place], names)
    return finish(figure, title)


def _bars(ax: Axes, names: Sequence[Any]) -> None:
    """The most probable name on top; the names are written over the bars, so that the longest has room."""
    ax.barh(range(len(names)), 1, height=0.84, color=TRACK)
    ax.barh(range(len(names)), [guess.probability for guess in names], height=0.84, color=COLOURS["sky"])
    for row, guess in enumerate(names):
        ax.text(0.02, row, f"{guess.probability:.0%}  {guess.label}", va="center", fontsize=POINTS)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_axis_off()
