"""jaxhep.programs: counts that are known by construction, in every supported JAX."""

import logging
import time

import jax
import jax.numpy as jnp
import pytest

from jaxhep.programs import counted, hlo, instructions, logged, primitives, seconds


def wasteful(x1, x2):
    return (x1 / x2 - jnp.exp(x2)) * (jnp.sin(x1 / x2) + x1 / x2 - jnp.exp(x2))


def test_primitives_of_what_was_written():
    counts = primitives(jax.make_jaxpr(wasteful)(1.0, 2.0))
    assert counts == {"div": 3, "exp": 2, "sin": 1, "sub": 2, "add": 1, "mul": 1}


def test_primitives_look_into_wrappers_and_do_not_count_them():
    inside = primitives(jax.make_jaxpr(jax.jit(jax.jit(wasteful)))(1.0, 2.0))
    assert inside == primitives(jax.make_jaxpr(wasteful)(1.0, 2.0))
    assert primitives(jax.make_jaxpr(jax.nn.relu)(1.0))["max"] == 1  # a custom derivative inside a jit


def test_loops_and_branches_count_and_their_bodies_once():
    def loop(x):
        return jax.lax.scan(lambda c, _: (jnp.sin(c), None), x, length=50)[0]

    assert primitives(jax.make_jaxpr(loop)(1.0)) == {"scan": 1, "sin": 1}
    branch = primitives(jax.make_jaxpr(lambda x: jax.lax.cond(x > 0, jnp.sin, jnp.cos, x))(1.0))
    assert branch["cond"] == branch["sin"] == branch["cos"] == 1
    until = primitives(jax.make_jaxpr(lambda x: jax.lax.while_loop(lambda y: y < 9, lambda y: y * y, x))(2.0))
    assert until["while"] == until["lt"] == 1


def test_compiler_removes_the_duplicates():
    compiled = jax.jit(wasteful).lower(1.0, 2.0).compile()
    counts = instructions(compiled)
    assert counts["divide"] == counts["exponential"] == counts["sine"] == counts["multiply"] == 1
    assert counts == instructions(hlo(compiled))


def test_instructions_of_a_program_with_several_results():
    compiled = jax.jit(lambda x: (jnp.sin(x), jnp.cos(x))).lower(jnp.ones(3)).compile()
    counts = instructions(compiled)
    assert counts["sine"] == counts["cosine"] == 1 and counts["tuple"] >= 1
    assert "fusion" not in instructions("  ROOT %fusion.1 = f32[] add(%a, %b)")


def test_hlo_names_no_file_of_this_machine():
    text = hlo(jax.jit(wasteful).lower(1.0, 2.0).compile())
    assert text.startswith("HloModule") and "ROOT" in text
    assert not [word for word in ("metadata=", "FileNames", "StackFrames", ".py") if word in text]


def test_counted_counts_traces():
    f = counted(wasteful)
    jitted = jax.jit(f)
    jitted(1.0, 2.0), jitted(3.0, 4.0)
    assert f.calls == 1
    jitted(jnp.ones(2), 1.0)
    assert f.calls == 2 and f.__name__ == "wasteful"


def test_logged_is_the_log_of_one_call_and_leaves_the_logger_as_it_was():
    logger = logging.getLogger("jax")
    before, f = (list(logger.handlers), logger.propagate), jax.jit(counted(wasteful))
    with jax.log_compiles():
        assert "Compiling jit(wasteful)" in logged(lambda: f(1.0, 2.0))
        assert logged(lambda: f(3.0, 4.0)) == ""
        with pytest.raises(ZeroDivisionError):
            logged(lambda: 1 / 0)
    assert before == (logger.handlers, logger.propagate)


def test_seconds_is_a_median_after_a_warm_up(monkeypatch):
    clock = iter([0, 1, 10, 19, 20, 22])  # three calls; the first one, which isn't measured, doesn't read it
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    calls = []
    assert seconds(calls.append, "x", repeats=3) == 2
    assert len(calls) == 4
