"""Folders and archives as people have them, made at random: every image in them is found, and nothing else."""

import io
import random
import tarfile
import zipfile

import pytest
from PIL import Image

from labkit import datasets, store

APPLE_DOUBLE = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        " + bytes(60)
JUNK = {
    ".DS_Store": b"\0\0\0\x01Bud1" + bytes(60), "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(60),
    "desktop.ini": b"[.ShellClassInfo]", "._cat.1.jpg": APPLE_DOUBLE,
}  # fmt: skip
PHONES = {"a HEIC": b"\0\0\0\x18ftypheic" + bytes(100), "an AVIF": b"\0\0\0\x1cftypavif" + bytes(100)}
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF")


def a_picture(chance, number, label):
    """A small image, in any of the formats; the number is in its pixels, so that no two are alike."""
    image = Image.new("RGB", (16, 16), (255 * label, 0, 0))
    for bit in range(10):
        image.paste((0, 0, 255 * (number >> bit & 1)), (bit, 0, bit + 1, 16))
    file = io.BytesIO()
    image.save(file, chance.choice(FORMATS), **({} if chance.random() < 0.5 else {"comment": b"holiday"}))
    return file.getvalue()


def a_name(chance, kind, number):
    """Where people and file managers put an image, and how they call it."""
    cased = chance.choice([str, str.title, str.upper])
    suffix = chance.choice([".jpg", ".JPG", ".jpeg", ".png"])
    in_class_folder = chance.random() < 0.6
    above = chance.choice(["", "PetImages/", "train/", "my pets (1)/", "Neuer Ordner/a/"])
    if in_class_folder:
        below = chance.choice(["", "siamese/", "Bébé/", "2019/Juli/", "long hair/of 2/"])
        own = chance.choice([f"{number}", f"IMG_{number}", f"{number} (1)", f"Kopie von {number}", f"x.{number}"])
        return f"{above}{cased(kind + chance.choice(['', 's']))}/{below}{own}{suffix}"
    own = chance.choice(["{0}.{1}", "{0}.{1} (1)", "{0} ({1})", "{0}_{1}", "{0}-{1}", "{0} {1}", "{0}s {1} - Copy"])
    return f"{above}{own.format(cased(kind), number)}{suffix}"


def a_collection(seed, each=6):
    """Files by their names; and what should come of them: bytes and labels, and what is set aside."""
    chance = random.Random(seed)
    files, right, aside = {}, set(), 0
    for label, kind in enumerate(("cat", "dog")):
        for number in range(each):
            content = a_picture(chance, 2 * number + label, label)
            files[a_name(chance, kind, number + 100 * label)] = content
            right.add((content, label))
    for place in chance.sample(sorted(files), 4):
        folder = place.rpartition("/")[0]
        name, content = chance.choice(sorted(JUNK.items()))
        files[f"{folder}/{name}".lstrip("/")] = content
        files[f"__MACOSX/{place}"] = APPLE_DOUBLE
    for number, content in enumerate(PHONES.values()):
        if chance.random() < 0.7:
            files[f"cats/phone/IMG_{number}.HEIC"] = content
            aside += 1
    if chance.random() < 0.5:
        files["dogs/cut short.jpg"] = chance.choice([b"", b"\xff\xd8\xff\xe0 no image", b"<html>not found</html>"])
        aside += 1
    return files, right, aside


def as_folder(files, path):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


class DosName(zipfile.ZipInfo):
    """A name in the code page of DOS, as Windows' own zip writes it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), self.flag_bits


def as_zip(files, path, *, windows=False):
    path = path.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(DosName(name.replace("/", "\\")) if windows else name, content)
    return path


def as_tar(files, path):
    path = path.with_suffix(".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


PACKED = {"folder": as_folder, "zip": as_zip, "zip of Windows": lambda f, p: as_zip(f, p, windows=True), "tar": as_tar}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("seed", range(6))
def test_every_image_is_found_with_its_label_and_nothing_else(tmp_path, seed, packed):
    files, right, aside = a_collection(seed)
    found = datasets.load_cats_vs_dogs(6, 4, 2, source=PACKED[packed](files, tmp_path / "my pets"))
    parts = (found.train, found.validation, found.test)
    read = [
        (path.read_bytes(), int(label)) for part in parts for path, label in zip(part.paths, part.labels, strict=True)
    ]
    assert len(read) == len(set(read)) == 12
    assert set(read) == right
    assert len(found.screening.set_aside) == aside
    for name, reason in found.screening.set_aside:
        if "phone" in name:
            assert "it is a" in reason
            assert "image, which is not read here" in reason or "it is a HEIC image" in reason


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_archive_gives_its_images_or_one_error(tmp_path, seed):
    """Bytes turned, cut away or doubled: never an error of Python's own, never an image under a wrong label."""
    chance = random.Random(seed)
    files, right, _ = a_collection(seed, each=3)
    path = chance.choice([as_zip, as_tar])(files, tmp_path / "pets")
    content = bytearray(path.read_bytes())
    match chance.choice(["turn", "cut", "double", "swap"]):
        case "turn":
            for _ in range(chance.randint(1, 8)):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        case "cut":
            del content[chance.randrange(len(content)) :]
        case "double":
            content += content[chance.randrange(len(content)) :]
        case "swap":
            at, other = sorted(chance.sample(range(len(content)), 2))
            content[at], content[other] = content[other], content[at]
    path.write_bytes(content)
    try:
        found = datasets.load_cats_vs_dogs(2, 2, 2, source=path)
    except store.DataError:
        return
    contents = dict(right)
    for part in (found.train, found.validation, found.test):
        for file, label in zip(part.paths, part.labels, strict=True):
            assert contents.get(file.read_bytes(), label) == label
