"""How long a step of each explorable takes in Chromium: `python tests/benchmarks/bench_explorables.py [NAME …]`.

Each control is moved 30 times with as much data as a chapter hands over, and the pointer is drawn over each canvas. A
step is all that follows from one event: the computing, the drawing, the text and the layout. Its time is the least of
three, as other work on the machine makes some longer and none shorter.
"""

import shutil
import sys

import numpy as np
from playwright.sync_api import sync_playwright

from labkit import ops
from labkit.course import explorable
from labkit.course.explorables import names

BOUND = 16  # ms: a screen shows sixty pictures a second
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STILL = np.zeros((4, 4), np.uint8)


def as_in_the_chapters():
    """What each explorable gets, as large as where the book shows it."""
    chance = np.random.default_rng(0)

    def image(*shape):
        return chance.integers(0, 256, shape).astype(np.uint8)

    def layer(kind, *shape):
        return {"kind": kind, "kernel": np.float16(chance.normal(0, 0.1, shape)), "bias": np.zeros(shape[-1])}

    kernels = {name: ops.kernels.get(name).array.tolist() for name in ("sobel x", "sharpen")}
    conv = {"kind": "conv", "filters": 32, "kernel": 3}
    window = {"kernel": 3, "stride": 1, "padding": 0}
    pool = {"kind": "pool"}
    return {
        "augment": {"image": image(96, 128, 3)},
        "boxes": {
            "boxes": [[10 * at, 6 * at, 90 + 10 * at, 80 + 6 * at] for at in range(6)],
            "scores": chance.random(6).round(2).tolist(),
            "image": image(160, 224, 3),
        },
        "cam": {
            "image": image(224, 224),
            "maps": np.float16(chance.random((7, 7, 1280))),
            "weights": np.float16(chance.normal(size=(1280, 6))),
            "classes": list("abcdef"),
        },
        "counter": {"input_shape": [28, 28, 1], "layers": [conv, conv, conv, {"kind": "flatten"}]},
        "depth": {"weights": np.float16(chance.normal(0, 0.25, (20, 16, 16))), "input": [1.0] * 16},
        "descent": {"x": 2, "y": 6, "start": 1},
        "digit": {
            "network": [
                layer("conv", 3, 3, 1, 32), pool, layer("conv", 3, 3, 32, 64), pool, layer("conv", 3, 3, 64, 64),
                layer("dense", 576, 64), layer("dense", 64, 10),
            ],
            "digit": image(28, 28),
        },
        "geometry": {"size": 13, "kernel": 6, "stride": 5, "padding": "same"},
        "kernel": {"images": {"a": image(140, 140), "b": image(160, 160)}, "kernels": kernels, "chosen": "sobel x"},
        "pooling": {"image": np.eye(8).tolist()},
        "quantize": {"values": np.float16(chance.normal(size=4608))},
        "receptive-field": {"size": 28, "layers": [window] * 5},
        "slide": {"signal": [1, 1, 1, 5, 5, 5, 5, 1, 1, 1], "kernel": [1, 0, -1]},
        "threshold": {
            "scores": np.float32(chance.random(200)),
            "labels": image(200) % 2,
            "names": ["cats", "dogs"],
            "images": image(200, 32, 32),
        },
    }  # fmt: skip


STEPS = """() => {
    const times = {};
    const once = act => {
        const began = performance.now();
        act();
        document.body.getBoundingClientRect();  // the layout
        for (const sheet of document.querySelectorAll("canvas"))
            if (sheet.width) sheet.getContext("2d").getImageData(0, 0, 1, 1);  // what was only noted down is drawn
        return performance.now() - began;
    };
    // The way is gone three times; of each of its steps, the least counts.
    const measured = (label, step) => {
        const ways = [0, 1, 2].map(() => Array.from({ length: 30 }, (_, at) => once(() => step(at))));
        times[label] = ways[0].map((_, at) => Math.min(...ways.map(way => way[at])));
    };
    for (const play of document.querySelectorAll("button")) if (play.textContent === "Pause") play.click();
    for (const control of document.querySelectorAll("input:not([type=file]), select")) {
        const label = control.ariaLabel ?? control.closest("label").firstChild.textContent.trim().slice(0, 24);
        measured(label || control.closest("label").textContent.trim(), at => {
            if (control.type === "range")
                control.value = Number(control.min) + (at % 15) / 14 * (control.max - control.min);
            else if (control.type === "checkbox") control.checked = at % 2 === 0;
            else if (control.type === "number") control.value = 1 + at % 3;
            else control.selectedIndex = at % control.options.length;
            control.dispatchEvent(new Event("input", { bubbles: true }));
        });
    }
    for (const sheet of document.querySelectorAll("canvas")) {
        if (!["pan-y", "none"].includes(sheet.style.touchAction)) continue;  // it does not follow the pointer
        for (const [side, left] of [["left", 0.03], ["right", 0.53]]) {
            const tell = (kind, at) => {
                const box = sheet.getBoundingClientRect();
                const clientX = box.left + box.width * (left + 0.25 * (at % 5) / 5);
                const clientY = box.top + box.height * (0.2 + 0.6 * at / 30);
                sheet.dispatchEvent(new PointerEvent(kind, { clientX, clientY, buttons: 1, bubbles: true }));
            };
            tell("pointerdown", 0);
            measured(`pointer, ${side}`, at => tell("pointermove", at));
        }
    }
    return times;
}"""


def main(chosen):
    """Print each control's times; the exit status is 1 if a median is above the bound."""
    data, missed = as_in_the_chapters(), False
    assert set(data) == set(names()) - {"photo"}, (
        "an explorable has no data here"
    )  # photo runs beside a built page only
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    print(f"{'explorable, what is moved':44}{'median':>8}{'95 %':>8}{'bound':>8}  (ms)")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name in chosen or data:
            page = browser.new_page(viewport={"width": 1280, "height": 1600})
            page.set_content(explorable(name, still=STILL, alt="Still.", **data[name])._repr_html_())
            page.wait_for_selector(".explorable-stage > *")
            page.wait_for_timeout(500)
            for label, times in page.evaluate(STEPS).items():
                median, high = np.percentile(times, [50, 95])
                missed |= median > BOUND
                verdict = "   MISSED" if median > BOUND else ""
                print(f"{f'{name}: {label}':44}{median:>8.1f}{high:>8.1f}{BOUND:>8}{verdict}")
            page.close()
        browser.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
