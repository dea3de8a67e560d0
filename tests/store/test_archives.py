import io
import stat
import tarfile
import zipfile

import pytest

from labkit import store
from labkit.store import archives


def make_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def make_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            if content is not None:
                info.size = len(content)
            archive.addfile(info, None if content is None else io.BytesIO(content))
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def assert_refused(archive, tmp_path, because):
    with pytest.raises(store.UnsafeArchive, match=because) as caught:
        store.unpack(archive, tmp_path / "out")
    assert archive.name in str(caught.value)
    assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name], "nothing may be left lying about"


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_good_archive(tmp_path, make):
    archive = make(tmp_path / "archive", [("a/b.txt", b"one"), ("a/c/d.txt", b"two"), ("./e.txt", b"three")])
    store.unpack(archive, tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")): path.read_bytes() for path in (tmp_path / "out").rglob("*.txt")}
    assert found == {"a/b.txt": b"one", "a/c/d.txt": b"two", "e.txt": b"three"}


def test_folders_in_archives(tmp_path):
    make_zip(tmp_path / "a.zip", [("empty/", b"")])
    make_tar(tmp_path / "a.tar", [(special("empty", tarfile.DIRTYPE), None)])
    for name in ("a.zip", "a.tar"):
        store.unpack(tmp_path / name, tmp_path / f"out of {name}")
        assert (tmp_path / f"out of {name}" / "empty").is_dir()


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/tmp/evil", "C:/evil", "..\\evil", "a\\..\\evil"])
def test_traversal(tmp_path, make, name):
    assert_refused(make(tmp_path / "archive", [("fine", b""), (name, b"x")]), tmp_path, "outside the folder")


@pytest.mark.parametrize(
    "member",
    [
        special("link", tarfile.SYMTYPE, "/etc/passwd"),
        special("link", tarfile.SYMTYPE, "fine"),
        special("link", tarfile.LNKTYPE, "../../etc/passwd"),
        special("pipe", tarfile.FIFOTYPE),
        special("disk", tarfile.BLKTYPE),
        special("terminal", tarfile.CHRTYPE),
    ],
    ids=lambda member: f"{member.name}-{member.linkname}",
)
def test_links_and_devices_in_tar(tmp_path, member):
    assert_refused(make_tar(tmp_path / "archive", [("fine", b"x"), (member, None)]), tmp_path, "link or a device")


def test_link_in_zip(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert_refused(make_zip(tmp_path / "archive", [(link, "/etc/passwd")]), tmp_path, "link or a device")


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_bomb_by_ratio(tmp_path, make):
    assert_refused(make(tmp_path / "archive", [("zeros", bytes(20_000_000))]), tmp_path, "too large")


def test_bomb_by_size(tmp_path):
    archive = make_zip(tmp_path / "archive", [("a", bytes(600)), ("b", bytes(600))], zipfile.ZIP_STORED)
    with pytest.raises(store.UnsafeArchive, match="too large"):
        store.unpack(archive, tmp_path / "out", max_bytes=1_000)


def test_zip_that_lies_about_its_size(tmp_path):
    archive = make_zip(tmp_path / "archive", [("zeros", bytes(5_000_000))])
    raw = archive.read_bytes()
    honest = (5_000_000).to_bytes(4, "little")
    assert raw.count(honest) == 2
    archive.write_bytes(raw.replace(honest, (10).to_bytes(4, "little")))
    assert_refused(archive, tmp_path, "cannot be unpacked|too large")


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    assert_refused(make_zip(tmp_path / "archive", [(str(n), b"") for n in range(4)]), tmp_path, "more than 3 members")


@pytest.mark.parametrize(
    "members", [[("a", b"1"), ("a", b"2")], [("a", b"1"), ("a/b", b"2")], [("a/b", b"1"), ("a", b"2")]]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_collide(tmp_path, members):
    assert_refused(make_zip(tmp_path / "archive", members), tmp_path, "cannot be unpacked")


def test_neither_zip_nor_tar(tmp_path):
    (tmp_path / "archive").write_bytes(b"hello" * 1000)
    assert_refused(tmp_path / "archive", tmp_path, "neither a zip nor a tar")


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_damaged(tmp_path, make):
    archive = make(tmp_path / "archive", [("a", bytes(range(256)) * 400), ("b", b"x" * 9000)])
    raw = archive.read_bytes()
    archive.write_bytes(raw[:300] + bytes(40) + raw[340:])
    assert_refused(archive, tmp_path, "cannot be unpacked|neither a zip")


def test_encrypted_zip(tmp_path):
    archive = make_zip(tmp_path / "archive", [("a", b"secret")], zipfile.ZIP_STORED)
    raw = bytearray(archive.read_bytes())
    raw[6] |= 1  # the flag for encryption, in the local header
    raw[raw.index(b"PK\1\2") + 8] |= 1  # and in the central directory
    archive.write_bytes(bytes(raw))
    assert_refused(archive, tmp_path, "encrypted")


def test_tar_that_ends_with_a_zip(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", [("a", b"x")])
    archive = make_tar(tmp_path / "archive", [("inner.zip", inner.read_bytes())], mode="w")
    store.unpack(archive, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["inner.zip"]


def test_existing_folder_is_not_touched(tmp_path):
    archive = make_zip(tmp_path / "archive", [("a", b"x")])
    (tmp_path / "out").mkdir()
    with pytest.raises(FileExistsError, match="out"):
        store.unpack(archive, tmp_path / "out")
