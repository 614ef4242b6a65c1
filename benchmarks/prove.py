"""How far from the minimum the parameters are that a program found.

One implementation judges all: ``jaxhep.nll2`` in float64 with JAX's exact derivatives, whatever the program computes
with.
"""

import jax
import jax.numpy as jnp
import numpy as np

import jaxhep
from jaxhep import toys

value = jax.jit(toys.nll2)
_gradients = jax.jit(jax.vmap(jax.grad(toys.nll2, argnums=1), (None, 0, 0, 0)))


@jax.jit
def hessian(model, params, counts, measured):
    """Second derivatives (n, n) of -2 ln L, a few columns at a time: all of them at once would take gigabytes."""
    gradient = jax.grad(lambda x: toys.nll2(model, x, counts, measured))
    return jax.lax.map(lambda column: jax.jvp(gradient, (params,), (column,))[1], jnp.eye(params.size), batch_size=16)


def lengths(gradients, curvature):
    """sqrt(g^T H^-1 g / 2) for gradients (N, n) and Hessian (n, n): standard deviations (N,); infinite if H isn't
    positive."""
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
        return np.full(len(gradients), np.inf)
    squares = np.einsum("ni,ni->n", gradients, np.linalg.solve(curvature, gradients.T).T)
    return np.where(np.isfinite(squares), np.sqrt(np.abs(squares) / 2), np.inf)


class Referee:
    """The minimum of one model's data, found by Newton steps with the exact Hessian, and the distances of other
    parameters from theirs."""

    def __init__(self, model: jaxhep.Model, counts: np.ndarray):
        self.model, self.counts, self.nominal = model, counts, np.zeros(model.initial.size - 1)
        self.params = np.asarray(jax.jit(toys.fit)(model, counts).params)
        for _ in range(3):
            self.hessian = np.asarray(hessian(model, self.params, counts, self.nominal))
            self.params = self.params - np.linalg.solve(self.hessian, self.gradients(self.params[None])[0])
        self.nll2 = float(value(model, self.params, counts, self.nominal))
        distance = lengths(self.gradients(self.params[None]), self.hessian)[0]
        if not distance < 1e-6:
            raise ArithmeticError(
                f"The reference itself is {distance:.1e} standard deviations from a minimum: look at the model."
            )

    def gradients(self, params, counts=None, measured=None):
        """Of -2 ln L at params (N, n), for the model's own counts or for (N, B) and (N, K+B)."""
        counts = np.tile(self.counts, (len(params), 1)) if counts is None else counts
        measured = np.tile(self.nominal, (len(params), 1)) if measured is None else measured
        parts = range(0, len(params), 50)
        return np.concatenate(
            [_gradients(self.model, params[i : i + 50], counts[i : i + 50], measured[i : i + 50]) for i in parts]
        )

    def fit(self, params):
        """-2 ln L at ``params`` (n,), how much that is above the minimum, and the distance from it by the Hessian
        there."""
        found = float(value(self.model, params, self.counts, self.nominal))
        curvature = np.asarray(hessian(self.model, params, self.counts, self.nominal))
        return found, found - self.nll2, float(lengths(self.gradients(params[None]), curvature)[0])

    def scan(self, params, mus):
        """Distances (N,) of conditional fits (N, n) from theirs, by the Hessian at the minimum; infinite where mu isn't
        what it should be."""
        distances = lengths(self.gradients(params)[:, 1:], self.hessian[1:, 1:])
        return np.where(np.abs(params[:, 0] - mus) < 1e-9, distances, np.inf)

    def toys(self, params, counts, measured):
        """Distances (N,) of fits (N, n) of pseudo-experiments, by the Hessian at the minimum of the data."""
        return lengths(self.gradients(params, counts, measured), self.hessian)
