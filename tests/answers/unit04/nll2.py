# %% right: the package's pieces
def nll2(params, counts, model):
    whole = check.as_model(model)
    return jaxhep.likelihood.poisson_nll2(counts, jaxhep.expected(whole, params)) + jaxhep.likelihood.gauss_nll2(params[1:])


# %% right: without constants, with a dot product
def nll2(params, counts, model):
    E = check.use("expected")(params, model)
    pulls = params[1:]
    return 2 * (jnp.sum(E) - counts @ jnp.log(E)) + pulls @ pulls


# %% right: normalised Gaussians, log of densities
def nll2(params, counts, model):
    E = check.use("expected")(params, model)
    log_L = jnp.sum(counts * jnp.log(E) - E - jax.scipy.special.gammaln(counts + 1))
    log_L += jnp.sum(jnp.log(jnp.exp(-(params[1:] ** 2) / 2) / jnp.sqrt(2 * jnp.pi)))
    return -2 * log_L


# %% right: constraints separately for theta and gamma, jitted
@jax.jit
def nll2(params, counts, model):
    K = model["up"].shape[1]
    poisson = check.use("poisson_nll2")(check.use("expected")(params, model), counts)
    return poisson + jnp.linalg.norm(params[1 : 1 + K]) ** 2 + jnp.vdot(params[1 + K :], params[1 + K :]) if False else (
        poisson + jnp.sum(jnp.square(params[1 : 1 + K])) + jnp.vdot(params[1 + K :], params[1 + K :])
    )


# %% wrong: NumPy in the way of grad
# says: NumPy meets a JAX tracer
def nll2(params, counts, model):
    E = np.asarray(check.use("expected")(params, model))
    return 2 * np.sum(E - counts * np.log(E)) + np.sum(params[1:] ** 2)


# %% wrong: a Python decision on a value
# says: decides on a JAX tracer
def nll2(params, counts, model):
    total = check.use("poisson_nll2")(check.use("expected")(params, model), counts)
    for pull in params[1:]:
        if pull != 0:
            total = total + pull**2
    return total


# %% wrong: made a float
# says: A Python float, int or shape is made
def nll2(params, counts, model):
    return float(check.use("poisson_nll2")(check.use("expected")(params, model), counts)) + jnp.sum(params[1:] ** 2)


# %% wrong: gradient NaN at theta = 0
# says: A square root of 0 is taken, as in a norm
def nll2(params, counts, model):
    return check.use("poisson_nll2")(check.use("expected")(params, model), counts) + jnp.linalg.norm(params[1:]) ** 2


# %% wrong: gradient lost
# says: somewhere a derivative is lost
def nll2(params, counts, model):
    return check.use("poisson_nll2")(check.use("expected")(params, model), counts) + jnp.sum(jax.lax.stop_gradient(params[1:]) ** 2)


# %% wrong: an earlier function isn't finished
# says: one of your earlier functions
def unfinished(params, model): ...


def nll2(params, counts, model):
    return 2 * jnp.sum(unfinished(params, model) - counts) + jnp.sum(params[1:] ** 2)


# %% wrong: a name that doesn't exist
# says: run the cell that defines it
def nll2(params, counts, model):
    return check.use("poisson_nll2")(expectation(params, model), counts) + jnp.sum(params[1:] ** 2)


# %% wrong: one number in an array
# says: without any axis
def nll2(params, counts, model):
    poisson = check.use("poisson_nll2")(check.use("expected")(params, model), counts)
    return poisson + jnp.sum(params[1:] ** 2, keepdims=True)
