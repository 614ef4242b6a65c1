"""How Sphinx makes the site of the pages that course/site.py has written."""

import re
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from docutils import nodes
from PIL import Image

from course.settings import ROOT, Course
from course.slides import formula

course = Course.read(ROOT)

project = html_title = "JAX for particle physics"
author = "The authors of JAX for particle physics"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["figures"]

nb_execution_mode = "off"
nb_render_text_lexer = "myst-ansi"
suppress_warnings = ["misc.highlighting_failure"]  # the message at the end of a traceback is prose, not Python
myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
html_math_renderer = "drawn"

html_theme = "sphinx_book_theme"
html_css_files = ["fonts.css", "site.css"]
html_js_files = ["site.js"]
html_favicon = "static/favicon.svg"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_last_updated_fmt = None
templates_path = ["templates"]
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "show_navbar_depth": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "repository_url": course.repository,
    "use_repository_button": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "toc_title": "On this page",
    "search_bar_text": "Search the course",
    "footer_content_items": ["extra-footer.html"],
    "extra_footer": (
        "Code: MIT. Text, figures and data: CC BY 4.0. "
        f'<a href="{course.repository}/blob/{course.branch}/LICENSE">Licence</a>, '
        f'<a href="{course.repository}/blob/{course.branch}/CITATION.cff">how to cite</a>.'
    ),
}


FORMULA = 19  # pixels, beside the theme's text


def size(file: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels."""
    if file.suffix == ".svg":
        root = ElementTree.parse(file).getroot()
        return round(float(cast(str, root.get("width")))), round(float(cast(str, root.get("height"))))
    with Image.open(file) as image:
        return image.size


def finish_page(app, pagename, templatename, context, doctree):
    """Give pictures their sizes, so that nothing moves while they load, and the page its description."""
    if doctree is None:
        return
    if pagename == app.config.root_doc:
        context["title"] = "The course"  # before the site's title, which is also its own
    files = {stored: Path(app.srcdir) / path for path, (_, stored) in app.env.images.items()}
    soup = BeautifulSoup(context["body"], "html.parser")
    for image in soup.find_all("img"):
        image["width"], image["height"] = size(files[Path(image["src"]).name])
        image["loading"] = "lazy"
    context["body"] = str(soup)
    paragraph = next(p for p in soup.find_all("p") if len(p.get_text()) > 60)
    text = re.sub(r"\s+", " ", paragraph.get_text())
    description = soup.new_tag(
        "meta", attrs={"name": "description", "content": text if len(text) < 160 else text[:157] + "..."}
    )
    context["metatags"] += str(description)


def inline_formula(translator, node):
    """A formula in a line, drawn while the site is made: nothing moves when the page has loaded."""
    translator.body.append(f'<span class="math">{formula(node.astext(), FORMULA, inline=True)}</span>')
    raise nodes.SkipNode


def block_formula(translator, node):
    translator.body.append(f'<div class="math">{formula(node.astext(), FORMULA, inline=False)}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("drawn", (inline_formula, None), (block_formula, None))
    app.connect("html-page-context", finish_page)
