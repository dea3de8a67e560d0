"""How results show themselves, for all rooms: a paragraph, a costed table with totals, plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


class Paragraph:
    """What shows itself in a notebook as one paragraph, with the words of its `str`.

    >>> class Temperature(Paragraph):
    ...     def __str__(self):
    ...         return "outside < 0 °C"
    >>> Temperature()._repr_html_()
    '<p>outside &lt; 0 °C</p>'
    """

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


class Preformatted:
    """What shows itself in a notebook line by line, as its `str` does in a terminal."""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(frozen=True)
class Table:
    """Headings, rows of cells (a cell may have several lines), and a last row of totals.

    >>> print(Table("Two layers", ["layer", "cost"], [False, True], [["conv", "320"], ["pool", "0"]], ["total", "320"]))
    Two layers
    layer  cost
    -----------
    conv    320
    pool      0
    -----------
    total   320

    Attributes
    ----------
    title
        Stands above the table.
    headings
        One for each column.
    numbers
        For each column whether it holds numbers, which are set flush right.
    rows, totals
        The cells, as text.
    notes
        Lines below the table.
    """

    title: str
    headings: Sequence[str]
    numbers: Sequence[bool]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str]
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        blocks = [[self.headings], self.rows, [self.totals]]
        widths = [
            max(len(line) for block in blocks for row in block for line in row[column].split("\n"))
            for column in range(len(self.headings))
        ]
        head, body, foot = ([line for row in block for line in self._lines(row, widths)] for block in blocks)
        rule = "-" * max(map(len, [*head, *body, *foot]))
        return "\n".join([self.title, *head, rule, *body, rule, *foot, *self.notes])

    def _lines(self, row: Sequence[str], widths: list[int]) -> list[str]:
        """A row as lines of text, as many as its tallest cell has."""
        cells = [cell.split("\n") for cell in row]
        lines = []
        for height in range(max(map(len, cells))):
            parts = [cell[height] if height < len(cell) else "" for cell in cells]
            padded = [
                part.rjust(width) if number else part.ljust(width)
                for part, width, number in zip(parts, widths, self.numbers, strict=True)
            ]
            lines.append("  ".join(padded).rstrip())
        return lines

    def markdown(self) -> str:
        """Return the table as Markdown."""

        def line(cells: Sequence[str]) -> str:
            return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", "<br>") for cell in cells) + " |"

        rule = ["---:" if number else ":---" for number in self.numbers]
        totals = [f"**{cell}**" if cell else "" for cell in self.totals]
        table = "\n".join(map(line, [self.headings, rule, *self.rows, totals]))
        return "\n\n".join([f"**{self.title}**", table, *self.notes])

    def html(self) -> str:
        """Return the table as HTML; it scrolls by itself where the page is narrower than the table."""
        align = [f' style="text-align: {"right" if number else "left"}; padding: .2em .6em"' for number in self.numbers]

        def line(cells: Sequence[str]) -> str:
            first, *others = (escape(cell).replace("\n", "<br>") for cell in cells)
            data = "".join(f"<td{style}>{cell}</td>" for style, cell in zip(align[1:], others, strict=True))
            return f'<tr><th scope="row"{align[0]}>{first}</th>{data}</tr>'

        head = "".join(
            f'<th scope="col"{style}>{escape(cell)}</th>' for style, cell in zip(align, self.headings, strict=True)
        )
        title = escape(self.title)
        return (
            f'<div style="overflow-x:auto" role="region" tabindex="0" aria-label="{title}"><table>'
            f"<caption>{title}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(map(line, self.rows))}</tbody><tfoot>{line(self.totals)}</tfoot></table></div>"
            + "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        )


def rows_as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with each column as wide as its widest cell.

    >>> print(rows_as_text([("layer", "output"), ("conv", "6×6×2"), ("row", "72")]))
    layer  output
    conv   6×6×2
    row    72
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def rows_as_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows below a row of heads, the first cell of each as its name.

    >>> rows_as_html(("layer",), [("a<b",)])[-59:]
    '<tbody><tr><th scope="row">a&lt;b</th></tr></tbody></table>'
    """
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
