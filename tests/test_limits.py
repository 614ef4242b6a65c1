"""Upper limits: pyhf as referee for CLs, limits and toys, counting experiments that Poisson sums solve, and what isn't
sure."""

import dataclasses
import doctest

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from scipy.special import xlogy
from scipy.stats import norm, poisson

import jaxhep
from jaxhep import Hypotest, from_arrays, hypotest, limits, statistics, upper_limit


def small_model(signal: list[float], background: list[float], mc_error: tuple = (0.02, 0.03, 0.05)) -> jaxhep.Model:
    """Always the same names and shapes, those of the example in ``help(jaxhep)``: compiled once."""
    b = np.array(background)
    varied = (b * [1.06, 1.0, 0.97], b * [0.95, 1.01, 1.02])
    systematics = {"lumi": {"H": 1.05, "WW": (1.03, 0.98)}, "scale": {"WW": varied}}
    return from_arrays({"H": signal, "WW": background}, "H", systematics, mc_error=mc_error)


LARGE, SMALL = ([2.0, 8.0, 6.0], [50.0, 40.0, 10.0]), ([2.0, 1.0, 3.0], [5.0, 2.0, 0.4])
WITHOUT_BACKGROUND = ([2.0, 1.0, 3.0], [5.0, 2.0, 0.0])  # in the last bin
CASES = {
    "excess": (LARGE, [52.0, 50.0, 15.0]),
    "as expected": (LARGE, [50.0, 40.0, 10.0]),
    "deficit": (LARGE, [50.0, 30.0, 4.0]),
    "nothing observed": (SMALL, [0.0, 0.0, 0.0]),
    "bin without background": (WITHOUT_BACKGROUND, [4.0, 1.0, 0.0]),
    "bin without background, excess elsewhere": (WITHOUT_BACKGROUND, [8.0, 6.0, 0.0]),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[jaxhep.Model, np.ndarray]:
    yields, counts = CASES[request.param]
    return small_model(*yields), np.array(counts)


@pytest.fixture(autouse=True, scope="module")
def backend():
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5), precision="64b")
    yield
    pyhf.set_backend("numpy")


def referee(model: jaxhep.Model, counts: np.ndarray) -> tuple[list, pyhf.Model]:
    """pyhf's data and model; that mu >= 0 makes its q a q-tilde."""
    workspace = jaxhep.to_pyhf(model, counts)
    for parameter in workspace["measurements"][0]["config"]["parameters"]:
        parameter["bounds"] = [[0.0, 10.0]]
    workspace = pyhf.Workspace(workspace)
    return workspace.data(workspace.model()), workspace.model()


def test_cls_is_that_of_pyhf(case: tuple[jaxhep.Model, np.ndarray]) -> None:
    model, counts = case
    for mu in (0.4, 1.5):
        ours = hypotest(model, counts, mu)
        cls, (clsb, clb), band = pyhf.infer.hypotest(
            mu, *referee(model, counts), test_stat="qtilde", return_tail_probs=True, return_expected_set=True
        )
        assert [ours.cls, ours.clsb, ours.clb] == pytest.approx([float(x) for x in (cls, clsb, clb)], rel=1e-3)
        assert ours.expected == pytest.approx(np.array(band), rel=1e-3)
        assert ours.cls_error == 0 and not ours.expected_error.any()


@pytest.mark.once
@pytest.mark.parametrize("name", ["excess", "deficit", "bin without background"])
def test_pyhf_finds_cls_of_5_percent_at_the_limits(name: str) -> None:
    yields, counts = CASES[name]
    model = small_model(*yields)
    limit = upper_limit(model, counts)
    assert limit.level == 0.95 and limit.points == () and (np.diff(limit.expected) > 0).all()
    data = referee(model, np.array(counts))
    assert pyhf.infer.hypotest(limit.observed, *data, test_stat="qtilde") == pytest.approx(0.05, rel=1e-3)
    for i in (0, 3):
        _, band = pyhf.infer.hypotest(limit.expected[i], *data, test_stat="qtilde", return_expected_set=True)
        assert band[i] == pytest.approx(0.05, rel=1e-3)


def free_model() -> jaxhep.Model:
    """Two backgrounds, one of them free, three channels of one bin, no MC statistics."""
    nominal = {"H": [6.0, 8.0, 0.5], "WW": [20.0, 5.0, 3.0], "top": [3.0, 4.0, 60.0]}
    systematics = {"jes": {"H": (1.03, 0.95), "top": ([3.3, 4.2, 58.0], None)}, "WW_norm": {"WW": 1.1}}
    return from_arrays(nominal, "H", systematics, free="top")


@pytest.mark.once
def test_upper_limits_are_those_of_pyhf() -> None:
    for model, counts in (
        (small_model(*LARGE), np.array([52.0, 50.0, 15.0])),
        (free_model(), np.array([22.0, 7.0, 60.0])),
    ):
        ours = upper_limit(model, counts)
        data = referee(model, counts)
        observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(*data, rtol=1e-4, test_stat="qtilde")
        assert ours.observed == pytest.approx(float(observed), rel=1e-3)
        assert ours.expected == pytest.approx(np.array(expected), rel=1e-3)
        other = upper_limit(model, counts, level=0.9)
        _, band = pyhf.infer.hypotest(other.expected[3], *data, test_stat="qtilde", return_expected_set=True)
        assert band[3] == pytest.approx(0.1, rel=1e-3)


def test_formulas_of_cowan_et_al() -> None:
    """Both branches of eq. 65, which meet at q = q_asimov; far tails; and the expected widths, which invert."""
    clsb, clb, cls = statistics.asymptotic_cls(2.0, 3.0)
    assert [clsb, clb] == pytest.approx([norm.sf(2**0.5), norm.sf(2**0.5 - 3**0.5)])
    assert cls == pytest.approx(clsb / clb)
    clsb, clb, _ = statistics.asymptotic_cls(4.0, 3.0)
    assert [clsb, clb] == pytest.approx([norm.sf(7 / (2 * 3**0.5)), norm.sf(1 / (2 * 3**0.5))])
    assert statistics.asymptotic_cls(3.0, 3.0) == pytest.approx(statistics.asymptotic_cls(3.0 + 1e-12, 3.0))
    assert np.isfinite(statistics.asymptotic_cls(1e5, 1.0)).all()
    assert statistics.asymptotic_cls(0.0, 0.0) == pytest.approx((0.5, 0.5, 1.0))
    for level in (0.68, 0.95):
        for i, width in enumerate(statistics.expected_width(level)):
            assert statistics.expected_cls(width**2)[i] == pytest.approx(1 - level)
    assert statistics.expected_width(0.95)[2] == pytest.approx(norm.ppf(0.975))


@pytest.mark.once
def test_mu_of_zero_is_never_excluded() -> None:
    yields, counts = CASES["bin without background"]
    assert hypotest(small_model(*yields), counts, 0.0).cls == 1


def test_what_is_refused() -> None:
    model = small_model(*WITHOUT_BACKGROUND)
    with pytest.raises(ValueError, match="Bin 2 has 1 observed events, but nothing except the signal is expected"):
        upper_limit(model, [5.0, 2.0, 1.0])
    with pytest.raises(ValueError, match=r"counts have shape \(2,\)"):
        hypotest(model, [5.0, 2.0], 1.0)
    for mu, words in ((-1.0, "an upper limit tests"), (np.nan, "it must be finite")):
        with pytest.raises(ValueError, match=f"mu is {mu}; {words}"):
            hypotest(model, [5.0, 2.0, 0.0], mu)
    for level in (0.0, 95):
        with pytest.raises(ValueError, match=f"level is {level}; .* 0.95 for 95 percent"):
            upper_limit(model, [5.0, 2.0, 0.0], level=level)
    with pytest.raises(ValueError, match="toys is -5"):
        upper_limit(model, [5.0, 2.0, 0.0], toys=-5)
    with pytest.raises(ValueError, match=r"100 toys need a key to be drawn with: key=jax.random.key\(1\)"):
        hypotest(model, [5.0, 2.0, 0.0], 1.0, toys=100)


@pytest.mark.once
def test_no_limit_where_uncertainties_hide_any_signal() -> None:
    """With 70 percent MC error in each bin, theta_b = -1 / 0.7 removes all of it."""
    with pytest.warns(UserWarning) as raised:
        limit = upper_limit(small_model(*LARGE, (0.7, 0.7, 0.7)), [50.0, 40.0, 10.0])
    words = [str(one.message) for one in raised]
    assert np.isnan(limit.expected[-1]) and "limit expected at +2 sigma is NaN" in words[-1]
    assert len(words) == np.isnan([limit.observed, *limit.expected]).sum()
    assert all("uncertainties can hide any signal" in one for one in words)


@pytest.mark.parametrize("failing", ["_physical", "_held"])
def test_a_fit_that_fails_says_which(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    whole = getattr(limits, failing)

    def fails(*arguments: object) -> object:
        found = whole(*arguments)
        if failing == "_held":
            return dataclasses.replace(found, converged=jnp.array(False))
        return dataclasses.replace(found, at_zero=dataclasses.replace(found.at_zero, converged=jnp.array(False)))

    monkeypatch.setattr(limits, failing, fails)
    words = {
        "_held": "data with mu held at 1 found no minimum",
        "_physical": "No minimum was found for the data with mu held at 0",
    }[failing]
    with pytest.warns(UserWarning, match=words):
        test = hypotest(small_model(*LARGE), [50.0, 40.0, 10.0], 1.0)
    assert np.isnan([test.q, test.clsb, test.clb, test.cls, *test.expected]).all()
    with pytest.warns(UserWarning, match="NaN"):
        limit = upper_limit(small_model(*LARGE), [50.0, 40.0, 10.0])
    assert np.isnan([limit.observed, *limit.expected]).all()


def test_a_best_fit_that_is_not_the_lowest_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = limits._held
    lower = lambda *arguments: dataclasses.replace(found := whole(*arguments), nll2=found.nll2 - 30)  # noqa: E731
    monkeypatch.setattr(limits, "_held", lower)
    with pytest.warns(UserWarning, match=r"-2 ln L is lower by .* with mu held at 1 than at the best fit with mu >= 0"):
        assert np.isnan(hypotest(small_model(*LARGE), [50.0, 40.0, 10.0], 1.0).cls)


def test_no_limit_where_cls_jumps() -> None:
    with pytest.raises(limits.NotSure, match="At mu = 2 CLs jumps"):
        limits._crossing(lambda mu: (1.0 if mu < 2 else -1.0, mu), 0.5)


def test_the_example_of_the_package() -> None:
    example = doctest.DocTestParser().get_doctest(jaxhep.__doc__, {}, "jaxhep", jaxhep.__file__, 0)
    assert len(example.examples) == 8
    assert doctest.DocTestRunner().run(example).failed == 0


# From here on toys.


def counting(mu: float, n: int, s: float, b: float) -> tuple[float, float]:
    """CL_s+b and CL_b of a counting experiment without uncertainties: fewer events are less like a signal."""
    return poisson.cdf(n, mu * s + b), poisson.cdf(n, b)


@pytest.mark.once
@pytest.mark.parametrize(("n", "b"), [(0, 0.0), (3, 3.0), (1, 4.0)])
def test_toys_of_a_counting_experiment_against_poisson_sums(n: int, b: float) -> None:
    model = from_arrays({"H": [2.0], "WW": [b]}, "H")
    key = jax.random.key(n)
    for mu in (0.8, 2.5):
        test = hypotest(model, [n], mu, toys=4000, key=key)
        clsb, clb = counting(mu, n, 2.0, b)
        q_obs = 2 * (mu * 2 + b - b - (xlogy(n, mu * 2 + b) - xlogy(n, b))) if n <= b else None
        assert q_obs is None or test.q == pytest.approx(q_obs, abs=1e-5)
        for value, true in ((test.clsb, clsb), (test.clb, clb)):
            assert abs(value - true) < 4 * np.sqrt(true * (1 - true) / 4000) + 1e-9
        assert abs(test.cls - clsb / clb) < 4 * test.cls_error < 0.2
    limit = upper_limit(model, [n], toys=4000, key=key)
    mus = np.linspace(0.1, 8, 4000)
    clsb, clb = counting(mus, n, 2.0, b)
    true = mus[np.flatnonzero(clsb / clb > 0.05)[-1]]
    assert abs(limit.observed - true) < 4 * limit.observed_error < 0.4 * true
    assert all(isinstance(point, Hypotest) for point in limit.points) and len(limit.points) > 10
    assert all(p.mu < q.mu for p, q in zip(limit.points, limit.points[1:], strict=False))


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:.*whose fits failed, are left out")
def test_toys_are_those_of_pyhf() -> None:
    """Within the binomial errors of both, with auxiliary measurements fluctuated by both."""
    model, counts, size = small_model(*SMALL), np.array([6.0, 2.0, 1.0]), 400
    ours = hypotest(model, counts, 1.2, toys=10000, key=jax.random.key(5))
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(), precision="64b")
    np.random.seed(7)  # pyhf draws from the global generator
    toys = pyhf.infer.calculators.ToyCalculator(
        *referee(model, counts), ntoys=size, test_stat="qtilde", track_progress=False
    )
    q = toys.teststatistic(1.2)
    of_signal, of_background = toys.distributions(1.2)
    clsb, clb, cls = toys.pvalues(q, of_signal, of_background)
    # as toys.expected_pvalues, which calls NumPy in a way that NumPy 2.4 doesn't know any more
    each = [toys.pvalues(q, of_signal, of_background)[2] for q in of_background.samples]
    band = np.quantile(each, norm.cdf([-2, -1, 0, 1, 2]))
    assert ours.q == pytest.approx(float(q), abs=1e-3)
    for value, theirs in ((ours.clsb, float(clsb)), (ours.clb, float(clb))):
        assert abs(value - theirs) < 4 * np.sqrt(value * (1 - value) * (1 / size + 1 / 10000))
    assert abs(ours.cls - float(cls)) < 4 * ours.cls_error * np.sqrt(1 + 10000 / size)
    difference = np.abs(ours.expected - band)[1:]  # at -2 sigma fewer than one of pyhf's toys is expected
    assert (difference < 4 * np.maximum(ours.expected_error[1:], 1e-3) * np.sqrt(1 + 10000 / size)).all()


@pytest.mark.once
def test_limits_from_toys_are_reproducible_and_near_the_asymptotic_ones() -> None:
    model, counts = small_model(*LARGE), [52.0, 46.0, 14.0]
    first, again = (upper_limit(model, counts, toys=1000, key=jax.random.key(2)) for _ in range(2))
    assert first.observed == again.observed and np.array_equal(first.expected, again.expected)
    asymptotic = upper_limit(model, counts)
    assert 0 < first.observed_error < 0.15 * first.observed
    assert abs(first.observed - asymptotic.observed) < 4 * first.observed_error
    assert (np.abs(first.expected - asymptotic.expected)[1:] < 4 * first.expected_error[1:]).all()


@pytest.mark.once
def test_toys_whose_fits_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few are left out, and counted; with more there is no result."""
    model, whole = small_model(*LARGE), limits._held

    def fails(bad: int) -> None:
        def held(model: jaxhep.Model, counts: jax.Array, *rest: object) -> object:
            found = whole(model, counts, *rest)
            lost = jnp.arange(len(counts)) < bad if np.ndim(counts) > 1 else jnp.array(False)
            return dataclasses.replace(found, converged=found.converged & ~lost)

        monkeypatch.setattr(limits, "_held", held)

    fails(3)
    with pytest.warns(UserWarning, match=r"\d of 1000 toys at mu = 1.3, whose fits failed, are left out"):
        assert 0 < hypotest(model, [50.0, 40.0, 10.0], 1.3, toys=1000, key=jax.random.key(1)).cls < 0.1
    fails(60)
    with pytest.warns(UserWarning, match="of 1000 toys at mu = 1.3 didn't converge. CLs is NaN"):
        assert np.isnan(hypotest(model, [50.0, 40.0, 10.0], 1.3, toys=1000, key=jax.random.key(1)).cls)


@pytest.mark.once
def test_data_beyond_all_toys_of_the_background() -> None:
    with pytest.warns(UserWarning, match="None of 50 toys of the background is as far from mu = 1 as the data"):
        test = hypotest(small_model(*LARGE), [0.0, 0.0, 0.0], 1.0, toys=50, key=jax.random.key(1))
    assert np.isnan(test.cls) and test.clb == 0 and np.isfinite(test.expected).all()
