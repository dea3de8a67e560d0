"""What moves, in a real Chromium: the numbers it computes are labkit's, and it stands where scripts do not run."""

import numpy as np
import pytest

from labkit import ops
from labkit.course import explorable
from labkit.course.explorables import folder, module, names

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("explorables")]

CASES = 200
PIXEL = np.zeros((4, 4), np.uint8)


@pytest.fixture(scope="module")
def browser(chromium):
    with playwright.sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page(browser):
    """A page that holds every explorable, without any network."""
    context = browser.new_context()
    context.set_offline(True)
    opened = context.new_page()
    opened.set_content("".join(f'<script type="module">{module(name)}</script>' for name in names()))
    opened.wait_for_function(f"window.labbook && Object.keys(window.labbook.explorables).length === {len(names())}")
    return opened


def computed(page, name, inputs):
    """What an explorable computes for each input."""
    return page.evaluate(
        "([name, inputs]) => inputs.map(input => window.labbook.explorables[name].compute(input))", [name, inputs]
    )


def test_slide_computes_what_numpy_does(page):
    chance = np.random.default_rng(0)
    inputs = []
    for _ in range(CASES):
        size = int(chance.integers(1, 6))
        signal = chance.normal(size=int(chance.integers(size, 20))).tolist()
        place = int(chance.integers(0, len(signal) - size + 1))
        flip = bool(chance.integers(2))
        inputs.append({"signal": signal, "kernel": chance.normal(size=size).tolist(), "flip": flip, "position": place})
    for given, found in zip(inputs, computed(page, "slide", inputs), strict=True):
        signal, kernel = np.array(given["signal"]), np.array(given["kernel"])
        right = np.convolve(signal, kernel, "valid") if given["flip"] else np.correlate(signal, kernel, "valid")
        assert np.allclose(found["output"], right, atol=1e-9)
        assert np.isclose(found["sum"], right[given["position"]], atol=1e-9)
        assert np.isclose(sum(found["products"]), found["sum"])


def test_kernel_computes_what_labkit_does(page):
    chance = np.random.default_rng(1)
    inputs = [
        {
            "image": chance.integers(0, 256, chance.integers(3, 14, 2)).tolist(),
            "kernel": chance.normal(size=(3, 3)).tolist(),
            "stride": int(chance.integers(1, 4)),
            "padding": str(chance.choice(["valid", "same"])),
            "flip": bool(chance.integers(2)),
        }
        for _ in range(CASES)
    ]
    for given, found in zip(inputs, computed(page, "kernel", inputs), strict=True):
        compute = ops.convolve2d if given["flip"] else ops.correlate2d
        image, kernel = np.array(given["image"], float), np.array(given["kernel"])
        right = compute(image, kernel, stride=given["stride"], padding=given["padding"])
        assert np.allclose(found["output"], right, atol=1e-4)


SHOWN = {
    "slide": {"signal": [1, 2, 4, 8, 5], "kernel": [1, 0, -1]},
    "kernel": {
        "images": {"a square": np.pad(np.full((6, 6), 200, np.uint8), 5)},
        "kernels": {"blur": np.full((3, 3), 1 / 9).tolist(), "edge": [[-1, 0, 1]] * 3},
        "chosen": "edge",
    },
}


def output(name):
    return explorable(name, still=PIXEL, alt="A still picture.", **SHOWN[name])._repr_html_()


@pytest.mark.parametrize("name", names())
class TestEach:
    def test_it_weighs_at_most_30_kilobytes(self, name):
        assert len(module(name).encode()) <= 30_000

    def test_it_fetches_and_imports_nothing(self, name):
        for word in ("import ", "fetch(", "XMLHttpRequest", "http:", "https:", "localStorage", "sessionStorage"):
            assert word not in module(name)

    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_mounts_without_a_word_and_within_the_page(self, browser, name, width, theme):
        window = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        window.set_offline(True)
        opened, heard = window.new_page(), []
        opened.on("console", lambda message: heard.append(message.text))
        opened.on("pageerror", lambda error: heard.append(str(error)))
        opened.set_content(output(name))
        opened.wait_for_selector(".explorable-stage canvas")
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert heard == []

    def test_twice_in_a_page_both_are_mounted(self, browser, name):
        opened = browser.new_page()
        opened.set_content(output(name) * 2)
        opened.wait_for_function("document.querySelectorAll('.explorable-stage').length === 2")

    def test_a_script_that_is_made_again_and_removed_at_once_works(self, browser, name):
        """As renderers of notebooks do it, in a frame of no origin under a strict policy and without storage."""
        opened = browser.new_page()
        policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
        made = (
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><div id="at"></div>'
            "<script>const at = document.getElementById('at');"
            f"at.innerHTML = {to_script(output(name))};"
            "for (const old of at.querySelectorAll('script')) {"
            "  const again = document.createElement('script'); again.type = old.type; again.text = old.text;"
            "  old.replaceWith(again); again.remove(); }</script>"
        )
        opened.set_content('<iframe sandbox="allow-scripts" style="width: 600px; height: 800px"></iframe>')
        opened.evaluate("page => { document.querySelector('iframe').srcdoc = page; }", made)
        opened.frame_locator("iframe").locator(".explorable-stage canvas").wait_for()

    def test_without_scripts_its_still_picture_stands(self, browser, name):
        opened = browser.new_context(java_script_enabled=False).new_page()
        opened.set_content(output(name))
        assert opened.locator('img[alt="A still picture."]').is_visible()
        assert opened.locator(".explorable-stage").count() == 0


def to_script(text):
    import json

    return json.dumps(text).replace("</", "<\\/")


def test_every_source_has_its_proof():
    proved = set(SHOWN)
    assert proved == set(names()) == {path.stem for path in folder().glob("*.js")} - {"shared"}
