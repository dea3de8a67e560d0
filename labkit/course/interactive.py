"""Pictures to play with: sliders in JupyterLab and on Colab, a still picture in the published book."""

from __future__ import annotations

import base64
import html
import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from matplotlib.figure import Figure

from labkit.course.claims import strict


def explore(draw: Callable[..., Figure], **choices: Sequence[Any]) -> Any:
    """Show a picture together with the controls that change it.

    >>> from labkit import plots
    >>> def picture(level=3):
    ...     return plots.plot_matrices([[[level]]], ["level"])
    >>> type(explore(picture, level=range(1, 6))).__name__  # outside a notebook: the picture alone
    'Figure'

    Parameters
    ----------
    draw : callable
        Takes the choices as keyword arguments and returns a figure. Each argument has a default value: with these the
        picture begins, and these make the still picture. A ``ValueError`` it raises, because the choices do not go
        together, is shown to the reader in the picture's place.
    **choices : sequence
        For each argument what there is to choose from: a ``range`` becomes a slider, any other sequence a drop-down
        list.

    Returns
    -------
    ipywidgets.VBox or matplotlib.figure.Figure
        The controls over the picture; the figure alone where nobody could turn a control: in the build of the book
        (``LABKIT_STRICT=1``), outside a notebook, or where ipywidgets is missing.

    Raises
    ------
    ValueError
        If there is nothing to choose, a choice is no argument of ``draw``, an argument has no default, or its default
        is not among the choices.
    """
    defaults = _defaults(draw, choices)
    if not _in_live_notebook():
        return draw(**defaults)
    return _panel(draw, choices, defaults)


def _defaults(draw: Callable[..., Figure], choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The value that each argument begins with."""
    if not choices:
        raise ValueError("choices is empty; give at least one argument of draw with what there is to choose from")
    arguments = inspect.signature(draw).parameters
    defaults = {}
    for name, allowed in choices.items():
        if name not in arguments:
            raise ValueError(f"{name!r} is no argument of {draw.__name__}, which has {', '.join(arguments) or 'none'}")
        default = arguments[name].default
        if default is inspect.Parameter.empty:
            raise ValueError(
                f"argument {name!r} of {draw.__name__} has no default value, which the picture begins with"
            )
        if default not in allowed:
            raise ValueError(f"the default of {name!r} is {default!r}, which is not among its choices {allowed!r}")
        defaults[name] = default
    return defaults


def _in_live_notebook() -> bool:
    """Whether somebody may be there to turn a control: a kernel with ipywidgets, and not the build."""
    if strict() or find_spec("ipywidgets") is None:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _panel(draw: Callable[..., Figure], choices: Mapping[str, Sequence[Any]], defaults: Mapping[str, Any]) -> Any:
    import ipywidgets

    controls = {name: _control(name, allowed, defaults[name]) for name, allowed in choices.items()}
    # A picture as HTML rather than an Output widget: it is swapped without flicker, and it can carry alt text.
    shown = ipywidgets.HTML()

    def redraw(_: Any = None) -> None:
        try:
            shown.value = _as_html(draw(**{name: control.value for name, control in controls.items()}))
        except ValueError as error:
            shown.value = f'<p role="status" style="line-height: 1.5">This does not go: {html.escape(str(error))}</p>'

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([*controls.values(), shown])


def _control(name: str, allowed: Sequence[Any], value: Any) -> Any:
    import ipywidgets

    looks = {
        "description": name.replace("_", " "),
        "style": {"description_width": "6em"},
        "layout": {"width": "min(26em, 100%)"},
    }
    if isinstance(allowed, range):
        # Drawn when the slider is let go: a figure takes too long to follow every pixel of the way.
        return ipywidgets.IntSlider(
            value, min=min(allowed), max=max(allowed), step=abs(allowed.step), continuous_update=False, **looks
        )
    return ipywidgets.Dropdown(options=list(allowed), value=value, **looks)


def _as_html(figure: Figure) -> str:
    """The figure as an image element, its title as alt text."""
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=2 * figure.dpi, bbox_inches="tight")
    titles = [figure.get_suptitle(), *(ax.get_title(loc) for ax in figure.axes for loc in ("left", "center"))]
    words = html.escape("; ".join(title for title in titles if title) or "The picture for these choices", quote=True)
    data = base64.b64encode(stream.getvalue()).decode()
    width = round(figure.get_figwidth() * figure.dpi)
    return f'<img src="data:image/png;base64,{data}" alt="{words}" style="width: {width}px; max-width: 100%">'
