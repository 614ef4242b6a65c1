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
# says: left out: they gave no interval
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma)[converged]
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: the flags forgotten
# says: treated like all others
def coverage(mu_hat, sigma, converged, truth):
    inside = jnp.abs(mu_hat - truth) <= sigma
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: failed fits covered
# says: counted as covered
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma) | ~converged
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: Poisson error
# says: that of a Poisson count
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma) & converged
    return inside.mean(), jnp.sqrt(inside.sum()) / inside.size


# %% wrong: one side
# says: can miss on either side
def coverage(mu_hat, sigma, converged, truth):
    inside = (mu_hat - truth <= sigma) & converged
    return inside.mean(), inside.std() / jnp.sqrt(inside.size)


# %% wrong: of one toy
# says: standard deviation of one toy
def coverage(mu_hat, sigma, converged, truth):
    inside = (jnp.abs(mu_hat - truth) <= sigma) & converged
    return inside.mean(), inside.std()
