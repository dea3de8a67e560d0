"""Claims: the figures that papers and lecture decks state, and what the code gives.

>>> from labkit.course import claim
>>> print(claim("B9-first", 429))
B9-first  published 429 · computed 429 · agrees
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import yaml

from labkit.course.claim_lines import Lines, badge
from labkit.course.discovery import chapter_folders, chapter_numbers
from labkit.course.journal import note, note_opened
from labkit.store.places import rehearsing, switched_on

Kind = Literal["exact", "measured", "argued"]
Origin = Literal["source", "own"]
Errata = Literal["mistake", "changed", "not-reproduced", "paper"]
Verdict = Literal["agrees", "differs", "unexplained", "argued", "not tested here"]

FILE = "claims.yml"  # in the folder of each chapter
KINDS: tuple[str, ...] = get_args(Kind)
ORIGINS: tuple[str, ...] = get_args(Origin)
ERRATA: tuple[str, ...] = get_args(Errata)
STORED_VERDICTS: tuple[str, ...] = ("agrees", "differs", "unexplained", "argued")
TRANSCRIPTS = ("S2", "S3")  # decks that we read in a transcript made by a machine, whose slips may be the transcript's
OWN_BOUND = re.compile(r"(clearly )?(more|less) than ")


class ClaimError(AssertionError):
    """The code and the stored claim have parted: raised only where ``LABKIT_STRICT=1``."""


@dataclass(frozen=True)
class Claim:
    """One stated figure, as its chapter's ``claims.yml`` keeps it.

    Attributes
    ----------
    id : str
        Its name; the part before the first hyphen is the row of the fact sheet.
    chapter : str
        File stem of the chapter that shows it.
    sentence : str
        What is stated, in one sentence of our own.
    source : str
        Where it is stated: a deck and a place in it, or a paper.
    kind : {"exact", "measured", "argued"}
        An exact claim is a count or a worked number; a measured one comes out of a training run and has a band; an
        argued one is a sentence that no program can decide.
    verdict : {"agrees", "differs", "unexplained", "argued"}
        The verdict the book stands by.
    origin : {"source", "own"}
        Who says it: a deck or a paper, or this book, of its own aims and bounds.
    published : number, str or nested list, optional
        The value as the source gives it; of an own claim the aim, or the bound.
    right : number, str or nested list, optional
        The value that the code must give; the published one unless the source is wrong.
    reason : str
        Why the two differ; every claim with the verdict *differs* has one.
    errata : {"mistake", "changed", "not-reproduced", "paper"}, optional
        The list of the errata page that a source's claim stands in if it differs: a mistake, what has changed since,
        what could not be reproduced (an own experiment under other conditions among it), a figure of a paper.
    band : tuple of float, optional
        Least and greatest measured value that still agrees.
    profile : str, optional
        The profile that a measured claim holds for; other profiles do not test it.
    record : str, optional
        Name of the recorded run (a file of ``book/records``) that measured it.
    metric : str, optional
        Which of that run's metrics.
    """

    id: str
    chapter: str
    sentence: str
    source: str
    kind: Kind
    verdict: Verdict
    origin: Origin = "source"
    published: Any = None
    right: Any = None
    reason: str = ""
    errata: Errata | None = None
    band: tuple[float, float] | None = None
    profile: str | None = None
    record: str | None = None
    metric: str | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in KINDS:
            problems.append(f"kind is {self.kind!r}, allowed are {', '.join(KINDS)}")
        if self.verdict not in STORED_VERDICTS:
            problems.append(f"verdict is {self.verdict!r}, allowed are {', '.join(STORED_VERDICTS)}")
        if self.origin not in ORIGINS:
            problems.append(f"origin is {self.origin!r}, allowed are {', '.join(ORIGINS)}")
        if self.origin == "source" and self.source.startswith("this book"):
            problems.append("origin is 'source', allowed is own where the source is this book")
        problems += self._problems_of_errata()
        if (self.kind == "argued") != (self.verdict == "argued"):
            problems.append("an argued claim, and no other, has the verdict 'argued'")
        if self.kind == "argued" and not (self.published is None and self.right is None):
            problems.append("an argued claim has no published and no right value")
        if self.kind != "argued" and self.published is None:
            problems.append("a claim that is computed needs a published value")
        elif self.kind == "exact" and (self.verdict == "agrees") != _same(self.expected, self.published):
            problems.append("an exact claim agrees when, and only when, the right value is the published one")
        if self.kind == "measured" and self.band is None:
            problems.append("a measured claim needs a band")
        if self.band is not None and not (len(self.band) == 2 and self.band[0] <= self.band[1]):
            problems.append(f"band is {list(self.band)}, allowed is [least, greatest]")
        if problems:
            raise ValueError(f"claim {self.id!r}: {'; '.join(problems)}")

    def _problems_of_errata(self) -> list[str]:
        """What is wrong with its place among the errata: who differs from a source stands in one list of them."""
        if self.errata is not None and self.errata not in ERRATA:
            return [f"errata is {self.errata!r}, allowed are {', '.join(ERRATA)}"]
        if self.verdict in ("differs", "unexplained"):
            listed = self.errata is not None
            if self.origin == "source" and not listed:
                return [f"errata is None, allowed where the verdict is {self.verdict!r} are {', '.join(ERRATA)}"]
        elif self.errata is None:
            return []
        elif self.verdict == "agrees":
            return [f"errata is {self.errata!r}, allowed is none for a claim that agrees"]
        problems = [] if self.reason else [f"a claim that is {self.verdict!r} needs a reason"]
        if self.origin == "own" and self.errata is not None:
            problems.append(f"errata is {self.errata!r}, allowed is none for an own claim")
        return problems

    @property
    def expected(self) -> Any:
        """The value the code must give."""
        return self.published if self.right is None else self.right

    @property
    def word(self) -> str:
        """What its stated value is: published, or an aim or a bound of this book.

        A source that says *better* sets no bound: "more than 0" is this book's reading of it.
        """
        if isinstance(self.published, str) and (self.origin == "own" or OWN_BOUND.match(self.published)):
            return "bound of this book"
        return "published" if self.origin == "source" else "aim"

    @property
    def transcribed(self) -> bool:
        """Whether what the source says was read in a transcript of it."""
        return any(re.search(rf"\b{deck}\b", self.source) for deck in TRANSCRIPTS)


FIELDS = tuple(entry.name for entry in fields(Claim) if entry.name != "chapter")  # of an entry in a file


@dataclass(frozen=True)
class ClaimResult:
    """A claim held against a computed value; it shows itself as one line."""

    claim: Claim
    computed: Any
    verdict: Verdict
    departure: str = field(default="", repr=False)

    @property
    def note(self) -> str:
        """The reason for a difference, or what is wrong where the stored claim no longer holds."""
        if self.departure:
            return self.departure
        return self.claim.reason if self.verdict in ("differs", "unexplained", "argued") else ""

    def __str__(self) -> str:
        parts = self._figures()
        parts.append(self.verdict + (f": {self.note}" if self.note else ""))
        return f"{self.claim.id}  " + " · ".join(parts)

    __repr__ = __str__

    def _figures(self) -> list[str]:
        """Stated and computed value; a statement that is true or false is said to hold or not."""
        if isinstance(self.claim.published, bool):
            return ["checked here: it holds" if self.computed else "checked here: it does not hold"]
        values = {self.claim.word: self.claim.published, "computed": self.computed}
        return [f"{name} {show(value)}" for name, value in values.items() if value is not None]

    @property
    def agrees(self) -> bool:
        """Whether there is nothing here that a reader has to know."""
        return self.verdict == "agrees" and not self.departure

    brief = "1 figure checked"  # what stands where it is folded away by itself

    def line(self) -> str:
        """Verdict, statement, figures and source on one line, as HTML."""
        figures = [f"<strong>{html.escape(figure)}</strong>" for figure in self._figures()]
        notes = [html.escape(self.note)] if self.note else []
        source = f"<em>{html.escape(self.claim.source)}</em> (claim {html.escape(self.claim.id)})"
        return f"{badge(self.verdict)} " + " · ".join([html.escape(self.claim.sentence), *figures, *notes, source])

    def _repr_html_(self) -> str:
        return Lines((self,))._repr_html_()


def show(value: Any) -> str:
    """Write a value as a claim prints it: numbers with thousands separators, arrays row by row.

    >>> show(93322), show([[1, 2], [3, 4]]), show(0.8973)
    ('93,322', '[1 2; 3 4]', '0.8973')
    """
    if isinstance(value, str | bool):
        return str(value)
    array = np.asarray(value)
    if array.ndim == 0:
        number = array.item()
        if isinstance(number, int):
            return f"{number:,}"
        return f"{number:,.6g}" if isinstance(number, float) else str(number)
    if array.ndim == 1:
        return "[" + " ".join(show(entry) for entry in array.tolist()) + "]"
    return "[" + "; ".join(show(row)[1:-1] for row in array.tolist()) + "]"


def chapter_claims(number: str) -> Mapping[str, Claim]:
    """The claims of one chapter by their ids; no other chapter's file is read.

    Raises
    ------
    ValueError
        For a claim that contradicts itself, or an id that occurs twice; the message names the file.
    """
    path = chapter_folders()[number] / FILE
    if not path.exists():
        return {}
    note_opened(path)
    return _read(path)


class _OnceEachKey(yaml.SafeLoader):
    """YAML in which a key that occurs twice is an error; else the later value would win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]!r} occurs twice", node.start_mark)
        return super().construct_mapping(node, deep)


@cache
def _read(path: Path) -> Mapping[str, Claim]:
    claims: dict[str, Claim] = {}
    try:
        stored = yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceEachKey)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    if not isinstance(stored, dict) or "chapter" not in stored or not isinstance(stored.get("claims"), list):
        raise ValueError(f"{path} needs the chapter's file stem under chapter, and a list under claims")
    for entry in stored["claims"]:
        if not isinstance(entry, dict):
            raise ValueError(f"{path}: {entry!r} is no claim; each has an id, a sentence, a source and more")
        try:
            if "band" in entry:
                entry["band"] = tuple(entry["band"])
            if unknown := sorted(entry.keys() - set(FIELDS)):
                raise ValueError(
                    f"claim {entry.get('id')!r} has the field {unknown[0]!r}, allowed are {', '.join(FIELDS)}"
                )
            read = Claim(chapter=stored["chapter"], **entry)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from None
        if read.id in claims:
            raise ValueError(f"{path} names claim {read.id!r} twice")
        claims[read.id] = read
    return claims


def all_claims() -> Mapping[str, Claim]:
    """Every claim of the book by its id, chapter by chapter.

    Raises
    ------
    ValueError
        If two chapters name one claim.
    """
    claims: dict[str, Claim] = {}
    for number in chapter_numbers():
        for id, stored in chapter_claims(number).items():
            if id in claims:
                raise ValueError(f"claim {id!r} stands in {claims[id].chapter} and in {stored.chapter}")
            claims[id] = stored
    return claims


@cache
def _chapter_naming(id: str) -> str | None:
    """The chapter whose file names this claim. The files are only searched; reading them all would take a second."""
    entry = re.compile(rf"^\s*- id: {re.escape(id)}\s*$", re.M)
    for number, folder in chapter_folders().items():
        path = folder / FILE
        if path.exists() and entry.search(path.read_text(encoding="utf-8")):
            return number
    return None


def get_claim(id: str) -> Claim:
    """Look one claim up.

    Raises
    ------
    ValueError
        If there is no such claim; the message lists the ids of the same fact row.
    """
    number = _chapter_naming(str(id))
    if number is None:
        claims = all_claims()
        near = [known for known in claims if known.split("-")[0] == str(id).split("-")[0]] or list(claims)
        raise ValueError(f"id is {id!r}, which is no claim of this book; there are {', '.join(near)}")
    return chapter_claims(number)[id]


def strict() -> bool:
    """Whether claims must hold (``LABKIT_STRICT=1``, as in the build) rather than only be shown.

    Raises
    ------
    ValueError
        If the variable is neither a yes (1, true, yes, on) nor a no.
    """
    return switched_on("LABKIT_STRICT")


def claim(id: str, value: Any = None, *, stand_in: bool = False, profile: str | None = None) -> ClaimResult:
    """Hold a published figure against the value just computed.

    >>> print(claim("E2-pixel-range", [0, 255]))
    E2-pixel-range  published [1 255] · computed [0 255] · differs: the background is 0, ...

    Parameters
    ----------
    id : str
        The claim.
    value : number, str or array_like, optional
        What the code gave; left out for an argued claim, and where nothing is here to measure a measured one with.
    stand_in : bool
        The value comes from stand-in data, or there is none, so a measured claim is *not tested here*.
    profile : {"quick", "full", "rehearsal"}, optional
        The profile the value was measured in; a measured claim made for another one is *not tested here*, and in a
        rehearsal none is.

    Returns
    -------
    ClaimResult
        One line: what is stated, what the code gives, and the verdict.

    Raises
    ------
    ValueError
        For an unknown id, or a missing or superfluous value.
    ClaimError
        Only with ``LABKIT_STRICT=1``: the value or the verdict is not the one stored.
    """
    result = _judge(get_claim(id), value, stand_in, profile)
    note("claim", id=id, value=result.computed, verdict=result.verdict)
    if result.departure and strict():
        raise ClaimError(str(result))
    return result


def _judge(stored: Claim, value: Any, stand_in: bool, profile: str | None) -> ClaimResult:
    if stored.kind == "measured" and value is None and stand_in:
        return ClaimResult(stored, None, "not tested here")
    if (value is None) != (stored.kind == "argued"):
        need = "takes no value: it is argued, not computed" if stored.kind == "argued" else "needs the computed value"
        raise ValueError(f"value is {value!r}, but claim {stored.id!r} {need}")
    if stored.kind == "argued":
        return ClaimResult(stored, None, "argued")
    if stored.kind == "measured":
        tested = not stand_in and not rehearsing() and stored.profile in (None, profile)
        return _judge_measured(stored, float(value), tested=tested)
    return _judge_exact(stored, value)


def claim_all(values: Mapping[str, Any], *, quiet: bool = False, **circumstances: Any) -> Lines:
    """Hold several published figures against the values just computed, as :func:`claim` does with one.

    >>> print(claim_all({"B8-curve": 6600, "B8-elsewhere": 0}))
    B8-curve  published 6,600 · computed 6,600 · agrees
    B8-elsewhere  published 0 · computed 0 · agrees

    Parameters
    ----------
    values : mapping of str to value
        Computed values by the ids of their claims.
    quiet : bool
        Show all of them as one line that opens on a click, also those that differ.
    **circumstances
        ``stand_in`` and ``profile``, as for :func:`claim`.
    """
    return Lines(tuple(claim(id, value, **circumstances) for id, value in values.items()), quiet)


def _judge_exact(stored: Claim, value: Any) -> ClaimResult:
    if isinstance(value, tuple | list | np.ndarray | np.generic):
        value = np.asarray(value).tolist()
    if _same(value, stored.expected):
        return ClaimResult(stored, value, stored.verdict)
    verdict: Verdict = "agrees" if _same(value, stored.published) else "differs"
    return ClaimResult(stored, value, verdict, f"the book stands by {show(stored.expected)}")


def _judge_measured(stored: Claim, value: float, *, tested: bool) -> ClaimResult:
    if not tested:
        return ClaimResult(stored, value, "not tested here")
    assert stored.band is not None
    low, high = stored.band
    if low <= value <= high:
        return ClaimResult(stored, value, stored.verdict)
    return ClaimResult(stored, value, "unexplained", f"the book stands by {show(low)} to {show(high)}")


def _same(a: Any, b: Any) -> bool:
    """Equal, numbers up to float rounding, shapes included."""
    if isinstance(a, str) or isinstance(b, str):
        return str(a) == str(b)
    left, right = np.asarray(a), np.asarray(b)
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-9, atol=1e-12))
