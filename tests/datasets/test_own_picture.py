"""A digit of one's own becomes an image like MNIST's: in size, place, ink and paper, whatever it was drawn on."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from labkit.datasets import UnreadablePicture, to_mnist_picture


def drawn_seven(size=(240, 180), paper=255, ink=20, width=16):
    """A seven with thick strokes, drawn with Pillow."""
    height, across = size
    image = Image.new("L", (across, height), paper)
    stroke = [(0.3 * across, 0.25 * height), (0.7 * across, 0.25 * height), (0.45 * across, 0.8 * height)]
    ImageDraw.Draw(image).line(stroke, fill=ink, width=width, joint="curve")
    return np.asarray(image)


def as_png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


PNG = as_png(np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8))


def centre_of_mass(image):
    places = np.indices(image.shape).reshape(2, -1)
    return (places * image.ravel()).sum(axis=1) / image.sum()


def bounding_box(image):
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


@pytest.fixture(scope="module")
def seven():
    return to_mnist_picture(drawn_seven())


def test_it_is_made_as_mnist_was(seven):
    """The paper's two rules, which hold in MNIST's first 10,000 images: a box of 20, the centre at 14."""
    assert (seven.shape, seven.dtype) == ((28, 28), np.uint8)
    assert seven.max() == 255
    assert max(bounding_box(seven)) == 20
    assert np.abs(centre_of_mass(seven) - 14).max() <= 0.5


def test_light_on_dark_is_the_same(seven):
    assert np.abs(to_mnist_picture(255 - drawn_seven()).astype(int) - seven).max() <= 1


@pytest.mark.parametrize("factor", [2, 3])
def test_size_does_not_matter(seven, factor):
    enlarged = np.kron(drawn_seven(), np.ones((factor, factor), np.uint8))
    assert np.abs(to_mnist_picture(enlarged).astype(int) - seven).mean() < 2


@pytest.mark.parametrize(("rows", "columns"), [((0, 90), (0, 0)), ((5, 0), (120, 30))])
def test_the_place_on_the_paper_does_not_matter(seven, rows, columns):
    moved = np.pad(drawn_seven(), (rows, columns), constant_values=255)
    assert np.array_equal(to_mnist_picture(moved), seven)


def test_paper_in_the_shade_is_paper(seven):
    """A photograph: grey paper, darker to one side, with grain."""
    drawing = drawn_seven().astype(float)
    shade = np.linspace(0.72, 0.9, drawing.shape[1])
    photo = drawing * shade + np.random.default_rng(0).normal(0, 3, drawing.shape)
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    assert np.abs(to_mnist_picture(photo).astype(int) - seven).mean() < 8


@pytest.mark.parametrize(
    "form",
    [
        lambda grey: grey / 255,
        lambda grey: grey[..., np.newaxis],
        lambda grey: np.stack([grey] * 3, axis=-1),
        lambda grey: np.dstack([np.zeros((*grey.shape, 3), np.uint8), 255 - grey]),  # black ink, clear paper
    ],
    ids=["floats", "one channel", "RGB", "transparent"],
)
def test_all_forms_give_the_same(seven, form):
    assert np.abs(to_mnist_picture(form(drawn_seven())).astype(int) - seven).max() <= 2


@pytest.mark.parametrize("name", ["my digit.png", "ziffer ß.bmp", "grey.tif"])
def test_a_file_is_read(tmp_path, seven, name):
    path = tmp_path / name
    Image.fromarray(drawn_seven()).save(path)
    assert np.array_equal(to_mnist_picture(path), seven)
    assert np.array_equal(to_mnist_picture(str(path)), seven)


def test_a_photograph_that_lies_on_its_side_is_turned(tmp_path, seven):
    path = tmp_path / "phone.png"
    lying = Image.fromarray(np.rot90(drawn_seven()))
    exif = lying.getexif()
    exif[0x0112] = 6  # "turn by 90 degrees to the right", as phones write it
    lying.save(path, exif=exif)
    assert np.array_equal(to_mnist_picture(path), seven)


def test_a_thin_stroke_stays_a_stroke():
    one = np.full((300, 300), 255, np.uint8)
    one[20:280, 149:151] = 0
    image = to_mnist_picture(one)
    assert max(bounding_box(image)) == 20
    assert np.abs(centre_of_mass(image) - 14).max() <= 0.5


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.full((50, 50), 200, np.uint8), ValueError, "nothing drawn on it"),
        (np.zeros((2, 50), np.uint8), ValueError, r"image has shape \(2, 50\)"),
        (np.zeros((50, 50, 2), np.uint8), ValueError, r"image has shape \(50, 50, 2\)"),
        (np.zeros(784, np.uint8), ValueError, r"image has shape \(784,\)"),
        (drawn_seven().astype(float), ValueError, "values from 20 to 255; allowed is 0 to 1"),
        (np.full((9, 9), np.nan), ValueError, "values from nan to nan"),
        (drawn_seven().astype(int), TypeError, "image is int64"),
    ],
)
def test_what_is_no_picture_is_refused(image, error, message):
    with pytest.raises(error, match=message):
        to_mnist_picture(image)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"seven", "it is not an image"),
        (b"", "it is empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is not an image"),
        (PNG[: len(PNG) // 2], "it is damaged"),
    ],
    ids=["text", "empty", "PostScript, which runs programs", "truncated"],
)
def test_a_file_that_is_no_picture_is_refused(tmp_path, content, reason):
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(UnreadablePicture, match=rf"digit\.png cannot be read as an image: {reason}"):
        to_mnist_picture(path)


def test_no_file_and_no_file_but_a_folder(tmp_path):
    with pytest.raises(UnreadablePicture, match="No such file"):
        to_mnist_picture(tmp_path / "none.png")
    with pytest.raises(UnreadablePicture, match="directory"):
        to_mnist_picture(tmp_path)


def test_a_scan_of_16_bits(tmp_path, seven):
    path = tmp_path / "scan.png"
    Image.fromarray(drawn_seven().astype(np.uint16) * 257).save(path)
    assert np.array_equal(to_mnist_picture(path), seven)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"], ids=["photograph", "transparent", "grey"])
def test_12_megapixels_take_less_than_200_mb(tmp_path, mode):
    path = tmp_path / "large.png"
    large = Image.fromarray(drawn_seven((3000, 4000), width=300)).convert(mode)
    large.save(path, compress_level=1)
    program = f"""
import resource
from labkit.datasets import to_mnist_picture
import skimage.transform, scipy.ndimage, PIL.PngImagePlugin
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
to_mnist_picture({str(path)!r})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 200_000  # kB
