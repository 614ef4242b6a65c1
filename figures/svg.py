"""A small canvas that writes SVG with every glyph as an outline.

Text becomes outlines of the fonts that Matplotlib ships, so that a figure looks the same in every browser, no text can
be clipped by a wider font, and drawing twice gives the same bytes. Lengths are in pixels, the origin is the top left
corner.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import matplotlib
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

INK, GREY, LIGHT, WHITE = "#1b1f24", "#5c6670", "#e9edf1", "#ffffff"
BLUE, VERMILLION, GREEN, PURPLE = (
    "#0072b2",
    "#c44e00",
    "#00795a",
    "#a8497f",
)  # after Okabe and Ito, dark enough for text

FONTS = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "italic": "STIXGeneralItalic.ttf",
    "roman": "STIXGeneral.ttf",
}
CONDENSED = {"sans": 0.92, "bold": 0.9, "mono": 0.92}  # DejaVu is a wide face
MATH_SCALE = 1.16  # brings STIX to the x-height of DejaVu
SCRIPT = 0.72  # size of sub- and superscripts

Point = tuple[float, float]


@cache
def font(face: str) -> TTFont:
    return TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FONTS[face])


@dataclass(frozen=True)
class Glyph:
    """One placed character: the position of its origin and its size in pixels."""

    face: str
    char: str
    x: float
    y: float
    size: float

    @property
    def scale(self) -> tuple[float, float]:
        unit = self.size / font(self.face)["head"].unitsPerEm
        return unit * CONDENSED.get(self.face, 1.0), unit

    @property
    def name(self) -> str:
        return font(self.face).getBestCmap()[ord(self.char)]

    @property
    def advance(self) -> float:
        return font(self.face)["hmtx"][self.name][0] * self.scale[0]

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the inked area."""
        outline = font(self.face)["glyf"][self.name]
        if outline.numberOfContours == 0:
            return self.x, self.y, self.x, self.y
        sx, sy = self.scale
        return (
            self.x + outline.xMin * sx,
            self.y - outline.yMax * sy,
            self.x + outline.xMax * sx,
            self.y - outline.yMin * sy,
        )

    def outline(self) -> str:
        pen = SVGPathPen(font(self.face).getGlyphSet(), ntos=lambda v: str(round(v)))
        font(self.face).getGlyphSet()[self.name].draw(pen)
        return pen.getCommands()


@dataclass
class Line:
    """A line of text set from x = 0 on the base line y = 0; ``bars`` are overlines (x0, x1, y), ``dots`` those of
    tangents (x, y)."""

    glyphs: list[Glyph] = field(default_factory=list)
    bars: list[tuple[float, float, float]] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)
    width: float = 0.0

    def put(self, face: str, char: str, size: float, y: float = 0.0) -> Glyph:
        glyph = Glyph(face, char, self.width, y, size)
        self.glyphs.append(glyph)
        self.width += glyph.advance
        return glyph


def typeset(text: str, size: float, face: str = "sans") -> Line:
    """Set ``text``; between dollars it is mathematics with ``_x``, ``^{xy}``, ``\\bar x``, ``\\dot x``, ``\\sin x``."""
    line = Line()
    for i, part in enumerate(text.split("$")):
        if i % 2:
            _math(line, iter(_tokens(part)), size * MATH_SCALE, 0.0)
        else:
            for char in part:
                line.put(face, char, size)
    return line


def _tokens(text: str) -> Iterator[str]:
    """Single characters, commands such as ``\\bar``, and braced groups."""
    i = 0
    while i < len(text):
        if text[i] == "\\":
            end = text.index(" ", i)
            yield text[i:end]
            i = end + 1
        elif text[i] == "{":
            end = text.index("}", i)
            yield text[i + 1 : end]
            i = end + 1
        else:
            yield text[i]
            i += 1


def _math(line: Line, tokens: Iterator[str], size: float, y: float) -> None:
    for token in tokens:
        if token in "_^":
            start = line.width + (0.04 * size if token == "^" else 0.0)
            line.width = start
            shift = 0.2 * size if token == "_" else -0.36 * size
            _math(line, _tokens(next(tokens)), size * SCRIPT, y + shift)
        elif token in ("\\bar", "\\dot"):
            left, top, right, _ = _letter(line, next(tokens), size, y).box()
            if token == "\\bar":
                line.bars.append((left, right, min(y - 0.56 * size, top - 0.1 * size)))
            else:
                line.dots.append(((left + right) / 2 + 0.05 * size, min(top, y - 0.43 * size) - 0.13 * size))
        elif token.startswith("\\"):
            for char in token[1:]:
                line.put("roman", char, size, y)
            line.width += 0.15 * size
        else:
            _letter(line, token, size, y)


def _letter(line: Line, char: str, size: float, y: float) -> Glyph:
    if char in "→=∣+−·|<>":
        space = 0.22 * size if char in "→=|" else 0.0
        line.width += space
        glyph = line.put("roman", char, size, y)
        line.width += space
        return glyph
    return line.put("italic" if char.isalpha() else "roman", char, size, y)


def number(value: float) -> str:
    """At most one decimal, without a trailing zero or a negative zero."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def points(path: list[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in path)


class Canvas:
    """An SVG picture on opaque white, with a title and a description for those who can't see it."""

    def __init__(self, name: str, width: int, height: int, title: str, description: str):
        self.name, self.width, self.height = name, width, height
        self.title, self.description = title, description
        self.body: list[str] = []
        self.outlines: dict[str, str] = {}
        self.texts: list[tuple[str, float, tuple[float, float, float, float]]] = []  # text, size, box

    def path(self, d: str, stroke: str = INK, width: float = 3, fill: str = "none", dash: str = "") -> None:
        """A path given in SVG's own commands; ``dash`` is its stroke-dasharray."""
        attributes = f'd="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{number(width)}"'
        if dash:
            attributes += f' stroke-dasharray="{dash}"'
        self.body.append(f'<path {attributes} stroke-linecap="round" stroke-linejoin="round"/>')

    def line(self, start: Point, end: Point, stroke: str = INK, width: float = 3, dash: str = "") -> None:
        self.path(points([start, end]), stroke, width, dash=dash)

    def polygon(self, corners: list[Point], fill: str, stroke: str = "none", width: float = 3) -> None:
        self.path(points(corners) + "Z", stroke, width, fill)

    def dot(self, centre: Point, radius: float, fill: str = INK) -> None:
        self.body.append(
            f'<circle cx="{number(centre[0])}" cy="{number(centre[1])}" r="{number(radius)}" fill="{fill}"/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        stroke: str = INK,
        stroke_width: float = 3,
        radius: float = 0,
        dash: str = "",
    ) -> None:
        """A rectangle by its top left corner, with rounded corners of ``radius``."""
        place = (
            f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" rx="{number(radius)}"'
        )
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.body.append(
            f'<rect {place} fill="{fill}" stroke="{stroke}" stroke-width="{number(stroke_width)}"{dashes}/>'
        )

    def arrowhead(self, tip: Point, angle: float, fill: str = INK, size: float = 15) -> None:
        """A filled head with its tip at ``tip`` that points along ``angle`` (radians, clockwise from the right)."""
        cos, sin = math.cos(angle), math.sin(angle)
        shape = [(0.0, 0.0), (-size, -0.48 * size), (-0.75 * size, 0.0), (-size, 0.48 * size)]
        self.polygon([(tip[0] + cos * u - sin * v, tip[1] + sin * u + cos * v) for u, v in shape], fill)

    def arrow(self, path: list[Point], stroke: str = INK, width: float = 3.5, size: float = 15) -> None:
        """A polyline that ends in an arrow head."""
        (x0, y0), (x1, y1) = path[-2:]
        angle = math.atan2(y1 - y0, x1 - x0)
        back = (x1 - 0.7 * size * math.cos(angle), y1 - 0.7 * size * math.sin(angle))
        self.path(points([*path[:-1], back]), stroke, width)
        self.arrowhead((x1, y1), angle, stroke, size)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        anchor: str = "start",
        colour: str = INK,
        face: str = "sans",
    ) -> float:
        """Write ``text`` with its base line at y, and give back the x where it ends."""
        line = typeset(text, size, face)
        x -= {"start": 0.0, "middle": line.width / 2, "end": line.width}[anchor]
        self.body.append(f'<g fill="{colour}" aria-label={quoteattr(text.replace("$", ""))}>')
        boxes = []
        for glyph in line.glyphs:
            left, top, right, bottom = glyph.box()
            if right == left:
                continue
            boxes.append((left + x, top + y, right + x, bottom + y))
            key = f"{self.name}-{glyph.face}-{ord(glyph.char):x}"
            self.outlines.setdefault(key, glyph.outline())
            sx, sy = glyph.scale
            place = f"translate({number(x + glyph.x)} {number(y + glyph.y)}) scale({sx:.5f} {-sy:.5f})"
            self.body.append(f'<use href="#{key}" transform="{place}"/>')
        for left, right, height in line.bars:
            self.body.append(
                f'<rect x="{number(x + left)}" y="{number(y + height)}" width="{number(right - left)}" '
                f'height="{number(size / 13)}"/>'
            )
        for at, height in line.dots:
            self.dot((x + at, y + height), size / 14, colour)
        self.body.append("</g>")
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        self.texts.append((text, size, (min(lefts), min(tops), max(rights), max(bottoms))))
        return x + line.width

    def svg(self) -> str:
        """The whole file."""
        glyphs = "\n".join(f'<path id="{key}" d="{d}"/>' for key, d in sorted(self.outlines.items()))
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="{self.name}-title '
                f'{self.name}-desc">',
                f'<title id="{self.name}-title">{escape(self.title)}</title>',
                f'<desc id="{self.name}-desc">{escape(self.description)}</desc>',
                f"<defs>\n{glyphs}\n</defs>",
                f'<rect width="{self.width}" height="{self.height}" fill="{WHITE}"/>',
                *self.body,
                "</svg>\n",
            ]
        )


def brace(canvas: Canvas, left: float, right: float, y: float, height: float) -> None:
    """A bracket over or (height < 0) under stages, that opens towards them."""
    canvas.path(points([(left, y + height), (left, y), (right, y), (right, y + height)]), GREY, 2.5)
