"""The website as visitors meet it: every page in a headless Chromium, light and dark, on a desk and on a phone.

Needs a chromium of the operating system and ``pip install -e .[browser,site]``; skipped without. Screenshots stay in
the temporary folder, which the tests print.
"""

import re
import urllib.parse

import nbformat
import pytest
import web
from bs4 import BeautifulSoup

from course.settings import ROOT, BuildError, Course
from course.source import read_source, solutions

for module in ("axe_playwright_python", "myst_nb", "sphinx_book_theme", "ziamath"):
    pytest.importorskip(module, reason=f"{module} isn't installed: pip install -e .[site]")
web.need_chromium()

from axe_playwright_python.sync_playwright import Axe

from course import site as website

COURSE = Course.read(ROOT)
PAGES = sorted({re.sub(r"\.\w+$", ".html", page) for page in website.pages(COURSE).values()})
EXERCISES = [page for page in PAGES if page.startswith("exercises/")]

# What scrolls sideways and can't be reached with the keyboard.
UNREACHABLE = """() => [...document.querySelectorAll("article *")]
  .filter(part => ["auto", "scroll"].includes(getComputedStyle(part).overflowX))
  .filter(part => part.scrollWidth > part.clientWidth + 1 && part.tabIndex < 0)
  .map(part => part.outerHTML.slice(0, 200))"""

# The contrast of a piece of code depends on its kind and its place: leave one of each, for axe takes a millisecond for
# every piece.
THIN = """() => {
  const seen = new Set();
  for (const piece of document.querySelectorAll("pre span")) {
    const places = [".cell_input", ".cell_output", ".traceback", "details"].map(place => Boolean(piece.closest(place)));
    const kind = [piece.className, ...places].join();
    if (seen.has(kind)) piece.remove();
    seen.add(kind);
  }
}"""


# How far things have moved while the page loaded, as browsers count it: cumulative layout shift.
SHIFT = """() => new Promise(answer => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => answer(sum), 300);
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("website") / "site"
    website.make(COURSE, folder)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with web.serve(folder) as address:
        yield address


@pytest.fixture
def visit(address, browser):
    """Open a page of the site; at the end no page may have fetched anything from elsewhere, failed to, or written an
    error."""
    problems, opened = [], []

    def open_page(path, width=1280, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.requested = []
        opened.append(page)
        page.on(
            "console",
            lambda message: (
                problems.append(f"{path}: {message.text}") if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: problems.append(f"{path}: {error}"))
        page.on(
            "response",
            lambda response: problems.append(f"{path}: {response.status} {response.url}") if not response.ok else None,
        )
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(address + path)
        return page

    yield open_page
    outside = {url for page in opened for url in page.requested if not url.startswith((address, "data:", "blob:"))}
    for page in opened:
        page.close()
    assert not outside
    assert not problems, "\n".join(problems)


def soup(folder, page):
    return BeautifulSoup((folder / page).read_text(encoding="utf-8"), "html.parser")


# --- the files --------------------------------------------------------------------------------------------------------


def test_every_link_leads_somewhere(folder):
    pages = {
        file.relative_to(folder).as_posix(): soup(folder, file)
        for file in folder.rglob("*.html")
        if "_static" not in file.parts
    }
    anchors = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    broken, followed = [], 0
    for name, page in pages.items():
        targets = [
            tag[key]
            for key in ("href", "src")
            for tag in page.find_all(attrs={key: True})
            if tag.name not in ("use", "path")
        ]
        for target in targets:
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or target in ("#", ""):
                continue
            followed += 1
            path = urllib.parse.urljoin(name, urllib.parse.unquote(parts.path)) if parts.path else name
            if not (folder / path).is_file() or (
                parts.fragment and path in anchors and parts.fragment not in anchors[path]
            ):
                broken.append(f"{name}: {target}")
    assert not broken, "\n".join(broken)
    assert len(pages) >= len(PAGES) and followed > 20 * len(PAGES)


@pytest.mark.parametrize("target", COURSE.targets(), ids=lambda target: target.path)
def test_every_notebook_can_be_had(target, folder):
    assert (folder / target.path).read_bytes() == target.file.read_bytes()
    if target.kind == "solution":
        links = {
            link["href"] for link in soup(folder, f"exercises/{target.unit}.html").select("nav.launch a[download]")
        }
        assert f"../{target.path}" in links
        return
    page = soup(folder, target.path.replace(".ipynb", ".html"))
    links = {link["href"] for link in page.select("nav.launch a")}
    assert {COURSE.colab(target.path), COURSE.binder(target.path), target.file.name} <= links
    assert "ARCHIVE, VERSION" not in page.get_text(), "the set-up cell is of no use here"
    assert target.kind == "exercise" or f"../slides/{target.unit}.html" in links


@pytest.mark.parametrize("name", PAGES)
def test_what_every_page_states(name, folder):
    page = soup(folder, name)
    own, site = page.title.get_text(strip=True).split(" — ")
    assert page.html["lang"] == "en" and own and own != site == "JAX for particle physics"
    assert page.find("meta", attrs={"name": "viewport"})
    assert 40 < len(page.find("meta", attrs={"name": "description"})["content"]) <= 160
    assert len(page.select("article h1")) == 1
    for image in page.select("article img"):
        assert len(image["alt"]) > 20 and int(image["width"]) and int(image["height"])
    assert "data:image" not in str(page.article)


@pytest.mark.parametrize(
    "target", [t for t in COURSE.targets() if t.kind == "exercise"], ids=lambda target: target.unit
)
def test_the_page_of_an_exercise_holds_each_solution_folded(target, folder):
    page = soup(folder, f"exercises/{target.unit}.html")
    for fold in page.select("details"):
        assert not fold.has_attr("open")
        assert fold.find("img") or len(fold.get_text(strip=True)) > len(fold.summary.get_text(strip=True)) + 10, (
            fold.summary
        )
    assert page.select("details.solved .cell_output")
    folds = page.select("details.solution")
    text = re.sub(r"\s+", " ", " ".join(fold.get_text() for fold in folds))
    for cell in read_source(target.source).cells:
        wanted = solutions(cell.source) if cell.cell_type == "code" else []
        if website.marked(cell, "solution"):
            wanted = [cell.source] if cell.cell_type == "code" else ["Why"] * cell.source.startswith("**Why")
        for part in wanted:
            assert re.sub(r"\s+", " ", part).strip() in text


def test_what_cannot_be_shown_is_refused(tmp_path):
    with pytest.raises(BuildError, match="there is no lectures/99_none.ipynb"):
        website.relink("[this](../lectures/99_none.ipynb)", "exercises/01_jaxprs.ipynb", COURSE)
    with pytest.raises(BuildError, match="heading"):
        website.fold("Solution", "solution", [nbformat.v4.new_markdown_cell("text\n\n## More")])
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(BuildError, match="holds something other"):
        website.replace(tmp_path, tmp_path / "site")
    assert (tmp_path / "thesis.tex").is_file()


def test_links_in_code_stay_as_they_are():
    text = "`a[k](../b.md)` and [generator](../data/generate/assemble.py)"
    assert website.relink(text, "lectures/01_jaxprs.ipynb", COURSE) == (
        f"`a[k](../b.md)` and [generator]({COURSE.repository}/blob/{COURSE.branch}/data/generate/assemble.py)"
    )


# --- in the browser ---------------------------------------------------------------------------------------------------


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_accessible_in_both_themes(name, scheme, visit, tmp_path):
    page = visit(name, scheme=scheme)
    page.screenshot(path=tmp_path / "desk.png")
    print(f"screenshot in {tmp_path}")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    unfold(page)
    assert not page.evaluate(UNREACHABLE)
    page.evaluate(THIN)
    options = {
        "preload": False,
        "resultTypes": ["violations"],
    }  # the style sheets are this site's: no need to fetch them again
    violations = [
        v for v in Axe().run(page, options=options).response["violations"] if v["impact"] in ("serious", "critical")
    ]
    assert not violations, "\n".join(
        f"{v['id']}: {node['html'][:200]} {node['failureSummary'][:200]}" for v in violations for node in v["nodes"][:3]
    )


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_fits_on_a_phone(name, visit, tmp_path):
    page = visit(name, width=390)
    page.screenshot(path=tmp_path / "phone.png")
    print(f"screenshot in {tmp_path}")
    unfold(page)
    for fonts in ("its own", "a phone's, if the page's own come late"):
        for width in (390, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("window.scrollTo(500, 0)")
            assert page.evaluate("[scrollX, document.documentElement.scrollWidth]") == [0, width], f"in {fonts}"
        page.add_style_tag(content="body :not(pre, pre *, code) { font-family: sans-serif !important }")


@pytest.mark.parametrize("name", PAGES)
def test_formulas_are_drawn_and_nothing_moves(name, visit):
    page = visit(name)
    assert page.evaluate(SHIFT) < 0.1
    unfold(page)
    written, drawn = (page.locator(f"article :is(span, div).math{inside}").count() for inside in ("", " > svg"))
    assert drawn == written and (written > 3 or not name.startswith(("lectures/", "exercises/")))
    texts = page.locator("article").evaluate(
        """article => {
          article.querySelectorAll("pre, code").forEach(code => code.remove());
          return [...article.querySelectorAll("p, li, td, summary")].map(part => part.innerText);
        }"""
    )
    assert not [text for text in texts if re.search(r"\$|\\[a-z(]", text)]


@pytest.mark.parametrize("name", EXERCISES)
def test_a_solution_opens(name, visit, tmp_path):
    page = visit(name)
    solution = page.locator("details.solution").first
    code = solution.locator(".cell_input").first
    assert not code.is_visible()
    solution.locator("summary").click()
    assert code.is_visible()
    solution.screenshot(path=tmp_path / "solution.png")
    print(f"screenshot in {tmp_path}")


@pytest.mark.parametrize("word", ["Asimov", "tracer"])
def test_search_finds(word, visit, tmp_path):
    page = visit(f"search.html?q={word}")
    page.locator("#search-results li a").first.wait_for()
    page.wait_for_function("document.querySelectorAll('#search-results li p.context').length > 0")
    page.screenshot(path=tmp_path / "search.png")
    print(f"screenshot in {tmp_path}")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert any(link.startswith("lectures/") for link in found)


def test_the_landing_page_is_light(visit, folder, address):
    page = visit("index.html")
    files = {
        folder / urllib.parse.urlsplit(url.removeprefix(address)).path
        for url in page.requested
        if url.startswith(address)
    }
    assert len(files) < 40 and sum(file.stat().st_size for file in files if file.is_file()) < 4e6
