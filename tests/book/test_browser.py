"""Every page of the built book in a real Chromium, wide and light, narrow and dark, with the network cut."""

import functools
import gzip
import http.server
import os
import re
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).parents[2]
PAGES = [*parse_toc_yaml(ROOT / "_toc.yml"), "search", "genindex"]
# All chapters but the opening one, which has neither exercises nor a quiz.
LESSONS = [page for page in PAGES if page.startswith("notebooks/") and not page.startswith("notebooks/00_")]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTINGS = {
    f"{width}-{theme}": {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
    for width in (1280, 390)
    for theme in ("light", "dark")
}
# The other two are what these are in each of their parts.
EVERY_DAY = ("1280-light", "390-dark")
# Pages made from docstrings are all of one kind: the largest by day, the others at night.
ALIKE = [page for page in PAGES if page.startswith("book/api/") and page != "book/api/training"]

pytestmark = pytest.mark.browser


def together(page, setting=None, nightly=False):
    """A parameter whose tests run in one worker with all others of a page: each page is opened once a setting."""
    marks = [pytest.mark.xdist_group(page), *([pytest.mark.nightly] if nightly else [])]
    value = page if setting is None else (page, setting)
    return pytest.param(value, marks=marks, id=page if setting is None else f"{page}-{setting}")


@dataclass(frozen=True)
class Visit:
    """A page as it stands in one window, and what was heard while it loaded."""

    page: object
    heard: list[str]


@dataclass(frozen=True)
class Book:
    """The built book on a loopback server, and a browser that reaches nothing else."""

    address: str
    browser: object

    def window(self, **setting):
        """Open a window; gives its page and the list of what goes wrong in it."""
        page = self.browser.new_context(**setting).new_page()
        heard = []

        def leaves_the_host(url):
            return not url.startswith((self.address, "data:", "blob:"))

        def refuse(route):
            heard.append(f"asks another host: {route.request.url}")
            route.abort()

        page.context.route(leaves_the_host, refuse)
        page.on("console", lambda message: message.type == "error" and heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("requestfailed", lambda request: heard.append(f"failed: {request.url}"))
        page.on("response", lambda answer: answer.status >= 400 and heard.append(f"{answer.status}: {answer.url}"))
        return page, heard

    def open(self, page, name):
        """Open a page and wait until its scripts, mathematics and quizzes have come to rest."""
        page.goto(f"{self.address}{name}.html", wait_until="load")
        page.wait_for_function("window.MathJax === undefined || Boolean(window.MathJax.startup)")
        page.evaluate("window.MathJax && window.MathJax.startup.promise")
        if page.locator(".Quiz").count():
            # jupyterquiz looks for MathJax half a second after it has shown itself, by the clock of its page, which a
            # busy machine holds up.
            page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(done), 600))")


def executable():
    """Debian's Chromium or Google's Chrome; playwright's own browser is not downloaded for these tests."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(QuietFiles, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def book(address):
    path = executable()
    if path is None:
        outcome = pytest.fail if os.environ.get("LABKIT_REQUIRE_BROWSER") == "1" else pytest.skip
        outcome(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet)
        yield Book(address, browser)
        browser.close()


@pytest.fixture(scope="module")
def windows(book):
    """One window a setting, for all pages in turn."""
    opened = {name: book.window(**setting) for name, setting in SETTINGS.items()}
    yield opened
    for page, _ in opened.values():
        page.context.close()


VISITS = [together(page, setting, setting not in EVERY_DAY or page in ALIKE) for page in PAGES for setting in SETTINGS]


@pytest.fixture(scope="module", params=VISITS)
def visit(request, book, windows):
    """One page in one window: opened once, looked at by several tests."""
    name, setting = request.param
    page, heard = windows[setting]
    heard.clear()
    book.open(page, name)
    return Visit(page, heard)


def test_nothing_fails_and_nothing_leaves_the_host(visit):
    assert visit.heard == []


def test_the_theme_follows_the_reader(visit):
    wanted = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    assert visit.page.locator("html").get_attribute("data-theme") == wanted


def test_the_page_does_not_scroll_sideways(visit):
    # Not scrollWidth alone: what hangs over the edge is named, unless it lies in a box that scrolls by itself.
    wide = visit.page.evaluate(
        """() => {
            const edge = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= edge) return [];
            const boxed = element => element.parentElement.closest("main") !== null &&
                (getComputedStyle(element.parentElement).overflowX !== "visible" || boxed(element.parentElement));
            return [...document.querySelectorAll("main *")]
                .filter(element => element.getBoundingClientRect().right > edge + 1 && !boxed(element))
                .map(element => element.outerHTML.slice(0, 120));
        }"""
    )
    assert wide == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_text_stays_where_it_is_while_pictures_load(visit):
    sizes = visit.page.eval_on_selector_all(
        "main img[src*='_images']",
        "all => all.map(image => ['src', 'width', 'height', 'loading'].map(name => image.getAttribute(name)))",
    )
    for number, (source, width, height, loading) in enumerate(sizes):
        assert int(width) > 0, source
        assert int(height) > 0, source
        assert loading == ("lazy" if number else None), source


def test_every_picture_is_there_and_has_words(visit):
    visit.page.evaluate(
        """() => Promise.allSettled([...document.images].map(image => {
            image.loading = "eager";
            return image.decode();
        }))"""
    )
    pictures = visit.page.eval_on_selector_all(
        "img", "images => images.map(image => [image.alt, image.src, image.complete && image.naturalWidth > 0])"
    )
    for alt, source, loaded in pictures:
        assert loaded, f"{source} did not load"
        assert alt.strip(), f"{source} has no alt text"
        assert Path(alt.strip()).suffix not in (".png", ".svg", ".jpg", ".jpeg", ".gif"), f"{alt} is a path, not words"


def test_what_a_phone_cuts_at_the_right_has_a_shadow_there(visit):
    """A box that scrolls has two shadows that stay and, over them, two covers that move with its content."""
    cut = visit.page.evaluate(
        """() => [...document.querySelectorAll("article *")]
            .filter(box => ["auto", "scroll"].includes(getComputedStyle(box).overflowX))
            .filter(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1)
            .filter(box => !getComputedStyle(box).backgroundAttachment.startsWith("local, local, scroll, scroll"))
            .map(box => box.outerHTML.slice(0, 120))"""
    )
    if visit.page.viewport_size["width"] < 600:
        assert cut == []


def test_the_links_to_the_neighbours_stay_on_the_page(visit):
    """The page does not scroll for them: what is beyond its edge is lost."""
    beyond = visit.page.evaluate(
        """() => [...document.querySelectorAll(".prev-next-area *")]
            .filter(part => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0
                || part.getBoundingClientRect().right > innerWidth + 1)
            .map(part => part.outerHTML.slice(0, 120))"""
    )
    assert beyond == []


def test_no_formula_is_cut(visit):
    """One in a line of text cannot be scrolled, and one by itself should not have to be, on a phone neither."""
    cut = visit.page.evaluate(
        """() => [...document.querySelectorAll("article mjx-container")]
            .filter(formula => formula.getBoundingClientRect().width > 0)
            .filter(formula => formula.scrollWidth > formula.clientWidth + 1 && formula.hasAttribute("display")
                || formula.getBoundingClientRect().right > document.documentElement.clientWidth)
            .map(formula => formula.parentElement.parentElement.textContent.slice(0, 120))"""
    )
    assert cut == []


def test_mathematics_is_typeset(visit):
    assert visit.page.locator(".math:not(:has(mjx-container))").all_inner_texts() == []
    assert visit.page.locator("mjx-merror").all_inner_texts() == []


# axe-core spends most of its time on the contrast of each word of each program: one word a colour is enough, so the
# others become plain text. This changes the page, so it comes after what else looks at it.
MERGE_WORDS = """() => {
    const seen = new Set();
    const words = [...document.querySelectorAll(".highlight pre span, .sig span, .sig em")];
    for (const word of words.reverse()) {
        const {color, fontWeight} = getComputedStyle(word);
        const key = [color, fontWeight, getComputedStyle(word.closest("pre, .sig")).backgroundColor].join();
        if (seen.has(key) && !word.children.length) word.replaceWith(word.textContent);
        seen.add(key);
    }
}"""


def test_axe_finds_nothing_serious(visit):
    visit.page.evaluate(MERGE_WORDS)
    violations = Axe().run(visit.page, options={"resultTypes": ["violations"]}).response["violations"]
    assert serious(violations) == []


def serious(violations):
    """Rule and place of what hinders a reader badly; nothing is let pass, in the theme's own parts neither."""
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:150]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


MEGABYTE = 10**6
OF_ALL_PAGES, BEFORE_THE_FIRST_SCROLL, IN_ALL = 1.5 * MEGABYTE, 1 * MEGABYTE, 2.5 * MEGABYTE


@pytest.mark.parametrize("name", [together(page, nightly=page in ALIKE) for page in PAGES])
def test_a_page_keeps_within_its_weight(book, name):
    """Its own: HTML and pictures, as they are. What all pages have in common: compressed, as a host sends it."""
    page, heard = book.window(**SETTINGS["1280-light"])
    answers = {}
    page.on("response", lambda answer: answers.setdefault(answer.url, answer))
    book.open(page, name)
    page.wait_for_load_state("networkidle")
    own, common = weigh(answers)
    assert own <= BEFORE_THE_FIRST_SCROLL
    assert common <= OF_ALL_PAGES

    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    # Step by step: what moves takes the place of its still picture when it comes into view.
    page.evaluate(TO_THE_END)
    page.wait_for_function("[...document.querySelectorAll('main img')].every(image => image.complete)")
    own, common = weigh(answers)
    assert own <= IN_ALL
    assert common <= OF_ALL_PAGES
    assert heard == []
    page.context.close()


TO_THE_END = """async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
        scrollTo(0, top);
        await new Promise(done => setTimeout(done, 30));
    }
}"""


def weigh(answers):
    """Bytes of the page itself, and of what it shares with others."""
    own = common = 0
    for url, answer in answers.items():
        data = answer.body()
        if answer.request.resource_type == "document" or "/_images/" in url:
            own += len(data)
        else:
            common += len(data if Path(urlsplit(url).path).suffix in COMPRESSED else gzip.compress(data))
    return own, common


COMPRESSED = (".woff", ".woff2", ".png", ".webp")


@pytest.fixture(scope="module", params=[together(chapter) for chapter in LESSONS])
def chapter(request, book):
    """A lesson, to be used by hand."""
    page, heard = book.window(**SETTINGS["1280-light"])
    book.open(page, request.param)
    yield Visit(page, heard)
    page.context.close()


def test_a_quiz_says_right_and_wrong(chapter):
    questions = chapter.page.locator(".Quiz")
    assert questions.count() >= 3
    for question in questions.all():
        feedback = question.locator(".Feedback")
        for choice in question.locator("label[data-correct=false]").all():
            choice.click()
            expect(feedback).to_have_class(re.compile("incorrect"))
            assert feedback.inner_text().startswith("Not that one.")
            assert len(feedback.inner_text()) > len("Not that one. ")
        question.locator("label[data-correct=true]").click()
        expect(feedback).to_have_class("Feedback correct")
        assert feedback.inner_text().startswith("Right.")
    assert chapter.heard == []


# How far the first choice moves within a second after somebody has jumped to it, in pixels.
MOVES = """async () => {
    const choice = document.querySelector(".Quiz label"), places = [], begin = performance.now();
    choice.scrollIntoView({ block: "center", behavior: "instant" });
    while (performance.now() - begin < 1000) {
        places.push(choice.getBoundingClientRect().top);
        await new Promise(requestAnimationFrame);
    }
    return Math.max(...places) - Math.min(...places);
}"""


def test_a_quiz_holds_still_when_a_reader_jumps_to_it(chapter):
    """What has not been seen yet must not grow above it then: a click would go beside the choice."""
    chapter.page.reload()
    chapter.page.locator(".Quiz label").first.wait_for()
    chapter.page.wait_for_timeout(1500)
    assert chapter.page.evaluate(MOVES) < 2


def test_a_quiz_can_be_answered_from_the_keyboard(chapter):
    chapter.page.reload()
    question = chapter.page.locator(".Quiz").first
    question.locator("input").first.wait_for(state="attached")
    place = question.locator("label").evaluate_all("all => all.findIndex(label => label.dataset.correct === 'true')")
    # From just before the first choice, where a reader's Tab key gets to.
    question.evaluate("(box) => { box.tabIndex = -1; box.focus(); }")
    chapter.page.keyboard.press("Tab")
    focused = question.locator("label:focus-within")
    assert focused.evaluate("label => getComputedStyle(label).outlineStyle") == "solid"
    for key in ["Space", *["ArrowDown"] * place]:
        chapter.page.keyboard.press(key)
    expect(question.locator(".Feedback")).to_have_class("Feedback correct")
    assert chapter.heard == []


def test_what_a_quiz_answers_can_be_read(chapter):
    for number, answer in enumerate(("true", "false")):
        chapter.page.locator(".Quiz").nth(number).locator(f"label[data-correct={answer}]").first.click()
    chapter.page.wait_for_timeout(900)  # the colour of an answer fades in
    for theme in ("light", "dark"):
        chapter.page.emulate_media(color_scheme=theme)
        assert serious(Axe().run(chapter.page, context=".Quiz").response["violations"]) == []


def test_the_rest_of_the_page_is_not_inside_the_quiz(chapter):
    cell = chapter.page.locator(".cell", has=chapter.page.locator(".Quiz"))
    assert cell.count() == 1
    assert cell.locator("h2, .cell").count() == 0


def test_hints_and_solutions_fold_open(chapter):
    folded = chapter.page.locator("details", has_text=re.compile("^\\s*(Hint|Solution)"))
    assert folded.count() >= 6
    for part in folded.all():
        assert part.get_attribute("open") is None
        part.locator("summary").click()
        expect(part.locator(":scope > :not(summary)").first).to_be_visible()


# The quizzes of all chapters are shown by one program.
@pytest.mark.parametrize("name", [together(chapter, nightly=chapter != LESSONS[0]) for chapter in LESSONS])
@pytest.mark.parametrize("delay", [1.5, None], ids=["late", "never"])
def test_a_quiz_bears_mathjax_that_comes_late_or_never(book, name, delay):
    page, heard = book.window(**SETTINGS["1280-light"])

    def hold_back(route):
        if delay is None:
            route.fulfill(body="", content_type="text/javascript")
            return
        time.sleep(delay)
        route.continue_()

    page.route("**/mathjax/*.js*", hold_back)
    page.goto(f"{book.address}{name}.html")
    page.locator(".Quiz label[data-correct=true]").first.click()
    expect(page.locator(".Feedback").first).to_have_class("Feedback correct")
    page.wait_for_timeout(700)
    assert heard == []
    page.context.close()
