# %% right: Newton with halved steps and eigenvalues in absolute value
def minimise(nll2, start, data):
    def direction(x):
        h, v = jnp.linalg.eigh(jax.hessian(nll2)(x, data))
        return -v @ ((v.T @ jax.grad(nll2)(x, data)) / jnp.maximum(jnp.abs(h), 1e-6))

    def body(state):
        x, step, i = state
        sizes = 0.5 ** jnp.arange(20)
        values = jax.vmap(lambda t: nll2(x + t * step, data))(sizes)
        best = jnp.nanargmin(jnp.where(jnp.isfinite(values), values, 1e300))
        new = jnp.where(values[best] < nll2(x, data), x + sizes[best] * step, x)
        return new, direction(new), i + 1

    x, step, _ = jax.lax.while_loop(lambda s: (jnp.abs(s[1]).max() > 1e-7) & (s[2] < 60), body, (start, direction(start), 0))
    return x, nll2(x, data), jnp.abs(jax.grad(nll2)(x, data)).max() < 1e-5


# %% right: a fixed number of damped steps

def minimise(nll2, start, data):
    def body(state, _):
        x, lam = state
        g, H = jax.grad(nll2)(x, data), jax.hessian(nll2)(x, data)
        floor = jnp.maximum(0.0, -jnp.linalg.eigvalsh(H)[0]) * 1.5
        new = x - jnp.linalg.solve(H + (lam + floor) * jnp.eye(len(x)), g)
        good = nll2(new, data) <= nll2(x, data)
        return (jnp.where(good, new, x), jnp.where(good, lam * 0.2, lam * 5 + 1e-6)), None

    (x, _), _ = jax.lax.scan(body, (start, jnp.array(0.1)), None, length=80)
    return x, nll2(x, data), jnp.linalg.norm(jax.grad(nll2)(x, data)) < 1e-6


# %% right: Levenberg's damping and a test of the gradient
def minimise(nll2, start, data):
    slope, curvature = jax.grad(nll2), jax.hessian(nll2)

    def downhill(state):
        x, damping, turn = state
        h = curvature(x, data)
        lowest = jnp.linalg.eigvalsh(h)[0]
        step = jnp.linalg.solve(h + (damping + jnp.maximum(0.0, 1e-3 - lowest)) * jnp.eye(x.size), slope(x, data))
        better = nll2(x - step, data) <= nll2(x, data)
        return jnp.where(better, x - step, x), jnp.where(better, damping / 10, 10 * damping + 1e-3), turn + 1

    def unfinished(state):
        return (jnp.linalg.norm(slope(state[0], data)) > 1e-7) & (state[2] < 200)

    x, _, _ = jax.lax.while_loop(unfinished, downhill, (start, jnp.asarray(1.0), 0))
    return x, nll2(x, data), jnp.linalg.norm(slope(x, data)) < 1e-5


# %% right: results in a list, the value from value_and_grad
def minimise(nll2, start, data):
    both = jax.value_and_grad(nll2)

    def body(i, x):
        value, g = both(x, data)
        w, v = jnp.linalg.eigh(jax.hessian(nll2)(x, data))
        step = v @ ((v.T @ g) / jnp.maximum(jnp.abs(w), 1e-3))
        trials = jax.vmap(lambda k: x - 0.5**k * step)(jnp.arange(25))
        values = jax.vmap(lambda p: nll2(p, data))(trials)
        values = jnp.where(jnp.isfinite(values), values, jnp.inf)
        return jnp.where(values.min() < value, trials[jnp.argmin(values)], x)

    x = jax.lax.fori_loop(0, 60, body, start)
    value, g = both(x, data)
    return [x, value, jnp.abs(g).max() < 1e-4]


# %% wrong: plain Newton
# says: plain Newton steps grow and grow
def minimise(nll2, start, data):
    def body(_, x):
        return x - jnp.linalg.solve(jax.hessian(nll2)(x, data), jax.grad(nll2)(x, data))

    x = jax.lax.fori_loop(0, 30, body, start)
    return x, nll2(x, data), jnp.abs(jax.grad(nll2)(x, data)).max() < 1e-6


# %% wrong: nothing
# says: no step is made
def minimise(nll2, start, data):
    return start, nll2(start, data), True


# %% wrong: a Python while
# says: looks at a tracer, which has no value
def minimise(nll2, start, data):
    x = start
    while jnp.abs(jax.grad(nll2)(x, data)).max() > 1e-8:
        x = x - jnp.linalg.solve(jax.hessian(nll2)(x, data), jax.grad(nll2)(x, data))
    return x, nll2(x, data), True


# %% wrong: the value at the start
# says: value at the start
def minimise(nll2, start, data):
    x = start - jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(start, data), True


# %% wrong: no flag
# says: return 3
def minimise(nll2, start, data):
    x = start - jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(x, data)


# %% wrong: one step
# says: that isn't the minimum
def minimise(nll2, start, data):
    x = start - jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(x, data), True


# %% wrong: uphill
# says: enough steps?
def minimise(nll2, start, data):
    x = start + jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(x, data), False
