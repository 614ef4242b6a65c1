"""The likelihood: expected yields and -2 ln L as pure functions of a model and its parameters.

HistFactory (Cranmer et al., CERN-OPEN-2012-016), one bin at a time. With process p, systematic k, bin b::

    nu_pb = mu^[p is signal] * norm_p * nominal_pb * prod_k f_pkb(theta_k)
    E_b   = (1 + mc_error_b * theta_b) * sum_p nu_pb
    L     = prod_b Poisson(n_b | E_b) * prod Gauss(theta_k | 0, 1) * prod Gauss(theta_b | 0, 1)

A parameter vector ``params`` is ordered as ``model.parameters``: mu, free norms, systematics, mcstat_b.
Every function here can be jitted, differentiated and mapped; shapes are static, nothing is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln
from jax.typing import ArrayLike

from jaxhep.events import require_known
from jaxhep.templates import Templates

GROUPS = {"top": ("ttbar", "Wt")}
"""Processes that ``make_model`` can leave free with one common norm, besides every background by itself."""

TINY = 1e-6
"""Expected events in a bin below which ln E goes on as a straight line, so that -2 ln L stays finite for E <= 0."""


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
        params = jnp.asarray(params)
        return params[:first], params[first:second], params[second:]


def make_model(
    templates: Templates, systematics: Sequence[str] | None = None, mc_stat: bool = True, free: Sequence[str] = ()
) -> Model:
    """A model of ``templates`` with the given ``systematics`` (default: all), MC statistics, and free norms.

    ``free`` lists backgrounds whose norm floats without constraint, by name, or "top" for ttbar and Wt together.

    Raises ValueError for unknown names, no signal, a bin without expected yield, values that aren't finite, or a
    systematic so large that its interpolation reaches zero inside |theta| <= 1.
    """
    systematics = templates.systematics if systematics is None else tuple(systematics)
    require_known(systematics, templates.systematics, "systematic")
    if not templates.signal:
        raise ValueError("None of the processes is a signal (label 1): mu would scale nothing.")
    backgrounds = {p: (p,) for p in templates.processes if p not in templates.signal}
    norms = {name: group for name, group in GROUPS.items() if set(group) <= set(backgrounds)} | backgrounds
    require_known(free, norms, "background process")
    groups = [templates.signal, *(norms[name] for name in free)]
    scales = np.array([[float(p in group) for p in templates.processes] for group in groups])
    if (scales.sum(0) > 1).any():
        raise ValueError(
            f"free={tuple(free)} would scale '{templates.processes[scales.sum(0).argmax()]}' twice: leave one out."
        )
    total = templates.nominal.sum(0)
    _refuse_bins(~(np.isfinite(total) & (total > 0)), total, "The total expected yield")
    mc_error = templates.mc_error if mc_stat else np.zeros(0)
    _refuse_bins(~(np.isfinite(mc_error) & (mc_error > 0)), mc_error, "The MC statistical error")

    chosen = [templates.systematics.index(name) for name in systematics]
    up, down = templates.up[:, chosen], templates.down[:, chosen]
    for side, ratio in (("up", up), ("down", down)):
        _refuse_ratios(~(np.isfinite(ratio) & (ratio > 0)), ratio, side, templates.processes, systematics)
    polynomial = _interpolation(up, down)
    lowest = np.min([np.polyval(polynomial, theta) for theta in np.linspace(-1, 1, 21)], axis=0)
    _refuse_ratios(lowest <= 0, lowest, "interpolated", templates.processes, systematics)

    return Model(
        nominal=jnp.asarray(templates.nominal),
        scales=jnp.asarray(scales),
        polynomial=jnp.asarray(polynomial),
        log_up=jnp.log(up),
        log_down=jnp.log(down),
        mc_error=jnp.asarray(mc_error),
        processes=templates.processes,
        systematics=systematics,
        free=tuple(free),
    )


def _refuse_bins(bad: np.ndarray, values: np.ndarray, what: str) -> None:
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(
            f"{what} in bin {b} is {values[b]}; it must be positive and finite: merge bins or check the templates."
        )


def _refuse_ratios(
    bad: np.ndarray, ratio: np.ndarray, side: str, processes: tuple[str, ...], names: Sequence[str]
) -> None:
    if bad.any():
        p, k, b = (int(i[0]) for i in np.nonzero(bad))
        raise ValueError(
            f"The {side} ratio of systematic '{names[k]}' for process '{processes[p]}' in bin {b} is {ratio[p, k, b]:.4g}; "
            "it must be positive and finite: merge bins, smooth the templates, or leave this systematic out."
        )


def _interpolation(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Coefficients (7, ...), highest power first, of HistFactory's interpolation code 4.

    1 + a_1 theta + ... + a_6 theta^6 meets up^theta at theta = 1 and down^-theta at -1 in value, slope and curvature.
    """
    powers = np.arange(6, 0, -1)
    sign = (-1.0) ** powers
    slope, curvature = powers, powers * (powers - 1)
    conditions = np.array([np.ones(6), sign, slope, -slope * sign, curvature, curvature * sign])
    log_up, log_down = np.log(up), np.log(down)
    targets = np.array([up - 1, down - 1, up * log_up, -down * log_down, up * log_up**2, down * log_down**2])
    coefficients = np.tensordot(np.linalg.inv(conditions), targets, axes=1)
    return np.concatenate([coefficients, np.ones((1, *up.shape))])


def log_factors(model: Model, theta: Array) -> Array:
    """ln f_pkb(theta_k) for theta (K,): shape (P, K, B)."""
    theta = theta[:, None]
    polynomial = jnp.log(jnp.polyval(model.polynomial, jnp.clip(theta, -1.0, 1.0)))
    return jnp.where(abs(theta) < 1, polynomial, jnp.where(theta > 0, theta * model.log_up, -theta * model.log_down))


def expected_by_process(model: Model, params: ArrayLike) -> Array:
    """Expected events of every process in every bin, (P, B), MC statistics included."""
    norms, theta, theta_mc = model.split(params)
    return _yields(model, norms, log_factors(model, theta).sum(1), theta_mc)


def _yields(model: Model, norms: Array, log_shift: Array, theta_mc: Array) -> Array:
    scale = 1 + (norms - 1) @ model.scales
    yields = scale[:, None] * model.nominal * jnp.exp(log_shift)
    return yields * (1 + model.mc_error * theta_mc) if theta_mc.size else yields


def expected(model: Model, params: ArrayLike) -> Array:
    """Expected events in every bin, (B,)."""
    return expected_by_process(model, params).sum(0)


def asimov(model: Model, mu: float = 1.0) -> Array:
    """The Asimov data set, (B,): the expected events at this mu, norms 1 and all theta 0 (Cowan et al., EPJC 71 (2011) 1554)."""
    return expected(model, jnp.asarray(model.initial).at[0].set(mu))


def poisson_nll2(counts: ArrayLike, yields: Array) -> Array:
    """-2 ln of prod_b Poisson(counts_b | yields_b), a number; finite and differentiable for yields <= 0, too."""
    positive = jnp.maximum(yields, TINY)
    log_yields = jnp.where(yields > TINY, jnp.log(positive), jnp.log(TINY) + yields / TINY - 1)
    return 2 * jnp.sum(positive - counts * log_yields + gammaln(jnp.asarray(counts) + 1))


def gauss_nll2(theta: Array) -> Array:
    """-2 ln of prod_k Gauss(theta_k | 0, 1), 1/sqrt(2 pi) included."""
    return jnp.sum(theta**2 + jnp.log(2 * jnp.pi))


def nll2(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """-2 ln L, fully normalised: ``params`` (1+F+K+B,), ``counts`` (B,) need not be integers (Asimov)."""
    _, theta, theta_mc = model.split(params)
    return poisson_nll2(counts, expected(model, params)) + gauss_nll2(theta) + gauss_nll2(theta_mc)


def nll2_hessian(model: Model, params: ArrayLike, counts: ArrayLike) -> Array:
    """Exact second derivatives of ``nll2``, equal to ``jax.hessian`` of it and many times faster.

    Systematics act on the Poisson term through the P x B sums of ln f only, and each ln f depends on one theta. So JAX
    differentiates the Poisson term in the few variables z = (norms, sums, theta_mc), and the chain rule does the rest:
    H = J^T F_zz J + diag(F_z . d2z/dtheta2) with J = dz/dparams.
    """
    norms, theta, theta_mc = model.split(params)
    first = lambda t: jax.jvp(lambda u: log_factors(model, u), (t,), (jnp.ones_like(t),))[1]  # noqa: E731
    slopes, curvatures = jax.jvp(first, (theta,), (jnp.ones_like(theta),))
    shape = model.nominal.shape
    low, high = norms.size, norms.size + model.nominal.size

    def poisson(z: Array) -> Array:
        yields = _yields(model, z[:low], z[low:high].reshape(shape), z[high:])
        return poisson_nll2(counts, yields.sum(0))

    z = jnp.concatenate([norms, log_factors(model, theta).sum(1).ravel(), theta_mc])
    jacobian = jax.scipy.linalg.block_diag(
        jnp.eye(norms.size), jnp.moveaxis(slopes, 1, -1).reshape(model.nominal.size, theta.size), jnp.eye(theta_mc.size)
    )
    pull = jnp.einsum("pb,pkb->k", jax.grad(poisson)(z)[low:high].reshape(shape), curvatures)
    own = jnp.concatenate([jnp.zeros(norms.size), pull + 2, jnp.full(theta_mc.size, 2.0)])
    return jacobian.T @ jax.hessian(poisson)(z) @ jacobian + jnp.diag(own)
