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
    at_rest = jnp.abs(jax.grad(nll2)(x, data)).max() < 1e-5
    return x, nll2(x, data), at_rest & (jnp.linalg.eigvalsh(jax.hessian(nll2)(x, data)) > 0).all()


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
    minimum = jnp.isfinite(jnp.linalg.cholesky(jax.hessian(nll2)(x, data))).all()
    return x, nll2(x, data), minimum & (jnp.linalg.norm(jax.grad(nll2)(x, data)) < 1e-6)


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
    positive = jnp.linalg.eigvalsh(curvature(x, data))[0] > 0
    return x, nll2(x, data), positive & (jnp.linalg.norm(slope(x, data)) < 1e-5)


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
    distance = g @ jnp.linalg.solve(jax.hessian(nll2)(x, data), g)
    return [x, value, (jnp.abs(g).max() < 1e-4) & (distance >= 0) & (jnp.linalg.eigvalsh(jax.hessian(nll2)(x, data)).min() > 0)]


# %% right: 10,000 short steps along the slope, the last ones Newton's
def minimise(nll2, start, data):
    def along_the_slope(state):
        x, rate, i = state
        new = x - rate * jax.grad(nll2)(x, data)
        lower = nll2(new, data) < nll2(x, data)
        return jnp.where(lower, new, x), jnp.where(lower, 1.5 * rate, rate / 2), i + 1

    def unfinished(state):
        return (jnp.abs(jax.grad(nll2)(state[0], data)).max() > 1e-5) & (state[2] < 10_000)

    x, _, _ = jax.lax.while_loop(unfinished, along_the_slope, (start, 0.01, 0))
    x = x - jnp.linalg.solve(jax.hessian(nll2)(x, data), jax.grad(nll2)(x, data))
    at_rest = jnp.abs(jax.grad(nll2)(x, data)).max() < 1e-4
    return x, nll2(x, data), at_rest & (jnp.linalg.eigvalsh(jax.hessian(nll2)(x, data)).min() > 0)


# %% right: BFGS with halved steps, then a look at slope and curvature
def minimise(nll2, start, data):
    slope = jax.grad(nll2)

    def body(state):
        x, inverse, i = state
        g = slope(x, data)
        direction = -inverse @ g
        sizes = 0.5 ** jnp.arange(30)
        values = jax.vmap(lambda t: nll2(x + t * direction, data) + 1e-4 * t * jnp.abs(g @ direction))(sizes)
        size = sizes[jnp.argmax(values <= nll2(x, data))]
        s = jnp.where((values <= nll2(x, data)).any(), size * direction, 0.0)
        y = slope(x + s, data) - g
        rho, eye = 1 / (y @ s), jnp.eye(len(x))
        better = (eye - rho * jnp.outer(s, y)) @ inverse @ (eye - rho * jnp.outer(y, s)) + rho * jnp.outer(s, s)
        return x + s, jnp.where(y @ s > 1e-14, better, eye), i + 1

    def unfinished(state):
        return (jnp.linalg.norm(slope(state[0], data)) > 1e-7) & (state[2] < 300)

    x, _, _ = jax.lax.while_loop(unfinished, body, (start, jnp.eye(len(start)), 0))
    at_rest = jnp.linalg.norm(slope(x, data)) < 1e-5
    return x, nll2(x, data), at_rest & (jnp.linalg.eigvalsh(jax.hessian(nll2)(x, data)).min() > 0)


# %% wrong: plain Newton
# says: NaN or infinite where it ends
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
# says: For six bins with two nuisance parameters, it says converged
def minimise(nll2, start, data):
    x = start - jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(x, data), True


# %% wrong: uphill
# says: -2 ln L is 255.8 where it ends
def minimise(nll2, start, data):
    x = start + jnp.linalg.solve(jax.hessian(nll2)(start, data), jax.grad(nll2)(start, data))
    return x, nll2(x, data), False


# %% wrong: the curvature isn't looked at
# says: It says converged on a saddle
def minimise(nll2, start, data):
    x, value, _ = check.minimise.reference(nll2, start, data)
    return x, value, jnp.linalg.norm(jax.grad(nll2)(x, data)) < 1e-6


# %% wrong: a small slope is enough
# says: in the end with a slope of 0.005
def minimise(nll2, start, data):
    x, value, _ = check.minimise.reference(nll2, start, data)
    return x, value, jnp.linalg.norm(jax.grad(nll2)(x, data)) < 0.01


# %% wrong: JAX's BFGS, whose line search gives up
# says: For a start where the curvature is negative, it doesn't arrive. It stops on its way
def minimise(nll2, start, data):
    import jax.scipy.optimize

    found = jax.scipy.optimize.minimize(lambda x: nll2(x, data), start, method="BFGS")
    return found.x, found.fun, found.success


# %% wrong: steps along the slope, too long far away
# says: -2 ln L is 847.3 where it ends
def minimise(nll2, start, data):
    def body(i, x):
        g, h = jax.grad(nll2)(x, data), jax.hessian(nll2)(x, data)
        return x - jnp.linalg.solve(h + 1e-3 * jnp.eye(len(x)), g)

    x = jax.lax.fori_loop(0, 60, body, start)
    return x, nll2(x, data), jnp.linalg.norm(jax.grad(nll2)(x, data)) < 1e-6


# %% wrong: a loop without a limit
# says: goes on and on: stopped after 100,000 evaluations
def minimise(nll2, start, data):
    def body(state):
        x, damping = state
        h, v = jnp.linalg.eigh(jax.hessian(nll2)(x, data))
        new = x - v @ ((v.T @ jax.grad(nll2)(x, data)) / (jnp.maximum(jnp.abs(h), 1e-9) + damping))
        lower = nll2(new, data) <= nll2(x, data)
        return jnp.where(lower, new, x), jnp.where(lower, damping / 10, 10 * damping + 1e-3)

    x, _ = jax.lax.while_loop(lambda state: ~(jnp.linalg.norm(jax.grad(nll2)(state[0], data)) < 1e-7), body, (start, 0.0))
    return x, nll2(x, data), jnp.linalg.norm(jax.grad(nll2)(x, data)) < 1e-6


# %% wrong: the value of the step before
# says: isn't -2 ln L at the parameters that come back first
def minimise(nll2, start, data):
    f = lambda x: nll2(x, data)

    def body(state):
        x, _, damping, distance, i = state
        h, v = jnp.linalg.eigh(jax.hessian(f)(x))
        p = v.T @ jax.grad(f)(x)
        value, new = f(x), x - v @ (p / (jnp.abs(h) + damping))
        lower = f(new) <= value
        distance = jnp.where((h > 0).all(), jnp.sum(p**2 / h), jnp.inf)
        return jnp.where(lower, new, x), value, jnp.where(lower, damping / 10, damping * 10), distance, i + 1

    unfinished = lambda state: (state[3] > 1e-6) & (state[4] < 200)
    x, value, _, distance, _ = jax.lax.while_loop(unfinished, body, (start, f(start), 1e-2, jnp.inf, 0))
    return x, value, distance <= 1e-6


# %% wrong: too few steps
# says: it doesn't arrive. It stops on its way: begun again where it stopped, it arrives in the end. So there are too few
def minimise(nll2, start, data):
    f = lambda x: nll2(x, data)

    def body(_, state):
        x, damping = state
        h, v = jnp.linalg.eigh(jax.hessian(f)(x))
        new = x - v @ ((v.T @ jax.grad(f)(x)) / (jnp.abs(h) + damping))
        lower = f(new) <= f(x)
        return jnp.where(lower, new, x), jnp.where(lower, damping / 2, 2 * damping)

    x, _ = jax.lax.fori_loop(0, 3, body, (start, jnp.array(1.0)))
    at_rest = jnp.abs(jax.grad(f)(x)).max() < 1e-6
    return x, f(x), at_rest & (jnp.linalg.eigvalsh(jax.hessian(f)(x)) > 0).all()


# %% wrong: a step length that never grows again, and a flag that asks for finite numbers
# says: it says converged, but that isn't the minimum. It stops on its way
def minimise(nll2, start, data):
    f = lambda x: nll2(x, data)

    def body(state):
        x, length, distance, i = state
        h, v = jnp.linalg.eigh(jax.hessian(f)(x))
        p = v.T @ jax.grad(f)(x)
        new = x - length * v @ (p / jnp.abs(h))
        lower = f(new) <= f(x)
        distance = jnp.where((h > 0).all(), jnp.sum(p**2 / h), jnp.inf)
        return jnp.where(lower, new, x), jnp.where(lower, length, length / 2), distance, i + 1

    x, _, distance, _ = jax.lax.while_loop(lambda s: (s[2] > 1e-10) & (s[3] < 30), body, (start, 1.0, jnp.inf, 0))
    return x, f(x), jnp.isfinite(distance)


# %% right: LM factor 2, a hundred steps
def minimise(nll2, start, data):
    f = lambda x: nll2(x, data)

    def body(_, state):
        x, damping = state
        h, v = jnp.linalg.eigh(jax.hessian(f)(x))
        new = x - v @ ((v.T @ jax.grad(f)(x)) / (jnp.abs(h) + damping))
        lower = f(new) <= f(x)
        return jnp.where(lower, new, x), jnp.where(lower, damping / 2, 2 * damping)

    x, _ = jax.lax.fori_loop(0, 100, body, (start, jnp.array(1.0)))
    at_rest = jnp.abs(jax.grad(f)(x)).max() < 1e-6
    return x, f(x), at_rest & (jnp.linalg.eigvalsh(jax.hessian(f)(x)) > 0).all()


# %% wrong: the diagonal of the Hessian alone
# says: Use the whole Hessian.
def minimise(nll2, start, data):
    f = lambda p: nll2(p, data)
    look = lambda p: (jax.grad(f)(p), jnp.diag(jax.hessian(f)(p)))

    def advance(_, state):
        p, value, damping = state
        g, h = look(p)
        new = p - g / (jnp.abs(h) + damping)
        new_value = f(new)
        lower = new_value <= value
        p, value = jnp.where(lower, new, p), jnp.where(lower, new_value, value)
        return p, value, jnp.where(lower, damping / 10, damping * 10)

    p, value, _ = jax.lax.fori_loop(0, 100, advance, (jnp.asarray(start), f(start), 1e-3))
    g, h = look(p)
    return p, value, jnp.all(h > 0) & (jnp.sum(g**2 / h) < 1e-8)


# %% wrong: the lecture's step
# says: a Newton step that leads to where -2 ln L is NaN
def minimise(nll2, start, data):
    lengths = 0.5 ** jnp.arange(6)

    def newton_step(p):
        g = jax.grad(nll2)(p, data)
        h, V = jnp.linalg.eigh(jax.hessian(nll2)(p, data))
        s = -V @ (V.T @ g / jnp.abs(h))
        tried = p + lengths[:, None] * s
        values = jax.vmap(nll2, in_axes=(0, None))(tried, data)
        return tried[jnp.argmin(values)], -g @ s, h[0]

    def advance(state):
        p, _, _, n = state
        return *newton_step(p), n + 1

    p, edm, lowest, _ = jax.lax.while_loop(
        lambda c: (c[1] > 1e-12) & (c[3] < 100), advance,
        (jnp.asarray(start, float), jnp.inf, jnp.inf, 0))
    return p, nll2(p, data), (edm < 1e-10) & (lowest > 0)


# %% wrong: the diagonal of the Hessian is positive
# says: not its diagonal
def minimise(nll2, start, data):
    def look(p):
        H, g = jax.hessian(nll2)(p, data), jax.grad(nll2)(p, data)
        return jnp.diag(H), jnp.max(jnp.abs(jnp.linalg.solve(H, g)))

    def step(_, c):
        p, value, damping = c
        h, V = jnp.linalg.eigh(jax.hessian(nll2)(p, data))
        g = V.T @ jax.grad(nll2)(p, data)
        new = p - V @ (g / (jnp.abs(h) + damping))
        new_value = nll2(new, data)
        lower = new_value <= value
        return (jnp.where(lower, new, p), jnp.where(lower, new_value, value),
                jnp.clip(jnp.where(lower, damping / 10, damping * 8), 1e-12, 1e12))

    p = jnp.asarray(start, float)
    p, value, _ = jax.lax.fori_loop(0, 150, step, (p, nll2(p, data), jnp.asarray(1e-3)))
    diagonal, far = look(p)
    return p, value, jnp.all(diagonal > 0) & (far < 1e-5)


# %% wrong: a threshold that is met too early
# says: is its threshold met too early
def minimise(nll2, start, data):
    def look(p):
        h, V = jnp.linalg.eigh(jax.hessian(nll2)(p, data))
        g = V.T @ jax.grad(nll2)(p, data)
        edm = jnp.where(jnp.all(h > 0), jnp.sum(g**2 / h) / 2, jnp.inf)
        return h, V, g, edm + 0 * jnp.sum(g)

    def step(c):
        p, value, damping, _, n = c
        h, V, g, _ = look(p)
        new = p - V @ (g / (jnp.abs(h) + damping))
        new_value = nll2(new, data)
        lower = new_value <= value
        p = jnp.where(lower, new, p)
        return (p, jnp.where(lower, new_value, value),
                jnp.where(lower, damping / 10, damping * 10), look(p)[3], n + 1)

    p = jnp.asarray(start, float)
    p, value, _, edm, _ = jax.lax.while_loop(
        lambda c: (c[3] > 2e-3) & (c[4] < 100), step,
        (p, nll2(p, data), jnp.asarray(1.0), look(p)[3], 0))
    return p, value, edm < 2e-3
