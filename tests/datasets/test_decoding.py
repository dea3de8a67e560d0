"""Image files decoded once: what is read, how it is made to fit, and where it is kept."""

import hashlib
import inspect
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from labkit.datasets import (
    DecodedPictures,
    FileSplit,
    PictureFiles,
    Provenance,
    ScreeningReport,
    decode_pictures,
    resize_picture,
)
from labkit.datasets.reading import UnreadablePicture
from labkit.store.errors import CacheUnusable

NAMES = ("cat", "dog")


@pytest.fixture
def files(tmp_path):
    """Three images, each of one grey, in a folder with a space and an umlaut."""
    folder = tmp_path / "Hunde & Kätzchen"
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        Image.new("RGB", (40, 20), (10 * number, 20, 30)).save(path)
    return paths


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def halves(height, width):
    """Left half red, right half blue."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = 255
    image[:, width // 2 :, 2] = 255
    return image


def test_squash_shows_all_out_of_proportion():
    np.testing.assert_array_equal(
        resize_picture(halves(30, 60), (30, 30))[:, [0, 13, 16, 29], 0], [[255, 255, 0, 0]] * 30
    )


def test_crop_keeps_the_middle_in_proportion():
    image = np.zeros((30, 90, 3), np.uint8)
    image[:, 30:60] = 200
    np.testing.assert_array_equal(resize_picture(image, (30, 30), "crop"), np.full((30, 30, 3), 200))
    tall = np.transpose(image, (1, 0, 2))
    np.testing.assert_array_equal(resize_picture(tall, (30, 30), "crop"), np.full((30, 30, 3), 200))


def test_pad_shows_all_between_black_bars():
    padded = resize_picture(np.full((30, 60, 3), 200, np.uint8), (60, 60), "pad")
    np.testing.assert_array_equal(padded[15:45], 200)
    np.testing.assert_array_equal(padded[:15], 0)
    np.testing.assert_array_equal(padded[45:], 0)


@pytest.mark.parametrize(("resizing", "option"), [("crop", "crop_to_aspect_ratio"), ("pad", "pad_to_aspect_ratio")])
def test_the_same_pixels_as_keras_where_none_are_averaged(resizing, option):
    """Enlarged, because there both interpolate in the same way; made smaller, Keras leaves out pixels."""
    if option not in inspect.signature(keras.layers.Resizing).parameters:
        pytest.skip(f"Keras {keras.__version__} has no {option}")
    image = np.random.default_rng(0).integers(0, 256, (20, 40, 3)).astype("uint8")
    keras_layer = keras.layers.Resizing(80, 80, **{option: True})
    wanted = np.asarray(keras_layer(image[None].astype("float32")))[0]
    # At the cut and at the bars one of them blends in what lies beyond and the other does not: not compared.
    inside = slice(24, -24)
    got = resize_picture(image, (80, 80), resizing)
    np.testing.assert_allclose(got[inside, inside], wanted[inside, inside], atol=1.5)


def test_order_labels_and_names_are_kept(files):
    images = decode_pictures(files[::-1], [1, 0, 1], list(NAMES), size=(8, 10))
    assert images.images.shape == (3, 8, 10, 3)
    assert images.images[:, 0, 0, 0].tolist() == [20, 10, 0]
    assert images.labels.tolist() == [1, 0, 1]
    assert images.class_names == NAMES
    assert images.size == (8, 10)


@pytest.mark.parametrize(("resizing", "words"), [("squash", "squashed"), ("crop", "cropped"), ("pad", "padded")])
def test_it_says_how_pictures_were_resized_and_what_room_they_take(files, resizing, words):
    images = decode_pictures(files, [0, 0, 1], NAMES, size=(150, 150), resizing=resizing)
    assert f"3 images of 150×150, {words}" in str(images)
    assert "202.5 kB in memory" in str(images)  # 3 · 150 · 150 · 3 bytes
    assert "202.5 kB in memory" in images._repr_html_()


def test_a_file_is_written_once_and_found_again(files, own_cache, monkeypatch):
    arguments = {"labels": [0, 0, 1], "class_names": NAMES, "size": (8, 10), "cache": "file"}
    first = decode_pictures(files, **arguments)
    assert str(first).endswith(f"720 bytes in {first.file}")
    assert first.file.is_relative_to(own_cache)
    monkeypatch.setattr("labkit.datasets.decoding.read_picture", None)  # any further decoding would fail
    again = decode_pictures(files, **arguments)
    assert again.file == first.file
    np.testing.assert_array_equal(again.images, first.images)


def test_a_file_holds_what_memory_would(files, own_cache):
    for resizing in ("squash", "crop", "pad"):
        kept = decode_pictures(files, [0, 0, 1], NAMES, (9, 9), resizing, cache="file")
        np.testing.assert_array_equal(kept.images, decode_pictures(files, [0, 0, 1], NAMES, (9, 9), resizing).images)


def test_changed_pictures_are_decoded_anew(files, own_cache):
    before = decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    Image.new("RGB", (40, 20), (200, 20, 30)).save(files[0])
    os.utime(files[0], ns=(1, 1))
    after = decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    assert after.file != before.file
    assert after.images[0, 0, 0, 0] == 200


def test_a_damaged_file_is_written_anew(files, own_cache):
    first = decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    wanted = np.array(first.images)
    first.file.write_bytes(first.file.read_bytes()[:100])
    np.testing.assert_array_equal(decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file").images, wanted)


def test_nothing_half_finished_stays_behind(files, own_cache):
    files[2].write_bytes(b"no image")
    with pytest.raises(UnreadablePicture, match=r"2\.png"):
        decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    assert list((own_cache / "decoded").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(files, own_cache):
    own_cache.mkdir()
    (own_cache / "decoded").write_text("in the way")
    with pytest.raises(CacheUnusable, match="cannot be used"):
        decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")


def test_a_full_disk_is_an_error_and_kills_nothing(files, own_cache):
    """A limit on the size of files stands for the disk: a write beyond it fails as on a full one."""
    program = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from labkit.datasets import decode_pictures
try:
    decode_pictures({[str(file) for file in files]}, [0, 0, 1], ["cat", "dog"], (99, 99), cache="file")
except RuntimeError as error:
    print(type(error).__name__, error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("CacheUnusable decoded images cannot be kept.")
    assert "File too large" in said
    assert list((own_cache / "decoded").iterdir()) == []


def test_many_threads_and_what_a_killed_one_left(files, own_cache):
    first = decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    wanted = np.array(first.images)
    first.file.unlink()
    left = first.file.with_name(f"{first.file.stem}.4711.part")
    left.write_bytes(b"half")
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(decode_pictures, files, [0, 0, 1], NAMES, (8, 8), "squash", "file") for _ in range(16)]
        for job in jobs:
            np.testing.assert_array_equal(job.result().images, wanted)
    assert list(first.file.parent.iterdir()) == [first.file]


def test_a_file_that_an_earlier_version_wrote_is_found(files, own_cache, monkeypatch):
    """Its name is a hash of size, resizing and files, and it is NumPy's own format: 32 digits and ``.npy``."""
    first = decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file")
    wanted = np.array(first.images)
    digest = hashlib.sha256(b"(3, 8, 8, 3) squash")
    for file in files:
        status = file.stat()
        digest.update(f"{file}|{status.st_size}|{status.st_mtime_ns}\n".encode())
    assert first.file == own_cache / "decoded" / f"{digest.hexdigest()[:32]}.npy"
    first.file.unlink()
    np.save(first.file, wanted)
    monkeypatch.setattr("labkit.datasets.decoding.read_picture", None)  # any further decoding would fail
    np.testing.assert_array_equal(decode_pictures(files, [0, 0, 1], NAMES, (8, 8), cache="file").images, wanted)


def test_what_systems_leave_in_folders_is_left_out_with_its_label(files):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (files[0].parent / name).write_bytes(b"no image")
    everything = sorted(files[0].parent.iterdir())
    labels = [1 if file in files else 0 for file in everything]
    images = decode_pictures(everything, labels, NAMES, (8, 8))
    assert images.labels.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="paths holds no image"):
        decode_pictures([files[0].parent / ".DS_Store"], [0], NAMES, (8, 8))


def test_an_unreadable_picture_is_named(files):
    files[1].write_bytes(b"")
    with pytest.raises(UnreadablePicture, match=r"1\.png cannot be read as an image: it is empty"):
        decode_pictures(files, [0, 0, 1], NAMES)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"paths": []}, ValueError, "paths is empty"),
        ({"paths": "a.jpg"}, TypeError, "paths is 'a.jpg'; a sequence"),
        ({"labels": [0, 1]}, ValueError, r"labels has shape \(2,\); there are 3 paths"),
        ({"labels": [0, 1, 2]}, ValueError, "labels goes from 0 to 2; with 2 classes"),
        ({"labels": [0, -1, 1]}, ValueError, "labels goes from -1"),
        ({"labels": [0.0, 1.0, 1.0]}, TypeError, "labels has dtype float64"),
        ({"class_names": "cat"}, TypeError, "class_names is 'cat'"),
        ({"class_names": []}, ValueError, "class_names is empty"),
        ({"size": 150}, ValueError, r"size is 150; allowed is \(height, width\)"),
        ({"size": (150, 0)}, ValueError, "the width in size is 0"),
        ({"size": (150.0, 150)}, TypeError, "the height in size is 150.0"),
        ({"resizing": "stretch"}, ValueError, "resizing is 'stretch'; allowed are 'squash', 'crop', 'pad'"),
        ({"cache": "disk"}, ValueError, "cache is 'disk'; allowed are 'memory', 'file'"),
    ],
)
def test_bad_arguments(files, arguments, error, words):
    good = {"paths": files, "labels": [0, 0, 1], "class_names": NAMES}
    with pytest.raises(error, match=words):
        decode_pictures(**{**good, **arguments})


def test_a_bad_resizing_of_one_picture():
    with pytest.raises(ValueError, match="resizing is 'stretch'"):
        resize_picture(halves(4, 4), (2, 2), "stretch")


class TestSelections:
    """A part of a set is a set of the same kind, with the labels that belong to its images."""

    SET = DecodedPictures(
        np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((5, 2, 2, 3), np.uint8),
        np.array([0, 1, 2, 0, 1]),
        ("ant", "bee", "cow"),
        "pad",
    )

    @pytest.mark.parametrize(
        ("selection", "rows"),
        [
            (slice(1, 3), [1, 2]),
            (slice(None, None, -2), [4, 2, 0]),
            ([3, 0, 3], [3, 0, 3]),
            (np.array([-1]), [4]),
            ([True, False, False, False, True], [0, 4]),
            ([], []),
        ],
    )
    def test_images_and_labels_stay_together(self, selection, rows):
        some = self.SET[selection]
        assert some.images[:, 0, 0, 0].tolist() == rows
        assert some.labels.tolist() == self.SET.labels[rows].tolist()
        assert (some.class_names, some.resizing) == (self.SET.class_names, "pad")

    def test_files_keep_labels_masks_and_names(self):
        names = tuple(Path(f"{number}.png") for number in range(4))
        masks = tuple(Path(f"mask {number}.png") for number in range(4))
        some = FileSplit(names, [0, 1, 0, 1], animal_masks=masks, class_names=("cat", "dog"))[[2, 1]]
        assert some.paths == (names[2], names[1])
        assert some.animal_masks == (masks[2], masks[1])
        assert some.labels.tolist() == [0, 1]
        assert (some.class_names, some.head_masks) == (("cat", "dog"), ())

    @pytest.mark.parametrize(
        ("selection", "error", "words"),
        [
            (2, TypeError, "selection is 2; allowed are a slice"),
            ("ab", TypeError, "selection is 'ab'"),
            ([0.5], TypeError, r"selection is \[0.5\]"),
            ([5], IndexError, "positions from 5 to 5; there are 5 images"),
            ([True], IndexError, "1 truth values; one for each of 5"),
        ],
    )
    def test_what_selects_no_set_is_refused(self, selection, error, words):
        with pytest.raises(error, match=words):
            self.SET[selection]

    def test_one_label_for_each_image(self):
        with pytest.raises(ValueError, match="labels has length 2; one for each of 5 is needed"):
            DecodedPictures(self.SET.images, self.SET.labels[:2], self.SET.class_names, "pad")


def test_a_part_decodes_itself(files):
    part = FileSplit(tuple(files), [0, 1, 1], class_names=NAMES)
    direct = decode_pictures(files, [0, 1, 1], NAMES, (9, 7), "crop")
    decoded = part.decode((9, 7), "crop")
    np.testing.assert_array_equal(decoded.images, direct.images)
    assert (decoded.labels.tolist(), decoded.class_names) == (direct.labels.tolist(), direct.class_names)


def test_the_parts_of_a_set_know_its_classes():
    part = FileSplit((Path("a.png"),), [0])
    pets = PictureFiles(
        "toy", part, part, part, ("cat", "dog"), Provenance("a test", "user's data"), ScreeningReport("here", 1, 1)
    )
    assert pets.train.class_names == pets.validation.class_names == pets.test.class_names == ("cat", "dog")
