"""The likelihood in plain NumPy, vectorised: HistFactory with interpolation code 4, written without jaxhep."""

import numpy as np
from scipy.special import gammaln

POWERS = np.arange(6, 0, -1)


class Likelihood:
    """-2 ln L (n,) -> number, fully normalised, of counts (B,) and auxiliary measurements (K+B,); interpolation code
    4."""

    def __init__(self, data):
        up, down = data["up"], data["down"]
        self.nominal, self.signal, self.mc_error = data["nominal"], data["signal"], data["mc_error"]
        self.log_up, self.log_down = np.log(up), np.log(down)
        sign, slope, curvature = (-1.0) ** POWERS, POWERS, POWERS * (POWERS - 1)
        conditions = np.array([np.ones(6), sign, slope, -slope * sign, curvature, curvature * sign])
        targets = [
            up - 1,
            down - 1,
            up * self.log_up,
            -down * self.log_down,
            up * self.log_up**2,
            down * self.log_down**2,
        ]
        self.polynomial = np.tensordot(np.linalg.inv(conditions), targets, axes=1)

    def expected(self, params):
        systematics = self.log_up.shape[1]
        theta = params[1 : 1 + systematics, None]
        inside = np.clip(theta, -1, 1)
        factor = np.ones_like(self.log_up)
        power = inside
        for coefficients in self.polynomial[::-1]:
            factor += coefficients * power
            power = power * inside
        outside = np.abs(theta[:, 0]) >= 1
        if outside.any():
            far = theta[outside]
            factor[:, outside] = np.exp(
                np.where(far > 0, far * self.log_up[:, outside], -far * self.log_down[:, outside])
            )
        scale = 1 + (params[0] - 1) * self.signal
        return scale @ (self.nominal * factor.prod(1)) * (1 + self.mc_error * params[1 + systematics :])

    def __call__(self, params, counts, measured):
        yields = np.maximum(self.expected(params), 1e-6)
        pulls = params[1:] - measured
        return 2 * np.sum(yields - counts * np.log(yields) + gammaln(counts + 1)) + np.sum(pulls**2 + np.log(2 * np.pi))
