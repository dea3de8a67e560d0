import errno
import gzip
import io
import stat
import tarfile
import time
import zipfile

import numpy as np
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


def test_a_zip_made_on_windows(tmp_path):
    """Backslashes between folders: .NET wrote them for years."""
    archive = make_zip(tmp_path / "archive", [("a\\", b""), ("a\\b\\", b""), ("a\\b\\fine", b"x"), ("c\\fine", b"y")])
    store.unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/a/b/fine").read_bytes() == b"x"
    assert (tmp_path / "out/c/fine").read_bytes() == b"y"


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    "name", ["\\evil", "\\\\host\\evil", "../evil", "a/../../evil", "/tmp/evil", "C:/evil", "..\\evil", "a\\..\\evil"]
)
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


class TestAttacks:
    """Archives made to mislead; each is refused in a sentence that names it, soon, and nothing is left lying about."""

    @pytest.mark.parametrize(
        "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
    )
    @pytest.mark.parametrize("size", [130_000_000, 1_500_000_000_000])
    def test_headers_that_are_bombs(self, tmp_path, kind, size):
        header = tarfile.TarInfo("././@LongLink")
        header.type, header.size = kind, size
        with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as stream:
            stream.write(header.tobuf(tarfile.GNU_FORMAT))
            for _ in range(130):  # not all of it, where there is no end
                stream.write(bytes(1_000_000))
        before = time.monotonic()
        assert_refused(tmp_path / "a.tar.gz", tmp_path, "a header of|neither a zip nor a tar")
        assert time.monotonic() - before < 2

    def test_a_great_many_headers(self, tmp_path):
        """Each is small; all together are more than comes out of any real archive of this size."""
        note = tarfile.TarInfo("pax")
        note.type, note.size = tarfile.XHDTYPE, 60_000
        with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as stream:
            record = b"59999 comment=".ljust(59_998, b"x") + b"\n"
            for _ in range(3_000):
                stream.write(note.tobuf(tarfile.GNU_FORMAT) + record.ljust(60_416, b"\0"))
        assert_refused(tmp_path / "a.tar.gz", tmp_path, "cannot be unpacked|too large|neither")

    def test_a_member_that_is_not_there(self, tmp_path):
        member = tarfile.TarInfo("a.txt")
        member.size = 5_000
        (tmp_path / "a.tar").write_bytes(member.tobuf() + b"too short")
        assert_refused(tmp_path / "a.tar", tmp_path, "cannot be unpacked")

    @pytest.mark.parametrize("seed", range(40))
    @pytest.mark.parametrize("make", [make_zip, make_tar], ids=["zip", "tar"])
    def test_damage_anywhere(self, tmp_path, make, seed):
        """Bytes changed at random, most of them where the archive speaks of itself: right content or a refusal."""
        random = np.random.default_rng(seed)
        members = {f"pets/{number}/kätzchen.txt": random.bytes(50) for number in range(5)}
        content = bytearray(make(tmp_path / "whole", list(members.items())).read_bytes())
        (tmp_path / "whole").unlink()
        start = random.choice([0, len(content) // 2, max(0, len(content) - 120)])
        for place in random.integers(start, len(content), 4):
            content[place] = random.integers(256)
        (tmp_path / "archive").write_bytes(content)
        refusal = None
        try:
            store.unpack(tmp_path / "archive", tmp_path / "out")
        except store.UnsafeArchive as error:
            refusal = str(error)
        if refusal is None:
            assert all(path.read_bytes() in members.values() for path in (tmp_path / "out").rglob("*.txt"))
        else:
            assert refusal.startswith("archive ")
            assert [path.name for path in tmp_path.iterdir()] == ["archive"]

    def test_a_zip_whose_directory_points_before_its_beginning(self, tmp_path):
        whole = bytearray(make_zip(tmp_path / "a.zip", [("a.txt", b"one")]).read_bytes())
        at = whole.rindex(b"PK\x05\x06") + 16  # where the directory is said to begin
        whole[at : at + 4] = b"\xff\xff\xff\x7f"
        (tmp_path / "a.zip").write_bytes(whole)
        assert_refused(tmp_path / "a.zip", tmp_path, "a.zip")

    def test_a_name_that_is_too_long_for_any_disk(self, tmp_path):
        make_zip(tmp_path / "a.zip", [("x" * 5_000, b"one")])
        assert_refused(tmp_path / "a.zip", tmp_path, "cannot be unpacked")

    def test_a_full_disk_is_not_the_archives_fault(self, tmp_path, monkeypatch):
        make_zip(tmp_path / "a.zip", [("a.txt", b"one")])

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("labkit.store.archives._copy", full)
        with pytest.raises(OSError, match="No space left"):
            store.unpack(tmp_path / "a.zip", tmp_path / "out")
