"""A table shows the same cells as text, as Markdown and as HTML."""

from labkit.tables import Table, rows_as_html, rows_as_text

TABLE = Table(
    "Costs", ["layer", "MACs"], [False, True], [["a|b\nc", "1,000"], ["<d>", "20"]], ["total", "1,020"], ["n"]
)


def test_text_sets_numbers_flush_right_and_breaks_tall_cells():
    assert str(TABLE).splitlines() == [
        "Costs", "layer   MACs", "------------", "a|b    1,000", "c", "<d>       20", "------------", "total  1,020",
        "n",
    ]  # fmt: skip


def test_markup_in_cells_is_shown_and_not_obeyed():
    assert r"| a\|b<br>c | 1,000 |" in TABLE.markdown()
    assert "&lt;d&gt;" in TABLE.html()
    assert "&lt;d&gt;" in rows_as_html(("layer",), [("<d>",)])


def test_rows_are_as_wide_as_their_widest_cell():
    assert rows_as_text([("layer", "output"), ("conv", "6×6×2")]) == "layer  output\nconv   6×6×2"
