# %% wrong: math.log in a loop, floats where JAX has tracers
# says: A Python float, int or shape is made
from math import lgamma, log


def poisson_nll2(expected, counts):
    return 2 * sum(float(e) - float(n) * log(e) + lgamma(n + 1) for e, n in zip(expected, counts))


# %% right: without the constant, as a dot product
def poisson_nll2(expected, counts):
    return 2 * (expected.sum() - counts @ jnp.log(expected))


# %% wrong: SciPy's xlogy, which knows no tracers
# says: NumPy meets a JAX tracer
from scipy.special import xlogy


def poisson_nll2(expected, counts):
    return 2 * np.sum(expected - counts + xlogy(counts, counts) - xlogy(counts, expected))


# %% wrong: an array of one number
# says: without any axis
@jax.jit
def poisson_nll2(expected, counts):
    log_probability = counts * jnp.log(expected) - expected - jax.scipy.special.gammaln(counts + 1)
    return -2 * log_probability.sum(keepdims=True)


# %% wrong: NumPy and SciPy, bin by bin
# says: , `total -= 2 * (counts[b] * np.log(expected[b])
from scipy.special import gammaln


def poisson_nll2(expected, counts):
    total = 0.0
    for b in range(len(counts)):
        total -= 2 * (counts[b] * np.log(expected[b]) - expected[b] - gammaln(counts[b] + 1))
    return total


# %% wrong: scipy's pmf knows integers only
# says: Counts that aren't whole make it infinite
from scipy.stats import poisson


def poisson_nll2(expected, counts):
    return -2 * poisson.logpmf(counts, expected).sum()


# %% wrong: n ln(n / E) in an empty bin
# says: NaN or infinity for a bin with zero observed events
def poisson_nll2(expected, counts):
    return 2 * jnp.sum(expected - counts + counts * jnp.log(counts / expected))


# %% wrong: single precision
# says: single precision
def poisson_nll2(expected, counts):
    expected = jnp.asarray(expected, jnp.float32)
    return 2 * jnp.sum(expected - counts.astype(np.float32) * jnp.log(expected))


# %% wrong: called instead of named
# says: The check wants the function, not its result
poisson_nll2 = float(jnp.sum(asimov - asimov * jnp.log(asimov)))


# %% right: a deviance that is safe in empty bins, in jnp
def poisson_nll2(expected, counts):
    filled = jnp.where(counts > 0, counts, 1.0)
    return 2 * jnp.sum(expected - counts + counts * jnp.log(filled / expected))


# %% right: jax.scipy's xlogy, a logpmf by hand
def poisson_nll2(expected, counts):
    return -2 * jnp.sum(jax.scipy.special.xlogy(counts, expected) - expected - jax.scipy.special.gammaln(counts + 1))


# %% right: one bin at a time with vmap
def poisson_nll2(expected, counts):
    return jax.vmap(lambda e, n: 2 * (e - n * jnp.log(e)))(expected, counts).sum()


# %% wrong: a guard in the logarithm
# says: needs no guard
def poisson_nll2(expected, counts):
    return 2 * jnp.sum(expected - counts * jnp.log(expected + 1e-6))


# %% wrong: the derivative lost
# says: somewhere a derivative is lost
def poisson_nll2(expected, counts):
    return 2 * jnp.sum(jax.lax.stop_gradient(expected) - counts * jnp.log(expected))
