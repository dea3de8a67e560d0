"""Penn-Fudan: found, fetched, compared file by file, divided; a small copy of it is made up where it is read whole."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from labkit import datasets, store
from labkit.datasets import penn_fudan
from labkit.store import errors, fetching


def write_set(root, count=12):
    """A set in Penn-Fudan's layout: each image has two pedestrians, of which the second hides a column of the first."""
    rng = np.random.default_rng(0)
    for folder in (penn_fudan.IMAGES, penn_fudan.MASKS, penn_fudan.ANNOTATIONS):
        (root / penn_fudan.ROOT / folder).mkdir(parents=True)
    for number in range(count):
        pixels = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        mask = np.zeros((30, 40), np.uint8)
        mask[5:20, 10:16], mask[8:25, 15 : 20 + number % 5] = 1, 2
        for path, array in zip(penn_fudan._paths_of(f"Toy{number:02}"), (pixels, mask), strict=False):
            Image.fromarray(array).save(root / penn_fudan.ROOT / path)
        text = "(Xmin, Ymin) - (Xmax, Ymax) : (11, 6) - (15, 20)"
        (root / penn_fudan.ROOT / penn_fudan._paths_of(f"Toy{number:02}")[2]).write_text(text)
    return root


class Shelf:
    """A source that has an archive at hand, or does not answer."""

    def __init__(self, archive):
        self.archive, self.asked, self.answers = archive, 0, True

    def __str__(self):
        return "the shelf"

    def bring(self, name, size, folder, patience, progress):
        self.asked += 1
        if not self.answers:
            raise errors.SourceSilent("did not answer")
        (folder / name).write_bytes(self.archive.read_bytes())
        return folder / name


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A small set that is the published one for once, its archive on a shelf, an empty cache and no user's folder."""
    root = write_set(tmp_path / "original")
    archive = tmp_path / "PennFudanPed.zip"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in files:
            zipped.write(path, path.relative_to(root))
        zipped.writestr("PennFudanPed/readme.txt", "more than is compared")
    sha256 = {path.relative_to(root).as_posix(): store.sha256_of(path)[:32] for path in files}
    source = Shelf(archive)
    published = replace(penn_fudan.published(), sha256=sha256, sources=(source,))
    monkeypatch.setattr(penn_fudan, "published", lambda: published)
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LABKIT_DATA", raising=False)
    monkeypatch.delenv("LABKIT_OFFLINE", raising=False)
    monkeypatch.setattr(fetching, "_unreachable_here", {})
    monkeypatch.setattr(penn_fudan, "_drawn", lambda: "drawn")  # drawing takes seconds, and is tested below
    return source


def status():
    return next(entry for entry in datasets.status() if entry.name == "penn-fudan")


def test_fetched_once_and_found_again(shelf):
    assert status().kind == "not fetched"
    pedestrians = datasets.load_penn_fudan()
    assert datasets.load_penn_fudan().provenance == pedestrians.provenance
    assert shelf.asked == 1
    assert pedestrians.provenance.kind == status().kind == "real"
    assert status().verified
    assert pedestrians.provenance.counts == {"train": 8, "test": 4}
    assert pedestrians.title_note == ""


def test_boxes_masks_and_parts(shelf):
    pedestrians = datasets.load_penn_fudan()
    assert pedestrians.test.names == ("Toy01", "Toy04", "Toy07", "Toy11")
    assert pedestrians.train.names == tuple(f"Toy{number:02}" for number in (0, 2, 3, 5, 6, 8, 9, 10))
    assert pedestrians.train.boxes[1].tolist()[1] == [15, 8, 22, 25]
    assert pedestrians.train.boxes[1].tolist()[0] == [10, 5, 16, 20]  # above row 8 nothing hides its last column
    assert pedestrians.class_names == ("pedestrian",)


def test_without_an_answer_scenes_are_drawn_and_nobody_is_asked_again(shelf):
    shelf.answers = False
    assert datasets.load_penn_fudan() == "drawn"
    assert datasets.load_penn_fudan() == "drawn"
    assert shelf.asked == 1
    assert status().kind == "stand-in"
    with pytest.raises(errors.SourcesUnreachable, match=r"the shelf: PennFudanPed\.zip: did not answer"):
        datasets.load_penn_fudan("upenn")
    shelf.answers = True
    assert datasets.fetch("penn-fudan")[0].kind == "real"


def test_offline_nobody_is_asked(shelf, monkeypatch):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    assert datasets.load_penn_fudan() == "drawn"
    assert shelf.asked == 0
    with pytest.raises(errors.DataError, match="LABKIT_OFFLINE is set"):
        datasets.fetch("penn-fudan")


def test_an_archive_with_other_files_is_refused(shelf, tmp_path):
    with zipfile.ZipFile(shelf.archive, "a") as archive:
        archive.writestr("../outside", "")
    with pytest.raises(errors.DataError, match="it would land outside the folder"):
        datasets.load_penn_fudan()
    write_set(tmp_path / "short", count=3)
    with zipfile.ZipFile(shelf.archive, "w") as archive:
        for path in (tmp_path / "short").rglob("*.*"):
            archive.write(path, path.relative_to(tmp_path / "short"))
    with pytest.raises(errors.DataError, match=r"the shelf: PennFudanPed\.zip: holds other files: .* and 24 more"):
        datasets.load_penn_fudan()
    assert store.cached_folder(penn_fudan.published()) is None


@pytest.mark.parametrize("form", ["folder", "archive"])
def test_the_users_own_comes_first(shelf, tmp_path, monkeypatch, form):
    own = tmp_path / "own"
    own.mkdir()
    if form == "folder":
        (tmp_path / "original" / "PennFudanPed").rename(own / "PennFudanPed")
    else:
        (own / "PennFudanPed.zip").write_bytes(shelf.archive.read_bytes())
    monkeypatch.setenv("LABKIT_DATA", str(own))
    pedestrians = datasets.load_penn_fudan()
    assert shelf.asked == 0
    assert pedestrians.provenance.kind == "real"
    assert "in LABKIT_DATA" in str(pedestrians)


def test_a_changed_file_makes_it_the_users_data(shelf, tmp_path, monkeypatch):
    root = tmp_path / "original"
    before = datasets.load_penn_fudan().provenance.sha256
    assert before == datasets.load_penn_fudan().provenance.sha256
    (root / penn_fudan.ROOT / penn_fudan.ANNOTATIONS / "Toy03.txt").write_text("other")
    monkeypatch.setenv("LABKIT_DATA", str(root))
    pedestrians = datasets.load_penn_fudan()
    assert str(pedestrians).endswith("(not as published: PennFudanPed/Annotation/Toy03.txt)")
    assert pedestrians.title_note == " (user's data)"
    assert pedestrians.provenance.sha256.keys() == before.keys()
    assert pedestrians.provenance.sha256 != before  # no record goes on with other files
    assert not status().verified


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match="source is 'coco'; allowed are 'auto', 'upenn', 'drawn'"):
        datasets.load_penn_fudan("coco")


def test_the_list_of_files_is_whole():
    assert len(penn_fudan.published().sha256) == 3 * 170
    assert {len(digest) for digest in penn_fudan.published().sha256.values()} == {32}


def test_the_stand_in_says_so():
    scenes = datasets.load_penn_fudan("drawn")
    assert scenes.is_stand_in
    assert (len(scenes.train), len(scenes.test)) == (119, 51)
    assert scenes.class_names == ("animal",)
    assert "STAND-IN: drawn scenes: 119 train, 51 test" in str(scenes)
