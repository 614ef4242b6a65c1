# %% right: NumPy pads by wrapping
def spread(rows, mesh):
    missing = -len(rows) % mesh.size
    padded = np.pad(np.asarray(rows), [(0, missing)] + [(0, 0)] * (rows.ndim - 1), mode="edge")
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec(mesh.axis_names)))


# %% right: jit with out_shardings
def spread(rows, mesh):
    index = np.minimum(np.arange(-(-len(rows) // mesh.size) * mesh.size), len(rows) - 1)
    return jax.jit(lambda x: x[index], out_shardings=NamedSharding(mesh, PartitionSpec("toys")))(rows)


# %% right: indices modulo
def spread(rows, mesh):
    index = jnp.arange(len(rows) + -len(rows) % mesh.size) % len(rows)
    return jax.device_put(jnp.asarray(rows)[index], NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: padded with zeros
# says: the rows behind them are zeros
def spread(rows, mesh):
    padded = jnp.pad(rows, [(0, -len(rows) % mesh.size)] + [(0, 0)] * (rows.ndim - 1))
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: padded with the mean
# says: the rows behind them are the mean of the toys
def spread(rows, mesh):
    padded = jnp.pad(rows, [(0, -len(rows) % mesh.size)] + [(0, 0)] * (rows.ndim - 1), mode="mean")
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: padded with the median of two toys
# says: the rows behind them are in part no toys
def spread(rows, mesh):
    filler = jnp.median(rows, axis=0, keepdims=True) + 0.5
    padded = jnp.concatenate([rows, jnp.repeat(filler, -len(rows) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: the remainder instead of what is missing
# says: The number of toys isn't a multiple of
def spread(rows, mesh):
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], len(rows) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% right: made shard by shard
def spread(rows, mesh):
    padded = np.resize(np.asarray(rows), (-(-len(rows) // mesh.size) * mesh.size, *rows.shape[1:]))
    padded[len(rows) :] = rows[0]
    return jax.make_array_from_callback(padded.shape, NamedSharding(mesh, PartitionSpec("toys")), lambda index: padded[index])


# %% wrong: not padded
# says: such an array can't be dealt out
def spread(rows, mesh):
    return jax.device_put(rows, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: cut
# says: toys are cut off
def spread(rows, mesh):
    return jax.device_put(rows[: len(rows) // mesh.size * mesh.size], NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: replicated
# says: the array is replicated
def spread(rows, mesh):
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], -len(rows) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec()))


# %% wrong: not placed
# says: it has to be placed
def spread(rows, mesh):
    return jnp.concatenate([rows, jnp.repeat(rows[-1:], -len(rows) % mesh.size, axis=0)])


# %% wrong: always padded
# says: not at all if it is one already
def spread(rows, mesh):
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], mesh.size - len(rows) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: NaN
# says: the rows behind them are NaN
def spread(rows, mesh):
    padded = jnp.concatenate([rows, jnp.full((-len(rows) % mesh.size, *rows.shape[1:]), jnp.nan)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: in front
# says: the padding belongs behind
def spread(rows, mesh):
    padded = jnp.concatenate([jnp.repeat(rows[:1], -len(rows) % mesh.size, axis=0), rows])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: single precision for the devices
# says: come back rounded
def spread(rows, mesh):
    rows = jnp.asarray(rows, jnp.float32)
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], -len(rows) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: the devices of the machine
# says: devices of the machine want them
def spread(rows, mesh):
    rows = jnp.asarray(rows)
    missing = -len(rows) % jax.device_count()
    padded = jnp.concatenate([rows, jnp.repeat(rows[-1:], missing, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))
