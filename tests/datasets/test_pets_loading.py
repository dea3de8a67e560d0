"""Where cats and dogs are looked for, how they are divided, and what is said when that is not possible."""

import functools
import hashlib
import http.server
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from labkit import datasets, store
from labkit.datasets import drawn_files, layouts, pets

MICROSOFTS, KAGGLES, FOLDERS = "PetImages/{Class}/{number}.jpg", "train/{class}.{number}.jpg", "{class}s/{number}.jpg"
CHOLLETS = "cats_and_dogs_small/{part}/{class}s/{class}.{number}.jpg"
LAYOUTS = [
    MICROSOFTS,
    KAGGLES,
    FOLDERS,
    CHOLLETS,
    "{CLASS}/{number}.JPG",
    "a/b/PetImages/{Class}/{number}.jpg",
    # As people have them: breeds below a class, copies named by a file manager, phones, hyphens.
    "{class}s/breed {number}/x.{number}.jpg",
    "{class}s/breed/of long/hair/{number}.jpg",
    "{class}.0 ({number}).jpg",
    "{Class} {number}.jpg",
    "{class}_{number}.JPG",
    "IMG/{class}s-{number}.jpeg",
]


def make_pets(folder, layout=MICROSOFTS, each=12):
    """Write tiny images, all different, the same in every layout."""
    for label, name in enumerate(("cat", "dog")):
        for number in range(each):
            path = folder / layout.format(
                **{"class": name, "Class": name.title(), "CLASS": name.upper()},
                number=number,
                part=("train", "validation", "test")[3 * number // each],
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 4), (100 * label, number, number // 256)).save(path, format="PNG")
    return folder


def pack(folder, archive):
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder))
    return archive


def contents(files):
    """What is in each part: the bytes, in order."""
    return [[path.read_bytes() for path in part.paths] for part in (files.train, files.validation, files.test)]


def all_contents(files):
    return [content for part in contents(files) for content in part]


def in_order(files):
    return [int(path.stem.split(".")[-1]) for path in files.paths]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", [False, True])
def test_layouts_are_recognized_and_divided_alike(tmp_path, layout, packed):
    source = make_pets(tmp_path / "Müllers Haustiere 猫", layout)
    if packed:
        source = pack(source, tmp_path / "pets with spaces.zip")
    reference = datasets.load_cats_vs_dogs(8, 4, 6, source=make_pets(tmp_path / "reference"))
    files = datasets.load_cats_vs_dogs(8, 4, 6, source=source)
    assert [len(part) for part in (files.train, files.validation, files.test)] == [8, 4, 6]
    assert contents(files) == contents(reference)
    assert files.provenance.sha256["all usable images"] == reference.provenance.sha256["all usable images"]
    assert files.provenance.kind == "user's data"
    assert source.name in str(files)


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_parts_are_balanced_disjoint_and_repeatable(tmp_path, seed):
    source = make_pets(tmp_path)
    files = datasets.load_cats_vs_dogs(12, 6, 4, seed=seed, source=source)
    seen = all_contents(files)
    assert len(set(seen)) == len(seen) == 22
    for part in (files.train, files.validation, files.test):
        assert part.labels.tolist() == [0, 1] * (len(part) // 2)
        assert [path.parent.name for path in part.paths] == ["Cat", "Dog"] * (len(part) // 2)
        assert part.animal_masks == part.head_masks == ()
    assert contents(datasets.load_cats_vs_dogs(12, 6, 4, seed=seed, source=source)) == contents(files)
    with pytest.raises(ValueError, match="read-only"):
        files.train.labels[0] = 1


def test_seeds_differ(tmp_path):
    source = make_pets(tmp_path)
    draws = [tuple(datasets.load_cats_vs_dogs(8, 0, 0, seed=seed, source=source).train.paths) for seed in range(4)]
    assert len(set(draws)) == 4


def test_without_a_seed_numbers_decide(tmp_path):
    files = datasets.load_cats_vs_dogs(6, 8, 10, seed=None, source=make_pets(tmp_path))
    assert in_order(files.train) == [0, 0, 1, 1, 2, 2]
    assert in_order(files.validation) == [3, 3, 4, 4, 5, 5, 6, 6]
    assert in_order(files.test) == [7, 7, 8, 8, 9, 9, 10, 10, 11, 11]


def test_fewer_training_pictures_are_part_of_more(tmp_path):
    source = make_pets(tmp_path)
    more, fewer = (datasets.load_cats_vs_dogs(train, 4, 4, source=source) for train in (16, 6))
    assert more.train.paths[:6] == fewer.train.paths
    assert (more.validation.paths, more.test.paths) == (fewer.validation.paths, fewer.test.paths)


def test_the_draw_knows_the_bytes_and_nothing_else(tmp_path):
    """Worked by hand from the rule: cats in order of SHA-256(seed, SHA-256 of the file); the test part comes first."""
    source = make_pets(tmp_path)
    cats = [path.read_bytes() for path in (source / "PetImages" / "Cat").iterdir()]
    cats.sort(key=lambda data: hashlib.sha256(b"3 " + hashlib.sha256(data).hexdigest().encode()).hexdigest())
    files = datasets.load_cats_vs_dogs(2, 0, 4, seed=3, source=source)
    assert [path.read_bytes() for path in (*files.test.paths[::2], *files.train.paths[::2])] == cats[:3]


def test_copies_are_in_one_part_only(tmp_path):
    source = make_pets(tmp_path, CHOLLETS)
    small = source / "cats_and_dogs_small"
    for number in range(4):  # what a careless hand does: training images among those for validation
        copy = small / "validation" / "cats" / f"copy {number + 100}.jpg"
        shutil.copy(small / "train" / "cats" / f"cat.{number}.jpg", copy)
    files = datasets.load_cats_vs_dogs(8, 8, 8, source=source)
    seen = all_contents(files)
    assert len(set(seen)) == 24
    assert len(files.screening.duplicates) == 4
    assert "4 left out as copies of others" in files.provenance.note
    with pytest.raises(store.DataError, match="12 cats and 12 dogs that can be used"):
        datasets.load_cats_vs_dogs(26, 0, 0, source=source)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"train": 3}, ValueError, "train=3 must be an even number, 0 or more"),
        ({"validation": -2}, ValueError, "validation is -2; allowed is a whole number of at least 0"),
        ({"test": 2.0}, TypeError, "test is 2.0; allowed is a whole number of at least 0"),
        ({"train": True}, TypeError, "train is True; allowed is a whole number of at least 0"),
        ({"train": 0, "validation": 0, "test": 0}, ValueError, "at least one of them must be more than 0"),
        ({"seed": -1}, ValueError, "seed is -1; allowed is a whole number of at least 0"),
        ({"seed": "x"}, TypeError, "seed is 'x'; allowed is a whole number of at least 0"),
        ({"source": "drwan"}, ValueError, 'source=\'drwan\' is not there; use "auto", "microsoft", "drawn", or'),
        ({"train": 1000}, store.DataError, r"train=1000, .* need .* cats and .* dogs; .* 12 cats and 12 dogs"),
    ],
)
def test_bad_arguments(tmp_path, arguments, error, message):
    defaults = {"train": 2, "validation": 2, "test": 2, "source": make_pets(tmp_path)}
    with pytest.raises(error, match=message):
        datasets.load_cats_vs_dogs(**defaults | arguments)


def test_the_nearest_folder_decides(tmp_path):
    make_pets(tmp_path, "dogs/friends of {class}s/{class}s/{number}.jpg")
    found = layouts.find_cats_and_dogs(tmp_path)
    assert [candidate.label for candidate in found] == [0] * 12 + [1] * 12


def test_links_that_lead_back_up_are_followed_once(tmp_path):
    make_pets(tmp_path)
    for number in range(30):
        (tmp_path / f"link {number}").symlink_to(tmp_path, target_is_directory=True)
    before = time.monotonic()
    assert len(layouts.find_cats_and_dogs(tmp_path)) == 24
    assert time.monotonic() - before < 20  # followed again and again, they would never come to an end


@pytest.mark.parametrize("name", ["cats_vs_dogs.zip", "cats_vs_dogs.tar"])
def test_a_pipe_is_no_archive(tmp_path, monkeypatch, fake_drawing, name):
    """To open it would wait for a writer that never comes."""
    os.mkfifo(tmp_path / name)
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    assert datasets.load_cats_vs_dogs(2, 2, 2).is_stand_in
    with pytest.raises(ValueError, match="is neither a folder nor a file"):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path / name)


def test_a_device_is_no_archive(tmp_path, monkeypatch, fake_drawing):
    (tmp_path / "cats_vs_dogs.zip").symlink_to("/dev/zero")
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    assert datasets.load_cats_vs_dogs(2, 2, 2).is_stand_in


HEIC = "it is a HEIC image; install pillow-heif, or save it as JPEG or PNG"
AVIF = "it is an AVIF image, which is not read here: save it as JPEG or PNG"


@pytest.mark.parametrize(("brand", "reason"), [(b"heic", HEIC), (b"mif1", HEIC), (b"avif", AVIF)])
def test_what_phones_make_is_named_as_such(tmp_path, monkeypatch, brand, reason):
    monkeypatch.setattr("labkit.datasets.reading.reads_heic", lambda: False)
    folder = make_pets(tmp_path)
    (folder / "PetImages" / "Cat" / "IMG_0001.HEIC").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(200))
    report = datasets.load_cats_vs_dogs(2, 2, 2, source=folder).screening
    assert report.set_aside == (("PetImages/Cat/IMG_0001.HEIC", reason),)


def test_empty_folder(tmp_path):
    with pytest.raises(store.DataError, match=r"holds no cats and no dogs\. Cats are looked for in folders"):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path)


def test_one_class_only(tmp_path):
    make_pets(tmp_path)
    shutil.rmtree(tmp_path / "PetImages" / "Dog")
    with pytest.raises(store.DataError, match=r"holds no dogs\."):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path)


def test_kaggles_zip_of_zips(tmp_path):
    with zipfile.ZipFile(tmp_path / "dogs-vs-cats.zip", "w") as packed:
        packed.writestr("train.zip", b"")
    with pytest.raises(store.DataError, match=r"dogs-vs-cats\.zip holds no cats.* unpack that one"):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path / "dogs-vs-cats.zip")


def test_only_broken_pictures(tmp_path):
    make_pets(tmp_path)
    for path in (tmp_path / "PetImages" / "Dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(
        store.DataError, match=r"12 cats and 0 dogs that can be used.*12 set aside: PetImages/Dog/0\.jpg"
    ):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(100)])
def test_unreadable_zip(tmp_path, content):
    (tmp_path / "pets.zip").write_bytes(content)
    with pytest.raises(store.UnsafeArchive, match=r"pets\.zip is neither a zip nor a tar archive, or it is damaged"):
        datasets.load_cats_vs_dogs(2, 2, 2, source=tmp_path / "pets.zip")


def test_zip_bomb(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("cats/0.jpg", "dogs/0.jpg"):
            packed.writestr(name, bytes(30_000_000))
    with pytest.raises(store.UnsafeArchive, match="too large for the size of the archive"):
        datasets.load_cats_vs_dogs(2, 0, 0, source=tmp_path / "pets.zip")
    assert not list((tmp_path / "cache").rglob("*.jpg"))


def test_zip_that_climbs_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as packed:
        packed.writestr("../cats/0.jpg", b"")
    with pytest.raises(store.UnsafeArchive, match="outside the folder"):
        datasets.load_cats_vs_dogs(2, 0, 0, source=tmp_path / "pets.zip")


def test_zip_is_unpacked_once_for_its_content(tmp_path, monkeypatch):
    archive = pack(make_pets(tmp_path / "pets"), tmp_path / "pets.zip")
    datasets.load_cats_vs_dogs(2, 0, 0, source=archive)
    archive.rename(tmp_path / "renamed.zip")
    monkeypatch.setattr(store, "unpack", lambda *_: pytest.fail("unpacked again"))
    datasets.load_cats_vs_dogs(2, 0, 0, source=tmp_path / "renamed.zip")


# Where "auto" looks.


@pytest.fixture
def user_pets(tmp_path, monkeypatch):
    """A function that puts a folder or a zip of pets below LABKIT_DATA."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))

    def put(name):
        folder = make_pets(tmp_path / ("data/pets" if name.endswith(".zip") else f"data/{name}"))
        if name.endswith(".zip"):
            pack(folder, tmp_path / "data" / name)
            shutil.rmtree(folder)

    return put


@pytest.fixture
def microsoft(tmp_path, monkeypatch):
    """A small archive in the place of Microsoft's, on a web server of this machine; gives the files asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    web = tmp_path / "web"
    web.mkdir()
    archive = pack(make_pets(tmp_path / "microsoft"), web / "kagglecatsanddogs_5340.zip")
    file = store.DataFile(archive.name, hashlib.sha256(archive.read_bytes()).hexdigest(), archive.stat().st_size)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=web)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        source = store.WebFolder(f"http://127.0.0.1:{server.server_port}/", suffix="")
        monkeypatch.setattr(pets, "MICROSOFT", store.FileSet(pets.NAME, (file,), (source,), advice="ask again."))
        yield asked
        server.shutdown()


@pytest.fixture
def fake_drawing(monkeypatch):
    """Squares instead of pets; gives the numbers of images that were drawn."""
    drawn = []

    def draw(count, seed):
        drawn.append(count)
        images = np.zeros((count, 6, 8, 3), np.uint8)
        images[..., 0], images[..., 1] = seed, np.arange(count)[:, None, None]
        animal = np.zeros((count, 6, 8), bool)
        animal[:, 1:5, 1:5] = True
        head = np.zeros((count, 6, 8), bool)
        head[:, 1:3, 1:3] = True
        labels = np.arange(count, dtype=np.uint8) % 2
        return SimpleNamespace(images=images, labels=labels, animal_masks=animal, head_masks=head)

    monkeypatch.setattr(drawn_files, "_draw", draw)
    monkeypatch.setattr(drawn_files, "drawing_version", lambda: "fake")
    return drawn


@pytest.mark.parametrize(
    "name",
    [
        "cats_vs_dogs",
        "cats_vs_dogs_3000.zip",
        "cats-vs-dogs",
        "kagglecatsanddogs_5340.zip",
        "PetImages",
        "dogs-vs-cats",
        "Dogs_vs_Cats.zip",
    ],
)
def test_auto_prefers_the_users_own(user_pets, microsoft, name):
    user_pets(name)
    files = datasets.load_cats_vs_dogs(2, 2, 2)
    assert f"{name}{'' if name.lower().endswith('.zip') else '/'} in LABKIT_DATA" in str(files)
    assert microsoft == []
    entry = next(entry for entry in datasets.status() if entry.name == "cats-vs-dogs")
    assert entry.kind == files.provenance.kind
    assert entry.size > 24 * 50
    assert entry.sha256


def test_users_copy_of_microsofts_archive_is_real(tmp_path, microsoft, monkeypatch):
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "web"))
    files = datasets.load_cats_vs_dogs(2, 2, 2)
    assert files.provenance.kind == "real"
    assert files.title_note == ""


def test_auto_never_downloads(microsoft, fake_drawing):
    files = datasets.load_cats_vs_dogs(4, 2, 2)
    datasets.fetch(["photos"])
    assert files.is_stand_in
    assert microsoft == []


def test_microsofts_archive_when_asked_for(microsoft, fake_drawing):
    assert datasets.fetch("cats-vs-dogs")[0].kind == "real"
    assert len(microsoft) == 1
    datasets.fetch("cats-vs-dogs")
    files = datasets.load_cats_vs_dogs(4, 2, 2)
    assert str(files).startswith("cats and dogs: image files in 2 classes (cat, dog). real data from http://127.0.0.1")
    assert contents(datasets.load_cats_vs_dogs(4, 2, 2, source="microsoft")) == contents(files)
    assert len(microsoft) == 1
    assert fake_drawing == []


def test_microsofts_archive_with_the_wrong_bytes(tmp_path, microsoft):
    archive = tmp_path / "web" / "kagglecatsanddogs_5340.zip"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    with pytest.raises(store.DataError, match=r"has the wrong content.*\nWhat to do: ask again"):
        datasets.load_cats_vs_dogs(2, 2, 2, source="microsoft")


def test_microsofts_archive_without_a_network(microsoft, monkeypatch):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    with pytest.raises(store.SourcesUnreachable, match="LABKIT_OFFLINE is set"):
        datasets.load_cats_vs_dogs(2, 2, 2, source="microsoft")


def test_the_published_archive():
    (file,) = pets.MICROSOFT.files
    assert (file.size, len(file.sha256)) == (824_887_076, 64)
    assert str(pets.MICROSOFT.sources[0]).startswith("https://download.microsoft.com/download/")


# Drawn pets.


def test_drawn_pets_say_so(fake_drawing):
    files = datasets.load_cats_vs_dogs(6, 2, 4, source="drawn")
    assert files.title_note == " (stand-in: drawn pets)"
    assert "STAND-IN: drawn pets: 6 train, 2 validation, 4 test (12 drawn from seed 0; photographs, 825 MB: " in str(
        files
    )
    assert [len(part) for part in (files.train, files.validation, files.test)] == [6, 2, 4]
    assert len(set(all_contents(files))) == 12
    assert files.screening.examined == 12


def test_drawn_pets_have_masks(fake_drawing):
    files = datasets.load_cats_vs_dogs(6, 2, 4, source="drawn")
    for part in (files.train, files.validation, files.test):
        for path, label, animal, head in zip(part.paths, part.labels, part.animal_masks, part.head_masks, strict=True):
            assert path.name == animal.name == head.name
            assert datasets.read_picture(path)[0, 0, 1] % 2 == label
            assert datasets.read_mask(animal).sum() == 16
            assert datasets.read_mask(head).sum() == 4


def test_drawn_once_for_as_many_or_fewer(fake_drawing):
    large = datasets.load_cats_vs_dogs(16, 2, 2, source="drawn")
    small = datasets.load_cats_vs_dogs(6, 2, 2, source="drawn")
    assert fake_drawing == [20]
    assert small.train.paths == large.train.paths[:6]
    assert (small.validation.paths, small.test.paths) == (large.validation.paths, large.test.paths)
    datasets.load_cats_vs_dogs(6, 2, 2, seed=1, source="drawn")
    datasets.load_cats_vs_dogs(18, 2, 2, source="drawn")
    assert fake_drawing == [20, 10, 22]


def test_drawn_pets_without_a_seed_come_in_order(fake_drawing):
    files = datasets.load_cats_vs_dogs(4, 2, 2, seed=None, source="drawn")
    assert in_order(files.train) == [0, 1, 2, 3]
    assert in_order(files.validation) == [4, 5]


def test_drawing_that_fails_leaves_nothing(fake_drawing, monkeypatch, tmp_path):
    save = Image.Image.save

    def fail(image, path, **options):
        if Path(path).name == "3.png":
            raise KeyboardInterrupt
        save(image, path, **options)

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        datasets.load_cats_vs_dogs(4, 2, 2, source="drawn")
    assert not list((tmp_path / "cache").rglob("*.png"))


# At a glance.


def test_status_neither_screens_nor_draws(user_pets, fake_drawing, monkeypatch):
    monkeypatch.setattr("labkit.datasets.screening._examine", lambda path: pytest.fail("examined"))
    monkeypatch.setattr(store, "unpack", lambda *_: pytest.fail("unpacked"))

    def look():
        return next(entry for entry in datasets.status() if entry.name == "cats-vs-dogs")

    folder = os.environ["LABKIT_DATA"]
    monkeypatch.delenv("LABKIT_DATA")
    assert (look().kind, look().source, look().size) == ("stand-in", "drawn pets", 0)
    keys = [datasets.content_key()]
    monkeypatch.setenv("LABKIT_DATA", folder)
    user_pets("cats_vs_dogs.zip")
    assert look().kind == "user's data"
    keys.append(datasets.content_key())
    user_pets("cats_vs_dogs")
    assert look().source == "cats_vs_dogs/ in LABKIT_DATA"
    keys.append(datasets.content_key())
    (Path(folder) / "cats_vs_dogs" / "PetImages" / "Cat" / "0.jpg").unlink()
    keys.append(datasets.content_key())
    assert len(set(keys)) == 4
    assert keys[-1] == datasets.content_key()
    assert fake_drawing == []


def test_html_names_origin_and_screening(tmp_path):
    table = datasets.load_cats_vs_dogs(2, 2, 2, source=make_pets(tmp_path / "<pets>"))._repr_html_()
    assert "&lt;pets&gt;" in table
    assert "screening: usable" in table
    assert str(tmp_path) not in table
