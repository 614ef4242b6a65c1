# %% right: jacfwd
def yield_jacobian(expected, params):
    return jax.jacfwd(expected)(params)


# %% right: linearised once, mapped over directions
def yield_jacobian(expected, params):
    _, push = jax.linearize(expected, jnp.asarray(params))
    return jax.vmap(push)(jnp.eye(len(params))).T


# %% right: jvp under vmap, jitted
def yield_jacobian(expected, params):
    params = jnp.asarray(params)

    @jax.jit
    def column(direction):
        return jax.jvp(expected, (params,), (direction,))[1]

    return jax.vmap(column, out_axes=1)(jnp.identity(len(params)))


# %% right: a loop that fills columns
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    result = jnp.zeros((expected(params).size, params.size))
    for k in range(params.size):
        unit = jnp.zeros(params.size).at[k].set(1.0)
        result = result.at[:, k].set(jax.jvp(expected, (params,), (unit,))[1])
    return result


# %% right: the shorter side decides
def yield_jacobian(expected, params):
    bins = jax.eval_shape(expected, params).size
    return (jax.jacfwd if params.size <= bins else jax.jacrev)(expected)(params)


# %% right: derivatives by one parameter at a time
def yield_jacobian(expected, params):
    return jnp.column_stack([jax.jacfwd(lambda x: expected(params.at[k].set(x)))(params[k]) for k in range(len(params))])


# %% wrong: reverse mode
# says: it takes a pass per bin
def yield_jacobian(expected, params):
    return jax.jacrev(expected)(params)


# %% wrong: jax.grad of a vector
# says: jax.grad wants a function with one result
def yield_jacobian(expected, params):
    return jax.grad(expected)(params)


# %% wrong: no tuples
# says: Mind the tuples
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    return jnp.stack([jax.jvp(expected, (params,), v)[1] for v in jnp.eye(len(params))], axis=1)


# %% wrong: whole numbers as direction
# says: the same shape and dtype as `params`
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    return jnp.stack([jax.jvp(expected, (params,), (v,))[1] for v in jnp.eye(len(params), dtype=int)], axis=1)


# %% wrong: differences
# says: something in it is approximate
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    steps = 1e-5 * jnp.eye(len(params))
    return jnp.stack([(expected(params + s) - expected(params - s)) / 2e-5 for s in steps], axis=1)


# %% wrong: NumPy collects the columns
# says: JAX can't trace the function
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    return np.stack([jax.jvp(expected, (params,), (v,))[1] for v in jnp.eye(len(params))], axis=1)


# %% wrong: the number of parameters typed in
# says: It stops with
def yield_jacobian(expected, params):
    params = jnp.asarray(params)
    return jax.vmap(jax.linearize(expected, params)[1], out_axes=1)(jnp.eye(3))


# %% wrong: the function itself returned
# says: return an array with one row per bin
def yield_jacobian(expected, params):
    return jax.jacfwd(expected)


# %% wrong: the problem of the notebook
# says: It reads `params` of the notebook
def yield_jacobian(f, p):
    return jax.jacfwd(expected)(params)


# %% wrong: a coarse difference
# says: its step is coarse
def yield_jacobian(expected, params):
    h = 1e-2
    nominal = expected(params)
    return jnp.stack([(expected(params + h * v) - nominal) / h for v in jnp.eye(len(params))], axis=1)


# %% wrong: the program of the first function is kept
# says: `kept` keeps something from call to call
kept = []


def yield_jacobian(expected, params):
    if not kept:
        kept.append(jax.jit(jax.jacfwd(expected)))
    return kept[0](params)


# %% wrong: three directions
# says: The number of columns is 3
def yield_jacobian(expected, params):
    directions = [jnp.zeros_like(params).at[k].set(1.0) for k in range(3)]
    return jnp.stack([jax.jvp(expected, (params,), (v,))[1] for v in directions], axis=1)


# %% wrong: another function than the one given
# says: is never called
def yield_jacobian(expected, params):
    mine, _, _ = problem(bins=400, parameters=3)
    return jax.jacfwd(mine)(params)


# %% wrong: the whole Jacobian once for each column
# says: all passes anew for each column
def yield_jacobian(expected, params):
    return jnp.stack([jax.jacfwd(expected)(params)[:, k] for k in range(len(params))], axis=1)
