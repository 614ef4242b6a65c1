# %% right: three fits by keywords, returned as an array
def q_tilde(fit, mu, counts, model):
    best = fit(counts, model, fixed=None)
    mu_hat = float(best[0][0])
    compared = fit(counts, model, fixed={0: 0.0})[2] if mu_hat < 0 else best[2]
    held = fit(counts, model, fixed={0: mu})[2]
    return np.array(held - compared) * (mu_hat <= mu)


# %% right: through the scan of task 10
def q_tilde(fit, mu, counts, model):
    at_mu, at_0 = check.use("profile_scan")(fit, [mu, 0.0], counts, model)
    mu_hat = fit(counts, model)[0][0]
    return 0.0 if mu_hat > mu else at_mu - at_0 if mu_hat < 0 else at_mu


# %% right: the best mu that is allowed, then two conditional fits
def q_tilde(fit, mu, counts, model):
    allowed = max(fit(counts, model)[0][0], 0.0)
    if allowed > mu:
        return 0
    return fit(counts, model, {0: mu})[2] - fit(counts, model, {0: allowed})[2]


# %% right: the package's, on the same model
def q_tilde(fit, mu, counts, model):
    return jaxhep.hypotest(check.as_model(model), counts, mu).q


# %% right: differences of all three, chosen by jnp.where
def q_tilde(fit, mu, counts, model):
    values, _, free = fit(counts, model)
    held, zero = (fit(counts, model, {0: m})[2] for m in (mu, 0.0))
    return jnp.where(values[0] > mu, 0.0, held - jnp.where(values[0] < 0, zero, free))


# %% wrong: t_mu from the scan
# mistake: two_sided
def q_tilde(fit, mu, counts, model):
    return check.use("profile_scan")(fit, np.array([mu]), counts, model)[0]


# %% wrong: held by its name
# says: so `{0: mu}` holds it
def q_tilde(fit, mu, counts, model):
    return fit(counts, model, {"mu": mu})[2] - fit(counts, model)[2]


# %% wrong: data of the notebook
# says: It reads `asimov` of the notebook
def q_tilde(fit, mu, counts, model):
    return fit(asimov, model, {0: mu})[2] - fit(asimov, model)[2]


# %% wrong: mu = 1 is tested, whatever mu is
# says: `mu` has no say
def q_tilde(fit, mu, counts, model):
    values, _, lowest = fit(counts, model)
    return 0.0 if values[0] > 1 else fit(counts, model, {0: 1.0})[2] - lowest
