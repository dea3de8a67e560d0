"""What the pages of the built book say, read without a browser."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from sphinx_external_toc.parsing import parse_toc_yaml

from labkit import datasets
from labkit.course import all_claims, all_records
from labkit.course.claims import show

ROOT = Path(__file__).parents[2]
PAGES = list(parse_toc_yaml(ROOT / "_toc.yml"))
sys.path.insert(0, str(ROOT / "book" / "_tools"))
from executions import Executions  # noqa: E402

CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]


@pytest.fixture
def read(site):
    """A function that parses one page of the site."""
    return lambda name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def rows(table):
    return [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in table.select("tbody tr")]


def test_the_claims_page_lists_every_claim(read):
    table = rows(read("book/claims").select_one("table"))
    assert sorted(row[0] for row in table) == sorted(all_claims())


def test_the_claims_page_shows_what_this_builds_executions_gave(read):
    shown = Executions().claims()
    for id, _, _, given, verdict in rows(read("book/claims").select_one("table")):
        tested = [entry["verdict"] for entry in shown[id] if entry["verdict"] != "not tested here"]
        assert verdict in (tested or ["not tested here"])
        for entry in shown[id]:
            if "record" in entry:
                assert f"recorded {all_records()[entry['record']].describe(all_claims()[id].metric)}" in given
            elif isinstance(all_claims()[id].published, bool):
                assert given == ("it holds" if entry["value"] else "it does not hold")
            elif isinstance(entry["value"], int | float | list):
                assert show(entry["value"]) in given


def test_the_claims_page_lists_every_recorded_run(read):
    listed = rows(read("book/claims").select_one("#recorded-runs table"))
    runs = [(seed, record.command) for record in all_records().values() for seed in record.seeds]
    assert sorted((row[1], row[-1]) for row in listed) == sorted(runs)


def plain(text):
    """A text without what a page sets otherwise: apostrophes, dashes, white space and Markdown."""
    return re.sub(r"[\W_]+", "", text)


SECTIONS = {"mistake": "mistakes", "changed": "changed-since", "not-reproduced": "not-reproduced"}
SECTIONS["paper"] = "figures-of-papers"


def test_the_errata_page_holds_each_difference_from_a_source_once_and_in_its_list(read):
    page = read("book/errata")
    cards = [card.select_one("a").get_text() for card in page.select(".erratum")]
    differing = [claim.id for claim in all_claims().values() if claim.verdict in ("differs", "unexplained")]
    own = {id for id in differing if all_claims()[id].origin == "own"}
    argued = {claim.id for claim in all_claims().values() if claim.verdict == "argued" and claim.errata}
    assert sorted(cards) == sorted((set(differing) - own) | argued)
    for errata, section in SECTIONS.items():
        listed = [card.select_one("a").get_text() for card in page.select(f"#{section} .erratum")]
        assert listed == [claim.id for claim in all_claims().values() if claim.errata == errata]


def test_an_erratum_says_what_is_stated_where_and_why(read):
    for card in read("book/errata").select(".erratum"):
        claim = all_claims()[card.select_one("a").get_text()]
        said = plain(card.get_text())
        for part in (claim.sentence, claim.source, claim.reason):
            assert plain(part) in said
        if claim.kind == "measured" or (claim.kind == "exact" and not isinstance(claim.published, bool)):
            assert plain(f"{claim.word} {show(claim.published)}") in said


def test_what_was_read_in_a_transcript_is_said_to_be_transcribed(read):
    cards = {card.select_one("a").get_text(): card.get_text() for card in read("book/errata").select(".erratum")}
    transcribed = {id for id in cards if re.search(r"\bS[23]\b", all_claims()[id].source)}
    assert {"B11-stride-1", "C2-drawn", "G5-deck-d"} <= transcribed
    assert {id for id, text in cards.items() if "as transcribed" in text} == transcribed


def test_the_claims_page_calls_an_own_claim_an_aim_or_a_bound(read):
    figures = {row[0]: row[2] for row in rows(read("book/claims").select_one("table"))}
    for claim in all_claims().values():
        if claim.origin == "own" and not isinstance(claim.published, bool):
            assert re.match("aim |bound of this book ", figures[claim.id])
        assert "published" not in figures[claim.id]


def test_each_claim_leads_to_its_chapter(read, site):
    links = {link.get_text(): link["href"] for link in read("book/claims").select(".claims-table a")}
    assert links == {id: f"../notebooks/{claim.chapter}.html" for id, claim in all_claims().items()}
    assert all((site / "book" / link).exists() for link in links.values())


def test_the_build_page_says_on_what_it_ran(read):
    page = read("book/build")
    facts = dict(rows(page.select_one("table")))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", facts["built"])
    assert "profile" in facts["profile and device"]
    assert "Python 3." in facts["system"]
    for package in ("tensorflow", "keras", "numpy", "jupyter-book"):
        assert re.search(rf"\b{package} \d", facts["versions"])
    for entry in datasets.status():
        assert facts[f"data: {entry.name}"]


def test_the_build_page_gives_each_chapter_a_time(read):
    times = {row[0]: row for row in rows(read("book/build").select("table")[-1])}
    assert set(times) == set(CHAPTERS)
    for _, _, method, seconds, succeeded in times.values():
        assert method == "cache"
        assert float(seconds) > 0
        assert succeeded == "✅"


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_can_be_opened_elsewhere(read, site, config, name):
    links = [link["href"] for link in read(name).select(".article-header-buttons a")]
    repository = urlsplit(config["repository"]["url"]).path.strip("/")
    branch = config["repository"]["branch"]
    assert f"https://colab.research.google.com/github/{repository}/blob/{branch}/{name}.ipynb" in links
    assert f"https://mybinder.org/v2/gh/{repository}/{branch}?urlpath=lab/tree/{name}.ipynb" in links
    (download,) = (link for link in links if link.endswith(".ipynb") and not urlsplit(link).netloc)
    assert (site / name).parent.joinpath(download).is_file()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_another_host(read, name):
    page = read(name)
    tags = page.select("script[src], img, iframe, source, object, embed")
    loaded = [tag.get("src") or tag.get("data") for tag in tags]
    loaded += [tag["href"] for tag in page.select("link[href]")]
    assert [address for address in loaded if urlsplit(address).netloc] == []


@pytest.mark.parametrize("name", PAGES)
def test_links_within_the_book_lead_somewhere(read, site, name):
    page = (site / name).with_suffix(".html")
    for link in read(name).select("article a[href]"):
        target = urlsplit(link["href"])
        if not target.scheme and not target.netloc and target.path:
            assert (page.parent / target.path).exists(), link["href"]


def test_the_front_page_is_the_introduction(site):
    assert "url=book/intro.html" in (site / "index.html").read_text(encoding="utf-8")
