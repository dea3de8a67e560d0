"""A folder with one of every kind of bad file, and what is said about it."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from labkit.datasets import ScreeningReport, screening
from labkit.datasets.layouts import find_cats_and_dogs


def noise(seed, mode="RGB"):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)).convert(mode)


@pytest.fixture
def messy(tmp_path):
    """Good images, and beside them everything that is known to lie in such folders."""
    folder = tmp_path / "PetImages"
    for label, name in enumerate(("Cat", "Dog")):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            noise(10 * label + number).save(folder / name / f"{number}.jpg")
    cats, dogs = folder / "Cat", folder / "Dog"
    noise(20, "L").save(cats / "3.jpg")
    noise(21, "CMYK").save(cats / "4.jpg")
    noise(22).save(cats / "5.jpg", format="BMP")
    noise(23, "P").save(cats / "6.jpg", format="GIF")
    noise(24).save(dogs / "3.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(25).save(dogs / "4.jpg", exif=exif.tobytes())
    (cats / "666.jpg").write_bytes(b"")
    (dogs / "11702.jpg").write_bytes((dogs / "0.jpg").read_bytes()[:500])
    (dogs / "notes.jpg").write_text("not an image")
    (cats / "7.jpg").write_bytes((cats / "1.jpg").read_bytes())
    (cats / "8.jpg").write_bytes((cats / "2.jpg").read_bytes())
    (dogs / "8.jpg").write_bytes((cats / "2.jpg").read_bytes())
    for name in ("Thumbs.db", ".DS_Store", "._0.jpg"):
        (dogs / name).write_bytes(b"not counted")
    return folder


@pytest.fixture
def examined(monkeypatch):
    """The files that are decoded, in whatever order."""
    names, examine = [], screening._examine
    monkeypatch.setattr(screening, "_examine", lambda path: names.append(path.name) or examine(path))
    return names


def screen(folder):
    return screening.screen_images(folder, find_cats_and_dogs(folder), "here")


def test_everything_is_accounted_for(messy):
    report = screen(messy).report
    assert report.examined == 6 + 6 + 3 + 3
    reasons = dict(report.set_aside)
    assert set(reasons) == {"Cat/666.jpg", "Dog/11702.jpg", "Dog/notes.jpg"}
    assert reasons["Cat/666.jpg"] == "it is empty"
    assert reasons["Dog/notes.jpg"] == "it is not an image"
    assert reasons["Dog/11702.jpg"].startswith("it is damaged (")
    assert report.duplicates == (("Cat/7.jpg", "Cat/1.jpg"),)
    assert report.contradictions == ("Cat/2.jpg", "Cat/8.jpg", "Dog/8.jpg")
    assert report.converted == {
        "greyscale": 1,
        "CMYK": 1,
        "BMP named .jpg": 1,
        "palette, GIF named .jpg": 1,
        "turned upright": 1,
    }
    assert report.usable == report.examined - 3 - 1 - 3


def test_usable_pictures_keep_their_order(messy):
    names = [candidate.name for candidate, _ in screen(messy).usable]
    assert names[:6] == [f"Cat/{number}.jpg" for number in (0, 1, 3, 4, 5, 6)]
    assert names[6:] == ["Dog/0.jpg", "Dog/1.jpg", "Dog/2.jpg", "Dog/3.png", "Dog/4.jpg"]


def test_jfif_is_counted_as_tensorflow_datasets_does(messy, tmp_path):
    # tensorflow_datasets/image_classification/cats_vs_dogs.py: drops what has no b"JFIF" in fobj.peek(10), of the zip.
    archive = tmp_path / "pets.zip"
    candidates = find_cats_and_dogs(messy)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for candidate in candidates:
            packed.write(messy / candidate.name, candidate.name)
    with zipfile.ZipFile(archive) as packed:
        dropped = sum(b"JFIF" not in packed.open(candidate.name).peek(10) for candidate in candidates)
    assert screen(messy).report.without_jfif == dropped > 0


def test_the_report_in_words(messy):
    text = str(screen(messy).report)
    assert text.startswith("18 files examined, 11 usable; 3 set aside: Cat/666.jpg (it is empty), ")
    assert "; 1 left out as copies of others: Cat/7.jpg; 3 left out as in two classes: Cat/2.jpg" in text
    assert "converted when read: 1 BMP named .jpg, 1 CMYK, 1 greyscale" in text


def test_long_lists_are_cut_and_html_is_escaped():
    report = ScreeningReport("<here>", 9, 0, set_aside=tuple((f"<{number}>.jpg", "it is empty") for number in range(9)))
    assert "9 set aside: <0>.jpg (it is empty), " in str(report)
    assert str(report).endswith("<4>.jpg (it is empty) and 4 more")
    table = report._repr_html_()
    assert "<0>" not in table
    assert "<here>" not in table
    assert "&lt;here&gt;" in table


def test_screened_once(messy, examined):
    first = screen(messy)
    assert len(examined) == first.report.examined
    assert screen(messy) == first
    assert len(examined) == first.report.examined


def test_screened_again_after_a_change(messy, examined):
    screen(messy)
    number = len(examined)
    noise(30).save(messy / "Dog" / "0.jpg")
    assert screen(messy).report.usable == 11
    assert len(examined) == 2 * number
    (messy / "Dog" / "0.jpg").unlink()
    assert screen(messy).report.usable == 10


@pytest.mark.parametrize("damage", ["", "[]", "{}", "null", '[{"sha256": "x"}]'])
def test_damaged_memory_is_made_anew(messy, tmp_path, damage):
    first = screen(messy)
    (memory,) = (tmp_path / "cache" / "screened").glob("*.json")
    memory.write_text(damage)
    assert screen(messy) == first
    assert len(json.loads(memory.read_text())) == first.report.examined


def test_cache_that_cannot_be_written(messy, monkeypatch):
    def refuse(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(screening, "write_whole", refuse)
    assert screen(messy).report.usable == 11


@pytest.mark.nightly
def test_25_000_files_show_a_bar_and_are_screened_once(tmp_path, monkeypatch, capsys):
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for number in range(12_500):
            (tmp_path / name / f"{number}.jpg").touch()
    finding = screening.Finding("", "it is not an image", "", jfif=False)
    monkeypatch.setattr(screening, "_examine", lambda path: finding)
    report = screen(tmp_path).report
    assert len(report.set_aside) == report.examined == 25_000
    assert "screening" in capsys.readouterr().err
    monkeypatch.setattr(screening, "_examine", lambda path: pytest.fail("examined again"))
    assert screen(tmp_path).report == report
    assert "and 24,995 more" in str(report)
