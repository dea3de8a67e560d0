"""The search of the built book shows first the page that is about what was looked for."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import search_order  # noqa: E402

FIRST = {
    "padding same stride 2": "03_padding_stride_pooling",
    "freeze batch norm": "11_fine_tuning",
    "heat map nan": "14_grad_cam",
    "receptive field": "04_counting_a_convnet",
    "backpropagation": "05b_backpropagation",
    "overfitting": "05_first_convnet",
    "random flip rotation": "09_augmentation",
    "quantize int8": "17_small_and_fast",
    "residual shortcut depth": "16_training_deep_networks",
    "intersection over union": "18_where_is_it",
    "non-maximum suppression": "19_how_many",
    "transposed convolution checkerboard": "20_every_pixel",
}


@pytest.fixture(scope="module")
def search(chromium, site):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()

        def ask(query):
            page.goto(f"{(site / 'search.html').as_uri()}?q={query.replace(' ', '+')}")
            page.wait_for_function(
                "/\\d+ page|did not match/.test(document.querySelector('.search-summary')?.innerText)"
            )
            page.wait_for_timeout(200)  # the results come one after the other
            return [link.get_attribute("href") for link in page.locator("ul.search > li > a").all()]

        yield ask
        browser.close()


@pytest.mark.parametrize(("query", "chapter"), FIRST.items())
def test_the_chapter_that_is_about_it_comes_first(search, query, chapter):
    assert f"notebooks/{chapter}.html" in search(query)[0]


def test_what_no_page_holds_is_not_found(search):
    assert search("zyzzyva") == []


def test_the_weights_are_for_the_search_page_alone_and_light(site):
    assert (site / "_static" / search_order.WEIGHTS).stat().st_size < 400_000
    assert search_order.WEIGHTS in (site / "search.html").read_text()
    assert search_order.WEIGHTS not in (site / "notebooks" / "02_convolution.html").read_text()


def test_words_are_counted_and_those_of_headings_for_more():
    page = publish_doctree("Cats\n====\n\nA cat and a dog.\n\nDogs\n----\n\nRain.\n")
    page.append(nodes.raw("", "<script>scripted</script>", format="html"))
    words = search_order.words_of(page, search_order.SearchEnglish({}))
    heading = search_order.IN_HEADING
    assert words.counted == Counter(cat=2 + heading, dog=1 + (1 + heading), rain=1) - Counter(dog=0)
    assert words.title == frozenset({"cat"})
