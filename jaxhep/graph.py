"""A jaxpr as a graph in rows, to be drawn by ``jaxhep.plots.jaxpr``.

The layout is that of Sugiyama, Tagawa and Toda (https://doi.org/10.1109/TSMC.1981.4308636): rows by the longest way
from an input, an order within each row that keeps crossings few, then places that keep the lines short and steep.
"""

from collections.abc import Collection, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from jaxhep import programs

GAP = 0.8  # least distance of neighbours in a row, in em
STARTS, SWEEPS, SETTLE = 20, 8, 200


class Value(NamedTuple):
    """One result of a node: the position of the node, and which of its results."""

    node: int
    result: int


class Node(NamedTuple):
    """An input, an equation or an output: what is written on it, and the values it reads."""

    kind: str  # input, equation, output
    before: str
    name: str
    after: str
    reads: tuple[Value, ...] = ()


class Item(NamedTuple):
    """What takes room in a row: a node, or a value (node is None) that only passes by."""

    row: int
    width: float
    node: int | None = None


class Link(NamedTuple):
    """The way of a value from an item to one in the next row."""

    start: int
    end: int
    value: Value


class Layout(NamedTuple):
    """Items with their places, and the links between them; lengths are in em."""

    items: list[Item]
    xs: np.ndarray
    links: list[Link]


def nodes(jaxpr: ClosedJaxpr | Jaxpr) -> list[Node]:
    """The nodes of a jaxpr: inputs, equations in their order, outputs. Variables get letters in the order of the
    printed jaxpr."""
    [jaxpr] = programs.inner(jaxpr)
    found: list[Node] = []
    letters: dict[Value, str] = {}
    count = 0

    def make(variables: Sequence, used: Collection) -> list[Value]:
        """Give letters to the results of the next node; one that isn't used is written _ in a jaxpr."""
        nonlocal count
        values = [Value(len(found), i) for i in range(len(variables))]
        for value, variable in zip(values, variables, strict=True):
            letters[value] = _letter(count) if variable in used else "_"
            count += variable in used
        return values

    def enter(variables: Sequence, names: Sequence[str]) -> list[Value]:
        values: list[Value] = []
        for variable, name in zip(variables, names, strict=True):
            values += make([variable], variables)
            letter = letters[values[-1]]
            found.append(Node("input", f"{letter} = " if name else "", name or letter, f": {_type(variable)}"))
        return values

    def follow(jaxpr: Jaxpr, arguments: Sequence) -> list[Value | Literal]:
        """Append the equations, those of mere wrappers in their place, and give what comes out."""
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars], arguments, strict=True))
        reading = [*(one for equation in jaxpr.eqns for one in equation.invars), *jaxpr.outvars]
        used = {one for one in reading if not isinstance(one, Literal)}
        for equation in jaxpr.eqns:
            name = equation.primitive.name
            values = [one if isinstance(one, Literal) else known[one] for one in equation.invars]
            below = [one for value in equation.params.values() for one in programs.inner(value)]
            if name in programs.WRAPPERS and len(below) == 1 and len(below[0].invars) == len(values):
                captured = enter(below[0].constvars, ["constant"] * len(below[0].constvars))
                results = follow(below[0], [*captured, *values])
            else:
                made = make(equation.outvars, used)
                results = [*made]
                before = ", ".join(letters[value] for value in made)
                options = " ".join(f"{key}={equation.params[key]}" for key in ("y", "length") if key in equation.params)
                operands = "".join(
                    f" {letters[value] if isinstance(value, Value) else _number(value)}" for value in values
                )
                reads = tuple(value for value in values if isinstance(value, Value))
                found.append(
                    Node("equation", f"{before} = ", name, (f"[{options}]" if options else "") + operands, reads)
                )
            known.update(zip(equation.outvars, results, strict=True))
        return [one if isinstance(one, Literal) else known[one] for one in jaxpr.outvars]

    names = getattr(getattr(jaxpr, "debug_info", None), "arg_names", None) or ()
    names = [name or "" for name in names] if len(names) == len(jaxpr.invars) else [""] * len(jaxpr.invars)
    constants = enter(jaxpr.constvars, ["constant"] * len(jaxpr.constvars))
    results = follow(jaxpr, [*constants, *enter(jaxpr.invars, names)])
    for i, (value, variable) in enumerate(zip(results, jaxpr.outvars, strict=True)):
        name = "output" if len(results) == 1 else f"output {i}"
        text = letters[value] if isinstance(value, Value) else _number(value)
        found.append(
            Node("output", "", name, f" {text}: {_type(variable)}", (value,) if isinstance(value, Value) else ())
        )
    return found


def needed(nodes: Sequence[Node]) -> list[bool]:
    """Whether an output depends on a node."""
    mark = [node.kind == "output" for node in nodes]
    for i in reversed(range(len(nodes))):
        for value in nodes[i].reads if mark[i] else ():
            mark[value.node] = True
    return mark


def layout(nodes: Sequence[Node], widths: Sequence[float]) -> Layout:
    """Give every node a row and a place in it; ``widths`` are those of the nodes."""
    items, links = _rows(nodes, widths)
    rows = _order(items, links)
    return Layout(items, _places(rows, items, links), links)


def _rows(nodes: Sequence[Node], widths: Sequence[float]) -> tuple[list[Item], list[Link]]:
    """One item for each node first, then those for values that pass by a row: one for all readers below it."""
    rows = [0] * len(nodes)
    first = int(any(node.kind == "input" for node in nodes))  # the row of equations that read no value
    for i, node in enumerate(nodes):
        if node.kind != "input":
            rows[i] = max([rows[value.node] + 1 for value in node.reads], default=first)
    last = max(row + (node.kind != "output") for row, node in zip(rows, nodes, strict=True))
    readers: dict[Value, list[int]] = {}
    for i, node in enumerate(nodes):
        for value in node.reads:
            readers.setdefault(value, []).append(i)
        if node.kind == "output":
            rows[i] = last
    for i in reversed(range(len(nodes))):  # what reads no value comes just above its first reader
        if nodes[i].kind == "equation" and not nodes[i].reads:
            below = [rows[reader] for value, found in readers.items() if value.node == i for reader in found]
            rows[i] = max(min(below, default=0) - 1, first)

    items = [Item(row, width, i) for i, (row, width) in enumerate(zip(rows, widths, strict=True))]
    links: list[Link] = []
    for value, found in readers.items():
        ends = {rows[value.node]: value.node}
        for row in range(rows[value.node] + 1, max(rows[reader] for reader in found)):
            ends[row] = len(items)
            items.append(Item(row, 0.3))
            links.append(Link(ends[row - 1], ends[row], value))
        links += [Link(ends[rows[reader] - 1], reader, value) for reader in found]
    return items, links


def _neighbours(items: Sequence[Item], links: Sequence[Link]) -> tuple[list[list[int]], list[list[int]]]:
    """The items that are linked with each item from above, and those from below."""
    above: list[list[int]] = [[] for _ in items]
    below: list[list[int]] = [[] for _ in items]
    for start, end, _ in links:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _order(items: Sequence[Item], links: Sequence[Link]) -> list[list[int]]:
    """The items of each row from left to right: the fewest crossings of sweeps from several starts, the first in the
    program's order."""
    above, below = _neighbours(items, links)
    best: list[list[int]] = []
    fewest = np.inf
    random = np.random.default_rng(0)
    for start in range(STARTS):
        keys = random.permutation(len(items)) if start else range(len(items))
        rows: list[list[int]] = [[] for _ in range(max(item.row for item in items) + 1)]
        for i in sorted(range(len(items)), key=keys.__getitem__):
            rows[items[i].row].append(i)
        for sweep in range(SWEEPS):
            linked, ordered = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
            for fixed, row in pairwise(ordered):
                at = {one: i for i, one in enumerate(fixed)}
                beside = [[at[other] for other in linked[one]] or [i] for i, one in enumerate(row)]
                centre = {one: sum(places) / len(places) for one, places in zip(row, beside, strict=True)}
                row.sort(key=centre.__getitem__)
        _swap(rows, above, below)
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = rows, crossings
        if not fewest:
            break
    inverted = sum(one > other for row in best for one, other in combinations(row, 2))
    pairs = sum(len(row) * (len(row) - 1) // 2 for row in best)
    return [row[::-1] for row in best] if 2 * inverted > pairs else best


def _swap(rows: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Exchange neighbours as long as that saves crossings."""
    at = {one: i for row in rows for i, one in enumerate(row)}

    def crossed(left: int, right: int) -> int:
        return sum(at[one] > at[other] for linked in (above, below) for one in linked[left] for other in linked[right])

    saved = True
    while saved:
        saved = False
        for row in rows:
            for i in range(len(row) - 1):
                left, right = row[i : i + 2]
                if crossed(right, left) < crossed(left, right):
                    row[i : i + 2] = right, left
                    at[left], at[right] = i + 1, i
                    saved = True


def _crossings(rows: list[list[int]], below: list[list[int]]) -> int:
    total = 0
    for row, beside in pairwise(rows):
        at = {one: i for i, one in enumerate(beside)}
        ends = [[at[other] for other in below[one]] for one in row]
        total += sum(one > other for left, right in combinations(ends, 2) for one in left for other in right)
    return total


def _places(rows: list[list[int]], items: Sequence[Item], links: Sequence[Link]) -> np.ndarray:
    """The middle of each item: row by row as near to its neighbours as order and widths permit, until all settle."""
    passing = np.array([item.node is None for item in items])
    width = np.array([item.width for item in items])
    starts, ends = (np.array([link[side] for link in links], int) for side in (0, 1))
    stiffness = np.array([1.0, 2.0, 8.0])[passing[starts].astype(int) + passing[ends]]
    pull = np.zeros((len(items), len(items)))
    np.add.at(pull, (starts, ends), stiffness)
    np.add.at(pull, (ends, starts), stiffness)
    weights = pull.sum(1)
    shift = [np.concatenate([[0.0], np.cumsum((width[row][1:] + width[row][:-1]) / 2 + GAP)]) for row in rows]
    xs = np.zeros(len(items))
    for row, offsets in zip(rows, shift, strict=True):
        xs[row] = offsets - offsets[-1] / 2
    order = [*zip(rows, shift, strict=True)]
    for _ in range(SETTLE):
        before = xs.copy()
        for row, offsets in order + order[::-1]:
            wanted = np.where(weights[row] > 0, pull[row] @ xs / np.maximum(weights[row], 1e-9), xs[row])
            xs[row] = offsets + _increasing(wanted - offsets, np.maximum(weights[row], 1e-3))
        if np.abs(xs - before).max() < 1e-3:
            break
    return _straight(xs, rows, items, links)


def _straight(xs: np.ndarray, rows: list[list[int]], items: Sequence[Item], links: Sequence[Link]) -> np.ndarray:
    """Move values that pass by several rows to one place for as many of them as there is room."""
    xs = xs.copy()

    def room(one: int) -> tuple[float, float]:
        row = rows[items[one].row]
        i = row.index(one)
        reach = [
            (items[one].width + items[other].width) / 2 + GAP / 2 for other in (row[i - 1], row[(i + 1) % len(row)])
        ]
        return xs[row[i - 1]] + reach[0] if i else -np.inf, xs[row[i + 1]] - reach[1] if i + 1 < len(row) else np.inf

    after = {link.start: link.end for link in links if items[link.start].node is None and items[link.end].node is None}
    for first in sorted(set(after) - set(after.values())):
        chain = [first]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        while chain:
            run, (low, high) = 1, room(chain[0])
            for one in chain[1:]:
                left, right = room(one)
                if max(low, left) > min(high, right):
                    break
                run, low, high = run + 1, max(low, left), min(high, right)
            xs[chain[:run]] = np.clip(np.mean(xs[chain[:run]]), low, high)
            chain = chain[run:]
    return xs


def _increasing(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest non-decreasing sequence in the weighted least-squares sense, by pooling neighbours."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        size = 1
        while pools and pools[-1][0] > value:
            other, heavy, many = pools.pop()
            value, weight, size = (value * weight + other * heavy) / (weight + heavy), weight + heavy, size + many
        pools.append((value, weight, size))
    return np.concatenate([np.full(size, value) for value, _, size in pools])


def _letter(position: int) -> str:
    """a, b, ..., z, ba, bb, ... as in a printed jaxpr."""
    text = ""
    while True:
        position, rest = divmod(position, 26)
        text = chr(ord("a") + rest) + text
        if not position:
            return text


def _type(variable) -> str:
    return variable.aval.str_short(short_dtypes=True)


def _number(literal: Literal) -> str:
    return str(np.asarray(literal.val, literal.aval.dtype))  # type: ignore[attr-defined]
