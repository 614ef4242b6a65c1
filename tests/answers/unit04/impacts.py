# %% right: two loops
def impacts(fit, counts, model, which):
    values, covariance, _ = fit(counts, model)
    result = np.zeros((len(which), 2))
    for i, k in enumerate(which):
        for j, sign in enumerate((+1, -1)):
            result[i, j] = fit(counts, model, {k: values[k] + sign * covariance[k, k] ** 0.5})[0][0] - values[0]
    return result


# %% right: a list of pairs
def impacts(fit, counts, model, which):
    best, C, _ = fit(counts, model)
    sigma = np.sqrt(np.diag(C))
    mu = lambda k, x: fit(counts, model, fixed={int(k): float(x)})[0][0]
    return [(mu(k, best[k] + sigma[k]) - best[0], mu(k, best[k] - sigma[k]) - best[0]) for k in which]


# %% right: columns first, then transposed
def impacts(fit, counts, model, which):
    best, C, _ = fit(counts, model)
    columns = []
    for direction in (1.0, -1.0):
        columns.append([fit(counts, model, {k: best[k] + direction * np.sqrt(C[k, k])})[0][0] for k in which])
    return jnp.array(columns).T - best[0]


# %% right: without fit for the shifted fits, Newton's method
hessian = jax.jit(jax.hessian(check.use("nll2")))
gradient = jax.jit(jax.grad(check.use("nll2")))


def impacts(fit, counts, model, which):
    best, C, _ = fit(counts, model)
    rows = []
    for k in which:
        others = [i for i in range(best.size) if i != k]
        row = []
        for sign in (1, -1):
            x = np.array(best)
            x[k] += sign * np.sqrt(C[k, k])
            for _ in range(30):
                H = np.asarray(hessian(x, counts, model))[np.ix_(others, others)]
                x[others] -= np.linalg.solve(H, np.asarray(gradient(x, counts, model))[others])
            row.append(x[0] - best[0])
        rows.append(row)
    return np.array(rows)
