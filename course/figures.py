"""Drawn figures in a notebook: embedded as PNGs, the one form that JupyterLab, Colab, nbconvert and GitHub all show."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from pathlib import Path

import resvg_py
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course.settings import BuildError

FIGURE_WIDTH = 1920
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+\.svg)\)")
EMBEDDED = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def render(svg: bytes) -> bytes:
    """The figure as a small PNG, carrying the fingerprint of the SVG that it shows."""
    pixels = resvg_py.svg_to_bytes(svg_string=svg.decode(), width=FIGURE_WIDTH, background="white")
    note = PngInfo()
    note.add_text("Source", fingerprint(svg))
    png = io.BytesIO()
    Image.open(io.BytesIO(bytes(pixels))).convert("RGB").quantize(128).save(png, "PNG", optimize=True, pnginfo=note)
    return png.getvalue()


def rendered_from(png: bytes) -> str:
    """The fingerprint that ``render`` left in the PNG."""
    return Image.open(io.BytesIO(png)).info.get("Source", "none")


def embed_figures(source: str, folder: Path, where: str, as_png: bool = True) -> str:
    """Replace each figure's address by the figure itself, or by its fingerprint only."""

    def replace(match: re.Match[str]) -> str:
        path = folder / match["path"]
        if not match["alt"].strip():
            raise BuildError(f"{where}: the figure {match['path']} has no alt text")
        if not path.is_file():
            raise BuildError(f"{where}: there is no figure {match['path']} (seen from {folder.name}/)")
        svg = path.read_bytes()
        content = base64.b64encode(render(svg)).decode() if as_png else fingerprint(svg)
        return f"![{match['alt']}](data:image/png;base64,{content})"

    return IMAGE.sub(replace, source)


def without_pixels(source: str) -> str:
    """The text of a cell with each embedded figure replaced by its fingerprint, as ``embed_figures(as_png=False)``
    leaves it."""
    return EMBEDDED.sub(lambda m: f"data:image/png;base64,{rendered_from(base64.b64decode(m[1]))}", source)
