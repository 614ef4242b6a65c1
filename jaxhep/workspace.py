"""Export to pyhf, the independent referee.

Every bin becomes a channel of its own, ``bin_000``, ``bin_001``...: then ``normsys``, which scales a whole channel with
interpolation code 4, is the same as a template that is interpolated bin by bin. pyhf sorts channels by name, so the
zero-padded names keep the order of the bins. Parameters keep their names; only ``mcstat_b`` becomes pyhf's factor
gamma_b = 1 + mc_error_b * theta_b, with a Gaussian constraint of width mc_error_b.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jaxhep import inputs
from jaxhep.model import Model


def to_pyhf(model: Model, counts: ArrayLike) -> dict[str, Any]:
    """The model with observed ``counts`` (B,) as a pyhf workspace: ``pyhf.Workspace(to_pyhf(model, counts))``.

    Raises ValueError if ``counts`` don't have one number per bin, or one is negative or not finite.
    """
    counts = np.asarray(inputs.counts(model, counts), float)
    nominal = np.asarray(model.nominal)
    channels = [f"bin_{b:03d}" for b in range(counts.size)]
    norms = model.parameters[: 1 + len(model.free)]
    return {
        "version": "1.0.0",
        "channels": [
            {"name": channel, "samples": [_sample(model, nominal, p, b) for p in range(len(model.processes))]}
            for b, channel in enumerate(channels)
        ],
        "observations": [{"name": channel, "data": [n]} for channel, n in zip(channels, counts.tolist(), strict=True)],
        "measurements": [
            {
                "name": "mu",
                "config": {
                    "poi": "mu",
                    "parameters": [{"name": name, "inits": [1.0], "bounds": [[-20.0, 20.0]]} for name in norms],
                },
            }
        ],
    }


def _sample(model: Model, nominal: np.ndarray, p: int, b: int) -> dict[str, Any]:
    norms = zip(model.parameters, np.asarray(model.scales)[:, p], strict=False)
    modifiers: list[dict[str, Any]] = [{"name": name, "type": "normfactor", "data": None} for name, on in norms if on]
    hi, lo = np.exp(model.log_up[p, :, b]).tolist(), np.exp(model.log_down[p, :, b]).tolist()
    for k, name in enumerate(model.systematics):
        modifiers.append({"name": name, "type": "normsys", "data": {"hi": hi[k], "lo": lo[k]}})
    if model.mc_error.size:
        # pyhf adds the uncertainties of a channel's samples in quadrature: the first carries all of it
        error = float(model.mc_error[b]) * nominal[:, b].sum() * (p == 0)
        modifiers.append({"name": f"mcstat_{b}", "type": "staterror", "data": [error]})
    return {"name": model.processes[p], "data": [nominal[p, b]], "modifiers": modifiers}


def pyhf_parameters(model: Model, params: ArrayLike, names: Sequence[str]) -> np.ndarray:
    """``params`` (n,) in pyhf's order and convention, where ``names`` is ``pyhf_model.config.par_names``.

    Raises ValueError if ``params`` aren't (n,), finite, or a name isn't one of the model's.
    """
    checked = inputs.params(model, params)
    inputs.finite(checked, lambda i: f"Parameter '{model.parameters[i]}'")
    norms, theta, theta_mc = model.split(checked)
    names = inputs.names(names, "names")
    inputs.require_known([name.removesuffix("[0]") for name in names], model.parameters, "parameter")
    converted = np.concatenate([norms, theta, 1 + model.mc_error * theta_mc])
    values = dict(zip(model.parameters, converted, strict=True))
    return np.array([values[name.removesuffix("[0]")] for name in names])
