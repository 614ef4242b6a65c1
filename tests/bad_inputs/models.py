"""Models, from arrays and from templates; histograms."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

import jaxhep
from bad_inputs.cases import INF, NAN, NO_NUMBERS, each, one, replace
from jaxhep import plots
from jaxhep.templates import smooth_ratios

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
