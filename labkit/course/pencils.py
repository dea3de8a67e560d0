"""Numbers worked out with a pencil and typed into the page, which says what is wrong with the usual wrong ones.

>>> from labkit.course.pencils import Pencil
>>> windows = Pencil(
...     id="02-last-window",
...     question="A kernel of 3 slides over 12 numbers. Where does its last window begin, counted from 0?",
...     key=lambda: 12 - 3,
...     mistakes={"You counted from 1.": lambda: 10, "That is where it ends.": lambda: 11},
... )
>>> windows.judge("9"), windows.judge("10")
((True, 'Right.'), (False, 'You counted from 1.'))
"""

from __future__ import annotations

import hashlib
import html
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labkit.course.discovery import all_listed, listed_in
from labkit.course.explorables import script

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")
GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True, eq=False)
class Pencil:
    """A question whose answer is one number.

    Attributes
    ----------
    id : str
        The chapter's number with two digits, a hyphen, a name.
    question : str
        One or two sentences, plain text.
    key : callable
        Computes the answer, with what the chapter teaches.
    mistakes : mapping of str to callable
        What to say, and what computes the wrong answer that earns it.
    decimals : int
        To how many decimals the answer is asked for. With decimals, one unit more or less in the last is right too:
        somebody has rounded on the way.
    because : str
        What to say of the right answer.
    """

    id: str
    question: str
    key: Callable[[], float]
    mistakes: Mapping[str, Callable[[], float]] = field(default_factory=dict)
    decimals: int = 0
    because: str = "Right."

    @property
    def chapter(self) -> str:
        """The number of its chapter, as in the chapter's file name."""
        return self.id.split("-")[0]

    def known(self) -> dict[str, tuple[bool, str]]:
        """What is said of each number that is known, by the number in units of the last decimal.

        Raises
        ------
        ValueError
            If the answer to a mistake is right as well, or two mistakes have one answer.
        """
        right = units(self.key(), self.decimals)
        spread = 1 if self.decimals else 0
        found = {str(int(right) + by): (True, self.because) for by in range(-spread, spread + 1)}
        for message, answer in self.mistakes.items():
            wrong = units(answer(), self.decimals)
            if wrong in found:
                raise ValueError(f"pencil {self.id!r}: the answer to {message!r} is known already")
            found[wrong] = (False, message)
        return found

    def judge(self, text: str) -> tuple[bool, str]:
        """Say of what was typed whether it is right, and what the page says of it."""
        value = number(text)
        if not math.isfinite(value):
            return False, "Type a number, such as 12, 0.5 or 1/3."
        unknown = (False, "Not that. Try again with the numbers written down.")
        return self.known().get(units(value, self.decimals), unknown)


@dataclass(frozen=True)
class PencilForm:
    """A question with a field to answer it; it shows itself."""

    pencil: Pencil

    def __repr__(self) -> str:
        return f"pencil {self.pencil.id}: {self.pencil.question}"

    def _repr_html_(self) -> str:
        pencil = self.pencil
        salt = hashlib.sha256(pencil.id.encode()).hexdigest()[:12]
        known = {hashed(f"{salt}:{value}"): said for value, said in pencil.known().items()}
        sent = json.dumps({"salt": salt, "decimals": pencil.decimals, "known": known}).replace("</", "<\\/")
        asked = html.escape(pencil.question)
        places = {0: "", 1: " (one decimal)"}.get(pencil.decimals, f" ({pencil.decimals} decimals)")
        return (
            f'<form class="pencil" data-pencil="{pencil.id}" style="{BOX}">'
            f'<label>✎ {asked}{places} <input type="text" inputmode="text" autocomplete="off" style="{FIELD}"></label> '
            f'<button type="submit" disabled style="{BUTTON}">check</button> '
            f'<output aria-live="polite" style="display: block; min-height: 1.5em; margin-top: .2em"></output></form>\n'
            f'<script type="module">\n{script("pencil")}\npencil("{pencil.id}", {sent});\n</script>'
        )


# Inline, because JupyterLab and Colab do not load the book's style sheet.
BOX = "border-left: 4px solid #56648a; padding: .4em .8em; margin: .6em 0; line-height: 1.6"
FIELD = "font: inherit; width: 7em; min-height: 2rem; padding: 0 .4em; box-sizing: border-box"
BUTTON = "font: inherit; min-height: 2rem; padding: 0 .9em"


def number(text: str) -> float:
    """What was typed as a number: a comma for a point, spaces, thousands, fractions; not a number if it is none.

    >>> number(" 1/4 "), number("0,5"), number("93,322"), number("−2"), number("two")
    (0.25, 0.5, 93322.0, -2.0, nan)
    """
    plain = re.sub(r"\s+", "", text.replace("−", "-").replace("–", "-"))
    parts = [_part(part) for part in plain.removesuffix("%").split("/")]
    if len(parts) == 1:
        return parts[0]
    return parts[0] / parts[1] if len(parts) == 2 and parts[1] else math.nan


def _part(text: str) -> float:
    plain = text.replace(",", "") if GROUPED.fullmatch(text) else text.replace(",", ".", 1)
    return float(plain) if NUMBER.fullmatch(plain) else math.nan


def units(value: float, decimals: int) -> str:
    """A value in whole units of its last decimal, as text; halves upwards, as the page rounds.

    >>> units(0.511, 2), units(-2, 0)
    ('51', '-2')
    """
    return str(math.floor(float(value) * 10**decimals * (1 + 1e-12) + 0.5))


def hashed(text: str) -> str:
    """64 bits of a text: two FNV-1a hashes from different beginnings. The page computes the same."""
    found = ""
    for code in (0x811C9DC5, 0x2F0B4A27):
        for letter in text:
            code = ((code ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
        found += f"{code:08x}"
    return found


def all_pencils() -> Mapping[str, Pencil]:
    """Every pencil check of the book by its id."""
    return all_listed("pencils")


def pencil(id: str) -> PencilForm:
    """Show a question with a field for its answer.

    Raises
    ------
    ValueError
        If there is none of this id.
    """
    known = listed_in(str(id).split("-")[0], "pencils")
    if id not in known:
        raise ValueError(f"id is {id!r}, which is no pencil check; there are {', '.join(known or all_pencils())}")
    return PencilForm(known[id])
