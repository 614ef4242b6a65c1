"""pyhf, with each of its backends and minimisers."""

import json

import numpy as np
import pyhf


class Program:
    compiled = False

    def __init__(self, data, folder, backend, minimiser):
        optimizer = {"minuit": pyhf.optimize.minuit_optimizer, "scipy": pyhf.optimize.scipy_optimizer}[minimiser]()
        pyhf.set_backend(backend, optimizer, precision="64b")
        self.packages = (
            "pyhf",
            "jax" if backend == "jax" else "numpy",
            "iminuit" if minimiser == "minuit" else "scipy",
        )
        gradients = "exact gradients" if backend == "jax" else "numerical gradients"
        covariance = "HESSE" if minimiser == "minuit" else "no covariance: SciPy's minimiser (SLSQP) gives none"
        self.settings = f"pyhf.infer.mle.fit, {backend} backend, {minimiser}, {gradients}, defaults; {covariance}"
        self.minuit = minimiser == "minuit"
        self.pdf = pyhf.Workspace(json.loads((folder / "workspace.json").read_text())).model()
        self.arrange(data)

    def arrange(self, data):
        """How jaxhep's parameters and data are ordered in pyhf, whose MC statistics are factors 1 + mc_error *
        theta."""
        ours = {str(name): i for i, name in enumerate(data["names"])}
        theirs = [name.removesuffix("[0]") for name in self.pdf.config.par_names]
        self.order = np.argsort([ours[name] for name in theirs])
        systematics = data["up"].shape[1]
        self.width = np.concatenate([np.ones(1 + systematics), data["mc_error"]])
        self.centre = np.repeat([0.0, 1.0], [1 + systematics, data["mc_error"].size])
        self.aux = np.array([ours[name] - 1 for name in self.pdf.config.auxdata_order])
        self.data = self.join(data["counts"], np.zeros(len(ours) - 1))

    def join(self, counts, measured):
        return [*counts, *(self.centre[1:] + self.width[1:] * measured)[self.aux]]

    def back(self, values):
        return (np.asarray(values)[self.order] - self.centre) / self.width

    def fit(self):
        if not self.minuit:
            return self.back(pyhf.infer.mle.fit(self.data, self.pdf)), None
        values, result = pyhf.infer.mle.fit(self.data, self.pdf, return_uncertainties=True, return_result_obj=True)
        covariance = np.asarray(result.minuit.covariance)[np.ix_(self.order, self.order)]
        return self.back(np.asarray(values)[:, 0]), covariance / np.outer(self.width, self.width)

    def scan(self, mus):
        return np.array([self.back(pyhf.infer.mle.fixed_poi_fit(mu, self.data, self.pdf)) for mu in mus])

    def toys(self, counts, measured):
        return np.array(
            [self.back(pyhf.infer.mle.fit(self.join(*data), self.pdf)) for data in zip(counts, measured, strict=True)]
        )
