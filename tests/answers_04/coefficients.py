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
# says: powers come in the wrong order
def coefficients(up, down):
    n = np.arange(6, 0, -1)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: the constant included
# says: There are seven
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    a = np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)
    return np.concatenate([np.ones_like(a[:1]), a])


# %% wrong: coefficients along the last axis
# says: run along the last axis
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.stack([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2], axis=-1) @ np.linalg.inv(A).T


# %% wrong: the polynomial's 1 forgotten on the right-hand side
# says: has its 1 counted twice
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up, down, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: slope of the lower exponential
# says: The slope at theta = -1 has the wrong sign
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: curvature of the lower exponential
# says: The curvature at theta = -1 has the wrong sign
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, -down * ld**2]), axes=1)


# %% wrong: derivatives without the function
# says: The derivatives lack the function itself
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, lu, -ld, lu**2, ld**2]), axes=1)


# %% wrong: second derivative with one logarithm
# says: one logarithm each
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu, down * ld]), axes=1)


# %% wrong: matrix transposed
# says: The system is transposed
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A.T), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: sign of the powers not differentiated
# says: one power is lost in each derivative
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, n * s, n * (n - 1), -n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: parabola
# says: This parabola meets both values
def coefficients(up, down):
    a = np.zeros((6, *np.shape(up)))
    a[0], a[1] = (up - down) / 2, (up + down) / 2 - 1
    return a


# %% wrong: solve without flattening
# says: np.linalg.solve wants
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.linalg.solve(A, np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]))


# %% wrong: one logarithm at +1
# says: The second derivative at +1 has one logarithm only
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu, down * ld**2]), axes=1)


# %% wrong: slopes repeated
# says: repeat the slopes
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu, -down * ld]), axes=1)


# %% wrong: n squared
# says: a factor n^2 stands
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n**2, n**2 * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: log10
# says: log10 where ln belongs
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log10(up), np.log10(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: up and down exchanged
# says: Up and down have changed places
def coefficients(down, up):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)


# %% wrong: the lecture's order
# says: This is the order in the lecture
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, -n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    a = np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)
    return np.concatenate([a[::-1], np.ones((1, *np.shape(up)))])


# %% wrong: the row of the matrix
# says: n theta^(n-1) is positive there for odd n
def coefficients(up, down):
    n = np.arange(1, 7)
    s = (-1.0) ** n
    A = np.array([np.ones(6), s, n, n * s, n * (n - 1), n * (n - 1) * s])
    lu, ld = np.log(up), np.log(down)
    return np.tensordot(np.linalg.inv(A), np.array([up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]), axes=1)
