"""The model of a fit: templates with their systematics, ready for fast evaluation, and checked once.

A parameter vector ``params`` is ordered as ``model.parameters``: mu, free norms, systematics, mcstat_b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.interpolation import coefficients
from jaxhep.templates import Templates

GROUPS = {"top": ("ttbar", "Wt")}
"""Processes that ``make_model`` can leave free with one common norm, besides every background by itself."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Model:
    """Templates ready for fast evaluation: a pytree whose arrays are leaves and whose names are static.

    nominal : (P, B). scales : (1+F, P), 1 where mu or a free norm scales a process.
    polynomial : (7, P, K, B) coefficients of f for |theta| < 1, highest power first.
    log_up, log_down : (P, K, B) slopes of ln f for theta >= 1 and <= -1.
    mc_error : (B,) relative, or (0,) without MC statistics.
    """

    nominal: Array
    scales: Array
    polynomial: Array
    log_up: Array
    log_down: Array
    mc_error: Array
    processes: tuple[str, ...] = field(metadata={"static": True})
    systematics: tuple[str, ...] = field(metadata={"static": True})
    free: tuple[str, ...] = field(metadata={"static": True})

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the order of ``params``."""
        norms = tuple(f"norm_{name}" for name in self.free)
        return ("mu", *norms, *self.systematics, *(f"mcstat_{b}" for b in range(self.mc_error.shape[-1])))

    @property
    def initial(self) -> np.ndarray:
        """mu and norms 1, every theta 0: shape (1+F+K+B,)."""
        return np.repeat([1.0, 0.0], [1 + len(self.free), len(self.systematics) + self.mc_error.shape[-1]])

    def split(self, params: ArrayLike) -> tuple[Array, Array, Array]:
        """``params`` as mu and norms (1+F,), systematics (K,), MC statistics (B,) or (0,)."""
        first, second = 1 + len(self.free), 1 + len(self.free) + len(self.systematics)
        params = jnp.asarray(inputs.array(params, "params"))
        inputs.require_params(self, params.shape)
        return params[:first], params[first:second], params[second:]


def make_model(
    templates: Templates, systematics: Sequence[str] | None = None, mc_stat: bool = True, free: Sequence[str] = ()
) -> Model:
    """A model of ``templates`` with the given ``systematics`` (default: all), MC statistics, and free norms.

    ``free`` lists backgrounds whose norm floats without constraint, by name, or "top" for ttbar and Wt together.

    Raises ValueError for unknown or ambiguous names, arrays that don't fit together, no signal, a bin without expected
    yield, negative yields, values that aren't finite, or a systematic so large that its interpolation reaches zero
    inside |theta| <= 1; TypeError for what isn't ``Templates``, names or True and False.
    """
    templates, mc_stat = _checked(templates), inputs.flag(mc_stat, "mc_stat")
    systematics = templates.systematics if systematics is None else inputs.names(systematics, "systematics")
    free = inputs.names(free, "free")
    inputs.require_known(systematics, templates.systematics, "systematic")
    if not templates.signal:
        raise ValueError("None of the processes is a signal (label 1): mu would scale nothing.")
    backgrounds = {p: (p,) for p in templates.processes if p not in templates.signal}
    norms = {name: group for name, group in GROUPS.items() if set(group) <= set(backgrounds)} | backgrounds
    inputs.require_known(free, norms, "background process")
    groups = [templates.signal, *(norms[name] for name in free)]
    scales = np.array([[float(p in group) for p in templates.processes] for group in groups])
    if (scales.sum(0) > 1).any():
        raise ValueError(
            f"free={tuple(free)} would scale '{templates.processes[scales.sum(0).argmax()]}' twice: leave one out."
        )
    total = templates.nominal.sum(0)
    _refuse_bins(~(np.isfinite(total) & (total > 0)), total, "The total expected yield")
    for process, yields in zip(templates.processes, templates.nominal, strict=True):
        _refuse_bins(yields < 0, yields, f"The yield of process '{process}'", "must not be negative")
    mc_error = templates.mc_error if mc_stat else np.zeros(0)
    _refuse_bins(~(np.isfinite(mc_error) & (mc_error > 0)), mc_error, "The MC statistical error")

    chosen = [templates.systematics.index(name) for name in systematics]
    up, down = templates.up[:, chosen], templates.down[:, chosen]
    for side, ratio in (("up", up), ("down", down)):
        _refuse_ratios(~(np.isfinite(ratio) & (ratio > 0)), ratio, side, templates.processes, systematics)
    polynomial = coefficients(up, down)
    lowest = np.min([np.polyval(polynomial, theta) for theta in np.linspace(-1, 1, 21)], axis=0)
    _refuse_ratios(~(lowest > 0), lowest, "interpolated", templates.processes, systematics)

    return Model(
        nominal=jnp.asarray(templates.nominal),
        scales=jnp.asarray(scales),
        polynomial=jnp.asarray(polynomial),
        log_up=jnp.log(up),
        log_down=jnp.log(down),
        mc_error=jnp.asarray(mc_error),
        processes=templates.processes,
        systematics=systematics,
        free=free,
    )


def _checked(templates: Templates) -> Templates:
    """``templates`` as arrays of floats that fit together, with names that can become a model's parameters."""
    if not isinstance(templates, Templates):
        raise TypeError(
            f"templates must be jaxhep.Templates, as build_templates makes; got a {type(templates).__name__}."
        )
    lists: dict[str, Any] = {
        name: inputs.names(getattr(templates, name), name) for name in ("processes", "systematics", "signal")
    }
    inputs.require_known(lists["processes"], lists["processes"], "process")
    inputs.require_known(lists["systematics"], lists["systematics"], "systematic")
    inputs.require_known(lists["signal"], lists["processes"], "signal process")
    for name in lists["systematics"]:
        if name == "mu" or name.startswith(("norm_", "mcstat_")):
            raise ValueError(
                f"A systematic can't be called '{name}': mu, norm_PROCESS and mcstat_BIN are names of a model's other "
                "parameters. Rename it."
            )
    edges = inputs.edges(templates.edges)
    P, K, B = len(lists["processes"]), len(lists["systematics"]), len(edges) - 1
    shapes = {"nominal": (P, B), "up": (P, K, B), "down": (P, K, B), "mc_error": (B,)}
    axes = f"for {P} processes, {K} systematics and {B} bins between the edges"
    arrays: dict[str, Any] = {
        name: np.asarray(inputs.of_shape(getattr(templates, name), shape, f"templates.{name}", axes), float)
        for name, shape in shapes.items()
    }
    return replace(templates, edges=edges, **lists, **arrays)


def _refuse_bins(bad: np.ndarray, values: np.ndarray, what: str, must: str = "must be positive and finite") -> None:
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(f"{what} in bin {b} is {values[b]}; it {must}: merge bins or check the templates.")


def _refuse_ratios(
    bad: np.ndarray, ratio: np.ndarray, side: str, processes: tuple[str, ...], names: Sequence[str]
) -> None:
    if bad.any():
        p, k, b = (int(i[0]) for i in np.nonzero(bad))
        raise ValueError(
            f"The {side} ratio of systematic '{names[k]}' for process '{processes[p]}' in bin {b} is "
            f"{ratio[p, k, b]:.4g}; it must be positive and finite: merge bins, smooth the templates, or leave this "
            "systematic out."
        )
