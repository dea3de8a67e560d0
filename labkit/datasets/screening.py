"""Looking at every image once before any is used: what cannot be decoded, what is there twice, what was converted."""

import contextlib
import hashlib
import html
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import PIL

from labkit.datasets.layouts import Candidate
from labkit.datasets.reading import UnreadablePicture, decode_picture, read_bytes, reads_heic
from labkit.store.checks import write_whole
from labkit.store.places import cache_folder

RULES = 2  # to be raised with every change of what a finding says: it makes what was remembered worthless
# From here on screening takes so long that its bar is shown in logs and notebooks too, not in a terminal only.
LONG = 5_000
NAMES_SHOWN = 5
# TensorFlow Datasets peeks for 10 bytes of each member of the zip, and Python's zipfile answers with up to 512.
JFIF_BYTES = 512
MODES = {
    "1": "black and white",
    "L": "greyscale",
    "P": "palette",
    "CMYK": "CMYK",
    "RGBA": "transparent",
    "LA": "transparent greyscale",
    "PA": "transparent palette",
}
SUFFIXES = {
    ".jpg": {"JPEG", "MPO"},
    ".jpeg": {"JPEG", "MPO"},
    ".png": {"PNG"},
    ".bmp": {"BMP", "DIB"},
    ".gif": {"GIF"},
    ".webp": {"WEBP"},
    ".tif": {"TIFF"},
    ".tiff": {"TIFF"},
    ".heic": {"HEIF"},
    ".heif": {"HEIF"},
}


@dataclass(frozen=True)
class ScreeningReport:
    """What became of the files of a folder when each was decoded once.

    Attributes
    ----------
    source : str
        Where they are from.
    examined : int
        How many files there were.
    usable : int
        How many of them may be used.
    set_aside : tuple of (str, str)
        Each file that does not decode or is too small, and why.
    duplicates : tuple of (str, str)
        Each file that is left out because it has, byte for byte, the content of another, and that other.
        Images that merely look alike are not found.
    contradictions : tuple of str
        Files with the same bytes that are labelled differently: all of them are left out.
    converted : mapping of str to int
        How many usable files were not what their name or the field's custom (RGB) says, by what they were.
    without_jfif : int
        How many files, usable or not, lack a JFIF header, the rule by which TensorFlow Datasets drops 1,738 files of
        Microsoft's archive. Most of them decode well, and are used here.
    ignored : tuple of str
        Files and folders that are of no class or that systems leave, such as ``.DS_Store``; none was examined.

    Examples
    --------
    >>> print(ScreeningReport("PetImages", 25_000, 24_997, set_aside=(("Cat/666.jpg", "it is empty"),),
    ...     duplicates=(("Dog/7.jpg", "Dog/3.jpg"), ("Dog/9.jpg", "Dog/3.jpg"))))
    25,000 files examined, 24,997 usable; 1 set aside: Cat/666.jpg (it is empty);
    2 left out as copies of others: Dog/7.jpg, Dog/9.jpg
    """

    source: str
    examined: int
    usable: int
    set_aside: tuple[tuple[str, str], ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    contradictions: tuple[str, ...] = ()
    converted: Mapping[str, int] = field(default_factory=dict)
    without_jfif: int = 0
    ignored: tuple[str, ...] = ()

    def rows(self) -> dict[str, str]:
        """Say each thing that was found, by what it is; long lists of names are cut."""
        rows = {"examined": f"{self.examined:,} files", "usable": f"{self.usable:,}"}
        if self.set_aside:
            rows["set aside"] = _count_and_names([f"{name} ({reason})" for name, reason in self.set_aside])
        if self.duplicates:
            rows["left out as copies of others"] = _count_and_names([name for name, _ in self.duplicates])
        if self.contradictions:
            rows["left out as in two classes"] = _count_and_names(self.contradictions)
        if self.converted:
            rows["converted when read"] = ", ".join(f"{number:,} {form}" for form, number in self.converted.items())
        if self.without_jfif:
            rows["without a JFIF header"] = f"{self.without_jfif:,}"
        if self.ignored:
            rows["ignored"] = _count_and_names(self.ignored)
        return rows

    def __str__(self) -> str:
        parts = [f"{self.examined:,} files examined, {self.usable:,} usable"]
        for what, found in list(self.rows().items())[2:]:
            number, _, names = found.partition(": ")
            parts.append(f"{number} {what}: {names}" if names else f"{what}: {found}")
        return "; ".join(parts)

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><th scope='row'>{what}</th><td>{html.escape(found)}</td></tr>" for what, found in self.rows().items()
        )
        return f"<table><caption>Screening of {html.escape(self.source)}</caption><tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class Finding:
    """What was seen in one file: its SHA-256, why it cannot be used (or nothing), its form, whether JFIF is there.

    And how large it is: the height and the width of what was decoded, in pixels.
    """

    sha256: str
    problem: str
    form: str
    jfif: bool
    height: int = 0
    width: int = 0


@dataclass(frozen=True)
class Screened:
    """The files that may be used, each with the SHA-256 of its bytes, in the order they came in; and the report."""

    usable: tuple[tuple[Candidate, str], ...]
    report: ScreeningReport

    @property
    def contents(self) -> str:
        """A SHA-256 over what the usable files hold, and not what they are called: the same for the same images."""
        return hashlib.sha256("".join(sorted(sha256 for _, sha256 in self.usable)).encode()).hexdigest()


def screen_images(
    folder: Path, candidates: Sequence[Candidate], source: str, *, min_side: int = 1, ignored: Sequence[str] = ()
) -> Screened:
    """Decode every file once and sort out what cannot be used; the result is remembered in the cache.

    What was found is kept for as long as no name, label, size or time of change in the folder changes, so that 25,000
    files cost a minute or two once, and a second after that.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files are.
    candidates : sequence of Candidate
        The files. Of several with the same bytes the first is kept, unless their labels differ.
    source : str
        What the report shall say they are from.
    min_side : int
        Images of which a side has fewer pixels are set aside.
    ignored : sequence of str
        What the report shall name as left alone.

    Returns
    -------
    Screened

    Examples
    --------
    >>> import pathlib, tempfile
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (place / "cat.0.jpg").write_bytes(b"meow")
    >>> print(screen_images(place, [Candidate("cat.0.jpg", 0)], "a docstring").report)
    1 files examined, 0 usable; 1 set aside: cat.0.jpg (it is not an image); without a JFIF header: 1
    """
    findings = _findings(folder, candidates)
    labels: dict[str, set[int]] = {}
    for candidate, finding in zip(candidates, findings, strict=True):
        labels.setdefault(finding.sha256, set()).add(candidate.label)
    set_aside, duplicates, contradictions = [], [], []
    converted: Counter[str] = Counter()
    kept: dict[str, Candidate] = {}
    for candidate, finding in zip(candidates, findings, strict=True):
        if problem := finding.problem or _too_small(finding, min_side):
            set_aside.append((candidate.name, problem))
        elif len(labels[finding.sha256]) > 1:
            contradictions.append(candidate.name)
        elif finding.sha256 in kept:
            duplicates.append((candidate.name, kept[finding.sha256].name))
        else:
            kept[finding.sha256] = candidate
            converted.update([finding.form] if finding.form else [])
    report = ScreeningReport(
        source=source,
        examined=len(candidates),
        usable=len(kept),
        set_aside=tuple(set_aside),
        duplicates=tuple(duplicates),
        contradictions=tuple(contradictions),
        converted=dict(sorted(converted.items())),
        without_jfif=sum(not finding.jfif for finding in findings),
        ignored=tuple(ignored),
    )
    return Screened(tuple((candidate, sha256) for sha256, candidate in kept.items()), report)


def _too_small(finding: Finding, min_side: int) -> str:
    if min(finding.height, finding.width) >= min_side:
        return ""
    return f"it has {finding.height}×{finding.width} pixels, and {min_side} a side are needed"


def _findings(folder: Path, candidates: Sequence[Candidate]) -> list[Finding]:
    memory = cache_folder() / "screened" / f"{_key(folder, candidates)}.json"
    try:
        remembered = [Finding(**finding) for finding in json.loads(memory.read_text(encoding="utf-8"))]
        if len(remembered) == len(candidates):
            return remembered
    except (OSError, ValueError, TypeError):
        pass
    findings = _examine_all([folder / candidate.name for candidate in candidates])
    with contextlib.suppress(OSError):  # where nothing can be remembered, it is done again next time
        write_whole(memory, json.dumps([asdict(finding) for finding in findings]).encode())
    return findings


def _key(folder: Path, candidates: Sequence[Candidate]) -> str:
    listing = []
    for candidate in candidates:
        with contextlib.suppress(OSError):
            state = (folder / candidate.name).stat()
            listing.append((candidate.name, candidate.label, state.st_size, state.st_mtime_ns))
    known = json.dumps([RULES, PIL.__version__, reads_heic(), str(folder.resolve()), listing])
    return hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def _examine_all(paths: Sequence[Path]) -> list[Finding]:
    from tqdm import tqdm

    # Pillow decodes outside Python's global lock, so that threads are enough to keep several cores busy.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as executor:
        quiet = None if len(paths) < LONG else False
        return list(
            tqdm(executor.map(_examine, paths), "screening", len(paths), unit="file", leave=False, disable=quiet)
        )


def _examine(path: Path) -> Finding:
    try:
        content = read_bytes(path)
    except UnreadablePicture as problem:
        return Finding("", str(problem), "", jfif=False)
    sha256, jfif = hashlib.sha256(content).hexdigest(), b"JFIF" in content[:JFIF_BYTES]
    try:
        decoded = decode_picture(content)
    except UnreadablePicture as problem:
        return Finding(sha256, str(problem), "", jfif)
    form = [] if decoded.mode == "RGB" else [MODES.get(decoded.mode, f"mode {decoded.mode}")]
    if decoded.format not in SUFFIXES.get(path.suffix.lower(), {decoded.format}):
        form.append(f"{decoded.format} named {path.suffix}")
    if decoded.turned:
        form.append("turned upright")
    height, width = decoded.pixels.shape[:2]
    return Finding(sha256, "", ", ".join(form), jfif, height, width)


def _count_and_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    return f"{len(names):,}: {', '.join(names[:NAMES_SHOWN])}{more}"
