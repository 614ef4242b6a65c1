"""The graph of a jaxpr: every equation once and named as printed, no two boxes on each other, arrows that go down."""

import re
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxhep import graph, programs


def wasteful(x1, x2):
    return (x1 / x2 - jnp.exp(x2)) * (jnp.sin(x1 / x2) + x1 / x2 - jnp.exp(x2))


def cubic(x):
    return jnp.sum(x**2 - x**3 - x)


SCALE = np.array([1.0, 2.0, 3.0])


def captured(x, scale=SCALE):
    return x * jnp.asarray(scale), x


ONES = jnp.ones(100)
JAXPRS = {
    "wasteful": jax.make_jaxpr(wasteful)(1.0, 2.0),
    "cubic": jax.make_jaxpr(cubic)(ONES),
    "gradient": jax.make_jaxpr(jax.grad(cubic))(ONES),
    "both gradients": jax.make_jaxpr(jax.grad(wasteful, (0, 1)))(1.0, 2.0),
    "constant": jax.make_jaxpr(captured)(1.0),
    "twice": jax.make_jaxpr(lambda x: x * x)(1.0),
    "no equation": jax.make_jaxpr(lambda x: (x, 3.0))(1.0),
    "no input": jax.make_jaxpr(lambda: (jnp.sin(jnp.arange(3.0)), 2.0))(),
    "two results": jax.make_jaxpr(lambda x: jax.lax.top_k(x, 2))(ONES),
}
every = pytest.mark.parametrize("name", JAXPRS)


def laid_out(name):
    nodes = graph.nodes(JAXPRS[name])
    return nodes, graph.layout(nodes, [0.6 * len(node.before + node.name + node.after) + 1 for node in nodes])


@every
def test_equations_read_as_printed(name):
    printed = [
        (", ".join(re.findall(r"(\w+):", results)), primitive)
        for results, primitive in re.findall(r"(?:let|\n   ) (\w+:\S+(?: \w+:\S+)*) = (\w+)", str(JAXPRS[name]))
    ]
    drawn = [
        (node.before.removesuffix(" = "), node.name) for node in graph.nodes(JAXPRS[name]) if node.kind == "equation"
    ]
    assert drawn == printed and len(drawn) == len(JAXPRS[name].eqns)


def test_inputs_and_outputs_have_names_and_types():
    ends = [node.before + node.name + node.after for node in graph.nodes(JAXPRS["wasteful"]) if node.kind != "equation"]
    width = "f64" if jax.config.jax_enable_x64 else "f32"
    assert ends == [f"a = x1: {width}[]", f"b = x2: {width}[]", f"output l: {width}[]"]


def test_literals_and_parameters_are_written():
    texts = [node.name + node.after for node in graph.nodes(jax.make_jaxpr(lambda x: 3.0 - x**4)(1.0))]
    assert "integer_pow[y=4] a" in texts and "sub 3.0 b" in texts


@pytest.mark.parametrize(
    "function", [jax.jit(wasteful), jax.checkpoint(wasteful), lambda x, y: jax.nn.relu(jax.jit(wasteful)(x, y))]
)
def test_wrappers_are_opened(function):
    jaxpr = jax.make_jaxpr(function)(1.0, 2.0)
    names = [node.name for node in graph.nodes(jaxpr) if node.kind == "equation"]
    assert sorted(names) == sorted(programs.primitives(jaxpr).elements())


def test_a_wrapped_function_may_be_called_twice():
    inner = jax.jit(jnp.sin)
    nodes = graph.nodes(jax.make_jaxpr(lambda x: inner(inner(x)))(1.0))
    assert [node.before + node.name + node.after for node in nodes[1:3]] == ["b = sin a", "c = sin b"]


def test_a_loop_is_one_node():
    nodes = graph.nodes(jax.make_jaxpr(lambda x: jax.lax.fori_loop(0, 5, lambda i, y: y * x, x))(1.0))
    assert [node.name + node.after.split(" ")[0] for node in nodes if node.kind == "equation"] == ["scan[length=5]"]


def test_what_no_output_needs_is_marked():
    nodes = graph.nodes(JAXPRS["gradient"])
    idle = [node.name for node, needed in zip(nodes, graph.needed(nodes), strict=True) if not needed]
    assert sorted(idle) == ["integer_pow", "integer_pow", "reduce_sum", "sub", "sub"]
    assert all(graph.needed(graph.nodes(JAXPRS["cubic"])))


@every
def test_boxes_stay_apart_and_links_go_down(name):
    nodes, (items, xs, links) = laid_out(name)
    assert [item.node for item in items[: len(nodes)]] == list(range(len(nodes)))
    for row in {item.row for item in items}:
        order = sorted((x, item.width) for x, item in zip(xs, items, strict=True) if item.row == row)
        assert all(x + width / 2 < y - other / 2 for (x, width), (y, other) in pairwise(order))
    assert all(items[link.end].row == items[link.start].row + 1 for link in links)
    read = sorted((link.end, link.value) for link in links if items[link.end].node is not None)
    assert read == sorted((i, value) for i, node in enumerate(nodes) for value in node.reads)
    assert (
        {items[i].row for i, node in enumerate(nodes) if node.kind == "input"}
        <= {0}
        == {min(item.row for item in items)}
    )
    assert {items[i].row for i, node in enumerate(nodes) if node.kind == "output"} == {max(item.row for item in items)}


@pytest.mark.parametrize(("name", "most"), [("cubic", 0), ("gradient", 0), ("twice", 0), ("wasteful", 4)])
def test_few_links_cross(name, most):
    _, (items, xs, links) = laid_out(name)
    ways = [(items[link.start].row, xs[link.start], xs[link.end]) for link in links]
    crossings = sum(row == other and a < c and b > d for row, a, b in ways for other, c, d in ways)
    assert crossings <= most


def test_same_jaxpr_same_layout():
    first, second = laid_out("both gradients"), laid_out("both gradients")
    assert first[0] == second[0] and first[1].items == second[1].items and np.array_equal(first[1].xs, second[1].xs)
