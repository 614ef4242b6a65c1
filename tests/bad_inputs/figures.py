"""Plots, and programs of JAX."""

from collections.abc import Callable
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bad_inputs.cases import NAN, each, one, replace
from jaxhep import plots, programs

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
