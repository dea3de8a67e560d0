"""Anybody's folders of images: what is found, what is left out and named, and which images stay together."""

import io
import random
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from labkit import datasets
from labkit.datasets import load_folder, reading
from labkit.datasets.splitting import split_by_group
from labkit.store import DataError

PARTS = ("train", "validation", "test")


def noise(seed, size=(40, 36)):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8))


def fill(folder, classes):
    """Put so many small PNG files into each class's folder."""
    for number, (name, count) in enumerate(classes.items()):
        (folder / name).mkdir(parents=True)
        for image in range(count):
            noise((number, image)).save(folder / name / f"IMG_{image:04}.png")
    return folder


def paths_of(files):
    return {part: set(getattr(files, part).paths) for part in PARTS}


@pytest.mark.parametrize("names", [("b", "a"), ("Tasse", "tea pot", "Schüssel", "茶碗"), tuple("gfedcba")])
def test_any_classes(tmp_path, names):
    files = load_folder(fill(tmp_path / "mine", dict.fromkeys(names, 10)))
    assert set(files.class_names) == set(names)
    assert list(files.class_names) == sorted(files.class_names, key=str.casefold)
    for part, count in zip(PARTS, (6, 2, 2), strict=True):
        split = getattr(files, part)
        assert Counter(split.labels.tolist()) == dict.fromkeys(range(len(names)), count)
        assert split.class_names == files.class_names
        for path, label in zip(split.paths, split.labels, strict=True):
            assert path.parent.name == files.class_names[label]
    assert sum(len(paths) for paths in paths_of(files).values()) == len(set.union(*paths_of(files).values()))


def test_it_shows_itself(tmp_path):
    files = load_folder(fill(tmp_path / "mine", {"mug": 5, "bowl": 10}))
    assert str(files).startswith(
        "mine: image files in 2 classes (bowl, mug). user's data from mine/: 9 train, 3 validation, 3 test"
    )
    assert files.title_note == " (user's data)"
    assert "<td>15 files</td>" in files._repr_html_()


def test_what_phones_and_file_managers_leave(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 4, "bowl": 4})
    noise(76).save(folder / "mug" / "DSC_1.JPG", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(77, (40, 60)).save(folder / "mug" / "turned.jpeg", exif=exif.tobytes())
    (folder / "bowl" / "copy.png").write_bytes((folder / "bowl" / "IMG_0000.png").read_bytes())
    (folder / "bowl" / "broken.png").write_bytes((folder / "bowl" / "IMG_0001.png").read_bytes()[:90])
    (folder / "bowl" / "list.txt").write_text("two bowls")
    noise(5, (40, 20)).save(folder / "bowl" / "icon.png")
    for name in (".DS_Store", "mug/.DS_Store", "mug/Thumbs.db", "mug/._DSC_1.JPG", "notes.md", "IMG_9.png"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    (folder / "__MACOSX" / "mug").mkdir(parents=True)
    (folder / "__MACOSX" / "mug" / "._x.JPG").write_bytes(b"\0\5\x16\7")

    files = load_folder(folder, validation=0.2, test=0)
    report = files.screening
    assert (report.examined, report.usable) == (14, 10)
    assert report.duplicates == (("bowl/copy.png", "bowl/IMG_0000.png"),)
    aside = dict(report.set_aside)
    assert aside["bowl/list.txt"] == "it is not an image"
    assert aside["bowl/icon.png"] == "it has 40×20 pixels, and 32 a side are needed"
    assert aside["bowl/broken.png"].startswith("it is damaged")
    assert report.ignored == (
        ".DS_Store",
        "IMG_9.png",
        "__MACOSX/",
        "mug/.DS_Store",
        "mug/._DSC_1.JPG",
        "mug/Thumbs.db",
        "notes.md",
    )
    assert "7 ignored: .DS_Store, IMG_9.png, __MACOSX/" in str(files)
    assert report.converted == {"turned upright": 1}
    (turned,) = (path for path in files.train.paths + files.validation.paths if path.name == "turned.jpeg")
    assert datasets.read_picture(turned).shape == (60, 40, 3)
    assert {path.name for path in files.train.paths + files.validation.paths} >= {"DSC_1.JPG"}
    assert len(files.test) == 0


def test_the_same_image_in_two_classes_is_in_none(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 4, "bowl": 4})
    (folder / "mug" / "x.png").write_bytes((folder / "bowl" / "IMG_0000.png").read_bytes())
    report = load_folder(folder).screening
    assert report.contradictions == ("bowl/IMG_0000.png", "mug/x.png")
    assert report.usable == 7


def test_the_draw_depends_on_seed_and_content_alone(tmp_path):
    first = fill(tmp_path / "first", {"mug": 12, "bowl": 12})
    second = tmp_path / "second"
    for name in ("mug", "bowl"):
        (second / name).mkdir(parents=True)
        for number, path in enumerate(sorted((first / name).iterdir(), reverse=True)):
            (second / name / f"renamed {number}.png").write_bytes(path.read_bytes())

    def contents(folder, seed):
        return {
            part: {path.read_bytes() for path in paths}
            for part, paths in paths_of(load_folder(folder, seed=seed)).items()
        }

    assert contents(first, 0) == contents(second, 0)
    assert contents(first, 0)["test"] != contents(first, 1)["test"]


# ------------------------------------------------------------------------------------------------------------- groups


def a_collection(chance):
    """Groups and labels at random, every class in enough groups of its own; as a photograph lends crops."""
    groups, labels = [], []
    classes = chance.randint(2, 4)
    for label in range(classes):
        for number in range(chance.randint(4, 9)):  # photographs that lend crops to one class
            crops = chance.randint(1, 6)
            groups += [f"own {label} {number}"] * crops
            labels += [label] * crops
    for number in range(chance.randint(0, 8)):  # and to several
        for label in chance.sample(range(classes), chance.randint(2, classes)):
            groups.append(f"shared {number}")
            labels.append(label)
    order = chance.sample(range(len(groups)), len(groups))
    return [groups[i] for i in order], [labels[i] for i in order], [f"class {label}" for label in range(classes)]


@pytest.mark.parametrize("seed", range(200))
def test_no_group_is_in_two_parts_and_every_class_is_in_all(seed):
    chance = random.Random(seed)
    groups, labels, names = a_collection(chance)
    shares = {"test": chance.choice([0.1, 0.2, 0.4]), "validation": chance.choice([0, 0.1, 0.3])}
    parts = split_by_group(groups, labels, names, shares)
    used = {part for part, share in shares.items() if share} | {"train"}
    parts_of_group = {
        group: {part for part, own in zip(parts, groups, strict=True) if own == group} for group in groups
    }
    assert all(len(found) == 1 for found in parts_of_group.values())
    assert set(zip(parts, labels, strict=True)) == {(part, label) for part in used for label in range(len(names))}
    largest = max(Counter(groups).values())
    for label in range(len(names)):
        of_class = [part for part, own in zip(parts, labels, strict=True) if own == label]
        for part, share in shares.items():
            # As near to the share as whole groups allow: a group of several classes may carry one of them further.
            assert abs(of_class.count(part) - share * len(of_class)) <= 2 * largest + 1


@pytest.mark.parametrize("seed", range(20))
def test_single_images_are_divided_exactly(seed):
    chance = random.Random(seed)
    labels = [label for label in range(3) for _ in range(chance.randint(10, 40))]
    chance.shuffle(labels)
    parts = split_by_group(range(len(labels)), labels, "abc", {"test": 0.2, "validation": 0.1})
    for label in range(3):
        of_class = Counter(part for part, own in zip(parts, labels, strict=True) if own == label)
        assert of_class["test"] == round(0.2 * of_class.total())
        assert of_class["validation"] == round(0.1 * of_class.total())


@pytest.mark.parametrize("group", ["_crop", lambda path: path.stem.partition("_")[0]])
def test_no_photograph_lends_crops_to_two_parts(tmp_path, group):
    """Crops of one photograph carry its colour, which is read from the pixels, not from the names."""
    folder, chance = tmp_path / "mine", random.Random(1)
    for photo in range(24):
        for number in range(chance.randint(1, 5)):
            name = ("person", "street")[number % 2 if photo % 3 else photo // 3 % 2]
            (folder / name).mkdir(parents=True, exist_ok=True)
            pixels = np.full((32, 32, 3), 10 * photo, np.uint8)
            pixels[number, :, 0] = 255
            Image.fromarray(pixels).save(folder / name / f"photo{photo}_crop{number}.png")
    files = load_folder(folder, group=group)
    photos = {
        part: {int(datasets.read_picture(path)[-1, 0, 0]) for path in paths} for part, paths in paths_of(files).items()
    }
    assert sum(len(colours) for colours in photos.values()) == len(set.union(*photos.values())) == 24
    assert all(set(getattr(files, part).labels.tolist()) == {0, 1} for part in PARTS)
    assert "divided by 24 groups" in str(files)
    # And the proof can fail: without groups, crops of one photograph do part.
    alone = load_folder(folder)
    photos = [{path.stem.partition("_")[0] for path in paths} for paths in paths_of(alone).values()]
    assert sum(map(len, photos)) > 24


def test_a_class_with_too_few_groups(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 6, "bowl": 6})
    with pytest.raises(DataError, match=r"class 'bowl' has 6 images from 1 groups .* need at least one each"):
        load_folder(folder, group="_")


@pytest.mark.parametrize(
    ("group", "error", "message"),
    [
        (lambda path: None, ValueError, "group returned None for"),
        (lambda path: [path], TypeError, r"group returned \[.*\] for .*; allowed is what can be hashed"),
        ("", TypeError, "group is ''; allowed are"),
        (3, TypeError, "group is 3; allowed are"),
    ],
)
def test_a_group_that_is_none(tmp_path, group, error, message):
    with pytest.raises(error, match=message):
        load_folder(fill(tmp_path / "mine", {"mug": 4, "bowl": 4}), group=group)


# ------------------------------------------------------------------------------------------------------------- errors


def test_a_path_that_is_no_folder(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere', which is not there; allowed is a folder with one folder a class"):
        load_folder(tmp_path / "nowhere")
    (tmp_path / "mine.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"mine\.zip', which is not a folder \(an archive has to be unpacked first\)"):
        load_folder(tmp_path / "mine.zip")


def test_one_class_only(tmp_path):
    with pytest.raises(DataError, match="has one folder, 'mug' in it; allowed are two or more, one a class"):
        load_folder(fill(tmp_path / "mine", {"mug": 6}))


def test_images_without_class_folders(tmp_path):
    noise(1).save(tmp_path / "1.png")
    with pytest.raises(DataError, match="has no folder in it; allowed are two or more"):
        load_folder(tmp_path)


def test_an_empty_class(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 6, "bowl": 0})
    (folder / "bowl" / ".DS_Store").touch()
    with pytest.raises(DataError, match=r"class 'bowl' has no file in .*bowl; at least one image is needed"):
        load_folder(folder)


def test_a_class_without_a_usable_image(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 6, "bowl": 0})
    (folder / "bowl" / "1.jpg").touch()
    with pytest.raises(DataError, match=r"class 'bowl' has 1 files and none can be used \(.*bowl/1\.jpg \(it is empty"):
        load_folder(folder)


@pytest.mark.parametrize("names", [("Mug", "mug"), ("STRASSE", "straße"), ("b\u00e9b\u00e9", "Be\u0301BE\u0301")])
def test_classes_that_differ_only_in_case(tmp_path, names):
    folder = tmp_path / "mine"
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
    if len(list(folder.iterdir())) < 2:
        pytest.skip("this file system takes the two names for one")
    with pytest.raises(DataError, match="differ only in upper and lower case; give them different names"):
        load_folder(folder)


def test_parts_instead_of_classes(tmp_path):
    with pytest.raises(DataError, match="has the folders Test, train, which are parts and not classes"):
        load_folder(fill(tmp_path / "mine", {"train": 4, "Test": 4}))


def test_more_classes_than_labels(tmp_path):
    for number in range(257):
        (tmp_path / f"{number}").mkdir()
    with pytest.raises(DataError, match="has 257 folders in it; allowed are 2 to 256"):
        load_folder(tmp_path)


def test_fewer_images_than_parts(tmp_path):
    folder = fill(tmp_path / "mine", {"mug": 6, "bowl": 2})
    with pytest.raises(DataError, match="class 'bowl' has 2 images; the 3 parts train, test, validation need at least"):
        load_folder(folder)
    assert len(load_folder(folder, test=0).validation) == 2
    assert len(load_folder(folder, validation=0, test=0).train) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"validation": 1.0}, "validation is 1.0; allowed is a number from 0 to below 1"),
        ({"test": -0.1}, "test is -0.1; allowed is a number"),
        ({"validation": 0.6, "test": 0.4}, "validation is 0.6 and test is 0.4; allowed is less than 1 together"),
        ({"seed": -1}, "seed is -1; allowed is a whole number of at least 0"),
        ({"min_side": 0}, "min_side is 0; allowed is a whole number of at least 1"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        load_folder(tmp_path, **arguments)


# ----------------------------------------------------------------------------------------------------- many, and HEIC


@pytest.mark.nightly
def test_10_000_files(tmp_path):
    header = b"P6 32 32 255 "  # PPM: three bytes a pixel, nothing to compress
    for label, name in enumerate(("mug", "bowl")):
        (tmp_path / name).mkdir()
        for number in range(5000):
            pixels = (2 * number + label).to_bytes(3, "big") * 1024
            (tmp_path / name / f"{number // 4}_{number % 4}.ppm").write_bytes(header + pixels)
    started = time.process_time()
    files = load_folder(tmp_path, group="_")
    assert time.process_time() - started < 60
    assert [len(getattr(files, part)) for part in PARTS] == [6000, 2000, 2000]


def heic_like():
    return b"\0\0\0\x18ftypheic" + bytes(100)


def test_heic_without_its_reader_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "reads_heic", lambda: False)
    folder = fill(tmp_path / "mine", {"mug": 4, "bowl": 4})
    (folder / "mug" / "IMG_1.HEIC").write_bytes(heic_like())
    reasons = dict(load_folder(folder).screening.set_aside)
    assert reasons["mug/IMG_1.HEIC"] == "it is a HEIC image; install pillow-heif, or save it as JPEG or PNG"


def test_heic_is_read_where_its_reader_is_installed(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    folder = fill(tmp_path / "mine", {"mug": 4, "bowl": 4})
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:, 48:] = (250, 40, 40)
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(file, quality=95)
    (folder / "mug" / "IMG_1.HEIC").write_bytes(file.getvalue())
    (folder / "mug" / "IMG_2.HEIC").write_bytes(heic_like())
    report = load_folder(folder).screening
    assert report.usable == 9
    assert dict(report.set_aside) == {"mug/IMG_2.HEIC": "it is a HEIC image that is damaged"}
    assert np.abs(datasets.read_picture(folder / "mug" / "IMG_1.HEIC").astype(int) - pixels).max() < 40
