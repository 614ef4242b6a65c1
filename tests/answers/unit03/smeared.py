# %% wrong: still NumPy's
# says: It draws from NumPy's hidden random state
@jax.jit
def smeared(key, energy, resolution):
    return energy * (1 + resolution * np.random.normal(size=energy.shape))


# %% wrong: Python's random
# says: It draws from the hidden state of Python's random
import random


def smeared(key, energy, resolution):
    return energy * (1 + resolution * jnp.array([random.gauss(0, 1) for _ in range(len(energy))]))


# %% wrong: a new generator in each call
# says: The same key gives other numbers the second time
def smeared(key, energy, resolution):
    return energy * (1 + resolution * np.random.default_rng().normal(size=energy.shape))


# %% wrong: a key made inside
# says: Every key gives the same numbers
def smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(jax.random.key(2012), energy.shape))


# %% wrong: a key of the notebook
# says: still reads the global array `my_key`
my_key = jax.random.key(4)


def smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(my_key, energy.shape))


# %% wrong: a global key that is renewed
# says: A call changes the global array `next_key`
next_key = jax.random.key(4)


def smeared(key, energy, resolution):
    global next_key
    next_key, key = jax.random.split(next_key)
    return energy * (1 + resolution * jax.random.normal(key, energy.shape))


# %% wrong: NumPy seeded by the key
# says: It fails under jit
def smeared(key, energy, resolution):
    rng = np.random.default_rng(int(jax.random.key_data(key)[1]))
    return energy * (1 + resolution * rng.normal(size=energy.shape))


# %% wrong: one number
# says: One random number smears all events alike
def smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(key))


# %% wrong: in GeV
# says: The width is the same in GeV at every energy
def smeared(key, energy, resolution):
    return energy + 50 * resolution * jax.random.normal(key, energy.shape)


# %% wrong: the shift alone
# says: On average nothing is left of the energy
def smeared(key, energy, resolution):
    return energy * resolution * jax.random.normal(key, energy.shape)


# %% wrong: squared
# says: times what `resolution` says
def smeared(key, energy, resolution):
    return energy * (1 + resolution**2 * jax.random.normal(key, energy.shape))


# %% wrong: a stochastic term
# says: like a stochastic term
def smeared(key, energy, resolution):
    return energy + resolution * jnp.sqrt(energy) * jax.random.normal(key, energy.shape)


# %% wrong: log-normal
# says: The logarithm of the energy is Gaussian
def smeared(key, energy, resolution):
    return energy * jnp.exp(resolution * jax.random.normal(key, energy.shape))


# %% wrong: never negative
# says: they are cut off there
def smeared(key, energy, resolution):
    return energy * jnp.maximum(1 + resolution * jax.random.normal(key, energy.shape), 0.0)


# %% wrong: the second half mirrors the first
# says: have a correlation of -1.00
def smeared(key, energy, resolution):
    half = jax.random.normal(key, ((len(energy) + 1) // 2,))
    return energy * (1 + resolution * jnp.concatenate([half, -half])[: len(energy)])


# %% wrong: uniform, with the right width
# says: the tails are cut
def smeared(key, energy, resolution):
    return energy * (1 + resolution * np.sqrt(12) * (jax.random.uniform(key, energy.shape) - 0.5))


# %% wrong: uniform between 0 and 1
# says: shifted on average
def smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.uniform(key, energy.shape))


# %% wrong: a key is returned
# says: It returns a key, too
def smeared(key, energy, resolution):
    key, now = jax.random.split(key)
    return energy * (1 + resolution * jax.random.normal(now, energy.shape)), key


# %% wrong: the key is split after it was used
# says: finds a key that is used twice
def smeared(key, energy, resolution):
    half = len(energy) // 2
    first = jax.random.normal(key, (half,))
    second = jax.random.normal(jax.random.split(key)[1], (len(energy) - half,))
    return energy * (1 + resolution * jnp.concatenate([first, second]))


# %% wrong: the two halves share their numbers
# says: Some events share their random number
def smeared(key, energy, resolution):
    half = jax.random.normal(key, (len(energy) // 2,))
    return energy * (1 + resolution * jnp.concatenate([half, half]))


# %% wrong: two draws for one result
# says: The result has shape (2, 400)
def smeared(key, energy, resolution):
    return energy * (1 + resolution * jax.random.normal(key, (2, *energy.shape)))


# %% wrong: no smearing
# says: Nothing is smeared
def smeared(key, energy, resolution):
    return energy + 0 * resolution


# %% right: a split first
@jax.jit
def smeared(key, energy, resolution):
    _, key = jax.random.split(key)
    return energy + energy * resolution * jax.random.normal(key, energy.shape)


# %% right: a key for every event
def smeared(key, energy, resolution):
    keys = jax.random.split(key, len(energy))
    return energy * (1 + resolution * jax.vmap(jax.random.normal)(keys))


# %% right: fold_in with the number of the event
def smeared(key, energy, resolution):
    noise = jax.vmap(lambda i: jax.random.normal(jax.random.fold_in(key, i)))(jnp.arange(len(energy)))
    return energy * (1 + resolution * noise)


# %% right: from uniform numbers
def smeared(key, energy, resolution):
    probability = jax.random.uniform(key, energy.shape, minval=1e-12)
    return energy * (1 + resolution * jax.scipy.special.ndtri(probability))


# %% right: a loop over the events
def smeared(key, energy, resolution):
    result = []
    for one in energy:
        key, now = jax.random.split(key)
        result.append(one * (1 + resolution * jax.random.normal(now)))
    return jnp.stack(result)


# %% wrong: numbers made to average to 0
# says: have mean 0 exactly
def smeared(key, energy, resolution):
    epsilon = jax.random.normal(key, energy.shape)
    epsilon = (epsilon - epsilon.mean()) / epsilon.std()
    return energy * (1 + resolution * epsilon)


# %% wrong: a full width at half maximum
# says: is taken for a full width at half maximum
def smeared(key, energy, resolution):
    to_sigma = 1 / (2 * jnp.sqrt(2 * jnp.log(2.0)))
    return energy * (1 + to_sigma * resolution * jax.random.normal(key, energy.shape))
