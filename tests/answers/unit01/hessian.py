# %% right: passes spelt out
def hessian(nll2, params, outer, inner):
    basis = jnp.eye(len(params))

    def forward(f):
        return lambda x: jax.vmap(lambda v: jax.jvp(f, (x,), (v,))[1], out_axes=-1)(basis)

    def reverse(f):
        def derivative(x):
            y, pull = jax.vjp(f, x)
            return jax.vmap(pull)(basis)[0] if y.ndim else pull(jnp.ones_like(y))[0]

        return derivative

    modes = {"forward": forward, "reverse": reverse}
    return modes[outer](modes[inner](nll2))(jnp.asarray(params))


# %% right: grad for the inner reverse mode, if for if, and jit
def hessian(nll2, params, outer, inner):
    slope = jax.grad(nll2) if inner == "reverse" else jax.jacfwd(nll2)
    if outer == "reverse":
        return jax.jit(jax.jacrev(slope))(params)
    return jax.jit(jax.jacfwd(slope))(params)


# %% right: row by row
def hessian(nll2, params, outer, inner):
    params = jnp.asarray(params)
    slope = {"forward": jax.jacfwd, "reverse": jax.jacrev}[inner](nll2)
    if outer == "forward":
        return jnp.stack([jax.jvp(slope, (params,), (v,))[1] for v in jnp.eye(len(params))])
    return jnp.stack([jax.grad(lambda p: slope(p)[k])(params) for k in range(len(params))])


# %% right: linearised, jax.hessian where it fits
def hessian(nll2, params, outer, inner):
    if (outer, inner) == ("forward", "reverse"):
        return jax.hessian(nll2)(params)
    slope = getattr(jax, "jac" + inner[:3].replace("for", "fwd"))(nll2)
    if outer == "reverse":
        return jax.jacobian(slope)(params)
    push = jax.linearize(slope, jnp.asarray(params))[1]
    return jax.lax.map(push, jnp.eye(len(params)))


# %% wrong: outer and inner exchanged
# says: `outer` and `inner` have changed places
def hessian(nll2, params, outer, inner):
    modes = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    return modes[inner](modes[outer](nll2))(params)


# %% wrong: always jax.hessian
# says: it is forward over reverse, whatever is asked
def hessian(nll2, params, outer, inner):
    return jax.hessian(nll2)(params)


# %% wrong: the names mixed up
# says: jacfwd and jacrev are mixed up
def hessian(nll2, params, outer, inner):
    modes = {"forward": jax.jacrev, "reverse": jax.jacfwd}
    return modes[outer](modes[inner](nll2))(params)


# %% wrong: the outer mode twice
# says: The inner mode isn't the one that was asked for
def hessian(nll2, params, outer, inner):
    mode = {"forward": jax.jacfwd, "reverse": jax.jacrev}[outer]
    return mode(mode(nll2))(params)


# %% wrong: the inner mode twice
# says: The outer mode isn't the one that was asked for
def hessian(nll2, params, outer, inner):
    mode = {"forward": jax.jacfwd, "reverse": jax.jacrev}[inner]
    return mode(mode(nll2))(params)


# %% wrong: one order for both mixed Hessians
# says: asked for reverse over forward it does forward over reverse. The other three
def hessian(nll2, params, outer, inner):
    if outer != inner:
        return jax.hessian(nll2)(params)
    mode = jax.jacfwd if outer == "forward" else jax.jacrev
    return mode(mode(nll2))(params)


# %% wrong: grad of grad
# says: a gradient has several
def hessian(nll2, params, outer, inner):
    return jax.grad(jax.grad(nll2))(params)


# %% wrong: evaluated too early
# says: Nest them first
def hessian(nll2, params, outer, inner):
    modes = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    return modes[outer](modes[inner](nll2)(params))(params)


# %% wrong: a function is returned
# says: isn't an array of numbers
def hessian(nll2, params, outer, inner):
    modes = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    return modes[outer](modes[inner](nll2))


# %% wrong: differences of the gradient
# says: as the difference of two gradients is
def hessian(nll2, params, outer, inner):
    slope = jax.jacfwd(nll2) if inner == "forward" else jax.jacrev(nll2)
    steps = 1e-5 * jnp.eye(len(params))
    return jnp.stack([(slope(params + step) - slope(params - step)) / 2e-5 for step in steps])


# %% wrong: all four
# says: has shape (4, 3, 3)
def hessian(nll2, params, outer, inner):
    modes = (jax.jacfwd, jax.jacrev)
    return jnp.array([o(i(nll2))(params) for o in modes for i in modes])


# %% wrong: gradient of the summed gradient
# says: sums of the rows
def hessian(nll2, params, outer, inner):
    first = jax.jacfwd(nll2) if inner == "forward" else jax.grad(nll2)
    if outer == "forward":
        return jax.jacfwd(first)(params)
    return jax.grad(lambda p: first(p).sum())(params)
