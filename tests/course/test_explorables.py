"""What is sent to a page, and what is refused."""

import base64
import io
import json

import numpy as np
import PIL.Image
import pytest

from labkit import plots
from labkit.course import explorable

PIXEL = np.zeros((2, 3), np.uint8)


def shown(**data):
    return explorable("slide", still=PIXEL, alt="Nothing.", **data)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "float16", "float32"])
def test_an_array_travels_as_its_bytes(dtype):
    sent = json.loads(shown(x=np.arange(6).reshape(2, 3).astype(dtype)).data)["x"]
    assert sent["shape"] == [2, 3]
    assert np.frombuffer(base64.b64decode(sent["data"]), sent["dtype"]).tolist() == [0, 1, 2, 3, 4, 5]


def test_long_numbers_are_halved():
    sent = json.loads(shown(x=np.ones(2), y=np.ones(2, int)).data)
    assert (sent["x"]["dtype"], sent["y"]["dtype"]) == ("float32", "int32")


def test_the_text_that_is_committed_is_one_line():
    assert repr(shown(signal=[1])) == "explorable slide: Nothing."


def test_nothing_in_the_data_ends_the_script():
    page = shown(text="</script><b>")._repr_html_()
    assert page.count("</script>") == 1


def test_the_same_output_has_the_same_key_and_another_has_another():
    assert shown(a=1).key == shown(a=1).key != shown(a=2).key


def test_a_figure_is_a_still_picture():
    made = explorable("slide", still=plots.plot_matrices([[[1]]], ["one"]), alt="One.", signal=[1])
    assert made.size[0] > 300
    assert made.still[8:12] == b"WEBP"


def test_a_photograph_that_the_page_looks_at_keeps_its_pixels():
    photograph = np.random.default_rng(0).integers(0, 256, (12, 24, 3), np.uint8)
    made = explorable("photo", still=photograph, alt="Noise.")
    assert np.array_equal(np.asarray(PIL.Image.open(io.BytesIO(made.still)).convert("RGB")), photograph)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "slid", "alt": "a"}, "name is 'slid'; there are "),
        ({"name": "slide", "alt": " "}, "alt is empty"),
        ({"name": "slide", "alt": "a", "x": np.ones(2, complex)}, "x is of the type complex128"),
        ({"name": "slide", "alt": "a", "x": {"y": object()}}, r"x\['y'\] is a object, which cannot be sent"),
        ({"name": "slide", "alt": "a", "x": float("nan")}, "Out of range float values"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        explorable(still=PIXEL, **arguments)
