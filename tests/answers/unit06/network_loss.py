# %% right: the course's sigma of shares and columns
def network_loss(net, features, columns, edges, width):
    return jnp.log(sensitivity.sigma(sensitivity.soft_memberships(network.score(net, features), edges, width), columns))


# %% right: by hand, with a Cholesky decomposition
def network_loss(net, features, columns, edges, width):
    beyond = jax.nn.sigmoid((network.score(net, features)[:, None] - edges[1:-1]) / width)
    S = jnp.pad(beyond, ((0, 0), (1, 0)), constant_values=1.0) - jnp.pad(beyond, ((0, 0), (0, 1)))
    a, E = (S * columns[:, :1]).sum(0), (S * columns[:, 1:2]).sum(0)
    R = jnp.einsum("ib,ik->kb", S, columns[:, 2:-1])
    V = (S * columns[:, -1:]).sum(0)
    L = jnp.linalg.cholesky(jnp.diag(E + V) + R.T @ R)
    return -jnp.log(jnp.linalg.norm(jax.scipy.linalg.solve_triangular(L, a, lower=True)))


# %% right: signal and background apart, tanh, half the logarithm of the variance
def network_loss(net, features, columns, edges, width):
    score = network.score(net, features)
    s = 0.5 + 0.5 * jnp.tanh((score[:, None] - edges[None, 1:-1]) / (2 * width))
    n = len(score)
    S = -jnp.diff(jnp.concatenate([jnp.ones((n, 1)), s, jnp.zeros((n, 1))], axis=1), axis=1)
    signal, other = columns[:, 0], columns[:, 1] - columns[:, 0]
    V = signal**2 @ S + other**2 @ S
    R = columns[:, 2:-1].T @ S
    G = jnp.diag(signal @ S + other @ S + V) + sum(jnp.outer(r, r) for r in R)
    return 0.5 * jnp.log(1 / (signal @ S @ jnp.linalg.inv(G) @ (signal @ S)))


# %% right: the profile of the nuisance parameters (Woodbury), in jit
@jax.jit
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    a, E, *R, V = columns.T @ S
    R, D = jnp.stack(R), E + V
    small = jnp.eye(len(R)) + R / D @ R.T
    r = R @ (a / D)
    return -jnp.log(a @ (a / D) - r @ jnp.linalg.solve(small, r)) / 2


# %% right: one event after another
def network_loss(net, features, columns, edges, width):
    def add(sums, event):
        x, c = event
        beyond = jax.nn.sigmoid((network.score(net, x[None])[0] - edges[1:-1]) / width)
        S = jnp.append(1.0, beyond) - jnp.append(beyond, 0.0)
        return sums + jnp.outer(c, S), None

    T, _ = jax.lax.scan(add, jnp.zeros((columns.shape[1], len(edges) - 1)), (features, columns))
    return jnp.log(sensitivity.sigma_mu(T[0], T[1], T[2:-1], T[-1]))


# %% right: with the functions of tasks 1 and 2's form
def network_loss(net, features, columns, edges, width):
    score = network.score(net, features)
    signal, expected, *responses = sensitivity.soft_histogram(score, columns[:, :-1], edges, width).T
    variance = sensitivity.soft_histogram(score, columns[:, 1] ** 2, edges, width)
    return jnp.log(check.use("sigma_mu")(signal, expected, jnp.array(responses), variance))


# %% wrong: each event with its share, squared
# mistake: variance_with_the_share_squared
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    T = columns.T @ S
    return jnp.log(sensitivity.sigma_mu(T[0], T[1], T[2:-1], ((columns[:, 1:2] * S) ** 2).sum(0)))


# %% wrong: the course's sigma, no logarithm
# mistake: without_log
def network_loss(net, features, columns, edges, width):
    return sensitivity.sigma(sensitivity.soft_memberships(network.score(net, features), edges, width), columns)


# %% wrong: hard bins by comparison
# mistake: hard_bins
def network_loss(net, features, columns, edges, width):
    x = network.score(net, features)[:, None]
    S = ((x >= edges[:-1]) & (x < edges[1:])).astype(float)
    return jnp.log(sensitivity.sigma(S, columns))


# %% wrong: NumPy's histogram
# says: NumPy meets a JAX tracer
def network_loss(net, features, columns, edges, width):
    score = np.asarray(network.score(net, features))
    return jnp.log(sensitivity.sigma(sensitivity.soft_memberships(score, edges, width), columns))


# %% wrong: scores behind stop_gradient
# says: its gradient by the network is 0
def network_loss(net, features, columns, edges, width):
    score = jax.lax.stop_gradient(network.score(net, features))
    return jnp.log(sensitivity.sigma(sensitivity.soft_memberships(score, edges, width), columns))


# %% wrong: the variance taken for a constant
# says: the variance of the simulation doesn't let it through
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    T = columns.T @ S
    return jnp.log(sensitivity.sigma_mu(T[0], T[1], T[2:-1], jax.lax.stop_gradient(T[-1])))


# %% wrong: the responses taken for constants
# says: the responses don't let it through
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    T = columns.T @ S
    return jnp.log(sensitivity.sigma_mu(T[0], T[1], jax.lax.stop_gradient(T[2:-1]), T[-1]))


# %% wrong: the last layer alone
# says: it reaches the last layer only
def network_loss(net, features, columns, edges, width):
    net = [*jax.lax.stop_gradient(net[:-1]), net[-1]]
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    return jnp.log(sensitivity.sigma(S, columns))


# %% wrong: the responses of each bin squared in quadrature
# mistake: uncorrelated_bins
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    T = columns.T @ S
    return -0.5 * jnp.log(jnp.sum(T[0] ** 2 / (T[1] + T[-1] + (T[2:-1] ** 2).sum(0))))


# %% wrong: features of the notebook
# says: It reads `features_of_all` of the notebook
features_of_all = jnp.ones((60, 3))


def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features_of_all), edges, width)
    return jnp.log(sensitivity.sigma(S, columns))


# %% wrong: cross-entropy
# says: `edges` has no say
def network_loss(net, features, columns, edges, width):
    label = (columns[:, 0] > 0).astype(float)
    return network.cross_entropy(net, features, label, columns[:, 1])


# %% wrong: a sum over bins
# says: It returns an array of shape
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    T = columns.T @ S
    return jnp.log(jnp.sqrt((T[1] + T[-1] + (T[2:-1] ** 2).sum(0)) / T[0] ** 2))


# %% wrong: log of sigma in per cent
# says: It is log sigma plus 4.60517 in every case
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    return jnp.log(100 * sensitivity.sigma(S, columns))


# %% wrong: the score keeps its axis
# says: `[:, None]` doesn't belong there
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features)[:, None], edges, width)
    return jnp.log(sensitivity.sigma(S, columns))


# %% wrong: nothing comes back
# says: is the `return` missing?
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features), edges, width)
    jnp.log(sensitivity.sigma(S, columns))


# %% wrong: the branch of hard bins gets the gradient
# says: The value is right, but the gradient isn't, for sixty events
def network_loss(net, features, columns, edges, width):
    def loss(score):
        return jnp.log(sensitivity.sigma(sensitivity.soft_memberships(score, edges, width), columns))

    score = network.score(net, features)
    return loss(jnp.where(score > 0.5, score, jax.lax.stop_gradient(score)))


# %% wrong: the first thousand events
# mistake: first_thousand
def network_loss(net, features, columns, edges, width):
    S = sensitivity.soft_memberships(network.score(net, features[:1000]), edges, width)
    t = columns[:1000].T @ S
    return jnp.log(check.use("sigma_mu")(t[0], t[1], t[2:-1], t[-1]))
