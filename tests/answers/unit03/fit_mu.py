# %% wrong: a Python while
# says: A Python `while` decides on a JAX tracer
def fit_mu(signal, background, counts, tolerance, max_steps):
    mu, change, steps = 1.0, np.inf, 0
    while abs(change) > tolerance and steps < max_steps:
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        mu, steps = mu + change, steps + 1
    return mu, steps, abs(change) <= tolerance


# %% wrong: no limit
# says: The loop still runs after 100 turns, for data with so few events
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda state: abs(state[1]) > tolerance, newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: five steps, whatever the limit
# says: It stops after 5 steps where 6 are needed and max_steps is 50.
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < 5), newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: sixty steps, whatever the limit
# says: With max_steps = 3 it makes 6 steps.
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < 60), newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: mu and steps alone
# says: It returns 2 things; return 3
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, _, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu, steps


# %% wrong: a fixed number of steps
# says: for data near mu = 1, where Newton's method converges in 4 steps
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(_, state):
        mu, change = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change

    mu, change = jax.lax.fori_loop(0, max_steps, newton, (1.0, jnp.inf))
    return mu, max_steps, abs(change) <= tolerance


# %% wrong: a scan that pretends to stop
# says: There is no `while` in its jaxpr
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state, _):
        mu, change, steps = state
        expected = mu * signal + background
        new = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        active = (abs(change) > tolerance) & (steps < max_steps)
        return (mu + active * jnp.where(active, new, 0), jnp.where(active, new, change), steps + active), None

    (mu, change, steps), _ = jax.lax.scan(newton, (jnp.array(1.0), jnp.array(jnp.inf), jnp.array(0)), None, length=50)
    return mu, steps, abs(change) <= tolerance


# %% wrong: the tolerance is ignored
# says: than the tolerance that came in
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > 1e-12) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: the spectra of the notebook, under another name
# says: It reads `my_signal` and `my_background` of the notebook
my_signal, my_background = signal, background


def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * my_signal + my_background
        change = -jnp.sum(my_signal * (1 - counts / expected)) / jnp.sum(counts * (my_signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: the carry has another form
# says: The carry of the loop changes its form
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        return mu - jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2), change

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: Python's and in the condition
# says: A Python `if`, `while`, `and` or `or` decides on a JAX tracer
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    go_on = lambda state: abs(state[1]) > tolerance and state[2] < max_steps
    mu, change, steps = jax.lax.while_loop(go_on, newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: the condition returns nothing
# says: The condition of while_loop returns a single True or False
def fit_mu(signal, background, counts, tolerance, max_steps):
    def go_on(state):
        (abs(state[1]) > tolerance) & (state[2] < max_steps)

    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(go_on, newton, (1.0, jnp.inf, 0))
    return mu, steps, abs(change) <= tolerance


# %% wrong: the steps are counted twice
# says: what is counted, and
def fit_mu(signal, background, counts, tolerance, max_steps):
    def newton(state):
        mu, change, steps = state
        expected = mu * signal + background
        change = -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)
        return mu + change, change, steps + 1

    mu, change, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu, 2 * steps - 3, abs(change) <= tolerance


# %% wrong: one more step behind the loop, not counted
# says: doesn't end where Newton's method does
def fit_mu(signal, background, counts, tolerance, max_steps):
    def change(mu):
        expected = mu * signal + background
        return -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    def newton(state):
        mu, _, steps = state
        return mu + change(mu), change(mu), steps + 1

    mu, last, steps = jax.lax.while_loop(lambda s: (abs(s[1]) > tolerance) & (s[2] < max_steps), newton, (1.0, jnp.inf, 0))
    return mu + change(mu), steps, abs(last) <= tolerance


# %% right: the previous mu in the carry, steps counted down
@jax.jit
def fit_mu(signal, background, counts, tolerance, max_steps):
    def nll2(mu):
        return -2 * jax.scipy.stats.poisson.logpmf(counts, mu * signal + background).sum()

    slope, curvature = jax.grad(nll2), jax.hessian(nll2)

    def body(state):
        old, new, left = state
        return new, new - slope(new) / curvature(new), left - 1

    old, mu, left = jax.lax.while_loop(
        lambda state: (jnp.abs(state[1] - state[0]) > tolerance) & (state[2] > 0), body, (jnp.array(-99.0), jnp.array(1.0), max_steps)
    )
    return mu, max_steps - left, jnp.abs(mu - old) <= tolerance


# %% right: a dictionary as state, logical or
def fit_mu(signal, background, counts, tolerance, max_steps):
    def go_on(state):
        far = jnp.logical_or(state["steps"] == 0, jnp.abs(state["change"]) > tolerance)
        return jnp.logical_and(far, state["steps"] < max_steps)

    def body(state):
        expected = state["mu"] * signal + background
        change = jnp.sum(signal * (counts / expected - 1)) / jnp.sum(counts * signal**2 / expected**2)
        return {"mu": state["mu"] + change, "change": change, "steps": state["steps"] + 1}

    end = jax.lax.while_loop(go_on, body, {"mu": jnp.asarray(1.0), "change": jnp.asarray(0.0), "steps": 0})
    return end["mu"], end["steps"], jnp.abs(end["change"]) <= tolerance


# %% right: jvp of the slope, the truth in the carry, on to the limit where it is NaN
def fit_mu(signal, background, counts, tolerance, max_steps):
    def slope(mu):
        return jnp.sum(signal - counts * signal / (mu * signal + background))

    def body(state):
        mu, _, steps = state
        g, h = jax.jvp(slope, (mu,), (jnp.ones_like(mu),))
        return mu - g / h, jnp.square(g / h) <= tolerance**2, steps + 1

    start = jnp.ones(()), jnp.array(False), jnp.zeros((), int)
    mu, done, steps = jax.lax.while_loop(lambda s: ~s[1] & (s[2] < max_steps), body, start)
    return mu, steps, done


# %% right: the first step before the loop
def fit_mu(signal, background, counts, tolerance, max_steps):
    def change(mu):
        expected = mu * signal + background
        return -jnp.sum(signal * (1 - counts / expected)) / jnp.sum(counts * (signal / expected) ** 2)

    def body(state):
        mu, step, number = state
        return mu + step, change(mu + step), number + 1

    mu, step, number = jax.lax.while_loop(lambda s: (jnp.abs(s[1]) > tolerance) & (s[2] < max_steps - 1), body, (1.0, change(1.0), 0))
    return mu + step, number + 1, jnp.abs(step) <= tolerance
