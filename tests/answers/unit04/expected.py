# %% right: einsum
def expected(params, model):
    K = model["up"].shape[1]
    f = check.use("interpolate")(params[1 : K + 1], model["coefficients"], model["up"], model["down"])
    strength = 1 + (params[0] - 1) * model["signal"]
    return jnp.einsum("p,pb,pb,b->b", strength, model["nominal"], jnp.prod(f, axis=1), 1 + model["mc_error"] * params[1 + K :])


# %% wrong: a mask from NumPy
# says: `is_signal = np.asarray(
def expected(params, model):
    bins = model["nominal"].shape[1]
    theta, gamma = params[1:-bins], params[-bins:]
    f = check.use("interpolate")(theta, model["coefficients"], model["up"], model["down"]).prod(axis=1)
    is_signal = np.asarray(model["signal"]) == 1
    S, B = (model["nominal"] * f)[is_signal].sum(axis=0), (model["nominal"] * f)[~is_signal].sum(axis=0)
    return (params[0] * S + B) * (1 + gamma * model["mc_error"])


# %% wrong: NumPy and loops
# says: NumPy meets a JAX tracer
def expected(params, model):
    P, K, B = model["up"].shape
    f = np.asarray(check.use("interpolate")(params[1 : K + 1], model["coefficients"], model["up"], model["down"]))
    total = [0.0] * B
    for b in range(B):
        for p in range(P):
            value = float(model["nominal"][p, b]) * (params[0] if model["signal"][p] else 1.0)
            for k in range(K):
                value *= f[p, k, b]
            total[b] += value
        total[b] *= 1 + float(model["mc_error"][b]) * params[1 + K + b]
    return total


# %% right: sums of logarithms, everything through the package
def expected(params, model):
    whole = check.as_model(model)
    mu, theta, gamma = whole.split(jnp.asarray(params))
    shift = jaxhep.likelihood.log_factors(whole, theta).sum(axis=1)
    strength = jnp.where(model["signal"] > 0.5, mu[0], 1.0)
    per_process = model["nominal"] * jnp.exp(shift) * strength[:, None]
    return per_process.sum(0) + per_process.sum(0) * gamma * model["mc_error"]


# %% wrong: the model changed in place
# says: changes its argument `model` in place
def expected(params, model):
    K = model["up"].shape[1]
    f = check.use("interpolate")(params[1 : K + 1], model["coefficients"], model["up"], model["down"])
    model["nominal"] = jnp.where(model["signal"][:, None] == 1, params[0], 1.0) * model["nominal"]
    return (model["nominal"] * f.prod(axis=1)).sum(axis=0) * (1 + model["mc_error"] * params[1 + K :])


# %% wrong: ten systematics typed in
# says: It stops with
def expected(params, model):
    f = check.use("interpolate")(params[1:11], model["coefficients"], model["up"], model["down"])
    strength = jnp.where(model["signal"] == 1, params[0], 1.0)[:, None]
    return (strength * model["nominal"] * f.prod(axis=1)).sum(axis=0) * (1 + model["mc_error"] * params[11:])


# %% wrong: the notebook's model
# says: `small` of the notebook
def expected(params, model):
    K = small["up"].shape[1]
    f = check.use("interpolate")(jnp.zeros(K), small["coefficients"], small["up"], small["down"])
    return (small["nominal"] * f.prod(axis=1)).sum(axis=0)


# %% right: a Python loop over systematics, in jnp
def expected(params, model):
    K = model["up"].shape[1]
    f = check.use("interpolate")(params[1 : K + 1], model["coefficients"], model["up"], model["down"])
    yields = (
        model["nominal"] * jnp.where(model["signal"] > 0, params[0], 1.0)[:, None]
    )
    for k in range(K):
        yields = yields * f[:, k]
    return sum(yields) * (1 + params[1 + K :] * model["mc_error"])


# %% right: strength as a power, vmap over the bins
def expected(params, model):
    K = model["up"].shape[1]
    f = check.use("interpolate")(params[1 : K + 1], model["coefficients"], model["up"], model["down"])
    strength = model["signal"] * params[0] + (1 - model["signal"])
    in_bin = lambda n, r, d, g: (1 + d * g) * jnp.sum(strength * n * jnp.prod(r, axis=1))
    return jax.vmap(in_bin, in_axes=(1, 2, 0, 0))(model["nominal"], f, model["mc_error"], params[1 + K :])


# %% wrong: mu to the power of the flag, as in the formula
# says: A power of 0 is taken
def expected(params, model):
    K = model["up"].shape[1]
    mu, theta, gamma = jnp.split(jnp.asarray(params), [1, 1 + K])
    f = check.use("interpolate")(theta, model["coefficients"], model["up"], model["down"])
    yields = jnp.einsum("p,pb,pb->b", mu[0] ** model["signal"], model["nominal"], f.prod(1))
    return (1 + model["mc_error"] * gamma) * yields


# %% wrong: the logarithm of mu
# says: It is NaN or infinite where mu is 0
def expected(params, model):
    K = model["up"].shape[1]
    mu, theta, gamma = params[0], params[1 : 1 + K], params[1 + K :]
    f = check.use("interpolate")(theta, model["coefficients"], model["up"], model["down"])
    log_factor = jnp.sum(jnp.log(f), axis=1) + (model["signal"] * jnp.log(mu))[:, None]
    bins = jnp.sum(model["nominal"] * jnp.exp(log_factor), axis=0)
    return bins * (1 + model["mc_error"] * gamma)
