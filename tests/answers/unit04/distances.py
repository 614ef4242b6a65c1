# %% right: a loop over names
def distances(values, covariance, truth, names):
    found = [(values[0] - truth["mu"]) / covariance[0, 0] ** 0.5]
    for k, name in enumerate(names, start=1):
        found.append((values[k] - truth["theta"][name]) / covariance[k, k] ** 0.5)
    return found


# %% right: pandas
def distances(values, covariance, truth, names):
    labels = ["mu", *names]
    true = pd.Series({"mu": truth["mu"], **truth["theta"]})[labels]
    fitted = pd.Series(values[: len(labels)], labels)
    return (fitted - true) / np.sqrt(np.diagonal(covariance)[: len(labels)])


# %% right: jnp
def distances(values, covariance, truth, names):
    n = len(names) + 1
    true = jnp.array([truth["mu"]] + [truth["theta"][name] for name in names])
    return (jnp.asarray(values)[:n] - true) * jnp.diag(jnp.asarray(covariance))[:n] ** -0.5


# %% right: zip, with a chain of dictionaries
def distances(values, covariance, truth, names):
    known = {**truth["theta"], "mu": truth["mu"]}
    errors = np.sqrt(covariance.diagonal())
    return np.array([(v - known[name]) / e for name, v, e in zip(["mu", *names], values, errors)])


# %% wrong: the names of the notebook
# says: `ten` of the notebook
def distances(values, covariance, truth, names):
    true = np.array([truth["mu"], *(truth["theta"].get(name, 0.0) for name in ten)])
    return (values[: true.size] - true) / np.sqrt(np.diag(covariance))[: true.size]


# %% wrong: mu among the systematics
# says: It stops with KeyError
def distances(values, covariance, truth, names):
    true = np.array([truth["theta"][name] for name in ["mu", *names]])
    return (values[: true.size] - true) / np.sqrt(np.diag(covariance))[: true.size]


# %% wrong: the values changed in place
# says: changes its argument `values` in place
def distances(values, covariance, truth, names):
    values[: 1 + len(names)] -= np.array([truth["mu"], *(truth["theta"][name] for name in names)])
    return values[: 1 + len(names)] / np.sqrt(np.diag(covariance))[: 1 + len(names)]


# %% wrong: the covariance has no say
# says: `covariance` has no say
def distances(values, covariance, truth, names):
    true = np.array([truth["mu"], *(truth["theta"][name] for name in names)])
    return (values[: true.size] - true) / 0.5
