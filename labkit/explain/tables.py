"""Result tables as text and as HTML: the first column names the row."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with each column as wide as its widest cell.

    >>> print(as_text([("layer", "output"), ("conv", "6×6×2"), ("row", "72")]))
    layer  output
    conv   6×6×2
    row    72
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a row of heads.

    >>> as_html(("layer",), [("a<b",)])[-59:]
    '<tbody><tr><th scope="row">a&lt;b</th></tr></tbody></table>'
    """
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
