# %% right: einsum, diff
def soft_histogram(score, weight, edges, width):
    z = (score[:, None] - edges[None, 1:-1]) / width
    passed = jnp.pad(jax.nn.sigmoid(z), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
    return jnp.einsum("nb,nm->bm", -jnp.diff(passed, axis=1), weight)


# %% right: a loop over the bins
def soft_histogram(score, weight, edges, width):
    rows = []
    bins = len(edges) - 1
    for b in range(bins):
        lower = jax.scipy.special.expit((score - edges[b]) / width) if b > 0 else 1.0
        upper = jax.scipy.special.expit((score - edges[b + 1]) / width) if b < bins - 1 else 0.0
        rows.append(jnp.sum((lower - upper) * jnp.ones_like(score)[None, :] * weight.T, axis=1))
    return jnp.stack(rows)


# %% right: tanh, in half the argument
def soft_histogram(score, weight, edges, width):
    passed = (1 + jnp.tanh((score[:, None] - edges) / (2 * width))) / 2
    passed = passed.at[:, 0].set(1.0).at[:, -1].set(0.0)
    return (passed[:, :-1] - passed[:, 1:]).T @ weight


# %% right: sums above each edge, then differences
@jax.jit
def soft_histogram(score, weight, edges, width):
    above = jax.vmap(lambda e: jax.nn.sigmoid((score - e) / width) @ weight)(edges[1:-1])
    total = weight.sum(0, keepdims=True)
    above = jnp.concatenate([total, above, jnp.zeros_like(total)])
    return above[:-1] - above[1:]


# %% right: what hasn't passed, by logaddexp
def soft_histogram(score, weight, edges, width):
    below = jnp.exp(-jnp.logaddexp(0.0, (score[:, None] - edges[1:-1]) / width))
    n = len(score)
    below = jnp.hstack([jnp.zeros((n, 1)), below, jnp.ones((n, 1))])
    return jnp.diff(below, axis=1).T @ weight


# %% right: one event, mapped
def soft_histogram(score, weight, edges, width):
    def one(x, w):
        passed = jax.nn.sigmoid((x - edges[1:-1]) / width)
        return jnp.outer(jnp.append(1.0, passed) - jnp.append(passed, 0.0), w)

    return jax.vmap(one)(score, weight).sum(axis=0)


# %% right: outer edges far away
def soft_histogram(score, weight, edges, width):
    far = 1e6 * (1 + width + jnp.max(jnp.abs(score)))
    edges = edges.at[0].set(-far).at[-1].set(far)
    s = jax.nn.sigmoid((score[:, None] - edges) / width)
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% right: a sigmoid by hand, that doesn't overflow
def soft_histogram(score, weight, edges, width):
    z = (score[:, None] - edges[1:-1]) / width
    small = jnp.exp(-jnp.abs(z))
    s = jnp.where(z >= 0, 1 / (1 + small), small / (1 + small))
    ends = jnp.ones((z.shape[0], 1))
    return (jnp.concatenate((ends, s), 1) - jnp.concatenate((s, 0 * ends), 1)).T @ weight


# %% right: the package's
def soft_histogram(score, weight, edges, width):
    return sensitivity.soft_memberships(score, edges, width).T @ weight


# %% wrong: a sigmoid by hand, whose derivative overflows
# says: `score` has NaN for edges that are very narrow
def soft_histogram(score, weight, edges, width):
    s = 1 / (1 + jnp.exp(-(score[:, None] - edges[1:-1]) / width))
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, s, 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% wrong: both branches, of which one overflows
# says: even in a branch that jnp.where doesn't choose
def soft_histogram(score, weight, edges, width):
    z = (score[:, None] - edges[1:-1]) / width
    s = jnp.where(z > 0, 1 / (1 + jnp.exp(-z)), jnp.exp(z) / (1 + jnp.exp(z)))
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, s, 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% wrong: SciPy
# says: NumPy meets a JAX tracer
def soft_histogram(score, weight, edges, width):
    from scipy.special import expit

    s = expit((np.asarray(score)[:, None] - np.asarray(edges)[1:-1]) / width)
    ends = np.ones((len(score), 1))
    s = np.hstack([ends, s, 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ np.asarray(weight)


# %% wrong: axes that don't meet
# says: It stops with TypeError in line 3 of the cell with `soft_histogram`
def soft_histogram(score, weight, edges, width):
    s = jax.nn.sigmoid((score - edges[1:-1]) / width)
    return s.T @ weight


# %% wrong: the package's hard bins
# mistake: hard_bins
def soft_histogram(score, weight, edges, width):
    return sensitivity.hard_memberships(score, edges).T @ weight


# %% wrong: the sigmoid's sign, in another spelling
# mistake: reversed_sign
def soft_histogram(score, weight, edges, width):
    s = jax.nn.sigmoid((edges[1:-1] - score[:, None]) / width)
    ends = jnp.ones((len(score), 1))
    return (jnp.hstack([ends, s]) - jnp.hstack([s, 0 * ends])).T @ weight


# %% wrong: the gradient stopped at the edges
# says: its gradient by `edges` is 0
def soft_histogram(score, weight, edges, width):
    return sensitivity.soft_memberships(score, jax.lax.stop_gradient(edges), width).T @ weight


# %% wrong: a straight-through step, hard values and a soft gradient
# mistake: hard_bins
def soft_histogram(score, weight, edges, width):
    soft, hard = sensitivity.soft_memberships(score, edges, width), sensitivity.hard_memberships(score, edges)
    return (soft + jax.lax.stop_gradient(hard - soft)).T @ weight


# %% wrong: kernels instead of edges
# says: with very narrow edges this isn't the hard histogram
def soft_histogram(score, weight, edges, width):
    centres = (edges[1:] + edges[:-1]) / 2
    share = jax.nn.softmax(-((score[:, None] - centres) ** 2) / width, axis=1)
    return share.T @ weight


# %% wrong: the width typed in
# says: `0.01` stands where something else belongs
def soft_histogram(score, weight, edges, width):
    return sensitivity.soft_memberships(score, edges, 0.01).T @ weight


# %% wrong: the number of bins typed in
# says: is a size typed in?
def soft_histogram(score, weight, edges, width):
    s = jax.nn.sigmoid((score[:, None] - edges[1:4]) / width)
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, s, 0 * ends])
    return jnp.resize((s[:, :-1] - s[:, 1:]).T @ weight, (4, 3))


# %% wrong: the upper minus the lower
# mistake: negative
def soft_histogram(score, weight, edges, width):
    s = jax.nn.sigmoid((score[:, None] - edges[1:-1]) / width)
    ends = jnp.ones((len(score), 1))
    return jnp.diff(jnp.hstack([ends, s, 0 * ends]), axis=1).T @ weight


# %% wrong: an arctangent
# says: The form of the step is another one
def soft_histogram(score, weight, edges, width):
    s = 0.5 + jnp.arctan(((score[:, None] - edges[1:-1]) / width) ** 3) / jnp.pi
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, s, 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% wrong: a Gaussian kernel for each bin
# says: the shares of an event have to sum to 1
def soft_histogram(score, weight, edges, width):
    centres = (edges[1:] + edges[:-1]) / 2
    return jnp.exp(-(((score[:, None] - centres) / width) ** 2) / 2).T @ weight


# %% wrong: a function without an upper end
# says: A share lies outside of 0 to 1
def soft_histogram(score, weight, edges, width):
    s = jax.nn.softplus((score[:, None] - edges[1:-1]) / width)
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, s, 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% wrong: cut off against the overflow, too early
# says: events many h from any edge are still shared
def soft_histogram(score, weight, edges, width):
    z = jnp.clip((score[:, None] - edges[1:-1]) / width, -3, 3)
    ends = jnp.ones((len(score), 1))
    s = jnp.hstack([ends, 1 / (1 + jnp.exp(-z)), 0 * ends])
    return (s[:, :-1] - s[:, 1:]).T @ weight


# %% wrong: edges typed in
# says: `edges` has no say
def soft_histogram(score, weight, edges, width):
    return sensitivity.soft_memberships(score, jnp.linspace(0, 1, len(edges)), width).T @ weight


# %% wrong: outer edges a thousand widths further out
# says: Look at the outer edges, and at scores beyond them
def soft_histogram(score, weight, edges, width):
    e = edges.at[0].add(-1e3 * width).at[-1].add(1e3 * width)
    p = jax.nn.sigmoid((score[:, None] - e) / width)
    return (p[:, :-1] - p[:, 1:]).T @ weight


# %% wrong: scores clipped to the outer edges
# mistake: scores_clipped
def soft_histogram(score, weight, edges, width):
    score = jnp.clip(score, edges[0], edges[-1])
    p = jax.nn.sigmoid((score[:, None] - edges[1:-1]) / width)
    one = jnp.ones((len(score), 1))
    p = jnp.hstack([one, p, 0 * one])
    return (p[:, :-1] - p[:, 1:]).T @ weight
