"""The discriminant: a small JAX network, trained in two folds so that no event is scored by a network that saw it."""

import jax
import jax.numpy as jnp
import numpy as np

import detector as det

INPUTS = (
    "log lep0_pt",
    "log lep1_pt",
    "lep0_eta",
    "lep1_eta",
    "log mll",
    "dphill",
    "log ptll",
    "log mt",
    "log met",
    "dphi(ll, met)",
    "mt of lep0",
    "mt of lep1",
    "electron leads",
    "njet",
    "log jet0_pt",
    "|jet0_eta|",
    "dphi(ll, jet0)",
)
HIDDEN = (64, 32)
EPOCHS, BATCH, RATE = 40, 512, 1e-3


def inputs(f):
    """Network inputs (n, len(INPUTS)) from the reconstructed quantities of detector.reconstruct."""
    llx = f["lep0_pt"] * np.cos(f["lep0_phi"]) + f["lep1_pt"] * np.cos(f["lep1_phi"])
    lly = f["lep0_pt"] * np.sin(f["lep0_phi"]) + f["lep1_pt"] * np.sin(f["lep1_phi"])
    phi_ll = np.arctan2(lly, llx)
    has_jet = np.isfinite(f["jet0_pt"])
    mt = lambda k: np.sqrt(2 * f[k + "_pt"] * f["met"] * (1 - np.cos(f[k + "_phi"] - f["met_phi"])))
    columns = (
        np.log(f["lep0_pt"]),
        np.log(f["lep1_pt"]),
        f["lep0_eta"],
        f["lep1_eta"],
        np.log(f["mll"]),
        f["dphill"],
        np.log(f["ptll"]),
        np.log(f["mt"]),
        np.log(f["met"]),
        np.abs(det.wrap(phi_ll - f["met_phi"])),
        mt("lep0") / 50,
        mt("lep1") / 50,
        np.abs(f["lep0_pdgid"]) == 11,
        np.minimum(f["njet"], 1),
        np.where(has_jet, np.log(np.where(has_jet, f["jet0_pt"], 1)), np.log(25.0)),
        np.where(has_jet, np.abs(f["jet0_eta"]), 0.0),
        np.where(has_jet, np.abs(det.wrap(phi_ll - np.where(has_jet, f["jet0_phi"], 0))), 0.0),
    )
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def initial(key, n_in):
    sizes = (n_in, *HIDDEN, 1)
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        (jax.random.normal(k, (a, b)) * jnp.sqrt(1.0 / a), jnp.zeros(b)) for k, a, b in zip(keys, sizes[:-1], sizes[1:])
    ]


def logit(params, x):
    for w, b in params[:-1]:
        x = jnp.tanh(x @ w + b)
    w, b = params[-1]
    return (x @ w + b)[:, 0]


def loss(params, x, y, w):
    z = logit(params, x)
    return jnp.sum(w * (jnp.logaddexp(0.0, z) - y * z)) / jnp.sum(w)


@jax.jit
def step(params, m, v, t, x, y, w):
    """One Adam step."""
    g = jax.grad(loss)(params, x, y, w)
    m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
    v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
    rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    params = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-8), params, m, v)
    return params, m, v


def train_two_fold(x, label, weight, seed=0):
    """Return `score(x, fold) -> (n,)` and the fold (n,) of each event; fold k is scored by the network trained on fold 1 - k.

    Signal and background enter with equal total weight.
    """
    fold = np.arange(len(x)) % 2
    mean, std = x.mean(axis=0), x.std(axis=0) + 1e-6
    scale = lambda a: ((a - mean) / std).astype(np.float32)
    w = np.where(label == 1, weight / weight[label == 1].sum(), weight / weight[label == 0].sum())
    w = (w / w.mean()).astype(np.float32)
    networks = []
    for k in (0, 1):
        train = np.flatnonzero(fold != k)
        xs, ys, ws = scale(x[train]), label[train].astype(np.float32), w[train]
        params = initial(jax.random.key(seed + k), x.shape[1])
        m = v = jax.tree.map(jnp.zeros_like, params)
        rng, t = np.random.default_rng(seed + k), 0
        for _ in range(EPOCHS):
            order = rng.permutation(len(train))
            for i in range(0, len(order) - BATCH + 1, BATCH):
                t += 1
                b = order[i : i + BATCH]
                params, m, v = step(params, m, v, float(t), xs[b], ys[b], ws[b])
        networks.append(jax.jit(lambda a, p=params: jax.nn.sigmoid(logit(p, a))))

    def score(a, fold):
        a = scale(a)
        return np.where(fold == 0, np.asarray(networks[0](a)), np.asarray(networks[1](a)))

    return score, fold
