"""The look that all figures share.

Figures are six inches wide with type of 11 points or more, so that they can still be read on a phone 360 pixels wide;
only the numbers in the cells of a large grid are smaller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

WIDTH = 6.0  # inches

# Okabe and Ito's palette, made to be told apart with any kind of colour vision (https://jfly.uni-koeln.de/color/).
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "grey": "#5F6673",
}

MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # one for each colour

# Positive and negative values, either side of white; both ends stay apart without red and green.
SIGNED = "PuOr_r"


def use_house_style() -> None:
    """Set matplotlib's defaults to the book's, and ask notebooks for sharp images."""
    plt.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=list(COLOURS.values())),
            "axes.grid": False,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
            "legend.frameon": False,
        }
    )
    try:
        from IPython.core.getipython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # outside notebooks
        return
    if get_ipython() is not None:
        set_matplotlib_formats("retina")


def looks(curves: Collection[Any], colours: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return a colour and a marker for each curve of a figure.

    >>> looks(["plain", "residual"])
    [('#0072B2', 'o'), ('#E69F00', 's')]
    >>> looks(["plain", "residual"], {"plain": "green", "residual": "blue"})
    [('#009E73', 'o'), ('#0072B2', 's')]

    Parameters
    ----------
    curves : collection
        What identifies each curve.
    colours : mapping of str to str, optional
        For each curve a name of `COLOURS`: so that neighbouring figures show one thing in one colour.

    Raises
    ------
    ValueError
        When there are more than can be told apart, or a curve has no colour, or one that is not of the palette.
    """
    if len(curves) > len(COLOURS):
        raise ValueError(f"a figure of {len(curves)} curves; allowed are at most {len(COLOURS)}, to be told apart")
    if colours is None:
        return list(zip(COLOURS.values(), MARKERS, strict=True))[: len(curves)]
    for curve in curves:
        if colours.get(curve) not in COLOURS:
            raise ValueError(f"colours[{curve!r}] is {colours.get(curve)!r}; allowed are {', '.join(COLOURS)}")
    return [(COLOURS[colours[curve]], marker) for curve, marker in zip(curves, MARKERS, strict=False)]


def hairline(ax: Axes) -> None:
    """Draw one around axes that are off, so that a white image ends somewhere on a white page."""
    ax.add_patch(
        Rectangle((0, 0), 1, 1, transform=ax.transAxes, fill=False, edgecolor="#c8ccd4", linewidth=0.7, clip_on=False)
    )


def finish(figure: Figure, title: str = "") -> Figure:
    """Give a figure its title and hand it over: pyplot forgets it, so that only the cell that returns it shows it."""
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
    plt.close(figure)
    return figure
