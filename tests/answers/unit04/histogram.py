# %% right: one pass with bincount
def histogram(score, weight, edges):
    inside = (score >= edges[0]) & (score <= edges[-1])
    index = np.digitize(score[inside], edges[1:-1])
    return np.bincount(index, weight[inside], len(edges) - 1), np.sqrt(np.bincount(index, weight[inside] ** 2, len(edges) - 1))


# %% right: jnp, returned as a list
def histogram(score, weight, edges):
    return [jnp.histogram(score, edges, weights=weight)[0], jnp.histogram(score, edges, weights=weight**2)[0] ** 0.5]


# %% right: a Python loop over bins, both results in one array
def histogram(score, weight, edges):
    result = np.zeros((2, len(edges) - 1))
    for b, (low, high) in enumerate(zip(edges[:-1], edges[1:])):
        chosen = (score >= low) & ((score < high) | ((b == len(edges) - 2) & (score == high)))
        result[:, b] = weight[chosen].sum(), np.sqrt((weight[chosen] ** 2).sum())
    return result


# %% right: plain Python numbers, event by event
def histogram(score, weight, edges):
    yields, squares = [0.0] * (len(edges) - 1), [0.0] * (len(edges) - 1)
    for s, w in zip(score, weight):
        for b in range(len(edges) - 1):
            if edges[b] <= s < edges[b + 1] or (b == len(edges) - 2 and s == edges[-1]):
                yields[b] += float(w)
                squares[b] += float(w) ** 2
    return tuple(yields), tuple(q**0.5 for q in squares)


# %% right: pandas
def histogram(score, weight, edges):
    table = pd.DataFrame({"bin": pd.cut(score, edges, right=False, labels=False), "w": weight, "w2": weight**2})
    table.loc[score == edges[-1], "bin"] = len(edges) - 2
    sums = table.groupby("bin")[["w", "w2"]].sum().reindex(range(len(edges) - 1), fill_value=0.0)
    return sums["w"], np.sqrt(sums["w2"])


# %% wrong: ten bins typed in
# says: `binning` stands where something else belongs
def histogram(score, weight, edges):
    binning = np.linspace(0, 1, 11)
    return np.histogram(score, binning, weights=weight)[0], np.sqrt(np.histogram(score, binning, weights=weight**2)[0])


# %% wrong: squares the weights in place
# says: changes its argument `weight` in place
def histogram(score, weight, edges):
    yields = np.histogram(score, edges, weights=weight)[0]
    weight *= weight
    return yields, np.sqrt(np.histogram(score, edges, weights=weight)[0])


# %% wrong: one result only
# says: return the yields, the errors
def histogram(score, weight, edges):
    return {"yields": np.histogram(score, edges, weights=weight)[0]}


# %% wrong: single precision
# says: single precision
def histogram(score, weight, edges):
    weight = weight.astype(np.float32)
    return jnp.histogram(score, edges, weights=weight)[0], jnp.sqrt(jnp.histogram(score, edges, weights=weight**2)[0])


# %% wrong: the notebook's events instead of the arguments
# says: `events` of the notebook
def histogram(score, weight, edges):
    weight = events["weight"].to_numpy(float)
    score = events["score"].to_numpy(float)
    return np.histogram(score, edges, weights=weight)[0], np.sqrt(np.histogram(score, edges, weights=weight**2)[0])


# %% wrong: no return
# says: is the `return` missing
def histogram(score, weight, edges):
    yields = np.histogram(score, edges, weights=weight)[0]
    error = np.sqrt(np.histogram(score, edges, weights=weight**2)[0])


# %% wrong: the yields alone
# says: things; return 2: the yields
def histogram(score, weight, edges):
    return np.histogram(score, edges, weights=weight)[0]
