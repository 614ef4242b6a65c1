# %% wrong: the loop
# says: still grows with the number of parameters
def nll2(theta, nominal, up, down, counts):
    return looped_nll2(theta, nominal, up, down, counts)


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def nll2(theta, nominal, up, down, counts):
    t = np.asarray(theta)[:, None]
    expected = nominal * np.prod(np.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * np.sum(expected - counts * np.log(expected)) + np.sum(theta**2)


# %% wrong: multiplied in pairs
# says: as when factors are multiplied in pairs
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jax.lax.associative_scan(jnp.multiply, jnp.where(t >= 0, up**t, down**-t))[-1]
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: the constraint as a squared norm
# says: there is a square root in it
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.linalg.norm(theta) ** 2


# %% wrong: logarithms of the first call's ratios
# says: `logarithms` keeps something from call to call
logarithms = {}


def nll2(theta, nominal, up, down, counts):
    ln_up, ln_down = logarithms.setdefault(up.shape, (jnp.log(up), jnp.log(down)))
    expected = nominal * jnp.exp(jnp.where(theta >= 0, theta, 0) @ ln_up - jnp.where(theta < 0, theta, 0) @ ln_down)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + theta @ theta


# %% wrong: while_loop
# says: jax.grad can't go backwards through a while_loop
def nll2(theta, nominal, up, down, counts):
    def body(state):
        k, expected = state
        return k + 1, expected * jnp.where(theta[k] >= 0, up[k] ** theta[k], down[k] ** -theta[k])

    _, expected = jax.lax.while_loop(lambda state: state[0] < len(theta), body, (0, nominal))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: the carry starts as a number
# says: Start the product with an array
def nll2(theta, nominal, up, down, counts):
    def body(product, one):
        t, u, d = one
        return product * jnp.where(t >= 0, u**t, d**-t), None

    product, _ = jax.lax.scan(body, 1.0, (theta, up, down))
    return 2 * jnp.sum(nominal * product - counts * jnp.log(nominal * product)) + jnp.sum(theta**2)


# %% wrong: the body returns the carry alone
# says: The body of lax.scan returns two things
def nll2(theta, nominal, up, down, counts):
    def body(expected, one):
        t, u, d = one
        return expected * jnp.where(t >= 0, u**t, d**-t)

    expected, _ = jax.lax.scan(body, nominal, (theta, up, down))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: the product along the bins
# says: `1` stands where something else belongs
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=1)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: the gradient is cut off
# says: its gradient with respect to theta isn't
def nll2(theta, nominal, up, down, counts):
    t = jax.lax.stop_gradient(theta)[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: data of the notebook
# says: It reads `nominal`
def nll2(theta, start, up, down, counts):
    t = theta[:, None]
    expected = nominal[: up.shape[1]] * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)


# %% wrong: nominal in place of counts
# says: Other counts change nothing
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t >= 0, up**t, down**-t), axis=0)
    return 2 * jnp.sum(expected - nominal * jnp.log(expected)) + jnp.sum(theta**2)


# %% right: in logarithms, with the constant of the Poisson terms
def nll2(theta, nominal, up, down, counts):
    exponent = jnp.maximum(theta, 0) @ jnp.log(up) + jnp.maximum(-theta, 0) @ jnp.log(down)
    return -2 * jnp.sum(jax.scipy.stats.poisson.logpmf(counts, nominal * jnp.exp(exponent))) + theta @ theta


# %% right: fori_loop
def nll2(theta, nominal, up, down, counts):
    def body(k, state):
        expected, constraint = state
        factor = jnp.where(theta[k] >= 0, up[k] ** theta[k], down[k] ** -theta[k])
        return expected * factor, constraint + theta[k] ** 2

    expected, constraint = jax.lax.fori_loop(0, len(theta), body, (nominal, 0.0))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + constraint


# %% right: scan with cond
def nll2(theta, nominal, up, down, counts):
    def body(carry, one):
        expected, constraint = carry
        t, u, d = one
        factor = jax.lax.cond(t >= 0, lambda: u**t, lambda: d**-t)
        return (expected * factor, constraint + t**2), None

    (expected, constraint), _ = jax.lax.scan(body, (nominal, jnp.zeros(())), (theta, up, down))
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + constraint


# %% right: mapped over bins, too, and compiled
@jax.jit
def nll2(theta, nominal, up, down, counts):
    def one_bin(nominal, up, down, count):
        expected = nominal * jnp.prod(jnp.where(theta >= 0, up**theta, down ** (-theta)))
        return expected - count * jnp.log(expected)

    return 2 * jax.vmap(one_bin, (0, 1, 1, 0))(nominal, up, down, counts).sum() + jnp.sum(theta**2)


# %% right: normalised Gaussians, a constant more
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.cumprod(jnp.where(t >= 0, up, down) ** abs(t), axis=0)[-1]
    poisson = jnp.sum(expected - counts * jnp.log(expected))
    return 2 * poisson - 2 * jax.scipy.stats.norm.logpdf(theta).sum()


# %% wrong: one power for both sides, its slope at 0 of neither
# says: not its slope at theta = 0
def nll2(theta, nominal, up, down, counts):
    t = theta[:, None]
    expected = nominal * jnp.prod(jnp.where(t > 0, up, down) ** abs(t), axis=0)
    return 2 * jnp.sum(expected - counts * jnp.log(expected)) + jnp.sum(theta**2)
