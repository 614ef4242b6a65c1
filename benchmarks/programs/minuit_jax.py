"""Minuit on jaxhep's likelihood with exact, compiled gradient and Hessian."""

import jax
import numpy as np
from iminuit import Minuit

import jaxhep
from jaxhep import toys
from jaxhep.covariance import hessian
from programs.templates import read


class Program:
    compiled = False
    packages = ("jaxhep", "jax", "iminuit")
    settings = "jaxhep.fit: MIGRAD and HESSE with exact gradient and Hessian, strategy 0, tol 1e-7"

    def __init__(self, data, folder):
        self.model, self.counts = read(data), data["counts"]
        self._value, self._gradient, self._hessian = (
            jax.jit(toys.nll2),
            jax.jit(jax.grad(toys.nll2, argnums=1)),
            jax.jit(hessian),
        )

    def fit(self):
        result = jaxhep.fit(self.model, self.counts)
        return result.values, result.covariance

    def scan(self, mus):
        return np.array([[mu, *jaxhep.minuit(self.model, self.counts, fixed={"mu": mu}).migrad().values] for mu in mus])

    def toys(self, counts, measured):
        """As ``jaxhep.fit``, whose auxiliary measurements are 0, but with these; the Hessian doesn't depend on them."""
        return np.array([self._migrad(*data) for data in zip(counts, measured, strict=True)])

    def _positive(self, x, counts):
        """The Hessian or, where its curvature is negative, Fisher's information, as in ``jaxhep.minuit``."""
        exact = np.asarray(self._hessian(self.model, x, counts))
        if np.linalg.eigvalsh(exact)[0] > 0:
            return exact
        return np.asarray(self._hessian(self.model, x, jaxhep.expected(self.model, x)))

    def _migrad(self, counts, measured):
        fitter = Minuit(
            lambda x: float(self._value(self.model, x, counts, measured)),
            self.model.initial,
            grad=lambda x: np.asarray(self._gradient(self.model, x, counts, measured)),
            hessian=lambda x: self._positive(x, counts),
        )
        fitter.errordef, fitter.strategy, fitter.tol = 1, 0, 1e-7
        return np.array(fitter.migrad().values)
