"""jaxhep's own fit, compiled: ``jaxhep.toys``."""

import jax
import numpy as np

from jaxhep import toys
from programs.templates import read


class Program:
    compiled = True
    packages = ("jaxhep", "jax")
    settings = (
        f"jaxhep.toys: damped Newton in bin space, stops {toys.TOLERANCE:g} sigma from the minimum; exact covariance"
    )

    def __init__(self, data, folder):
        self.model, self.counts = read(data), jax.device_put(data["counts"])

        @jax.jit
        def fit(model, counts):
            best = toys.fit(model, counts)
            return best.params, toys.covariance(model, best.params, counts)

        @jax.jit
        def scan(model, counts, mus):
            return jax.lax.map(lambda mu: toys.fit(model, counts, mu=mu).params, mus)

        self._fit, self._scan = fit, scan

    def fit(self):
        params, covariance = self._fit(self.model, self.counts)
        return np.asarray(params), np.asarray(covariance)

    def scan(self, mus):
        return np.asarray(self._scan(self.model, self.counts, mus))

    def toys(self, counts, measured):
        return np.asarray(toys.fits(self.model, counts, measured).params)
