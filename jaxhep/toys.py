"""Pseudo-experiments, and what is done with each of them: many at once, in blocks, on every device there is.

The fits and test statistics that one asks of toys can be called from here, too: ``toys.fits``, ``toys.q0``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike

from jaxhep import inputs
from jaxhep.covariance import covariance, hessian, sigma_mu
from jaxhep.likelihood import _expected, expected, nll2
from jaxhep.minimum import fit, fits
from jaxhep.model import Model
from jaxhep.newton import TOLERANCE, Fit
from jaxhep.statistics import best_and_held, q0, t_mu

__all__ = [
    "TOLERANCE",
    "Fit",
    "best_and_held",
    "covariance",
    "fit",
    "fits",
    "generate",
    "hessian",
    "nll2",
    "q0",
    "run",
    "sigma_mu",
    "t_mu",
]


def _generate(key: Array, model: Model, params: Array, numbers: Array) -> tuple[Array, Array]:
    """The pseudo-experiments with these ``numbers`` (N,)."""
    yields, centres = expected(model, params), params[1 + len(model.free) :]
    keys = jax.vmap(lambda i: jax.random.split(jax.random.fold_in(key, i)))(numbers)
    # Poisson's rejection takes turns until the last number is accepted: one toy after another takes half the time of
    # all in lockstep.
    counts = jax.lax.map(lambda one: jax.random.poisson(one, yields).astype(float), keys[:, 0])
    return counts, centres + jax.vmap(lambda one: jax.random.normal(one, centres.shape))(keys[:, 1])


def generate(key: Array, model: Model, params: ArrayLike, size: int) -> tuple[Array, Array]:
    """``size`` pseudo-experiments at ``params`` (n,): Poisson counts (size, B) and auxiliary measurements (size, K+B),
    drawn for each.

    The i-th depends on ``key`` and i only. Raises ValueError or TypeError for arguments of wrong shape or type, a
    ``size`` below 1 and, where ``params`` are known, expected events that are negative or not finite.
    """
    size, params = inputs.at_least_one(size, "size"), _checked_params(key, model, params)
    return _drawn(key, model, params, size)


@partial(jax.jit, static_argnames="size")
def _drawn(key: Array, model: Model, params: ArrayLike, size: int) -> tuple[Array, Array]:
    return _generate(key, model, jnp.asarray(params, float), jnp.arange(size))


def _checked_params(key: Array, model: Model, params: ArrayLike) -> Array | np.ndarray:
    """``params`` (n,) at which toys can be drawn with ``key``."""
    inputs.key(key)
    checked = inputs.params(model, params)
    leaves = jax.tree.leaves((model, checked))
    if not any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        inputs.finite(checked, lambda i: f"Parameter '{model.parameters[i]}'")
        with jax.ensure_compile_time_eval():
            inputs.yields(_expected(model, checked), "at these params", inputs.LARGEST)
    return checked


def _checked_devices(devices: Any) -> list:
    listed = list(devices) if isinstance(devices, list | tuple | np.ndarray) else [None]
    if not listed or not all(isinstance(device, jax.Device) for device in listed) or len({*listed}) < len(listed):
        raise ValueError(
            f"devices must be a list of JAX's devices, each once and at least one; got {devices}. Leave it out for all."
        )
    return listed


WHOLE, DEALT = PartitionSpec(), PartitionSpec("toys")


@lru_cache(maxsize=32)
def _program(function: Callable, mesh: Mesh, arguments: tuple[PartitionSpec, ...]) -> Callable:
    """``function`` compiled for the devices of ``mesh``, whose arguments each gets ``WHOLE``, or the toys ``DEALT``."""

    def of_toys(*arguments: Any) -> Any:
        found, size = function(*arguments), len(arguments[-1])
        if not jax.tree.leaves(found):
            raise ValueError("what must return arrays whose first axis counts the toys; it returned nothing.")
        for leaf in jax.tree.leaves(found):
            if np.shape(leaf)[:1] != (size,):
                raise ValueError(
                    f"what must return arrays whose first axis counts the {size} toys of its block; one has the shape "
                    f"{np.shape(leaf)}."
                )
        return found

    return jax.jit(jax.shard_map(of_toys, mesh=mesh, in_specs=arguments, out_specs=DEALT, check_vma=False))


def run(
    what: Callable[[Model, Array, Array], Any],
    key: Array,
    model: Model,
    params: ArrayLike,
    size: int,
    block: int = 1000,
    devices: list | None = None,
    progress: bool = False,
) -> Any:
    """Draw ``size`` toys at ``params`` and evaluate ``what(model, counts (N, B), measured (N, K+B))`` of them.

    Returns a pytree of NumPy arrays, the leading axis ``size``: all that ``what`` returns, whose leading axes must be
    N. Each device works on ``block`` of them at a time, so that memory is that of a block. By default ``devices`` are
    all there are, those of other processes included: these must call ``run``, too, and all get everything. Toys are
    numbered, the i-th is the one of ``generate``, and its result depends neither on blocks nor on devices. ``progress``
    prints how many are done to stderr.

    Raises what ``generate`` raises, and ValueError or TypeError for a wrong ``block``, ``what`` or ``devices``.
    """
    inputs.function(what, "what")
    if inputs.integer(size, "size") < 1 or inputs.integer(block, "block") < 1:
        raise ValueError(f"size and block must be 1 or more; got {size} and {block}.")
    progress, params = inputs.flag(progress, "progress"), _checked_params(key, model, params)
    devices = jax.devices() if devices is None else _checked_devices(devices)
    mesh = Mesh(np.array(devices), ("toys",))
    block = min(block, -(-size // len(devices)))
    draw, evaluate = (
        _program(_generate, mesh, (WHOLE, WHOLE, WHOLE, DEALT)),
        _program(what, mesh, (WHOLE, DEALT, DEALT)),
    )
    dealt, turn = NamedSharding(mesh, DEALT), block * len(devices)
    params, parts = np.asarray(params, float), []
    shapes = (turn, np.shape(model.nominal)[-1]), (turn, params.size - 1 - len(model.free))
    likewise = [jax.ShapeDtypeStruct(shape, float, sharding=dealt) for shape in shapes]
    jax.eval_shape(evaluate, model, *likewise)  # refuses a wrong ``what`` before anything is drawn
    for done in range(0, size, turn):
        numbers = np.arange(done, done + turn)
        drawn = draw(key, model, params, jax.make_array_from_callback(numbers.shape, dealt, numbers.__getitem__))
        part = evaluate(model, *drawn)
        if jax.process_count() > 1:
            from jax.experimental.multihost_utils import process_allgather

            part = process_allgather(part, tiled=True)
        parts.append(jax.tree.map(np.asarray, part))
        if progress:
            print(
                f"\r{min(done + turn, size)} of {size}",
                end="\n" if done + turn >= size else "",
                file=sys.stderr,
                flush=True,
            )
    return jax.tree.map(lambda *arrays: np.concatenate(arrays)[:size], *parts)
