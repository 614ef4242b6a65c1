# %% right: the row of mu first, then one pass backwards
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    row = jnp.linalg.solve(H, jnp.eye(len(params))[0])
    slope = lambda counts, measured: -row @ jax.grad(nll2)(params, counts, measured)
    return jax.grad(slope, argnums=(0, 1))(counts, measured)


# %% right: Jacobians of the gradient, forwards and backwards
def sensitivities(nll2, params, counts, measured):
    by_params = jax.grad(nll2)
    H = jax.jacfwd(by_params)(params, counts, measured)
    by_counts = jax.jacrev(by_params, argnums=1)(params, counts, measured)
    by_measured = jax.jacfwd(by_params, argnums=2)(params, counts, measured)
    inverse = jnp.linalg.inv(H)
    return -(inverse @ by_counts)[0], -(inverse @ by_measured)[0]


# %% right: Cholesky, and the mixed derivatives the other way round
def sensitivities(nll2, params, counts, measured):
    from jax.scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(jax.hessian(nll2)(params, counts, measured))
    mixed = jax.jacfwd(jax.grad(nll2, argnums=(1, 2)))(params, counts, measured)
    return tuple(-cho_solve(factor, one.T)[0] for one in mixed)


# %% right: one step of Newton, differentiated
def sensitivities(nll2, params, counts, measured):
    def mu_hat(counts, measured):
        step = jnp.linalg.solve(jax.hessian(nll2)(params, counts, measured), jax.grad(nll2)(params, counts, measured))
        return (params - step)[0]

    return jax.jacobian(mu_hat, argnums=(0, 1))(counts, measured)


# %% right: a rule of its own, with jvp
def sensitivities(nll2, params, counts, measured):
    @jax.custom_jvp
    def best(counts, measured):
        return params

    @best.defjvp
    def rule(primals, tangents):
        slope = lambda counts, measured: jax.grad(nll2)(params, counts, measured)
        _, change = jax.jvp(slope, primals, tangents)
        return params, -jnp.linalg.solve(jax.hessian(nll2)(params, *primals), change)

    by_counts = [jax.jvp(best, (counts, measured), (v, jnp.zeros_like(measured)))[1][0] for v in jnp.eye(len(counts))]
    by_measured = [jax.jvp(best, (counts, measured), (jnp.zeros_like(counts), v))[1][0] for v in jnp.eye(len(measured))]
    return jnp.array(by_counts), jnp.array(by_measured)


# %% right: central differences of the exact gradient
def sensitivities(nll2, params, counts, measured):
    slope, h = jax.grad(nll2), 1e-4
    H = jax.hessian(nll2)(params, counts, measured)

    def along(v, w):
        up, down = slope(params, counts + h * v, measured + h * w), slope(params, counts - h * v, measured - h * w)
        return -jnp.linalg.solve(H, (up - down) / (2 * h))[0]

    no_v, no_w = jnp.zeros_like(counts), jnp.zeros_like(measured)
    return (
        jnp.array([along(v, no_w) for v in jnp.eye(counts.size)]),
        jnp.array([along(no_v, w) for w in jnp.eye(measured.size)]),
    )


# %% right: refits, with small steps and Newton to its end
def sensitivities(nll2, params, counts, measured):
    @jax.jit
    def mu_hat(counts, measured):
        step = lambda i, p: (
            p - jnp.linalg.solve(jax.hessian(nll2)(p, counts, measured), jax.grad(nll2)(p, counts, measured))
        )
        return jax.lax.fori_loop(0, 8, step, params)[0]

    h = 1e-3
    return (
        jnp.array(
            [
                (mu_hat(counts + h * v, measured) - mu_hat(counts - h * v, measured)) / (2 * h)
                for v in jnp.eye(counts.size)
            ]
        ),
        jnp.array(
            [
                (mu_hat(counts, measured + h * v) - mu_hat(counts, measured - h * v)) / (2 * h)
                for v in jnp.eye(measured.size)
            ]
        ),
    )


# %% right: conjugate gradients
def sensitivities(nll2, params, counts, measured):
    times_H = lambda v: jax.jvp(lambda p: jax.grad(nll2)(p, counts, measured), (params,), (v,))[1]
    row, _ = jax.scipy.sparse.linalg.cg(times_H, jnp.eye(len(params))[0], tol=1e-14)
    _, back = jax.vjp(lambda *data: jax.grad(nll2)(params, *data), counts, measured)
    return back(-row)


# %% wrong: not a matrix at all
# mistake: others_held
def sensitivities(nll2, params, counts, measured):
    slope = lambda p, n, a: jax.grad(nll2)(p, n, a)[0]
    curvature = jax.grad(slope)(params, counts, measured)[0]
    return tuple(-jax.grad(slope, argnums=i)(params, counts, measured) / curvature for i in (1, 2))


# %% wrong: the covariance, and the minus forgotten
# mistake: minus_twice
def sensitivities(nll2, params, counts, measured):
    C = 2 * jnp.linalg.inv(jax.hessian(nll2)(params, counts, measured))
    by_counts, by_measured = jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    return (C @ by_counts)[0], (C @ by_measured)[0]


# %% wrong: through the covariance with the minus
# mistake: twice
def sensitivities(nll2, params, counts, measured):
    C = 2 * jnp.linalg.inv(jax.hessian(nll2)(params, counts, measured))
    by_counts, by_measured = jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    return -C[0] @ by_counts, -C[0] @ by_measured


# %% wrong: Hessian of -ln L's own size
# mistake: half
def sensitivities(nll2, params, counts, measured):
    H = 2 * jax.hessian(nll2)(params, counts, measured)
    return tuple(
        -jnp.linalg.solve(H, one)[0] for one in jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    )


# %% wrong: params are constants
# says: All derivatives are 0
def sensitivities(nll2, params, counts, measured):
    def mu_hat(counts, measured):
        return params[0] + 0 * counts.sum() + 0 * measured.sum()

    return jax.grad(mu_hat, argnums=(0, 1))(counts, measured)


# %% wrong: reverse mode through the loop of a fit
# says: Reverse mode can't go through the loop of a fit
def sensitivities(nll2, params, counts, measured):
    def mu_hat(counts, measured):
        slope = lambda p: jax.grad(nll2)(p, counts, measured)
        go_on = lambda p: jnp.abs(slope(p)).max() > 1e-9
        newton = lambda p: p - jnp.linalg.solve(jax.hessian(nll2)(p, counts, measured), slope(p))
        return jax.lax.while_loop(go_on, newton, params + 0.1)[0]

    return jax.grad(mu_hat, argnums=(0, 1))(counts, measured)


# %% wrong: grad of a gradient
# says: jax.grad wants a function with one result
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    mixed = jax.grad(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    return tuple(-jnp.linalg.solve(H, one)[0] for one in mixed)


# %% wrong: second derivatives by the counts alone
# says: It stops with
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    by_counts = jax.hessian(nll2, argnums=1)(params, counts, measured)
    by_measured = jax.hessian(nll2, argnums=2)(params, counts, measured)
    return -jnp.linalg.solve(H, by_counts)[0], -jnp.linalg.solve(H, by_measured)[0]


# %% wrong: the counts alone
# says: return 2: the derivative by the counts, the derivative by the measured
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    return (-jnp.linalg.solve(H, jax.jacobian(jax.grad(nll2), argnums=1)(params, counts, measured))[0],)


# %% wrong: refits with coarse steps
# says: It is nearly right
def sensitivities(nll2, params, counts, measured):
    @jax.jit
    def mu_hat(counts, measured):
        def step(_, at):
            return at - jnp.linalg.solve(jax.hessian(nll2)(at, counts, measured), jax.grad(nll2)(at, counts, measured))

        return jax.lax.fori_loop(0, 8, step, params)[0]

    def change(v, w):
        up, down = (mu_hat(counts + sign * v, measured + sign * w) for sign in (1, -1))
        return (up - down) / 2 / max(float(v.sum()), float(w.sum()))

    return (
        jnp.array([change(0.1 * v, 0 * measured) for v in jnp.eye(counts.size)]),
        jnp.array([change(0 * counts, 0.02 * w) for w in jnp.eye(measured.size)]),
    )


# %% wrong: NumPy solves
# says: It fails under jit. NumPy meets a JAX tracer
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    by_n, by_a = jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    return -np.linalg.solve(H, by_n)[0], -np.linalg.solve(H, by_a)[0]


# %% wrong: finite steps of one event in the slope
# mistake: slope_by_whole_steps
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    g = jax.grad(nll2)
    one = lambda n, a: -jnp.linalg.solve(H, g(params, n, a) - g(params, counts, measured))[0]
    by_n = jax.vmap(lambda d: one(counts + d, measured))(jnp.eye(len(counts)))
    by_a = jax.vmap(lambda d: one(counts, measured + d))(jnp.eye(len(measured)))
    return by_n, by_a


# %% wrong: mixed derivatives at measured = 0
# mistake: mixed_at_measured_0
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    by_n, by_a = jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, jnp.zeros_like(measured))
    return -jnp.linalg.solve(H, by_n)[0], -jnp.linalg.solve(H, by_a)[0]


# %% wrong: the arguments counted from 0
# mistake: by_arguments_0_and_1
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    by_n, by_a = jax.jacobian(jax.grad(nll2), argnums=(0, 1))(params, counts, measured)
    return -jnp.linalg.solve(H, by_n)[0], -jnp.linalg.solve(H, by_a)[0]


# %% wrong: the covariance of mu with all the others
# says: one number for each parameter but one
def sensitivities(nll2, params, counts, measured):
    H = jax.hessian(nll2)(params, counts, measured)
    by_n, by_a = jax.jacobian(jax.grad(nll2), argnums=(1, 2))(params, counts, measured)
    C = 2 * jnp.linalg.inv(H)
    return -jnp.linalg.solve(H, by_n)[0], C[0, 1:]
