"""Fits at the edges of what is possible: empty bins, bins without background, several minima, points without a fit."""

import dataclasses
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

import jaxhep
from jaxhep import migrad, newton, toys
from jaxhep.minimum import minimise, prepare

E_of = jax.jit(jaxhep.expected)
SLOPES = jax.jit(jax.jacobian(jaxhep.expected, argnums=1))


def bins(signal, background, mc_error=0.02, **systematics):
    """A model of two processes from plain arrays; systematics: (up, down) ratios of the background."""
    nominal = np.array([signal, background], float)
    up, down = (
        np.stack([np.ones((len(systematics), nominal.shape[1])), [s[side] for s in systematics.values()]])
        if systematics
        else np.ones((2, 0, nominal.shape[1]))
        for side in (0, 1)
    )
    edges = np.linspace(0, 1, nominal.shape[1] + 1)
    errors = np.broadcast_to(mc_error or 1.0, nominal.shape[1:])
    names = tuple(systematics)
    templates = jaxhep.Templates(nominal, up, down, errors, ("signal", "background"), ("signal",), names, edges)
    return jaxhep.make_model(templates, mc_stat=bool(mc_error))


def smooth(model, x, counts):
    """-2 ln L, continued to negative yields of empty bins as the straight line that it is at positive ones."""
    yields = jaxhep.expected(model, x)
    logs = counts * jnp.log(jnp.where(counts > 0, jnp.maximum(yields, 1e-9), 1.0))
    return 2 * jnp.sum(yields - logs + jax.scipy.special.gammaln(counts + 1)) + jnp.sum(
        x[1 + len(model.free) :] ** 2 + jnp.log(2 * jnp.pi)
    )


VALUE = jax.jit(jax.value_and_grad(smooth, argnums=1))


def referee(model, counts, starts=6, mu=None):
    """The lowest -2 ln L of several starts by SciPy's SLSQP, with the yields of empty bins constrained to E >= 0."""
    rng, empty, counts = np.random.default_rng(1), np.flatnonzero(counts == 0), np.asarray(counts, float)
    lowest = np.repeat([-50.0, -30.0], [1, model.initial.size - 1])
    lowest[model.initial.size - model.mc_error.size :] = -1 / np.asarray(model.mc_error)
    bounds = np.stack([lowest, np.full(lowest.size, 50.0)], axis=1)
    found = []
    for turn in range(starts):
        start = model.initial + (turn > 0) * rng.normal(0, 1, lowest.size)
        if mu is not None:
            start[0], bounds[0] = mu, mu
        constraint = {"type": "ineq", "fun": lambda x: E_of(model, x)[empty], "jac": lambda x: SLOPES(model, x)[empty]}
        ended = minimize(
            lambda x: jax.tree.map(np.asarray, VALUE(model, x, counts)),
            np.clip(start, *bounds.T),
            jac=True,
            method="SLSQP",
            bounds=bounds,
            constraints=[constraint] if empty.size else [],
            options={"maxiter": 300, "ftol": 1e-11},
        )
        if np.isfinite(ended.fun) and (E_of(model, ended.x) > -1e-7).all():
            found.append((ended.fun, *ended.x))
    return min(found)


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def quietly(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return function(*args, **kwargs)


def test_the_likelihood_ends_where_a_yield_is_negative():
    model = bins([1, 8], [50, 1], mc_error=0.5)
    for mu, theta, counts, possible in (
        (-0.125, 0.0, [40, 0], True),
        (-0.126, 0.0, [40, 0], False),
        (-0.125, 0.0, [40, 1], False),
        (-0.2, -3.0, [40, 0], False),  # both factors of the yield are negative
    ):
        params = np.array([mu, 0.0, theta])
        value, slope = jax.value_and_grad(jaxhep.nll2, argnums=1)(model, params, np.array(counts, float))
        assert np.isfinite(value) == possible and np.isfinite(slope).all()
    assert jnp.isnan(jaxhep.nll2(model, np.array([jnp.nan, 0, 0]), np.array([40.0, 0])))


def test_a_minimum_on_the_edge_is_one_of_its_own_kind(rng):
    """Where the other bins pull the signal below zero, an empty bin stops it where it expects nothing."""
    seen = set()
    for _ in range(12):
        signal, background = rng.uniform([2, 1], [8, 6]), rng.uniform([30, 0.3], [80, 3])
        model = bins(signal, background, mc_error=None)
        counts = np.array([rng.poisson(background[0] * rng.choice([0.7, 1.5])), 0.0])
        ours, theirs = quietly(toys.fit, model, counts), quietly(jaxhep.fit, model, counts)
        edge = -background[1] / signal[1]
        slope = signal.sum() - counts[0] * signal[0] / (background[0] + edge * signal[0])  # half of it, on the edge
        assert (bool(ours.edge), bool(ours.converged)) == (slope > 0, slope < 0)
        assert theirs.outcome == ("edge" if slope > 0 else "inside") and theirs.valid == (slope < 0)
        assert np.isclose(ours.params[0], theirs.mu, atol=1e-4) and (
            slope < 0 or np.isclose(theirs.mu, edge, atol=1e-6)
        )
        assert np.isnan(toys.sigma_mu(model, ours.params, counts)) == np.isnan(theirs.sigma_mu) == (slope > 0)
        assert (
            (toys.q0(model, counts) == 0)
            == (theirs.mu <= 0)
            == (quietly(jaxhep.discovery_significance, model, counts) == 0)
        )
        seen.add(theirs.outcome)
    assert seen == {"edge", "inside"}


def test_an_edge_is_said_in_words():
    with pytest.warns(UserWarning, match=r"on the edge, where no event is expected in bin\(s\) 1, which observed none"):
        result = jaxhep.fit(bins([1, 10], [50, 1]), [40, 0])
    assert result.outcome == "edge" and np.isnan(result.errors).all() and np.isfinite(result.nll2)


@pytest.mark.once
@pytest.mark.parametrize("luminosity", [1 / 50, 1 / 500, 1 / 1000])
def test_scarce_toys_are_all_found(shipped_model, luminosity):
    """Inside or on the edge, and none lower by another program."""
    model = dataclasses.replace(shipped_model, nominal=shipped_model.nominal * luminosity)
    counts, measured = toys.generate(jax.random.key(3), model, model.initial, 300)
    found = toys.fits(model, counts, measured)
    assert found.found.all() and not (found.converged & found.edge).any()
    assert (found.edge.mean() > 0.03) == (luminosity < 1 / 100)
    values = jax.jit(jax.vmap(toys.nll2, (None, 0, 0, 0)))(model, found.params, counts, measured)
    assert np.allclose(values, found.nll2, atol=1e-6)
    assert np.isfinite(toys.q0(model, counts, measured)).all()
    sigma = np.asarray(toys.sigma_mu(model, found.params, counts))
    assert (np.isnan(sigma) == found.edge).all()


@pytest.mark.once
def test_against_another_program(rng):
    """Six bins with few events, on the edge or not: SLSQP, from several starts, finds nothing lower."""
    outcomes = []
    for _ in range(12):
        sizes = rng.uniform(1.05, 1.5, (3, 6))
        model = bins(
            rng.exponential(2, 6),
            rng.exponential(2, 6) + 0.1,
            0.2,
            **{f"s{k}": (u, 1 / u) for k, u in enumerate(sizes)},
        )
        counts = rng.poisson(E_of(model, model.initial) * rng.choice([0.2, 1])).astype(float)
        lowest, mu, *_ = referee(model, counts)
        ours, theirs = toys.fit(model, counts), quietly(jaxhep.fit, model, counts)
        assert ours.found and abs(ours.nll2 - lowest) < 1e-5 and abs(theirs.nll2 - lowest) < 1e-5
        q0 = max(referee(model, counts, mu=0.0)[0] - lowest, 0) * (mu > 0)
        assert np.isclose(toys.q0(model, counts), q0, atol=1e-4)
        assert np.isclose(quietly(jaxhep.discovery_significance, model, counts) ** 2, q0, atol=1e-4)
        outcomes.append(theirs.outcome)
    assert set(outcomes) == {"edge", "inside"}


@pytest.mark.once
def test_a_bin_without_background(rng):
    """Nothing observed there says something about mu; something observed there excludes mu = 0."""
    for _ in range(3):
        signal, background = rng.uniform(2, 8, 3), rng.uniform(20, 60, 3)
        background[1] = 0.0
        model = bins(signal, background)
        counts = rng.poisson(background + signal).astype(float)
        counts[1] = 0
        q0, Z = float(toys.q0(model, counts)), quietly(jaxhep.discovery_significance, model, counts)
        assert np.isfinite(q0) and np.isclose(Z**2, q0, atol=1e-5)
        counts[1] = 2
        assert toys.q0(model, counts) == jaxhep.discovery_significance(model, counts) == np.inf
        held = toys.fit(model, counts, mu=0.0)
        assert not held.found and toys.t_mu(model, counts, mu=0.0) == np.inf
        assert jaxhep.profile_scan(model, counts, [0.0]) == np.inf


def crooked(rng, systematics=8):
    """A model whose large systematics move yields the same way, or by very different amounts, for up and down."""
    sizes = rng.uniform(0.3, 0.8, (systematics, 4)) * rng.choice([-1, 1], (systematics, 1))
    factors = {f"s{k}": (1 + u, 1 + u * rng.uniform(-0.5, 1)) for k, u in enumerate(sizes)}
    return bins(rng.uniform(5, 20, 4), rng.uniform(50, 500, 4), **factors)


@pytest.mark.once
def test_the_lowest_of_several_minima(rng):
    several = 0
    for _ in range(8):
        model = crooked(rng)
        truth = model.initial + np.r_[0.0, rng.normal(size=model.initial.size - 1)]
        counts = rng.poisson(E_of(model, truth)).astype(float)
        lowest, *_ = referee(model, counts, starts=10)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            theirs = jaxhep.fit(model, counts)
        assert toys.fit(model, counts).nll2 < lowest + 1e-3 and theirs.nll2 < lowest + 1e-3 and theirs.valid
        several += any("several minima" in str(one.message) for one in warned)
    assert several  # MIGRAD alone would have missed some


@pytest.mark.once
def test_migrad_goes_on_where_a_descent_has_not_ended(rng, monkeypatch):
    whole, lower = migrad.by_newton, 0
    for _ in range(8):
        model = crooked(rng)
        truth = model.initial + np.r_[0.0, rng.normal(size=model.initial.size - 1)]
        counts = rng.poisson(E_of(model, truth)).astype(float)
        with warnings.catch_warnings(), monkeypatch.context() as patch:
            warnings.simplefilter("ignore")
            lowest, alone = jaxhep.fit(model, counts), jaxhep.minuit(model, counts).migrad().fval
            patch.setattr(migrad, "by_newton", lambda *x: whole(*x)._replace(outcome="not found"))
            again = jaxhep.fit(model, counts)
        assert again.valid and again.nll2 < lowest.nll2 + 1e-3
        lower += again.nll2 < alone - 1e-3
    assert lower


@pytest.mark.once
def test_what_has_not_ended_may_be_lower(rng, monkeypatch):
    """A minimum isn't found where a descent that was stopped is lower: it is where more steps would have ended."""

    def fit(steps, model, counts):
        monkeypatch.setattr(newton, "STEPS", steps)
        return jax.jit(lambda model, data: minimise(model, *data))(model, prepare(model, counts, None, None, None))

    lower = 0
    for _ in range(12):
        model = crooked(rng, systematics=12)
        truth = model.initial + np.r_[0.0, rng.normal(size=model.initial.size - 1)]
        counts = rng.poisson(E_of(model, truth)).astype(float)
        whole, stopped = fit(1000, model, counts), fit(14, model, counts)
        assert whole.found and (not stopped.found or stopped.nll2 < whole.nll2 + 1.1e-3)
        lower += not stopped.found
    assert 0 < lower < 12


def test_validity_is_that_of_the_end():
    """A minimum at a place where MIGRAD is content and HESSE isn't."""
    with pytest.warns(UserWarning):
        result = jaxhep.fit(bins([0, 5, 5], [100, 0, 10]), [100, 0, 15])
    assert not result.valid and result.outcome == "edge"


@pytest.mark.once
def test_scans_and_rankings_survive_a_bad_point(rng):
    for _ in range(3):
        model = bins(rng.uniform(1, 6, 3), rng.uniform([80, 0.3, 9], [120, 1, 9]), mc_error=[0.05, 0.95, 0.1])
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            table = jaxhep.impacts(model, [105, 1, 9])
        assert list(table["name"].sort_values()) == ["mcstat_0", "mcstat_1", "mcstat_2"]
        assert np.isfinite(table.set_index("name").loc["mcstat_0", ["impact_up", "impact_down"]].astype(float)).all()
    model = bins([2, 5, 50], [100, 50, 10])
    with pytest.warns(UserWarning, match="No minimum was found with mu = -1: NaN"):
        t = jaxhep.profile_scan(model, [100, 50, 3], [-1, 0, 1])
    assert np.isnan(t[0]) and (t[1:] > 0).all()
    far = jaxhep.profile_scan(bins([2, 5, 50], [100, 50, 10]), [102, 55, 60], [1.0, 30.0])
    assert far[0] >= 0 and far[1] > 900


@pytest.mark.once
def test_scan_says_where_a_lower_minimum_is_likely():
    """Large systematics of both signs, and a mu so negative that the yields are, too, wherever a fit would begin."""
    nominal, found = {"signal": np.array([4.0, 9.0, 6.0]), "background": np.array([30.0, 10.0, 5.0])}, 0
    for seed in range(6):
        factors = 1 + np.random.default_rng(seed).uniform(-0.45, 0.45, (8, 2, 2, 3))
        systematics = {
            f"syst {k}": {
                process: (sides[0] * nominal[process], sides[1] * nominal[process])
                for process, sides in zip(nominal, factors[k], strict=True)
            }
            for k in range(8)
        }
        model = jaxhep.from_arrays(nominal, "signal", systematics)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            t = jaxhep.profile_scan(model, [30, 15, 9], [-1.6])
        found += np.isfinite(t[0])
        doubts = [str(one.message) for one in said if "There may be a lower minimum" in str(one.message)]
        assert len(doubts) == np.isfinite(t[0]) and all("mu = -1.6" in one for one in doubts)
    assert found


@pytest.mark.once
def test_t_mu_is_never_negative(rng):
    for _ in range(5):
        model = bins(rng.uniform(1e3, 1e4, 3), rng.uniform(1e6, 5e6, 3), mc_error=0.2)
        counts = np.asarray(jaxhep.asimov(model)).round()
        assert jaxhep.profile_scan(model, counts, [1.0]) >= 0 and toys.t_mu(model, counts, mu=1.0) >= 0
