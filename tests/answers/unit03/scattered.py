# %% wrong: the same key in every layer
# says: Every layer kicks by the same angle
def scattered(key, layers, thickness, sigma):
    angle, offset, angles, offsets = 0.0, 0.0, [], []
    for _ in range(layers):
        key_1, key_2 = jax.random.split(key)
        z1, z2 = jax.random.normal(key_1), jax.random.normal(key_2)
        offset = offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        angle = angle + sigma * z2
        angles.append(angle)
        offsets.append(offset)
    return jnp.stack(angles), jnp.stack(offsets)


# %% wrong: one key for both numbers
# says: The two random numbers of a layer are equal
def scattered(key, layers, thickness, sigma):
    z1 = jax.random.normal(key, (layers,))
    z2 = jax.random.normal(key, (layers,))
    angles = jnp.cumsum(sigma * z2)
    before = angles - sigma * z2
    return angles, jnp.cumsum(thickness * (before + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: a key that has drawn goes on to the next layer
# says: A random number of one layer comes back in the next one
def scattered(key, layers, thickness, sigma):
    def cross(state, _):
        key, angle, offset = state
        z1 = jax.random.normal(key)
        key = jax.random.split(key)[0]
        z2 = jax.random.normal(key)
        offset = offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        angle = angle + sigma * z2
        return (key, angle, offset), (angle, offset)

    return jax.lax.scan(cross, (key, 0.0, 0.0), None, length=layers)[1]


# %% wrong: a key that has drawn is split
# says: finds a key that is used twice
def scattered(key, layers, thickness, sigma):
    z1 = jax.random.normal(key, (layers,))
    key, _ = jax.random.split(key)
    z2 = jax.random.normal(key, (layers,))
    angles = jnp.cumsum(sigma * z2)
    before = angles - sigma * z2
    return angles, jnp.cumsum(thickness * (before + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: z1 drawn once, before the loop
# says: z1 is the same number in every layer
def scattered(key, layers, thickness, sigma):
    first, second = jax.random.split(key)
    z1, z2 = jax.random.normal(first), jax.random.normal(second, (layers,))
    angles = jnp.cumsum(sigma * z2)
    before = angles - sigma * z2
    return angles, jnp.cumsum(thickness * (before + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: the key of the walk is kept outside
# says: A call changes the global array `walk_key`
walk_key = jax.random.key(6)


def scattered(key, layers, thickness, sigma):
    global walk_key
    walk_key, now = jax.random.split(walk_key)
    z1, z2 = jax.random.normal(now, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: the kicks are not added up
# says: The angles are the single kicks
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = sigma * z2
    return angles, jnp.cumsum(thickness * sigma * (z1 / jnp.sqrt(12) + z2 / 2))


# %% wrong: the angle after the layer
# says: The offset uses the angle after the layer
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: no direction
# says: The offset forgets the direction
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    return jnp.cumsum(sigma * z2), jnp.cumsum(thickness * sigma * (z1 / jnp.sqrt(12) + z2 / 2))


# %% wrong: no z1
# says: the term z1 / sqrt(12) is missing
def scattered(key, layers, thickness, sigma):
    z2 = jax.random.normal(key, (layers,))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 / 2))


# %% wrong: no z2 in the offset
# says: z2 / 2 is missing
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * z1 / jnp.sqrt(12)))


# %% wrong: 12 without the root
# says: The random offsets z1 come out
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / 12 + z2 / 2)))


# %% wrong: sigma of the whole absorber, taken for one layer
# says: The kicks come out
def scattered(key, layers, thickness, sigma):
    sigma = sigma / jnp.sqrt(layers)
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: no thickness
# says: is the thickness in it, once?
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2))


# %% wrong: uniform kicks
# says: none is further than 1.73 widths
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.uniform(key, (2, layers), minval=-(3**0.5), maxval=3**0.5)
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: the start is included
# says: one entry too many
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    offsets = jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))
    return jnp.append(0.0, angles), jnp.append(0.0, offsets)


# %% wrong: straight on in each layer
# says: the random part of the step sideways is missing
def scattered(key, layers, thickness, sigma):
    z2 = jax.random.normal(key, (layers,))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2))


# %% wrong: one draw, and the same numbers in another order
# says: have a correlation of 0.
def scattered(key, layers, thickness, sigma):
    key_z, key_order = jax.random.split(key)
    z2 = jax.random.normal(key_z, (layers,))
    z1 = jax.random.permutation(key_order, z2)
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: a key drawn from, and folded into another
# says: A key that goes into `fold_in` is also drawn from
def scattered(key, layers, thickness, sigma):
    z2 = jax.random.normal(key, (layers,))
    z1 = jax.random.normal(jax.random.fold_in(key, 1), (layers,))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: only the end
# says: return one number for each layer
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    offsets = jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))
    return angles[-1], offsets[-1]


# %% wrong: jit without a static number of layers
# says: `layers` decides about shapes
@jax.jit
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% wrong: the angles alone
# says: It returns one thing
def scattered(key, layers, thickness, sigma):
    return [sigma * jnp.cumsum(jax.random.normal(key, (layers,)))]


# %% wrong: offsets first
# says: The two results have changed places
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    return jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2))), angles


# %% wrong: a key that has drawn is carried on and split again, in a scan
# says: used again in the next layer
def scattered(key, layers, thickness, sigma):
    def body(carry, _):
        key, angle, offset = carry
        key, sub = jax.random.split(key)
        z1, z2 = jax.random.normal(sub), jax.random.normal(key)
        offset = offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        angle = angle + sigma * z2
        return (key, angle, offset), (angle, offset)

    return jax.lax.scan(body, (key, 0.0, 0.0), None, length=layers)[1]


# %% wrong: the state before each layer is stacked
# says: and the last layer is missing
def scattered(key, layers, thickness, sigma):
    def body(carry, key):
        angle, offset = carry
        k1, k2 = jax.random.split(key)
        z1, z2 = jax.random.normal(k1), jax.random.normal(k2)
        new_offset = offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        return (angle + sigma * z2, new_offset), (angle, offset)

    return jax.lax.scan(body, (0.0, 0.0), jax.random.split(key, layers))[1]


# %% right: a loop, the key renewed in each layer
def scattered(key, layers, thickness, sigma):
    angle, offset, angles, offsets = 0.0, 0.0, [], []
    for _ in range(layers):
        key, key_1, key_2 = jax.random.split(key, 3)
        z1, z2 = jax.random.normal(key_1), jax.random.normal(key_2)
        offset += thickness * (angle + sigma * (z1 / np.sqrt(12) + z2 / 2))
        angle += sigma * z2
        angles.append(angle)
        offsets.append(offset)
    return jnp.stack(angles), jnp.stack(offsets)


# %% right: an array of keys, read by index inside a fori_loop
def scattered(key, layers, thickness, sigma):
    keys = jax.random.split(key, layers)

    def cross(i, state):
        angles, offsets, angle, offset = state
        z1, z2 = jax.random.normal(keys[i], (2,))
        offset = offset + thickness * (angle + sigma * (z1 / np.sqrt(12) + z2 / 2))
        angle = angle + sigma * z2
        return angles.at[i].set(angle), offsets.at[i].set(offset), angle, offset

    start = jnp.zeros(layers), jnp.zeros(layers), 0.0, 0.0
    return jax.lax.fori_loop(0, layers, cross, start)[:2]


# %% right: fold_in with the number of the layer
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.vmap(lambda i: jax.random.normal(jax.random.fold_in(key, i), (2,)))(jnp.arange(layers)).T
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% right: jit with a static number of layers, the two numbers as a correlated pair
from functools import partial


@partial(jax.jit, static_argnames="layers")
def scattered(key, layers, thickness, sigma):
    covariance = jnp.array([[1 / 3, 1 / 2], [1 / 2, 1.0]]) * sigma**2
    sideways, kick = jax.random.multivariate_normal(key, jnp.zeros(2), covariance, (layers,)).T
    angles = jnp.cumsum(kick)
    return angles, thickness * jnp.cumsum(angles - kick + sideways)


# %% right: the key in the carry of a scan
def scattered(key, layers, thickness, sigma):
    def cross(state, _):
        key, angle, offset = state
        key, now = jax.random.split(key)
        z1, z2 = jax.random.normal(now, (2,))
        state = key, angle + sigma * z2, offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        return state, state[1:]

    return jax.lax.scan(cross, (key, 0.0, 0.0), None, length=layers)[1]


# %% right: a grid of keys, two for each layer
def scattered(key, layers, thickness, sigma):
    keys = jax.random.split(key, (layers, 2))
    z1, z2 = jnp.stack([jnp.stack([jax.random.normal(one), jax.random.normal(two)]) for one, two in keys], axis=1)
    angles = jnp.cumsum(sigma * z2)
    return angles, jnp.cumsum(thickness * (angles - sigma * z2 + sigma * (z1 / jnp.sqrt(12) + z2 / 2)))


# %% right: three keys in each turn, one to go on with
def scattered(key, layers, thickness, sigma):
    def cross(state, _):
        key, angle, offset = state
        key, one, two = jax.random.split(key, 3)
        z1, z2 = jax.random.normal(one), jax.random.normal(two)
        state = key, angle + sigma * z2, offset + thickness * (angle + sigma * (z1 / jnp.sqrt(12) + z2 / 2))
        return state, state[1:]

    return jax.lax.scan(cross, (key, 0.0, 0.0), None, length=layers)[1]


# %% wrong: tangent of the angle
# says: the recipe is linear
def scattered(key, layers, thickness, sigma):
    z1, z2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z2)
    slopes = jnp.tan(angles - sigma * z2) + sigma * (z1 / jnp.sqrt(12) + z2 / 2)
    return angles, jnp.cumsum(thickness * slopes)


# %% wrong: the first layer starts with the last angle
# says: The first layer doesn't start with the angle 0
def scattered(key, layers, thickness, sigma):
    z_1, z_2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(sigma * z_2)
    steps = jnp.roll(angles, 1) + sigma * (z_1 / jnp.sqrt(12) + z_2 / 2)
    return angles, thickness * jnp.cumsum(steps)


# %% wrong: sigma times the root of the thickness
# says: as wide as the square root of the thickness
def scattered(key, layers, thickness, sigma):
    kick = sigma * jnp.sqrt(thickness)
    z_1, z_2 = jax.random.normal(key, (2, layers))
    angles = jnp.cumsum(kick * z_2)
    steps = angles - kick * z_2 + kick * (z_1 / jnp.sqrt(12) + z_2 / 2)
    return angles, thickness * jnp.cumsum(steps)
