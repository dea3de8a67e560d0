"""Files from Debian's archive, fetched by apt-get into a private folder: no root, nothing is installed."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from labkit.store.archives import unpack
from labkit.store.errors import SourceFailed, SourceSilent
from labkit.store.patience import Patience
from labkit.store.web import Progress

PLAIN_ENGLISH = {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}  # so that what they say can be understood


class DebianPackage:
    """A package of Debian (or of a daughter such as Ubuntu) in which every file lies gzipped in one folder.

    apt checks the signatures of the archive that this machine is set up to use, local mirrors included.

    Parameters
    ----------
    package : str
        The package's name.
    folder : str
        Where in the package the files lie.

    Examples
    --------
    >>> print(DebianPackage("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"))
    Debian's package dataset-fashion-mnist
    """

    def __init__(self, package: str, folder: str):
        self.package, self.folder = package, folder

    def __repr__(self) -> str:
        return f"DebianPackage({self.package!r}, {self.folder!r})"

    def __str__(self) -> str:
        return f"Debian's package {self.package}"

    def bring(self, name: str, size: int, folder: Path, patience: Patience, progress: Progress) -> Path:
        """Give the path of `name` (gzipped), fetching and unpacking the package below `folder` the first time.

        Raises
        ------
        SourceFailed
            If it did not come; as SourceSilent if there is no apt-get here, or no archive answered it.
        """
        unpacked = folder / self.package
        if not unpacked.exists():
            if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
                raise SourceSilent("there is no apt-get on this machine")
            with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as workshop:
                _open_package(self._download(Path(workshop), patience, progress), unpacked)
        found = unpacked / self.folder / f"{name}.gz"
        if not found.is_file():
            raise SourceFailed(f"the package has no {self.folder}/{name}.gz")
        return found

    def _download(self, workshop: Path, patience: Patience, progress: Progress) -> Path:
        for private in ("lists/partial", "cache/archives/partial"):
            (workshop / private).mkdir(parents=True)
        settings = {
            "Dir::State::lists": workshop / "lists",
            "Dir::Cache": workshop / "cache",
            "Acquire::http::Timeout": 4,
            "Acquire::https::Timeout": 4,
            "Acquire::Retries": 0,
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "",  # the folder is private already, and user _apt could not write to it
        }
        apt_get = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in settings.items())]
        # The exit code of `update` is no verdict: one dead source of several fails it. `download` decides.
        updated = _run([*apt_get, "update"], workshop, patience, progress)
        downloaded = _run([*apt_get, "download", self.package], workshop, patience, progress)
        found = sorted(workshop.glob("*.deb"))
        if found:
            for private in ("lists", "cache"):  # they are as large as the package, and have served
                shutil.rmtree(workshop / private)
            return found[-1]
        _stop_if_disk_is_full(updated + downloaded)
        complaint = _first_complaint(downloaded) or _first_complaint(updated) or "apt-get brought nothing"
        has_lists = any((workshop / "lists").glob("*_Packages*"))
        raise SourceFailed(complaint) if has_lists else SourceSilent(f"no archive answered apt-get ({complaint})")


def _open_package(package: Path, folder: Path) -> None:
    # dpkg-deb knows every compression that Debian and Ubuntu use (xz, zstd); Python 3.11 lacks zstd. The tar it gives
    # is then unpacked with the same care as any other archive.
    tar = package.with_suffix(".tar")
    with open(tar, "wb") as stream:
        command = ["dpkg-deb", "--fsys-tarfile", str(package)]
        result = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, env=os.environ | PLAIN_ENGLISH)
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip()
        _stop_if_disk_is_full(said)
        raise SourceFailed(f"the package cannot be opened ({said})")
    package.unlink()
    unpack(tar, folder)


def _stop_if_disk_is_full(said: str) -> None:
    """Raise, where a helper died of it, the error that we would have had ourselves."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in said:
            raise OSError(number, os.strerror(number))


def _run(command: list[str], workshop: Path, patience: Patience, progress: Progress) -> str:
    """Run apt-get in the workshop as long as that grows; give all it said."""
    log = workshop / "log"
    shown = _size_below(workshop)

    def received() -> int:
        nonlocal shown
        size = _size_below(workshop)
        progress.update(max(0, size - shown))
        shown = max(shown, size)
        return size

    with open(log, "wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=workshop,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=os.environ | PLAIN_ENGLISH,
            start_new_session=True,  # apt-get has helpers of its own: the whole group must be stoppable
        )

        def finished(seconds: float) -> bool:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True

        try:
            # apt sorts its lists in silence, so it may use up all that is left of the budget at one time.
            patience.wait(finished, received, stretch=patience.total)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return log.read_text(errors="replace")


def _size_below(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except OSError:  # apt moved it on in the meantime
                continue
    return total


def _first_complaint(log: str) -> str:
    lines = [line for line in log.splitlines() if line.startswith(("E:", "Err:", "W:"))]
    return min(lines, key=lambda line: not line.startswith("E:"), default="").removeprefix("E:").strip()
