"""Pseudo-experiments, Minuit, scans, limits, pyhf."""

from types import SimpleNamespace

import jax
import numpy as np

import jaxhep
from bad_inputs.cases import INF, NAN, each, one, replace
from jaxhep import statistics, toys

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
