"""cabinetry, which drives pyhf's Minuit."""

import json

import cabinetry
import numpy as np
import pyhf

from programs import with_pyhf


class Program(with_pyhf.Program):
    def __init__(self, data, folder, backend):
        pyhf.set_backend(backend, precision="64b")
        self.packages = ("cabinetry", "pyhf", backend, "iminuit")
        self.settings = f"cabinetry.fit.fit, {backend} backend, defaults (MIGRAD and HESSE, also for scan and toys)"
        self.pdf, _ = cabinetry.model_utils.model_and_data(json.loads((folder / "workspace.json").read_text()))
        self.arrange(data)

    def fit(self):
        result = cabinetry.fit.fit(self.pdf, self.data)
        covariance = (np.outer(result.uncertainty, result.uncertainty) * result.corr_mat)[
            np.ix_(self.order, self.order)
        ]
        return self.back(result.bestfit), covariance / np.outer(self.width, self.width)

    def scan(self, mus):
        """What ``cabinetry.fit.scan`` does for each value of mu; that keeps no parameters."""
        fixed, start = self.pdf.config.suggested_fixed(), self.pdf.config.suggested_init()
        fixed[self.pdf.config.poi_index] = True
        found = []
        for mu in mus:
            start[self.pdf.config.poi_index] = float(mu)
            found.append(self.back(cabinetry.fit.fit(self.pdf, self.data, init_pars=start, fix_pars=fixed).bestfit))
        return np.array(found)

    def toys(self, counts, measured):
        return np.array(
            [
                self.back(cabinetry.fit.fit(self.pdf, self.join(*data)).bestfit)
                for data in zip(counts, measured, strict=True)
            ]
        )
