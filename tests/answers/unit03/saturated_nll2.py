# %% wrong: naive
# says: The value is NaN for n = 0
def saturated_nll2(expected, counts):
    return naive_nll2(expected, counts)


# %% wrong: one where
# says: the gradient is NaN, also with n = 0 and E > 0
def saturated_nll2(expected, counts):
    logarithm = jnp.where(counts > 0, counts * jnp.log(counts / expected), 0.0)
    return 2 * jnp.sum(expected - counts + logarithm)


# %% wrong: xlogy
# says: the gradient is NaN, with n = 0 and E = 0
def saturated_nll2(expected, counts):
    xlogy = jax.scipy.special.xlogy
    return 2 * jnp.sum(expected - counts + xlogy(counts, counts) - xlogy(counts, expected))


# %% wrong: masked where nothing is expected
# says: cost nothing
def saturated_nll2(expected, counts):
    usable = expected > 0
    safe = jnp.where(usable, expected, 1.0)
    safe_counts = jnp.where(counts > 0, counts, 1.0)
    terms = expected - counts + counts * (jnp.log(safe_counts) - jnp.log(safe))
    return 2 * jnp.sum(jnp.where(usable, terms, 0.0))


# %% wrong: clipped
# says: gets a finite value
def saturated_nll2(expected, counts):
    safe = jnp.where(counts > 0, counts, 1.0)
    ratio = jnp.log(safe) - jnp.log(jnp.maximum(expected, 1e-300))
    return 2 * jnp.sum(expected - counts + jnp.where(counts > 0, counts * ratio, 0.0))


# %% wrong: a small number added
# says: A small number has been added
def saturated_nll2(expected, counts):
    return 2 * jnp.sum(expected - counts + counts * jnp.log((counts + 1e-6) / (expected + 1e-6)))


# %% wrong: NaN for the impossible
# says: The value is NaN for observed events where none are expected
def saturated_nll2(expected, counts):
    safe = jnp.where(counts > 0, expected, 1.0)
    ratio = jnp.where(counts > 0, counts, 1.0) / safe
    impossible = jnp.where(jnp.any((expected == 0) & (counts > 0)), jnp.nan, 0.0)
    return 2 * jnp.sum(expected - counts + jnp.where(counts > 0, counts * jnp.log(ratio), 0.0)) + impossible


# %% wrong: a Python if
# says: A Python `if` decides on a whole array
def saturated_nll2(expected, counts):
    if counts > 0:
        return 2 * jnp.sum(expected - counts + counts * jnp.log(counts / expected))
    return 2 * jnp.sum(expected)


# %% wrong: a Python if, bin by bin
# says: It fails under jit and vmap. A Python `if`, `while`
def saturated_nll2(expected, counts):
    total = 0.0
    for e, n in zip(expected, counts):
        total += e - n
        if n > 0:
            total += n * (jnp.log(n) - jnp.log(e))
    return 2 * total


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def saturated_nll2(expected, counts):
    safe = np.where(np.asarray(counts) > 0, expected, 1.0)
    logarithm = np.asarray(counts) * (np.log(np.where(np.asarray(counts) > 0, counts, 1)) - np.log(safe))
    return 2 * np.sum(np.asarray(expected) - counts + logarithm)


# %% wrong: two probabilities of the library
# says: It isn't finite for counts that aren't whole numbers
def saturated_nll2(expected, counts):
    logpmf, counts = jax.scipy.stats.poisson.logpmf, jnp.asarray(counts, float)
    return 2 * jnp.sum(logpmf(counts, counts) - logpmf(counts, expected))


# %% wrong: NaN removed from the gradient, and with it the slope of empty bins
# says: for n = 0 a bin is 2E
def saturated_nll2(expected, counts):
    seen = counts > 0
    frozen = jnp.where(seen, expected, jax.lax.stop_gradient(expected))
    logarithm = jnp.log(jnp.where(seen, counts, 1.0)) - jnp.log(jnp.where(seen, expected, 1.0))
    return 2 * jnp.sum(frozen - counts + jnp.where(seen, counts * logarithm, 0.0))


# %% right: kl_div of the library
def saturated_nll2(expected, counts):
    return 2 * jax.scipy.special.kl_div(counts, expected).sum()


# %% right: one logarithm, of a ratio
def saturated_nll2(expected, counts):
    seen = counts > 0
    ratio = jnp.where(seen, counts, 1) / jnp.where(seen, expected, 1.0)
    return 2 * jnp.sum(expected - counts + counts * jnp.log(ratio))


# %% right: xlogy with safe inputs
@jax.jit
def saturated_nll2(expected, counts):
    xlogy, safe, counts = jax.scipy.special.xlogy, jnp.where(counts > 0, expected, 1.0), counts * 1.0
    return 2 * (expected - counts + xlogy(counts, counts) - xlogy(counts, safe)).sum()


# %% right: cond, bin by bin
def saturated_nll2(expected, counts):
    def one_bin(e, n):
        return jax.lax.cond(n > 0, lambda e: e - n + n * (jnp.log(jnp.maximum(n, 1e-9)) - jnp.log(jnp.where(n > 0, e, 1.0))), lambda e: e, e)

    return 2 * jax.vmap(one_bin)(expected, jnp.asarray(counts, float)).sum()


# %% right: a derivative of its own
@jax.custom_jvp
def one_bin(expected, counts):
    return expected - counts + jax.scipy.special.xlogy(counts, counts) - jax.scipy.special.xlogy(counts, expected)


@one_bin.defjvp
def one_bin_jvp(primals, tangents):
    expected, counts = primals
    slope = jnp.where(counts > 0, 1 - counts / jnp.where(counts > 0, expected, 1.0), 1.0)
    return one_bin(expected, counts), slope * tangents[0]


def saturated_nll2(expected, counts):
    return 2 * jnp.sum(one_bin(expected, jnp.asarray(counts, float)))
