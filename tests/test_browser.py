"""The course as a learner meets it: JupyterLab in a headless Chromium, "Run all", and what the saved notebook then
holds.

Needs a chromium of the operating system and ``pip install -e .[browser]``; skipped without. Each test leaves
screenshots in its temporary folder, which pytest keeps and the test prints.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request

import nbformat
import pytest
import web

from course.execute import clean, output_problems
from course.settings import ROOT, Course

web.need_chromium()

LIMITS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["course"]["seconds"]
TOKEN = "course"
SETTINGS = {  # every cell in the page, whether scrolled to or not, and no question about news
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab server on a copy of the notebooks whose outputs are cleared, and of the lectures as stored:
    (address, folder)."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "course"
    for part in ("lectures", "exercises", "solutions"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copytree(ROOT / "lectures", folder / "stored")
    for file in folder.glob("*s/*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, file)
    shutil.copy(ROOT / "index.ipynb", folder)
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}"]
    options += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
    }
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(
                lambda: server.poll() is None and answer(f"{address}/api/status"),
                60,
                f"JupyterLab; see {home / 'server.log'}",
            )
            yield address, folder
        finally:
            server.terminate()
            server.wait(30)


def answer(address):
    """The JSON that the server answers, or None while it doesn't."""
    request = urllib.request.Request(address, headers={"Authorization": f"token {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except OSError:
        return None


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.5)
    return value


def visit(browser, address, path):
    """A page of JupyterLab with that notebook rendered, and the list in which its script errors gather."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/tree/{path}?token={TOKEN}&reset")
    page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for(timeout=60_000)
    return page, errors


def kernel_state(address, path):
    """'idle', 'busy', 'starting' ... as the server sees it, or None before there is a kernel."""
    sessions = answer(f"{address}/api/sessions") or []
    return next((session["kernel"]["execution_state"] for session in sessions if session["path"] == path), None)


def finished(address, path, page, file):
    """The saved notebook if the kernel is idle and every code cell has run, else None."""
    if kernel_state(address, path) != "idle":
        return None
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)
    notebook = nbformat.read(file, as_version=4)
    ran = all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    return notebook if ran and kernel_state(address, path) == "idle" else None


def test_lab_opens_on_the_course_map(lab, browser, tmp_path):
    address, _ = lab
    page, errors = visit(browser, address, "index.ipynb")
    page.locator(".jp-MarkdownOutput table").wait_for()
    page.screenshot(path=tmp_path / "index.png")
    print(f"screenshot: {tmp_path / 'index.png'}")
    links = page.locator(".jp-MarkdownOutput table a[href*='ipynb']")
    assert links.count() >= len(list((ROOT / "lectures").glob("*.ipynb")))
    assert not errors


def images_show(page):
    """Every picture in the open notebook loads, and has a description."""
    images = page.locator(".jp-RenderedMarkdown img, .jp-RenderedImage img")
    for number in range(images.count()):
        image = images.nth(number)
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        if image.evaluate("image => !image.closest('.jp-RenderedImage')"):  # JupyterLab 4.6 drops that of outputs
            assert image.get_attribute("alt"), f"image {number} shows without alt text"


# Every exercise, whose checks print what a learner reads first, and a lecture with all kinds of outputs.
RUN = [*sorted(f"exercises/{file.name}" for file in ROOT.glob("exercises/*.ipynb")), "lectures/04_hww_likelihood.ipynb"]


@pytest.mark.parametrize("path", RUN)
def test_run_all_in_a_browser(lab, browser, tmp_path, path):
    address, folder = lab
    page, errors = visit(browser, address, path)
    wait_for(lambda: kernel_state(address, path) == "idle", 60, "the kernel")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    limit = 3 * LIMITS[path.split("/")[0].removesuffix("s")]
    try:
        notebook = wait_for(lambda: finished(address, path, page, folder / path), limit, f"{path} to run")
    finally:
        page.screenshot(path=tmp_path / "end.png")
        print(f"screenshots: {tmp_path}")
    course = Course.read(ROOT)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            clean(cell.outputs, course)
    # Descriptions of figures are the build's to add.
    assert not [problem for problem in output_problems(notebook, course) if "without description" not in problem]
    images_show(page)
    assert not errors


@pytest.mark.parametrize("name", sorted(file.name for file in ROOT.glob("lectures/*.ipynb")))
def test_a_lecture_shows_as_it_is_stored(lab, browser, tmp_path, name):
    address, _ = lab
    page, errors = visit(browser, address, f"stored/{name}")
    images_show(page)
    page.screenshot(path=tmp_path / "end.png")
    print(f"screenshots: {tmp_path}")
    assert not errors


def test_a_wrong_and_then_a_right_answer_typed(lab, browser, tmp_path):
    address, folder = lab
    path = "exercises/attempt.ipynb"
    shutil.copy(folder / "exercises" / "03_pure_functions.ipynb", folder / path)
    page, errors = visit(browser, address, path)
    wait_for(lambda: kernel_state(address, path) == "idle", 60, "the kernel")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    wait_for(lambda: finished(address, path, page, folder / path), LIMITS["exercise"], f"{path} to run")
    cell = page.locator(".jp-CodeCell", has_text="def yields(cross_section, efficiency, luminosity)").first
    verdict = page.locator(".jp-CodeCell", has_text="check.yields(yields)").first.locator(".jp-OutputArea-output")
    assert "Task 1a (yields): not attempted yet." in verdict.inner_text()
    line = cell.locator(".cm-line", has_text="your code here")
    for typed, says in [
        (
            "return 450.0 * cross_section * efficiency",
            "Task 1a (yields): not right yet. Twelve times the luminosity gives the same yields",
        ),
        ("return luminosity * cross_section * efficiency", "Task 1a (yields): correct."),
    ]:
        line.click()
        page.keyboard.press("End")
        page.keyboard.press("Shift+Home")
        page.keyboard.type(typed)
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        wait_for(lambda says=says: says in " ".join(verdict.inner_text().split()), 60, f"the check to say: {says}")
        verdict.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / f"{'right' if 'correct' in says else 'wrong'}.png")
        line = cell.locator(".cm-line", has_text=typed)
    print(f"screenshots: {tmp_path}")
    assert not errors


def run_two_cells(page):
    """Click into the lecture's imports as a presenter does, run them and the definitions below with Shift + Enter; the
    next cell's output."""
    page.locator(".jp-CodeCell .cm-content", has_text="import matplotlib.pyplot").first.click()
    for _ in range(3):  # the imports, a sentence, the definitions
        page.keyboard.press("Shift+Enter")
    ran = page.locator(".jp-CodeCell", has_text="def wasteful(x1, x2)").first.locator(".jp-InputPrompt")
    wait_for(lambda: re.fullmatch(r"\[\d+\]:", ran.inner_text().strip()), 60, "the second cell to run")


def test_presenting_live_in_lab(lab, browser, tmp_path):
    address, _ = lab
    page, errors = visit(browser, address, "lectures/02_tracing_and_caching.ipynb")
    for item in ("Simple Interface", "Presentation Mode"):
        page.get_by_role("menuitem", name="View", exact=True).click()
        page.get_by_text("Appearance", exact=True).hover()
        page.locator(".lm-Menu-itemLabel", has_text=item).click()
    page.keyboard.press("Control+b")  # away with the file browser
    run_two_cells(page)
    code = page.locator(".jp-CodeCell .cm-content").first
    page.screenshot(path=tmp_path / "lab.png")
    print(f"screenshots: {tmp_path}")
    assert float(code.evaluate("code => parseFloat(getComputedStyle(code).fontSize)")) >= 16
    assert not errors


def test_presenting_live_with_rise(lab, browser, tmp_path):
    pytest.importorskip("jupyterlab_rise", reason="jupyterlab-rise isn't installed: pip install -e .[browser]")
    address, _ = lab
    path = "lectures/02_tracing_and_caching.ipynb"
    page = browser.new_page(
        viewport={"width": 853, "height": 480}, device_scale_factor=1.5
    )  # 1280 x 720 at a zoom of 150 %
    page.goto(f"{address}/rise/{path}?token={TOKEN}")
    page.locator("body.rise-enabled section.present h1:visible").first.wait_for(timeout=60_000)
    wait_for(lambda: kernel_state(address, path) == "idle", 60, "the kernel")
    page.screenshot(path=tmp_path / "title.png")
    imports = page.locator(".jp-CodeCell .cm-content", has_text="import matplotlib.pyplot").first
    shown = "code => !code.closest('section:not(.present)') && code.closest('section.present')"
    for _ in range(10):
        if imports.evaluate(shown):
            break
        page.keyboard.press("Space")
        page.wait_for_timeout(1000)
    run_two_cells(page)
    page.screenshot(path=tmp_path / "code.png")
    print(f"screenshots: {tmp_path}")
