"""The table: totals that add up, columns to choose, three ways to show it; and no TensorFlow where none is needed."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from labkit.calculators import layers, summarize

CONVNET = [
    layers.Conv2D(32, 3),
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.MaxPooling2D(2),
    layers.Conv2D(64, 3),
    layers.Flatten(),
    layers.Dense(10, name="scores"),
]


@pytest.fixture
def report():
    return summarize(CONVNET, (28, 28, 1))


def test_totals_are_the_sums_of_the_rows(report):
    for what in ("parameters", "trainable_parameters", "macs", "activation_bytes"):
        total = getattr(report, what)
        assert total == sum(getattr(row, what) for row in report)
        assert total.working.endswith(f"= {total:,}")
        terms = total.working.rpartition(" = ")[0].split(" + ")
        assert sum(int(term.replace(",", "")) for term in terms) == total
    assert report.parameters - report.trainable_parameters == 2 * 32  # a running mean and variance a channel


def test_activations_by_hand(report):
    outputs = [28 * 28, *[26 * 26 * 32] * 3, 13 * 13 * 32, 11 * 11 * 64, 10]  # Flatten keeps nothing of its own
    assert report.activation_bytes == 4 * sum(outputs)


def test_a_batch_multiplies_work_and_memory_but_not_parameters(report):
    batch = summarize(CONVNET, (28, 28, 1), batch_size=64)
    assert batch["conv2d"].output_shape == (64, 26, 26, 32)
    assert batch.parameters == report.parameters
    assert batch.macs == 64 * report.macs
    assert batch.activation_bytes == 64 * report.activation_bytes


def test_names_are_made_up_as_keras_makes_them(report):
    names = ["input", "conv2d", "batchnormalization", "relu", "maxpooling2d", "conv2d_1", "flatten", "scores"]
    assert [row.name for row in report] == names
    assert len(report) == 8
    with pytest.raises(KeyError, match=r"conv9.*allowed is one of input, conv2d"):
        report["conv9"]


def test_every_column_can_be_chosen(report):
    columns = ("name", "trainable_parameters", "working")
    chosen = report.select(*columns)
    assert chosen.columns == columns
    assert "trainable" in str(chosen)
    assert "output shape" not in str(chosen)
    assert chosen.parameters == report.parameters
    with pytest.raises(ValueError, match="column is 'flops'; allowed are name, type"):
        report.select("flops")


def test_the_text_lines_up(report):
    title, head, rule, *body = str(report).split("\n")
    assert title == "network"
    assert rule == body[-2] == "-" * len(rule)
    end = head.index("parameters") + len("parameters")
    for line in [*body[:-2], body[-1]]:
        assert line[end - 1].isdigit()
        assert line[end] == " "
    assert repr(report) == str(report)


def test_markdown_has_a_cell_for_every_column(report):
    _, table = report.select("name", "output_shape", "working").to_markdown().split("\n\n")
    lines = table.split("\n")
    assert len(lines) == 2 + len(report) + 1
    assert {line.count("|") for line in lines} == {4}
    assert lines[1] == "| :--- | :--- | :--- |"


def test_html_is_well_formed_and_says_what_is_what(report):
    html = report._repr_html_()
    root = ElementTree.fromstring(f"<page>{html.replace('<br>', '<br/>')}</page>")
    region = root.find("div")
    assert region.get("tabindex") == "0"  # it scrolls, so the keyboard must reach it
    assert region.get("aria-label") == "network"
    table = region.find("table")
    assert table.find("caption").text == "network"
    assert {cell.get("scope") for cell in table.find("thead/tr")} == {"col"}
    rows = table.findall("tbody/tr")
    assert [row.find("th").text for row in rows] == [row.name for row in report]
    assert {len(row) for row in rows} == {len(report.columns)}
    assert "multiply-add" in root.find("p/small").text


def test_names_are_escaped():
    html = summarize([layers.Dense(1, name="<b>&")], (3,)).to_html()
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html


def test_bad_input():
    with pytest.raises(ValueError, match="input_shape is None; allowed is a shape such as"):
        summarize(CONVNET)
    with pytest.raises(TypeError, match="input_shape is 28; allowed is a tuple"):
        summarize(CONVNET, 28)
    with pytest.raises(ValueError, match=r"input_shape is \(28, 28, 1\); allowed is \(32, 32, 3\)"):
        summarize([layers.Input((32, 32, 3)), *CONVNET], (28, 28, 1))
    with pytest.raises(ValueError, match=r"layer 'scores': input_shape of Conv2D is \(10,\); allowed is"):
        summarize([layers.Dense(10), layers.Conv2D(3, 3, name="scores")], (10,))


def test_a_description_of_one_s_own_is_named_not_counted_as_nothing():
    class Mystery(layers.Layer):
        pass

    report = summarize([layers.Dense(5), Mystery(), layers.Dense(7)], (3,))
    assert report.parameters == 20
    assert report.not_counted("parameters") == ("mystery", "dense_1")
    assert "≥ 20" in str(report)
    assert "Mystery is not known" in str(report)


def test_one_dimension_and_no_dimension():
    series = summarize([layers.Conv1D(8, 5), layers.MaxPooling1D(2), layers.Flatten(), layers.Dense(2)], (100, 3))
    assert series["conv1d"].output_shape == (1, 96, 8)
    assert series["maxpooling1d"].receptive_field.size == (6,)
    dense = summarize([layers.Dense(64), layers.Dense(10)], (784,))
    assert dense.parameters == 784 * 64 + 64 + 64 * 10 + 10
    assert str(dense["dense"].receptive_field) == "—"


def test_alexnet_from_a_description():  # G2, G9: 61 M parameters, 724 M multiply-adds, on two GPUs
    def conv(filters, kernel, groups=1):
        return layers.Conv2D(filters, kernel, padding=kernel // 2, groups=groups)

    def pool():
        return layers.MaxPooling2D(3, strides=2)

    alexnet = [
        *[layers.Conv2D(96, 11, strides=4), pool(), conv(256, 5, 2), pool()],
        *[conv(384, 3), conv(384, 3, 2), conv(256, 3, 2), pool()],
        *[layers.Flatten(), layers.Dense(4096), layers.Dense(4096), layers.Dense(1000)],
    ]
    report = summarize(alexnet, (227, 227, 3))
    assert report["flatten"].output_shape == (1, 6 * 6 * 256)  # G3
    assert report.parameters == 60_965_224  # the published count
    assert round(report.macs / 1e6) == 724


def test_a_chain_from_picture_to_scores():  # C18
    chain = [layers.Conv2D(12, 5), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)]
    shapes = [row.output_shape[1:] for row in summarize(chain, (32, 32, 3))]
    assert shapes[:3] == [(32, 32, 3), (28, 28, 12), (14, 14, 12)]
    assert shapes[-1] == (10,)


def test_without_padding_a_deep_network_runs_out_of_picture():  # C18
    assert summarize([layers.Conv2D(1, 5)] * 7, (32, 32, 1)).rows[-1].output_shape == (1, 4, 4, 1)
    with pytest.raises(ValueError, match="layer 'conv2d_7': kernel is 5; allowed is at most the input's size 4"):
        summarize([layers.Conv2D(1, 5)] * 10, (32, 32, 1))


def test_dense_neurons_grow_with_the_picture():  # A7
    one = [layers.Flatten(), layers.Dense(1, use_bias=False)]
    assert [summarize(one, (side, side, 3)).parameters for side in (32, 200)] == [3_072, 120_000]


def test_counting_a_description_imports_no_tensorflow():
    script = """
import sys
from labkit.calculators import layers, output_size, receptive_field, receptive_field_backwards, summarize
network = [layers.Conv2D(8, 3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)]
summarize(network, (28, 28, 1)).to_html()
receptive_field(network, "conv2d", (28, 28, 1)), receptive_field_backwards(network, "dense", (28, 28, 1))
try:
    summarize("not a model")
except TypeError:
    pass
print(sorted({"tensorflow", "keras", "numpy", "scipy", "matplotlib"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
