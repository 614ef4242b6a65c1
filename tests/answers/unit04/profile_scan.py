# %% right: a loop, a list
def profile_scan(fit, mus, counts, model):
    best = fit(counts, model)[2]
    t = []
    for mu in mus:
        t.append(fit(counts, model, {0: float(mu)})[2] - best)
    return t


# %% right: the fixed fits first, keywords
def profile_scan(fit, mus, counts, model):
    lowest = [fit(counts=counts, model=model, fixed={0: mu})[2] for mu in mus]
    values, _, minimum = fit(counts=counts, model=model)
    return jnp.array(lowest) - minimum


# %% right: without fit, Newton's method on the conditional likelihood
hessian = jax.jit(jax.hessian(check.use("nll2")))
gradient = jax.jit(jax.grad(check.use("nll2")))


def profile_scan(fit, mus, counts, model):
    nll = check.use("nll2")
    best, _, _ = fit(counts, model)
    t = []
    for mu in mus:
        x = np.array(best)
        x[0] = mu
        for _ in range(30):
            x[1:] -= np.linalg.solve(hessian(x, counts, model)[1:, 1:], gradient(x, counts, model)[1:])
        t.append(float(nll(x, counts, model) - nll(best, counts, model)))
    return np.array(t)


# %% right: clipped at zero against rounding
def profile_scan(fit, mus, counts, model):
    _, _, minimum = fit(counts, model, None)
    return np.maximum(0.0, np.fromiter((fit(counts, model, {0: mu})[2] - minimum for mu in np.asarray(mus)), float))


# %% right: fills an array
def profile_scan(fit, mus, counts, model):
    t = np.empty(len(mus))
    for i in range(len(mus)):
        t[i] = fit(counts, model, fixed={0: mus[i]})[2]
    t -= fit(counts, model)[2]
    return t


# %% wrong: held by name
# says: so `{0: mu}` holds it
def profile_scan(fit, mus, counts, model):
    return np.array([fit(counts, model, {"mu": mu})[2] - fit(counts, model)[2] for mu in mus])


# %% wrong: two likelihoods with different constants
# says: shifted by one number
def profile_scan(fit, mus, counts, model):
    def without_constant(x):
        E = check.use("expected")(x, model)
        return 2 * jnp.sum(E - counts * jnp.log(E)) + jnp.sum(x[1:] ** 2)

    t = [without_constant(fit(counts, model, {0: mu})[0]) - fit(counts, model)[2] for mu in mus]
    return np.array(t)


# %% wrong: the value without its index
# says: is a dictionary {index: value}
def profile_scan(fit, mus, counts, model):
    return np.array([fit(counts, model, mu)[2] - fit(counts, model)[2] for mu in mus])


# %% wrong: vmap over the fits
# says: What vmap maps needs numbers, and finds tracers
def profile_scan(fit, mus, counts, model):
    minimum = jax.vmap(lambda mu: jnp.asarray(fit(counts, model, {0: mu})[2]))
    return np.asarray(minimum(jnp.asarray(mus, float)) - fit(counts, model)[2])
