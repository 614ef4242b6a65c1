# %% right: jnp and einsum over a table of bins
def template_ratio(score, weight, event_ratio, edges):
    inside = (score[:, None] >= edges[:-1]) & (score[:, None] < edges[1:])
    shifted = jnp.einsum("n,nk,nb->kb", weight, event_ratio, inside)
    nominal = weight @ inside
    return jnp.where(nominal > 0, shifted / jnp.where(nominal > 0, nominal, 1), 1.0)


# %% right: weighted average of the ratios, bin by bin
def template_ratio(score, weight, event_ratio, edges):
    result = np.ones((event_ratio.shape[1], len(edges) - 1))
    for b in range(len(edges) - 1):
        chosen = (score >= edges[b]) & (score < edges[b + 1])
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


# %% wrong: difference
# says: divide the yields, don't subtract
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([np.histogram(score, edges, weights=weight * r)[0] - nominal for r in event_ratio.T])


# %% wrong: one plus the difference
# says: This is 1 + (up - nominal)
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([1 + (np.histogram(score, edges, weights=weight * r)[0] - nominal) for r in event_ratio.T])


# %% wrong: relative change
# says: 1 has to mean `no change`
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    safe = np.where(nominal > 0, nominal, 1)
    return np.array([(np.histogram(score, edges, weights=weight * r)[0] - nominal) / safe for r in event_ratio.T])


# %% wrong: yields
# says: aren't divided by the nominal ones
def template_ratio(score, weight, event_ratio, edges):
    return np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])


# %% wrong: upside down
# says: upside down
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = [np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T]
    return np.array([np.where(row > 0, nominal / np.where(row > 0, row, 1), 1) for row in rows])


# %% wrong: unweighted mean
# says: averaged with equal weights
def template_ratio(score, weight, event_ratio, edges):
    number = np.histogram(score, edges)[0]
    return np.array([np.where(number > 0, np.histogram(score, edges, weights=r)[0] / np.maximum(number, 1), 1) for r in event_ratio.T])


# %% wrong: nominal weight forgotten
# says: The nominal weights are missing
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    safe = np.where(nominal > 0, nominal, 1)
    return np.array([np.where(nominal > 0, np.histogram(score, edges, weights=r)[0] / safe, 1) for r in event_ratio.T])


# %% wrong: transposed
# says: systematics come first
def template_ratio(score, weight, event_ratio, edges):
    inside = (score[:, None] >= edges[:-1]) & (score[:, None] < edges[1:])
    nominal = weight @ inside
    shifted = inside.T @ (weight[:, None] * event_ratio)
    return np.divide(shifted, nominal[:, None], where=nominal[:, None] > 0, out=np.ones_like(shifted))


# %% wrong: zero over zero
# says: divides zero by zero
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.array([np.histogram(score, edges, weights=weight * r)[0] / nominal for r in event_ratio.T])


# %% wrong: zero in an empty bin
# says: gets the ratio 0
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    return np.nan_to_num([np.histogram(score, edges, weights=weight * r)[0] / nominal for r in event_ratio.T])


# %% wrong: shape only
# says: only the shape is left
def template_ratio(score, weight, event_ratio, edges):
    nominal = np.histogram(score, edges, weights=weight)[0]
    rows = np.array([np.histogram(score, edges, weights=weight * r)[0] for r in event_ratio.T])
    rows = rows / rows.sum(axis=1, keepdims=True) * nominal.sum()
    return np.where(nominal > 0, rows / np.where(nominal > 0, nominal, 1), 1)


# %% wrong: the shape lost
# says: the shape is lost
def template_ratio(score, weight, event_ratio, edges):
    total = [np.sum(weight * r) / np.sum(weight) for r in event_ratio.T]
    return np.repeat(np.array(total)[:, None], len(edges) - 1, axis=1)


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


# %% wrong: absolute weights
# says: Negative weights count as positive ones
def template_ratio(score, weight, event_ratio, edges):
    size = np.abs(weight)
    nominal = np.histogram(score, edges, weights=size)[0]
    shifted = np.array([np.histogram(score, edges, weights=size * r)[0] for r in event_ratio.T])
    return np.where(nominal != 0, shifted / np.where(nominal != 0, nominal, 1), 1.0)


# %% wrong: underflow and overflow in the end bins
# says: end up in the first and the last bin
def template_ratio(score, weight, event_ratio, edges):
    bins = len(edges) - 1
    index = np.clip(np.searchsorted(edges, score, "right") - 1, 0, bins - 1)
    nominal = np.bincount(index, weight, bins)
    shifted = np.array([np.bincount(index, weight * r, bins) for r in event_ratio.T])
    return np.where(nominal != 0, shifted / np.where(nominal != 0, nominal, 1), 1.0)
