"""Chapter 2 in a real JupyterLab with a kernel, as a reader uses it: run, answered, clicked and moved."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("kernels")]

ROOT = Path(__file__).parents[2]
CHAPTER = "02_convolution.ipynb"
SECONDS = 1000  # playwright counts in thousandths

WRONG = "def sliding_sum(signal, kernel):\n    return list(np.convolve(signal, kernel, 'valid'))"
RIGHT = """def sliding_sum(signal, kernel):
    places = range(len(signal) - len(kernel) + 1)
    return [sum(a * b for a, b in zip(signal[place:], kernel)) for place in places]"""

# Cells are laid out when they come near, so what is above still grows while one scrolls.
TO_THE_MIDDLE = """async box => {
    for (let still = 0, last = NaN; still < 3; ) {
        box.scrollIntoView({ block: "center" });
        await new Promise(done => setTimeout(done, 100));
        const top = box.getBoundingClientRect().top;
        still = top === last ? still + 1 : 0;
        last = top;
    }
}"""


@contextmanager
def jupyterlab(folder, settings):
    """JupyterLab over a folder, with settings of its own and none of this machine; gives its address and its token."""
    home = folder / ".jupyter"
    for name, values in settings.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    course = {"PYTHONPATH": str(ROOT), "LABKIT_OFFLINE": "1", "LABKIT_PROFILE": "quick", "LABKIT_STRICT": "0"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, address = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    with (home / "log").open("w") as log:
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **own, **course}
        server = subprocess.Popen(command, cwd=folder, env=quiet, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(f"{address}/api/status?token={token}", server, home / "log")
        yield address, token
    finally:
        server.terminate()  # which ends its kernels, too
        server.wait(30)


def wait_for(address, server, log, seconds=60):
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def chapter(chromium, tmp_path_factory):
    """The chapter, run from top to bottom in dark JupyterLab, and what the page complained of."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    shutil.copy(ROOT / "notebooks" / CHAPTER, folder)
    settings = {
        "apputils-extension/themes": {"theme": "JupyterLab Dark"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    with jupyterlab(folder, settings) as (address, token), playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.heard = []
        page.on("console", lambda message: message.type == "error" and page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.goto(f"{address}/lab/tree/{CHAPTER}?token={token}")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60 * SECONDS)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(
            """() => {
                const prompts = [...document.querySelectorAll(".jp-InputPrompt")].map(prompt => prompt.textContent);
                return /\\d/.test(prompts.join()) && !prompts.some(prompt => prompt.includes("*"));
            }""",
            timeout=300 * SECONDS,
        )
        yield page
        browser.close()


def cell_with(page, text):
    """The code cell whose source holds this text, in view."""
    cell = page.locator(".jp-CodeCell").filter(has=page.locator(".jp-Cell-inputWrapper", has_text=text))
    cell.evaluate(TO_THE_MIDDLE)
    return cell


def answer(page, stub, check, source):
    """Put this in a stub's place, run both cells, and give what the check shows."""
    for cell, typed in ((cell_with(page, stub), source), (cell_with(page, check), None)):
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        if typed:
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.insert_text(typed)
        page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\d"))
    return cell.locator(".jp-OutputArea")


def cells(page):
    return page.locator(".jp-Notebook .jp-Cell").count()


def test_it_runs_from_top_to_bottom(chapter):
    for kind in ("error", "stderr"):
        assert chapter.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").all_inner_texts() == []
    assert chapter.locator(".explorable").count() == 2


def test_an_exercise_answered_wrongly_and_rightly(chapter):
    exercise = ("def sliding_sum", 'check("02-sliding-sum"')
    expect(answer(chapter, *exercise, WRONG)).to_contain_text("You flipped the kernel.")
    expect(answer(chapter, *exercise, RIGHT)).to_contain_text("✓")


def test_a_quiz_from_the_keyboard(chapter):
    """An arrow chooses the next answer; it does not go to the next cell."""
    question = chapter.locator(".Quiz").first
    question.evaluate(TO_THE_MIDDLE)
    places = question.locator("label").evaluate_all("all => all.map(label => label.dataset.correct)")
    question.locator("input").first.focus()
    for key in ["Space", *["ArrowDown"] * places.index("true")]:
        chapter.keyboard.press(key)
    expect(question.locator(".Feedback")).to_contain_text("Right.")
    question.locator("label[data-correct=false]").first.click()
    expect(question.locator(".Feedback")).to_contain_text("Not that one.")


def test_a_pencil_check(chapter):
    """The Enter key answers, which JupyterLab takes from a form."""
    form = chapter.locator("form[data-pencil='02-positions']")
    form.evaluate(TO_THE_MIDDLE)
    field, said = form.locator("input"), form.locator("output")
    field.click()
    chapter.keyboard.type("4")
    chapter.keyboard.press("Enter")
    expect(said).to_contain_text("✗ You laid the windows side by side")
    field.fill("16")
    form.get_by_role("button").click()
    expect(said).to_contain_text("✓ Right")


def test_an_explorable_keeps_its_keys(chapter):
    """On a slider, an arrow moves the slider, and two D delete no cell."""
    stage, before = chapter.locator("[data-explorable^='slide-']"), cells(chapter)
    stage.evaluate(TO_THE_MIDDLE)
    stage.get_by_role("button", name="Pause").click()
    slider = stage.get_by_role("slider")
    slider.fill("3")
    for key, position in (("ArrowRight", 4), ("ArrowUp", 5), ("ArrowDown", 4), ("d", 4), ("d", 4), ("a", 4)):
        chapter.keyboard.press(key)
        expect(slider).to_have_value(str(position))
    # The signal 1 1 1 5 5 5 5 1 1 1 under the kernel 1 0 −1.
    slider.press("ArrowRight")
    expect(stage.locator("[aria-live]")).to_have_text("Position 5: the sum is 4.")
    assert cells(chapter) == before


def test_a_kernel_is_chosen_and_its_output_drawn(chapter):
    stage = chapter.locator("[data-explorable^='kernel-']")
    stage.evaluate(TO_THE_MIDDLE)
    look = "sheet => sheet.toDataURL()"
    canvas = stage.locator("canvas")
    before = canvas.evaluate(look)
    stage.get_by_role("combobox", name="kernel").first.select_option("blur")
    assert canvas.evaluate(look) != before
    canvas.hover(position={"x": canvas.bounding_box()["width"] * 0.75, "y": 40})
    expect(stage.locator("[aria-live]")).to_contain_text(" = ")


def test_a_slider_of_the_kernel_redraws_its_picture(chapter):
    """The one control that asks Python: an ipywidget."""
    panel = cell_with(chapter, "def step_at").locator(".jp-OutputArea")
    picture = panel.locator("img")
    before = picture.get_attribute("src")
    panel.get_by_role("slider").first.press("ArrowUp")
    expect(picture).not_to_have_attribute("src", before, timeout=20 * SECONDS)


def test_the_page_complains_of_nothing(chapter):
    assert chapter.heard == []
