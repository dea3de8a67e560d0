"""The table a reader sees: a row for every layer, what it costs, what it sees, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from labkit.calculators import cost
from labkit.calculators.arguments import whole_number
from labkit.calculators.graph import Graph, Node, as_graph, listed
from labkit.calculators.layers import Shape
from labkit.calculators.receptive_fields import Answer, ReceptiveField, all_fields, by
from labkit.calculators.shapes import UnknownLayerError
from labkit.calculators.tables import Table
from labkit.calculators.working import Worked, WorkedTuple


@dataclass(frozen=True, slots=True)
class Row:
    """One call of one layer. What is not known is ``None``, never zero.

    Attributes
    ----------
    name, type
        The layer's name and kind.
    output_shape
        With the batch in front.
    parameters, trainable_parameters
        All of them, and those that training may change.
    macs
        Multiply-adds of a forward pass of the batch.
    activation_bytes
        Bytes of its output for the batch.
    receptive_field
        What one of its numbers sees of the picture.
    note
        What a reader must know about the row, such as that the layer is not known.
    """

    name: str
    type: str
    output_shape: tuple[int, ...] | None
    parameters: Worked | None
    trainable_parameters: int | None
    macs: Worked | None
    activation_bytes: Worked | None
    receptive_field: ReceptiveField | None
    note: str = ""
    shape_working: str = ""
    field_working: str = ""

    @property
    def effective_stride(self) -> tuple[int | None, ...] | None:
        """How far, in the picture, the fields of two neighbouring places are apart, along each axis."""
        return self.receptive_field.effective_stride if self.receptive_field else None

    @property
    def working(self) -> str:
        """Every formula of the row with its numbers put in, one a line."""
        named = {
            "shape": self.shape_working,
            "parameters": self.parameters.working if self.parameters else "",
            "MACs": self.macs.working if self.macs else "",
            "field": self.field_working,
        }
        lines = [f"{name}: {text}" for name, text in named.items() if text]
        return "\n".join([*lines, self.note] if self.note else lines)


# ------------------------------------------------------------------------------------------------------- columns


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
                rows[-1] = _joined(rows[-1], row)
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
        """Return the table as HTML, with the conventions of counting below it."""
        table = self._table()
        return replace(table, notes=[*table.notes, cost.CONVENTIONS]).html()

    def _repr_html_(self) -> str:
        return self.to_html()


def _joined(first: Row, second: Row) -> Row:
    """Two rows of one nested model as one."""

    def add(a: Any, b: Any) -> Any:
        return None if a is None or b is None else a + b

    def worked(a: Worked | None, b: Worked | None) -> Worked | None:
        total = add(a, b)
        return None if total is None else Worked(total, f"the sum of its layers, {total:,}", f"{total:,}")

    return replace(
        second,
        name=first.name,
        type=first.type,
        parameters=worked(first.parameters, second.parameters),
        trainable_parameters=add(first.trainable_parameters, second.trainable_parameters),
        macs=worked(first.macs, second.macs),
        activation_bytes=worked(first.activation_bytes, second.activation_bytes),
        note="; ".join(filter(None, dict.fromkeys([first.note, second.note]))),
        shape_working="",
        field_working="",
    )


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
    dense         Dense         (1, 10)              54,090   54,080                40    whole picture       —
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
        Number of pictures; multiply-adds and activation bytes grow with it.

    Returns
    -------
    Report
        A row a layer, the totals, and every number's working. What is counted and what is not is said at the top of
        :mod:`labkit.calculators.cost`. A layer that is not known says so in its row, and the totals it belongs to are
        marked ``≥``.

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
    rows = tuple(_row(graph, node, field, fields, batch) for node, field in zip(graph.nodes, fields, strict=True))
    return Report(graph.name, rows)


def _row(graph: Graph, node: Node, field: Answer, fields: list[Answer], batch: int) -> Row:
    incoming = graph.shapes_into(node.inputs)
    notes = []

    def ask(rule: Callable[..., Any], **how: Any) -> Any:
        if incoming is None:
            return None
        try:
            return rule(node.layer, *incoming, **how)
        except UnknownLayerError:
            return None

    parameters, trainable = ask(cost.parameters), ask(cost.trainable_parameters)
    if node.shared and parameters is not None:
        counted = parameters > 0
        parameters, trainable = Worked(0, "0: counted already", r"0 \text{ (counted already)}"), 0
        if counted:
            notes.append("called again, its parameters were counted at the first call")
    multiplications = ask(cost.macs, batch_size=batch)
    if incoming is None:
        notes.append("the shape of its input is not known, so it is not counted")
    elif multiplications is None or parameters is None or node.shape is None:
        notes.append(f"{node.kind} is not known, so it is not fully counted")
    own_field = field if isinstance(field, ReceptiveField) else None
    unchanged = any(field is fields[index] for index in node.inputs)
    if isinstance(field, ValueError):
        notes.append(f"no receptive field: {field}")
    return Row(
        name=node.name,
        type=node.kind,
        output_shape=None if node.shape is None else (batch, *map(int, node.shape)),
        parameters=parameters,
        trainable_parameters=trainable if node.trainable else trainable and 0,
        macs=multiplications,
        activation_bytes=None if node.shape is None else cost.kept_bytes(node.layer, node.shape, batch, node.dtype),
        receptive_field=own_field,
        note="; ".join(notes),
        shape_working=node.shape.working if isinstance(node.shape, WorkedTuple) else "",
        field_working="" if own_field is None or unchanged else own_field.working,
    )
