"""A model from plain arrays: what each variation means, and what is refused in which words."""

import dataclasses

import jax
import numpy as np
import pytest

import jaxhep
from jaxhep import from_arrays

H, WW, TOP = np.array([2.0, 8.0, 6.0]), np.array([50.0, 40.0, 10.0]), np.array([20.0, 0.0, 5.0])
NOMINAL = {"H": H, "WW": WW, "top": TOP}
UP, DOWN = np.array([53.0, 40.0, 9.7]), np.array([48.0, 39.0, 10.5])


def yields(model: jaxhep.Model, theta: float) -> np.ndarray:
    """Expected events by process, (P, B), with every systematic at ``theta``."""
    params = model.initial.copy()
    params[1 + len(model.free) :] = theta
    return np.asarray(jax.jit(jaxhep.expected_by_process)(model, params))


@pytest.mark.parametrize(
    ("variation", "up", "down"),
    [
        (1.05, 1.05 * WW, WW / 1.05),
        ((1.05, 0.9), 1.05 * WW, 0.9 * WW),
        ((UP, DOWN), UP, DOWN),
        ((list(UP), list(DOWN)), UP, DOWN),
        ((UP, None), UP, WW**2 / UP),
        ((1.1, None), 1.1 * WW, WW / 1.1),
    ],
)
def test_a_variation_is_the_yield_at_one_standard_deviation(
    variation: object, up: np.ndarray, down: np.ndarray
) -> None:
    """And of the processes that it names only."""
    model = from_arrays(NOMINAL, "H", {"shift": {"WW": variation}})
    assert model.parameters == ("mu", "shift")
    for theta, varied in ((0.0, WW), (1.0, up), (-1.0, down)):
        np.testing.assert_allclose(yields(model, theta), [H, varied, TOP], rtol=1e-12)


def test_the_same_model_as_from_templates(toy_templates: jaxhep.Templates) -> None:
    there = toy_templates.nominal[:, None] > 0
    t = dataclasses.replace(
        toy_templates, up=np.where(there, toy_templates.up, 1.0), down=np.where(there, toy_templates.down, 1.0)
    )
    made = jaxhep.make_model(t, free=("WW",))
    nominal = dict(zip(t.processes, t.nominal, strict=True))
    systematics = {
        name: {p: (t.up[i, k] * nominal[p], t.down[i, k] * nominal[p]) for i, p in enumerate(t.processes)}
        for k, name in enumerate(t.systematics)
    }
    ours = from_arrays(nominal, t.signal, systematics, mc_error=t.mc_error, free="WW")
    assert jax.tree.structure(ours) == jax.tree.structure(made)
    for leaf, other in zip(jax.tree.leaves(ours), jax.tree.leaves(made), strict=True):
        np.testing.assert_allclose(leaf, other, rtol=1e-9, atol=1e-12)


def test_bins_without_background_and_backgrounds_without_a_bin() -> None:
    model = from_arrays({"H": H, "WW": [50.0, 0.0, 10.0]}, ["H"], {"lumi": {"H": 1.02, "WW": 1.02}})
    np.testing.assert_allclose(jaxhep.asimov(model, 0.0), [50.0, 0.0, 10.0])
    shape = from_arrays(NOMINAL, "H", {"shape": {"top": ([21.0, 0.0, 4.0], None)}})
    np.testing.assert_allclose(yields(shape, -1.0)[2], [400 / 21, 0.0, 25 / 4])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nominal": {}}, "one process or more; got {}"),
        ({"nominal": [H, WW]}, "must be a mapping, {process: yields}"),
        ({"nominal": {"": H}}, "A process needs a name; got ''"),
        ({"nominal": {"H": 5.0}}, r"got shape \(\)\. A single bin is \[5.0\]"),
        ({"nominal": {"H": [[1.0, 2.0]]}}, r"an array of shape \(B,\); got shape \(1, 2\)"),
        ({"nominal": {"H": ["a"]}}, r"yields of process 'H' must be numbers, one per bin; got \['a'\]"),
        ({"nominal": {"H": H, "WW": WW[:2]}}, "'WW' has 2 bins, process 'H' has 3: all need the same; write 0"),
        ({"nominal": {"H": [1.0, -2.0, 1.0]}}, "'H' in bin 1 is -2; it must be finite and not negative"),
        ({"nominal": {"H": [1.0, 1.0, np.nan]}}, "'H' in bin 2 is nan"),
        ({"nominal": {"H": [1.0, 0.0], "WW": [3.0, 0.0]}}, "all processes in bin 1 is 0; merge it"),
        ({"nominal": {"H": 0 * H, "WW": WW}}, r"signal \('H',\) has no expected events"),
        ({"signal": "Higgs"}, "There is no process 'Higgs'. Known: H, WW, top"),
        ({"signal": ("H", "H")}, "process 'H' is listed 2 times"),
        ({"signal": ()}, "has no expected events"),
        ({"free": "H"}, "no background process 'H'"),
        ({"free": ("WW", "WW")}, "'WW' is listed 2 times"),
        ({"mc_error": 0.02}, "mc_error must be one number per bin"),
        ({"mc_error": [0.02, 0.03]}, "mc_error has 2 numbers, the processes have 3 bins"),
        ({"mc_error": [0.02, 0.0, 0.1]}, "mc_error in bin 1 is 0; it is relative"),
        ({"mc_error": [0.02, np.nan, 0.1]}, "mc_error in bin 1 is nan"),
        ({"mc_error": [0.02, 0.1, 3.0]}, "mc_error in bin 2 is 3; .*divide an absolute error by the yield"),
        ({"systematics": ["lumi"]}, "systematics must be a mapping"),
        ({"systematics": {"mu": {"WW": 1.1}}}, "can't be called 'mu'"),
        ({"systematics": {"norm_WW": {"WW": 1.1}}, "free": "WW"}, "can't be called 'norm_WW'"),
        ({"systematics": {"mcstat_2": {"WW": 1.1}}, "mc_error": [0.1, 0.1, 0.1]}, "can't be called 'mcstat_2'"),
        ({"systematics": {"": {"WW": 1.1}}}, "A systematic needs a name"),
        ({"systematics": {"lumi": 1.02}}, "'lumi' is 1.02: say which processes it varies, as in {'H': 1.02}"),
        ({"systematics": {"lumi": {}}}, "'lumi' varies no process"),
        ({"systematics": {"lumi": {"WZ": 1.02}}}, "Systematic 'lumi': There is no process 'WZ'"),
    ],
)
def test_what_is_refused(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_arrays(**{"nominal": NOMINAL, "signal": "H", **change})


@pytest.mark.parametrize(
    ("process", "variation", "words"),
    [
        ("WW", 0.0, "up variation of systematic 'shift' for process 'WW' is 0.0; a factor must be positive"),
        ("WW", -1.1, "is -1.1; a factor"),
        ("WW", np.nan, "is nan; a factor"),
        ("WW", "5%", "is '5%'; a factor"),
        ("WW", (1.1, np.inf), "down variation of .* is inf; a factor"),
        ("WW", UP, "a factor, or a pair in round brackets"),
        ("WW", [1.1, 0.9], "a factor, or a pair in round brackets"),
        ("WW", (UP,), "a factor, or a pair in round brackets"),
        ("WW", (None, DOWN), "a factor, or a pair in round brackets"),
        ("WW", (UP, 0.9), "two factors or two arrays"),
        ("WW", (UP[:2], None), "has 2 bins, the nominal yield has 3"),
        ("WW", (UP, DOWN - 39), "down variation of .* in bin 1 is 0; it must be a positive and finite yield"),
        ("WW", ([50.0, np.nan, 9.0], None), "in bin 1 is nan; it must be a positive and finite"),
        ("top", ([20.0, 1.0, 5.0], None), "in bin 1 is 1; its nominal yield there is 0"),
        ("top", ([20.0, np.nan, 5.0], None), "in bin 1 is nan; its nominal yield there is 0"),
    ],
)
def test_variations_that_are_refused(process: str, variation: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_arrays(NOMINAL, "H", {"shift": {process: variation}})


@pytest.mark.parametrize("variation", [0.3, (UP / WW, DOWN / WW)])
def test_relative_errors_and_ratios_by_mistake(variation: object) -> None:
    with pytest.warns(UserWarning, match="a factor is 1.05 for 5 percent, and arrays are yields, not ratios"):
        from_arrays(NOMINAL, "H", {"shift": {"WW": variation}})
