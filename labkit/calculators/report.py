"""The table a reader sees: a row for every layer, what it costs, what it sees, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from labkit.arguments import whole_number
from labkit.calculators import cost
from labkit.calculators.graph import listed
from labkit.calculators.layers import Shape
from labkit.calculators.receptive_fields import all_fields, by
from labkit.calculators.rows import Row, joined, read_row
from labkit.calculators.to_graph import as_graph
from labkit.calculators.working import Worked
from labkit.tables import Table


@dataclass(frozen=True)
class Column:
    """A heading, what stands below it in a row, and what in the line of totals."""

    heading: str
    cell: Callable[[Row], str]
    total: Callable[[Report], str] = lambda report: ""
    number: bool = True


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _strides(row: Row) -> str:
    strides = row.effective_stride
    if strides is None:
        return "?"
    known = tuple(stride for stride in strides if stride is not None)
    return str(known[0]) if len(set(known)) == 1 else by(known)


def _total(what: str) -> Callable[[Report], str]:
    return lambda report: report._shown_total(what)


COLUMNS = {
    "name": Column("layer", lambda row: row.name, lambda report: "total", number=False),
    "type": Column("type", lambda row: row.type, number=False),
    "output_shape": Column("output shape", lambda row: str(row.output_shape or "?"), number=False),
    "parameters": Column("parameters", lambda row: _count(row.parameters), _total("parameters")),
    "trainable_parameters": Column(
        "trainable", lambda row: _count(row.trainable_parameters), _total("trainable_parameters")
    ),
    "macs": Column("MACs", lambda row: _count(row.macs), _total("macs")),
    "activation_bytes": Column(
        "activation bytes", lambda row: _count(row.activation_bytes), _total("activation_bytes")
    ),
    "receptive_field": Column("receptive field", lambda row: str(row.receptive_field or "?")),
    "effective_stride": Column("stride", _strides),
    "working": Column("working", lambda row: row.working, number=False),
}
"""Every column a report can show, by the name of the row's attribute."""

USUAL_COLUMNS = (
    "name",
    "type",
    "output_shape",
    "parameters",
    "macs",
    "activation_bytes",
    "receptive_field",
    "effective_stride",
)


# -------------------------------------------------------------------------------------------------------- report


@dataclass(frozen=True, repr=False)
class Report:
    """What :func:`summarize` returns. It prints as a table, and Jupyter shows it as one.

    Attributes
    ----------
    title
        Name of the model.
    rows
        One for each call of a layer; the first is the input.
    columns
        Which columns are shown.
    """

    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = USUAL_COLUMNS

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"name is {name!r}; allowed is one of {listed([row.name for row in self.rows])}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def parameters(self) -> Worked:
        """Sum of the rows' parameters. At least that many, when :meth:`not_counted` names a layer."""
        return self._sum("parameters")

    @property
    def trainable_parameters(self) -> Worked:
        """Sum of the rows' trainable parameters."""
        return self._sum("trainable_parameters")

    @property
    def macs(self) -> Worked:
        """Sum of the rows' multiply-adds."""
        return self._sum("macs")

    @property
    def activation_bytes(self) -> Worked:
        """Sum of the rows' activation bytes."""
        return self._sum("activation_bytes")

    def _sum(self, what: str) -> Worked:
        terms = [value for row in self.rows if (value := getattr(row, what))]
        missing = self.not_counted(what)
        text = " + ".join(f"{term:,}" for term in terms) or "0"
        working = f"{text} = {sum(terms):,}"
        latex = working.replace(",", "{,}")
        if missing:
            working += f", not counting {', '.join(missing)}"
            latex += rf"\ \text{{, not counting {', '.join(missing)}}}"
        return Worked(sum(terms), working, latex)

    def not_counted(self, what: str = "macs") -> tuple[str, ...]:
        """Return the names of the layers whose ``what`` (the name of a column) is not known."""
        return tuple(row.name for row in self.rows if getattr(row, what) is None)

    def _shown_total(self, what: str) -> str:
        return f"{'≥ ' if self.not_counted(what) else ''}{getattr(self, what):,}"

    def select(self, *columns: str) -> Report:
        """Return the same report with these columns.

        >>> from labkit.calculators.layers import Dense
        >>> print(summarize([Dense(10)], (784,)).select("name", "parameters"))
        network
        layer  parameters
        -----------------
        input           0
        dense       7,850
        -----------------
        total       7,850

        Raises
        ------
        ValueError
            When there is no such column.
        """
        for name in columns:
            if name not in COLUMNS:
                raise ValueError(f"column is {name!r}; allowed are {', '.join(COLUMNS)}")
        return replace(self, columns=columns)

    def collapsed(self) -> Report:
        """Return the report with each nested model as one row: their sums, and its last one's shape and field."""
        rows: list[Row] = []
        for row in self.rows:
            outer, inside, _ = row.name.partition("/")
            if inside and rows and rows[-1].name == outer:
                rows[-1] = joined(rows[-1], row)
            else:
                rows.append(replace(row, name=outer, type="model") if inside else row)
        return replace(self, rows=tuple(rows))

    # ---- the three ways to show it

    def _table(self) -> Table:
        columns = [COLUMNS[name] for name in self.columns]
        return Table(
            title=self.title,
            headings=[column.heading for column in columns],
            numbers=[column.number for column in columns],
            rows=[[column.cell(row) for column in columns] for row in self.rows],
            totals=[column.total(self) for column in columns],
            notes=[f"{row.name}: {row.note}" for row in self.rows if row.note],
        )

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__

    def to_markdown(self) -> str:
        """Return the table as Markdown."""
        return self._table().markdown()

    def to_html(self) -> str:
        """Return the table as HTML, with the conventions of counting below it if multiply-adds or bytes are shown."""
        table = self._table()
        conventions = [cost.CONVENTIONS] if {"macs", "activation_bytes"} & set(self.columns) else []
        return replace(table, notes=[*table.notes, *conventions]).html()

    def _repr_html_(self) -> str:
        return self.to_html()


# ----------------------------------------------------------------------------------------------------- summarize


def summarize(model_or_layers: Any, input_shape: Shape | None = None, batch_size: int = 1) -> Report:
    """Count a network layer by layer: shapes, parameters, multiply-adds, memory, receptive fields.

    >>> from labkit.calculators.layers import Conv2D, Dense, Flatten, MaxPooling2D
    >>> print(summarize([Conv2D(32, 3), MaxPooling2D(2), Flatten(), Dense(10)], (28, 28, 1)))
    network
    layer         type          output shape     parameters     MACs  activation bytes  receptive field  stride
    -----------------------------------------------------------------------------------------------------------
    input         Input         (1, 28, 28, 1)            0        0             3,136              1×1       1
    conv2d        Conv2D        (1, 26, 26, 32)         320  194,688            86,528              3×3       1
    maxpooling2d  MaxPooling2D  (1, 13, 13, 32)           0        0            21,632              4×4       2
    flatten       Flatten       (1, 5408)                 0        0                 0              4×4       2
    dense         Dense         (1, 10)              54,090   54,080                40    whole image       —
    -----------------------------------------------------------------------------------------------------------
    total                                            54,410  248,768           111,336

    Parameters
    ----------
    model_or_layers
        A Keras model (Sequential, functional with branches, nested, or not yet built), a list of Keras layers, or a
        list of descriptions from :mod:`labkit.calculators.layers`, which needs no TensorFlow. No weights are made or
        computed.
    input_shape
        ``(height, width, channels)``, without the batch, where the model does not say it itself.
    batch_size
        Number of images; multiply-adds and activation bytes grow with it.

    Returns
    -------
    Report
        A row a layer, the totals, and every number's working. What is counted and what is not is said at the top of
        :mod:`labkit.calculators.cost` and :mod:`labkit.calculators.memory`. A layer that is not known says so in its
        row, and the totals it belongs to are marked ``≥``.

    Raises
    ------
    TypeError
        When ``model_or_layers`` is neither a model nor a list of layers.
    ValueError
        When the input shape is missing or wrong, a layer does not fit on the one before, or ``batch_size`` is below 1.
    """
    batch = whole_number("batch_size", batch_size)
    graph = as_graph(model_or_layers, input_shape)
    fields = all_fields(graph)
    return Report(graph.name, tuple(read_row(graph, index, fields, batch) for index in range(len(graph))))
