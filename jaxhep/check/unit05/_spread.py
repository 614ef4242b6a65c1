"""Task 6: toys on many devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import AbstractMesh, Mesh, NamedSharding, PartitionSpec

from jaxhep.check.reading import Case, Finding, explain, generator, known_cause
from jaxhep.check.verdict import Task


def reference(rows: Array, mesh: Mesh) -> Array:
    missing = -len(rows) % mesh.size
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], missing, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec(mesh.axis_names[0])))


@dataclass(eq=False, kw_only=True)
class Spread(Task):
    """A task whose answer places an array: where its shards lie is looked at, on as many devices as there are."""

    def judge(self, answer: Callable) -> None:
        for devices in sorted({1, min(2, jax.device_count()), jax.device_count()}):
            mesh = Mesh(np.array(jax.devices()[:devices]), ("toys",))
            for size, shape in ((4 * devices, (3,)), (4 * devices + 1, (2,)), (2 * devices + 1, ()), (1, (3,))):
                toys = jnp.asarray(generator(5, 6).uniform(10, 30, (size, *shape)))
                kind = f"{size} toys on {devices} device{'s' if devices > 1 else ''}"
                value = self._placed(answer, Case((toys, mesh), kind))
                _rows_fit(value, toys, devices, kind)
                _holds_the_toys(value, toys, kind)
                _is_split_by_toys(value, mesh, kind)
        self._pads_for_three(answer)

    def _pads_for_three(self, answer: Callable) -> None:
        """Rows for three devices, which needn't be there: on one and on two, a wrong remainder may be right."""
        for size in (7, 8, 9):
            toys = jax.ShapeDtypeStruct((size, 2), float)
            kind = f"{size} toys on three devices"
            try:
                rows = len(jax.eval_shape(lambda toys: answer(toys, AbstractMesh((3,), ("toys",))), toys))
            except Exception as error:  # an answer in NumPy, say: the devices that there are show what it does
                if cause := known_cause(error, self.errors):
                    raise Finding(
                        f"It is right for the devices here, but not for {kind}. {cause} (N % devices is what is over; "
                        "what is missing is another number.)"
                    ) from None
                return
            if rows != 9:
                raise Finding(
                    f"It is right for the devices here, but for {kind} there would be {rows} rows: pad up to the next "
                    "multiple of the devices, which is 9."
                )

    def _placed(self, answer: Callable, case: Case) -> Array:
        try:
            value = answer(*case.args)
        except Exception as error:
            raise Finding(known_cause(error, self.errors) or explain(error, answer, case)) from None
        if value is None:
            raise Finding("It returns None: is the `return` missing?")
        if isinstance(value, NamedSharding):
            raise Finding(
                "It returns the sharding: asked is the array that has it. jax.device_put brings both together."
            )
        if not isinstance(value, jax.Array):
            raise Finding(f"It returns a {type(value).__name__}, which lies on no device: return one JAX array.")
        return value


def _rows_fit(value: Array, toys: Array, devices: int, kind: str) -> None:
    size, each = len(toys), toys.shape[1:]
    rows = size + -size % devices
    if value.shape == (devices, rows // devices, *each) and value.shape != toys.shape:
        raise Finding(
            "There is an axis of devices in front, as pmap wanted it: with a mesh the array keeps its shape, and its "
            "sharding tells."
        )
    if value.ndim != toys.ndim or value.shape[1:] != each:
        raise Finding(
            f"For {kind}, {toys.shape}, an array of shape {value.shape} comes back: only the first axis may grow."
        )
    if len(value) < size:
        raise Finding(f"For {kind} only {len(value)} come back: toys are cut off. Pad instead.")
    if len(value) != rows:
        if devices < jax.device_count() and len(value) == size + -size % jax.device_count():
            raise Finding(
                f"For {kind} there are {len(value)} rows, as all {jax.device_count()} devices of the machine want "
                "them: the devices are those of the mesh."
            )
        if devices == 1 or len(value) % devices == 0:
            raise Finding(
                f"For {kind} there are {len(value)} rows: pad up to the next multiple of the devices, and not at all "
                "if it is one already."
            )
        raise Finding(f"For {kind} there are {len(value)} rows, which can't be dealt out evenly.")


def _holds_the_toys(value: Array, toys: Array, kind: str) -> None:
    got, size = np.asarray(value), len(toys)
    if not np.array_equal(got[:size], np.asarray(toys)):
        if np.allclose(got[:size], np.asarray(toys), rtol=1e-6):
            raise Finding(f"For {kind} the toys come back rounded, through {value.dtype} or less: keep their type.")
        behind = len(got) - size
        in_front = np.array_equal(np.sort(got[behind:].ravel()), np.sort(np.asarray(toys).ravel())) and behind > 0
        where = ": the padding belongs behind them." if in_front else "."
        raise Finding(f"For {kind} the first {size} rows aren't the toys in their order{where}")
    _is_padded_with_toys(got[size:], got[:size], kind)


def _is_padded_with_toys(padding: np.ndarray, toys: np.ndarray, kind: str) -> None:
    if all(any(np.array_equal(row, toy) for toy in toys) for row in padding):
        return
    what = "in part no toys"
    for name, row in (("NaN", np.nan), ("zeros", 0.0), ("the mean of the toys", toys.mean(0))):
        if np.allclose(padding, row, equal_nan=True):
            what = name
    raise Finding(
        f"For {kind} the rows behind them are {what}: pad with any of the toys. What isn't a toy may have no minimum, "
        "and a fit that finds none can go on to its last step and hold up all others."
    )


def _is_split_by_toys(value: Array, mesh: Mesh, kind: str) -> None:
    wanted = NamedSharding(mesh, PartitionSpec("toys"))
    if value.sharding.device_set != wanted.device_set:
        devices = len(value.sharding.device_set)
        raise Finding(
            f"For {kind} the result lies on {devices} device{'s' if devices > 1 else ''}: it has to be placed on "
            "those of the mesh."
        )
    if not value.sharding.is_equivalent_to(wanted, value.ndim):
        if value.sharding.is_fully_replicated:
            raise Finding(
                "Every device holds all toys: the array is replicated. Name the axis of the mesh in the PartitionSpec."
            )
        shape = value.addressable_shards[0].data.shape
        raise Finding(f"The array is split, but not along its first axis: each device holds {shape}.")


task = Spread(
    number=6,
    name="spread",
    reference=reference,
    meaning="Place the data, and the compiled program follows: no fit knows on how many devices it runs.",
    errors={
        "is not found in mesh": "The PartitionSpec names an axis that the mesh doesn't have: `mesh.axis_names` tells.",
        "not found in mesh": "The PartitionSpec names an axis that the mesh hasn't got: `mesh.axis_names` tells.",
        "only valid for values of rank": "The PartitionSpec has more entries than the array has axes: the first axis "
        "is enough, the others are left whole.",
        **dict.fromkeys(
            ("implies that array axis", "implies that the global size"),
            "The number of toys isn't a multiple of the number of devices, and such an array can't be dealt out: pad "
            "it before.",
        ),
    },
)
