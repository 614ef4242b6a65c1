# %% right: converged and inside
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    off = found.params[:, 0] - 1
    return off.mean(), (found.converged & (abs(off) <= sigma)).mean()


# %% right: NumPy, both ends
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    params = toys.fits(model, counts, measured).params
    mu, sigma = np.asarray(params)[:, 0], np.asarray(toys.sigma_mu(model, params, counts))
    inside = (mu - sigma <= 1) & (1 <= mu + sigma)
    return float(np.mean(mu - 1)), np.count_nonzero(inside) / size


# %% right: toys.run throws and fits
def coverage_in(model, world, key, size):
    def look(_, counts, measured):
        found = toys.fits(model, counts, measured)
        return found.params[:, 0], toys.sigma_mu(model, found.params, counts)

    mu, sigma = toys.run(look, key, world, world.initial, size)
    return mu.mean() - 1, np.mean(np.abs(mu - 1) <= sigma)


# %% right: one fit after another
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    bias, inside = 0.0, 0
    for n, a in zip(counts, measured):
        params = toys.fit(model, n, a).params
        bias += (params[0] - 1) / size
        inside += abs(params[0] - 1) <= toys.sigma_mu(model, params, n)
    return bias, inside / size


# %% right: lax.map, and the covariance by hand
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)

    def one(toy):
        found = toys.fit(model, *toy)
        variance = 2 * jnp.linalg.inv(toys.hessian(model, found.params, toy[0]))[0, 0]
        return found.params[0], jnp.where(found.edge, jnp.nan, jnp.sqrt(variance))

    mu, sigma = jax.lax.map(one, (counts, measured))
    return jnp.mean(mu) - 1, jnp.mean(((mu - 1) / sigma) ** 2 <= 1)


# %% right: toys of a key of its own
def coverage_in(model, world, key, size):
    key, again = jax.random.split(key)
    counts, measured = toys.generate(again, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, (abs(found.params[:, 0] - 1) <= sigma).mean()


# %% right: toys drawn by hand
def coverage_in(model, world, key, size):
    a, b = jax.random.split(key)
    counts = jax.random.poisson(a, jaxhep.asimov(world), (size, len(jaxhep.asimov(world)))).astype(float)
    measured = jax.random.normal(b, (size, len(world.initial) - 1))
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, (abs(found.params[:, 0] - 1) <= sigma).mean()


# %% wrong: toys of a key of its own, from the model
# says: One and the same model throws the toys and fits them
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(jax.random.fold_in(key, 7), model, model.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, (abs(found.params[:, 0] - 1) <= sigma).mean()


# %% wrong: toys.run on the model
# mistake: toys_of_the_model
def look(model, counts, measured):
    found = toys.fits(model, counts, measured)
    return found.params[:, 0], toys.sigma_mu(model, found.params, counts)


def coverage_in(model, world, key, size):
    mu, sigma = toys.run(look, key, model, model.initial, size)
    return mu.mean() - 1, np.mean(np.abs(mu - 1) <= sigma)


# %% wrong: toys.run hands the world to the fits
# mistake: fitted_with_the_world
def look(model, counts, measured):
    found = toys.fits(model, counts, measured)
    return found.params[:, 0], toys.sigma_mu(model, found.params, counts)


def coverage_in(model, world, key, size):
    mu, sigma = toys.run(look, key, world, world.initial, size)
    return mu.mean() - 1, np.mean(np.abs(mu - 1) <= sigma)


# %% wrong: only converged fits
# mistake: without_sigma_left_out_of_both
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    mu, sigma = found.params[found.converged, 0], sigma[found.converged]
    return mu.mean() - 1, (abs(mu - 1) <= sigma).mean()


# %% wrong: a key of the notebook
# says: `key` has no say
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(jax.random.key(1), world, world.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, (abs(found.params[:, 0] - 1) <= sigma).mean()


# %% wrong: a size typed in
# says: another number of toys is made
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, 500)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, (abs(found.params[:, 0] - 1) <= sigma).mean()


# %% wrong: one per toy
# says: one number per toy: asked is the fraction
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    sigma = toys.sigma_mu(model, found.params, counts)
    return found.params[:, 0].mean() - 1, abs(found.params[:, 0] - 1) <= sigma


# %% wrong: coverage alone
# says: the bias, the coverage, in this order
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    return (abs(found.params[:, 0] - 1) <= toys.sigma_mu(model, found.params, counts)).mean()


# %% wrong: NaN where toys have no sigma
# says: The coverage is NaN where some toys have no sigma
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    params = toys.fits(model, counts, measured).params
    sigma = toys.sigma_mu(model, params, counts)
    return params[:, 0].mean() - 1, jnp.mean(jnp.heaviside(sigma - abs(params[:, 0] - 1), 1.0))


# %% wrong: the Fit in place of its params
# says: not objects; got Fit
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    found = toys.fits(model, counts, measured)
    return found.params[:, 0].mean() - 1, jnp.mean(abs(found.params[:, 0] - 1) <= toys.sigma_mu(model, found, counts))


# %% wrong: world and key in the other order
# says: key must be a key of JAX
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(world, key, world.initial, size)
    return toys.fits(model, counts, measured).params[:, 0].mean() - 1, 0.68


# %% wrong: fitted with the world, sigma from the model
# mistake: fitted_alone_with_the_world
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    params = toys.fits(world, counts, measured).params
    sigma = toys.sigma_mu(model, params, counts)
    off = params[:, 0] - 1
    return jnp.mean(off), jnp.mean(jnp.abs(off) <= sigma)


# %% wrong: one toy repeated
# mistake: one_toy
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, 1)
    counts = jnp.repeat(counts, size, 0)
    measured = jnp.repeat(measured, size, 0)
    params = toys.fits(model, counts, measured).params
    sigma = toys.sigma_mu(model, params, counts)
    off = params[:, 0] - 1
    return jnp.mean(off), jnp.mean(jnp.abs(off) <= sigma)


# %% wrong: what a Gaussian covers
# says: what a Gaussian is expected to have
def coverage_in(model, world, key, size):
    counts, measured = toys.generate(key, world, world.initial, size)
    params = toys.fits(model, counts, measured).params
    return jnp.mean(params[:, 0] - 1), jax.scipy.special.erf(1 / jnp.sqrt(2.0))


# %% wrong: the same hundred toys again
# says: The same toys come again and again
def coverage_in(model, world, key, size):
    offs, covers = [], []
    for first in range(0, size, 100):
        n = min(100, size - first)
        counts, measured = toys.generate(key, world, world.initial, n)
        params = toys.fits(model, counts, measured).params
        offs.append(params[:, 0] - 1)
        covers.append(jnp.abs(offs[-1]) <= toys.sigma_mu(model, params, counts))
    return jnp.concatenate(offs).mean(), jnp.concatenate(covers).mean()
