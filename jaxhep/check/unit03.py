"""Answer checks of unit 03, pure functions and other sharp edges: ``from jaxhep.check import unit03 as check``.

A pure function takes everything in through its parameters and gives everything out through ``return``. The checks look for what
breaks that rule in three ways: they compare every place in which Python can keep something before and after a call, list what the
function reads of the notebook, and run it inside jit.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import math
import random
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.errors import KeyReuseError
from jax.scipy.special import gammaln

from jaxhep import programs
from jaxhep.check import engine
from jaxhep.check.engine import Case, Finding, Result, Task, up_to_a_constant

# --- what a function keeps and what it reads ---------------------------------------------------------------------------------

STATIC = {
    "static arguments": "One of its arguments is declared static: then every new value means a new program, and neither grad nor an outer "
    "jit can pass through it. Numbers that change are traced arguments."
}
NUMPY, PYTHON = "NumPy's hidden random state", "the hidden state of Python's random"


def notebook_functions(answer: Callable) -> Iterator[tuple[str, Callable]]:
    """The learner's function and the functions of the notebook that it calls, by name, as written: with their decorators."""
    seen: list[object] = []
    waiting = [(getattr(answer, "__name__", type(answer).__name__), answer)]
    while waiting:
        name, function = waiting.pop(0)
        plain = inspect.unwrap(function)
        if any(plain is one for one in seen):
            continue
        seen.append(plain)
        yield name, function
        namespace = notebook(plain)
        waiting += [(name, namespace[name]) for name in names_of(plain) if callable(namespace.get(name))]


def notebook(function: Callable) -> dict:
    """The global variables that a function sees, if it was written in a notebook."""
    namespace = getattr(function, "__globals__", {})
    return namespace if namespace.get("__name__") == "__main__" else {}


def names_of(function: Callable) -> list[str]:
    """The global names that a function reads or assigns to."""
    steps = (step for code in codes_in(function) for step in dis.get_instructions(code))
    return engine.ordered(
        [step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL")]
    )


def codes_in(function: Callable) -> Iterator[types.CodeType]:
    """The code of a function and of the functions inside it."""
    waiting = [getattr(function, "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, types.CodeType):
            yield code
            waiting += code.co_consts


def is_data(value: object) -> bool:
    """Whether a global variable holds data, and not a module, a class or a function."""
    return value is not None and not callable(value) and not isinstance(value, types.ModuleType)


def is_constant(name: str, value: object) -> bool:
    """A constant by its name, as this course writes them, or one of mathematics."""
    return name.isupper() or name.startswith("_") or (isinstance(value, float) and value == getattr(math, name, None))


def kind_of(value: object) -> str:
    kinds = {"list": list, "dictionary": Mapping, "set": set, "array": np.ndarray | jax.Array}
    return next((kind for kind, types_ in kinds.items() if isinstance(value, types_)), "variable")


def memory(answer: Callable) -> dict[str, object]:
    """What stands in every place where Python code can keep something from call to call; the keys complete "a call changes ..."."""
    places: dict[str, object] = {NUMPY: np.random.get_state(), PYTHON: random.getstate()}
    for name, function in notebook_functions(answer):
        plain = inspect.unwrap(function)
        for one in (function, plain):
            own = {key: value for key, value in getattr(one, "__dict__", {}).items() if not key.startswith("_")}
            places |= {f"the attribute `{name}.{key}`": value for key, value in own.items()}
        code, cells = getattr(plain, "__code__", None), getattr(plain, "__closure__", None) or ()
        for variable, cell in zip(code.co_freevars if code else (), cells, strict=False):
            with contextlib.suppress(ValueError):  # not yet assigned
                places[f"the variable `{variable}` of the function around it"] = cell.cell_contents
        if code:
            defaults = getattr(plain, "__defaults__", None) or ()
            named = zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
            for parameter, value in [*named, *(getattr(plain, "__kwdefaults__", None) or {}).items()]:
                places[f"the default value of its parameter `{parameter}`"] = value
        namespace = notebook(plain)
        for variable in names_of(plain):
            value = namespace.get(variable)
            if is_data(value) and not isinstance(value, Iterator):
                places[f"the global {kind_of(value)} `{variable}`"] = value
    return {place: fingerprint(value) for place, value in places.items()}


def fingerprint(value: object, depth: int = 5) -> object:
    """Something that differs after a change in place."""
    if depth == 0 or isinstance(value, jax.core.Tracer):
        return id(value)
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    if isinstance(value, np.ndarray | jax.Array):
        array = np.asarray(value)
        return array.shape, str(array.dtype), array.tobytes()
    if isinstance(value, np.random.Generator):
        return fingerprint(value.bit_generator.state, depth)
    if isinstance(value, Mapping):
        return [(str(key), fingerprint(one, depth - 1)) for key, one in value.items()]
    if isinstance(value, list | tuple | set):
        return [fingerprint(one, depth - 1) for one in value]
    if isinstance(value, int | float | complex | str | bytes | np.generic):
        return repr(value)
    inside = getattr(value, "__dict__", None)
    return fingerprint(inside, depth - 1) if isinstance(inside, dict) and not callable(value) else id(value)


def keeps_nothing(answer: Callable, once: Callable[[], Any]) -> Any:
    """What ``once``, a call of ``answer``, returns; or raise the ``Finding`` that names the place which it changes.

    A function under jit runs its Python code only while it is traced, so there jit is off meanwhile.
    """
    decorated = any(hasattr(function, "__wrapped__") for _, function in notebook_functions(answer))
    before = memory(answer)
    with jax.disable_jit() if decorated else contextlib.nullcontext():
        value = once()
    jax.effects_barrier()
    after = memory(answer)
    changed = [place for place in after if place in before and after[place] != before[place]]
    changed += [place for place in after if place not in before]
    if not changed:
        return value
    if changed[0] in (NUMPY, PYTHON):
        raise Finding(
            f"It draws from {changed[0]}: inside jit that happens once, while tracing, and every later call repeats the same numbers. "
            "Draw them from a key that comes in as an argument."
        )
    raise Finding(
        f"A call changes {changed[0]}: something is kept from call to call. Inside jit that line runs only while tracing, on tracers. "
        "What shall be kept goes out through `return`, and comes back in as an argument."
    )


def reads_nothing(answer: Callable) -> None:
    """Raise the ``Finding`` that names data of the notebook which the function reads past its parameters."""
    for _, function in notebook_functions(answer):
        plain = inspect.unwrap(function)
        for name in names_of(plain):
            value = notebook(plain).get(name)
            if isinstance(value, Iterator):
                raise Finding(
                    f"It takes its data from the global iterator `{name}`: each element is there once, and inside jit one is taken while "
                    "tracing and none afterwards. An array, or the state itself, comes in as an argument."
                )
            if is_data(value) and not is_constant(name, value):
                raise Finding(
                    f"The answer still reads the global {kind_of(value)} `{name}`: under jit its value is frozen when the function is "
                    "traced. Make it a parameter (only what never changes may stay outside, with a name in CAPITALS)."
                )


def inside_jit(task: Task, answer: Callable, case: Case, right: Result) -> None:
    """Raise a ``Finding`` unless the function, traced afresh with all its arguments, gives the right numbers."""
    value = transformed("jit", jax.jit(lambda *args: answer(*args)), answer, case)
    (expected,), (got,) = task.align([right]), task.align([task._read(value, case, right)])
    if not engine.same(got, expected, task.rtol, task.atol):
        raise Finding(
            f"Inside jit the numbers are others than outside, for {case.kind}: something depends on when it is traced."
        )


def transformed(name: str, function: Callable, answer: Callable, case: Case) -> object:
    """The value of ``function``, a transformation of ``answer`` called ``name``; an exception becomes a ``Finding``."""
    try:
        value = function(*engine.copied(case.args))
    except Exception as error:
        known = [cause for words, cause in STATIC.items() if words in str(error)]
        raise Finding(known[0] if known else f"It fails under {name}. {engine.explain(error, answer, case)}") from None
    return numpy_of(value)


def numpy_of(value: object) -> object:
    return jax.tree.map(lambda x: np.array(x) if isinstance(x, jax.Array) else x, value)


@dataclass(eq=False)
class Pure(Task):
    """A task about purity: hidden inputs and outputs are looked for before the numbers, and every case runs inside jit after them."""

    def examine(self, answer: object) -> None:
        if callable(answer):
            case = self._hidden[0][0]
            keeps_nothing(answer, lambda: engine.call(answer, case, self.errors))
            reads_nothing(answer)
        super().examine(answer)
        for case, right in zip(*self._hidden, strict=True):
            inside_jit(self, answer, case, right)


@dataclass(eq=False)
class Drawn(Task):
    """A task whose answer draws random numbers: nothing to compare with, so what it draws is examined.

    small : arguments behind the key, of few random numbers, to look for impurity, a key used twice, and other numbers inside jit.
    once : the same for a single turn of the loop, if the answer is a loop.
    also : each examines the distribution, with fixed keys and wide margins.
    """

    small: tuple = ()
    once: tuple = ()

    def examine(self, answer: object) -> None:
        if not callable(answer):
            raise Finding(f"The check wants the function, not its result: write `check.{self.name}({self.name})`.")
        outside = keeps_nothing(answer, lambda: self.drawn(answer, *self.small))
        reads_nothing(answer)
        inside = self._inside_jit(answer)
        if not engine.same(inside, outside, 1e-6, 1e-9):
            if not engine.same(self.drawn(answer, *self.small), outside, 1e-6, 1e-9):
                raise Finding(
                    "The same key gives other numbers the second time: somewhere they come from another source than the key."
                )
            raise Finding("Inside jit the same key gives other numbers than outside.")
        for demand in self.also:
            demand(answer)
        twice = _uses_a_key_twice(answer, self.small)
        if twice and self.once and not _uses_a_key_twice(answer, self.once):
            raise Finding(
                "A key that has drawn is handed on, and used again in the next layer: JAX's checker (jax.debug_key_reuse) objects, although no "
                "number is repeated. The key to go on with must be one that nothing else uses: split off three, not two, or let one draw make "
                "both numbers."
            )
        if twice:
            raise Finding(
                "JAX's checker (jax.debug_key_reuse) finds a key that is used twice: a key goes into one draw or into one split, and is "
                "spent then. The keys that come out of the split are the ones to go on with."
            )

    def _inside_jit(self, answer: Callable) -> Result:
        case = Case((jax.random.key(7),), "ordinary arguments")
        try:
            value = jax.jit(lambda key: answer(key, *self.small))(*case.args)
        except Exception as error:
            known = [cause for words, cause in self.errors.items() if words in str(error)]
            raise Finding(known[0] if known else f"It fails under jit. {engine.explain(error, answer, case)}") from None
        return self._read(numpy_of(value), case)

    def drawn(self, answer: Callable, *args: object, keys: jax.Array | None = None) -> Result:
        """What the answer returns for these arguments behind the key; with ``keys``, mapped over them, one row per key."""
        case = Case((jax.random.key(7), *args) if keys is None else (keys, *args), "ordinary arguments")
        function = answer if keys is None else jax.vmap(lambda key: answer(key, *args))
        try:
            value = function(*case.args) if keys is None else function(keys)
        except Exception as error:
            where = "" if keys is None else "It fails under vmap, mapped over many keys. "
            known = [cause for words, cause in self.errors.items() if words in str(error)]
            raise Finding(known[0] if known else where + engine.explain(error, answer, case)) from None
        leaves = jax.tree.leaves(value)
        if any(isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jax.dtypes.prng_key) for x in leaves):
            raise Finding(
                "It returns a key, too: the caller has made the key, and makes the next one. Return the results alone."
            )
        return self._read(numpy_of(value), case)


def _uses_a_key_twice(answer: Callable, args: tuple) -> bool:
    """Whether JAX's checker objects, with jit off and every loop run by Python, where it follows each key through all turns.

    (The body of a compiled loop is judged as a whole, and an array of keys that is read in it turn by turn is refused.)
    """
    try:
        with jax.disable_jit(), jax.debug_key_reuse(True):
            answer(jax.random.key(7), *args)
    except KeyReuseError:
        return True
    except Exception:  # explained by the ordinary call
        return False
    return False


def _generator(number: int) -> np.random.Generator:
    return np.random.default_rng([20260103, number])


# --- task 1a: a captured global ----------------------------------------------------------------------------------------------


def _yields(cross_section, efficiency, luminosity):
    return luminosity * cross_section * efficiency


def _yields_cases() -> list[Case]:
    rng = _generator(1)
    three, five = (rng.gamma(2, 100, n) for n in (3, 5))
    return [
        Case((three, np.array([0.3, 0.1, 0.25]), 36.1), "36.1/fb"),
        Case((three, np.array([0.3, 0.1, 0.25]), 450.0), "another luminosity, with the same shapes"),
        Case(
            (jnp.asarray(five), jnp.asarray(rng.uniform(0, 1, 5)), jnp.asarray(3000.0)), "five processes, as JAX arrays"
        ),
    ]


def _luminosity_matters(got: list[Result], expected: list[Result]) -> str | None:
    if engine.same(got[0], got[1], 1e-8, 0.0):
        return "Twelve times the luminosity gives the same yields: its value doesn't come from the argument."
    return None


def _whole_events(got: list[Result], expected: list[Result]) -> str | None:
    near = all(engine.same(g, e, 0.0, 1.0) for g, e in zip(got, expected, strict=True))
    if near and all(np.array_equal(x, np.round(x)) for result in got for x in result):
        return "The yields are rounded to whole events: what is expected needn't be whole, and a rounded number has no slope."
    return None


def _derivative_in_luminosity(answer: Callable) -> None:
    cross_section, efficiency, luminosity = _yields_cases()[2].args
    slope = transformed(
        "grad",
        jax.grad(lambda x: jnp.sum(answer(cross_section, efficiency, x))),
        answer,
        Case((luminosity,), "grad in luminosity"),
    )
    if not np.allclose(slope, jnp.sum(cross_section * efficiency)):
        raise Finding(
            "Right values, but their derivative with respect to the luminosity isn't: does it pass through a stop_gradient?"
        )


yields = Pure(
    "1a",
    "yields",
    _yields,
    _yields_cases,
    "What may change is an argument: jit sees each new value, and grad can ask how the yields depend on it.",
    {
        "The efficiency has no effect: not every event that is produced is selected.": lambda s, e, x: x * s,
        "This is the sum over the processes: return one yield for each.": lambda s, e, x: jnp.sum(x * s * e),
        "The yields are divided by the luminosity: events = cross section x luminosity.": lambda s, e, x: s * e / x,
        "The yields come out a factor 1000 too large or too small: cross sections in fb times luminosity in 1/fb need no conversion.": (
            lambda s, e, x: s * e * x * 1000
        ),
        "Here the yields are a thousandth of what they should be: fb times 1/fb is a pure number already.": lambda s, e, x: (
            s * e * x / 1000
        ),
    },
    symptoms=(_luminosity_matters, _whole_events),
    also=(_derivative_in_luminosity,),
    errors=STATIC,
)


# --- task 1b: a list that collects tracers -----------------------------------------------------------------------------------


def _nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


def _nll2_and_expected_cases() -> list[Case]:
    rng = _generator(2)
    signal, background, counts = rng.uniform(5, 15, 6), rng.gamma(20, 4, 6), rng.poisson(80, 6).astype(float)
    few = np.array([3.0, 4.5, 1.0]), np.array([12.0, 6.0, 2.5]), np.array([17.0, 9.0, 4.0])
    return [
        Case((1.0, signal, background, counts), "mu = 1"),
        Case((0.0, signal, background, counts), "mu = 0"),
        Case((2.5, signal, background, counts), "mu = 2.5"),
        Case((1.3, *few), "three bins"),
        Case((jnp.asarray(0.4), *(jnp.asarray(x) for x in few)), "three bins, as JAX arrays"),
    ]


def _gradient_with_auxiliary(answer: Callable) -> None:
    case = _nll2_and_expected_cases()[0]
    (_, expected), slope = transformed("grad", jax.value_and_grad(answer, has_aux=True), answer, case)
    right = jax.grad(_nll2_and_expected, has_aux=True)(*case.args)
    if not (np.allclose(slope, right[0]) and np.allclose(expected, right[1])):
        raise Finding(
            "Under jax.value_and_grad with has_aux=True the numbers are others: is a part of it cut off from the derivative?"
        )


nll2_and_expected = Pure(
    "1b",
    "nll2_and_expected",
    _nll2_and_expected,
    _nll2_and_expected_cases,
    "What a function finds out goes out through `return`; has_aux=True lets grad carry it along.",
    {
        "The factor 2 is missing: this is -ln L.": lambda m, s, b, n: (
            _nll2_and_expected(m, s, b, n)[0] / 2,
            _nll2_and_expected(m, s, b, n)[1],
        ),
        "The sign is turned: this is +2 ln L, largest where the model fits best.": lambda m, s, b, n: (
            -_nll2_and_expected(m, s, b, n)[0],
            _nll2_and_expected(m, s, b, n)[1],
        ),
        "The expected events don't contain mu: they are mu * signal + background.": lambda m, s, b, n: (
            _nll2_and_expected(1, s, b, n)
        ),
        "-2 ln L is right; what you return second is the expected signal alone: the background belongs to it.": lambda m, s, b, n: (
            _nll2_and_expected(m, s, b, n)[0],
            m * s,
        ),
        "-2 ln L is right; what you return second are the observed counts.": lambda m, s, b, n: (
            _nll2_and_expected(m, s, b, n)[0],
            n,
        ),
        "The two results have changed places: first -2 ln L, then the expected events.": lambda m, s, b, n: (
            *reversed(_nll2_and_expected(m, s, b, n)),
        ),
        "-2 ln L isn't summed: one number per bin is left, and grad wants a single one.": lambda m, s, b, n: (
            2 * (m * s + b - n * jnp.log(m * s + b)),
            m * s + b,
        ),
    },
    outputs=("-2 ln L", "the expected events"),
    align=up_to_a_constant(3, 2),
    also=(_gradient_with_auxiliary,),
)


# --- task 1c: an argument changed in place -----------------------------------------------------------------------------------


def _rescaled(template, bins, factor):
    return jnp.asarray(template).at[bins].multiply(factor)


def _rescaled_cases() -> list[Case]:
    rng = _generator(3)
    template = rng.gamma(5, 10, 8)
    return [
        Case((template, np.array([1, 4, 5]), 1.3), "a NumPy template"),
        Case((jnp.asarray(template), jnp.array([1, 4, 5]), jnp.asarray(1.3)), "JAX arrays"),
        Case((jnp.asarray(template[:5]), jnp.array([4, 0]), 0.5), "two bins, not in order"),
        Case((template[:4], np.array([2]), 2.0), "a single bin"),
    ]


def _other_bins(got: list[Result], expected: list[Result]) -> str | None:
    """Whether bins are scaled by the factor, but not those that were asked for."""
    others = []
    for (g,), case in zip(got, _rescaled_cases(), strict=True):
        template, bins, factor = (np.asarray(x) for x in case.args)
        scaled = np.flatnonzero(np.isclose(g, template * factor)) if g.shape == template.shape else np.array([])
        if not np.allclose(np.delete(g, scaled), np.delete(template, scaled)):
            return None
        others += [(scaled, np.sort(bins), len(template))] if set(scaled) != set(bins.tolist()) else []
    if not others:
        return None
    if all(np.array_equal(scaled, [n - 2, n - 1]) for scaled, _, n in others):
        return "It always scales the last two bins: that is the example above, while `bins` may list any."
    scaled, bins, n = others[0]
    return f"Asked to scale bins {bins.tolist()} of {n}, it scales {scaled.tolist()}: the argument `bins` says which, counted from 0."


def _with_mask(template, bins, inside, outside):
    return jnp.where(jnp.isin(jnp.arange(len(template)), bins), inside, outside)


rescaled = Pure(
    "1c",
    "rescaled",
    _rescaled,
    _rescaled_cases,
    "The template that went in is untouched, and a new one came out; jit turns that copy into an in-place update where it is safe.",
    {
        "The template comes back as it was: `.at[...]` makes a new array and leaves the old one alone, so its result must be kept.": (
            lambda t, b, f: t
        ),
        "The bins are set to the factor itself: they are to be multiplied by it.": lambda t, b, f: _with_mask(
            t, b, f, t
        ),
        "The factor is added to the bins: they are to be multiplied by it.": lambda t, b, f: _with_mask(t, b, t + f, t),
        "The bins are divided by the factor.": lambda t, b, f: _with_mask(t, b, t / f, t),
        "Every bin is scaled, not only those of `bins`.": lambda t, b, f: t * f,
        "The other bins are scaled, those that `bins` doesn't list.": lambda t, b, f: _with_mask(t, b, t, t * f),
        "The other bins have become 0: they keep their content.": lambda t, b, f: _with_mask(t, b, t * f, 0.0),
        "Only the scaled bins come back: return the whole template.": lambda t, b, f: t[b] * f,
    },
    symptoms=(_other_bins,),
    errors={
        "immutable": "It assigns to a bin of a JAX array, and those can't be changed: the functional form of `x[i] *= f` is an `.at[i]` method.",
        "has no attribute 'at'": "A NumPy array has no `.at`: make it a JAX array first, with jnp.asarray.",
        "ambiguous": "A Python `if` or `in` decides on a whole array: choose with jnp.where, bin by bin.",
    },
)


# --- task 1d: a hidden random state ------------------------------------------------------------------------------------------

_SAME = "Every key gives the same numbers: the key that comes in isn't the one that is used."


def kurtosis(x: np.ndarray) -> float:
    """3 for a Gaussian, 1.8 for a uniform distribution, 1 for +-1."""
    centred = x - x.mean()
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


_ENERGY, _RESOLUTION = np.linspace(20.0, 200.0, 400), 0.08


def _smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(key, energy.shape))


def _smearing(answer: Callable) -> None:
    """Whether the relative shifts are Gaussian, of the right width, and new for every event."""
    keys = jax.random.split(jax.random.key(3), 30)
    (values,) = smeared.drawn(answer, jnp.asarray(_ENERGY), _RESOLUTION, keys=keys)
    if values.shape != (30, 400):
        shape = values.shape[1:]
        raise Finding(f"The result has shape {shape}, but 400 energies went in: return one smeared energy for each.")
    if np.abs(values / _ENERGY - 1).max() < 1e-9:
        raise Finding("Nothing is smeared: the energies come back as they were.")
    if np.ptp(values[:4], axis=0).max() == 0:
        raise Finding(_SAME)
    if abs(np.mean(values / _ENERGY)) < 0.1:
        raise Finding("On average nothing is left of the energy: this is the shift alone, add it to the energy.")
    shift = (values / _ENERGY - 1) / _RESOLUTION
    if np.ptp(shift, axis=1).max() < 1e-6 or np.ptp(values - _ENERGY, axis=1).max() < 1e-6:
        raise Finding(
            "One random number smears all events alike: every event needs its own, so the draw has the shape of the energies."
        )
    if len(np.unique(np.round(shift[0], 9))) < 390:
        raise Finding("Some events share their random number with others: each needs its own.")
    if abs(shift.mean()) > 0.1:
        raise Finding(
            f"The energies are shifted on average, by {shift.mean() * _RESOLUTION:.2g} of their value: the noise has mean 0."
        )
    if np.std(shift[:, :100]) > 2 * np.std(shift[:, -100:]):
        raise Finding(
            "The width is the same in GeV at every energy: `resolution` is relative, so the width grows with the energy."
        )
    if abs(np.std(shift) - 1) > 0.08:
        raise Finding(f"The relative width comes out {np.std(shift):.3g} times what `resolution` says.")
    if abs(kurtosis(shift) - 3) > 0.4:
        raise Finding("Mean and width are right, but the distribution isn't Gaussian.")


def _smeared_by(noise: Callable[[jax.Array, tuple], jax.Array]) -> Callable:
    return lambda key, energy, resolution: energy * (1 + resolution * noise(key, energy.shape))


smeared = Drawn(
    "1d",
    "smeared",
    _smeared,
    list,
    "The key is an argument like any other: the same key repeats the experiment, another key makes a new one.",
    {
        "On average nothing is left of the energy: this is the shift alone, add it to the energy.": lambda k, e, r: (
            e * r * jax.random.normal(k, e.shape)
        ),
        "One random number smears all events alike: every event needs its own, so the draw has the shape of the energies.": _smeared_by(
            lambda key, shape: jax.random.normal(key)
        ),
        "The width is the same in GeV at every energy: `resolution` is relative, so the width grows with the energy.": lambda k, e, r: (
            e + 100 * r * jax.random.normal(k, e.shape)
        ),
        "Mean and width are right, but the distribution isn't Gaussian.": _smeared_by(
            lambda key, shape: jax.random.uniform(key, shape, minval=-np.sqrt(3), maxval=np.sqrt(3))
        ),
        _SAME: _smeared_by(lambda key, shape: jax.random.normal(jax.random.key(0), shape)),
        "Some events share their random number with others: each needs its own.": _smeared_by(
            lambda key, shape: jnp.tile(jax.random.normal(key, (shape[0] // 2,)), 2)
        ),
    },
    also=(_smearing,),
    small=(jnp.asarray(_ENERGY[:6]), _RESOLUTION),
)


# --- task 1e: a counter ------------------------------------------------------------------------------------------------------


def _step(mu, calls, slope):
    calls = calls + 1
    return mu - slope / (10 + calls), calls


def _step_cases() -> list[Case]:
    return [
        Case((jnp.asarray(1.0), jnp.asarray(0), jnp.asarray(2.5)), "the first step"),
        Case((jnp.asarray(0.7), jnp.asarray(9), jnp.asarray(-4.0)), "the tenth step"),
        Case((-0.3, 31, 1.25), "Python numbers"),
    ]


def _in_a_scan(answer: Callable) -> None:
    """Whether the state that comes out can go in again, and a scan of many steps ends where it should."""
    slopes = jnp.linspace(-3.0, 5.0, 12)
    start = jnp.asarray(1.0), jnp.asarray(0)
    mu, calls = answer(*start, slopes[0])
    if not jnp.issubdtype(jnp.asarray(calls).dtype, jnp.integer):
        raise Finding(
            "The counter comes back as a floating-point number: what goes round in a lax.scan must keep its type."
        )
    case = Case((start, slopes), "twelve steps")

    def walk(answer):
        return jax.lax.scan(lambda state, slope: (answer(*state, slope), None), start, slopes)[0]

    end = transformed("lax.scan", lambda start, slopes: walk(lambda *args: tuple(answer(*args))), answer, case)
    if not np.allclose(end, walk(_step)):
        raise Finding("A single step is right, but twelve of them in a lax.scan end elsewhere.")


step = Pure(
    "1e",
    "step",
    _step,
    _step_cases,
    "State comes in and goes out: that form is what lax.scan, while_loop and every optimiser in JAX ask for.",
    {
        "The step is too large: the counter has to be raised before it is used, as in the impure version.": lambda m, c, s: (
            m - s / (10 + c),
            c + 1,
        ),
        "The counter comes back as it came in: nobody will ever know that a step was made.": lambda m, c, s: (
            m - s / (11 + c),
            c,
        ),
        "The step size doesn't shrink: it ignores the counter.": lambda m, c, s: (m - s / 11, c + 1),
        "The step goes uphill: against the slope means minus.": lambda m, c, s: (m + s / (11 + c), c + 1),
        "The two results have changed places: first mu, then the counter.": lambda m, c, s: (c + 1, m - s / (11 + c)),
        "What comes back first is the step, not where it leads.": lambda m, c, s: (-s / (11 + c), c + 1),
        "The step has the size of the slope: divide by 10 plus the counter.": lambda m, c, s: (m - s, c + 1),
        "Brackets are missing: `slope / 10 + calls` divides first, and then adds the counter to mu.": lambda m, c, s: (
            m - s / 10 + (c + 1),
            c + 1,
        ),
    },
    outputs=("mu", "the counter"),
    also=(_in_a_scan,),
)


# --- task 2: a loop over nuisance parameters ---------------------------------------------------------------------------------


def _factors(theta, up, down):
    theta = theta[:, None]
    return jnp.where(theta >= 0, up**theta, down**-theta)


def _poisson(expected, counts):
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


def _nll2(theta, nominal, up, down, counts, factors=_factors, combine=lambda f: jnp.prod(f, axis=0)):
    return _poisson(nominal * combine(factors(theta, up, down)), counts) + jnp.sum(theta**2)


def _nuisances(parameters: int, bins: int, seed: int) -> tuple:
    """Ratios like those of real systematics, counts near the expectation, parameters away from 0."""
    rng = _generator(seed)
    up, down = np.exp(rng.normal(0, 0.08, (2, parameters, bins)))
    nominal = rng.gamma(10, 10, bins)
    theta = rng.uniform(0.2, 1.5, parameters) * rng.choice([-1.0, 1.0], parameters)
    return tuple(jnp.asarray(x) for x in (theta, nominal, up, down, rng.poisson(nominal).astype(float)))


def _nll2_cases() -> list[Case]:
    theta, *rest = _nuisances(5, 4, 20)
    square, *other = _nuisances(3, 3, 21)
    *ratios, counts = other
    more = [*ratios, counts + jnp.array([4.0, 9.0, 25.0])]
    return [
        Case((jnp.zeros(5), *rest), "all parameters at 0"),
        Case((theta, *rest), "parameters of both signs"),
        Case((abs(theta), *rest), "positive parameters"),
        Case((jnp.zeros(3), *other), "as many bins as parameters, all at 0"),
        Case((square, *other), "as many bins as parameters"),
        Case((jnp.zeros(3), *more), "more counts, all parameters at 0"),
        Case((square, *more), "more counts, as many bins as parameters"),
    ]


def _counts_matter(got: list[Result], expected: list[Result]) -> str | None:
    if engine.same(got[4], got[6], 1e-9, 1e-12) and np.any(got[4][0] != 0):
        return "Other counts change nothing: what was observed has to come in, and `nominal` isn't that."
    return None


def _short_program(answer: Callable) -> None:
    """Whether the jaxpr has the same length for few and for many parameters."""
    lengths = []
    for parameters in (4, 16):
        args = _nuisances(parameters, 3, 22)
        jaxpr = transformed(
            "make_jaxpr", jax.make_jaxpr(lambda *args: answer(*args)), answer, Case(args, f"{parameters} parameters")
        )
        lengths.append(programs.primitives(jaxpr).total())
    if lengths[1] > lengths[0]:
        raise Finding(
            f"The number is right, but the jaxpr still grows with the number of parameters: {lengths[0]} primitives for 4, {lengths[1]} for "
            "16. A Python loop, or a comprehension, is unrolled while tracing."
        )


def _gradient_of_nll2(answer: Callable) -> None:
    case = Case(_nuisances(5, 4, 23), "five parameters")
    slope = transformed("jit of grad", jax.jit(jax.grad(lambda *args: answer(*args))), answer, case)
    right = np.asarray(jax.grad(_nll2)(*case.args))
    if not np.isfinite(slope).all():
        raise Finding("The gradient with respect to theta holds NaN or infinity.")
    if not np.allclose(slope, right, rtol=1e-6):
        raise Finding(
            "The value is right, but its gradient with respect to theta isn't: is a part of it cut off from the derivative?"
        )
    theta, *data = case.args
    at_zero = transformed(
        "grad", jax.grad(lambda *args: answer(*args)), answer, Case((0 * theta, *data), "all parameters at 0")
    )
    sides = [np.asarray(jax.grad(_nll2)(jnp.full_like(theta, side), *data)) for side in (-1e-9, 1e-9)]
    if not ((np.min(sides, axis=0) - 1e-4 <= at_zero) & (at_zero <= np.max(sides, axis=0) + 1e-4)).all():
        raise Finding(
            "The value is right, but not its slope at theta = 0, where every fit starts: it is neither that of `up` nor that of `down`. "
            "Each operation with a kink takes a side by itself there, `abs` the right one, `theta > 0` the left one: choose between whole powers."
        )


def _constrained(penalty: Callable) -> Callable:
    return lambda t, nominal, up, down, n: _nll2(t, nominal, up, down, n) - jnp.sum(t**2) + penalty(t)


_CARRY = (
    "The carry of the loop changes its form: what the body returns as carry must have the structure, shapes and types of the start value. "
    "Start the product with an array of one number per bin."
)

nll2 = Task(
    2,
    "nll2",
    _nll2,
    _nll2_cases,
    "One program for any number of nuisance parameters, short to trace and to compile, with the same numbers and the same gradient.",
    {
        "The constraint is missing: without the sum of theta squared nothing holds the nuisance parameters.": _constrained(
            lambda t: 0.0
        ),
        "The constraint is half of what it should be: in -2 ln L a standard Gaussian gives theta squared.": _constrained(
            lambda t: jnp.sum(t**2) / 2
        ),
        "The constraint counts twice: in -2 ln L a standard Gaussian gives theta squared, without another factor 2.": _constrained(
            lambda t: 2 * jnp.sum(t**2)
        ),
        "The constraint adds up theta, not theta squared.": _constrained(jnp.sum),
        "The constraint isn't summed over all parameters: only the last one is held.": _constrained(
            lambda t: t[-1] ** 2
        ),
        "The constraint is counted once for every bin: each parameter has one.": lambda t, nominal, u, d, n: (
            _nll2(t, nominal, u, d, n) + (len(n) - 1) * jnp.sum(t**2)
        ),
        "The factor 2 of the Poisson terms is missing, while the constraint has its own.": lambda t, nominal, u, d, n: (
            (_nll2(t, nominal, u, d, n) + jnp.sum(t**2)) / 2
        ),
        "A negative theta needs its sign turned in the exponent: `down` is reached at theta = -1, and 1/down isn't.": functools.partial(
            _nll2, factors=lambda t, u, d: jnp.where(t[:, None] >= 0, u ** t[:, None], d ** t[:, None])
        ),
        "`up` serves both signs of theta, and `down` never comes in.": functools.partial(
            _nll2, factors=lambda t, u, d: u ** t[:, None]
        ),
        "`up` and `down` have changed places.": functools.partial(_nll2, factors=lambda t, u, d: _factors(t, d, u)),
        "The branches of jnp.where have changed places: `up` belongs to positive theta.": functools.partial(
            _nll2, factors=lambda t, u, d: jnp.where(t[:, None] < 0, u ** t[:, None], d ** -t[:, None])
        ),
        "The interpolation is linear in theta; asked is the power, as in the loop.": functools.partial(
            _nll2,
            factors=lambda t, u, d: 1 + jnp.where(t[:, None] >= 0, t[:, None] * (u - 1), -t[:, None] * (d - 1)),
        ),
        "The factors are added up: independent effects multiply.": functools.partial(
            _nll2, combine=lambda f: f.sum(axis=0)
        ),
        "The effects are added up, 1 + sum of (factor - 1): the factors multiply.": functools.partial(
            _nll2, combine=lambda f: 1 + (f - 1).sum(axis=0)
        ),
        "Only the last parameter moves the expectation: each turn of the loop has to go on from the product so far, the carry.": (
            functools.partial(_nll2, combine=lambda f: f[-1])
        ),
        "Only the first parameter moves the expectation.": functools.partial(_nll2, combine=lambda f: f[0]),
        "The factors are averaged over the parameters: their product is asked.": functools.partial(
            _nll2, combine=lambda f: f.mean(axis=0)
        ),
        "All factors of all bins are multiplied into one number: the product runs over the parameters, axis 0, and keeps the bins.": (
            functools.partial(_nll2, combine=jnp.prod)
        ),
        "The Poisson terms aren't summed: one number per bin is left.": lambda t, nominal, u, d, n: (
            2 * (nominal * _factors(t, u, d).prod(axis=0) - n * jnp.log(nominal * _factors(t, u, d).prod(axis=0)))
            + jnp.sum(t**2)
        ),
    },
    symptoms=(_counts_matter,),
    align=up_to_a_constant(3, 2),
    also=(_short_program, _gradient_of_nll2),
    errors={
        "carry": _CARRY,
        "must be a pair": "The body of lax.scan returns two things: the carry, and an output of this turn, which may be None.",
    },
)


# --- task 3: a likelihood without NaN ----------------------------------------------------------------------------------------


def _saturated_nll2(expected, counts):
    some = counts > 0
    safe_expected, safe_counts = jnp.where(some, expected, 1.0), jnp.where(some, counts, 1.0)
    return 2 * jnp.sum(
        jnp.where(some, counts * (jnp.log(safe_counts) - jnp.log(safe_expected)), 0.0) + expected - counts
    )


def _saturated_nll2_cases() -> list[Case]:
    return [
        Case((jnp.array([4.0, 2.5, 11.0]), jnp.array([5.0, 3.0, 7.0])), "ordinary bins"),
        Case((jnp.array([4.0, 0.3, 2.0, 6.0]), jnp.array([5.0, 0.0, 0.0, 4.0])), "bins without observed events"),
        Case(
            (jnp.array([4.0, 0.0, 6.0]), jnp.array([5.0, 0.0, 4.0])), "a bin with neither expected nor observed events"
        ),
        Case((jnp.array([4.0, 0.0, 6.0]), jnp.array([5.0, 2.0, 4.0])), "observed events where none are expected"),
        Case((jnp.array([4.0, 0.0, 2.0]), jnp.array([5, 0, 0])), "counts that are integers"),
        Case((jnp.array([1e-9, 3e5]), jnp.array([1.0, 310000.0])), "very small and very large expectations"),
        Case((jnp.array([4.0, 2.5]), jnp.array([3.6, 2.5])), "counts that aren't whole numbers, as Asimov data has"),
    ]


def _where_the_value_breaks(got: list[Result], expected: list[Result]) -> str | None:
    """Which bins give NaN, or a finite number where only infinity is right."""
    value = [float(result[0]) if result[0].shape == () else math.nan for result in got]
    right = [engine.same(a, b, 1e-8, 1e-9) for a, b in zip(got, expected, strict=True)]
    if got[0][0].shape != ():
        return None
    if right[0] and math.isnan(value[1]):
        return "The value is NaN for n = 0: the computer multiplies 0 by the infinity of ln 0, where the limit is 0."
    if right[0] and right[1] and math.isnan(value[2]):
        return "The value is NaN where neither events are expected nor observed; a bin without observed events but with expected ones is right."
    if right[0] and right[1] and math.isinf(value[2]):
        return "The value is infinite where neither events are expected nor observed: that is no contradiction, the bin adds 0."
    if right[0] and right[1] and math.isnan(value[3]):
        return "The value is NaN for observed events where none are expected: such an outcome is impossible, and -2 ln L is +infinity."
    if right[0] and right[1] and value[3] == -math.inf:
        return (
            "An impossible outcome, events where none are expected, gets -infinity: a fit would run straight into it."
        )
    if right[0] and right[1] and right[2] and math.isfinite(value[3]):
        if value[3] < value[0]:
            return "Events observed where none are expected cost nothing: the mask must ask for n = 0, not for E = 0, which is impossible there."
        return (
            "An impossible outcome, events where none are expected, gets a finite value: a mask, or a small number in place of zero, has "
            "replaced E in that bin, too. Mask on n alone."
        )
    near = all(
        math.isclose(v, float(e[0]), rel_tol=1e-2, abs_tol=1e-2) for v, e in zip(value[:3], expected[:3], strict=True)
    )
    if near and not all(right[:3]) and math.isfinite(value[3]):
        return "A small number has been added to E or to n: every bin is shifted by it, and an impossible outcome becomes a possible one."
    if math.isfinite(value[0]) and not math.isfinite(value[-1]):
        return (
            "It isn't finite for counts that aren't whole numbers, such as Asimov data: a probability mass function knows whole numbers only. "
            "The formula above has no such limit."
        )
    return None


def _gradient_of_saturated(answer: Callable) -> None:
    for case in _saturated_nll2_cases()[:3]:
        expected, counts = case.args
        slope = transformed("grad", jax.grad(lambda e, n: answer(e, n)), answer, case)
        if np.isnan(slope).any():
            bins = "also with n = 0 and E > 0" if case.kind.startswith("bins") else "with n = 0 and E = 0"
            raise Finding(
                f"Every value is right, but the gradient is NaN, {bins}. A derivative passes through both branches of jnp.where (and of "
                "xlogy): the branch that isn't chosen gives 0 times infinity. Its input must be made harmless before the logarithm, and before the division."
            )
        if not np.allclose(slope, 2 * (1 - counts / jnp.where(counts > 0, expected, 1.0))):
            raise Finding(
                f"The values are right, but the gradient isn't, for {case.kind}: for n = 0 a bin is 2E, and its slope is 2."
            )


def _mapped_saturated(answer: Callable) -> None:
    """Whether it works inside jit, mapped over data sets."""
    expected = jnp.array([4.0, 0.0, 2.0])
    counts = jnp.array([[3.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    case = Case((expected, counts), "two data sets")
    values = transformed("jit and vmap", jax.jit(jax.vmap(lambda e, n: answer(e, n), (None, 0))), answer, case)
    if not np.allclose(values, jax.vmap(_saturated_nll2, (None, 0))(expected, counts)):
        raise Finding("Mapped over data sets by vmap the values are others.")


def _masked_whole(expected, counts):
    some = counts > 0
    safe = jnp.where(some, expected, 1.0)
    return 2 * jnp.sum(jnp.where(some, expected - counts + counts * jnp.log(jnp.where(some, counts, 1.0) / safe), 0.0))


saturated_nll2 = Task(
    3,
    "saturated_nll2",
    _saturated_nll2,
    _saturated_nll2_cases,
    "Values and gradients are finite wherever physics says so, and infinite where an outcome is impossible.",
    {
        "The factor 2 is missing: this is -ln L against the saturated model.": lambda e, n: _saturated_nll2(e, n) / 2,
        "The sign is turned: at E = n this has a maximum.": lambda e, n: -_saturated_nll2(e, n),
        "It isn't summed: one number per bin is left.": lambda e, n: (
            2 * (e - n + jnp.where(n > 0, n * jnp.log(n / e), 0.0))
        ),
        "A bin without observed events is left out altogether: for n = 0 the term 2E remains, it is what pulls an expectation down.": (
            _masked_whole
        ),
        "It isn't compared with the saturated model: at E = n the value must be 0, so n ln n - n belongs to it.": lambda e, n: (
            2 * jnp.sum(e - jax.scipy.special.xlogy(n, e))
        ),
        "ln n! takes the place of n ln n - n: at E = n the value must be 0.": lambda e, n: (
            2 * jnp.sum(e - jax.scipy.special.xlogy(n, e) + gammaln(n + 1))
        ),
        "The ratio stands on its head: it is ln(n/E), not ln(E/n).": lambda e, n: (
            2 * jnp.sum(e - n - jax.scipy.special.xlogy(n, n) + jax.scipy.special.xlogy(n, e))
        ),
        "E - n is missing: only its sum over all bins vanishes, and only at the best fit of a free normalisation.": lambda e, n: (
            2 * jnp.sum(jax.scipy.special.xlogy(n, n) - jax.scipy.special.xlogy(n, e))
        ),
        "This is Pearson's chi-squared, (n - E)^2 / E: near for large counts, and undefined for E = 0.": lambda e, n: (
            jnp.sum((n - e) ** 2 / e)
        ),
    },
    symptoms=(_where_the_value_breaks,),
    atol=1e-9,
    also=(_gradient_of_saturated, _mapped_saturated),
    errors={"ambiguous": "A Python `if` decides on a whole array, bin by bin: choose with jnp.where."},
)

# --- task 4: a random walk ---------------------------------------------------------------------------------------------------

_THICKNESS, _SIGMA = 3.0, 0.02


def _scattered(key, layers, thickness, sigma, draw=None, offset=None):
    """The walk; ``draw(key)`` may give the two numbers (2, layers) in another way, ``offset`` the step sideways."""
    z1, z2 = jax.random.normal(key, (2, layers)) if draw is None else draw(key)
    after = sigma * jnp.cumsum(z2)
    before = after - sigma * z2
    sideways = thickness * (
        before + sigma * (z1 / math.sqrt(12) + z2 / 2) if offset is None else offset(before, after, z1, z2)
    )
    return after, jnp.cumsum(sideways)


def _tracks(answer: Callable, layers: int, walkers: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles and offsets, (walkers, layers) each."""
    keys = jax.random.split(jax.random.key(5), walkers)
    angles, offsets = scattered.drawn(answer, layers, _THICKNESS, _SIGMA, keys=keys)
    for name, values in (("angles", angles), ("offsets", offsets)):
        if values.shape == (walkers, layers + 1):
            raise Finding(f"The {name} have one entry too many: asked are those after each layer, without the start.")
        if values.shape != (walkers, layers):
            raise Finding(
                f"The {name} of {layers} layers have shape {values.shape[1:]}: return one number for each layer."
            )
        if not np.isfinite(values).all():
            raise Finding(f"The {name} hold NaN or infinity.")
    return angles, offsets


def _begins_with_the_start(angles: np.ndarray, offsets: np.ndarray) -> None:
    named = [name for name, x in (("angles", angles), ("offsets", offsets)) if not x[:, 0].any() and x[:, -1].any()]
    if named:
        raise Finding(
            f"The first of the {' and of the '.join(named)} is always 0, that of the start, and the last layer is missing: what the body gives "
            "out for stacking is the state after its layer, the new one."
        )


def _repeated(x: np.ndarray) -> bool:
    """Whether each row holds one number only, up to rounding."""
    return bool(np.ptp(x, axis=1).max() < 1e-6)


def _unit_normal(x: np.ndarray, what: str) -> None:
    """Raise a ``Finding`` unless these are independent standard Gaussian numbers, in wide margins."""
    if abs(np.std(x) - 1) > 0.08:
        raise Finding(f"The {what} come out {np.std(x):.3g} times as wide as they should be.")
    if abs(x.mean()) > 0.08:
        raise Finding(f"The {what} don't average to 0: the walk drifts to one side.")
    if abs(correlation(x[:, 1:], x[:, :-1])) > 0.08:
        raise Finding(f"The {what} of neighbouring layers are correlated: each layer needs numbers of its own.")
    if abs(kurtosis(x) - 3) > 0.4:
        raise Finding(f"The {what} have the right width, but aren't Gaussian.")


def _walk(answer: Callable) -> None:
    """Undo the recipe to find z1 and z2 of every layer, and examine them."""
    angles, offsets = _tracks(answer, 25, 400)
    if np.ptp(angles[:4], axis=0).max() == 0 and np.ptp(offsets[:4], axis=0).max() == 0:
        raise Finding(_SAME)
    _begins_with_the_start(angles, offsets)
    before = np.pad(angles, ((0, 0), (1, 0)))[:, :-1]
    z2 = (angles - before) / _SIGMA
    if _repeated(z2):
        raise Finding(
            "Every layer kicks by the same angle: the same key is used for each, so it draws the same number again and again."
        )
    if np.std(angles[:, -1]) < 1.5 * _SIGMA and np.std(angles[:, 0]) > 0.5 * _SIGMA:
        raise Finding("The angles are the single kicks: each layer adds its kick to the angle so far.")
    if np.std(angles[:, 0]) > 3 * np.std(angles[:, -1]):
        raise Finding("The walk runs backwards: its spread is largest after the first layer.")
    _unit_normal(z2, "kicks")
    step = np.diff(offsets, axis=1, prepend=0) / (_THICKNESS * _SIGMA)
    if np.std(step) < 1e-9:
        raise Finding("The muon isn't displaced at all.")
    features = np.stack([z2.ravel(), before.ravel() / _SIGMA], 1)
    (of_kick, of_angle), *_ = np.linalg.lstsq(features, step.ravel(), rcond=None)
    if abs(of_angle) < 0.1:
        raise Finding(
            "The offset forgets the direction of the track: in each layer it grows by thickness times the angle before the layer."
        )
    if abs(of_angle - 1) > 0.1:
        raise Finding(
            f"In each layer the offset grows by {of_angle:.3g} times the thickness times the angle: is the thickness in it, once?"
        )
    if abs(of_kick - 1.5) < 0.1 or abs(of_kick - 1) < 0.1:
        raise Finding(
            "The offset uses the angle after the layer: the track enters with the angle from before, and half of the kick is in z2/2."
        )
    rest = np.sqrt(12) * (step - before / _SIGMA - z2 / 2)
    if np.std(rest) < 1e-6:
        raise Finding("The offset holds no random number of its own: the term z1 / sqrt(12) is missing.")
    z1 = rest
    if np.abs(z1 - z2).max() < 1e-6:
        raise Finding("The two random numbers of a layer are equal, z1 = z2: one key has drawn both.")
    if _repeated(z1):
        raise Finding("z1 is the same number in every layer: its key isn't renewed.")
    if np.abs(z1[:, 1:] - z2[:, :-1]).max() < 1e-6 or np.abs(z2[:, 1:] - z1[:, :-1]).max() < 1e-6:
        raise Finding(
            "A random number of one layer comes back in the next one: the key that drew it was passed on to the next layer."
        )
    if abs(of_kick) < 0.1:
        raise Finding("The offset doesn't follow the kick of its own layer: the term z2 / 2 is missing.")
    if abs(of_kick - 0.5) > 0.1:
        raise Finding(
            f"The offset follows the kick of its own layer with {of_kick:.3g} times z2, instead of half of it."
        )
    _unit_normal(z1, "random offsets z1")
    if len(np.unique(np.round(z2[:, 0], 9))) < 390:
        raise Finding("Different walkers get the same kicks.")


def _offset(formula: Callable) -> Callable:
    return lambda *args: _scattered(*args, offset=lambda before, after, z1, z2: formula(before, after, z1, z2))


scattered = Drawn(
    4,
    "scattered",
    _scattered,
    list,
    "Every number has a key of its own, the whole track repeats from one key, and vmap over keys sends out a beam.",
    {
        "Every layer kicks by the same angle: the same key is used for each, so it draws the same number again and again.": (
            lambda key, layers, d, s: _scattered(
                key, layers, d, s, lambda key: jnp.full((2, layers), jax.random.normal(key))
            )
        ),
        "The two random numbers of a layer are equal, z1 = z2: one key has drawn both.": lambda key, layers, d, s: (
            _scattered(key, layers, d, s, lambda key: jnp.stack([jax.random.normal(key, (layers,))] * 2))
        ),
        "The offset forgets the direction of the track: in each layer it grows by thickness times the angle before the layer.": _offset(
            lambda before, after, z1, z2: _SIGMA * (z1 / math.sqrt(12) + z2 / 2)
        ),
        "The offset uses the angle after the layer: the track enters with the angle from before, and half of the kick is in z2/2.": _offset(
            lambda before, after, z1, z2: after + _SIGMA * (z1 / math.sqrt(12) + z2 / 2)
        ),
        "The offset holds no random number of its own: the term z1 / sqrt(12) is missing.": _offset(
            lambda before, after, z1, z2: before + _SIGMA * z2 / 2
        ),
        "The offset doesn't follow the kick of its own layer: the term z2 / 2 is missing.": _offset(
            lambda before, after, z1, z2: before + _SIGMA * z1 / math.sqrt(12)
        ),
        _SAME: lambda key, *args: _scattered(jax.random.key(0), *args),
    },
    outputs=("the angles", "the offsets"),
    errors={
        "Shapes must be 1D sequences": "`layers` decides about shapes, so it can't be traced: in your jit it needs static_argnames.",
        "was not hashable": "`layers` decides about shapes, so it can't be traced: your jit needs it among its static_argnames.",
        "carry": "The carry of the loop changes its form: what the body returns as carry must look like the start value, types included.",
        "must be a pair": "The body of lax.scan returns two things: the carry, and the output of this turn.",
    },
    also=(_walk,),
    small=(4, _THICKNESS, _SIGMA),
    once=(1, _THICKNESS, _SIGMA),
)


# --- task 5: Newton's method in a while_loop ---------------------------------------------------------------------------------


def _newton(mu, signal, background, counts):
    """Slope and curvature, both without the factor 2."""
    expected = mu * signal + background
    return jnp.sum(signal - counts * signal / expected), jnp.sum(counts * (signal / expected) ** 2)


def _large(state, tolerance):
    return jnp.abs(state[1]) > tolerance


def _fit_mu(
    signal,
    background,
    counts,
    tolerance,
    go_on=_large,
    derivatives=_newton,
    result=lambda mu, change, steps: (mu, steps),
):
    """``go_on(state, tolerance)``: the state is mu, the last step, the number of steps, and the slope before that step."""

    def turn(state):
        mu, _, steps, _ = state
        slope, curvature = derivatives(mu, signal, background, counts)
        return mu - slope / curvature, -slope / curvature, steps + 1, slope

    start = jnp.asarray(1.0), jnp.asarray(jnp.inf), jnp.asarray(0), jnp.asarray(jnp.inf)
    mu, change, steps, _ = jax.lax.while_loop(lambda state: go_on(state, tolerance), turn, start)
    return result(mu, change, steps)


def _fit_mu_cases() -> list[Case]:
    signal, background = np.array([10.0, 20.0, 15.0]), np.array([100.0, 60.0, 30.0])
    return [
        Case(tuple(map(jnp.asarray, (signal, background, np.array([112.0, 84.0, 41.0]), 1e-10))), "data near mu = 1"),
        Case(
            tuple(map(jnp.asarray, (signal, background, np.array([130.0, 101.0, 70.0]), 1e-10))), "data with mu above 2"
        ),
        Case(tuple(map(jnp.asarray, (signal, background, np.array([98.0, 55.0, 33.0]), 1e-10))), "data with mu near 0"),
        Case(tuple(map(jnp.asarray, (signal[:1], background[:1], np.array([111.0]), 1e-10))), "one bin"),
    ]


def _without_steps(results: list[Result]) -> list[Result]:
    """Only mu is compared: the steps are judged by a demand of their own, for several tolerances."""
    return [[result[0], np.zeros_like(result[1])] for result in results]


class _NoEnd(Exception):
    """Raised inside a loop that goes on and on."""


def _comes_to_an_end(answer: Callable, case: Case, turns: int = 200) -> None:
    """Run it with the loops of JAX as Python loops, which can be interrupted: a compiled loop without end can't be."""
    calls = dict.fromkeys((code for _, one in notebook_functions(answer) for code in codes_in(inspect.unwrap(one))), 0)

    def watch(frame: types.FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in calls:
            calls[frame.f_code] += 1
            if calls[frame.f_code] > turns:
                raise _NoEnd

    before = sys.getprofile()
    try:
        with jax.disable_jit():
            sys.setprofile(watch)
            answer(*engine.copied(case.args))
    except _NoEnd:
        raise Finding(
            f"The loop hasn't come to its end after {turns} turns, where Newton's method needs a few: does its condition ever become False, "
            "and do the steps become smaller?"
        ) from None
    except Exception:  # explained by the ordinary call
        return
    finally:
        sys.setprofile(before)


def _fisher(mu, signal, background, counts):
    return _newton(mu, signal, background, counts)[0], jnp.sum(signal**2 / (mu * signal + background))


def _halved(mu, signal, background, counts):
    slope, curvature = _newton(mu, signal, background, counts)
    return slope, 2 * curvature


_OTHER_LOOPS = {
    "The curvature is that of the expectation, the sum of S^2/E: the fit arrives, but by other steps than Newton's. In h stands n S^2/E^2.": (
        functools.partial(_fit_mu, derivatives=_fisher)
    ),
    "Every step is half of Newton's, and it takes many: the factor 2 stands in g and in h, or in neither.": (
        functools.partial(_fit_mu, derivatives=_halved)
    ),
    "The square of the step is compared with the tolerance: then it stops at the root of the tolerance. Take the absolute value.": (
        functools.partial(_fit_mu, go_on=lambda state, tolerance: state[1] ** 2 > tolerance)
    ),
    "The slope g is compared with the tolerance: asked is the size of the step.": (
        functools.partial(_fit_mu, go_on=lambda state, tolerance: 2 * jnp.abs(state[3]) > tolerance)
    ),
    "The step is compared with the tolerance times mu: asked is the step itself.": (
        functools.partial(_fit_mu, go_on=lambda state, tolerance: jnp.abs(state[1]) > tolerance * jnp.abs(state[0]))
    ),
    "The steps are right, but the mu that comes back is the one before the last of them.": (
        functools.partial(_fit_mu, result=lambda mu, change, steps: (mu - change, steps))
    ),
    "It stops one step early: the first step that isn't larger than the tolerance is computed, but neither made nor counted.": (
        functools.partial(_fit_mu, result=lambda mu, change, steps: (mu - change, steps - 1))
    ),
}


def _stops(function: Callable) -> Result:
    """mu and the number of steps for loose tolerances, two data sets and a few tolerances that no step of theirs is close to."""
    fits = [function(*case.args[:3], jnp.asarray(t)) for case in _fit_mu_cases()[1:3] for t in (0.1, 1e-2, 1e-3, 1e-10)]
    return [np.array([float(mu) for mu, _ in fits]), np.array([float(steps) for _, steps in fits])]


def _another_loop(function: Callable) -> None:
    """Raise the ``Finding`` that explains how the loop differs, if it is known."""
    got = _stops(function)
    for sentence, variant in _OTHER_LOOPS.items():
        if engine.same(got, _stops(jax.jit(variant)), 1e-9, 0.0):
            raise Finding(sentence)


def _where_it_stops(function: Callable) -> None:
    """Raise a ``Finding`` unless mu and the number of steps are those of the reference, for loose tolerances, too."""
    (mu, steps), (right_mu, right) = _stops(function), _stops(jax.jit(_fit_mu))
    if not engine.same([mu], [right_mu], 1e-9, 0.0):
        raise Finding(
            "It is right for a tolerance of 1e-10, but for a loose one, such as 0.01, it doesn't end where Newton's method does: each step is g/h "
            "at the present mu, and the first that isn't larger than the tolerance is the last, made and counted."
        )
    wrong = np.flatnonzero(steps != right)
    if wrong.size:
        one = wrong[0]
        raise Finding(
            f"The fit is right, but it reports {steps[one]:.0f} steps where Newton's method takes {right[one]:.0f}: what is counted?"
        )


def _stops_by_itself(answer: Callable) -> None:
    """Whether the number of steps follows the tolerance, is that of Newton's method, and the loop is one of JAX's."""
    case = _fit_mu_cases()[1]
    function = jax.jit(lambda *args: answer(*args))
    taken, right = [], []
    for tolerance in (1e-2, 1e-10):
        args = (*case.args[:3], jnp.asarray(tolerance))
        _, steps = transformed("jit", function, answer, Case(args, case.kind))
        taken.append(int(steps))
        right.append(int(_fit_mu(*args)[1]))
    jaxpr = jax.make_jaxpr(lambda *args: answer(*args))(*case.args)
    waits = programs.primitives(jaxpr)["while"] > 0
    if taken[0] >= taken[1] and waits:
        raise Finding(
            f"It counts {taken[0]} steps for a tolerance of 0.01 and {taken[1]} for 1e-10: the loop has to stop as soon as a step isn't "
            "larger than the tolerance that came in."
        )
    if taken[0] >= taken[1]:
        raise Finding(
            f"It takes {taken[0]} steps whatever the tolerance: the number of turns of a Python loop, a fori_loop or a scan is fixed before "
            "the data are seen. A loop that asks the data is a jax.lax.while_loop."
        )
    _another_loop(function)
    if taken[1] > right[1] + 3:
        raise Finding(
            f"It takes {taken[1]} steps where Newton's method takes {right[1]}: is each step the slope divided by the curvature at the "
            "present mu?"
        )
    _where_it_stops(function)
    if not waits:
        raise Finding(
            "There is no `while` in its jaxpr: it always runs a fixed number of turns, and only pretends to stop. Use jax.lax.while_loop."
        )


def _many_toys(answer: Callable) -> None:
    signal, background, *_ = _fit_mu_cases()[0].args
    counts = jnp.array([[112.0, 84.0, 41.0], [130.0, 101.0, 70.0], [98.0, 55.0, 33.0]])
    case = Case((signal, background, counts, jnp.asarray(1e-10)), "three data sets")
    many = jax.jit(jax.vmap(lambda s, b, n, t: answer(s, b, n, t), (None, None, 0, None)))
    values, _ = transformed("jit and vmap", many, answer, case)
    if not np.allclose(values, [_fit_mu(signal, background, n, 1e-10)[0] for n in counts]):
        raise Finding("Mapped over data sets by vmap, mu comes out wrong.")


@dataclass(eq=False)
class Loop(Task):
    """A task whose answer may loop for ever: that is found first, where it can still be stopped."""

    def examine(self, answer: object) -> None:
        if callable(answer):
            first, second, *others = self._hidden[0]
            _comes_to_an_end(answer, second)
            for case in (first, *others):
                _comes_to_an_end(
                    answer, case, turns=2000
                )  # slow ones are explained later, those without end have to be stopped here
        super().examine(answer)


def _stopped(go_on: Callable) -> Callable:
    """Newton's method that goes on under another condition, of the last step, the tolerance and the number of steps."""
    return functools.partial(_fit_mu, go_on=lambda state, tolerance: go_on(state[1], tolerance, state[2]))


fit_mu = Loop(
    5,
    "fit_mu",
    _fit_mu,
    _fit_mu_cases,
    "A whole fit is one compiled function, that stops when it is done; vmap turns it into a thousand fits.",
    {
        "It returns the start value: the loop makes no step. Its condition says when to go on, not when to stop.": _stopped(
            lambda change, tolerance, steps: steps < 0
        ),
        "It stops after a single step, however large that was.": _stopped(lambda change, tolerance, steps: steps < 1),
        "It stops after two steps, however large the second was.": _stopped(lambda change, tolerance, steps: steps < 2),
        "The loop ends as soon as mu goes down: compare the size of the step, its absolute value, with the tolerance.": _stopped(
            lambda change, tolerance, steps: change > tolerance
        ),
        "The loop ends as soon as mu goes up: compare the size of the step, its absolute value, with the tolerance.": _stopped(
            lambda change, tolerance, steps: (change < -tolerance) | (steps == 0)
        ),
        "What comes back first is the last step, not where it led to.": lambda s, b, n, t: (0.0, 1),
    },
    outputs=("mu", "the steps"),
    align=_without_steps,
    rtol=1e-7,
    atol=1e-8,
    also=(_stops_by_itself, _many_toys),
    errors={
        "carry": "The carry of the loop changes its form: what the body returns must have the structure, shapes and types of the start value.",
        "cond_fun": "The condition of while_loop returns a single True or False, computed from the carry.",
        "predicate": "The condition of while_loop has to be a single True or False.",
    },
)


# --- what the notebook calls besides -----------------------------------------------------------------------------------------

TASKS = {
    task.name: task
    for task in (yields, nll2_and_expected, rescaled, smeared, step, nll2, saturated_nll2, scattered, fit_mu)
}


def ready(*names: str) -> bool:
    """Whether these tasks are passed; if not, print what the cell waits for."""
    return engine.ready(TASKS, *names)


def use(name: str) -> Callable:
    """The learner's function of this name if it has passed its check, else the course's."""
    return engine.use(TASKS, name)


def progress() -> None:
    """Print which tasks are passed and which are open."""
    engine.progress(TASKS)
