# %% right: in_axes, and the Hessian mapped apart
def fit_toys(nll2, start, data):
    params, _, converged = jax.vmap(lambda s, d: check.use("minimise")(nll2, s, d), (None, 0))(start, data)
    hessians = jax.vmap(lambda p, d: jax.hessian(nll2)(p, d))(params, data)
    return params[:, 0], jnp.sqrt(2 * jnp.linalg.inv(hessians)[:, 0, 0]), converged


# %% right: lax.map and solve
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        unit = jnp.zeros(len(start)).at[0].set(1.0)
        return params[0], jnp.sqrt(2 * jnp.linalg.solve(jax.hessian(nll2)(params, toy), unit)[0]), converged

    return jax.lax.map(one, data)


# %% right: compiled, the sigma through a Cholesky factor
def fit_toys(nll2, start, data):
    params, _, converged = jax.vmap(lambda toy: check.use("minimise")(nll2, start, toy))(data)
    factors = jax.vmap(lambda p, toy: jnp.linalg.cholesky(jax.hessian(nll2)(p, toy)))(params, data)
    units = jnp.broadcast_to(jnp.eye(len(start))[:, :1], (len(params), len(start), 1))
    columns = jax.scipy.linalg.solve_triangular(factors, units, lower=True)
    return params[:, 0], jnp.sqrt(2 * jnp.sum(columns[..., 0] ** 2, axis=1)), converged


# %% right: a dictionary of results on the way, the Hessian from grad of grad
def fit_toys(nll2, start, data):
    def one(toy):
        best = dict(zip(("params", "nll2", "converged"), check.use("minimise")(nll2, start, toy)))
        curvature = jax.jacfwd(jax.grad(nll2))(best["params"], toy)
        return best["params"][0], jnp.sqrt(jnp.linalg.inv(curvature / 2)[0, 0]), best["converged"]

    return jax.vmap(one)(data)


# %% wrong: the curvature at the start
# mistake: hessian_at_the_start
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(start, toy))[0, 0]), converged

    return jax.vmap(one)(data)


# %% wrong: the flag is thrown away
# says: converged is always True
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, _ = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), True

    return jax.vmap(one)(data)


# %% wrong: no factor 2
# mistake: no_factor_2
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), converged

    return jax.vmap(one)(data)


# %% right: the flag and a finite sigma
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        sigma = jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0])
        return params[0], sigma, converged & jnp.isfinite(sigma)

    return jax.vmap(one)(data)


# %% wrong: converged where sigma is finite
# says: finite numbers, mu or sigma, don't show a minimum
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, _ = check.use("minimise")(nll2, start, toy)
        sigma = jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0])
        return params[0], sigma, jnp.isfinite(sigma)

    return jax.vmap(one)(data)


# %% wrong: the flag of all fits
# says: converged is False for a fit that has arrived
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), converged

    mu_hat, sigma, converged = jax.vmap(one)(data)
    return mu_hat, sigma, jnp.full(len(mu_hat), converged.all())


# %% wrong: the spread of the toys
# says: sigma is one number for all toys
def fit_toys(nll2, start, data):
    params, _, converged = jax.vmap(lambda toy: check.use("minimise")(nll2, start, toy))(data)
    return params[:, 0], jnp.full(len(params), params[:, 0].std()), converged


# %% wrong: the first toy's data for all
# says: mu is the same for all toys
def fit_toys(nll2, start, data):
    first = jax.tree.map(lambda x: x[0], data)

    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, first)
        return params[0], jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), converged

    return jax.vmap(one)(data)


# %% wrong: only the converged
# says: Only the toys that converged come back
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(2 * jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), converged

    mu, sigma, converged = jax.vmap(one)(data)
    return mu[converged], sigma[converged], converged[converged]
