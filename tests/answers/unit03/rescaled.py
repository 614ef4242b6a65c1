# %% wrong: in place
# says: Side effect: a call changes its argument `template` in place
def rescaled(template, bins, factor):
    template[bins] *= factor
    return template


# %% wrong: as a JAX array, but in place
# says: those can't be changed
def rescaled(template, bins, factor):
    template = jnp.asarray(template)
    template[bins] = template[bins] * factor
    return template


# %% wrong: .at of a NumPy array
# says: A NumPy array has no `.at`
def rescaled(template, bins, factor):
    return template.at[bins].multiply(factor)


# %% wrong: a copy by NumPy
# says: NumPy meets a JAX tracer
def rescaled(template, bins, factor):
    copy = np.array(template)
    copy[bins] *= factor
    return copy


# %% wrong: Python's in, bin by bin
# says: A Python `if`, `while`, `and` or `or` decides on a JAX tracer
def rescaled(template, bins, factor):
    return jnp.stack([value * factor if b in bins else value for b, value in enumerate(template)])


# %% wrong: a mask of Booleans picks a number of bins that jit can't know
# says: It fails under jit
def rescaled(template, bins, factor):
    template = jnp.asarray(template)
    chosen = jnp.isin(jnp.arange(len(template)), bins)
    return template.at[jnp.flatnonzero(chosen)].multiply(factor)


# %% wrong: the template of the notebook
# says: still reads the global array `nominal`
def rescaled(template, bins, factor):
    return jnp.asarray(nominal).at[bins].multiply(factor)


# %% wrong: always the last two bins
# says: It always scales the last two bins
def rescaled(template, bins, factor):
    return jnp.asarray(template).at[-2:].multiply(factor)


# %% wrong: bins counted from 1
# says: Asked to scale bins
def rescaled(template, bins, factor):
    return jnp.asarray(template).at[bins - 1].multiply(factor)


# %% wrong: a number
# says: The result has shape (), but shape (8,)
def rescaled(template, bins, factor):
    return 1.0


# %% right: factors by set
def rescaled(template, bins, factor):
    return template * jnp.ones(len(template)).at[bins].set(factor)


# %% right: get, then set
@jax.jit
def rescaled(template, bins, factor):
    template = jnp.array(template)
    return template.at[bins].set(template[bins] * factor)


# %% right: add the difference
def rescaled(template, bins, factor):
    template = jnp.asarray(template)
    return template.at[bins].add((factor - 1) * template[bins])


# %% right: bin after bin
def rescaled(template, bins, factor):
    template = jnp.asarray(template)
    for b in bins:
        template = template.at[b].mul(factor)
    return template


# %% right: one-hot
def rescaled(template, bins, factor):
    chosen = jax.nn.one_hot(bins, len(template)).sum(axis=0)
    return template * (1 + (factor - 1) * chosen)
