# %% right: one draw for all toys
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jax.random.poisson(a, yields, (size, len(yields))), centres + jax.random.normal(b, (size, len(centres)))


# %% right: a key for every toy
def draw(key, yields, centres, size):
    def one(key):
        a, b = jax.random.split(key)
        return jax.random.poisson(a, yields).astype(float), centres + jax.random.normal(b, centres.shape)

    return jax.vmap(one)(jax.random.split(key, size))


# %% right: lax.map with fold_in
def draw(key, yields, centres, size):
    def one(i):
        a, b = jax.random.split(jax.random.fold_in(key, i), 2)
        return jax.random.poisson(a, yields, yields.shape), jax.random.normal(b, centres.shape) + centres

    return jax.lax.map(one, jnp.arange(size))


# %% right: jit, multivariate normal
def draw(key, yields, centres, size):
    keys = jax.random.split(key)
    measured = jax.random.multivariate_normal(keys[1], centres, jnp.eye(len(centres)), (size,))
    return jax.random.poisson(keys[0], yields[None], (size, yields.size)), measured


# %% wrong: one key for both
# says: each needs a key of its own
def draw(key, yields, centres, size):
    return jax.random.poisson(key, yields, (size, len(yields))), centres + jax.random.normal(key, (size, len(centres)))


# %% wrong: the same toy
# says: the same toy is repeated
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jnp.tile(jax.random.poisson(a, yields), (size, 1)), centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: measurements at 0
# says: are all 0, as in the fit to data
def draw(key, yields, centres, size):
    return jax.random.poisson(key, yields, (size, len(yields))), jnp.zeros((size, len(centres)))


# %% wrong: measurements at the centres
# says: sit exactly at the centres
def draw(key, yields, centres, size):
    return jax.random.poisson(key, yields, (size, len(yields))), jnp.tile(centres, (size, 1))


# %% wrong: around 0
# says: scatter around 0
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jax.random.poisson(a, yields, (size, len(yields))), jax.random.normal(b, (size, len(centres)))


# %% wrong: Gaussian counts
# says: aren't whole numbers
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    counts = yields + jnp.sqrt(yields) * jax.random.normal(a, (size, len(yields)))
    return counts, centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: axis
# says: along the wrong axis
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jax.random.poisson(a, yields, (size, len(yields))).T, centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: NumPy
# says: NumPy's hidden random state
def draw(key, yields, centres, size):
    return np.random.poisson(yields, (size, len(yields))), np.random.normal(centres, 1, (size, len(centres)))


# %% wrong: scaled
# says: are they scaled?
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return 2 * jax.random.poisson(a, yields, (size, len(yields))), centres + jax.random.normal(b, (size, len(centres)))


# %% right: batches of 8 toys, compiled
def draw(key, yields, centres, size):
    @jax.jit
    def batch(i):
        a, b = jax.random.split(jax.random.fold_in(key, i))
        return jax.random.poisson(a, yields, (8, len(yields))), centres + jax.random.normal(b, (8, len(centres)))

    counts, measured = jax.lax.map(batch, jnp.arange(-(-size // 8)))
    return counts.reshape(-1, len(yields))[:size], measured.reshape(-1, len(centres))[:size]


# %% wrong: a Python loop over the toys
# says: one by one in a Python loop
def draw(key, yields, centres, size):
    toys = []
    for k in jax.random.split(key, size):
        a, b = jax.random.split(k)
        toys.append((jax.random.poisson(a, yields), centres + jax.random.normal(b, centres.shape)))
    counts, measured = zip(*toys)
    return jnp.stack(counts), jnp.stack(measured)


# %% wrong: a loop over numbers, each made a Python float
# says: is made from a JAX tracer
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    counts = [[float(jax.random.poisson(k, y)) for k, y in zip(jax.random.split(one, len(yields)), yields)] for one in jax.random.split(a, size)]
    return jnp.array(counts), centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: NumPy inside vmap
# says: NumPy meets an array that has no values yet
def draw(key, yields, centres, size):
    def one(key):
        rng = np.random.default_rng(1)
        return rng.poisson(yields * jnp.exp(0 * jax.random.uniform(key))), centres + jax.random.normal(key, centres.shape)

    return jax.vmap(one)(jax.random.split(key, size))


# %% wrong: a shape that is a number
# says: It stops with ValueError in line 4 of the cell with `draw`
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jax.random.poisson(a, yields, (size,)), centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: neighbours share a key
# says: A key serves twice, for poisson and normal
def draw(key, yields, centres, size):
    def one(i):
        counts = jax.random.poisson(jax.random.fold_in(key, i), yields)
        return counts, centres + jax.random.normal(jax.random.fold_in(key, i + 1), centres.shape)

    return jax.vmap(one)(jnp.arange(size))


# %% wrong: a key that was drawn from makes the next
# says: A key that poisson draws from makes a new key as well, by fold_in
def draw(key, yields, centres, size):
    def one(key):
        measured = jax.random.normal(jax.random.fold_in(key, 0), centres.shape)
        return jax.random.poisson(key, yields), centres + measured

    return jax.vmap(one)(jax.random.split(key, size))


# %% wrong: only a few toys, again and again
# says: Of 4000 toys only 256 are different
def draw(key, yields, centres, size):
    def one(i):
        a, b = jax.random.split(jax.random.fold_in(key, i % 256))
        return jax.random.poisson(a, yields), centres + jax.random.normal(b, centres.shape)

    return jax.vmap(one)(jnp.arange(size))


# %% wrong: yields that fluctuate before the counts do
# says: with twice the variance of a Poisson distribution
def draw(key, yields, centres, size):
    a, b, c = jax.random.split(key, 3)
    smeared = jnp.maximum(yields + jnp.sqrt(yields) * jax.random.normal(c, (size, len(yields))), 0.0)
    return jax.random.poisson(a, smeared), centres + jax.random.normal(b, (size, len(centres)))


# %% wrong: the truth drawn, and then its measurement
# says: that of two draws of width 1 added up
def draw(key, yields, centres, size):
    a, b, c = jax.random.split(key, 3)
    true = centres + jax.random.normal(c, (size, len(centres)))
    return jax.random.poisson(a, yields, (size, len(yields))), true + jax.random.normal(b, true.shape)


# %% wrong: sizes typed in
# says: yields, (size, 10)), centres
def draw(key, yields, centres, size):
    a, b = jax.random.split(key)
    return jax.random.poisson(a, yields, (size, 10)), centres + jax.random.normal(b, (size, 6))


# %% wrong: antithetic toys
# says: Half of the toys are made from the other half
def draw(key, yields, centres, size):
    key_n, key_a = jax.random.split(key)
    counts = jax.random.poisson(key_n, yields, (size, len(yields)))
    half = jax.random.normal(key_a, ((size + 1) // 2, len(centres)))
    noise = jnp.concatenate([half, -half])[:size]
    return counts, centres + noise


# %% wrong: a fixed total
# says: The total of a toy hardly fluctuates
def draw(key, yields, centres, size):
    k1, k2 = jax.random.split(key)
    yields = jnp.asarray(yields)
    total = yields.sum()
    counts = jax.vmap(lambda key: jax.random.multinomial(key, jnp.round(total), yields / total))(jax.random.split(k1, size))
    return counts, centres + jax.random.normal(k2, (size, len(centres)))
