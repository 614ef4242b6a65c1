# %% wrong: still collected in a list
# says: A call changes the global list `seen`
@jax.jit
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    seen.append(expected)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


# %% wrong: returned from a global variable
# says: A call changes the global array `last`
last = None


def nll2_and_expected(mu, signal, background, counts):
    global last
    last = mu * signal + background
    return 2 * jnp.sum(last - counts * jnp.log(last)), last


# %% wrong: a dictionary by mu
# says: A call changes the global dictionary `cache`
cache = {}


def nll2_and_expected(mu, signal, background, counts):
    cache["expected"] = mu * signal + background
    return 2 * jnp.sum(cache["expected"] - counts * jnp.log(cache["expected"])), cache["expected"]


# %% wrong: a list as default value
# says: A call changes the default value of its parameter `history`
def nll2_and_expected(mu, signal, background, counts, history=[]):
    history.append(mu * signal + background)
    return 2 * jnp.sum(history[-1] - counts * jnp.log(history[-1])), history[-1]


# %% wrong: a callback through the back door
# says: A call changes the global list `collected`
collected = []


@jax.jit
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    jax.debug.callback(collected.append, expected)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


# %% wrong: the expected events added up
# says: `expected.sum` doesn't belong there
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected.sum()


# %% wrong: only one thing
# says: in this order
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected))


# %% wrong: a float, to have a value and no tracer
# says: A Python float, int or shape is made
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return float(2 * jnp.sum(expected - counts * jnp.log(expected))), expected


# %% wrong: a NumPy array, to have values and no tracers
# says: NumPy meets a JAX tracer
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), np.array(expected)


# %% wrong: the gradient is cut off
# says: is a part of it cut off from the derivative?
def nll2_and_expected(mu, signal, background, counts):
    expected = jax.lax.stop_gradient(mu * signal) + background
    return 2 * jnp.sum(expected - counts * jnp.log(expected)), expected


# %% right: under jit, with the constant of the Poisson terms
@jax.jit
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return 2 * (expected - counts * jnp.log(expected) + jax.scipy.special.gammaln(counts + 1)).sum(), expected


# %% wrong: SciPy's Poisson probabilities, of whole counts alone
# says: Counts that aren't whole make it infinite
@jax.jit
def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    return -2 * jax.scipy.stats.poisson.logpmf(counts, expected).sum(), expected


# %% right: as a list, by a helper
def model(mu, signal, background):
    return background + mu * signal


def nll2_and_expected(mu, signal, background, counts):
    expected = model(mu, signal, background)
    return [2 * (expected.sum() - counts @ jnp.log(expected)), expected]


# %% right: a list that lives for one call only
def nll2_and_expected(mu, signal, background, counts):
    terms, kept = [], []
    for s, b, n in zip(signal, background, counts):
        kept.append(mu * s + b)
        terms.append(kept[-1] - n * jnp.log(kept[-1]))
    return 2 * sum(terms), jnp.stack(kept)


# %% right: a named tuple, and a print that runs with the program
from collections import namedtuple

Both = namedtuple("Both", "nll2 expected")


def nll2_and_expected(mu, signal, background, counts):
    expected = mu * signal + background
    jax.debug.print("expected: {}", expected)
    return Both(2 * jnp.sum(expected - counts * jnp.log(expected / background)), expected)
