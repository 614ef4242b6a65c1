# %% wrong: the global, still
# says: still reads the global variable `luminosity`
@jax.jit
def yields(cross_section, efficiency, new_luminosity):
    return luminosity * cross_section * efficiency


# %% wrong: the global is set first
# says: A call changes the global variable `luminosity`
def yields(cross_section, efficiency, lumi):
    global luminosity
    luminosity = lumi
    return luminosity * cross_section * efficiency


# %% wrong: read through a helper that kept the global, renamed in capitals
# says: Twelve times the luminosity gives the same yields
LUMINOSITY = 450.0


def events_per_cross_section(efficiency):
    return LUMINOSITY * efficiency


def yields(cross_section, efficiency, luminosity):
    return cross_section * events_per_cross_section(efficiency)


# %% wrong: a memory of results
# says: A call changes the global dictionary `known`
known = {}


def yields(cross_section, efficiency, luminosity):
    key = (cross_section.shape, float(luminosity))
    if key not in known:
        known[key] = luminosity * cross_section * efficiency
    return known[key]


# %% wrong: static
# says: declared static
from functools import partial


@partial(jax.jit, static_argnames="luminosity")
def yields(cross_section, efficiency, luminosity):
    return luminosity * cross_section * efficiency


# %% wrong: a Python float is made
# says: A Python float, int or shape is made from a JAX tracer
def yields(cross_section, efficiency, luminosity):
    return float(luminosity) * cross_section * efficiency


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def yields(cross_section, efficiency, luminosity):
    return np.multiply(np.asarray(cross_section), np.asarray(efficiency)) * np.asarray(luminosity)


# %% wrong: the derivative is cut off
# says: derivative with respect to the luminosity isn't
def yields(cross_section, efficiency, luminosity):
    return jax.lax.stop_gradient(luminosity) * cross_section * efficiency


# %% wrong: nothing returned
# says: is the `return` missing?
def yields(cross_section, efficiency, luminosity):
    expected = luminosity * cross_section * efficiency


# %% wrong: the parameter is forgotten
# says: keep the stub's arguments
def yields(cross_section, efficiency):
    return 450.0 * cross_section * efficiency


# %% wrong: rounded
# says: rounded to whole events
def yields(cross_section, efficiency, luminosity):
    return jnp.round(luminosity * cross_section * efficiency)


# %% right: under jit, with a default value
@jax.jit
def yields(cross_section, efficiency, luminosity=140.0):
    return luminosity * cross_section * efficiency


# %% right: einsum
def yields(cross_section, efficiency, luminosity):
    return jnp.einsum("p,p,->p", cross_section, efficiency, luminosity)


# %% right: mapped over processes, with a helper
def one(cross_section, efficiency, luminosity):
    return luminosity * cross_section * efficiency


yields = jax.vmap(one, in_axes=(0, 0, None))


# %% right: a true constant in capitals
FB_PER_PB = 1000.0


def yields(cross_section, efficiency, luminosity):
    return (luminosity * FB_PER_PB) * (cross_section / FB_PER_PB) * efficiency


# %% right: a lambda under jit
yields = jax.jit(lambda s, e, x: jnp.prod(jnp.stack([s, e, jnp.full_like(s, x)]), axis=0))
