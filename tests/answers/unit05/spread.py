# %% right: NumPy pads by wrapping
def spread(toys, mesh):
    missing = -len(toys) % mesh.size
    padded = np.pad(np.asarray(toys), [(0, missing)] + [(0, 0)] * (toys.ndim - 1), mode="edge")
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec(mesh.axis_names)))


# %% right: jit with out_shardings
def spread(toys, mesh):
    rows = np.minimum(np.arange(-(-len(toys) // mesh.size) * mesh.size), len(toys) - 1)
    return jax.jit(lambda x: x[rows], out_shardings=NamedSharding(mesh, PartitionSpec("toys")))(toys)


# %% right: padded with zeros
def spread(toys, mesh):
    missing = -len(toys) % mesh.size
    padded = jnp.concatenate([toys, jnp.zeros((missing, *toys.shape[1:]))])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% right: made shard by shard
def spread(toys, mesh):
    padded = np.resize(np.asarray(toys), (-(-len(toys) // mesh.size) * mesh.size, *toys.shape[1:]))
    padded[len(toys) :] = toys[0]
    return jax.make_array_from_callback(padded.shape, NamedSharding(mesh, PartitionSpec("toys")), lambda index: padded[index])


# %% wrong: not padded
# says: such an array can't be dealt out
def spread(toys, mesh):
    return jax.device_put(toys, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: cut
# says: toys are cut off
def spread(toys, mesh):
    return jax.device_put(toys[: len(toys) // mesh.size * mesh.size], NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: replicated
# says: the array is replicated
def spread(toys, mesh):
    padded = jnp.concatenate([toys, jnp.repeat(toys[-1:], -len(toys) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec()))


# %% wrong: not placed
# says: it has to be placed
def spread(toys, mesh):
    return jnp.concatenate([toys, jnp.repeat(toys[-1:], -len(toys) % mesh.size, axis=0)])


# %% wrong: always padded
# says: not at all if it is one already
def spread(toys, mesh):
    padded = jnp.concatenate([toys, jnp.repeat(toys[-1:], mesh.size - len(toys) % mesh.size, axis=0)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: NaN
# says: The padding is NaN
def spread(toys, mesh):
    padded = jnp.concatenate([toys, jnp.full((-len(toys) % mesh.size, *toys.shape[1:]), jnp.nan)])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))


# %% wrong: in front
# says: the padding belongs behind
def spread(toys, mesh):
    padded = jnp.concatenate([jnp.repeat(toys[:1], -len(toys) % mesh.size, axis=0), toys])
    return jax.device_put(padded, NamedSharding(mesh, PartitionSpec("toys")))
