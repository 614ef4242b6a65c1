"""The likelihood: expected yields and -2 ln L as pure functions of a model and its parameters.

HistFactory (Cranmer et al., CERN-OPEN-2012-016), one bin at a time. With process p, systematic k, bin b::

    nu_pb = mu^[p is signal] * norm_p * nominal_pb * prod_k f_pkb(theta_k)
    E_b   = (1 + mc_error_b * theta_b) * sum_p nu_pb
    L     = prod_b Poisson(n_b | E_b) * prod Gauss(m_k | theta_k, 1) * prod Gauss(m_b | theta_b, 1)

with the auxiliary measurements m at 0 in the data, drawn anew in a toy. Counts are Poisson only where E_b >= 0 (and
1 + mc_error_b theta_b >= 0): beyond, L = 0. A bin without events may have its most likely yield there, at E_b = 0.
Every function here can be jitted, differentiated and mapped; shapes are static and checked, values aren't.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.model import Model


def log_factors(model: Model, theta: Array) -> Array:
    """ln f_pkb(theta_k) for theta (K,): shape (P, K, B)."""
    theta = theta[:, None]
    polynomial = jnp.log(jnp.polyval(model.polynomial, jnp.clip(theta, -1.0, 1.0)))
    return jnp.where(abs(theta) < 1, polynomial, jnp.where(theta > 0, theta * model.log_up, -theta * model.log_down))


def expected_by_process(model: Model, params: ArrayLike) -> Array:
    """Expected events of every process in every bin, (P, B), MC statistics included."""
    return _expected_by_process(model, inputs.params(model, params))


@jax.jit
def _expected_by_process(model: Model, params: ArrayLike) -> Array:
    norms, theta, theta_mc = model.split(params)
    scale = 1 + (norms - 1) @ model.scales
    yields = scale[:, None] * model.nominal * jnp.exp(log_factors(model, theta).sum(1))
    return yields * (1 + model.mc_error * theta_mc) if theta_mc.size else yields


def expected(model: Model, params: ArrayLike) -> Array:
    """Expected events in every bin, (B,)."""
    return _expected(model, inputs.params(model, params))


@jax.jit
def _expected(model: Model, params: ArrayLike) -> Array:
    return _expected_by_process(model, params).sum(0)


def asimov(model: Model, mu: float = 1.0) -> Array:
    """The Asimov data set, (B,): the expected events at this mu, norms 1 and all theta 0 (Cowan et al., EPJC 71 (2011)
    1554).

    With the other parameters at their fit to data instead, ``held = jaxhep.toys.fit(model, counts, mu=mu)``, it is
    ``expected(model, held.params)``, and what constrains them has moved with them: ``nll2``, ``toys.fit`` and
    ``toys.fits`` take it as ``measured=held.params[1 + len(model.free):]``.
    """
    inputs.require_model(model)
    yields = expected(model, jnp.asarray(model.initial).at[0].set(inputs.number(mu, "mu")))
    inputs.yields(yields, f"at mu = {mu}")
    return yields


def poisson_nll2(counts: ArrayLike, yields: Array) -> Array:
    """-2 ln of prod_b Poisson(counts_b | yields_b), a number.

    A bin without events adds twice its yield, down to a yield of 0. Where the likelihood is 0, at a negative yield or
    at none for a bin with events, the result is infinite and its slope 0.
    """
    counts = jnp.asarray(counts)
    logs = jnp.log(jnp.where(yields > 0, yields, 1.0))
    impossible = (yields < 0) | ((yields == 0) & (counts > 0))
    return 2 * jnp.sum(jnp.where(impossible, jnp.inf, yields - counts * logs + gammaln(counts + 1)))


def gauss_nll2(pulls: Array) -> Array:
    """-2 ln of the constraints, prod Gauss(pull | 0, 1), 1/sqrt(2 pi) included."""
    return jnp.sum(pulls**2 + jnp.log(2 * jnp.pi))


def nll2(model: Model, params: ArrayLike, counts: ArrayLike, measured: ArrayLike = 0.0) -> Array:
    """-2 ln L, fully normalised: ``params`` (1+F+K+B,), ``counts`` (B,) need not be integers (Asimov).

    measured : (K+B,), the auxiliary measurements of systematics and MC statistics; 0 in the data.
    """
    return _nll2(model, *inputs.likelihood(model, params, counts, measured))


@jax.jit
def _nll2(model: Model, params: ArrayLike, counts: ArrayLike, measured: ArrayLike) -> Array:
    constraints = gauss_nll2(jnp.asarray(params)[1 + len(model.free) :] - measured)
    mc_factor = 1 + model.mc_error * model.split(params)[2]
    return jnp.where((mc_factor < 0).any(), jnp.inf, poisson_nll2(counts, expected(model, params)) + constraints)
