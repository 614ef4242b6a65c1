"""The model of the exercise as a dictionary of arrays, and as the package's functions want it.

``Arrays``, with P processes, K systematics and B bins::

    nominal (P, B), signal (P,) 1 or 0, up and down (P, K, B) ratios,
    coefficients (6, P, K, B) lowest power first, mc_error (B,)
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxhep.interpolation import coefficients
from jaxhep.model import Model
from jaxhep.templates import Templates

Arrays = dict[str, Array]


def solved(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The polynomial's coefficients (6, ...) as the exercise keeps them: lowest power first, without the constant."""
    return coefficients(np.asarray(up, float), np.asarray(down, float))[-2::-1]


def model_arrays(templates: Templates, systematics: tuple[str, ...] | list[str], solve: Callable) -> Arrays:
    """The dictionary of arrays for these systematics; ``solve`` is the notebook's ``coefficients``."""
    chosen = [templates.systematics.index(name) for name in systematics]
    up, down = jnp.asarray(templates.up[:, chosen]), jnp.asarray(templates.down[:, chosen])
    return {
        "nominal": jnp.asarray(templates.nominal),
        "signal": jnp.array([float(name in templates.signal) for name in templates.processes]),
        "up": up,
        "down": down,
        "coefficients": jnp.asarray(solve(up, down)),
        "mc_error": jnp.asarray(templates.mc_error),
    }


def as_model(arrays: Arrays) -> Model:
    """The same model in the form that the package's functions take."""
    processes, systematics, _ = arrays["up"].shape
    return Model(
        nominal=arrays["nominal"],
        scales=arrays["signal"][None],
        polynomial=jnp.concatenate([arrays["coefficients"][::-1], jnp.ones_like(arrays["up"])[None]]),
        log_up=jnp.log(arrays["up"]),
        log_down=jnp.log(arrays["down"]),
        mc_error=arrays["mc_error"],
        processes=tuple(f"process_{p}" for p in range(processes)),
        systematics=tuple(f"theta_{k}" for k in range(systematics)),
        free=(),
    )


def random_model(rng: np.random.Generator, signal: list[int], systematics: int, bins: int) -> Arrays:
    """A hidden model; ``signal`` holds 1 or 0 for each process."""
    logarithm = rng.normal(0, 0.07, (len(signal), systematics, bins))
    up, down = np.exp(logarithm), np.exp(-logarithm * rng.uniform(0.6, 1.3, logarithm.shape))
    nominal = rng.uniform(20, 60, (len(signal), bins)) * np.where(np.array(signal)[:, None], 0.6, 1)
    arrays = {"nominal": nominal, "signal": np.array(signal, float), "up": up, "down": down}
    arrays |= {"coefficients": solved(up, down), "mc_error": rng.uniform(0.02, 0.08, bins)}
    return {name: jnp.asarray(array) for name, array in arrays.items()}
