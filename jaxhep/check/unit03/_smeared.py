"""Task 1d: a hidden random state."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.demands import kurtosis
from jaxhep.check.reading import Finding
from jaxhep.check.unit03._drawn import IGNORES_THE_KEY, Drawn

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
    """The relative shifts are new for every event, and Gaussian, of the right width."""
    (values,) = task.drawn(answer, jnp.asarray(ENERGY), RESOLUTION, keys=jax.random.split(jax.random.key(3), 30))
    if values.shape != (30, 400):
        shape = values.shape[1:]
        raise Finding(f"The result has shape {shape}, but 400 energies went in: return one smeared energy for each.")
    if np.abs(values / ENERGY - 1).max() < 1e-9:
        raise Finding("Nothing is smeared: the energies come back as they were.")
    if np.ptp(values[:4], axis=0).max() == 0:
        raise Finding(IGNORES_THE_KEY)
    if abs(np.mean(values / ENERGY)) < 0.1:
        raise Finding("On average nothing is left of the energy: this is the shift alone, add it to the energy.")
    shift = (values / ENERGY - 1) / RESOLUTION
    if np.ptp(shift, axis=1).max() < 1e-6 or np.ptp(values - ENERGY, axis=1).max() < 1e-6:
        raise Finding(
            "One random number smears all events alike: every event needs its own, so the draw has the shape of the "
            "energies."
        )
    if len(np.unique(np.round(shift[0], 9))) < 390:
        raise Finding("Some events share their random number with others: each needs its own.")
    _is_gaussian(shift)


def _is_gaussian(shift: np.ndarray) -> None:
    """Relative to the resolution: mean 0 and width 1 at every energy."""
    if abs(shift.mean()) > 0.1:
        raise Finding(
            f"The energies are shifted on average, by {shift.mean() * RESOLUTION:.2g} of their value: the noise has "
            "mean 0."
        )
    if np.std(shift[:, :100]) > 2 * np.std(shift[:, -100:]):
        raise Finding(
            "The width is the same in GeV at every energy: `resolution` is relative, so the width grows with the "
            "energy."
        )
    if abs(np.std(shift) - 1) > 0.08:
        raise Finding(f"The relative width comes out {np.std(shift):.3g} times what `resolution` says.")
    if abs(kurtosis(shift) - 3) > 0.4:
        raise Finding("Mean and width are right, but the distribution isn't Gaussian.")
