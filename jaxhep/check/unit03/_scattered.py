"""Task 4: a random walk."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxhep.check.demands import correlation
from jaxhep.check.reading import Finding
from jaxhep.check.unit03._drawn import IGNORES_THE_KEY, Drawn, gaussian, independent

THICKNESS, SIGMA = 3.0, 0.02


def reference(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    after = sigma * jnp.cumsum(z2)
    before = after - sigma * z2
    return after, jnp.cumsum(thickness * (before + sigma * (z1 / math.sqrt(12) + z2 / 2)))


task = Drawn(
    number=4,
    name="scattered",
    reference=reference,
    outputs=("the angles", "the offsets"),
    meaning="Every number has a key of its own, the whole track repeats from one key, and vmap over keys sends out a "
    "beam.",
    errors={
        "Shapes must be 1D sequences": "`layers` decides about shapes, so it can't be traced: in your jit it needs "
        "static_argnames.",
        "was not hashable": "`layers` decides about shapes, so it can't be traced: your jit needs it among its "
        "static_argnames.",
        "carry": "The carry of the loop changes its form: what the body returns as carry must look like the start "
        "value, types included.",
        "must be a pair": "The body of lax.scan returns two things: the carry, and the output of this turn.",
    },
    small=(4, THICKNESS, SIGMA),
    once=(1, THICKNESS, SIGMA),
)


@task.demand
def follows_the_recipe(answer: Callable) -> None:
    """The recipe is undone, to find z1 and z2 of every layer, and to examine them."""
    angles, offsets = _tracks(answer, 25, 400)
    try:
        _examine(angles, offsets)
    except Finding:
        _refuse_exchanged(angles, offsets)
        raise
    angles, offsets = _tracks(answer, 6, 4000)
    z1, z2 = _numbers(angles, offsets)[:2]
    names = [f"{name} of layer {layer + 1}" for name in ("z1", "z2") for layer in range(6)]
    gaussian(z2, "kicks z2")
    gaussian(z1, "random offsets z1")
    independent(np.concatenate([z1, z2], axis=1), names)


@task.demand
def is_linear_in_sigma(answer: Callable) -> None:
    narrow, wide = (task.drawn(answer, 4, THICKNESS, sigma) for sigma in (SIGMA, 50 * SIGMA))
    if not np.allclose(50 * np.asarray(narrow), np.asarray(wide), rtol=1e-6):
        raise Finding(
            "With 50 times the `sigma` and the same key the track isn't 50 times as wide: the recipe is linear, for "
            "small angles. Is there a sine, a tangent or a limit in yours?"
        )


def _refuse_exchanged(angles: np.ndarray, offsets: np.ndarray) -> None:
    try:
        _examine(offsets, angles)
    except Finding:
        return
    raise Finding("The two results have changed places: first the angles, then the offsets.")


def _numbers(angles: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, ...]:
    """z1 and z2 of each layer by the recipe; then the angle before it and the step sideways, in units of sigma and of
    thickness times sigma."""
    before = np.pad(angles, ((0, 0), (1, 0)))[:, :-1]
    z2 = (angles - before) / SIGMA
    before, step = before / SIGMA, np.diff(offsets, axis=1, prepend=0) / (THICKNESS * SIGMA)
    return np.sqrt(12) * (step - before - z2 / 2), z2, before, step


def _examine(angles: np.ndarray, offsets: np.ndarray) -> None:
    """Raise the ``Finding`` about tracks, (walkers, layers), that aren't made by the recipe."""
    if np.ptp(angles[:4], axis=0).max() == 0 and np.ptp(offsets[:4], axis=0).max() == 0:
        raise Finding(IGNORES_THE_KEY)
    _begins_behind_the_first_layer(angles, offsets)
    z1, z2, before, step = _numbers(angles, offsets)
    _kicks_are_independent(angles, z2)
    of_kick = _share_of_the_kick(step, before, z2)
    _offsets_are_independent(z1, z2, of_kick)
    if len(np.unique(np.round(z2, 9), axis=0)) < 390:
        raise Finding("Different walkers get the same kicks.")


def _tracks(answer: Callable, layers: int, walkers: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles and offsets, (walkers, layers) each."""
    keys = jax.random.split(jax.random.key(5), walkers)
    angles, offsets = task.drawn(answer, layers, THICKNESS, SIGMA, keys=keys)
    for name, values in (("angles", angles), ("offsets", offsets)):
        if values.shape == (walkers, layers + 1):
            raise Finding(f"The {name} have one entry too many: asked are those after each layer, without the start.")
        if values.shape != (walkers, layers):
            shape = values.shape[1:]
            raise Finding(f"The {name} of {layers} layers have shape {shape}: return one number for each layer.")
        if not np.isfinite(values).all():
            raise Finding(f"The {name} hold NaN or infinity.")
    return angles, offsets


def _begins_behind_the_first_layer(angles: np.ndarray, offsets: np.ndarray) -> None:
    if not offsets[:, 0].any() and np.allclose(np.diff(offsets, axis=1), THICKNESS * angles[:, :-1]):
        raise Finding(
            "In each layer the muon goes straight on, by thickness times the angle before it: the random part of the "
            "step sideways is missing."
        )
    named = [name for name, x in (("angles", angles), ("offsets", offsets)) if not x[:, 0].any() and x[:, -1].any()]
    if named:
        raise Finding(
            f"The first of the {' and of the '.join(named)} is always 0, that of the start, and the last layer is "
            "missing: what the body gives out for stacking is the state after its layer, the new one."
        )


def _kicks_are_independent(angles: np.ndarray, z2: np.ndarray) -> None:
    if _repeated(z2):
        raise Finding(
            "Every layer kicks by the same angle: the same key is used for each, so it draws the same number again "
            "and again."
        )
    widths = np.std(angles, axis=0) / SIGMA
    if np.abs(widths - 1).max() < 0.2 and abs(correlation(angles[:, 1:], angles[:, :-1])) < 0.1:
        raise Finding("The angles are the single kicks: each layer adds its kick to the angle so far.")
    if np.std(angles[:, 0]) > 3 * np.std(angles[:, -1]):
        raise Finding("The walk runs backwards: its spread is largest after the first layer.")
    _unit_normal(z2, "kicks")


def _share_of_the_kick(step: np.ndarray, before: np.ndarray, z2: np.ndarray) -> float:
    """How much of the kick is in the step sideways, once the step has been found to follow the angle before the layer.

    step : in units of thickness times sigma. before : the angle, in units of sigma.
    """
    if np.std(step) < 1e-9:
        raise Finding("The muon isn't displaced at all.")
    features = np.stack([z2.ravel(), before.ravel()], 1)
    (of_kick, of_angle), *_ = np.linalg.lstsq(features, step.ravel(), rcond=None)
    if abs(of_angle) < 0.1:
        raise Finding(
            "The offset forgets the direction of the track: in each layer it grows by thickness times the angle "
            "before the layer."
        )
    if abs(of_angle - 1) > 0.1:
        raise Finding(
            f"In each layer the offset grows by {of_angle:.3g} times the thickness times the angle: is the thickness "
            "in it, once?"
        )
    if abs(of_kick - 1.5) < 0.1 or abs(of_kick - 1) < 0.1:
        raise Finding(
            "The offset uses the angle after the layer: the track enters with the angle from before, and half of the "
            "kick is in z2/2."
        )
    return of_kick


def _offsets_are_independent(z1: np.ndarray, z2: np.ndarray, of_kick: float) -> None:
    if np.std(z1) < 1e-6:
        raise Finding("The offset holds no random number of its own: the term z1 / sqrt(12) is missing.")
    if np.abs(z1 - z2).max() < 1e-6:
        raise Finding("The two random numbers of a layer are equal, z1 = z2: one key has drawn both.")
    if _repeated(z1):
        raise Finding("z1 is the same number in every layer: its key isn't renewed.")
    if np.abs(z1[:, 1:] - z2[:, :-1]).max() < 1e-6 or np.abs(z2[:, 1:] - z1[:, :-1]).max() < 1e-6:
        raise Finding(
            "A random number of one layer comes back in the next one: the key that drew it was passed on to the next "
            "layer."
        )
    if abs(of_kick) < 0.1:
        raise Finding(
            "The offset doesn't follow the kick of its own layer: z2 / 2 is missing, or another number stands there."
        )
    if abs(of_kick - 0.5) > 0.1:
        raise Finding(
            f"The offset follows the kick of its own layer with {of_kick:.3g} times z2, instead of half of it."
        )
    if abs(correlation(z1[:, 0], z2.sum(axis=1))) > 0.8:
        raise Finding(
            "The first layer doesn't start with the angle 0: its offset follows the angle after the last layer, as "
            "jnp.roll, or an index of -1, takes it."
        )
    _unit_normal(z1, "random offsets z1")


def _repeated(x: np.ndarray) -> bool:
    """Whether each row holds one number only, up to rounding."""
    return bool(np.ptp(x, axis=1).max() < 1e-6)


def _unit_normal(x: np.ndarray, what: str) -> None:
    """Raise a ``Finding`` unless these are independent standard Gaussian numbers, in wide margins."""
    if abs(np.std(x) - math.sqrt(THICKNESS)) < 0.05:
        raise Finding(
            f"The {what} come out as wide as the square root of the thickness: `sigma` is the spread of a whole layer, "
            "however thick."
        )
    if abs(np.std(x) - 1) > 0.08:
        raise Finding(
            f"The {what} come out {np.std(x):.3g} times as wide as they should be, if nothing else has been added."
        )
    if abs(x.mean()) > 0.08:
        raise Finding(f"The {what} don't average to 0: the walk drifts to one side.")
    if abs(correlation(x[:, 1:], x[:, :-1])) > 0.08:
        raise Finding(f"The {what} of neighbouring layers are correlated: each layer needs numbers of its own.")
