"""Every small change of a piece of Python: another sign, operator, number, variable or function, a part left out, a
square or a factor put in; each with the words that say so."""

from __future__ import annotations

import ast
import copy
import itertools
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

RELATED = (
    ("sum", "mean", "prod", "max"),
    ("max", "min"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("log", "log1p", "log2", "log10"),
    ("exp", "expm1", "exp2"),
    ("cumsum", "cumprod"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("all", "any"),
    ("isnan", "isinf", "isfinite"),
    ("floor", "ceil", "round", "rint", "trunc"),
    ("sin", "cos", "tan"),
    ("std", "var"),
    ("mean", "median"),
    ("cdf", "sf", "pdf"),
    ("logcdf", "logsf", "logpdf"),
    ("dot", "outer"),
    ("vstack", "hstack", "stack", "concatenate"),
    ("grad", "jacfwd", "jacrev", "hessian"),
    ("repeat", "tile"),
    ("invars", "outvars", "constvars"),
    ("append", "extend"),
    ("set", "add", "multiply", "divide"),
)
OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add, ast.MatMult),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd, ast.Add),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
MISSING = (
    ("({}) * 1.0", "{} must become a floating-point number there"),
    ("-({})", "a minus sign is missing before {}"),
    ("2 * ({})", "a factor of 2 is missing at {}"),
    ("-2 * ({})", "a factor of -2 is missing at {}"),
    ("({}) / 2", "there is a factor of 2 too many at {}"),
    ("({}) ** 2", "the square of {} belongs there"),
    ("abs({}) ** 0.5", "the square root of {} belongs there"),
    ("1 + ({})", "1 is missing, added to {}"),
    ("({}) - 1", "1 must be subtracted from {}"),
    ("1 - ({})", "1 minus {} belongs there"),
    ("1 / ({})", "the inverse of {} belongs there"),
    ("abs({})", "the absolute value of {} belongs there"),
    ("({})[:, None]", "another axis of {} must meet what it is combined with"),
    ("({})[None, :]", "another axis of {} must meet what it is combined with"),
    ("({}).T", "{} must be transposed there"),
    ("({})[::-1]", "{} runs in the wrong order there"),
    ("({}).clip(0)", "{} must be cut at 0 from below there"),
    ("({}).clip(None, 1)", "{} must be cut at 1 from above there"),
    ("({}).clip(1)", "{} must be cut at 1 from below there"),
    ("({}).sum(0)", "{} must be summed along its first axis there"),
    ("({}).sum(-1)", "{} must be summed along its last axis there"),
    ("[{}]", "{} must stand in a list there"),
)


ALONG = (
    "sum",
    "prod",
    "mean",
    "max",
    "min",
    "cumsum",
    "cumprod",
    "argsort",
    "sort",
    "argmax",
    "argmin",
    "stack",
    "flip",
)
"""Functions that run along an axis."""

TURN = "__turn__()"
"""A statement that is put into loops, and stays as it is."""


class Slot(NamedTuple):
    """A place in the syntax tree that holds one node, or a list of them."""

    parent: Any
    field: str
    at: int | None = None


class Edit(NamedTuple):
    """Another node, or list of nodes, in a place."""

    slot: Slot
    old: Any
    new: Any


def put(node: Any, slot: Slot) -> None:
    if slot.at is None:
        setattr(slot.parent, slot.field, node)
    else:
        getattr(slot.parent, slot.field)[slot.at] = node


class Change(NamedTuple):
    """One edit, or the same one in several places, and what is said if that was it.

    rank : low is tried first. alike : what edits have in common that may be made together; empty for none.
    puts_in : whether it only puts something round what stands there.
    """

    rank: float
    edits: tuple[Edit, ...]
    line: int
    words: str
    alike: str = ""
    puts_in: bool = False

    def do(self) -> None:
        for edit in self.edits:
            put(edit.new, edit.slot)

    def undo(self) -> None:
        for edit in reversed(self.edits):
            put(edit.old, edit.slot)


def changes(tree: ast.Module) -> list[Change]:
    """Every change that is tried, in its order."""
    single: list[Change] = []
    for top in tree.body:
        if not isinstance(top, ast.FunctionDef | ast.ClassDef | ast.Assign):
            continue
        names = Names.of(top)
        for slot, node in slots(top):
            if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                single += of_expression(slot, node, names)
        for block in blocks(top):
            single += of_block(*block)
    return sorted([*single, *together(single)], key=lambda change: change.rank)


def together(single: list[Change]) -> Iterator[Change]:
    """The same change in all places where it can be made, or in those inside of expressions alike."""
    everywhere, inside = defaultdict(list), defaultdict(list)
    for change in single:
        if change.alike:
            (edit,) = change.edits
            if not isinstance(edit.old, ast.Constant):
                everywhere[change.alike].append(change)
            if isinstance(edit.slot.parent, ast.expr):
                inside[change.alike, ast.unparse(edit.slot.parent)].append(change)
    for group in (everywhere, inside):
        for key, several in group.items():
            if len(several) < 2 or (group is inside and len(several) == len(everywhere[key[0]])):
                continue
            edits = tuple(edit for change in several for edit in change.edits)
            yield several[0]._replace(
                rank=several[0].rank + 0.5, edits=edits, words=f"{several[0].words}, wherever it stands"
            )


class Names(NamedTuple):
    """What is at hand in a piece of code: its variables, and the strings that it uses as keys."""

    variables: list[str]
    keys: list[str]

    @classmethod
    def of(cls, tree: ast.AST) -> Names:
        nodes = list(ast.walk(tree))
        seen = [node.arg for node in nodes if isinstance(node, ast.arg)]
        seen += [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        keys = [getattr(node.slice, "value", None) for node in nodes if isinstance(node, ast.Subscript)]
        return cls(list(dict.fromkeys(seen)), list(dict.fromkeys(key for key in keys if isinstance(key, str))))


def slots(tree: ast.AST) -> Iterator[tuple[Slot, ast.AST]]:
    """Every node below, with the place where it stands; decorators and annotations aside."""
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if field in ("decorator_list", "annotation", "returns", "targets", "target"):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield Slot(node, field, index), child


def blocks(tree: ast.AST) -> Iterator[tuple[ast.AST, str, list[ast.stmt]]]:
    """Every list of statements."""
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            value = getattr(node, field, None)
            if isinstance(value, list) and value:
                yield node, field, value


def of_block(parent: ast.AST, field: str, body: list[ast.stmt]) -> Iterator[Change]:
    """A statement left out; two in the other order."""
    if isinstance(parent, ast.ClassDef | ast.Module):
        return
    for i, one in enumerate(body):
        if ast.unparse(one) == TURN:
            continue
        if len(body) > 1 and not isinstance(one, ast.Return | ast.FunctionDef):
            without = Edit(Slot(parent, field), body, body[:i] + body[i + 1 :])
            yield Change(5, (without,), one.lineno, "this statement doesn't belong there")
        if i + 1 < len(body) and not isinstance(body[i + 1], ast.Return):
            turned = Edit(Slot(parent, field), body, [*body[:i], body[i + 1], one, *body[i + 2 :]])
            yield Change(5, (turned,), one.lineno, f"it must come after line {body[i + 1].lineno}")


def of_expression(slot: Slot, node: ast.expr, names: Names) -> Iterator[Change]:
    """What else could stand in the place of an expression."""
    for rank, new, words in replaced(node, names):
        yield Change(rank, (Edit(slot, node, new),), node.lineno, words, words + ast.unparse(new))
    for number, (rank, new, words) in enumerate(less(node)):
        yield Change(rank, (Edit(slot, node, new),), node.lineno, words, f"{words}{number}")
    for rank, new, words in more(node):
        yield Change(rank, (Edit(slot, node, new),), node.lineno, words, words + ast.unparse(new), puts_in=True)
    if isinstance(node, ast.Call):
        yield from of_arguments(node)
    if isinstance(node, ast.Slice):
        yield from of_slice(node)
    if isinstance(slot.parent, ast.Call) and ast.unparse(slot.parent.func) == "range":
        return  # a turned sign makes the loop empty
    for field in ("op", "ops"):
        value = getattr(node, field, None)
        for index, old in enumerate(value) if isinstance(value, list) else [(None, value)]:
            for other in OPERATORS.get(type(old), ()):
                kind = "comparison" if field == "ops" else "operator"
                words = f"another {kind} belongs in {quoted(node)}"
                if {type(old), other} == {ast.Add, ast.Sub}:
                    words = f"a sign in {quoted(node)} is turned"
                edit = Edit(Slot(node, field, index), old, other())
                yield Change(0, (edit,), node.lineno, words, f"{words}{other.__name__}{index}")


def of_slice(node: ast.Slice) -> Iterator[Change]:
    """A slice with a limit that it doesn't have."""
    for field, value in (("lower", 1), ("upper", -1)):
        if getattr(node, field) is None:
            edit = Edit(Slot(node, field), None, ast.Constant(value))
            words = f"an element too much is taken by `[{ast.unparse(node)}]`"
            yield Change(2, (edit,), node.lineno, words, words + field)


def of_arguments(call: ast.Call) -> Iterator[Change]:
    """Arguments of a call in another order; one of the named ones left out; an axis put in."""
    for i in range(len(call.args) - 1):
        turned = [*call.args[:i], call.args[i + 1], call.args[i], *call.args[i + 2 :]]
        words = f"the arguments of {quoted(call.func)} stand in the wrong order"
        yield Change(1, (Edit(Slot(call, "args"), call.args, turned),), call.lineno, words, f"{words}{i}")
    for i, one in enumerate(call.keywords):
        without = Edit(Slot(call, "keywords"), call.keywords, call.keywords[:i] + call.keywords[i + 1 :])
        words = f"{quoted(one)} doesn't belong there"
        yield Change(0.8, (without,), call.lineno, words, words)
    if getattr(call.func, "attr", "") in ALONG and all(one.arg != "axis" for one in call.keywords):
        for axis in (0, 1, -1):
            new = [*call.keywords, ast.keyword("axis", ast.Constant(axis))]
            words = f"{quoted(call.func)} must run along one axis there"
            edit = Edit(Slot(call, "keywords"), call.keywords, new)
            yield Change(4, (edit,), call.lineno, words, f"{words}{axis}", puts_in=True)


def replaced(node: ast.expr, names: Names) -> Iterator[tuple[float, ast.expr, str]]:
    """Another number, variable or function; the same parts in another order."""
    something_else = f"{quoted(node)} stands where something else belongs"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | None):
        for value in numbers_near(node.value):
            turned = not isinstance(node.value, bool | None) and value == -node.value
            yield 1, ast.Constant(value), f"{quoted(node)} has the wrong sign" if turned else something_else
    if isinstance(node, ast.Constant) and node.value in ("left", "right"):
        yield 0, ast.Constant("left" if node.value == "right" else "right"), something_else
    if isinstance(node, ast.Constant) and node.value in names.keys:
        yield from ((1, ast.Constant(other), something_else) for other in names.keys if other != node.value)
    number = isinstance(node, ast.Constant) and not isinstance(node.value, str)
    if number or (isinstance(node, ast.Name) and node.id in names.variables):
        for name in names.variables:
            if name != getattr(node, "id", None):
                yield 1 + number, ast.Name(name, ast.Load()), something_else
    if isinstance(node, ast.Attribute):
        for other in {other: None for family in RELATED if node.attr in family for other in family}:
            if other != node.attr:
                yield 0, ast.Attribute(node.value, other, ast.Load()), f"{quoted(node)} isn't the right one there"
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mult):
        yield 1, ast.BinOp(node.right, node.op, node.left), f"{quoted(node)} is turned round"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for one, two in ((node.left, node.right), (node.right, node.left)):
            if isinstance(two, ast.Constant) and two.value == 2:
                yield 1, ast.BinOp(one, ast.Pow(), two), f"{quoted(node)} is twice {quoted(one)}, not its square"
    if isinstance(node, ast.IfExp):
        yield 0.1, ast.IfExp(node.test, node.orelse, node.body), "`if` and `else` have changed places"
    if isinstance(node, ast.Tuple):
        for i in range(len(node.elts) - 1):
            swapped = [*node.elts[:i], node.elts[i + 1], node.elts[i], *node.elts[i + 2 :]]
            yield 0, ast.Tuple(swapped, ast.Load()), f"{quoted(node)} stand in the wrong order"
    if isinstance(node, ast.BinOp):
        yield from ((1, new, f"brackets are missing in {quoted(node)}") for new in regrouped(node))
        if isinstance(node.right, ast.BinOp):
            inner = node.right
            turned = ast.BinOp(ast.BinOp(node.left, node.op, inner.left), inner.op, inner.right)
            yield 1, turned, f"the brackets in {quoted(node)} don't belong there"
    if isinstance(node, ast.BinOp | ast.Call):
        yield from exchanged(node, names)


def regrouped(node: ast.BinOp) -> Iterator[ast.expr]:
    """Brackets round the last operation of a chain: a - b / c + d becomes a - (b / c + d), a - b / (c + d)."""
    spine, end = [], node.left
    while isinstance(end, ast.BinOp):
        spine.append(end)
        end = end.right
    for depth in range(1, len(spine) + 1):
        new: ast.expr = ast.BinOp(spine[depth - 1].right, node.op, node.right)
        for one in reversed(spine[:depth]):
            new = ast.BinOp(one.left, one.op, new)
        yield new


def exchanged(node: ast.expr, names: Names) -> Iterator[tuple[float, ast.expr, str]]:
    """Two variables in each other's place."""
    read = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in names.variables]
    for a, b in itertools.combinations(dict.fromkeys(read), 2):
        new = copy.deepcopy(node)
        for one in ast.walk(new):
            if isinstance(one, ast.Name):
                one.id = {a: b, b: a}.get(one.id, one.id)
        yield 2.5, new, f"`{a}` and `{b}` have changed places in {quoted(node)}"


def numbers_near(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if value is None:
        return [0, 1, -1]
    near = [
        value + 1,
        value - 1,
        -value,
        2 * value,
        value / 2,
        0,
        1,
        0.5,
        None,
        *([value**2] if abs(value) < 20 else []),
    ]
    return [one for i, one in enumerate(near) if one != value and one not in near[:i]]


def less(node: ast.expr) -> Iterator[tuple[float, ast.expr, str]]:
    """Part of an expression instead of the whole."""
    part = f"only a part of {quoted(node)} belongs there"
    if isinstance(node, ast.UnaryOp):
        yield 0, node.operand, f"the sign of {quoted(node)} is turned"
    if isinstance(node, ast.BinOp):
        yield 0.5, node.left, f"{quoted(node.right)} doesn't belong there"
        yield 0.5, node.right, part if isinstance(node.op, ast.Sub) else f"{quoted(node.left)} doesn't belong there"
    if isinstance(node, ast.BoolOp):
        yield from ((0.5, one, part) for one in node.values)
    if isinstance(node, ast.IfExp):
        yield from ((0, one, f"no `if` is needed: {quoted(one)} belongs there") for one in (node.body, node.orelse))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("where") and len(node.args) == 3:
        yield from ((-1, one, f"no choice is needed: {quoted(one)} belongs there") for one in node.args[1:])
    elif isinstance(node, ast.Call):
        method = node.func.value if isinstance(node.func, ast.Attribute) else None
        inside = [*node.args[:3], *([method] if method else [])]
        if isinstance(method, ast.Subscript) and isinstance(method.value, ast.Attribute) and method.value.attr == "at":
            inside.append(method.value.value)  # what .at[...] changes
        yield from ((0.5, one, f"{quoted(node.func)} doesn't belong there") for one in inside)
    if isinstance(node, ast.Subscript):
        index = ast.unparse(node.slice).removeprefix("(").removesuffix(")")
        yield 2, node.value, f"`[{index}]` doesn't belong there"
    if isinstance(node, ast.Attribute):
        yield 1, node.value, f"`.{node.attr}` doesn't belong to {quoted(node.value)} there"


def more(node: ast.expr) -> Iterator[tuple[float, ast.expr, str]]:
    """An expression with something around it."""
    if isinstance(node, ast.BinOp | ast.Call | ast.Subscript | ast.Name | ast.Attribute):
        for number, (form, words) in enumerate(MISSING):
            new = ast.parse(form.format(ast.unparse(node)), mode="eval").body
            yield 3 + number / len(MISSING), new, words.format(quoted(node))


def quoted(node: ast.AST) -> str:
    """Its code, to be read."""
    return f"`{textwrap.shorten(ast.unparse(node), 60, placeholder=' ...')}`"
