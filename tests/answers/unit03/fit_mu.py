# %% wrong: a Python while
# says: It fails under jit. A Python `if`, `while`
def fit_mu(signal, background, counts, tolerance):
    mu, change, steps = 1.0, np.inf, 0
    while abs(change) > tolerance:
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        mu, steps = mu + change, steps + 1
    return mu, steps


# %% wrong: one step
# mistake: one_step
def fit_mu(signal, background, counts, tolerance):
    def nll2(mu):
        expected = mu * signal + background
        return 2 * jnp.sum(expected - counts * jnp.log(expected))

    return 1.0 - jax.grad(nll2)(1.0) / jax.grad(jax.grad(nll2))(1.0), 1


# %% wrong: a fixed number of steps
# says: It takes 20 steps whatever the tolerance
def fit_mu(signal, background, counts, tolerance):
    def newton(_, mu):
        expected = mu * signal + background
        return mu - jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    return jax.lax.fori_loop(0, 20, newton, 1.0), 20


# %% wrong: a scan that pretends to stop
# says: There is no `while` in its jaxpr
def fit_mu(signal, background, counts, tolerance):
    def newton(state, _):
        mu, change, steps = state
        expected = mu * signal + background
        new = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        active = abs(change) > tolerance
        return (mu + active * new, jnp.where(active, new, change), steps + active), None

    (mu, _, steps), _ = jax.lax.scan(newton, (jnp.array(1.0), jnp.array(jnp.inf), jnp.array(0)), None, length=30)
    return mu, steps


# %% wrong: a loop without end
# says: The loop hasn't come to its end
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        new = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + new, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: uphill
# says: It gives NaN or infinity
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: (abs(state[1]) > tolerance) & (state[2] < 500), newton, (1.0, jnp.inf, 0))
    return jnp.where(steps < 500, mu, jnp.nan), steps


# %% wrong: the tolerance is ignored
# says: than the tolerance that came in
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > 1e-10, newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: mu alone
# says: in this order
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change

    return jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf))[0]


# %% wrong: the carry has another form
# says: The carry of the loop changes its form
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        return mu - jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2), change

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: the condition returns nothing
# says: The condition of while_loop returns a single True or False
def fit_mu(signal, background, counts, tolerance):
    def go_on(state):
        abs(state[1]) > tolerance

    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(go_on, newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: the steps are counted twice
# says: what is counted?
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu, 3 + steps


# %% wrong: mu before the last step
# mistake: mu_before_the_last_step
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        _, mu, steps = state
        e = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / e)) / jnp.sum(counts * signal**2 / e**2)
        return mu, mu + change, steps + 1

    old, new, steps = jax.lax.while_loop(lambda s: jnp.abs(s[1] - s[0]) > tolerance, newton, (jnp.inf, 1.0, 0))
    return old, steps


# %% wrong: the curvature at the start, kept
# says: is each step the slope divided by the curvature
def fit_mu(signal, background, counts, tolerance):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / (signal + background)) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: the next step is asked for, and not made
# mistake: last_step_not_made
def fit_mu(signal, background, counts, tolerance):
    def change(mu):
        expected = mu * signal + background
        return -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    return jax.lax.while_loop(lambda state: abs(change(state[0])) > tolerance, lambda state: (state[0] + change(state[0]), state[1] + 1), (1.0, 0))


# %% wrong: one more step behind the loop, not counted
# says: doesn't end where Newton's method does
def fit_mu(signal, background, counts, tolerance):
    def change(mu):
        expected = mu * signal + background
        return -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    def newton(state):
        mu, _, steps = state
        return mu + change(mu), change(mu), steps + 1

    mu, _, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu + change(mu), steps


# %% right: the previous mu in the carry, steps counted down
@jax.jit
def fit_mu(signal, background, counts, tolerance):
    def nll2(mu):
        return -2 * jax.scipy.stats.poisson.logpmf(counts, mu * signal + background).sum()

    slope, curvature = jax.grad(nll2), jax.hessian(nll2)

    def body(state):
        old, new, left = state
        return new, new - slope(new) / curvature(new), left - 1

    _, mu, left = jax.lax.while_loop(
        lambda state: (jnp.abs(state[1] - state[0]) > tolerance) & (state[2] > 0), body, (jnp.array(-99.0), jnp.array(1.0), 100)
    )
    return mu, 100 - left


# %% right: a dictionary as state, logical or
def fit_mu(signal, background, counts, tolerance):
    def go_on(state):
        return jnp.logical_or(state["steps"] == 0, jnp.abs(state["change"]) > tolerance)

    def body(state):
        expected = state["mu"] * signal + background
        change = jnp.sum(signal * (counts / expected - 1)) / jnp.sum(counts * signal**2 / expected**2)
        return {"mu": state["mu"] + change, "change": change, "steps": state["steps"] + 1}

    end = jax.lax.while_loop(go_on, body, {"mu": jnp.asarray(1.0), "change": jnp.asarray(0.0), "steps": 0})
    return end["mu"], end["steps"]


# %% right: jvp of the slope
def fit_mu(signal, background, counts, tolerance):
    def slope(mu):
        return jnp.sum(signal - counts * signal / (mu * signal + background))

    def body(state):
        mu, _, steps = state
        g, h = jax.jvp(slope, (mu,), (jnp.ones_like(mu),))
        return mu - g / h, g / h, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda s: jnp.square(s[1]) > tolerance**2, body, (jnp.ones(()), jnp.full((), jnp.inf), jnp.zeros((), int)))
    return mu, steps


# %% right: the first step before the loop
def fit_mu(signal, background, counts, tolerance):
    def change(mu):
        expected = mu * signal + background
        return -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    def body(state):
        mu, step, number = state
        return mu + step, change(mu + step), number + 1

    mu, step, number = jax.lax.while_loop(lambda state: jnp.abs(state[1]) > tolerance, body, (1.0, change(1.0), 0))
    return mu + step, number + 1
