"""Whatever an image file holds: the right pixels as RGB, or one clear error. The oracle is Pillow, asked directly."""

import threading
import warnings

import numpy as np
import pytest
from PIL import Image, ImageOps

from labkit import datasets
from labkit.datasets import reading

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def save(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("name", ["cat.jpg", "cat.png", "no suffix", "Katze mit Größe 猫.jpg"])
def test_name_does_not_matter(tmp_path, format_, name):
    path = save(tmp_path / name, Image.fromarray(PIXELS), format=format_)
    image = datasets.read_picture(path)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, PIXELS)
    np.testing.assert_array_equal(datasets.read_picture(str(path)), PIXELS)


@pytest.mark.parametrize(
    ("mode", "options"),
    [("L", {"format": "JPEG"}), ("CMYK", {"format": "JPEG"}), ("RGB", {"format": "JPEG"}), ("P", {"format": "GIF"})]
    + [(mode, {"format": "PNG"}) for mode in ("1", "L", "P", "RGB")]
    + [("RGB", {"format": "WEBP"}), ("CMYK", {"format": "TIFF"})],
)
def test_modes_become_rgb(tmp_path, mode, options):
    path = save(tmp_path / "picture", Image.fromarray(PIXELS).convert(mode), **options)
    image = datasets.read_picture(path)
    assert image.shape == (6, 9, 3)
    with Image.open(path) as opened:
        np.testing.assert_array_equal(image, np.asarray(opened.convert("RGB")))


def test_what_is_transparent_lies_on_white(tmp_path):
    pixels = np.dstack([PIXELS, np.full((6, 9), 255, np.uint8)])
    pixels[0, 0] = (10, 20, 30, 0)
    pixels[1, 1] = (0, 100, 200, 51)  # a fifth of it, and four fifths of white
    image = datasets.read_picture(save(tmp_path / "picture.png", Image.fromarray(pixels)))
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[1, 1].tolist() == [204, 224, 244]
    np.testing.assert_array_equal(image[2:], PIXELS[2:])


def test_transparent_colour_of_a_palette(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([9, 9, 9, 200, 100, 50])
    image.putpixel((1, 0), 1)
    path = save(tmp_path / "picture.png", image, transparency=bytes([0, 255]))
    assert datasets.read_picture(path).tolist() == [[[255, 255, 255], [200, 100, 50]]]


def test_sixteen_bits_become_eight(tmp_path):
    values = np.array([[0, 255, 256, 32_768, 65_535]], np.uint16)
    image = datasets.read_picture(save(tmp_path / "picture.png", Image.fromarray(values)))
    assert image[0, :, 0].tolist() == [0, 0, 1, 128, 255]


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 10))
def test_exif_orientation(tmp_path, format_, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation  # 9 is not in the standard: the image stays as it is
    path = save(tmp_path / "picture", Image.fromarray(PIXELS), format=format_, exif=exif.tobytes())
    with Image.open(path) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    if format_ != "TIFF":  # older versions of Pillow do not note the orientation in what they save as TIFF
        assert expected.shape == ((9, 6, 3) if 5 <= orientation <= 8 else (6, 9, 3))
    np.testing.assert_array_equal(datasets.read_picture(path), expected)


def test_damaged_exif_is_passed_over_in_silence(tmp_path):
    path = save(tmp_path / "image.jpg", Image.fromarray(PIXELS), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x03\x01\x12\0\x03")
    with pytest.warns(UserWarning, match="Corrupt EXIF"), Image.open(path) as opened:
        opened.getexif()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert datasets.read_picture(path).shape == (6, 9, 3)
    assert said == []


def test_threads_leave_the_filters_of_warnings_alone(tmp_path):
    path = save(tmp_path / "image.jpg", Image.fromarray(PIXELS))
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [reading.read_picture(path) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    path = save(tmp_path / "image.gif", frames[0], save_all=True, append_images=frames[1:])
    assert datasets.read_picture(path)[0, 0].tolist() == [255, 0, 0]


def truncated(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda content: b"", "it is empty"),
        (lambda content: b"meow", "it is not an image"),
        (lambda content: b"\xff\xd8\xff" + bytes(50), "it is not an image|it is damaged"),
        (lambda content: b"GIF89a", "it is not an image|it is damaged"),
        (lambda content: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is not an image"),
        (truncated, "it is damaged"),
        (lambda content: content[:200], "it is not an image|it is damaged"),
    ],
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP", "TIFF"])
def test_bad_files(tmp_path, format_, spoil, reason):
    noise = np.random.default_rng(1).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    path = save(tmp_path / "picture", Image.fromarray(noise), format=format_)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(datasets.UnreadablePicture, match=f"picture cannot be read as an image: ({reason})"):
        datasets.read_picture(path)


def test_no_such_file(tmp_path):
    with pytest.raises(datasets.UnreadablePicture, match=r"cat\.jpg cannot be read as an image: No such file"):
        datasets.read_picture(tmp_path / "cat.jpg")


def test_decompression_bombs(tmp_path, monkeypatch):
    path = save(tmp_path / "small.png", Image.new("1", (9_000, 9_000)))
    assert path.stat().st_size < 20_000
    with pytest.raises(datasets.UnreadablePicture, match="9,000×9,000 pixels, and 40 million are allowed"):
        datasets.read_picture(path)
    path = save(tmp_path / "larger.png", Image.new("1", (20_000, 20_000)))
    with pytest.raises(datasets.UnreadablePicture, match="decompression bomb"):
        datasets.read_picture(path)


def test_file_too_large_to_be_a_picture(tmp_path):
    with open(tmp_path / "cat.jpg", "wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(datasets.UnreadablePicture, match="it has 200 MB, and 100 MB are allowed"):
        datasets.read_picture(tmp_path / "cat.jpg")


def test_floating_point_pictures_are_refused(tmp_path):
    path = save(tmp_path / "cat.tif", Image.fromarray(np.ones((4, 4), np.float32)))
    with pytest.raises(datasets.UnreadablePicture, match="floating-point"):
        datasets.read_picture(path)


def test_masks(tmp_path):
    mask = PIXELS[..., 0] > 100
    np.testing.assert_array_equal(datasets.read_mask(save(tmp_path / "m.png", Image.fromarray(mask))), mask)
