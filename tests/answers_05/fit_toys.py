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


# %% wrong: no factor 2
# says: too small by the square root of 2
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(jnp.linalg.inv(jax.hessian(nll2)(params, toy))[0, 0]), converged

    return jax.vmap(one)(data)


# %% wrong: one element only
# says: ignores the nuisance parameters
def fit_toys(nll2, start, data):
    def one(toy):
        params, _, converged = check.use("minimise")(nll2, start, toy)
        return params[0], jnp.sqrt(2 / jax.hessian(nll2)(params, toy)[0, 0]), converged

    return jax.vmap(one)(data)
