# %% right: HESSE of Minuit
def fit_mu(signal, background, counts):
    poisson = check.use("poisson_nll2")
    minuit = Minuit(lambda mu: float(poisson(mu * signal + background, counts)), mu=0.5)
    minuit.errordef = 1
    minuit.migrad()
    minuit.hesse()
    minuit.minos()
    return minuit.values[0], minuit.errors[0], minuit.merrors[0].lower, minuit.merrors[0].upper


# %% right: -ln L with errordef 0.5
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: np.sum(mu * signal - counts * np.log(mu * signal + background)), mu=1.0)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.migrad()
    minuit.hesse()
    minuit.minos()
    error = minuit.merrors["mu"]
    return np.array([minuit.values["mu"], minuit.errors["mu"], error.lower, error.upper])


# %% right: no Minuit at all, Newton and bisection
def fit_mu(signal, background, counts):
    def nll(mu):
        return 2 * np.sum(mu * signal - counts * np.log(mu * signal + background))

    mu = 0.0
    for _ in range(100):
        E = mu * signal + background
        step = np.sum(signal - counts * signal / E) / np.sum(counts * signal**2 / E**2)
        while np.any((mu - step) * signal + background <= 0):
            step /= 2
        mu -= step
    sigma = np.sum(counts * signal**2 / (mu * signal + background) ** 2) ** -0.5
    ends = []
    for direction in (-1, 1):
        near, far = 0.0, 1e-3
        while np.all((mu + direction * far) * signal + background > 0) and nll(mu + direction * far) - nll(mu) < 1:
            far *= 1.1
        for _ in range(60):
            middle = (near + far) / 2
            inside = np.all((mu + direction * middle) * signal + background > 0)
            near, far = (middle, far) if inside and nll(mu + direction * middle) - nll(mu) < 1 else (near, middle)
        ends.append(direction * near)
    return [mu, sigma, *ends]


# %% right: JAX derivatives given to Minuit
def fit_mu(signal, background, counts):
    cost = lambda mu: 2 * jnp.sum(mu * signal - counts * jnp.log(mu * signal + background))
    minuit = Minuit(lambda x: float(cost(x[0])), [1.0], grad=lambda x: [float(jax.grad(cost)(x[0]))], name=["mu"])
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.migrad().minos()
    second = jax.hessian(cost)(minuit.values["mu"])
    return minuit.values["mu"], jnp.sqrt(2 / second), minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: errordef of -ln L
# mistake: errordef_of_half
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts)), mu=1.0)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.migrad()
    minuit.hesse()
    minuit.minos()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: -ln L with errordef 1
# mistake: errordef_of_two
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: np.sum(mu * signal - counts * np.log(mu * signal + background)), mu=1.0)
    minuit.migrad()
    minuit.hesse()
    minuit.minos()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: sqrt(1 / d2)
# mistake: curvature_without_the_2
def fit_mu(signal, background, counts):
    cost = lambda mu: check.use("poisson_nll2")(mu * signal + background, counts)
    minuit = Minuit(lambda mu: float(cost(mu)), mu=1.0)
    minuit.errordef = 1
    minuit.migrad().minos()
    sigma = jnp.sqrt(1 / jax.grad(jax.grad(cost))(minuit.values["mu"]))
    return minuit.values["mu"], sigma, minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: curvature right, MINOS at 0.5
# mistake: minos_at_half
def fit_mu(signal, background, counts):
    cost = lambda mu: check.use("poisson_nll2")(mu * signal + background, counts)
    minuit = Minuit(lambda mu: float(cost(mu)), mu=1.0)
    minuit.errordef = 0.5
    minuit.migrad().minos()
    sigma = jnp.sqrt(2 / jax.grad(jax.grad(cost))(minuit.values["mu"]))
    return minuit.values["mu"], sigma, minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: MINOS never run
# mistake: minos_not_run
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts)), mu=1.0)
    minuit.errordef = 1
    minuit.migrad()
    minuit.hesse()
    return minuit.values["mu"], minuit.errors["mu"], -minuit.errors["mu"], minuit.errors["mu"]


# %% wrong: mu scales everything
# mistake: mu_on_everything
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * (signal + background), counts)), mu=1.0)
    minuit.errordef = 1
    minuit.migrad().minos()
    minuit.hesse()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: the Asimov data are fitted
# mistake: asimov_data_fitted
def fit_mu(signal, background, counts):
    n = signal + background
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * signal + background, n)), mu=1.0)
    minuit.errordef = 1
    minuit.migrad().minos()
    minuit.hesse()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: limited to positive mu
# says: doesn't go below zero
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts)), mu=1.0)
    minuit.errordef = 1
    minuit.limits["mu"] = (0, None)
    minuit.migrad().minos()
    minuit.hesse()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: errordef set on a name that doesn't exist
# says: It stops with AttributeError
def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts)), mu=1.0)
    minuit.migrad().minos()
    return minuit.values["mu"], minuit.errors["mu"], minuit.minos_errors["mu"].lower, minuit.minos_errors["mu"].upper


# %% wrong: task 2 is still empty
# says: The function that Minuit minimises returns None
def empty_task_2(expected, counts): ...


def fit_mu(signal, background, counts):
    minuit = Minuit(lambda mu: empty_task_2(mu * signal + background, counts), mu=1.0)
    minuit.errordef = 1
    minuit.migrad().minos()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: a JAX array as gradient
# says: np.asarray(...)
def fit_mu(signal, background, counts):
    cost = lambda mu: 2 * jnp.sum(mu * signal - counts * jnp.log(mu * signal + background))
    minuit = Minuit(lambda mu: float(cost(mu)), mu=1.0, grad=jax.grad(cost))
    minuit.errordef = 1
    minuit.migrad().minos()
    return minuit.values["mu"], minuit.errors["mu"], minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: expected information, as on paper
# mistake: expected_information
def fit_mu(signal, background, counts):
    cost = lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts))
    m = Minuit(cost, mu=1.0)
    m.errordef = 1
    m.migrad(), m.minos()
    mu = m.values["mu"]
    sigma = 1 / np.sqrt(np.sum(signal**2 / (mu * signal + background)))
    return mu, sigma, m.merrors["mu"].lower, m.merrors["mu"].upper


# %% wrong: the mean of the MINOS errors
# says: What you return as error is the mean of the two MINOS errors
def fit_mu(signal, background, counts):
    cost = lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts))
    m = Minuit(cost, mu=1.0)
    m.errordef = 1
    m.migrad(), m.minos()
    e = m.merrors["mu"]
    return m.values["mu"], (e.upper - e.lower) / 2, e.lower, e.upper


# %% wrong: the upper MINOS error
# says: What you return as error is the upper MINOS error
def fit_mu(signal, background, counts):
    cost = lambda mu: float(check.use("poisson_nll2")(mu * signal + background, counts))
    m = Minuit(cost, mu=1.0)
    m.errordef = 1
    m.migrad(), m.minos()
    e = m.merrors["mu"]
    return m.values["mu"], e.upper, e.lower, e.upper


# %% wrong: a chi-squared that falls without end
# says: Minuit finds no minimum in one
def fit_mu(signal, background, counts):
    def cost(mu):
        E = mu * signal + background
        return float(np.sum((counts - E) ** 2 / E))

    minuit = Minuit(cost, mu=1.0)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.migrad()
    minuit.hesse()
    sigma = minuit.errors["mu"]
    minuit.minos()
    return minuit.values["mu"], sigma, minuit.merrors["mu"].lower, minuit.merrors["mu"].upper


# %% wrong: one Newton step
# says: The search for the end of the interval starts
def fit_mu(signal, background, counts):
    from scipy.optimize import brentq

    cost = lambda mu: check.use("poisson_nll2")(mu * signal + background, counts)
    slope = jax.grad(cost)
    curvature = jax.grad(slope)
    mu_hat = float(1.0 - slope(1.0) / curvature(1.0))
    sigma = float(np.sqrt(2 / curvature(mu_hat)))
    rise = lambda mu: float(jnp.nan_to_num(cost(mu) - cost(mu_hat), nan=1e3)) - 1
    return (mu_hat, sigma, brentq(rise, mu_hat - 5 * sigma, mu_hat) - mu_hat,
            brentq(rise, mu_hat, mu_hat + 5 * sigma) - mu_hat)
