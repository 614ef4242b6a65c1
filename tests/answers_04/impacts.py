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


# %% wrong: values of mu-hat
# says: not its shifts
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] for s in (1, -1)] for k in which])


# %% wrong: relative to one
# says: counted from mu = 1
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - 1 for s in (1, -1)] for k in which])


# %% wrong: pre-fit step
# says: moved by 1, its pre-fit error
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s})[0][0] - v[0] for s in (1, -1)] for k in which])


# %% wrong: pre-fit impact
# says: the pre-fit impact
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: s})[0][0] - v[0] for s in (1.0, -1.0)] for k in which])


# %% wrong: around zero
# says: moved away from 0 instead of from its best fit
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in which])


# %% wrong: variance as the step
# says: The step is the variance
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * C[k, k]})[0][0] - v[0] for s in (1, -1)] for k in which])


# %% wrong: error of mu as the step
# says: The step is the error of mu
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[0, 0])})[0][0] - v[0] for s in (1, -1)] for k in which])


# %% wrong: up and down swapped
# says: Up and down have changed places
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (-1, 1)] for k in which])


# %% wrong: absolute values
# says: Both columns are positive
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[abs(fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0]) for s in (1, -1)] for k in which])


# %% wrong: transposed
# says: one row per parameter, two columns
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for k in which] for s in (1, -1)])


# %% wrong: nothing else fitted again
# says: The other nuisance parameters are held
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    others = {i: v[i] for i in range(1, v.size)}
    return np.array([[fit(counts, model, {**others, k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in which])


# %% wrong: linear estimate
# says: the linear estimate from the covariance
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[s * C[0, k] / np.sqrt(C[k, k]) for s in (1, -1)] for k in which])


# %% wrong: quadrature difference
# says: the quadrature difference
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    rest = [C[0, 0] - fit(counts, model, {k: v[k]})[1][0, 0] for k in which]
    return np.array([[np.sqrt(r), -np.sqrt(r)] for r in rest])


# %% wrong: index one too large
# says: The index is one too large
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    shifted = [k + 1 for k in which]
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in shifted])


# %% wrong: in units of the error of mu
# says: in units of the error of mu
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[(fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0]) / np.sqrt(C[0, 0]) for s in (1, -1)] for k in which])


# %% wrong: counted from 0
# says: counted from 0 on
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in range(len(which))])


# %% wrong: the first ones behind mu
# says: The first parameters behind mu are taken
def impacts(fit, counts, model, which):
    v, C, _ = fit(counts, model)
    return np.array([[fit(counts, model, {k: v[k] + s * np.sqrt(C[k, k])})[0][0] - v[0] for s in (1, -1)] for k in range(1, 1 + len(which))])
