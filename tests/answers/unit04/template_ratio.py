# %% right: jnp and einsum over a table of bins
def template_ratio(score, weight, event_ratio, edges):
    inside = (score[:, None] >= edges[:-1]) & (score[:, None] < edges[1:] + (edges[1:] == edges[-1]) * 1e-12)
    shifted = jnp.einsum("n,nk,nb->kb", weight, event_ratio, inside)
    nominal = weight @ inside
    return jnp.where(nominal > 0, shifted / jnp.where(nominal > 0, nominal, 1), 1.0)


# %% right: weighted average of the ratios, bin by bin
def template_ratio(score, weight, event_ratio, edges):
    result = np.ones((event_ratio.shape[1], len(edges) - 1))
    for b in range(len(edges) - 1):
        chosen = (score >= edges[b]) & ((score < edges[b + 1]) | ((b == len(edges) - 2) & (score == edges[-1])))
        if chosen.any():
            result[:, b] = np.average(event_ratio[chosen], axis=0, weights=weight[chosen])
    return result


# %% right: a list of rows, with nan_to_num
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = []
    for k in range(event_ratio.shape[1]):
        with np.errstate(invalid="ignore"):
            rows.append(np.nan_to_num(np.histogram(score, edges, weights=weight * event_ratio[:, k])[0] / nominal, nan=1.0))
    return rows


# %% right: with the learner's own histogram
def template_ratio(score, weight, event_ratio, edges):
    mine = check.use("histogram")
    nominal, _ = mine(score, weight, edges)
    shifted = np.stack([mine(score, weight * r, edges)[0] for r in event_ratio.T])
    return np.divide(shifted, nominal, where=nominal != 0, out=np.ones_like(shifted))


# %% wrong: multiplied in place
# says: changes its argument `event_ratio` in place
def template_ratio(score, weight, event_ratio, edges):
    event_ratio *= weight[:, None]
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([np.histogram(score, edges, weights=r)[0] for r in event_ratio.T]) / nominal


# %% wrong: shapes that don't meet
# says: Arrays of different shapes meet there
def template_ratio(score, weight, event_ratio, edges):
    shifted = weight * event_ratio
    return np.array([np.histogram(score, edges, weights=r)[0] for r in shifted.T])


# %% wrong: as many as the notebook has names
# says: It reads `names` of the notebook
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = np.array([np.histogram(score, edges, weights=weight * event_ratio[:, k])[0] for k in range(len(names))])
    return np.where(nominal != 0, rows / np.where(nominal != 0, nominal, 1), 1.0)
