"""evermore's likelihood, minimised by everwillow, its companion, with a minimiser of optimistix; all of it compiled.

evermore's own asymmetric log-normal is CMS Combine's, so interpolation code 4 is an effect of its own, for all
systematics, processes and bins at once, as a sum of logarithms: its product over systematics takes twice as long to
differentiate. Fits are mapped one at a time: ``vmap`` is slower here, because a batch goes on until its last fit ends.
Of optimistix's other methods, Levenberg-Marquardt on the residuals of the deviance takes several times as long, and
Newton's, which is for roots and has no line search, doesn't converge from nominal parameters.
"""

import equinox as eqx
import evermore as evm
import everwillow as ew
import everwillow.statelib as sl
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx

from programs.likelihood import Likelihood

jax.config.update("jax_enable_x64", True)


class Code4(evm.effect.BaseEffect):
    """value (K,), hist (P, B)."""

    def __init__(self, likelihood):
        self.polynomial = jnp.concatenate([jnp.asarray(likelihood.polynomial), jnp.ones((1, *likelihood.log_up.shape))])
        self.log_up, self.log_down = jnp.asarray(likelihood.log_up), jnp.asarray(likelihood.log_down)

    def __call__(self, value, hist):
        theta = value[:, None]
        inside = jnp.log(jnp.polyval(self.polynomial, jnp.clip(theta, -1.0, 1.0)))
        outside = jnp.where(theta > 0, theta * self.log_up, -theta * self.log_down)
        scale = jnp.exp(jnp.where(jnp.abs(theta) < 1, inside, outside).sum(1))
        return evm.effect.OffsetAndScale(offset=jnp.zeros_like(hist), scale=scale).broadcast()


class Program:
    compiled = True
    packages = ("evermore", "everwillow", "optimistix", "jax")

    def __init__(self, data, folder, minimiser, tolerance):
        solver = {"BFGS": optx.BFGS, "LBFGS": optx.LBFGS}[minimiser](rtol=float(tolerance), atol=float(tolerance))
        self.settings = (
            f"everwillow.fit with optimistix.{minimiser}, rtol = atol = {tolerance}; exact Hessian; compiled, one fit "
            "at a time"
        )
        likelihood = Likelihood(data)
        effect, signal, mc_error = Code4(likelihood), jnp.asarray(data["signal"]), jnp.asarray(data["mc_error"])
        nominal, systematics = jnp.asarray(data["nominal"]), likelihood.log_up.shape[1]
        start = {"mu": jnp.ones(()), "theta": jnp.zeros(systematics), "theta_mc": jnp.zeros(mc_error.size)}

        def parameters(values):
            return {
                "mu": evm.Parameter(values["mu"]),
                "theta": evm.NormalParameter(values["theta"]),
                "theta_mc": evm.NormalParameter(values["theta_mc"]),
            }

        def loss(params, observed):
            """-ln L; constrained parameters are what they differ from their auxiliary measurement."""
            counts, measured = observed
            shifted = params["theta"].get_value() + measured[:systematics]
            shifted_mc = params["theta_mc"].get_value() + measured[systematics:]
            by_systematics = evm.modifier.Modifier(value=shifted, effect=effect)
            by_mc = evm.modifier.Modifier(value=shifted_mc, effect=evm.effect.Linear(slope=mc_error, offset=1.0))
            yields = (1 + (params["mu"].get_value() - 1) * signal) @ by_mc(by_systematics(nominal))
            log_likelihood = evm.pdf.PoissonContinuous(lamb=yields).log_prob(counts).sum()
            constraints = evm.loss.get_log_probs(params)
            return -log_likelihood - evm.util.sum_over_leaves(jax.tree.map(jnp.sum, constraints))

        def minimum(observed, mu=None):
            fixed = None if mu is None else sl.State.from_pytree({"mu": mu})
            nll = lambda values, observed: loss(parameters(values), observed)  # noqa: E731
            state = sl.State.from_pytree(start)
            return ew.fit(
                nll, state, observed, fixed=fixed, solver=solver, max_steps=2000, throw=False
            ).params.to_pytree()

        def flat(values, measured):
            pulls = jnp.concatenate([values["theta"], values["theta_mc"]])
            return jnp.concatenate([values["mu"][None], pulls + measured])

        @eqx.filter_jit
        def fit(observed):
            best = minimum(observed)
            covariance = evm.loss.covariance_matrix(lambda params: loss(params, observed), parameters(best))
            return flat(best, observed[1]), covariance

        self._fit = fit
        self._scan = eqx.filter_jit(
            lambda observed, mus: jax.lax.map(lambda mu: flat(minimum(observed, mu), observed[1]), mus)
        )
        self._toys = eqx.filter_jit(lambda observed: jax.lax.map(lambda data: flat(minimum(data), data[1]), observed))
        self.observed = jnp.asarray(data["counts"]), jnp.zeros(data["toy_measured"].shape[1])

    def fit(self):
        params, covariance = self._fit(self.observed)
        return np.asarray(params), np.asarray(covariance)

    def scan(self, mus):
        return np.asarray(self._scan(self.observed, jnp.asarray(mus)))

    def toys(self, counts, measured):
        return np.asarray(self._toys((jnp.asarray(counts), jnp.asarray(measured))))
