# %% right: one row of the nominal yields at a time
def nll2_free(params, counts, model, floating, control):
    rows = [jnp.where(flag == 1, params[1], 1.0) * row for flag, row in zip(floating, model["nominal"])]
    region = check.use("nll2")(jnp.delete(params, 1), counts, {**model, "nominal": jnp.stack(rows)})
    return region + check.use("poisson_nll2")(params[1] * control[0], control[1])


# %% right: without task 8, from expected and squares
def nll2_free(params, counts, model, floating, control):
    mu, norm, rest = params[0], params[1], params[2:]
    scaled = dict(model, nominal=model["nominal"] * norm ** floating[:, None].astype(int))
    E = check.use("expected")(jnp.concatenate([mu[None], rest]), scaled)
    all_expected = jnp.concatenate([E, norm * control[0]])
    all_counts = jnp.concatenate([counts, control[1]])
    return 2 * jnp.sum(all_expected - all_counts * jnp.log(all_expected)) + rest @ rest


# %% right: a loop over control bins
def nll2_free(params, counts, model, floating, control):
    factor = floating * params[1] + (1 - floating)
    total = check.use("nll2")(jnp.r_[params[0], params[2:]], counts, model | {"nominal": factor[:, None] * model["nominal"]})
    for expected, observed in zip(*control):
        total += 2 * (params[1] * expected - observed * jnp.log(params[1] * expected))
    return total


# %% right: the package's likelihood with the norm in the model's scales
def nll2_free(params, counts, model, floating, control):
    scaled = check.as_model(model)
    nominal = scaled.nominal * (1 + (params[1] - 1) * floating)[:, None]
    import dataclasses

    region = jaxhep.nll2(dataclasses.replace(scaled, nominal=nominal), jnp.concatenate([params[:1], params[2:]]), counts)
    return region + jaxhep.likelihood.poisson_nll2(control[1], params[1] * control[0])


# %% wrong: changes the model in place
# says: changes its argument `model` in place
def nll2_free(params, counts, model, floating, control):
    model["nominal"] = (1 + (params[1] - 1) * floating)[:, None] * model["nominal"]
    return check.use("nll2")(jnp.delete(jnp.asarray(params), 1), counts, model)


# %% wrong: all of params handed on
# says: It stops with
def nll2_free(params, counts, model, floating, control):
    scaled = model | {"nominal": (1 + (params[1] - 1) * floating)[:, None] * model["nominal"]}
    return check.use("nll2")(params, counts, scaled) + check.use("poisson_nll2")(params[1] * control[0], control[1])


# %% wrong: NumPy in the way of grad
# says: NumPy meets a JAX tracer
def nll2_free(params, counts, model, floating, control):
    scaled = model | {"nominal": (1 + (params[1] - 1) * floating)[:, None] * model["nominal"]}
    region = check.use("nll2")(jnp.asarray(np.delete(params, 1)), counts, scaled)
    return region + check.use("poisson_nll2")(params[1] * control[0], control[1])


# %% wrong: a Python decision on the norm
# says: decides on a JAX tracer
def nll2_free(params, counts, model, floating, control):
    norm = params[1] if params[1] > 0 else 1e-6
    scaled = model | {"nominal": (1 + (norm - 1) * floating)[:, None] * model["nominal"]}
    region = check.use("nll2")(jnp.concatenate([params[:1], params[2:]]), counts, scaled)
    return region + check.use("poisson_nll2")(norm * control[0], control[1])


# %% wrong: the control region held fast
# says: somewhere a derivative is lost
def nll2_free(params, counts, model, floating, control):
    scaled = model | {"nominal": (1 + (params[1] - 1) * floating)[:, None] * model["nominal"]}
    region = check.use("nll2")(jnp.concatenate([params[:1], params[2:]]), counts, scaled)
    return region + check.use("poisson_nll2")(jax.lax.stop_gradient(params[1]) * control[0], control[1])
