"""Task 1d: a hidden random state."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.demands import kurtosis
from jaxhep.check.reading import Finding
from jaxhep.check.unit03._drawn import IGNORES_THE_KEY, Drawn, gaussian, independent, mean_is_free

ENERGY, RESOLUTION = np.linspace(20.0, 200.0, 400), 0.08


def reference(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(key, energy.shape))


task = Drawn(
    number="1d",
    name="smeared",
    reference=reference,
    meaning="The key is an argument like any other: the same key repeats the experiment, another key makes a new one.",
    small=(jnp.asarray(ENERGY[:6]), RESOLUTION),
)


@task.demand
def every_event_is_smeared(answer: Callable) -> None:
    """Each energy is shifted, by a number of its own."""
    energy = np.append(ENERGY[1], ENERGY[1:])  # two equal ones
    (values,) = task.drawn(answer, jnp.asarray(energy), RESOLUTION, keys=jax.random.split(jax.random.key(3), 4))
    if values.shape != (4, 400):
        shape = values.shape[1:]
        raise Finding(f"The result has shape {shape}, but 400 energies went in: return one smeared energy for each.")
    if np.abs(values / energy - 1).max() < 1e-9:
        raise Finding("Nothing is smeared: the energies come back as they were.")
    if np.ptp(values, axis=0).max() == 0:
        raise Finding(IGNORES_THE_KEY)
    if abs(np.mean(values / energy)) < 0.1:
        raise Finding("On average nothing is left of the energy: this is the shift alone, add it to the energy.")
    shift = (values / energy - 1) / RESOLUTION
    if np.ptp(shift, axis=1).max() < 1e-6 or np.ptp(values - energy, axis=1).max() < 1e-6:
        raise Finding(
            "One random number smears all events alike: every event needs its own, so the draw has the shape of the "
            "energies."
        )
    if np.array_equal(values[:, 0], values[:, 1]):
        raise Finding("Two events of the same energy share a random number: each event needs its own, whatever it is.")
    if len(np.unique(np.round(shift[0], 9))) < 390:
        raise Finding("Some events share their random number with others: each needs its own.")


@task.demand
def by_the_resolution_asked_for(answer: Callable) -> None:
    """The relative shifts are Gaussian and independent, of mean 0 and of the right width at every energy."""
    energy, resolution = ENERGY[::45], 0.5
    (values,) = task.drawn(answer, jnp.asarray(energy), resolution, keys=jax.random.split(jax.random.key(4), 10_000))
    edge, times = np.unique(values, return_counts=True)
    if times.max() > 20:
        raise Finding(
            f"With a resolution of {resolution} some smeared energies come out as exactly {edge[times.argmax()]:.3g} "
            "GeV: they are cut off there, but a Gaussian has no edge, and the formula none either."
        )
    shift = (values / energy - 1) / resolution
    _is_no_exponential(values / energy, resolution)
    if abs(shift.mean()) > 0.03:
        raise Finding(
            f"The energies are shifted on average, by {shift.mean() * resolution:.2g} of their value where the "
            f"resolution is {resolution}: the noise has mean 0."
        )
    width = shift.std(axis=0)
    mean_is_free(shift, "relative shifts")
    gaussian((shift - shift.mean(axis=0)) / width, "relative shifts")
    independent(shift, [f"the shift of energy {i + 1}" for i in range(energy.size)])
    _has_the_width(width, energy)


def _is_no_exponential(ratio: np.ndarray, resolution: float) -> None:
    if (
        (ratio > 0).all()
        and abs(kurtosis(np.log(ratio)) - 3) < 0.1
        and abs(np.log(ratio).std() / resolution - 1) < 0.03
    ):
        raise Finding(
            "The logarithm of the energy is Gaussian, not the energy: the noise multiplies it by exp(r eps), asked is "
            "1 + r eps."
        )


def _has_the_width(width: np.ndarray, energy: np.ndarray) -> None:
    """The width of the relative shifts at each energy, in units of the resolution."""
    if np.abs(width - 1).max() < 0.04:
        return
    power = np.polyfit(np.log(energy), np.log(width), 1)[0]
    if abs(power + 1) < 0.05:
        raise Finding(
            "The width is the same in GeV at every energy: `resolution` is relative, so the width grows with the "
            "energy."
        )
    if abs(power + 0.5) < 0.05:
        raise Finding(
            "The relative width falls as one over the square root of the energy, like a stochastic term: asked is the "
            "same relative width at every energy."
        )
    if np.abs(width * math.sqrt(8 * math.log(2)) - 1).max() < 0.04:
        raise Finding("`resolution` is taken for a full width at half maximum: it is the standard deviation itself.")
    if abs(power) < 0.05:
        raise Finding(f"The relative width comes out {width.mean():.3g} times what `resolution` says.")
    raise Finding(
        f"The relative width is {width[0]:.3g} times what `resolution` says at {energy[0]:.0f} GeV, and "
        f"{width[-1]:.3g} times at {energy[-1]:.0f} GeV: asked is the same at every energy."
    )
