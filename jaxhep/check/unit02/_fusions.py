"""Task 4: which operations stand in each fusion of an HLO text?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp

from jaxhep import programs
from jaxhep.check.reading import Case, Finding, call
from jaxhep.check.unit02 import _hlo
from jaxhep.check.verdict import Task

Fusions = dict[str, Counter[str]]


def computations(text: str) -> dict[str, str]:
    """The lines inside the braces, by name."""
    return dict(re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE))


def calls(text: str) -> list[tuple[str, str]]:
    """Each fusion and the computation that it calls."""
    return re.findall(r"^ +(?:ROOT )?%?([\w.-]+) = .* fusion\(.*calls=%?([\w.-]+)", text, re.MULTILINE)


def opcodes(body: str) -> list[str]:
    return [name for name in programs.instructions(body).elements() if name != "parameter"]


def inside(text: str, pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The opcodes in each fusion, for these pairs of a fusion and a computation."""
    bodies = computations(text)
    return {name: opcodes(bodies[called]) for name, called in pairs}


def reference(text):
    return inside(text, calls(text))


def compiled(function: Callable, *args: object) -> str:
    return programs.hlo(jax.jit(function).lower(*args).compile())


def cases() -> list[Case]:
    x = jnp.linspace(1.0, 2.0, 600)

    def nll2(mu, x):
        return 2 * jnp.sum(mu * x - x * jnp.log(mu * x + 1))

    def unrelated(x, y):
        return jnp.exp(-x) * y, jnp.cumsum(jnp.sqrt(y) + x), jnp.sort(x * y) + jnp.log(x)

    return [
        Case((_hlo.PROGRAM,), "the printed program"),
        Case((_hlo.LOOP,), "a program with a loop"),
        Case((_hlo.TWO_RESULTS,), "a program in which a fusion has two results"),
        Case((_hlo.NO_FUSION,), "a program without any fusion"),
        Case((_hlo.SHARED,), "a program in which two fusions call one computation, and more follows behind its name"),
        Case((compiled(jax.value_and_grad(nll2), 0.5, x),), "a gradient, compiled here"),
        Case((compiled(unrelated, x, x),), "a program with several results, compiled here"),
    ]


class Reading(Task):
    """A function that returns a dictionary, the opcodes in each fusion; they are compared fusion by fusion."""

    def judge(self, answer: Callable) -> None:
        cases, right = self._hidden[0], cast(list[Fusions], self._hidden[1])
        found = [self._read(call(answer, case, self.errors), case) for case in cases]
        if found == right:
            return
        if found[0] and all(one == found[0] for one in found):
            raise Finding("The same answer comes for every text: it must be read from `text`.")
        for sentence, variant in self.mistakes.values():
            if self._is_made(variant, cases, found):
                raise Finding(sentence)
        for got, expected, case in zip(found, right, cases, strict=True):
            compare(got, expected, case)

    def _read(self, value: object, case: Case, like: Any = None) -> Any:
        """What was returned, each fusion's opcodes counted."""
        if value is None:
            raise Finding("It returns None: is the `return` missing?")
        if not isinstance(value, Mapping):
            raise Finding(
                f"It returns a {type(value).__name__}; asked is a dictionary: the name of each fusion and its opcodes."
            )
        kinds = Mapping | Sequence | set | frozenset
        for name, found in value.items():
            if not isinstance(name, str) or isinstance(found, str) or not isinstance(found, kinds):
                raise Finding(
                    f"For {name!r} there stands a {type(found).__name__}; asked is a name with a list (or a Counter) "
                    "of opcodes."
                )
        return {name: +Counter(found) for name, found in value.items()}

    def _is_made(self, variant: Callable, cases: list[Case], got: list[Any]) -> bool:
        try:
            return got == [self._read(variant(*case.args), case) for case in cases]
        except KeyError:  # a mistake that can't be made with these programs
            return False


def compare(got: Fusions, expected: Fusions, case: Case) -> None:
    """No known mistake: say which fusions, or which opcodes of one, differ."""
    missing = [name for name in expected if name not in got]
    strangers = [name for name in got if name not in expected]
    if missing or strangers:
        words = listed("missing", missing) + listed("not a fusion", strangers)
        cut = any(piece in name for piece in strangers for name in missing)
        why = " Is a name cut, at a hyphen, a dot or a digit?" if cut else ""
        raise Finding(f"The fusions differ in {case.kind}; {'; '.join(words)}.{why}")
    for name, right in expected.items():
        if got[name] != right:
            others = [one for one, body in computations(*case.args).items() if Counter(opcodes(body)) == got[name]]
            if got[name] and others:
                raise Finding(
                    f"In {case.kind}, {name} has the opcodes of another computation, {others[0]}: is the name that it "
                    "calls compared as a whole, to its end?"
                )
            words = listed("too few", sorted(right - got[name])) + listed("too many", sorted(got[name] - right))
            raise Finding(f"In {case.kind}, inside {name}: {'; '.join(words)}.")


def listed(what: str, names: list[str]) -> list[str]:
    return [f"{what}: {', '.join(names[:3])}"] if names else []


task = Reading(
    number=4,
    name="fusions",
    reference=reference,
    cases=cases,
    meaning="Each fusion is one pass over its inputs; what stands inside it is never written to memory as an array of "
    "its own.",
    errors={
        "list index out of range": "A line doesn't split as your code expects: blank lines, the first line of the text "
        "and closing braces are lines, too.",
    },
)


# --- known mistakes


@task.mistake(
    "You list every computation of the program: reductions, loop bodies and the entry are computations, too, but only "
    "those that a `fusion` instruction calls are fused."
)
def every_computation(text):
    return {name: opcodes(body) for name, body in computations(text).items()}


@task.mistake(
    "You list every computation but the entry: what reduce, sort or while apply isn't fused. Look for `fusion(`."
)
def every_computation_but_the_entry(text):
    bodies = re.findall(r"^%([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE)
    return {name: opcodes(body) for name, body in bodies}


@task.mistake(
    "The keys are the computations that are called; asked is the name of the fusion that calls, to the left of its `=`."
)
def names_of_computations(text):
    return inside(text, [(called, called) for _, called in calls(text)])


@task.mistake("The names still have their percent sign.")
def percent_signs(text):
    return {f"%{name}": found for name, found in reference(text).items()}


@task.mistake("`parameter` is still there: parameters are what comes in, not what is computed.")
def parameters_kept(text):
    bodies = computations(text)
    return {name: programs.instructions(bodies[called]) for name, called in calls(text)}


@task.mistake("`parameter` and `constant` are left out; a constant is asked for.")
def constants_left_out(text):
    return {name: [one for one in found if one != "constant"] for name, found in reference(text).items()}


@task.mistake("Each opcode stands there once, however often it occurs: a set forgets how many.")
def sets(text):
    return {name: set(found) for name, found in reference(text).items()}


@task.mistake(
    "Computations and fusions are paired in the order in which they stand in the text; a fusion says itself which one "
    "it calls."
)
def paired_in_order(text):
    names, called = [name for name, _ in calls(text)], [called for _, called in calls(text)]
    bodies = [opcodes(body) for name, body in computations(text).items() if name in called]
    return dict(zip(names, bodies, strict=False))


@task.mistake(
    "You take `fused_computation` for every fusion's name: a longer name begins with the same letters (is it compared "
    "as a whole?)."
)
def name_cut_at_a_dot(text):
    return inside(text, re.findall(r"%([\w.-]+) = .* fusion\(.*calls=%([\w-]+)", text))


@task.mistake("The fusions on a ROOT line are missing: the result of a computation may be a fusion, too.")
def fusions_on_root_missed(text):
    return inside(text, re.findall(r"^ +%([\w.-]+) = .* fusion\(.*calls=%([\w.-]+)", text, re.MULTILINE))


@task.mistake(
    "Only fusions whose own name says so are there; XLA names others `wrapped_...`. What counts is the opcode, after "
    "the type."
)
def only_names_with_fusion(text):
    return inside(text, re.findall(r"%([\w.-]*fusion[\w.-]*) = .*calls=%([\w.-]+)", text))


@task.mistake("Only the fusions of the entry are there: a loop's body or condition has its own.")
def only_in_the_entry(text):
    return inside(text, calls(text[text.index("ENTRY") :]))


@task.mistake("A fusion with several results is missing: its type is a tuple, with spaces in it.")
def tuples_missed(text):
    return inside(text, re.findall(r"%([\w.-]+) = \S+ fusion\(.*calls=%([\w.-]+)", text))


@task.mistake(
    "Lines with ROOT are left out: there stands the result of a computation, an operation like the others, which may "
    "be a fusion itself."
)
def roots_left_out(text):
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("ROOT")]
    return reference("\n".join(lines) + "\n")


@task.mistake("The last instruction of each fusion is missing, the one on the ROOT line.")
def root_inside_missed(text):
    entries = [line for line in text.splitlines() if "ROOT" not in line or " fusion(" in line]
    return inside("\n".join(entries), calls(text))


@task.mistake(
    "These are names of instructions, which mostly come from your Python; the opcode stands between the type and the "
    "bracket."
)
def names_of_instructions(text):
    def names(body):
        return [one for one in re.findall(r"%([a-z][\w-]*?)(?:\.\d+)* = ", body) if not one.startswith("param")]

    bodies = computations(text)
    return {name: names(bodies[called]) for name, called in calls(text)}


@task.mistake("Opcodes are cut at a hyphen, and what stands before it is lost: the hyphen belongs to the opcode.")
def cut_before_a_hyphen(text):
    return {name: [one.split("-")[-1] for one in found] for name, found in reference(text).items()}


@task.mistake("Opcodes are cut at a hyphen, and what stands behind it is lost: the hyphen belongs to the opcode.")
def cut_behind_a_hyphen(text):
    return {name: [one.split("-")[0] for one in found] for name, found in reference(text).items()}


@task.mistake("Only the fusions themselves are listed, not what is inside them.")
def fusions_alone(text):
    return {name: ["fusion"] for name in re.findall(r"%([\w.-]+) = .* fusion\(", text)}


@task.mistake("Nothing is found at all, in no program: try your pattern on a single line.")
def nothing_found(text):
    return {name: [] for name in re.findall(r"^([\w.-]+) = fusion\(", text)}
