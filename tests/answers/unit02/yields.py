# %% right: jit after the definition, static by position
def plain(theta, nominal, up, kind, rebin):
    response = {"linear": lambda: 1 + theta * (up - 1), "exponential": lambda: up**theta}[kind]()
    return jnp.sum((nominal * response).reshape(-1, rebin), -1)

yields = jax.jit(plain, static_argnums=(3, 4))


# %% right: a compiled function for each kind
def merged(values, rebin):
    return values.reshape((-1, rebin)).sum(1)

linear_yields = jax.jit(lambda theta, nominal, up, rebin: merged(nominal + theta * nominal * (up - 1), rebin), static_argnums=3)
power_yields = jax.jit(lambda theta, nominal, up, rebin: merged(nominal * jnp.exp(theta * jnp.log(up)), rebin), static_argnums=3)

def yields(theta, nominal, up, kind, rebin):
    return linear_yields(theta, nominal, up, rebin) if kind == "linear" else power_yields(theta, nominal, up, rebin)


# %% right: a factory that remembers
@functools.cache
def compiled(kind, rebin):
    def inside(theta, nominal, up):
        scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * jnp.power(up, theta)
        return jnp.stack([scaled[start::rebin] for start in range(rebin)]).sum(0)

    return jax.jit(inside)

def yields(theta, nominal, up, kind, rebin):
    return compiled(kind, rebin)(theta, nominal, up)


# %% right: a matrix that merges
@functools.partial(jax.jit, static_argnames=["kind", "rebin"])
def yields(theta, nominal, up, kind, rebin):
    merge = np.kron(np.eye(nominal.size // rebin), np.ones(rebin))
    match kind:
        case "linear":
            return merge @ (nominal * (1 + theta * (up - 1)))
        case "exponential":
            return merge @ (nominal * up**theta)


# %% right: arrays made outside of jit
@functools.partial(jax.jit, static_argnums=(3, 4))
def inside(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)

def yields(theta, nominal, up, kind, rebin):
    return inside(theta, jnp.asarray(nominal), jnp.asarray(up), kind, rebin)


# %% wrong: not compiled
# says: run outside of jit
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: half compiled
# says: but reshape and reduce_sum run
@functools.partial(jax.jit, static_argnames="kind")
def scaled(theta, nominal, up, kind):
    return nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta

def yields(theta, nominal, up, kind, rebin):
    return scaled(theta, nominal, up, kind).reshape(-1, rebin).sum(axis=1)


# %% wrong: NumPy
# says: NumPy meets a JAX tracer in line 3
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * np.exp(theta * np.log(up))
    return np.sum(np.reshape(np.asarray(scaled), (-1, rebin)), axis=1)


# %% wrong: theta static
# says: every value of theta has a program of its own
@functools.partial(jax.jit, static_argnames=("theta", "kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: everything static but what must be
# says: other templates of the same shape are compiled anew
@functools.partial(jax.jit, static_argnums=(1, 2, 3, 4))
def inside(theta, nominal, up, kind, rebin):
    nominal, up = jnp.array(nominal), jnp.array(up)
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)

def yields(theta, nominal, up, kind, rebin):
    return inside(theta, tuple(nominal.tolist()), tuple(up.tolist()), kind, rebin)


# %% wrong: jit of a new function in each call
# says: jit is applied inside the function
def yields(theta, nominal, up, kind, rebin):
    def inside(theta, nominal, up):
        scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
        return scaled.reshape(-1, rebin).sum(axis=1)

    return jax.jit(inside)(theta, nominal, up)


# %% wrong: kind traced
# says: A text can't be traced
@functools.partial(jax.jit, static_argnames="rebin")
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: rebin traced
# says: A shape depends on a traced number
@functools.partial(jax.jit, static_argnames="kind")
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: rebin traced, as a loop
# says: A traced number is used where Python needs a whole number
@functools.partial(jax.jit, static_argnames="kind")
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return sum(scaled[start::rebin] for start in range(rebin))


# %% wrong: arrays static
# says: so they must be hashable
@functools.partial(jax.jit, static_argnames=("nominal", "up", "kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: gradient lost
# says: derivative by theta isn't
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    theta = jax.lax.stop_gradient(theta)
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: templates without gradient
# says: derivative by nominal isn't
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    nominal = jax.lax.stop_gradient(nominal)
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: exponential of the shift
# mistake: exponential_of_shift
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * jnp.exp(theta * (up - 1))
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: single precision
# says: the numbers pass through single precision (float32)
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    nominal, up = nominal.astype("float32"), up.astype("float32")
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: program kept per kind and rebin, but nominal and up of the first call are baked in
# says: `_compiled` keeps something from call to call
_compiled = {}

def yields(theta, nominal, up, kind, rebin):
    if (kind, rebin) not in _compiled:
        def respond(theta):
            values = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
            return values.reshape(-1, rebin).sum(axis=1)
        _compiled[kind, rebin] = jax.jit(respond)
    return _compiled[kind, rebin](theta)


# %% wrong: a program for each kind, with the first call's merging
# says: `by_kind` keeps something from call to call
by_kind = {}

def yields(theta, nominal, up, kind, rebin):
    def inside(theta, nominal, up):
        scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
        return scaled.reshape(-1, rebin).sum(axis=1)

    return by_kind.setdefault(kind, jax.jit(inside))(theta, nominal, up)


# %% wrong: NumPy's power on a tracer
# says: `return (nominal * np.power(up, theta))
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    if kind == "exponential":
        return (nominal * np.power(up, theta)).reshape(-1, rebin).sum(axis=1)
    return (nominal * (1 + theta * (up - 1))).reshape(-1, rebin).sum(axis=1)


# %% wrong: an if on theta
# says: decides on a JAX tracer
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    if theta == 0:
        return nominal.reshape(-1, rebin).sum(axis=1)
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: theta made a Python float
# says: A Python float, int or shape is made from a JAX tracer
@functools.partial(jax.jit, static_argnames=("kind", "rebin"))
def yields(theta, nominal, up, kind, rebin):
    theta = float(theta)
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    return scaled.reshape(-1, rebin).sum(axis=1)


# %% wrong: rebin traced, in a slice
# says: A traced number decides on a slice
@functools.partial(jax.jit, static_argnames="kind")
def yields(theta, nominal, up, kind, rebin):
    scaled = nominal * (1 + theta * (up - 1)) if kind == "linear" else nominal * up**theta
    sums = jnp.cumsum(scaled)[rebin - 1 :: rebin]
    return jnp.diff(sums, prepend=0.0)


# %% wrong: the buffer of nominal is donated
# says: an argument is donated
@functools.partial(jax.jit, static_argnames=("kind", "rebin"), donate_argnames=("nominal",))
def yields(theta, nominal, up, kind, rebin):
    values = nominal * up**theta if kind == "exponential" else nominal * (1 + theta * (up - 1))
    return values.reshape(-1, rebin).sum(axis=1)


# %% wrong: compiled ahead of time and kept
# says: finished executable
_executables = {}

def _plain(theta, nominal, up, kind, rebin):
    values = nominal * up**theta if kind == "exponential" else nominal * (1 + theta * (up - 1))
    return values.reshape(-1, rebin).sum(axis=1)

def yields(theta, nominal, up, kind, rebin):
    key = kind, rebin, np.shape(nominal)
    if key not in _executables:
        f = jax.jit(_plain, static_argnames=("kind", "rebin"))
        _executables[key] = f.lower(theta, nominal, up, kind=kind, rebin=rebin).compile()
    return _executables[key](theta, nominal, up)
