"""Task 9: the fit of all parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jaxhep.check.asking import Asking
from jaxhep.check.compare import Result, same, up_to_a_constant
from jaxhep.check.demands import calls_of, compilations
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.unit04 import _minuit
from jaxhep.check.unit04._expected import reference as expected
from jaxhep.check.unit04._expected import task as expected_task
from jaxhep.check.unit04._newton import fit as reference
from jaxhep.check.unit04._newton import hessian, large_toy, start, toy, value
from jaxhep.check.unit04._nll2 import task as nll2_task
from jaxhep.check.unit04._poisson_nll2 import task as poisson_task


def cases() -> list[Case]:
    first, second, model = toy()
    deficit = np.asarray(expected(start(model, {0: -0.3}), model)) * np.array([1.02, 0.98, 1.01, 0.97])
    return [
        Case((first, model), "a fit of all parameters"),
        Case((first, model, {0: 0.7}), "a fit with mu held fixed"),
        Case((first, model, {2: 1.3}), "a fit with a systematic held fixed"),
        Case((first, model, {1: -0.5, 0: 1.8}), "a fit with two parameters held fixed"),
        Case((first, model, {0: -0.4}), "a fit that starts where -2 ln L curves downwards"),
        Case((first, model, {2: 0.0}), "a fit with a systematic held fixed at 0"),
        Case((first, model, {0: 0.0}), "a fit with mu held fixed at 0"),
        Case((first[[1, 0, 2, 3]], model), "a fit of the same counts in other bins"),
        Case((first[[1, 0, 2, 3]], model, {0: 0.7}), "a fit of the same counts in other bins, mu held fixed"),
        Case((second, model), "a fit of other counts"),
        Case((second, model, {0: 0.7, 3: 0.4}), "a fit of other counts with two parameters held fixed"),
        Case((deficit, model), "a deficit, where the best mu is negative"),
        Case((deficit, model, {3: 0.0}), "a deficit, where the best mu is negative, with a systematic held fixed at 0"),
        Case(large_toy(), "a fit of more parameters than in the example"),
        Case((*large_toy(), {0: 0.5}), "a fit of more parameters than in the example, mu held fixed"),
    ]


@dataclass(eq=False, kw_only=True)
class Fitted(Asking):
    """A task whose answer fits; what compiled functions keep is looked for where it goes wrong."""

    def judge(self, answer: Callable) -> None:
        try:
            super().judge(answer)
        except Finding:
            first, second, model = toy()
            try:
                again = self._read(call(answer, Case((second, model), "")), Case((), ""))
            except Finding:
                again = []
            kept, asked = (list(map(np.asarray, reference(counts, model))) for counts in (first, second))
            if again and same(again[:2], kept[:2], self.rtol, self.atol) and not same(again, asked, 0.004, 0.006):
                raise Finding(
                    "Other counts give the fit of the first ones: an earlier call has left its result, or a compiled "
                    "function has kept its counts and model as constants. Pass them as arguments, at each call."
                ) from None
            raise


task = Fitted(
    number=9,
    name="fit",
    reference=reference,
    cases=cases,
    outputs=("the values", "the covariance", "the minimum of -2 ln L"),
    align=up_to_a_constant(7, 2, output=2),
    rtol=0.004,
    atol=0.006,
    errors={
        **_minuit.ERRORS,
        "'NoneType' object is not callable": (
            "Minuit stops: for one of the hidden fits -2 ln L curves downwards at the start, and there Minuit asks for "
            "`g2`, the diagonal of the Hessian, as an argument of its own."
        ),
    },
    meaning="Minimum and covariance agree with the reference, and a second fit compiles nothing.",
)


@task.symptom
def fixed_left_out(got: list[Result], expected: list[Result]) -> str | None:
    short = [g[0].ndim == 1 and g[0].size < e[0].size for g, e in zip(got, expected, strict=True)]
    if short[1] and not short[0]:
        return (
            "The values hold only the free parameters: put the fixed ones back at their index, so that entry k is "
            "always parameter k."
        )
    return None


@task.symptom
def hessian_misread_by_minuit(got: list[Result], expected: list[Result]) -> str | None:
    held = [len(case.args) > 2 for case in cases()]
    pairs = list(zip(got, expected, strict=True))
    if all(same([g[0]], [e[0]], 0.004, 0.006) for g, e in pairs) and held == [
        not same([g[1]], [e[1]], 0.004, 0.006) for g, e in pairs
    ]:
        return (
            "The covariance is right until a parameter is held. With `hessian=`, Minuit misreads its rows as soon as "
            "one is `fixed` (and a matrix that is cut after it was inverted is another one, too): hand only the free "
            "parameters to Minuit, or invert their block of the Hessian yourself."
        )
    return None


@task.symptom
def rough_covariance(got: list[Result], expected: list[Result]) -> str | None:
    for (v, c, m), (values, covariance, minimum) in zip(got, expected, strict=True):
        if c.shape != covariance.shape or not all(np.allclose(a, b, atol=0.02) for a, b in ((v, values), (m, minimum))):
            return None
        inside = np.diag(covariance) > 0
        ratio = np.diag(c)[inside] / np.diag(covariance)[inside]
        if not (ratio.min() > 0.2 and ratio.max() < 5):
            return None
    return (
        "Values and minimum are right, the covariance is only roughly so: after `migrad()` it is the running estimate "
        "of the search. Call `hesse()` behind it, or invert the Hessian at the minimum."
    )


@task.symptom
def kept_positive(got: list[Result], expected: list[Result]) -> str | None:
    deficit = [e[0][0] < -0.01 and e[1][0, 0] > 0 for e in expected]
    fine = [same(g, e, task.rtol, task.atol) for g, e in zip(got, expected, strict=True)]
    if all(f != d for f, d in zip(fine, deficit, strict=True)) and all(
        g[0][0] > -0.01 for g, d in zip(got, deficit, strict=True) if d
    ):
        return "mu is kept from going below 0: a deficit of events pulls it there, and the estimate has to follow."
    return None


@task.symptom
def right_when_small(got: list[Result], expected: list[Result]) -> str | None:
    fine = [same(g, e, task.rtol, task.atol) for g, e in zip(got, expected, strict=True)]
    if all(fine[:-2]) and not any(fine[-2:]):
        return (
            "It is right for a few parameters and wrong for more of them than in the example: is a size typed in, "
            "perhaps in the -2 ln L that you hand over, or does the minimiser stop before its minimum?"
        )
    return None


@task.demand
def compiles_once(answer: Callable) -> None:
    """A repeated fit must reuse the compiled functions."""
    case = cases()[0]
    call(answer, case)
    functions = [nll2_task.course, expected_task.course, nll2_task.use(), expected_task.use(), poisson_task.use()]
    functions += [getattr(inspect.unwrap(answer), "__globals__", {}).get("nll2")]
    codes = {code for one in functions if (code := getattr(inspect.unwrap(one), "__code__", None)) is not None}
    if calls_of(codes, answer, *case.args) > 6:
        raise Finding(
            "The numbers are right, but -2 ln L runs line by line at each step of the fit, uncompiled: hand compiled "
            "functions to the minimiser, `jax.jit(...)` of value, gradient and Hessian, made once, above the `def`."
        )
    if compilations(answer, *case.args):
        raise Finding(
            "The numbers are right, but every call compiles anew: a jit, grad or hessian of a function made inside "
            "`fit` is a new function each time. Make the compiled functions once, outside, and pass counts and model "
            "as arguments."
        )


# --- known mistakes


@task.mistake(
    "The covariance is half of what it should be: the inverse Hessian of -2 ln L, or an errordef of 0.5, lacks a "
    "factor 2."
)
def covariance_halved(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    return values, covariance / 2, minimum


@task.mistake("The covariance is twice what it should be: is the factor 2 of -2 ln L in it twice?")
def covariance_doubled(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    return values, 2 * covariance, minimum


@task.mistake("This is the Hessian: the covariance is (2 times) its inverse.")
def hessian_for_covariance(counts, model, fixed=None):
    values, _, minimum = reference(counts, model, fixed)
    return values, hessian(values, counts, model), minimum


@task.mistake(
    "The covariance ignores the correlations: it is the inverse of the diagonal of the Hessian, not the inverse of the "
    "Hessian."
)
def correlations_ignored(counts, model, fixed=None):
    values, _, minimum = reference(counts, model, fixed)
    variances = np.array(2 / np.diag(hessian(values, counts, model)))
    variances[list(fixed or {})] = 0.0
    return values, np.diag(variances), minimum


@task.mistake("What you return second is the correlation matrix: its diagonal is 1.")
def correlation_matrix(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    errors = np.sqrt(np.diag(covariance))
    scale = np.outer(errors, errors)
    return values, np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0), minimum


@task.mistake("What you return second are the errors: asked is the covariance matrix.")
def errors_for_covariance(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    return values, np.sqrt(np.diag(covariance)), minimum


@task.mistake(
    "A parameter held at 0 stays free in your fit: does a test like `if fixed.get(k)` take the value 0 for `not fixed`?"
)
def held_at_0_left_free(counts, model, fixed=None):
    return reference(counts, model, {index: held for index, held in (fixed or {}).items() if held})


@task.mistake(
    "Rows of fixed parameters are left out of the covariance: keep them, as zeros, so that index k is always parameter "
    "k."
)
def fixed_rows_left_out(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    free = [i for i in range(values.size) if i not in (fixed or {})]
    return values, covariance[np.ix_(free, free)], minimum


@task.mistake(
    "The covariance treats the fixed parameters as free: their rows and columns are zero, and the others don't share "
    "their uncertainty."
)
def fixed_free_in_the_covariance(counts, model, fixed=None):
    values, _, minimum = reference(counts, model, fixed)
    return values, 2 * np.linalg.inv(hessian(values, counts, model)), minimum


@task.mistake("`fixed` is ignored, or its values are only the start: nothing holds them while the others are fitted.")
def fixed_ignored(counts, model, fixed=None):
    return reference(counts, model)


@task.mistake("Fixed parameters are held at their start value: first set the value that `fixed` asks for.")
def held_at_the_start(counts, model, fixed=None):
    return reference(counts, model, {index: start(model)[index] for index in fixed or {}})


@task.mistake("The nuisance parameters don't move: this fit is one of mu alone.")
def mu_alone(counts, model, fixed=None):
    return reference(counts, model, dict.fromkeys(range(1, start(model).size), 0.0) | (fixed or {}))


@task.mistake("The counts aren't used: this fits the Asimov data set.")
def asimov_data_fitted(counts, model, fixed=None):
    return reference(expected(start(model), model), model, fixed)


@task.mistake("What you return last isn't -2 ln L at the minimum, but at the start.")
def minimum_at_the_start(counts, model, fixed=None):
    values, covariance, _ = reference(counts, model, fixed)
    return values, covariance, value(start(model, fixed), counts, model)


@task.mistake("What you return last is the Poisson term alone: the minimum of -2 ln L holds the constraints, too.")
def constraints_left_out(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    return values, covariance, minimum - np.sum(values[1:] ** 2)


@task.mistake("The covariance is taken from the Hessian at the start: take it at the minimum.")
def hessian_at_the_start(counts, model, fixed=None):
    values, _, minimum = reference(counts, model, fixed)
    free = np.array([i for i in range(values.size) if i not in (fixed or {})])
    covariance = np.zeros((values.size, values.size))
    block = np.ix_(free, free)
    covariance[block] = 2 * np.linalg.inv(np.asarray(hessian(start(model, fixed), counts, model))[block])
    return values, covariance, minimum


@task.mistake(
    "The whole Hessian is inverted, and only then are rows and columns of the fixed parameters set to zero: the others "
    "still share their uncertainty. Take the block of the free parameters first."
)
def cleared_after_inverting(counts, model, fixed=None):
    values, covariance, minimum = fixed_free_in_the_covariance(counts, model, fixed)
    covariance[list(fixed or {})] = covariance[:, list(fixed or {})] = 0.0
    return values, covariance, minimum


@task.mistake("Indices of `fixed` are sorted, their values aren't: each is held at another one's value.")
def values_not_sorted(counts, model, fixed=None):
    fixed = fixed or {}
    return reference(counts, model, dict(zip(sorted(fixed), fixed.values(), strict=True)))


@task.mistake(
    "The covariance is that of expected counts: in the second derivatives the counts were replaced by the fitted "
    "yields (Fisher's information). HESSE, and the task, take the observed ones."
)
def expected_information(counts, model, fixed=None):
    values, covariance, minimum = reference(counts, model, fixed)
    free = np.flatnonzero(np.diag(covariance) > 0)
    fisher = np.asarray(hessian(values, np.asarray(expected(values, model)), model))[np.ix_(free, free)]
    covariance = np.zeros_like(covariance)
    covariance[np.ix_(free, free)] = 2 * np.linalg.inv(fisher)
    return values, covariance, minimum
