"""The course as a learner meets it: JupyterLab in a headless Chromium, "Run all", and what the saved notebook then holds.

Needs a chromium of the operating system and ``pip install -e .[browser]``; skipped without. Each test leaves screenshots in its
temporary folder, which pytest keeps and the test prints.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import build
import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed: pip install -e .[browser]")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no chromium on this machine", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[1]
LIMITS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["course"]["seconds"]
TOKEN = "course"
SETTINGS = {  # every cell in the page, whether scrolled to or not, and no question about news
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab server on a copy of the notebooks whose outputs are cleared: (address, folder)."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "course"
    for part in ("lectures", "exercises", "solutions"):
        shutil.copytree(ROOT / part, folder / part)
    for file in folder.glob("*/*.ipynb"):
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
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTER_CONFIG_DIR": str(home / "config")}
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: server.poll() is None and answer(f"{address}/api/status"), 60, f"JupyterLab; see {home / 'server.log'}")
            yield address, folder
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


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


@pytest.mark.parametrize("path", sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("[le]*s/[0-9]*.ipynb")))
def test_run_all_in_a_browser(lab, browser, tmp_path, path):
    address, folder = lab
    page, errors = visit(browser, address, path)
    wait_for(lambda: kernel_state(address, path) == "idle", 60, "the kernel")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    limit = 2 * LIMITS[path.split("/")[0].removesuffix("s")]
    try:
        notebook = wait_for(lambda: finished(address, path, page, folder / path), limit, f"{path} to run")
    finally:
        page.screenshot(path=tmp_path / "end.png")
        print(f"screenshots: {tmp_path}")
    course = build.Course.read(ROOT)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            build.clean(cell.outputs, course)
    assert not list(build.output_problems(notebook, course))
    images = page.locator(".jp-RenderedMarkdown img, .jp-RenderedImage img")
    for number in range(images.count()):
        image = images.nth(number)
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        if image.evaluate("image => !image.closest('.jp-RenderedImage')"):  # JupyterLab 4.6 drops the alt text of output images
            assert image.get_attribute("alt"), f"image {number} shows without alt text"
        image.screenshot(path=tmp_path / f"image_{number}.png")
    assert not errors
