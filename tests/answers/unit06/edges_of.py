# %% right: by hand, the largest z taken away
def edges_of(z, narrowest):
    powers = jnp.exp(z - z.max())
    share = powers / powers.sum()
    return jnp.pad(jnp.cumsum(narrowest + share * (1 - z.size * narrowest)), (1, 0))


# %% right: a loop
def edges_of(z, narrowest):
    share, edges = jax.nn.softmax(z), [jnp.zeros(())]
    for s in share:
        edges.append(edges[-1] + narrowest + (1 - len(z) * narrowest) * s)
    return jnp.stack(edges)


# %% right: logsumexp, the last edge exactly 1
@jax.jit
def edges_of(z, narrowest):
    share = jnp.exp(z - jax.scipy.special.logsumexp(z))
    inner = jnp.cumsum(share)[:-1] * (1 - len(z) * narrowest) + narrowest * jnp.arange(1, len(z))
    return jnp.concatenate([jnp.array([0.0]), inner, jnp.array([1.0])])


# %% right: a triangular matrix
def edges_of(z, narrowest):
    n = z.shape[0]
    widths = narrowest + (1 - n * narrowest) * jax.nn.softmax(z)
    return jnp.tril(jnp.ones((n + 1, n)), -1) @ widths


# %% right: log_softmax, scan
def edges_of(z, narrowest):
    widths = narrowest + (1 - len(z) * narrowest) * jnp.exp(jax.nn.log_softmax(z))
    _, edges = jax.lax.scan(lambda edge, w: (edge + w, edge + w), 0.0, widths)
    return jnp.zeros(len(z) + 1).at[1:].set(edges)


# %% right: from the last edge down
def edges_of(z, narrowest):
    widths = narrowest + (1 - len(z) * narrowest) * jax.nn.softmax(z)
    return 1 - jnp.append(jnp.cumsum(widths[::-1])[::-1], 0.0)


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def edges_of(z, narrowest):
    powers = np.exp(z - np.max(z))
    return np.append(0.0, np.cumsum(narrowest + (1 - len(z) * narrowest) * powers / powers.sum()))


# %% wrong: a list of Python floats
# says: A Python float, int or shape is made from a JAX tracer
def edges_of(z, narrowest):
    edges = [0.0]
    for s in jax.nn.softmax(z):
        edges.append(edges[-1] + float(narrowest + (1 - len(z) * narrowest) * s))
    return jnp.array(edges)


# %% wrong: overflow, by hand
# mistake: overflow
def edges_of(z, narrowest):
    share = jnp.exp(z) / jnp.sum(jnp.exp(z))
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(narrowest + (1 - len(z) * narrowest) * share)])


# %% wrong: the number of bins typed in
# says: The room for least widths is that of 5 bins
def edges_of(z, narrowest):
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(narrowest + (1 - 5 * narrowest) * jax.nn.softmax(z))])


# %% wrong: the least width typed in
# says: `narrowest` has no say
def edges_of(z, narrowest):
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(0.01 + (1 - len(z) * 0.01) * jax.nn.softmax(z))])


# %% wrong: a running product
# says: The last edge isn't 1
def edges_of(z, narrowest):
    stick = jax.nn.sigmoid(z)
    left = jnp.cumprod(1 - stick)
    return jnp.append(0.0, 1 - left) * (1 - len(z) * narrowest) + narrowest * jnp.arange(len(z) + 1)


# %% wrong: a softmax of half of z
# says: `2` doesn't belong there
def edges_of(z, narrowest):
    return jnp.pad(jnp.cumsum(narrowest + (1 - len(z) * narrowest) * jax.nn.softmax(z / 2)), (1, 0))


# %% wrong: increasing, from the least width on
# says: `narrowest / 2` doesn't belong there
def edges_of(z, narrowest):
    return narrowest / 2 + jnp.pad(jnp.cumsum(narrowest + (1 - len(z) * narrowest) * jax.nn.softmax(z)), (1, 0))


# %% wrong: cut off by a maximum
# mistake: cut_off
def edges_of(z, narrowest):
    return jnp.pad(jnp.cumsum(jnp.maximum(jax.nn.softmax(z), narrowest)), (1, 0))


# %% wrong: stopped on the way
# says: its gradient by `z` is 0
def edges_of(z, narrowest):
    share = jax.lax.stop_gradient(jax.nn.softmax(z))
    return jnp.pad(jnp.cumsum(narrowest + (1 - len(z) * narrowest) * share), (1, 0))


# %% wrong: the floor taken away from all edges' sum
# mistake: one_floor_too_many
def edges_of(z, narrowest):
    edges = len(z) + 1
    return jnp.pad(jnp.cumsum(narrowest + (1 - edges * narrowest) * jax.nn.softmax(z)), (1, 0))


# %% right: the least width as a Python number
def edges_of(z, narrowest):
    narrowest = float(narrowest)
    widths = narrowest + (1 - len(z) * narrowest) * jax.nn.softmax(z)
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(widths)])


# %% wrong: the mean taken away instead of the largest
# mistake: mean_taken_away
def edges_of(z, narrowest):
    q = jnp.exp(z - z.mean())
    widths = narrowest + (1 - len(z) * narrowest) * q / q.sum()
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(widths)])
