# %% right: NumPy
def coverage(mu_hat, sigma, converged, truth):
    inside = np.asarray(converged) & (np.abs(np.asarray(mu_hat) - truth) <= np.asarray(sigma))
    p = inside.mean()
    return p, np.sqrt(p * (1 - p) / len(inside))


# %% right: both ends of the interval
@jax.jit
def coverage(mu_hat, sigma, converged, truth):
    inside = (mu_hat - sigma <= truth) & (truth <= mu_hat + sigma) & converged
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% right: where
def coverage(mu_hat, sigma, converged, truth):
    p = jnp.where(converged, abs(mu_hat - truth) <= sigma, False).sum() / mu_hat.size
    return p, jnp.sqrt(p - p**2) / jnp.sqrt(mu_hat.size)


# %% right: a Python loop
def coverage(mu_hat, sigma, converged, truth):
    k = sum(bool(c) and abs(m - truth) <= s for m, s, c in zip(mu_hat, sigma, converged))
    n = len(mu_hat)
    return k / n, (k * (n - k) / n**3) ** 0.5


# %% wrong: dropped
# mistake: failed_fits_left_out
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma)[converged]
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: the ends left out
# says: the ends belong to the interval
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) < sigma) & converged
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: one of the ends left out
# says: but for a truth that is exactly one sigma away
def coverage(mu_hat, sigma, converged, truth):
    inside = (mu_hat - sigma < truth) & (truth <= mu_hat + sigma) & converged
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% right: pulls
def coverage(mu_hat, sigma, converged, truth):
    inside = np.where(converged, ((mu_hat - truth) / sigma) ** 2 <= 1, False)
    return np.mean(inside), np.std(inside) / len(inside) ** 0.5


# %% wrong: the spread of a sample
# mistake: spread_of_a_sample
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma) & converged
    return inside.mean(), inside.std(ddof=1) / jnp.sqrt(inside.size)


# %% wrong: one toy less
# says: The fraction is k/(N - 1)
def coverage(mu_hat, sigma, converged, truth):
    k, n = jnp.sum((jnp.abs(mu_hat - truth) <= sigma) & converged), len(mu_hat) - 1
    return k / n, jnp.sqrt(k / n * (1 - k / n) / n)


# %% wrong: a number of toys
# says: This is a number of toys
def coverage(mu_hat, sigma, converged, truth):
    k = jnp.sum((jnp.abs(mu_hat - truth) <= sigma) & converged)
    return k, jnp.sqrt(k)


# %% wrong: relative to the mean estimate
# mistake: mean_for_the_truth
def coverage(mu_hat, sigma, converged, truth):
    centre = jnp.nanmean(jnp.where(converged, mu_hat, jnp.nan))
    p = jnp.mean(converged & (jnp.abs(mu_hat - centre) <= sigma))
    return p, jnp.sqrt(p * (1 - p) / len(mu_hat))


# %% wrong: relative to the median
# says: `mu_hat` stands where something else belongs
def coverage(mu_hat, sigma, converged, truth):
    p = jnp.mean(converged & (jnp.abs(mu_hat - jnp.nanmedian(mu_hat)) <= sigma))
    return p, jnp.sqrt(p * (1 - p) / len(mu_hat))
