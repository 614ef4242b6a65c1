# %% wrong: NumPy, with masks
# says: NumPy meets a JAX tracer
def interpolate(theta, coefficients, up, down):
    t = np.broadcast_to(np.asarray(theta)[:, None], np.shape(up))
    f = np.ones(np.shape(up))
    for n in range(6):
        f += coefficients[n] * t ** (n + 1)
    f[t > 1] = (np.asarray(up) ** t)[t > 1]
    f[t < -1] = (np.asarray(down) ** -t)[t < -1]
    return f


# %% right: exponentials through logarithms, polynomial by einsum
def interpolate(theta, coefficients, up, down):
    t = jnp.asarray(theta)
    powers = jnp.stack([jnp.clip(t, -1, 1) ** n for n in range(1, 7)])
    inside = 1 + jnp.einsum("npkb,nk->pkb", coefficients, powers)
    t = t[:, None]
    outside = jnp.exp(abs(t) * jnp.log(jnp.where(t > 0, up, down)))
    return jnp.where(abs(t) < 1, inside, outside)


# %% right: one systematic at a time with vmap
def interpolate(theta, coefficients, up, down):
    def one(t, a, u, d):
        x = jnp.clip(t, -1, 1)
        inside = 1 + x * (a[0] + x * (a[1] + x * (a[2] + x * (a[3] + x * (a[4] + x * a[5])))))
        return jnp.select([t > 1, t < -1], [u**t, d**-t], inside)

    return jax.vmap(one, in_axes=(0, 2, 1, 1), out_axes=1)(theta, coefficients, up, down)


# %% wrong: a Python loop over systematics that decides on each theta
# says: decides on a JAX tracer
def interpolate(theta, coefficients, up, down):
    rows = []
    for k, t in enumerate(theta):
        if t > 1:
            rows.append(up[:, k] ** t)
        elif t < -1:
            rows.append(1 / down[:, k] ** t)
        else:
            rows.append(1 + sum(coefficients[n][:, k] * t ** (n + 1) for n in range(6)))
    return np.stack(rows, axis=1)


# %% wrong: coefficients in the order of polyval
# mistake: order_of_polyval
def interpolate(theta, coefficients, up, down):
    t = theta[:, None]
    inside = t * jnp.polyval(coefficients, t) + 1
    return jnp.where(t > 1, up**t, jnp.where(t < -1, down ** (-t), inside))


# %% wrong: an array of powers, without a second derivative at 0
# says: the second derivative is NaN or infinite for theta between -1 and 1
def interpolate(theta, coefficients, up, down):
    t = jnp.asarray(theta)[:, None]
    powers = jnp.clip(t, -1, 1)[..., None] ** jnp.arange(1, 7)
    inside = 1 + jnp.einsum("cpkb,kxc->pkb", jnp.asarray(coefficients), powers)
    return jnp.where(t > 1, up ** jnp.maximum(t, 1), jnp.where(t < -1, down ** jnp.maximum(-t, 1), inside))


# %% wrong: an if on an array
# says: It stops with ValueError
def interpolate(theta, coefficients, up, down):
    t = theta[:, None]
    if t > 1:
        return up**t
    if t < -1:
        return down ** (-t)
    return 1 + sum(a * t**n for n, a in enumerate(coefficients, start=1))


# %% right: jnp.piecewise-like selection without clipping
def interpolate(theta, coefficients, up, down):
    t = theta[:, None]
    powers = jnp.cumprod(jnp.broadcast_to(t, (6, 1, t.size, 1)), axis=0)
    polynomial = 1 + jnp.tensordot(jnp.ones(6), coefficients * powers, axes=1)
    return jnp.select([t >= 1, t <= -1], [jnp.exp(t * jnp.log(up)), jnp.exp(-t * jnp.log(down))], polynomial)


# %% right: Horner in a loop
def interpolate(theta, coefficients, up, down):
    t = jnp.asarray(theta)[None, :, None]
    x = jnp.clip(t, -1, 1)
    f = jnp.zeros_like(up)
    for a in coefficients[::-1]:
        f = (f + a) * x
    return jnp.where(t > 1, up**t, jnp.where(t < -1, down**-t, 1 + f))
