"""Claims: verdicts, what they refuse, and that every one is shown by its chapter."""

import numpy as np
import pytest
from bs4 import BeautifulSoup

from labkit.course import Claim, ClaimError, all_claims, claim, claim_all, claims
from labkit.course.claim_lines import SIGNS
from labkit.course.claims import show


@pytest.fixture(autouse=True)
def _lenient(monkeypatch):
    monkeypatch.delenv("LABKIT_STRICT", raising=False)


def exact(**changes):
    entry = {
        "id": "X1",
        "chapter": "99_x",
        "sentence": "Two and two are four.",
        "source": "nowhere",
        "kind": "exact",
        "verdict": "agrees",
        "published": 4,
    }
    return Claim(**{**entry, **changes})


def test_a_value_that_is_as_published_agrees():
    assert claim("B9-first", np.int64(429)).verdict == "agrees"


def test_a_wrong_source_differs_with_its_reason():
    right = [[-14, -1, 10, -1], [-11, -11, 7, 12], [-7, -10, 1, 13], [5, -16, -4, 11]]
    result = claim("B11-stride-1", np.array(right))
    assert result.verdict == "differs"
    assert not result.departure
    assert "22 − 11 = 11" in str(result)


def test_code_that_gives_what_a_wrong_source_prints_is_told_apart():
    printed = [[-14, -1, 10, -1], [-11, -11, 7, 12], [-7, -10, 1, 13], [5, -16, -4, 10]]
    result = claim("B11-stride-1", printed)
    assert result.verdict == "agrees"
    assert "stands by" in result.departure


def test_another_value_departs_and_says_what_the_book_stands_by():
    result = claim("C7-total", 93_323)
    assert result.verdict == "differs"
    assert "93,322" in result.departure


def test_a_value_of_another_shape_departs():
    assert claim("B10-five", [4, 3, 4]).departure


@pytest.mark.parametrize("value", [93_323, 93_321.5, -93_322])
def test_strict_raises_for_a_wrong_value(monkeypatch, value):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    with pytest.raises(ClaimError, match=r"C7-total.*93,322"):
        claim("C7-total", value)


def test_strict_raises_for_a_wrong_verdict(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    with pytest.raises(ClaimError, match="E2-pixel-range"):
        claim("E2-pixel-range", [1, 255])  # what the deck says, and the book says is wrong


def test_strict_is_silent_when_all_is_as_stored(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    assert claim("E2-pixel-range", [0, 255]).verdict == "differs"


def test_measured_claims_have_a_band():
    low, high = all_claims()["E2-test-accuracy"].band
    assert claim("E2-test-accuracy", low, profile="full").verdict == "agrees"
    assert claim("E2-test-accuracy", high, profile="full").verdict == "agrees"
    assert claim("E2-test-accuracy", high + 1e-6, profile="full").departure


@pytest.mark.parametrize("circumstances", [{"profile": "quick"}, {"profile": "full", "stand_in": True}, {}])
def test_a_measured_claim_is_not_tested_in_another_profile_or_on_a_stand_in(monkeypatch, circumstances):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    assert claim("E2-test-accuracy", 0.1, **circumstances).verdict == "not tested here"


def test_an_unknown_claim_names_its_neighbours():
    with pytest.raises(ValueError, match=r"id is 'B9-second'.*B9-first"):
        claim("B9-second", 1)


def test_a_computed_claim_needs_a_value():
    with pytest.raises(ValueError, match="needs the computed value"):
        claim("B9-first")


def test_a_measured_claim_without_anything_to_measure_is_not_tested_here(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    assert claim("E2-test-accuracy", stand_in=True).verdict == "not tested here"


def test_several_claims_show_one_under_another():
    lines = claim_all({"B8-curve": 6600, "B8-elsewhere": 0})
    assert [line.split()[0] for line in str(lines).splitlines()] == ["B8-curve", "B8-elsewhere"]
    assert lines._repr_html_().count('class="claim"') == 2
    assert "6,600" in lines._repr_html_()


def page_of(shown):
    return BeautifulSoup(shown._repr_html_(), "html.parser")


def test_agreement_is_one_quiet_line_and_a_difference_stands_beside_it():
    page = page_of(claim_all({"B8-curve": 6600, "E2-pixel-range": [0, 255], "B8-elsewhere": 0}))
    assert page.summary.get_text() == "✓ 2 figures checked"
    assert len(page.details.select(".claim")) == 2
    (apart,) = [line for line in page.select(".claim") if not line.find_parent("details")]
    assert apart.select_one(".claim-verdict").get_text() == "≠\xa0differs"


def test_told_to_be_quiet_all_are_folded_and_the_line_says_how_many_differ():
    page = page_of(claim_all({"B8-curve": 6600, "E2-pixel-range": [0, 255]}, quiet=True))
    assert page.summary.get_text() == "✓ 2 figures checked, 1 of them not in agreement with what was stated"
    assert len(page.details.select(".claim")) == len(page.select(".claim")) == 2


def test_what_is_argued_or_not_tested_is_not_said_to_disagree():
    values = {"B8-curve": 6600, "F4-abstract": None, "F7-zeiler": None, "E2-test-accuracy": None}
    page = page_of(claim_all(values, quiet=True, stand_in=True))
    assert page.summary.get_text() == "✓ 1 figure checked, 2 argued, 1 not tested here"
    assert page_of(claim_all({"F4-abstract": None}, quiet=True)).summary.get_text() == "¶ 1 argued"


def test_one_figure_that_agrees_is_folded_as_well():
    assert page_of(claim("B9-first", 429)).summary.get_text() == "✓ 1 figure checked"


def test_what_departs_from_the_stored_claim_is_never_folded_as_agreement(monkeypatch):
    monkeypatch.delenv("LABKIT_STRICT", raising=False)
    assert not page_of(claim("C7-total", 93_323)).details


def test_each_verdict_has_its_own_colour_and_sign():
    assert len({sign for sign, _ in SIGNS.values()}) == len(SIGNS) == 6
    assert len({colour for _, colour in SIGNS.values()}) == 6


def test_the_page_shows_sentence_figures_verdict_and_source():
    page = claim("B9-first", 429)._repr_html_()
    for part in ("diagonal-cross", "published 429", "computed 429", "agrees", "S3"):
        assert part in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "guessed"}, "kind"),
        ({"verdict": "fine"}, "verdict"),
        ({"verdict": "differs", "right": 5, "errata": "mistake"}, "reason"),
        ({"right": 5}, "agrees when"),
        ({"verdict": "differs", "reason": "because", "errata": "mistake"}, "agrees when"),
        ({"verdict": "argued"}, "argued"),
        ({"published": None}, "published"),
        ({"kind": "measured"}, "band"),
        (
            {"verdict": "differs", "right": 5, "reason": "because"},
            "errata is None, allowed where the verdict is 'differs' are mistake, changed",
        ),
        ({"errata": "mistakes"}, "errata is 'mistakes', allowed are mistake, changed, not-reproduced, paper"),
        ({"errata": "mistake"}, "errata is 'mistake', allowed is none for a claim that agrees"),
        ({"origin": "us"}, "origin is 'us', allowed are source, own"),
        ({"source": "this book's aim"}, "origin is 'source', allowed is own"),
        (
            {"verdict": "differs", "right": 5, "reason": "because", "origin": "own", "errata": "paper"},
            "errata is 'paper', allowed is none for an own claim",
        ),
        ({"kind": "argued", "verdict": "argued"}, "no published"),
        ({"kind": "argued", "verdict": "argued", "published": None, "errata": "paper"}, "needs a reason"),
    ],
)
def test_a_stored_claim_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        exact(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "published 4 · computed 4"),
        ({"origin": "own", "source": "this book's aim"}, "aim 4 · computed 4"),
    ],
)
def test_only_what_a_source_says_is_called_published(monkeypatch, changes, words):
    monkeypatch.setattr(claims, "get_claim", lambda id: exact(**changes))
    assert words in str(claim("X1", 4))
    assert words in claim("X1", 4)._repr_html_().replace("<strong>", "").replace("</strong>", "")


@pytest.mark.parametrize(
    ("origin", "published", "word"),
    [
        ("source", 0.918, "published"),
        ("source", "2 to 3", "published"),
        ("source", "more than 0", "bound of this book"),  # the source says better
        ("own", 0.918, "aim"),
        ("own", "less than 0.55", "bound of this book"),
        ("own", "0.5 or less", "bound of this book"),
    ],
)
def test_what_a_stated_value_is_called(origin, published, word):
    assert exact(origin=origin, published=published).word == word


def test_no_own_claim_of_the_book_is_called_published():
    own = [stored for stored in all_claims().values() if stored.origin == "own"]
    assert "E2-better-accuracy" in {stored.id for stored in own}
    for stored in own:
        assert not stored.source.startswith("S")
        assert stored.word in ("aim", "bound of this book")


def test_each_difference_from_a_source_stands_in_a_list():
    for stored in all_claims().values():
        if stored.verdict in ("differs", "unexplained"):
            assert (stored.errata in claims.ERRATA) == (stored.origin == "source")


def test_an_argued_claim_says_its_reason():
    assert str(claim("E2-validation")).startswith("E2-validation  argued: fit is given the test images")


@pytest.mark.parametrize(
    ("source", "transcribed"),
    [("S3, Filters", True), ("S0, S2, GoogLeNet", True), ("S4, Pooling Layer", False), ("S22 and S1", False)],
)
def test_decks_that_were_read_in_a_transcript(source, transcribed):
    assert exact(source=source).transcribed is transcribed


def test_values_are_written_for_people():
    assert show(16_812_353) == "16,812,353"
    assert show(np.float64(0.25)) == "0.25"
    assert show([[1, -2], [3, 4]]) == "[1 -2; 3 4]"
    assert show(True) == "True"
    assert show("darker") == "darker"


class TestFiles:
    """A file of claims that contradicts itself is refused by its name."""

    GOOD = """\
chapter: 01_images
claims:
  - id: X1-two
    sentence: "Two and two are four."
    source: nowhere
    kind: exact
    verdict: agrees
    published: 4
"""
    MEASURED = GOOD.replace("kind: exact", "kind: measured\n    band: [0.9, 0.5]")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (GOOD.replace("source: nowhere", "source: nowhere\n    source: here"), "the key 'source' occurs twice"),
            (GOOD.replace("claims:", "chapter: 02\nclaims:"), "the key 'chapter' occurs twice"),
            (GOOD + GOOD[GOOD.index("  - id") :], "names claim 'X1-two' twice"),
            (MEASURED, r"band is \[0.9, 0.5\], allowed is \[least, greatest\]"),
            (MEASURED.replace("[0.9, 0.5]", "[0.9]"), r"band is \[0.9\]"),
            (MEASURED.replace("[0.9, 0.5]", "0.9"), "not iterable"),
            (GOOD.replace("kind: exact", "kind: exactly"), "kind is 'exactly'"),
            (
                GOOD.replace("kind:", "sort:"),
                "claim 'X1-two' has the field 'sort', allowed are id, sentence, source, kind",
            ),
            (GOOD + "    origin: ours\n", "claim 'X1-two': origin is 'ours', allowed are source, own"),
            (GOOD + "    errata: typo\n", "claim 'X1-two': errata is 'typo', allowed are mistake, changed"),
            ("chapter: 01\nclaims:\n  - just words\n", "'just words' is no claim"),
            ("claims: []\n", "needs the chapter's file stem"),
            ("- a\n- b\n", "needs the chapter's file stem"),
            ("", "needs the chapter's file stem"),
            ("a: [", "cannot be read"),
        ],
    )
    def test_a_fault_is_named_with_its_file(self, tmp_path, text, words):
        path = tmp_path / "claims.yml"
        path.write_text(text)
        with pytest.raises(ValueError, match=words) as caught:
            claims._read(path)
        assert str(path) in str(caught.value)

    def test_a_good_one_is_read(self, tmp_path):
        (tmp_path / "claims.yml").write_text(self.GOOD)
        assert list(claims._read(tmp_path / "claims.yml")) == ["X1-two"]


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("true", True), ("YES", True), ("0", False), ("", False)])
def test_what_counts_as_strict(monkeypatch, value, strict):
    monkeypatch.setenv("LABKIT_STRICT", value)
    assert claims.strict() is strict


def test_neither_strict_nor_not(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "perhaps")
    with pytest.raises(ValueError, match="LABKIT_STRICT='perhaps' is not understood; use 1 for yes, 0 for no"):
        claims.strict()
