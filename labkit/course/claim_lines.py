"""How claims are shown: what agrees is one quiet line that opens on a click, what differs stands in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# Inline, because JupyterLab and Colab do not load the book's style sheet. Each verdict has a colour, a sign and a word.
LINE = "border-left: 4px solid {colour}; padding: .3em .8em; margin: .4em 0; line-height: 1.5"
BADGE = "background: {colour}; color: #fff; border-radius: .6em; padding: .05em .6em; font-size: .85em"
QUIET = "margin: .3em 0; font-size: .9em; line-height: 1.5"
SIGNS = {
    "agrees": ("✓", "#1b6e3c"),
    "differs": ("≠", "#a3271b"),
    "unexplained": ("?", "#7a4f00"),
    "argued": ("¶", "#56648a"),
    "not tested here": ("–", "#595959"),
    "recorded": ("●", "#1f5f8b"),
}


class Shown(Protocol):
    """A claim held against a value, computed or recorded."""

    @property
    def verdict(self) -> str:
        """One of `SIGNS`."""

    @property
    def agrees(self) -> bool:
        """Whether there is nothing here that a reader has to know."""

    @property
    def brief(self) -> str:
        """What stands where it is folded away by itself."""

    def line(self) -> str:
        """All of it on one line, as HTML."""


def badge(word: str) -> str:
    """A verdict by colour, sign and word, as HTML."""
    sign, colour = SIGNS[word]
    return f'<span class="claim-verdict" style="{BADGE.format(colour=colour)}">{sign}\N{NO-BREAK SPACE}{word}</span>'


@dataclass(frozen=True)
class Lines:
    """Several results. Those that agree are one quiet line, which opens on a click; if ``quiet``, all of them are."""

    results: tuple[Shown, ...]
    quiet: bool = False

    def __str__(self) -> str:
        return "\n".join(str(result) for result in self.results)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        folded = [result for result in self.results if self.quiet or result.agrees]
        told = [result for result in self.results if not (self.quiet or result.agrees)]
        return f'<div class="claims">{_fold(folded)}{_lines(told)}</div>'


def _lines(results: Sequence[Shown]) -> str:
    return "".join(
        f'<div class="claim" style="{LINE.format(colour=SIGNS[result.verdict][1])}">{result.line()}</div>'
        for result in results
    )


def _fold(results: Sequence[Shown]) -> str:
    """What was checked, in one line, with the results inside; nothing if there are none."""
    if not results:
        return ""
    argued, untested = (sum(result.verdict == word for result in results) for word in ("argued", "not tested here"))
    number = len(results) - argued - untested  # of those that a program has decided
    apart = sum(not result.agrees for result in results) - argued - untested
    said = []
    if number:
        said.append(results[0].brief if len(results) == 1 else f"{number} figure{'s' * (number > 1)} checked")
    if apart:
        said.append(f"{apart} of them not in agreement with what was stated")
    said += [f"{count} {word}" for count, word in ((argued, "argued"), (untested, "not tested here")) if count]
    sign, colour = SIGNS["agrees" if number else results[0].verdict]
    mark = f'<span style="color: {colour}; font-weight: bold" class="claim-mark">{sign}</span>'
    summary = f"<summary>{mark} {', '.join(said)}</summary>"
    return f'<details class="claims-checked" style="{QUIET}">{summary}{_lines(results)}</details>'
