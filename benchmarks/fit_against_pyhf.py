"""The same fit with jaxhep and with pyhf (JAX backend, Minuit with gradients), covariance included.

Run it with: python benchmarks/fit_against_pyhf.py

Both start from the nominal parameters; both are warmed up by one fit, which is the time to compile.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyhf

import jaxhep


class Row(NamedTuple):
    mu: float
    sigma: float
    nll2: float
    seconds: float


def timed(run: Callable[[], tuple[float, float, float]], repeats: int) -> Row:
    """The result of ``run`` with its median time over ``repeats`` calls, after one call that isn't timed."""
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return Row(*result, float(np.median(seconds)))


def compare(model: jaxhep.Model, pdf: pyhf.Model, counts: np.ndarray) -> tuple[Row, Row]:
    """Fit ``counts`` (B,) with both; -2 ln L of pyhf without its constant, the ln of the widths of its staterrors."""
    data = pyhf.tensorlib.astensor([*counts, *pdf.config.auxdata])
    constant = 2 * float(np.log(model.mc_error).sum())

    def by_jaxhep() -> tuple[float, float, float]:
        result = jaxhep.fit(model, counts)
        return result.mu, result.sigma_mu, result.nll2

    def by_pyhf() -> tuple[float, float, float]:
        values, nll2 = pyhf.infer.mle.fit(data, pdf, return_uncertainties=True, return_fitted_val=True)
        mu, sigma = np.asarray(values)[pdf.config.poi_index]
        return float(mu), float(sigma), float(nll2) - constant

    return timed(by_jaxhep, 7), timed(by_pyhf, 1)


def main() -> None:
    events = jaxhep.load_events()
    model = jaxhep.make_model(jaxhep.build_templates(events, jaxhep.equal_signal_edges(events)))
    asimov = np.asarray(jaxhep.asimov(model))
    pyhf.set_backend("jax", pyhf.optimize.minuit_optimizer(), precision="64b")
    pdf = pyhf.Workspace(jaxhep.to_pyhf(model, asimov)).model()
    processes, bins = model.nominal.shape
    print(f"{processes} processes, {bins} bins, {len(model.systematics)} systematics, {len(model.parameters)} parameters")
    toy = np.random.default_rng(4).poisson(asimov).astype(float)
    for name, counts in (("Asimov", asimov), ("toy", toy)):
        ours, theirs = compare(model, pdf, counts)
        for label, row in (("jaxhep", ours), ("pyhf", theirs)):
            print(f"{name:8}{label:8} mu {row.mu:.5f}  sigma {row.sigma:.5f}  -2lnL {row.nll2:.6f}  {row.seconds:.4f} s")
        print(f"{name:8}ratio of times {theirs.seconds / ours.seconds:.0f}")


if __name__ == "__main__":
    main()
