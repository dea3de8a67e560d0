"""What moves, in the pages as they were built, opened from disk with the network cut."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from labkit.course.explorables import names

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("moving pages")]

ROOT = Path(__file__).parents[2]


def shown_by(path):
    """The explorables of a chapter, in order."""
    cells = nbformat.read(path, as_version=4).cells
    return re.findall(r'explorable\(\s*"([a-z-]+)"', "\n".join(cell.source for cell in cells))


# As the sources say: a page that has lost one fails.
SHOWN = {path.stem: found for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if (found := shown_by(path))}
WINDOWS = {
    f"{width}-{theme}": {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
    for width in (1280, 390)
    for theme in ("light", "dark")
}
EVERY_DAY = ("1280-light", "390-dark")

ONE = {"kernel": {"shape": [1, 1, 1, 1], "values": [2]}, "bias": {"values": [0]}}
ALL = {"kernel": {"shape": [4, 1], "values": [1, 1, 1, 1]}, "bias": {"values": [3]}}
# One input each, and what can be told of it without a computer.
BY_HAND = {
    "augment": ({"image": [[1, 2], [3, 4]], "flip": True}, {"image": [[2, 1], [4, 3]]}),
    "boxes": (
        {"boxes": [[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], "scores": [0.8, 0.9, 0.7], "iou_threshold": 0.5},
        {"iou": [[1, 90 / 110, 0], [90 / 110, 1, 0], [0, 0, 1]], "kept": [1, 2], "by": [1, -1, -1]},
    ),
    "cam": ({"maps": [[[1, 2]]], "weights": [[1, 0], [0, 3]], "class": 1}, {"map": [[6]], "score": 6}),
    "counter": (
        {"input_shape": [28, 28, 1], "layers": [{"kind": "conv", "filters": 32, "kernel": 3}]},
        {"parameters": 32 * (9 + 1), "macs": 26 * 26 * 32 * 9},
    ),
    "depth": (
        {"weights": [[[2]], [[3]]], "input": [1], "gain": 1, "activation": "linear", "shortcut": False},
        {"norms": [6, 3]},
    ),
    "descent": (
        {"x": 2, "y": 6, "start": 1, "rate": 0.1, "momentum": 0, "steps": 1},
        {"path": [1, 2.6], "losses": [16, 0.64]},
    ),
    "digit": (
        {"image": [[1, 0], [0, 0.5]], "network": [{"kind": "conv", **ONE}, {"kind": "dense", **ALL}]},
        {"logits": [6], "activations": [[[[2, 0], [0, 1]]]]},
    ),
    "geometry": (
        {"size": 13, "kernel": 6, "stride": 5, "padding": "same", "dilation": 1, "transposed": False},
        {"output": 3, "before": 1, "after": 2},
    ),
    "kernel": (
        {"image": [[1, 2], [3, 4]], "kernel": [[1, 0], [0, -1]], "stride": 1, "padding": "valid", "flip": False},
        {"output": [[-3]]},
    ),
    "pooling": (
        {"image": [[1, 2], [3, 4]], "size": 2, "stride": 2, "mode": "max"},
        {"output": [[4]], "winners": [[[1, 1]]]},
    ),
    "quantize": (
        {"values": [-127, 0, 2.5, 127], "bits": 8, "symmetric": True},
        {"scale": 1, "zero_point": 0, "codes": [-127, 0, 2, 127], "error": 0.5},
    ),
    "receptive-field": (
        {"size": 28, "layers": [{"kernel": 3, "stride": 2, "padding": 1}] * 2, "layer": 2, "position": 3},
        {"start": 9, "stop": 16, "field": 7, "jump": 4},
    ),
    "slide": (
        {"signal": [1, 2, 4, 8], "kernel": [1, 0, -1], "flip": False, "position": 1},
        {"products": [2, 0, -8], "sum": -6, "output": [-3, -6]},
    ),
    "threshold": (
        {"scores": [0.2, 0.6, 0.8], "labels": [0, 0, 1], "threshold": 0.5},
        {"confusion": [[1, 1], [0, 1]], "precision": 0.5, "recall": 1},
    ),
}


@pytest.fixture(scope="module")
def browser(chromium):
    with playwright.sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.parametrize(
    "window", [pytest.param(name, marks=[] if name in EVERY_DAY else pytest.mark.nightly) for name in WINDOWS]
)
@pytest.mark.parametrize("name", SHOWN)
def test_all_that_moves_is_there_and_computes(site, browser, name, window):
    context = browser.new_context(**WINDOWS[window])
    context.set_offline(True)
    page, heard = context.new_page(), []
    page.on("console", lambda message: message.type == "error" and heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto((site / "notebooks" / f"{name}.html").as_uri())
    hosts = page.locator("[data-explorable]")
    keys = hosts.evaluate_all("all => all.map(host => host.dataset.explorable)")
    assert [key.rpartition("-")[0] for key in keys] == SHOWN[name]
    for shown, host in zip(SHOWN[name], hosts.all(), strict=True):
        host.evaluate(
            """host => {
                for (let box = host; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
                host.scrollIntoView({ block: "center" });
            }"""
        )
        host.locator(".explorable-stage > *").first.wait_for()
        assert host.locator(":scope > img").count() == 0, "the still picture has made way"
        given, right = BY_HAND.get(shown, (None, {}))
        if not right:
            continue
        found = page.evaluate("([name, given]) => window.labbook.explorables[name].compute(given)", [shown, given])
        for part, value in right.items():
            assert np.allclose(found[part], value), (shown, part, found[part])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert heard == []
    context.close()


def test_everything_that_moves_is_in_some_page():
    assert {shown for all_shown in SHOWN.values() for shown in all_shown} == set(names())
    assert set(names()) - {"photo"} == set(BY_HAND)  # a network of megabytes: it has a test of its own
