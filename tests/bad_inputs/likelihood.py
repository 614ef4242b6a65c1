"""Counts, parameters, starts and models, of the likelihood and all that stands on it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import jaxhep
from bad_inputs.cases import INF, NAN, NO_NUMBERS, each, one, replace
from jaxhep import toys

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
