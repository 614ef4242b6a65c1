# %% right: solve with the other axes flattened
def coefficients(up, down):
    shape = np.shape(up)
    up, down = np.ravel(up), np.ravel(down)
    n = np.arange(1, 7)
    A = np.concatenate([[x**n, n * x ** (n - 1), n * (n - 1) * x ** np.maximum(n - 2, 0)] for x in (1.0, -1.0)])
    lu, ld = np.log(up), np.log(down)
    return np.linalg.solve(A, [up - 1, up * lu, up * lu**2, down - 1, -down * ld, down * ld**2]).reshape(6, *shape)


# %% right: derivatives of the exponentials by JAX
def coefficients(up, down):
    up, down = jnp.asarray(up), jnp.asarray(down)
    n = jnp.arange(1, 7)
    power = lambda x: x**n
    first, second = jax.jacfwd(power), jax.jacfwd(jax.jacfwd(power))
    A = jnp.stack([f(x) for f in (power, first, second) for x in (1.0, -1.0)])
    above, below = lambda t: up**t, lambda t: down ** (-t)
    b = [above(1.0) - 1, below(-1.0) - 1]
    b += [jax.jacfwd(above)(1.0), jax.jacfwd(below)(-1.0), jax.jacfwd(jax.jacfwd(above))(1.0), jax.jacfwd(jax.jacfwd(below))(-1.0)]
    return jnp.einsum("ij,j...->i...", jnp.linalg.inv(A), jnp.stack(b))


# %% right: closed formulas of HistFactory
def coefficients(up, down):
    lu, ld = np.log(up), np.log(down)
    S0, A0 = (up + down) / 2, (up - down) / 2
    S1, A1 = (up * lu - down * ld) / 2, (up * lu + down * ld) / 2
    S2, A2 = (up * lu**2 + down * ld**2) / 2, (up * lu**2 - down * ld**2) / 2
    a1 = (15 * A0 - 7 * S1 + A2) / 8
    a2 = (-24 + 24 * S0 - 9 * A1 + S2) / 8
    a3 = (-5 * A0 + 5 * S1 - A2) / 4
    a4 = (12 - 12 * S0 + 7 * A1 - S2) / 4
    a5 = (3 * A0 - 3 * S1 + A2) / 8
    a6 = (-8 + 8 * S0 - 5 * A1 + S2) / 8
    return [a1, a2, a3, a4, a5, a6]


# %% right: element by element
def coefficients(up, down):
    up, down = np.asarray(up, float), np.asarray(down, float)
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    result = np.zeros((6,) + up.shape)
    for index in np.ndindex(*up.shape):
        u, d = up[index], down[index]
        result[(slice(None), *index)] = np.linalg.solve(
            A, [u - 1, d - 1, u * np.log(u), -d * np.log(d), u * np.log(u) ** 2, d * np.log(d) ** 2]
        )
    return result


# %% wrong: highest power first
# mistake: highest_power_first
def coefficients(up, down):
    n = np.arange(6, 0, -1)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: solve without flattening
# says: np.linalg.solve wants
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.linalg.solve(A, np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]))


# %% wrong: the row of the matrix
# mistake: sign_of_the_lower_slope
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)
