# %% right: the inverse, einsum
def sigma_mu(signal, expected, responses, variance):
    G = jnp.einsum("kb,kc->bc", responses, responses) + jnp.eye(len(signal)) * (expected + variance)
    return jnp.einsum("b,bc,c->", signal, jnp.linalg.inv(G), signal) ** -0.5


# %% right: a Cholesky factor
def sigma_mu(signal, expected, responses, variance):
    from jax.scipy.linalg import cho_factor, cho_solve

    G = jnp.diag(expected) + responses.T @ responses + jnp.diag(variance)
    return 1 / jnp.sqrt(jnp.dot(signal, cho_solve(cho_factor(G), signal)))


# %% right: the root of a triangular solution, under jit
@jax.jit
def sigma_mu(signal, expected, responses, variance):
    L = jnp.linalg.cholesky(jnp.diag(expected + variance) + responses.T @ responses)
    return 1 / jnp.linalg.norm(jax.scipy.linalg.solve_triangular(L, signal, lower=True))


# %% right: Woodbury's formula
def sigma_mu(signal, expected, responses, variance):
    weighted = responses / (expected + variance)
    inner = jnp.eye(len(responses)) + weighted @ responses.T
    b = weighted @ signal
    return jax.lax.rsqrt(jnp.sum(signal**2 / (expected + variance)) - b @ jnp.linalg.solve(inner, b))


# %% right: all parameters, those of the simulation too, and the element of mu
def sigma_mu(signal, expected, responses, variance):
    derivatives = jnp.vstack([signal, responses, jnp.diag(jnp.sqrt(variance))])
    constraints = jnp.ones(len(derivatives)).at[0].set(0.0)
    hessian = (derivatives / expected) @ derivatives.T + jnp.diag(constraints)
    return jnp.sqrt(jnp.linalg.inv(hessian)[0, 0])


# %% right: the Hessian of a likelihood by JAX
def sigma_mu(signal, expected, responses, variance):
    def nll(p):
        shift = p[0] * signal + p[1:] @ responses
        return 0.5 * jnp.sum(shift**2 / (expected + variance)) + 0.5 * jnp.sum(p[1:] ** 2)

    return jnp.sqrt(jnp.linalg.inv(jax.hessian(nll)(jnp.zeros(1 + len(responses))))[0, 0])


# %% right: a loop over the systematics, an array of one number
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance)
    for response in responses:
        G = G + jnp.outer(response, response)
    a = signal[:, None]
    return 1 / jnp.sqrt(a.T @ jnp.linalg.solve(G, a))


# %% right: vmap and a pseudo-inverse
def sigma_mu(signal, expected, responses, variance):
    G = jax.vmap(lambda r: jnp.outer(r, r))(responses).sum(0)
    G = G.at[jnp.diag_indices(len(signal))].add(expected + variance)
    return jnp.exp(-0.5 * jnp.log(signal @ jnp.linalg.pinv(G, rcond=1e-15) @ signal))


# %% right: dimensions in bins of relative size
def sigma_mu(signal, expected, responses, variance):
    scale = jnp.sqrt(expected + variance)
    R = responses / scale
    y = signal / scale
    return (y @ jnp.linalg.solve(jnp.eye(len(y)) + R.T @ R, y)) ** (-1 / 2)


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def sigma_mu(signal, expected, responses, variance):
    G = np.diag(expected + variance) + responses.T @ responses
    return 1 / np.sqrt(signal @ np.linalg.solve(G, signal))


# %% wrong: a Python float
# says: A Python float, int or shape is made from a JAX tracer
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses.T @ responses
    return float(1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal)))


# %% wrong: R R^T
# says: is a matrix of systematics
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses @ responses.T
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: the responses turned round in a product with themselves
# says: with `sigma_mu`, `G = jnp.diag(expected + variance) + responses * responses.T`
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses * responses.T
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: one number for each bin
# says: It returns one number for each bin
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses.T @ responses
    return 1 / jnp.sqrt(jnp.abs(signal * jnp.linalg.solve(G, signal)))


# %% wrong: the inverse matrix
# says: It returns a matrix of bins
def sigma_mu(signal, expected, responses, variance):
    return jnp.linalg.inv(jnp.diag(expected + variance) + responses.T @ responses)


# %% wrong: a diagonal in another spelling
# mistake: diagonal_alone
def sigma_mu(signal, expected, responses, variance):
    G = expected + variance + jnp.sum(responses**2, axis=0)
    return 1 / jnp.sqrt(jnp.sum(signal**2 / G))


# %% wrong: the curvature in mu alone
# mistake: systematics_forgotten
def sigma_mu(signal, expected, responses, variance):
    columns = jnp.vstack([signal, responses])
    hessian = columns / (expected + variance) @ columns.T + jnp.diag(jnp.r_[0.0, jnp.ones(len(responses))])
    return 1 / jnp.sqrt(hessian[0, 0])


# %% wrong: the covariance without a root
# mistake: sigma_squared
def sigma_mu(signal, expected, responses, variance):
    columns = jnp.vstack([signal, responses])
    hessian = columns / (expected + variance) @ columns.T + jnp.diag(jnp.r_[0.0, jnp.ones(len(responses))])
    return jnp.linalg.inv(hessian)[0, 0]


# %% wrong: vectors added to a matrix
# mistake: no_diagonal
def sigma_mu(signal, expected, responses, variance):
    G = expected[:, None] + variance[:, None] + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.inv(G) @ signal)


# %% wrong: the notebook's signal
# says: It reads `templates` of the notebook
def sigma_mu(signal, expected, responses, variance):
    signal = jnp.asarray(templates.nominal[0])[: len(expected)]
    signal = jnp.resize(signal, expected.shape)
    G = jnp.diag(expected + variance) + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: no gradient by the variance
# says: its gradient by `variance` is 0
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + jax.lax.stop_gradient(variance)) + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: single precision
# says: single precision
def sigma_mu(signal, expected, responses, variance):
    signal, expected, responses, variance = (x.astype(jnp.float32) for x in (signal, expected, responses, variance))
    G = jnp.diag(expected + variance) + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: nothing returned
# says: is the `return` missing?
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses.T @ responses
    1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: the nuisance parameters free
# says: The nuisance parameters float freely
def sigma_mu(signal, expected, responses, variance):
    columns = jnp.vstack([signal, responses])
    return jnp.sqrt(jnp.linalg.inv(columns / (expected + variance) @ columns.T)[0, 0])


# %% wrong: the responses' size, not their square
# says: Wrong is how R enters G
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance + jnp.abs(responses).sum(0))
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: the variance subtracted, the responses halved
# says: Wrong is how R and V enter G
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected - 0.1 * variance) + responses.T @ responses / 2
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))


# %% wrong: errors added instead of variances
# says: It is right with R or V alone
def sigma_mu(signal, expected, responses, variance):
    first = jnp.diag(expected + variance)
    second = jnp.diag(expected) + responses.T @ responses
    statistical = 1 / jnp.sqrt(signal @ jnp.linalg.solve(jnp.diag(expected), signal))
    parts = [1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal)) for G in (first, second)]
    return jnp.sqrt(parts[0] ** 2 + parts[1] ** 2 - statistical**2)


# %% wrong: the signal's root
# says: `jnp.sqrt` doesn't belong there
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(expected + variance) + responses.T @ responses
    return 1 / jnp.sqrt(jnp.sqrt(signal) @ jnp.linalg.solve(G, signal))


# %% wrong: at least one event against empty bins
# says: `jnp.maximum` doesn't belong there
def sigma_mu(signal, expected, responses, variance):
    G = jnp.diag(jnp.maximum(expected, 1.0) + variance) + responses.T @ responses
    return 1 / jnp.sqrt(signal @ jnp.linalg.solve(G, signal))
