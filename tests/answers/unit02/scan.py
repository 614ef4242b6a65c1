# %% right: one compiled point, in a list
def scan(nll2, mus, counts):
    point = jax.jit(nll2)
    curve = [float(point(float(mu), counts)) for mu in mus]
    return [value - min(curve) for value in curve]


# %% right: vmap of a jitted function
def scan(nll2, mus, counts):
    curve = jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)
    return curve - curve.min()


# %% right: the loop inside, unrolled
@functools.partial(jax.jit, static_argnames="nll2")
def scan(nll2, mus, counts):
    curve = jnp.stack([nll2(mu, counts) for mu in mus])
    return curve - jnp.min(curve)


# %% right: a loop of JAX inside a helper
@functools.partial(jax.jit, static_argnums=0)
def mapped(f, mus, counts):
    return jax.lax.map(lambda mu: f(mu, counts), mus)

def scan(nll2, mus, counts):
    curve = np.asarray(mapped(nll2, mus, counts))
    return curve - curve.min()


# %% right: a factory that remembers what it made
@functools.cache
def compiled(nll2):
    return jax.jit(jax.vmap(nll2, in_axes=(0, None)))

def scan(nll2, mus, counts):
    curve = compiled(nll2)(mus, counts)
    return curve - curve.min()


# %% right: compiled ahead of time
def scan(nll2, mus, counts):
    point = jax.jit(nll2).lower(mus[0], counts).compile()
    curve = np.array([point(mu, counts) for mu in mus])
    return curve - curve.min()


# %% wrong: the slow one
# says: every point of every scan is traced
scan = scan_slow


# %% wrong: a partial in the loop
# says: a new function object each time
def scan(nll2, mus, counts):
    curve = jnp.array([jax.jit(functools.partial(nll2, mu))(counts) for mu in mus])
    return curve - curve.min()


# %% wrong: no jit at all
# says: but nothing is compiled
def scan(nll2, mus, counts):
    curve = jnp.array([nll2(mu, counts) for mu in mus])
    return curve - curve.min()


# %% wrong: vmap without jit
# says: one operation at a time, in every scan
def scan(nll2, mus, counts):
    curve = jax.vmap(nll2, in_axes=(0, None))(mus, counts)
    return curve - curve.min()


# %% wrong: jit of a new vmap
# says: or an object that is static, such as `self`
def scan(nll2, mus, counts):
    curve = jax.jit(jax.vmap(nll2, in_axes=(0, None)))(mus, counts)
    return curve - curve.min()


# %% wrong: a lambda made once per scan
# says: but the next scan traces again
def scan(nll2, mus, counts):
    point = jax.jit(lambda mu: nll2(mu, counts))
    curve = jnp.array([point(mu) for mu in mus])
    return curve - curve.min()


# %% wrong: mu static
# says: mu is static, or a constant
def scan(nll2, mus, counts):
    curve = jnp.array([jax.jit(nll2, static_argnums=0)(float(mu), counts) for mu in mus])
    return curve - curve.min()


# %% wrong: all points static
# says: each new value of mu is traced
@functools.partial(jax.jit, static_argnums=(0, 1))
def at_all(nll2, mus, counts):
    return jnp.stack([nll2(mu, counts) for mu in mus])

def scan(nll2, mus, counts):
    curve = at_all(nll2, tuple(mus.tolist()), counts)
    return curve - curve.min()


# %% wrong: counts static
# says: the data are a constant of the program
@functools.partial(jax.jit, static_argnums=(0, 2))
def at_all(nll2, mus, counts):
    return jax.vmap(lambda mu: nll2(mu, jnp.array(counts)))(mus)

def scan(nll2, mus, counts):
    curve = at_all(nll2, mus, tuple(counts.tolist()))
    return curve - curve.min()


# %% wrong: the first scan's counts are kept
# says: `kept` keeps something from call to call
kept = {}

def scan(nll2, mus, counts):
    point = kept.setdefault(nll2, jax.jit(lambda mu: nll2(mu, counts)))
    curve = jnp.array([point(mu) for mu in mus])
    return curve - curve.min()


# %% wrong: another small function is compiled each time
# says: is a jit of another function made inside
def scan(nll2, mus, counts):
    curve = jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)
    return jax.jit(lambda values: values - values.min())(curve)


# %% wrong: the first mu for all
# mistake: mu_frozen
def scan(nll2, mus, counts):
    first = mus[0]
    point = jax.jit(lambda mu: nll2(first, counts))
    curve = jnp.array([point(mu) for mu in mus])
    return curve - curve.min()


# %% wrong: one number
# says: It returns one number
def scan(nll2, mus, counts):
    curve = jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)
    return curve.min() - curve.min()


# %% wrong: arrays static
# says: An array is static there
def scan(nll2, mus, counts):
    curve = jnp.array([jax.jit(nll2, static_argnums=1)(mu, counts) for mu in mus])
    return curve - curve.min()


# %% wrong: nothing returned
# says: is the `return` missing?
def scan(nll2, mus, counts):
    curve = jax.vmap(jax.jit(nll2), in_axes=(0, None))(mus, counts)
    curve - curve.min()


# %% wrong: the likelihood of the notebook
# says: It never calls the `nll2` that it is given
def scan(nll2, mus, counts):
    curve = jax.vmap(jax.jit(poisson), in_axes=(0, None))(mus, counts[:3])
    return curve - curve.min()


# %% wrong: one global program, made for the first nll2 and used for every other nll2 too
# says: A second `nll2` gets the program of the first
_program = None

def scan(nll2, mus, counts):
    global _program
    if _program is None:
        _program = jax.jit(jax.vmap(nll2, in_axes=(0, None)))
    curve = _program(jnp.asarray(mus), jnp.asarray(counts))
    return curve - curve.min()


# %% wrong: scan itself is jitted, and the function is an argument like the others
# says: where `scan` itself is jitted, `nll2` has to be static
@jax.jit
def scan(nll2, mus, counts):
    curve = jax.vmap(nll2, in_axes=(0, None))(mus, counts)
    return curve - curve.min()


# %% wrong: a cache with room for one function
# says: the cache has room for one
@functools.lru_cache(maxsize=1)
def _compiled(nll2):
    return jax.jit(jax.vmap(nll2, in_axes=(0, None)))

def scan(nll2, mus, counts):
    curve = _compiled(nll2)(jnp.asarray(mus), jnp.asarray(counts))
    return curve - curve.min()
