"""Inputs of public functions: what is unusual but right works, and what is bad is refused where the function begins.

A case is a call with one wrong argument and a piece of what it has to be told. Values that many functions take, such as
counts, are tried with each of them.
"""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from bad_inputs import CASES
from bad_inputs.cases import PACKAGE, Call, replace, small_events, small_templates

import jaxhep
from jaxhep import inputs, toys


@pytest.fixture(scope="module")
def small() -> SimpleNamespace:
    templates = small_templates()
    model = jaxhep.make_model(templates)
    n = len(model.parameters)
    result = jaxhep.FitResult(model.parameters, model.initial, np.full(n, 0.5), 0.25 * np.eye(n), 50.0, 1e-6, True, 9)
    return SimpleNamespace(
        templates=templates,
        model=model,
        events=small_events(),
        counts=np.array([205.0, 120.0, 90.0]),
        many=np.full((4, 3), 90.0),
        params=model.initial,
        measured=np.zeros(n - 1),
        key=jax.random.key(1),
        result=result,
        fig=(fig := plt.figure()),
        ax=fig.subplots(),
    )


@pytest.mark.once
@pytest.mark.parametrize(("call", "words"), CASES.values(), ids=list(CASES))
def test_bad_input_is_refused_in_words(small: SimpleNamespace, call: Call, words: str) -> None:
    """By the package itself: nothing is raised inside JAX, NumPy or pandas."""
    with pytest.raises((ValueError, TypeError), match=words) as raised:
        call(small)
    assert raised.traceback[-1].path.is_relative_to(PACKAGE)


GOOD = {
    "a list": [205, 120, 90],
    "a tuple": (205.0, 120.0, 90.0),
    "integers": np.array([205, 120, 90], np.uint16),
    "single precision": np.array([205, 120, 90], np.float32),
    "a Series": pd.Series([205.0, 120.0, 90.0], index=list("abc")),
    "a nullable Series": pd.Series([205, 120, 90], dtype="Int64"),
    "JAX": jnp.array([205.0, 120.0, 90.0]),
    "numbers of JAX": [jnp.float64(205.0), jnp.asarray(120), 90],
    "nothing masked": np.ma.masked_array([205.0, 120.0, 90.0]),
}


@pytest.mark.parametrize("counts", GOOD.values(), ids=list(GOOD))
def test_counts_in_any_form(small: SimpleNamespace, counts: object) -> None:
    _, found, _ = inputs.likelihood(small.model, small.params.tolist(), counts, [0] * 5)
    assert found.dtype == np.float64 and (found == small.counts).all()
    assert jaxhep.to_pyhf(small.model, counts) == jaxhep.to_pyhf(small.model, small.counts)


UNUSUAL: dict[str, Call] = {
    "start of NumPy, mu held": lambda s: toys.fit(s.model, [205, 120, 90], mu=0.5, start=s.params),
    "start a list": lambda s: toys.fit(s.model, s.counts, start=s.params.tolist()),
    "mu of JAX": lambda s: toys.t_mu(s.model, pd.Series(s.counts), mu=jnp.asarray(0.5)),
    "a table of toys": lambda s: toys.fits(s.model, pd.DataFrame(s.many), mu=[0, 1, 2, 3], lanes=np.int64(20)),
    "params as a list": lambda s: toys.covariance(s.model, jnp.asarray(s.params), s.counts.tolist()),
    "a raw key": lambda s: toys.generate(jax.random.PRNGKey(1), s.model, s.params.tolist(), np.int32(3)),
    "params traced in a list": lambda s: jax.jit(lambda mu: jaxhep.expected(s.model, [mu, 0.0, 0.0, 0.0, 0.0, 0.0]))(
        1.0
    ),
    "mu traced": lambda s: jax.vmap(lambda mu: jaxhep.asimov(s.model, mu))(jnp.arange(3.0)),
}


@pytest.mark.parametrize("call", UNUSUAL.values(), ids=list(UNUSUAL))
def test_what_is_unusual_works(small: SimpleNamespace, call: Call) -> None:
    """It is traced, not computed: that is what the form of an input can hinder."""
    found = jax.eval_shape(lambda: jax.tree.map(jnp.asarray, call(small)))
    assert all(leaf.shape is not None for leaf in jax.tree.leaves(found))


def test_events_in_any_form(small: SimpleNamespace) -> None:
    other = small.events.astype({"weight": "Float64", "score": "float32", "label": bool, "process": "category"})
    other = (
        other.assign(comment="", when=pd.Timestamp("2026-01-01"))
        .set_index(np.zeros(40, int))
        .rename(columns={"njet": 0})
    )
    templates, usual = (jaxhep.build_templates(events, (0, 0.5, 1)) for events in (other, small.events))
    np.testing.assert_array_equal(templates.nominal, usual.nominal)
    np.testing.assert_array_equal(jaxhep.equal_signal_edges(other, np.int64(3)), jaxhep.equal_signal_edges(other, 3))
    listed = replace(usual, nominal=usual.nominal.tolist(), up=usual.up.tolist(), edges=[0, 0.5, 1], signal=["signal"])
    assert jaxhep.make_model(listed, free=("WW",)).parameters == ("mu", "norm_WW", "jes", "mcstat_0", "mcstat_1")
