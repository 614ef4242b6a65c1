"""Inputs of public functions: what is unusual but right works, and what is bad is refused where the function begins.

A case is a call with one wrong argument and a piece of what it has to be told. Values that many functions take, such as
counts, are tried with each of them.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import jaxhep
from jaxhep import inputs, plots, programs, statistics, toys
from jaxhep.events import check_events
from jaxhep.templates import smooth_ratios

PACKAGE = Path(jaxhep.__file__).parent
NAN, INF = np.nan, np.inf
replace = dataclasses.replace


def small_templates() -> jaxhep.Templates:
    """2 processes, 2 systematics, 3 bins."""
    up = np.array([[[1.1, 1.05, 1.0], [0.9, 1.0, 1.1]], [[1.02, 1.0, 0.98], [1.0, 1.1, 1.2]]])
    nominal = np.array([[5.0, 20.0, 40.0], [200.0, 100.0, 50.0]])
    names = ("signal", "WW"), ("signal",), ("jes", "lumi")
    return jaxhep.Templates(nominal, up, 1 / up, np.full(3, 0.02), *names, np.linspace(0, 1, 4))


def small_events() -> pd.DataFrame:
    """40 events of 2 processes with a systematic that moves them."""
    score = np.tile(np.linspace(0.02, 0.98, 20), 2)
    ones = np.ones(40)
    return pd.DataFrame(
        {
            "process": np.repeat(["signal", "WW"], 20),
            "label": np.repeat([1, 0], 20),
            "weight": 0.5 * ones,
            "score": score,
            "njet": np.tile([0, 1], 20),
            "w_up__jes": 1.1 * ones,
            "w_down__jes": 0.9 * ones,
            "score_up__jes": score,
            "score_down__jes": score,
        }
    )


@pytest.fixture(scope="module")
def small() -> SimpleNamespace:
    templates = small_templates()
    model = jaxhep.make_model(templates)
    n = len(model.parameters)
    result = jaxhep.FitResult(model.parameters, model.initial, np.full(n, 0.5), 0.25 * np.eye(n), 50.0, 1e-6, True, 9)
    return SimpleNamespace(
        templates=templates,
        model=model,
        events=small_events(),
        counts=np.array([205.0, 120.0, 90.0]),
        many=np.full((4, 3), 90.0),
        params=model.initial,
        measured=np.zeros(n - 1),
        key=jax.random.key(1),
        result=result,
        fig=(fig := plt.figure()),
        ax=fig.subplots(),
    )


Call = Callable[[SimpleNamespace], object]
CASES: dict[str, tuple[Call, str]] = {}


def each(argument: str, calls: dict[str, Callable], bad: dict[str, tuple[object, str]]) -> None:
    """A case for every function of ``calls``, (small, value) -> result, and every ``bad`` value: it, or a function of
    ``small``."""
    for function, call in calls.items():
        for name, (value, words) in bad.items():

            def case(small: SimpleNamespace, call: Callable = call, value: object = value) -> object:
                return call(small, value(small) if callable(value) else value)

            assert (key := f"{function}: {argument} {name}") not in CASES
            CASES[key] = case, words


def one(function: str, cases: dict[str, tuple[Call, str]]) -> None:
    """Cases of one function by what is wrong with them."""
    for name, case in cases.items():
        assert (key := f"{function}: {name}") not in CASES
        CASES[key] = case


NO_NUMBERS = {
    "None": (None, "must be real numbers, not objects; got None"),
    "text": (lambda s: ["1", "2", "3"], "must be real numbers, not text"),
    "booleans": (lambda s: np.ones(3, bool), "must be real numbers, not booleans"),
    "complex": (lambda s: np.ones(3) + 0j, "must be real numbers, not complex numbers"),
    "ragged": (lambda s: [[1.0], [2.0, 3.0]], "its rows of one length"),
    "masked": (lambda s: np.ma.masked_greater(s.counts, 100), "some are masked"),
}

# counts of one data set
COUNTS: dict[str, Callable] = {
    "fit": lambda s, n: jaxhep.fit(s.model, n),
    "minuit": lambda s, n: jaxhep.minuit(s.model, n),
    "profile_scan": lambda s, n: jaxhep.profile_scan(s.model, n, [1.0]),
    "impacts": lambda s, n: jaxhep.impacts(s.model, n),
    "discovery_significance": lambda s, n: jaxhep.discovery_significance(s.model, n),
    "to_pyhf": lambda s, n: jaxhep.to_pyhf(s.model, n),
    "toys.fit": lambda s, n: toys.fit(s.model, n),
    "toys.hessian": lambda s, n: toys.hessian(s.model, s.params, n),
    "toys.covariance": lambda s, n: toys.covariance(s.model, s.params, n),
}
EITHER: dict[str, Callable] = {
    "toys.q0": lambda s, n: toys.q0(s.model, n),
    "toys.t_mu": lambda s, n: toys.t_mu(s.model, n),
    "toys.best_and_held": lambda s, n: toys.best_and_held(s.model, n),
    "toys.sigma_mu": lambda s, n: toys.sigma_mu(s.model, s.params, n),
}
SHAPES = {
    "too few": (lambda s: s.counts[:2], r"has 3 bins, but the observed counts have shape \(2,\)"),
    "a single one": (lambda s: [90.0], r"have shape \(1,\)"),
    "a number": (lambda s: 90.0, r"have shape \(\)"),
    "none": (lambda s: [], r"have shape \(0,\)"),
    "a column": (lambda s: s.counts[:, None], r"counts have shape \(3, 1\)"),
}
VALUES = {
    "NaN": (lambda s: [1.0, NAN, 2.0], "observed count in bin 1 is nan; counts must be finite"),
    "infinite": (lambda s: [INF, 1.0, 2.0], "observed count in bin 0 is inf"),
    "negative": (lambda s: jnp.array([1.0, 2.0, -3.0]), "observed count in bin 2 is -3.0"),
    "huge": (lambda s: [1e300, 1.0, 2.0], r"observed count in bin 0 is 1e\+300; counts must be below 9e\+18"),
    "pd.NA": (lambda s: pd.Series([1, 2, None], dtype="Int64"), "observed count in bin 2 is nan"),
}
each(
    "counts",
    {"toys.fit": COUNTS["toys.fit"], "fit": COUNTS["fit"]},
    {
        "a dictionary": (lambda s: {"mu": 1.0}, "must be real numbers, not objects"),
        "objects": (lambda s: np.array([1, None, 2]), "must be real numbers, not objects"),
        "dates": (lambda s: np.array(["2026-01-01"] * 3, "M8[D]"), "must be real numbers, not dates"),
    },
)
each("counts", COUNTS | EITHER, NO_NUMBERS | SHAPES | VALUES)
each("counts", {"nll2": lambda s, n: jaxhep.nll2(s.model, s.params, n)}, NO_NUMBERS | SHAPES)

# counts of many toys
each(
    "counts",
    {
        "toys.fits": lambda s, n: toys.fits(s.model, n),
        "toys.q0 of many": lambda s, n: toys.q0(s.model, n),
        "toys.t_mu of many": lambda s, n: toys.t_mu(s.model, n),
        "toys.best_and_held of many": lambda s, n: toys.best_and_held(s.model, n),
        "toys.sigma_mu of many": lambda s, n: toys.sigma_mu(s.model, np.tile(s.params, (4, 1)), n),
    },
    {
        "of no toys": (lambda s: np.zeros((0, 3)), "there are no toys"),
        "with a bin too many": (lambda s: np.ones((4, 4)), r"counts have shape \(4, 4\): one row per toy"),
        "in three axes": (lambda s: np.ones((2, 2, 3)), r"counts have shape \(2, 2, 3\)"),
        "with NaN": (lambda s: np.diag([NAN, 1.0, 1.0]), "count of toy 0 in bin 0 is nan"),
        "negative": (lambda s: np.where(np.eye(4, 3), -1.0, 5.0), "count of toy 0 in bin 0 is -1.0"),
        "as a table of text": (lambda s: pd.DataFrame([list("abc")] * 4), "must be real numbers"),
    },
)
each("counts", {"toys.fits": lambda s, n: toys.fits(s.model, n)}, {"of one": (lambda s: s.counts, "one row per toy")})

# parameters
PARAMS: dict[str, Callable] = {
    "toys.generate": lambda s, x: toys.generate(s.key, s.model, x, 2),
    "toys.run": lambda s, x: toys.run(toys.fits, s.key, s.model, x, 2),
    "pyhf_parameters": lambda s, x: jaxhep.pyhf_parameters(s.model, x, s.model.parameters),
}
DERIVATIVES: dict[str, Callable] = {
    "toys.hessian": lambda s, x: toys.hessian(s.model, x, s.counts),
    "toys.covariance": lambda s, x: toys.covariance(s.model, x, s.counts),
    "toys.sigma_mu": lambda s, x: toys.sigma_mu(s.model, x, s.counts),
}
HOT: dict[str, Callable] = {
    "expected": lambda s, x: jaxhep.expected(s.model, x),
    "expected_by_process": lambda s, x: jaxhep.expected_by_process(s.model, x),
    "nll2": lambda s, x: jaxhep.nll2(s.model, x, s.counts),
}
PARAMS_SHAPES = {
    "without MC statistics": (lambda s: s.params[:3], r"\(3,\).*6"),
    "one too many": (lambda s: [*s.params, 0.0], r"\(7,\)"),
    "of many toys": (lambda s: np.ones((4, 6)), r"\(4, 6\)"),
    "as columns": (lambda s: np.ones((6, 4)), r"\(6, 4\)"),
    "a number": (1.0, r"\(\)"),
    "none": ([], r"\(0,\)"),
}
PARAMS_VALUES = {
    "NaN": (lambda s: np.r_[s.params[:2], NAN, s.params[3:]], "'lumi'.* is nan; it must be finite"),
    "infinite": (lambda s: jnp.asarray(s.params).at[0].set(INF), "'mu'.* is inf"),
}
each("params", PARAMS | DERIVATIVES | HOT, NO_NUMBERS | PARAMS_SHAPES)
each("params", PARAMS | DERIVATIVES, PARAMS_VALUES)
each(
    "params",
    {name: PARAMS[name] for name in ("toys.generate", "toys.run")},
    {
        "with negative yields": (
            lambda s: np.r_[-50.0, s.params[1:]],
            "expected yield in bin 0 is -50.0.*choose other parameters",
        ),
        "with huge yields": (lambda s: np.r_[1e20, s.params[1:]], r"expected yield in bin 0 is 5e\+20.*below 9e\+18"),
        "with infinite yields": (lambda s: np.r_[1.0, 1e6, s.params[2:]], "expected yield in bin . is (inf|nan)"),
    },
)
each(
    "params",
    {"Model.split": lambda s, x: s.model.split(x)},
    {
        "too few": (lambda s: s.params[:3], r"shape \(3,\).*6 parameters: 1 of mu"),
        "text": ("mu", "must be real numbers"),
    },
)

# start, measured, mu
each(
    "start",
    {
        "toys.fit": lambda s, x: toys.fit(s.model, s.counts, start=x),
        "fit": lambda s, x: jaxhep.fit(s.model, s.counts, start=x),
        "minuit": lambda s, x: jaxhep.minuit(s.model, s.counts, start=x),
    },
    {name: case for name, case in NO_NUMBERS.items() if name != "None"}
    | {"too short": (lambda s: s.params[:3], r"start must .*6.*\(3,\)"), "a number": (1.0, r"start must .*\(\)")}
    | {"NaN": (lambda s: np.full(6, NAN), "start .*finite"), "infinite": (lambda s: np.full(6, INF), "start .*finite")},
)
each(
    "measured",
    {
        "toys.fit": lambda s, x: toys.fit(s.model, s.counts, x),
        "toys.t_mu": lambda s, x: toys.t_mu(s.model, s.counts, x),
        "toys.q0": lambda s, x: toys.q0(s.model, s.counts, x),
    },
    {name: case for name, case in NO_NUMBERS.items() if name != "None"}
    | {"too short": (lambda s: s.measured[:2], r"measured must have the shape \(5,\).*got \(2,\)")}
    | {"a number": (0.0, r"measured must have the shape \(5,\)"), "NaN": ([0, 0, NAN, 0, 0], "'mcstat_0' is nan")},
)
each(
    "measured",
    {"nll2": lambda s, x: jaxhep.nll2(s.model, s.params, s.counts, x)},
    {"too short": (np.zeros(2), r"measured must have the shape \(5,\)"), "None": (None, "measured must be real")}
    | {"of length one": (np.zeros(1), r"measured must have the shape \(5,\)"), "text": ("0", "measured must be real")},
)
each(
    "mu",
    {
        "toys.fit": lambda s, mu: toys.fit(s.model, s.counts, mu=mu),
        "toys.fits": lambda s, mu: toys.fits(s.model, s.many, mu=mu),
        "toys.t_mu": lambda s, mu: toys.t_mu(s.model, s.counts, mu=mu),
        "toys.best_and_held": lambda s, mu: toys.best_and_held(s.model, s.counts, mu=mu),
        "asimov": lambda s, mu: jaxhep.asimov(s.model, mu),
    },
    {
        "text": ("1", "mu must be real numbers, not text"),
        "a boolean": (True, "mu must be real numbers, not booleans"),
        "complex": (1j, "mu must be real numbers, not complex"),
        "NaN": (NAN, "mu is nan; it must be finite"),
        "infinite": (-INF, "mu is -inf"),
        "a list": ([0.0, 1.0], r"mu must be one number.*\(2,\)"),
        "huge": (10**400, "mu must be real numbers"),
    },
)
one(
    "toys.fits",
    {
        "start of one": (lambda s: toys.fits(s.model, s.many, start=s.params), "start must .*one row per toy"),
        "measured of one": (lambda s: toys.fits(s.model, s.many, s.measured), "measured must .*one row per toy"),
        "start NaN": (lambda s: toys.fits(s.model, s.many, start=np.full((4, 6), NAN)), "'mu' of toy 0 is nan"),
        "measured NaN": (lambda s: toys.fits(s.model, s.many, np.full((4, 5), NAN)), "'jes' of toy 0 is nan"),
        "mu of a toy NaN": (lambda s: toys.fits(s.model, s.many, mu=[1, NAN, 1, 1]), "mu of toy 1 is nan"),
        "lanes 0": (lambda s: toys.fits(s.model, s.many, lanes=0), "lanes must be 1 or more; got 0"),
        "lanes -1": (lambda s: toys.fits(s.model, s.many, lanes=-1), "lanes must be 1 or more; got -1"),
        "lanes 2.5": (lambda s: toys.fits(s.model, s.many, lanes=2.5), "lanes must be an integer; got 2.5"),
        "lanes True": (lambda s: toys.fits(s.model, s.many, lanes=True), "lanes must be an integer; got True"),
        "lanes huge": (lambda s: toys.fits(s.model, s.many, lanes=10**30), r"lanes must be below 2\^31"),
        "lanes text": (lambda s: toys.fits(s.model, s.many, lanes="8"), "lanes must be an integer; got '8'"),
        "lanes None": (lambda s: toys.fits(s.model, s.many, lanes=None), "lanes must be an integer; got None"),
        "lanes an array": (lambda s: toys.fits(s.model, s.many, lanes=np.ones(2, int)), "lanes must be an integer"),
    },
)
one(
    "toys.sigma_mu",
    {
        "one params, many counts": (lambda s: toys.sigma_mu(s.model, s.params, s.many), r"params must .*\(4, 6\)"),
        "many params, one counts": (
            lambda s: toys.sigma_mu(s.model, np.ones((4, 6)), s.counts),
            r"params has shape \(4, 6\)",
        ),
    },
)
one(
    "toys.t_mu",
    {"mu None": (lambda s: toys.t_mu(s.model, s.counts, mu=None), "mu must be real numbers, not objects; got None")},
)
one(
    "asimov",
    {
        "mu None": (lambda s: jaxhep.asimov(s.model, None), "mu must be real numbers"),
    },
)

# the model
MODEL: dict[str, Callable] = {
    "expected": lambda s, m: jaxhep.expected(m, s.params),
    "expected_by_process": lambda s, m: jaxhep.expected_by_process(m, s.params),
    "nll2": lambda s, m: jaxhep.nll2(m, s.params, s.counts),
    "asimov": lambda s, m: jaxhep.asimov(m),
    "fit": lambda s, m: jaxhep.fit(m, s.counts),
    "minuit": lambda s, m: jaxhep.minuit(m, s.counts),
    "profile_scan": lambda s, m: jaxhep.profile_scan(m, s.counts, [1.0]),
    "impacts": lambda s, m: jaxhep.impacts(m, s.counts),
    "discovery_significance": lambda s, m: jaxhep.discovery_significance(m, s.counts),
    "to_pyhf": lambda s, m: jaxhep.to_pyhf(m, s.counts),
    "pyhf_parameters": lambda s, m: jaxhep.pyhf_parameters(m, s.params, ["mu"]),
    "toys.fit": lambda s, m: toys.fit(m, s.counts),
    "toys.fits": lambda s, m: toys.fits(m, s.many),
    "toys.q0": lambda s, m: toys.q0(m, s.counts),
    "toys.t_mu": lambda s, m: toys.t_mu(m, s.counts),
    "toys.best_and_held": lambda s, m: toys.best_and_held(m, s.counts),
    "toys.hessian": lambda s, m: toys.hessian(m, s.params, s.counts),
    "toys.covariance": lambda s, m: toys.covariance(m, s.params, s.counts),
    "toys.sigma_mu": lambda s, m: toys.sigma_mu(m, s.params, s.counts),
    "toys.generate": lambda s, m: toys.generate(s.key, m, s.params, 2),
    "toys.run": lambda s, m: toys.run(toys.fits, s.key, m, s.params, 2),
}
each(
    "model",
    MODEL,
    {
        "a dictionary": ({"nominal": np.ones((2, 3))}, "must be a jaxhep.Model; got a dict. Make one with"),
        "templates": (lambda s: s.templates, "must be a jaxhep.Model; got a Templates"),
        "None": (None, "must be a jaxhep.Model; got a NoneType"),
        "of other bins by hand": (lambda s: replace(s.model, nominal=np.ones((2, 4))), "model.* has shape"),
    },
)
one(
    "expected",
    {
        "model without an axis": (
            lambda s: jaxhep.expected(replace(s.model, nominal=np.ones(3)), s.params),
            r"model.nominal has shape \(3,\)",
        ),
        "model of other systematics": (
            lambda s: jaxhep.expected(replace(s.model, systematics=("jes",)), s.params[1:]),
            "model.polynomial has shape",
        ),
        "model of text": (
            lambda s: jaxhep.expected(replace(s.model, nominal=np.full((2, 3), "1")), s.params),
            "model.nominal must be an array of real numbers",
        ),
        "model of lists": (
            lambda s: jaxhep.expected(replace(s.model, nominal=s.model.nominal.tolist()), s.params),
            "model.nominal must be an array of real numbers",
        ),
        "model of other MC errors": (
            lambda s: jaxhep.expected(replace(s.model, mc_error=np.ones(2)), s.params[1:]),
            r"model.mc_error has shape \(2,\)",
        ),
    },
)

# inside jit, vmap and grad: shapes are known there, too
one(
    "inside jit",
    {
        "counts donated": (
            lambda s: toys.fit(s.model, (gone := jnp.array(s.counts), gone.delete())[0]),
            "counts were deleted, or donated to a jitted function",
        ),
        "counts too few": (lambda s: jax.jit(toys.fit)(s.model, s.counts[:2]), r"observed counts have shape \(2,\)"),
        "params too few": (lambda s: jax.jit(jaxhep.expected)(s.model, s.params[:3]), r"6 parameters"),
        "gradient": (lambda s: jax.grad(jaxhep.nll2, 1)(s.model, s.params[:3], s.counts), "6 parameters"),
        "map": (lambda s: jax.vmap(toys.fit, (None, 0))(s.model, s.many[:, :2]), r"observed counts have shape \(2,\)"),
        "many not mapped": (lambda s: jax.jit(toys.fit)(s.model, s.many), r"observed counts have shape \(4, 3\)"),
        "size traced": (
            lambda s: jax.jit(lambda size: toys.generate(s.key, s.model, s.params, size))(3),
            "size must be an integer.*make it static",
        ),
        "known negative yields": (
            lambda s: jax.jit(lambda key: toys.generate(key, s.model, -50 * s.params, 3))(s.key),
            "expected yield in bin .* is -",
        ),
        "a list of tracers": (
            lambda s: jax.jit(lambda mu: jaxhep.expected(s.model, [mu, 0.0]))(1.0),
            r"params has shape \(2,\)",
        ),
    },
)

# pseudo-experiments
each(
    "size",
    {
        "toys.generate": lambda s, size: toys.generate(s.key, s.model, s.params, size),
        "toys.run": lambda s, size: toys.run(toys.fits, s.key, s.model, s.params, size),
    },
    {
        "0": (0, "must be 1 or more; got 0"),
        "negative": (-3, "must be 1 or more; got -3"),
        "a fraction": (2.5, "size must be an integer; got 2.5"),
        "a float": (3.0, "size must be an integer; got 3.0"),
        "text": ("3", "size must be an integer; got '3'"),
        "None": (None, "size must be an integer; got None"),
        "a boolean": (True, "size must be an integer; got True"),
        "a shape": ((2, 3), r"size must be an integer; got \(2, 3\)"),
    },
)
each(
    "key",
    {
        "toys.generate": lambda s, key: toys.generate(key, s.model, s.params, 2),
        "toys.run": lambda s, key: toys.run(toys.fits, key, s.model, s.params, 2),
    },
    {
        "a seed": (2026, r"must be a key of JAX; got 2026. Make one with jax.random.key\(seed\)"),
        "None": (None, "must be a key of JAX; got None"),
        "floats": (np.zeros(2), "must be a key of JAX"),
        "a generator of NumPy": (lambda s: np.random.default_rng(1), "must be a key of JAX"),
        "many": (lambda s: jax.random.split(s.key, 3), r"must be one key; got shape \(3,\)"),
        "raw of three words": (np.zeros(3, np.uint32), r"must be one key; got shape \(3,\)"),
    },
)


def run(s: SimpleNamespace, what: object = toys.fits, **changes: object) -> object:
    return toys.run(what, s.key, s.model, s.params, 4, **changes)


one(
    "toys.run",
    {
        "no devices": (lambda s: run(s, devices=[]), r"each once and at least one; got \[\]"),
        "devices text": (lambda s: run(s, devices="cpu"), "devices must be a list of JAX's devices.*got cpu"),
        "devices named": (lambda s: run(s, devices=["cpu"]), "devices must be a list of JAX's devices"),
        "a device alone": (lambda s: run(s, devices=jax.devices()[0]), "devices must be a list"),
        "a device twice": (lambda s: run(s, devices=jax.devices()[:1] * 2), "each once"),
        "block 0": (lambda s: run(s, block=0), "size and block must be 1 or more; got 4 and 0"),
        "block a fraction": (lambda s: run(s, block=1.5), "block must be an integer; got 1.5"),
        "block None": (lambda s: run(s, block=None), "block must be an integer"),
        "progress text": (lambda s: run(s, progress="no"), "progress must be True or False; got 'no'"),
        "what a result": (lambda s: run(s, s.counts), "what must be a function"),
        "what None": (lambda s: run(s, None), "what must be a function; got None"),
        "what returns a number": (lambda s: run(s, lambda m, n, a: n.sum()), r"first axis counts.*shape \(\)"),
        "what returns no toys": (lambda s: run(s, lambda m, n, a: n[0]), r"first axis counts the . toys"),
        "what returns nothing": (lambda s: run(s, lambda m, n, a: None), "it returned nothing"),
        "what returns a string": (lambda s: run(s, lambda m, n, a: "mu"), r"first axis counts"),
    },
)

# fits with Minuit
each(
    "fixed",
    {
        "fit": lambda s, fixed: jaxhep.fit(s.model, s.counts, fixed=fixed),
        "minuit": lambda s, fixed: jaxhep.minuit(s.model, s.counts, fixed=fixed),
    },
    {
        "a list": (["mu"], "fixed must be a dictionary"),
        "a name": ("mu", "fixed must be a dictionary"),
        "an unknown name": ({"nu": 1.0}, "no parameter 'nu'. Did you mean 'mu'"),
        "a number as name": ({0: 1.0}, "no parameter '0'"),
        "NaN": ({"mu": NAN}, "'mu' can't be fixed at nan"),
        "infinite": ({"mu": INF}, "'mu' can't be fixed at inf"),
        "text": ({"mu": "1"}, r"fixed\['mu'\] must be real numbers, not text"),
        "None": ({"mu": None}, r"fixed\['mu'\] must be real numbers"),
        "a boolean": ({"mu": True}, r"fixed\['mu'\] must be real numbers, not booleans"),
        "two values": ({"mu": [0.0, 1.0]}, "'mu' can't be fixed at .*one number"),
        "far too much": ({"mu": 1e30}, "expected yield in bin 0 is .* at the start of the fit"),
        "everything": (lambda s: dict.fromkeys(s.model.parameters, 0.5), "Every parameter is fixed"),
        "empty bins": ({"mu": -1e6}, "expected yield in bin 0 is .* at the start of the fit.*merge bins"),
    },
)
each(
    "tol",
    {"minuit": lambda s, tol: jaxhep.minuit(s.model, s.counts, tol=tol)},
    {
        "0": (0.0, "tol must be positive; got 0"),
        "negative": (-1.0, "tol must be positive; got -1"),
        "NaN": (NAN, "tol is nan"),
        "text": ("1e-7", "tol must be real numbers, not text"),
        "None": (None, "tol must be real numbers"),
        "a list": ([1e-7], "tol must be one number"),
    },
)
each(
    "mus",
    {"profile_scan": lambda s, mus: jaxhep.profile_scan(s.model, s.counts, mus)},
    {
        "a number": (1.0, r"mus must be a list of numbers.*\(\)"),
        "none": ([], "mus must be a list of numbers, one or more"),
        "a table": (np.ones((2, 2)), r"mus must be a list.*\(2, 2\)"),
        "NaN": ([0.0, NAN], "Entry 1 of mus is nan"),
        "infinite": ([INF], "Entry 0 of mus is inf"),
        "text": (["0", "1"], "mus must be real numbers, not text"),
        "None": (None, "mus must be real numbers"),
        "booleans": ([True], "mus must be real numbers, not booleans"),
    },
)
one(
    "minuit",
    {"hessian text": (lambda s: jaxhep.minuit(s.model, s.counts, hessian="no"), "hessian must be True or False")},
)
each(
    "result",
    {"impacts": lambda s, result: jaxhep.impacts(s.model, s.counts, result)},
    {
        "a dictionary": ({"mu": 1.0}, "must be a FitResult of jaxhep.fit; got a dict"),
        "False": (False, "must be a FitResult of jaxhep.fit; got a bool"),
        "a Fit": (
            lambda s: toys.Fit(s.params, 1.0, 0.0, True, False, 3),
            "must be a FitResult of jaxhep.fit; got a Fit",
        ),
        "of another model": (lambda s: replace(s.result, names=("mu",)), "the fit of another model"),
        "of other counts": (lambda s: s.result, "isn't the fit of these counts"),
        "with mu held": (lambda s: replace(s.result, errors=np.r_[0, s.result.errors[1:]]), "'mu' was held"),
    },
)
one(
    "FitResult.given",
    {
        "an unknown name": (lambda s: s.result.given("lumy", 1.0), "no parameter 'lumy'. Did you mean 'lumi'"),
        "an index": (lambda s: s.result.given(0, 1.0), "no parameter '0'"),
        "NaN": (lambda s: s.result.given("mu", NAN), "value of 'mu' is nan"),
        "text": (lambda s: s.result.given("mu", "1"), "value of 'mu' must be real numbers"),
        "held": (lambda s: replace(s.result, errors=np.zeros(6)).given("mu", 1.0), "'mu' has no error in this fit"),
    },
)

# test statistics
one(
    "statistics",
    {
        "significance negative": (lambda s: statistics.significance(-1.0), "q0 is -1.0; it can't be negative"),
        "significance text": (lambda s: statistics.significance("4"), "q0 must be real numbers, not text"),
        "significance negative in a list": (lambda s: statistics.significance([1.0, -2.0]), r"q0\[1\] is -2.0"),
        "ratio shapes": (
            lambda s: statistics.likelihood_ratio(np.ones(3), np.ones(2)),
            r"don't fit together: held \(3,\), best \(2,\)",
        ),
        "ratio None": (lambda s: statistics.likelihood_ratio(None, 1.0), "held must be real numbers"),
        "discovery shapes": (lambda s: statistics.discovery(np.ones(4), np.ones(3), 1.0), "don't fit together"),
        "discovery text": (lambda s: statistics.discovery("1", 2.0, 1.0), "mu must be real numbers"),
    },
)

# pyhf
each(
    "names",
    {"pyhf_parameters": lambda s, names: jaxhep.pyhf_parameters(s.model, s.params, names)},
    {
        "unknown": (["mu", "lumy"], "no parameter 'lumy'. Did you mean 'lumi'"),
        "twice": (["mu", "mu"], "'mu' is listed 2 times"),
        "a string": ("mu", r"names must be a list of names, also for a single one: write \['mu'\]"),
        "None": (None, "names must be a list of names; got None"),
        "numbers": ([0, 1], "names must be names, text; 0 is of type int"),
    },
)

# models
CHANGED: dict[str, tuple[Callable, str]] = {
    "unknown signal": (lambda t: {"signal": ("sigal",)}, "no signal process 'sigal'. Did you mean 'signal'"),
    "no signal": (lambda t: {"signal": ()}, "None of the processes is a signal"),
    "signal a string": (lambda t: {"signal": "signal"}, r"signal must be a list of names.*write \['signal'\]"),
    "signal twice": (lambda t: {"signal": ("signal", "signal")}, "'signal' is listed 2 times"),
    "processes twice": (lambda t: {"processes": ("signal", "signal")}, "process 'signal' is listed 2 times"),
    "processes too many": (lambda t: {"processes": ("signal", "WW", "top")}, "nominal must have the shape"),
    "processes numbers": (lambda t: {"processes": (0, 1)}, "processes must be names, text; 0 is of type int"),
    "processes None": (lambda t: {"processes": None}, "processes must be a list of names"),
    "systematics twice": (lambda t: {"systematics": ("jes", "jes")}, "systematic 'jes' is listed 2 times"),
    "systematics too few": (lambda t: {"systematics": ("jes",)}, r"up must have the shape \(2, 1, 3\)"),
    "systematic mu": (lambda t: {"systematics": ("mu", "lumi")}, "can't be called 'mu'.*Rename it"),
    "systematic mcstat": (lambda t: {"systematics": ("jes", "mcstat_0")}, "can't be called 'mcstat_0'"),
    "systematic norm": (lambda t: {"systematics": ("norm_WW", "lumi")}, "can't be called 'norm_WW'"),
    "systematic bytes": (lambda t: {"systematics": (b"jes", "lumi")}, "is of type bytes"),
    "nominal one-dimensional": (lambda t: {"nominal": np.ones(3)}, r"nominal must have the shape \(2, 3\)"),
    "nominal of other bins": (lambda t: {"nominal": np.ones((2, 4))}, r"nominal must have the shape \(2, 3\)"),
    "nominal text": (lambda t: {"nominal": [["1", "2", "3"]] * 2}, "nominal must be real numbers, not text"),
    "nominal None": (lambda t: {"nominal": None}, "nominal must be real numbers"),
    "nominal complex": (lambda t: {"nominal": t.nominal + 0j}, "nominal must be real numbers, not complex"),
    "nominal zero": (lambda t: {"nominal": t.nominal * [1, 0, 1]}, r"total expected yield in bin 1 is 0\.0"),
    "nominal NaN": (lambda t: {"nominal": t.nominal * [1, 1, NAN]}, "total expected yield in bin 2 is nan"),
    "nominal infinite": (lambda t: {"nominal": np.full((2, 3), 1e308) * 10.0}, "total expected yield in bin 0 is inf"),
    "a negative process": (lambda t: {"nominal": t.nominal * [[-1], [1]]}, "yield of process 'signal' in bin 0 is -5"),
    "up transposed": (lambda t: {"up": t.up.swapaxes(1, 2)}, r"up must have the shape \(2, 2, 3\)"),
    "down of one process": (lambda t: {"down": t.down[:1]}, r"down must have the shape \(2, 2, 3\)"),
    "up zero": (lambda t: {"up": t.up * [1, 1, 0]}, "up ratio of systematic 'jes' for process 'signal' in bin 2 is 0"),
    "down negative": (lambda t: {"down": -t.down}, "down ratio of systematic 'jes'"),
    "up NaN": (lambda t: {"up": t.up * NAN}, "up ratio of systematic 'jes' .* is nan"),
    "a systematic too large": (lambda t: {"up": t.up * 50, "down": t.down / 50}, "The interpolated ratio.* is -"),
    "a ratio that overflows": (lambda t: {"up": t.up * 1e307}, "interpolated ratio.*(nan|inf|-)"),
    "MC error zero": (lambda t: {"mc_error": np.zeros(3)}, "MC statistical error in bin 0 is 0"),
    "MC error negative": (lambda t: {"mc_error": -t.mc_error}, "MC statistical error in bin 0 is -0.02"),
    "MC error NaN": (lambda t: {"mc_error": t.mc_error * NAN}, "MC statistical error in bin 0 is nan"),
    "MC error of one bin": (lambda t: {"mc_error": [0.1]}, r"mc_error must have the shape \(3,\)"),
    "MC error missing": (lambda t: {"mc_error": []}, r"mc_error must have the shape \(3,\)"),
    "edges too few": (lambda t: {"edges": [0.0, 1.0]}, r"shape \(2, 1\).*1 bins between the edges"),
    "edges falling": (lambda t: {"edges": [1.0, 0.5, 0.2, 0.0]}, "edges 0 and 1 are 1.0 and 0.5"),
    "edges None": (lambda t: {"edges": None}, "bin edges must be real numbers"),
}


def change(s: SimpleNamespace, fields: Callable) -> object:
    with np.errstate(all="ignore"):
        return jaxhep.make_model(replace(s.templates, **fields(s.templates)))


each("templates", {"make_model": change}, {k: (lambda s, f=f: f, words) for k, (f, words) in CHANGED.items()})
each(
    "templates",
    {"make_model": lambda s, templates: jaxhep.make_model(templates)},
    {
        "events": (lambda s: s.events, "must be jaxhep.Templates, as build_templates makes; got a DataFrame"),
        "a dictionary": ({"nominal": 1}, "must be jaxhep.Templates"),
        "None": (None, "must be jaxhep.Templates"),
        "a model": (lambda s: s.model, "must be jaxhep.Templates.*got a Model"),
    },
)
each(
    "systematics",
    {
        "make_model": lambda s, names: jaxhep.make_model(s.templates, names),
        "build_templates": lambda s, names: jaxhep.build_templates(s.events, [0, 1], names),
    },
    {
        "a set": ({"jes", "lumi"}, "systematics must be a list of names.*which has no order"),
        "an empty name": ([""], "systematics must be names; one of them is empty"),
        "unknown": (["jse"], "no systematic 'jse'. Did you mean 'jes'"),
        "twice": (["jes", "jes"], "'jes' is listed 2 times"),
        "a string": ("jes", r"must be a list of names, also for a single one: write \['jes'\]"),
        "numbers": ([0], "systematics must be names, text; 0 is of type int"),
        "a number": (2, "systematics must be a list of names; got 2"),
        "True": (True, "systematics must be a list of names; got True"),
    },
)
each(
    "free",
    {"make_model": lambda s, free: jaxhep.make_model(s.templates, free=free)},
    {
        "unknown": (["WWW"], "no background process 'WWW'. Did you mean 'WW'"),
        "a signal": (["signal"], "no background process 'signal'"),
        "twice": (["WW", "WW"], "'WW' is listed 2 times"),
        "a string": ("WW", r"free must be a list of names.*write \['WW'\]"),
        "None": (None, "free must be a list of names; got None"),
        "True": (True, "free must be a list of names; got True"),
    },
)
each(
    "mc_stat",
    {"make_model": lambda s, mc_stat: jaxhep.make_model(s.templates, mc_stat=mc_stat)},
    {name: (value, "mc_stat must be True or False") for name, value in {"text": "no", "None": None, "0": 0}.items()},
)

# histograms and templates
EDGES: dict[str, tuple[object, str]] = {
    "equal": ([0.0, 0.5, 0.5, 1.0], r"edges 1 and 2 are 0.5 and 0.5"),
    "falling": ([0.0, 0.7, 0.3, 1.0], r"must be finite and increase; edges 1 and 2 are 0.7 and 0.3"),
    "NaN": ([0.0, NAN, 1.0], r"edges 0 and 1 are 0.0 and nan"),
    "infinite": ([0.0, INF], r"edges 0 and 1"),
    "one": ([0.0], r"at least two"),
    "a table": ([[0.0, 1.0]], r"one dimension"),
    "a number of bins": (10, r"at least two numbers in one dimension; got shape \(\)"),
    "text": (["0", "1"], "bin edges must be real numbers, not text"),
    "None": (None, "bin edges must be real numbers"),
    "booleans": ([False, True], "bin edges must be real numbers, not booleans"),
}
each(
    "edges",
    {
        "histogram": lambda s, edges: jaxhep.histogram([0.5], [1.0], edges),
        "build_templates": lambda s, edges: jaxhep.build_templates(s.events, edges),
        "plots.stack": lambda s, edges: plots.stack(s.ax, edges, {"WW": s.counts}),
        "plots.shapes": lambda s, edges: plots.shapes(s.ax, edges, {"WW": s.counts}),
    },
    EDGES,
)
each(
    "scores",
    {"histogram": lambda s, score: jaxhep.histogram(score, [1.0, 1.0, 1.0], [0.0, 0.5, 1.0])},
    NO_NUMBERS
    | {
        "too few": ([0.1], "There are 1 scores, but 3 weights"),
        "a number": (0.1, "scores must be one per event"),
        "a table": (np.ones((3, 1)), r"scores must be one per event, \(N,\); got \(3, 1\)"),
        "NaN": ([0.1, NAN, 0.2], "One of the scores, of event 1, is nan"),
        "infinite": ([0.1, 0.2, INF], "One of the scores, of event 2, is inf"),
    },
)
each(
    "weights",
    {"histogram": lambda s, weight: jaxhep.histogram([0.1, 0.2, 0.3], weight, [0.0, 0.5, 1.0])},
    NO_NUMBERS
    | {
        "too many": (np.ones(4), "There are 3 scores, but 4 weights"),
        "transposed": (np.ones((2, 3)), "There are 3 scores, but 2 weights"),
        "a number": (1.0, r"weights must be one per event, \(N,\) or \(N, M\); got \(\)"),
        "in three axes": (np.ones((3, 1, 1)), "weights must be one per event"),
        "NaN": ([1.0, NAN, 1.0], "One of the weights, of event 1, is nan"),
        "infinite": ([1.0, INF, 1.0], "One of the weights, of event 1, is inf"),
    },
)
each(
    "bins",
    {"equal_signal_edges": lambda s, bins: jaxhep.equal_signal_edges(s.events, bins)},
    {
        "0": (0, "bins must be 1 or more; got 0"),
        "negative": (-1, "bins must be 1 or more; got -1"),
        "a fraction": (2.5, "bins must be an integer; got 2.5"),
        "a float": (2.0, "bins must be an integer; got 2.0"),
        "text": ("10", "bins must be an integer; got '10'"),
        "None": (None, "bins must be an integer"),
        "True": (True, "bins must be an integer; got True"),
        "too many": (21, "20 signal events don't give 21 bins.*fewer bins"),
        "huge": (10**15, r"bins must be below 2\^31; got 10+"),
        "edges": ([0.0, 1.0], "bins must be an integer"),
    },
)
one(
    "build_templates",
    {
        "smooth text": (
            lambda s: jaxhep.build_templates(s.events, [0, 1], smooth="no"),
            "smooth must be True or False",
        ),
        "smooth None": (
            lambda s: jaxhep.build_templates(s.events, [0, 1], smooth=None),
            "smooth must be True or False",
        ),
        "an empty bin": (
            lambda s: jaxhep.build_templates(s.events, [0, 0.01, 1]),
            "Bin 0, score from .*no expected ev",
        ),
        "edges elsewhere": (lambda s: jaxhep.build_templates(s.events, [5, 6]), "Bin 0.*has no expected events"),
    },
)
one(
    "smooth_ratios",
    {"shapes": (lambda s: smooth_ratios(np.ones((2, 3)), np.ones((2, 3)), np.ones(4)), "don't fit together")},
)

# the table of events
TABLES: dict[str, Callable] = {
    "build_templates": lambda s, events: jaxhep.build_templates(events, [0, 0.5, 1]),
    "equal_signal_edges": lambda s, events: jaxhep.equal_signal_edges(events, 4),
    "check_events": lambda s, events: check_events(events, ["process", "label", "weight", "score"]),
}


def put(column: str, value: object) -> Callable[[SimpleNamespace], pd.DataFrame]:
    """The events with another value in row 3 of a column, or with a new column."""

    def changed(s: SimpleNamespace) -> pd.DataFrame:
        values = s.events[column].astype(object if isinstance(value, str | complex) or value is None else float)
        values.iloc[3] = value
        return s.events.assign(**{column: values})

    return changed


def twice(column: str) -> Callable[[SimpleNamespace], pd.DataFrame]:
    return lambda s: pd.concat([s.events, s.events[[column]]], axis=1)


each(
    "events",
    TABLES,
    {
        "a dictionary": (lambda s: dict(s.events), "must be a pandas DataFrame, one event a row; got a dict"),
        "an array": (np.ones((3, 3)), "must be a pandas DataFrame"),
        "a column": (lambda s: s.events["score"], "must be a pandas DataFrame.*got a Series"),
        "a file name": ("events.parquet", "must be a pandas DataFrame.*got a str"),
        "None": (None, "must be a pandas DataFrame"),
        "empty": (lambda s: s.events.iloc[:0], "The table of events is empty"),
        "without score": (lambda s: s.events.drop(columns="score"), r"lack the column\(s\) score"),
        "without weight": (lambda s: s.events.drop(columns="weight"), r"lack the column\(s\) weight"),
        "without label": (lambda s: s.events.drop(columns="label"), r"lack the column\(s\) label"),
        "score twice": (twice("score"), "have the column 'score' 2 times"),
        "weight twice": (twice("weight"), "have the column 'weight' 2 times"),
        "weight NaN": (
            put("weight", NAN),
            "1 of 40 values in column 'weight' are NaN or infinite; first in row 3: nan",
        ),
        "weight infinite": (put("weight", INF), "'weight' are NaN or infinite"),
        "weight negative": (put("weight", -0.5), "'weight' are negative; first in row 3: -0.5.*resample.*Don't drop"),
        "weight text": (lambda s: s.events.astype({"weight": str}), "'weight' of the events holds no real numbers"),
        "weight one word": (put("weight", "0.5"), "'weight' of the events holds no real numbers"),
        "weight complex": (lambda s: s.events.astype({"weight": complex}), "'weight' .*no real numbers, but complex"),
        "weight boolean": (lambda s: s.events.astype({"weight": bool}), "'weight' .*no real numbers, but bool"),
        "weight pd.NA": (lambda s: put("weight", NAN)(s).astype({"weight": "Float64"}), "'weight' are NaN"),
        "score NaN": (put("score", NAN), "'score' are NaN"),
        "score 1.5": (put("score", 1.5), r"'score' are outside \[0, 1\]; first in row 3: 1.5"),
        "score negative": (put("score", -0.1), r"'score' are outside \[0, 1\]"),
        "score text": (lambda s: s.events.astype({"score": str}), "'score' of the events holds no real numbers"),
        "score dates": (
            lambda s: s.events.assign(score=pd.Timestamp("2026-01-01")),
            "'score' of the events holds no real numbers, but datetime",
        ),
        "label 2": (put("label", 2), "'label' are neither 0 nor 1; first in row 3: 2.0"),
        "label NaN": (put("label", NAN), "'label' are NaN"),
        "label text": (lambda s: s.events.replace({"label": {0: "b", 1: "s"}}), "'label' .*no real numbers"),
    },
)
each(
    "events",
    {name: TABLES[name] for name in ("build_templates", "check_events")},
    {
        "without process": (lambda s: s.events.drop(columns="process"), r"lack the column\(s\) process"),
        "process twice": (twice("process"), "have the column 'process' 2 times"),
        "variation twice": (twice("w_up__jes"), "have the column 'w_up__jes' 2 times"),
        "a lone variation": (lambda s: s.events.drop(columns="w_down__jes"), "lack .* w_down__jes"),
        "process None": (put("process", None), "1 of 40 values in column 'process' are no name of a process"),
        "process numbers": (lambda s: s.events.assign(process=7), "'process' are no name of a process.* row 0: 7"),
        "variation negative": (put("w_up__jes", -1.0), "'w_up__jes' are negative"),
        "variation NaN": (put("w_down__jes", NAN), "'w_down__jes' are NaN"),
        "variation text": (lambda s: s.events.astype({"w_up__jes": str}), "'w_up__jes' .*no real numbers"),
        "moved score NaN": (put("score_up__jes", NAN), "'score_up__jes' are NaN"),
        "moved score outside": (put("score_down__jes", 2.0), r"'score_down__jes' are outside \[0, 1\]"),
    },
)
one(
    "build_templates",
    {
        "a lone moved score": (
            lambda s: jaxhep.build_templates(s.events.drop(columns="score_down__jes"), [0, 1]),
            r"lack the column\(s\) score_down__jes",
        ),
        "mixed labels": (
            lambda s: jaxhep.build_templates(put("label", 0)(s), [0, 1]),
            r"'signal' has the labels \[0\.0, 1\.0\]",
        ),
        "no weight": (lambda s: jaxhep.build_templates(s.events.assign(weight=0.0), [0, 1]), "no expected events"),
    },
)
one(
    "equal_signal_edges",
    {
        "no signal": (lambda s: jaxhep.equal_signal_edges(s.events.assign(label=0)), "have no signal"),
        "signal without weight": (lambda s: jaxhep.equal_signal_edges(s.events.assign(weight=0.0)), "have no signal"),
        "equal scores": (lambda s: jaxhep.equal_signal_edges(s.events.assign(score=0.5), 4), "fewer bins"),
    },
)
one(
    "check_events",
    {
        "columns a string": (lambda s: check_events(s.events, "score"), r"columns must be a list .*write \['score'\]"),
        "columns None": (lambda s: check_events(s.events, None), "columns must be a list of names; got None"),
        "missing by list": (lambda s: check_events(s.events, ["met", "mll"]), r"lack the column\(s\) met, mll"),
        "another column NaN": (lambda s: check_events(put("njet", NAN)(s), []), "'njet' are NaN"),
        "needed column text": (
            lambda s: check_events(s.events.assign(met="high"), ["met"]),
            "'met' of the events holds no real numbers",
        ),
        "jet NaN with a jet": (
            lambda s: check_events(s.events.assign(jet0_pt=NAN), []),
            "20 of 40 .*'jet0_pt' are NaN",
        ),
    },
)
each(
    "path",
    {"load_events": lambda s, path: jaxhep.load_events(path)},
    {
        "missing": ("no/such.parquet", "There is no file no/such.parquet"),
        "a folder": (lambda s: PACKAGE, "There is no file"),
        "a number": (5, "path must be the name of a Parquet file; got 5"),
        "events": (lambda s: s.events, "path must be the name of a Parquet file"),
        "bytes": (b"a.parquet", "path must be the name of a Parquet file"),
        "no table": (lambda s: PACKAGE / "events.py", "isn't a readable Parquet file"),
    },
)

# plots and programs
PLOTS: dict[str, Callable] = {
    "plots.stack": lambda s, ax: plots.stack(ax, s.templates.edges, {"WW": s.counts}),
    "plots.shapes": lambda s, ax: plots.shapes(ax, s.templates.edges, {"WW": s.counts}),
    "plots.scan": lambda s, ax: plots.scan(ax, [0, 1], {"all": [0.0, 1.0]}),
    "plots.pulls": lambda s, ax: plots.pulls(ax, s.result),
    "plots.correlation": lambda s, ax: plots.correlation(ax, s.result),
}
each(
    "axes",
    PLOTS,
    {"a figure": (lambda s: s.fig, "wants axes of Matplotlib"), "None": (None, "wants axes of Matplotlib")},
)
each(
    "yields",
    {
        "plots.stack": lambda s, yields: plots.stack(s.ax, s.templates.edges, yields),
        "plots.shapes": lambda s, yields: plots.shapes(s.ax, s.templates.edges, yields),
    },
    {
        "an array": (np.ones((2, 3)), "yields must be a dictionary by name"),
        "empty": ({}, "yields is empty"),
        "too short": ({"WW": np.ones(2)}, r"yields\['WW'\] has shape \(2,\), but the edges make 3 bins"),
        "NaN": ({"WW": [1.0, NAN, 1.0]}, r"yields\['WW'\] in bin 1 is nan"),
        "text": ({"WW": ["1", "2", "3"]}, r"yields\['WW'\] must be real numbers"),
        "None": ({"WW": None}, r"yields\['WW'\] must be real numbers"),
    },
)


def stack(s: SimpleNamespace, **changes: object) -> None:
    plots.stack(s.ax, s.templates.edges, {"WW": s.counts}, **changes)


one(
    "plots.stack",
    {
        "an unknown process": (
            lambda s: plots.stack(s.ax, [0, 1], {"Zee": [1.0]}),
            "no style for process 'Zee': known are ggF",
        ),
        "counts too few": (lambda s: stack(s, counts=[1.0]), r"counts has shape \(1,\)"),
        "counts negative": (lambda s: stack(s, counts=-s.counts), "counts in bin 0 is -205.0; it can't be negative"),
        "counts NaN": (lambda s: stack(s, counts=NAN * s.counts), "counts in bin 0 is nan"),
        "error negative": (lambda s: stack(s, error=-s.counts), "error in bin 0 is -205.0"),
        "error a number": (lambda s: stack(s, error=1.0), r"error has shape \(\)"),
        "overlay unknown": (lambda s: stack(s, overlay=(("ggF",), 5)), "no process in yields 'ggF'"),
        "overlay a name": (lambda s: stack(s, overlay=("WW", 5)), "overlay's names must be a list of names"),
        "overlay without factor": (lambda s: stack(s, overlay=("WW",)), "overlay must be names and a factor"),
        "overlay factor text": (lambda s: stack(s, overlay=(("WW",), "5")), "overlay's factor must be real numbers"),
        "ratio to nothing": (
            lambda s: plots.stack(s.ax, [0, 1], {"WW": [0.0]}, ratio=s.ax),
            "the sum of yields in bin 0 is 0.0; counts over expected needs more than 0",
        ),
        "ratio True": (lambda s: stack(s, ratio=True), "wants axes of Matplotlib, .* this is a bool"),
    },
)
one(
    "plots.shapes",
    {
        "no events": (
            lambda s: plots.shapes(s.ax, [0, 1], {"WW": [0.0]}),
            r"yields\['WW'\] sum to 0: they have no distribution",
        )
    },
)
each(
    "curves",
    {"plots.scan": lambda s, curves: plots.scan(s.ax, [0.0, 1.0], curves)},
    {
        "an array": (np.ones(2), "curves must be a dictionary by name"),
        "too long": ({"all": np.ones(3)}, r"curves\['all'\] has shape \(3,\), but there are 2 mus"),
        "all NaN": ({"all": [NAN, NAN]}, r"curves\['all'\] is NaN everywhere"),
        "text": ({"all": ["0", "1"]}, r"curves\['all'\] must be real numbers"),
    },
)
one(
    "plots.scan",
    {"no mus": (lambda s: plots.scan(s.ax, [], {"all": []}), "mus must be a list of numbers")},
)
one(
    "plots.pulls",
    {
        "an unknown name": (
            lambda s: plots.pulls(s.ax, s.result, ["lumy"]),
            "'lumy' is no parameter of this fit",
        ),
        "a string": (lambda s: plots.pulls(s.ax, s.result, "lumi"), r"write \['lumi'\]"),
        "no names": (lambda s: plots.pulls(s.ax, s.result, []), "no nuisance parameters to draw"),
        "no result": (lambda s: plots.pulls(s.ax, s.params), "wants the FitResult of jaxhep.fit"),
    },
)
IMPACTS = pd.DataFrame({"name": ["jes"], "pull": [0.1], "constraint": [0.9], "impact_up": [0.1], "impact_down": [-0.1]})
one(
    "plots.ranking",
    {
        "no table": (lambda s: plots.ranking(s.fig, s.result), "impacts lacks name, pull, constraint"),
        "a column missing": (lambda s: plots.ranking(s.fig, IMPACTS.drop(columns="pull")), "impacts lacks pull"),
        "no rows": (lambda s: plots.ranking(s.fig, IMPACTS.iloc[:0]), "impacts is empty"),
        "top 0": (lambda s: plots.ranking(s.fig, IMPACTS, top=0), "top must be 1 or more; got 0"),
        "top a fraction": (lambda s: plots.ranking(s.fig, IMPACTS, top=1.5), "top must be an integer"),
        "axes": (lambda s: plots.ranking(s.ax, IMPACTS), "wants a figure of Matplotlib"),
    },
)
one(
    "plots.correlation",
    {
        "no result": (lambda s: plots.correlation(s.ax, s.params), "wants the FitResult"),
        "top text": (lambda s: plots.correlation(s.ax, s.result, "5"), "top must be an integer"),
        "mu held": (
            lambda s: plots.correlation(s.ax, replace(s.result, covariance=np.diag([0, 1, 1, 1, 1, 1.0]))),
            "'mu' is no parameter of this fit",
        ),
    },
)
one(
    "plots.show",
    {
        "axes": (lambda s: plots.show(s.ax), "wants a figure of Matplotlib"),
        "None": (lambda s: plots.show(None), "wants a figure of Matplotlib, this is a NoneType"),
    },
)
one(
    "plots.jaxpr",
    {
        "axes None": (lambda s: plots.jaxpr(None, jax.make_jaxpr(jnp.sin)(1.0)), "wants axes of Matplotlib"),
        "a function": (lambda s: plots.jaxpr(s.ax, jnp.sin), "wants a jaxpr, this is a"),
    },
)
one(
    "programs",
    {
        "primitives of a function": (lambda s: programs.primitives(jnp.sin), r"make one with jax\.make_jaxpr"),
        "hlo of a function": (lambda s: programs.hlo(jnp.sin), r"make one with jax\.jit"),
        "instructions of a number": (lambda s: programs.instructions(5), r"make one with jax\.jit"),
        "counted of a number": (lambda s: programs.counted(5), "function must be a function; got 5"),
        "seconds of a result": (lambda s: programs.seconds(s.counts), "function must be a function"),
        "seconds repeats 0": (lambda s: programs.seconds(len, [], repeats=0), "repeats must be 1 or more; got 0"),
        "seconds repeats text": (lambda s: programs.seconds(len, [], repeats="3"), "repeats must be an integer"),
    },
)


@pytest.mark.once
@pytest.mark.parametrize(("call", "words"), CASES.values(), ids=list(CASES))
def test_bad_input_is_refused_in_words(small: SimpleNamespace, call: Call, words: str) -> None:
    """By the package itself: nothing is raised inside JAX, NumPy or pandas."""
    with pytest.raises((ValueError, TypeError), match=words) as raised:
        call(small)
    assert raised.traceback[-1].path.is_relative_to(PACKAGE)


GOOD = {
    "a list": [205, 120, 90],
    "a tuple": (205.0, 120.0, 90.0),
    "integers": np.array([205, 120, 90], np.uint16),
    "single precision": np.array([205, 120, 90], np.float32),
    "a Series": pd.Series([205.0, 120.0, 90.0], index=list("abc")),
    "a nullable Series": pd.Series([205, 120, 90], dtype="Int64"),
    "JAX": jnp.array([205.0, 120.0, 90.0]),
    "numbers of JAX": [jnp.float64(205.0), jnp.asarray(120), 90],
    "nothing masked": np.ma.masked_array([205.0, 120.0, 90.0]),
}


@pytest.mark.parametrize("counts", GOOD.values(), ids=list(GOOD))
def test_counts_in_any_form(small: SimpleNamespace, counts: object) -> None:
    _, found, _ = inputs.likelihood(small.model, small.params.tolist(), counts, [0] * 5)
    assert found.dtype == np.float64 and (found == small.counts).all()
    assert jaxhep.to_pyhf(small.model, counts) == jaxhep.to_pyhf(small.model, small.counts)


UNUSUAL: dict[str, Call] = {
    "start of NumPy, mu held": lambda s: toys.fit(s.model, [205, 120, 90], mu=0.5, start=s.params),
    "start a list": lambda s: toys.fit(s.model, s.counts, start=s.params.tolist()),
    "mu of JAX": lambda s: toys.t_mu(s.model, pd.Series(s.counts), mu=jnp.asarray(0.5)),
    "a table of toys": lambda s: toys.fits(s.model, pd.DataFrame(s.many), mu=[0, 1, 2, 3], lanes=np.int64(20)),
    "params as a list": lambda s: toys.covariance(s.model, jnp.asarray(s.params), s.counts.tolist()),
    "a raw key": lambda s: toys.generate(jax.random.PRNGKey(1), s.model, s.params.tolist(), np.int32(3)),
    "params traced in a list": lambda s: jax.jit(lambda mu: jaxhep.expected(s.model, [mu, 0.0, 0.0, 0.0, 0.0, 0.0]))(
        1.0
    ),
    "mu traced": lambda s: jax.vmap(lambda mu: jaxhep.asimov(s.model, mu))(jnp.arange(3.0)),
}


@pytest.mark.parametrize("call", UNUSUAL.values(), ids=list(UNUSUAL))
def test_what_is_unusual_works(small: SimpleNamespace, call: Call) -> None:
    """It is traced, not computed: that is what the form of an input can hinder."""
    found = jax.eval_shape(lambda: jax.tree.map(jnp.asarray, call(small)))
    assert all(leaf.shape is not None for leaf in jax.tree.leaves(found))


def test_events_in_any_form(small: SimpleNamespace) -> None:
    other = small.events.astype({"weight": "Float64", "score": "float32", "label": bool, "process": "category"})
    other = (
        other.assign(comment="", when=pd.Timestamp("2026-01-01"))
        .set_index(np.zeros(40, int))
        .rename(columns={"njet": 0})
    )
    templates, usual = (jaxhep.build_templates(events, (0, 0.5, 1)) for events in (other, small.events))
    np.testing.assert_array_equal(templates.nominal, usual.nominal)
    np.testing.assert_array_equal(jaxhep.equal_signal_edges(other, np.int64(3)), jaxhep.equal_signal_edges(other, 3))
    listed = replace(usual, nominal=usual.nominal.tolist(), up=usual.up.tolist(), edges=[0, 0.5, 1], signal=["signal"])
    assert jaxhep.make_model(listed, free=("WW",)).parameters == ("mu", "norm_WW", "jes", "mcstat_0", "mcstat_1")
