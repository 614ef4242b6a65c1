"""Minuit on the likelihood in plain NumPy, with the numerical derivatives that Minuit makes."""

import numpy as np
from iminuit import Minuit

from programs.likelihood import Likelihood


class Program:
    compiled = False
    packages = ("numpy", "iminuit")
    settings = "MIGRAD and HESSE with numerical derivatives, strategy 0, default tol"

    def __init__(self, data, folder):
        self.nll2, self.counts = Likelihood(data), data["counts"]
        self.start = np.r_[1.0, np.zeros(data["toy_measured"].shape[1])]

    def _migrad(self, counts, measured, mu=None):
        fitter = Minuit(lambda params: self.nll2(params, counts, measured), self.start)
        fitter.errordef, fitter.strategy = 1, 0
        if mu is not None:
            fitter.values[0], fitter.fixed[0] = mu, True
        return fitter.migrad()

    def fit(self):
        fitter = self._migrad(self.counts, 0.0).hesse()
        return np.array(fitter.values), np.array(fitter.covariance)

    def scan(self, mus):
        return np.array([self._migrad(self.counts, 0.0, mu).values for mu in mus])

    def toys(self, counts, measured):
        return np.array([self._migrad(*data).values for data in zip(counts, measured, strict=True)])
