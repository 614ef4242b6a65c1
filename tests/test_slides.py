"""The decks as an instructor shows them: every slide and fragment of every lecture in a headless Chromium at 1280 x
720.

Needs a chromium of the operating system and ``pip install -e .[browser,slides]``; skipped without.
"""

import nbformat
import pytest
import web

from course.settings import ROOT, Course

pytest.importorskip("ziamath", reason="ziamath isn't installed: pip install -e .[slides]")
web.need_chromium()

from course import slides  # noqa: E402

LECTURES = [target for target in Course.read(ROOT).targets() if target.kind == "lecture"]

# What is wrong with the slide that is shown: something beyond its edges, code or text too small, a picture missing or
# tiny, raw LaTeX.
PROBLEMS = """() => {
  const slide = Reveal.getCurrentSlide(), found = [];
  const area = slide.getBoundingClientRect();
  const name = e => e.tagName.toLowerCase() + " '" + (e.textContent || e.alt || "").trim().slice(0, 60) + "'";
  for (const e of slide.querySelectorAll("*")) {
    const box = e.getBoundingClientRect();
    if (!box.width || e.closest("aside") || (e.closest("svg") && e.tagName !== "svg")) continue;
    const outside = box.left < area.left || box.right > area.left + 1276 || box.bottom > area.top + 716;
    if (outside) found.push(name(e) + " leaves the slide");
    if (e.tagName === "PRE" && e.scrollWidth > e.clientWidth + 1) found.push(name(e) + " is too wide");
    if (e.tagName === "IMG" && !(e.complete && e.naturalWidth)) found.push(name(e) + " is missing");
    if (e.tagName === "IMG" && box.height < 300) found.push(name(e) + " is tiny");
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const size = parseFloat(getComputedStyle(e).fontSize) * e.currentCSSZoom;
    if (text && e.tagName !== "svg" && size < 16.5) found.push(name(e) + " is too small");
    const latex = /\\$|\\\\[a-z]+/.test(e.textContent);
    if (text && !e.closest("pre, code") && latex) found.push(name(e) + " holds raw LaTeX");
  }
  return [...new Set(found)].slice(0, 3);
}"""


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.unit)
def test_every_slide_fits_and_nothing_is_fetched(lecture, browser, tmp_path):
    file = tmp_path / "deck.html"
    file.write_text(slides.deck(lecture), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    errors, requests, problems, shown = [], [], [], 0
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: requests.append(request.url) if not request.url.startswith(("data:", "file:")) else None,
    )
    page.goto(file.as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("document.fonts.ready")
    while True:
        shown += 1
        page.screenshot(path=tmp_path / f"{shown:03d}.png")
        problems += [f"{shown:03d}.png: {' '.join(problem.split())}" for problem in page.evaluate(PROBLEMS)]
        if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
            break
        page.evaluate("Reveal.next()")
    notes = page.locator("aside.notes").count()
    folds = page.locator("details").count()
    questions = page.locator("ol.options").count()
    page.close()
    print(f"{shown} slides and fragments; screenshots in {tmp_path}")
    assert not errors and not requests
    assert not problems, "\n".join([f"in {tmp_path}", *problems])
    assert shown > 20 and notes > questions >= 5 and not folds


FIGURE = nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": "<Figure>"})
PRINTED = nbformat.v4.new_output("stream", text="2")


def text(source, kind="-"):
    return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def code(*outputs):
    return nbformat.v4.new_code_cell("1 + 1", outputs=list(outputs))


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [
        (
            [text("**Predict:** what?", "slide"), code(PRINTED), text("So."), code(PRINTED)],
            ["slide", "-", "fragment", "-", "-"],
        ),
        ([text("**Shapes. Predict** again.", "slide"), code(), code(PRINTED)], ["slide", "-", "-", "fragment"]),
        ([text("We predict.", "slide"), code(PRINTED)], ["slide", "-"]),
        (
            [text("**Predict.**", "slide"), code(FIGURE), text("So."), code(PRINTED)],
            ["slide", "-", "subslide", "-", "subslide"],
        ),
        ([text("**Predict.**", "slide"), text("New", "subslide"), code(PRINTED)], ["slide", "subslide", "-"]),
    ],
)
def test_the_pace_of_a_deck(cells, kinds):
    shown = slides.paced(cells)
    assert [cell.metadata["slideshow"].get("slide_type", "-") for cell in shown] == kinds


def test_glyphs_of_formulas_have_ids_of_their_own():
    first, second = slides.formula(r"\hat\mu", 27, inline=True), slides.formula(r"\hat\mu + 1", 27, inline=True)
    ids = [set(slides.re.findall(r'id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0] and not ids[0] & ids[1]
    assert r'aria-label="\hat\mu"' in first
