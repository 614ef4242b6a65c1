"""The shared plots: nothing clipped, and every figure shown with its alternative text."""

import base64
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from jaxhep import plots

EDGES = np.linspace(0.0, 1.0, 5)
YIELDS = {"ggF": np.array([1.0, 2, 3, 4]), "WW": np.array([40.0, 30, 20, 10]), "ttbar": np.array([30.0, 20, 10, 5])}
COUNTS = np.array([70.0, 55, 30, 22])
NAMES = ("mu", "norm_WW", "jet_scale", "lumi", "WW_resummation", "mcstat_0")
RESULT = SimpleNamespace(
    names=NAMES,
    values=np.array([1.1, 0.9, 0.3, -0.2, 0.1, 2.6]),
    errors=np.array([0.2, 0.1, 0.9, 1.0, 0.6, 0.9]),
    covariance=np.diag([0.04, 0.01, 0.81, 1.0, 0.36, 0.81]) - 0.002,
)
IMPACTS = pd.DataFrame(
    {
        "name": ["WW_resummation", "lumi", "jet_scale"],
        "pull": [0.1, -0.2, 0.3],
        "constraint": [0.6, 1.0, 0.9],
        "impact_up": [0.08, -0.04, 0.01],
        "impact_down": [-0.07, 0.04, -0.01],
    }
)
JAXPR = jax.make_jaxpr(lambda x1, x2: (x1 / x2 - jnp.exp(x2)) * (jnp.sin(x1 / x2) - 2 * jnp.exp(x2)))(1.0, 2.0)


@pytest.fixture(autouse=True)
def styled():
    with matplotlib.rc_context():
        plots.use_style()
        yield
    plt.close("all")


def draw_stack(fig):
    ax, ratio = fig.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    plots.stack(ax, EDGES, YIELDS, COUNTS, error=0.1 * COUNTS, overlay=(("ggF",), 5), ratio=ratio)
    ratio.set_xlabel("discriminant")


DRAWINGS = {
    "stack": draw_stack,
    "shapes": lambda fig: plots.shapes(fig.subplots(), EDGES, YIELDS),
    "scan": lambda fig: plots.scan(fig.subplots(), EDGES, {"all": 9 * EDGES**2, "statistics": 50 * EDGES**2}),
    "pulls": lambda fig: plots.pulls(fig.subplots(), RESULT),
    "ranking": lambda fig: plots.ranking(fig, IMPACTS),
    "correlation": lambda fig: plots.correlation(fig.subplots(), RESULT, top=4),
    "jaxpr": lambda fig: plots.jaxpr(fig.subplots(), JAXPR),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_is_clipped(name):
    fig = plt.figure(figsize=(10, 6.5))
    DRAWINGS[name](fig)
    fig.canvas.draw()
    for ax in fig.axes:
        box = ax.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= fig.bbox.width and box.y1 <= fig.bbox.height
        assert min(text.get_fontsize() for text in ax.findobj(matplotlib.text.Text) if text.get_text()) >= 12


def test_stack_sums_to_the_total():
    fig, ax = plt.subplots()
    plots.stack(ax, EDGES, YIELDS)
    tops = [patch.get_data().values for patch in ax.patches]
    np.testing.assert_allclose(tops[-1], sum(YIELDS.values()))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        plots.PROCESS_STYLE[name].label for name in YIELDS
    ]


def test_own_processes_are_told_apart_and_stand_below_those_of_the_course():
    fig, ax = plt.subplots()
    own = [f"own {k}" for k in range(8)]
    plots.stack(ax, [0, 1], {**{name: [1.0] for name in own}, "WW": [2.0]})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$WW$", *own]
    looks = [(patch.get_facecolor(), patch.get_hatch()) for patch in ax.patches]
    assert len(set(looks)) == len(looks) == 9


def test_pulls_are_those_of_constrained_parameters():
    fig, ax = plt.subplots()
    plots.pulls(ax, RESULT)
    assert [label.get_text() for label in ax.get_xticklabels()] == list(NAMES[2:])
    assert ax.get_ylim()[1] > 3.5


def test_ranking_keeps_the_order_and_the_signs():
    fig = plt.figure()
    ax = plots.ranking(fig, IMPACTS, top=2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["WW_resummation", "lumi"]
    assert ax.yaxis_inverted()
    assert [bar.get_width() for bar in ax.patches] == [0.08, -0.04, -0.07, 0.04]


def test_correlation_leaves_fixed_parameters_out():
    covariance = RESULT.covariance.copy()
    covariance[3] = covariance[:, 3] = 0.0
    fig, ax = plt.subplots()
    plots.correlation(ax, SimpleNamespace(names=NAMES, covariance=covariance))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "mu" and sorted(labels) == sorted(set(NAMES) - {"lumi"})


def test_jaxpr_writes_every_line_into_its_box():
    fig, ax = plt.subplots(figsize=(10, 6.5))
    plots.jaxpr(ax, JAXPR)
    fig.canvas.draw()
    boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, matplotlib.patches.FancyBboxPatch)]
    texts = [ax.texts[i : i + 3] for i in range(0, len(ax.texts), 3)]
    assert len(boxes) == len(texts) == len(JAXPR.eqns) + 3
    for box, parts in zip(boxes, texts, strict=True):
        for text in parts:
            inside = text.get_window_extent()
            assert box.x0 < inside.x0 and inside.x1 < box.x1 and box.y0 < inside.y0 and inside.y1 < box.y1
    lines = ["".join(parts[i].get_text() for i in (1, 0, 2)) for parts in texts]
    assert "c = div a b" in lines and any(" = mul 2.0 " in line for line in lines)


def test_jaxpr_repeats_in_one_colour():
    fig, ax = plt.subplots(figsize=(10, 6.5))
    plots.jaxpr(ax, JAXPR)
    boxes = [patch for patch in ax.patches if isinstance(patch, matplotlib.patches.FancyBboxPatch)]
    colours = {}
    for box, name in zip(boxes, ax.texts[::3], strict=True):
        colours.setdefault(name.get_text(), set()).add(box.get_facecolor())
    white = {(1.0, 1.0, 1.0, 1.0)}
    assert len({*colours["div"], *colours["exp"], *colours["mul"]}) == 3
    assert colours["sin"] == white and colours["div"] != white


def test_jaxpr_wants_a_legible_size():
    fig, ax = plt.subplots(figsize=(10, 6.5))
    long = jax.make_jaxpr(lambda x: sum(jnp.sin(i * x) for i in range(1, 30)))(1.0)
    with pytest.raises(ValueError, match=f"has {len(long.eqns)} equations, more than 40"):
        plots.jaxpr(ax, long)
    fig, ax = plt.subplots(figsize=(3, 2))
    with pytest.raises(ValueError, match="too small for a legible graph: enlarge the figure by a factor of"):
        plots.jaxpr(ax, JAXPR)


def test_styles_differ_without_colour():
    single = [style for name, style in plots.PROCESS_STYLE.items() if name not in ("signal", "background")]
    hatched = [style.hatch for style in single if style.hatch]
    assert len(set(hatched)) == len(hatched) and len(single) - len(hatched) <= 2


def test_show_closes_the_figure_and_displays_it_in_ipython():
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    fig, ax = plt.subplots()
    plots.show(fig)
    assert not plt.fignum_exists(fig.number)
    InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    fig, ax = plt.subplots()
    try:
        with capture_output() as captured:
            plots.show(fig)
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert set(output.data) == {"image/png"}
    assert not plt.fignum_exists(fig.number)
