"""Small models, toys thrown from one, and what another's fits say of them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

import jaxhep
from jaxhep import toys
from jaxhep.model import Model


def thrown(world: Model, key: Array, size: int) -> tuple[Array, Array]:
    """Toys from the world: counts and auxiliary measurements."""
    return toys.generate(key, world, world.initial, size)


def fitted(model: Model, counts: Array, measured: Array | None) -> tuple[Array, Array]:
    """mu-hat and sigma of each toy; sigma is NaN where the curvature has none to give."""
    params = toys.fits(model, counts, measured).params
    return params[:, 0], toys.sigma_mu(model, params, counts)


def told(mu_hat: Array, sigma: Array) -> tuple[Array, Array]:
    return jnp.mean(mu_hat) - 1, jnp.mean(jnp.abs(mu_hat - 1) <= sigma)


def world_of(signal: list, background: list, luminosity: float, tilt: list) -> Model:
    nominal = {"signal": np.array(signal, float), "background": np.array(background, float)}
    up, down = (nominal["background"] * (1 + sign * np.array(tilt)) for sign in (1, -1))
    systematics: dict[str, dict] = {
        "luminosity": {"signal": luminosity, "background": luminosity},
        "tilt": {"background": (up, down)},
    }
    return jaxhep.from_arrays(nominal, "signal", systematics)
