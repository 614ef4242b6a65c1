"""The drawn figures: fresh, valid, described, legible, and with every group of nuisance parameters on the chart."""

import sys
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest

FIGURES = Path(__file__).parents[1] / "figures"
SVG = "{http://www.w3.org/2000/svg}"
sys.path.insert(0, str(FIGURES))
import draw  # noqa: E402

figure = pytest.mark.parametrize("name", sorted(draw.FIGURES))


def test_every_svg_has_its_drawing():
    assert {path.stem for path in FIGURES.glob("*.svg")} == set(draw.FIGURES)


@figure
def test_fresh(name):
    assert (FIGURES / f"{name}.svg").read_bytes() == draw.FIGURES[name]().svg().encode(), "run: python figures/draw.py"


@figure
def test_valid_described_and_self_contained(name):
    root = ET.parse(FIGURES / f"{name}.svg").getroot()
    assert root.tag == f"{SVG}svg" and root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert len(title.text) > 8 and len(description.text) > 80
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    ground = root.find(f"{SVG}rect")
    assert (ground.get("width"), ground.get("height"), ground.get("fill")) == (
        root.get("width"),
        root.get("height"),
        "#ffffff",
    )
    assert not {f"{SVG}{tag}" for tag in ("text", "image", "style", "script")} & {node.tag for node in root.iter()}
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) and all(key.startswith(f"{name}-") for key in ids)
    assert {node.get("href") for node in root.iter(f"{SVG}use")} <= {f"#{key}" for key in ids}


@figure
def test_legible(name):
    canvas = draw.FIGURES[name]()
    assert canvas.width == 1280 and canvas.height <= 720
    for text, size, (left, top, right, bottom) in canvas.texts:
        assert size >= 24, text
        assert left >= 8 and top >= 8 and right <= canvas.width - 8 and bottom <= canvas.height - 8, (
            f"{text} is clipped"
        )
    for (text, _, a), (other, _, b) in combinations(canvas.texts, 2):
        apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
        assert apart, f"{text} and {other} overlap"


def test_chart_shows_every_group_of_the_data():
    from jaxhep.events import load_card

    groups = {systematic["group"] for systematic in load_card()["systematics"].values()}
    assert groups <= {text for text, _, _ in draw.hww_simulation_chain().texts}
