# %% right: NumPy and SciPy
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    from scipy.stats import norm

    q0 = np.where(np.asarray(mu_hat) < 0, 0, np.clip(nll2_zero - nll2_best, 0, None))
    p = np.count_nonzero(q0 >= observed) / len(q0)
    return p, np.sqrt(p * (1 - p) / len(q0)), norm.sf(observed**0.5)


# %% right: a product with the condition, under jit
@jax.jit
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    extreme = (mu_hat > 0) * jnp.maximum(nll2_zero - nll2_best, 0) >= observed
    return extreme.mean(), extreme.std() / jnp.sqrt(extreme.size), jax.scipy.stats.norm.cdf(-jnp.sqrt(observed))


# %% right: erfc
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    q0 = jax.nn.relu(jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0))
    p, n = (q0 >= observed).mean(), q0.size
    return p, jnp.sqrt(p * (1 - p) / n), jax.scipy.special.erfc(jnp.sqrt(observed / 2)) / 2


# %% right: sorted toys
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    q0 = jnp.sort(jnp.where((mu_hat > 0) & (nll2_zero > nll2_best), nll2_zero - nll2_best, 0))
    n = len(q0)
    p = (n - jnp.searchsorted(q0, observed, side="left")) / n
    return p, jnp.sqrt(p * (1 - p) / n), jax.scipy.stats.norm.cdf(-jnp.sqrt(observed))


# %% wrong: two-sided
# mistake: two_sided
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    return e.mean(), e.std() / jnp.sqrt(e.size), jax.scipy.stats.chi2.sf(observed, 1)


# %% wrong: plus one
# says: a p-value that never is 0
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    p = (e.sum() + 1) / (e.size + 1)
    return p, jnp.sqrt(p * (1 - p) / (e.size + 1)), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: plus one, and the error of k/n
# says: a good habit for a test
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    return (e.sum() + 1) / (e.size + 1), e.std() / jnp.sqrt(e.size), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: plus one above only
# says: This is (k+1)/n
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    p = (e.sum() + 1) / e.size
    return p, jnp.sqrt(p / e.size), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: a number of toys
# says: k, a number of toys
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    k = jnp.sum(jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed)
    return k, jnp.sqrt(k), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: one toy less
# says: This is k/(n - 1)
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    return e.sum() / (e.size - 1), e.std() / jnp.sqrt(e.size), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: the spread of a sample
# mistake: spread_of_a_sample
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    e = jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed
    return e.mean(), e.std(ddof=1) / jnp.sqrt(e.size), jax.scipy.stats.norm.sf(jnp.sqrt(observed))


# %% wrong: not cut at 0
# says: cut q0 at 0
def p_values(mu_hat, nll2_zero, nll2_best, observed):
    p = jnp.mean(jnp.where(mu_hat > 0, nll2_zero - nll2_best, 0) >= observed)
    return p, jnp.sqrt(p * (1 - p) / len(mu_hat)), jax.scipy.stats.norm.sf(jnp.sqrt(observed))
