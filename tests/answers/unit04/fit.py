# %% right: Newton's method
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))
hessian = jax.jit(jax.hessian(check.use("nll2")))


def fit(counts, model, fixed=None):
    fixed = dict(fixed or {})
    x = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    x[list(fixed)] = list(fixed.values())
    free = [k for k in range(x.size) if k not in fixed]
    for _ in range(60):
        g, H = np.asarray(gradient(x, counts, model))[free], np.asarray(hessian(x, counts, model))[np.ix_(free, free)]
        step = np.zeros(x.size)
        step[free] = np.linalg.solve(H, g)
        damping = 0.0
        while not value(x - step, counts, model) <= value(x, counts, model) + 1e-10:
            damping = 10 * damping + 1
            step[free] = np.linalg.solve(H + damping * np.eye(len(free)), g)
        x = x - step
    covariance = np.zeros((x.size, x.size))
    covariance[np.ix_(free, free)] = 2 * np.linalg.inv(H)
    return x, covariance, value(x, counts, model)


# %% right: Minuit with the gradient alone and its own fixed
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k] = x
        minuit.fixed[k] = True
    minuit.migrad()
    minuit.hesse()
    return minuit.values, minuit.covariance, minuit.fval


# %% right: scipy's BFGS, covariance from JAX, one function for value and gradient
from scipy.optimize import minimize

both = jax.jit(jax.value_and_grad(check.use("nll2")))
curvature = jax.jit(jax.jacfwd(jax.grad(check.use("nll2"))))


def fit(counts, model, fixed=None):
    x = np.array([1.0] + [0.0] * (model["up"].shape[1] + model["nominal"].shape[1]))
    for k, v in (fixed or {}).items():
        x[k] = v
    free = np.array([k not in (fixed or {}) for k in range(x.size)])

    def cost(z):
        y = x.copy()
        y[free] = z
        v, g = both(y, counts, model)
        return float(v), np.asarray(g)[free]

    found = minimize(cost, x[free], jac=True, method="BFGS", options={"gtol": 1e-7})
    x[free] = found.x
    C = np.zeros((x.size, x.size))
    C[np.ix_(free, free)] = 2 * np.linalg.inv(np.asarray(curvature(x, counts, model))[np.ix_(free, free)])
    return [x, C, found.fun]


# %% right: numerical derivatives, slow but correct
value = jax.jit(check.use("nll2"))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start)
    minuit.errordef = Minuit.LEAST_SQUARES
    for k, x in (fixed or {}).items():
        minuit.values[k] = x
        minuit.fixed[k] = True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% right: -ln L and errordef 0.5, minimum given back as -2 ln L
half = jax.jit(lambda params, counts, model: check.use("nll2")(params, counts, model) / 2)
half_gradient = jax.jit(jax.grad(lambda params, counts, model: check.use("nll2")(params, counts, model) / 2))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(half(x, counts, model)), start, grad=lambda x: np.asarray(half_gradient(x, counts, model)))
    minuit.errordef = Minuit.LIKELIHOOD
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), 2 * minuit.fval


# %% wrong: errordef of -ln L
# mistake: covariance_halved
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = Minuit.LIKELIHOOD
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: fixed values are only the start
# mistake: fixed_ignored
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    for k, x in (fixed or {}).items():
        start[k] = x
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: held at the start value
# mistake: held_at_the_start
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k in fixed or {}:
        minuit.fixed[k] = True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: only mu moves
# mistake: mu_alone
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    minuit.fixed[1:] = True
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    if minuit.nfit:
        minuit.migrad()
        minuit.hesse()
    covariance = np.zeros((start.size,) * 2) if not minuit.nfit else np.array(minuit.covariance)
    return np.array(minuit.values), covariance, float(value(np.array(minuit.values), counts, model))


# %% wrong: compiled inside
# says: every call compiles anew
def fit(counts, model, fixed=None):
    value = jax.jit(lambda x: check.use("nll2")(x, counts, model))
    gradient = jax.jit(jax.grad(lambda x: check.use("nll2")(x, counts, model)))
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x)), start, grad=lambda x: np.asarray(gradient(x)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: no g2 where the curvature is negative
# says: there Minuit asks for `g2`
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))
hessian = jax.jit(jax.hessian(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    start[list(fixed or {})] = list((fixed or {}).values())
    free = np.array([k for k in range(start.size) if k not in (fixed or {})])

    def full(z):
        params = start.copy()
        params[free] = z
        return params

    minuit = Minuit(
        lambda z: float(value(full(z), counts, model)),
        start[free],
        grad=lambda z: np.asarray(gradient(full(z), counts, model))[free],
        hessian=lambda z: np.asarray(hessian(full(z), counts, model))[np.ix_(free, free)],
    )
    minuit.errordef, minuit.strategy = 1, 0
    minuit.migrad()
    minuit.hesse()
    covariance = np.zeros((start.size, start.size))
    covariance[np.ix_(free, free)] = minuit.covariance
    return full(np.array(minuit.values)), covariance, minuit.fval


# %% wrong: ten bins and ten systematics typed in
# says: params has shape (21,), but the model has 8 parameters
value = jax.jit(check.use("nll2"))


def fit(counts, model, fixed=None):
    minuit = Minuit(lambda x: float(value(x, counts, model)), np.r_[1.0, np.zeros(20)])
    minuit.migrad()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% right: task 2 without the constant
def my_nll2(params, counts, model):
    E = check.use("expected")(params, model)
    return 2 * jnp.sum(E - counts * jnp.log(E)) + jnp.sum(params[1:] ** 2)


value = jax.jit(my_nll2)
gradient = jax.jit(jax.grad(my_nll2))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% right: the deviance instead of -2 ln L
def my_nll2(params, counts, model):
    E = check.use("expected")(params, model)
    return 2 * jnp.sum(E - counts + counts * jnp.log(counts / E)) + jnp.sum(params[1:] ** 2)


value = jax.jit(my_nll2)
gradient = jax.jit(jax.grad(my_nll2))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: a typed size in the likelihood that is fitted
# says: is a size typed in, perhaps in the -2 ln L
def my_nll2(params, counts, model):
    E = check.use("expected")(params, model)
    return 2 * jnp.sum(E - counts * jnp.log(E)) + jnp.sum(params[1:21] ** 2)


value = jax.jit(my_nll2)
gradient = jax.jit(jax.grad(my_nll2))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: nothing compiled
# says: runs line by line
value = check.use("nll2")
gradient = jax.grad(check.use("nll2"))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: hesse forgotten at strategy 0
# says: Call `hesse()` behind it
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef, minuit.strategy = 1, 0
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: only the free values
# says: put the fixed ones back
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: np.asarray(gradient(x, counts, model)))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values)[~np.array(minuit.fixed)], np.array(minuit.covariance), minuit.fval


# %% right: a JAX array as gradient of a vector
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))


def fit(counts, model, fixed=None):
    start = np.r_[1.0, np.zeros(model["up"].shape[1] + model["mc_error"].size)]
    minuit = Minuit(lambda x: float(value(x, counts, model)), start, grad=lambda x: gradient(x, counts, model))
    minuit.errordef = 1
    for k, x in (fixed or {}).items():
        minuit.values[k], minuit.fixed[k] = x, True
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval


# %% wrong: mu limited from below
# says: mu is kept from going below 0
likelihood = check.use("nll2")
value, gradient, hessian = jax.jit(likelihood), jax.jit(jax.grad(likelihood)), jax.jit(jax.hessian(likelihood))


def fit(counts, model, fixed=None):
    fixed = fixed or {}
    start = np.zeros(1 + model["up"].shape[1] + len(counts))
    start[0] = 1.0
    start[list(fixed)] = list(fixed.values())
    free = np.array([k for k in range(len(start)) if k not in fixed])

    def everything(x):
        params = start.copy()
        params[free] = x
        return params

    block = lambda x: np.asarray(hessian(everything(x), counts, model))[np.ix_(free, free)]
    m = Minuit(
        lambda x: float(value(everything(x), counts, model)),
        start[free],
        grad=lambda x: np.asarray(gradient(everything(x), counts, model))[free],
        hessian=block,
        g2=lambda x: np.diag(block(x)),
    )
    m.errordef, m.strategy = 1, 0
    if 0 not in fixed:
        m.limits[0] = (0, None)
    m.migrad()
    m.hesse()
    covariance = np.zeros((len(start), len(start)))
    covariance[np.ix_(free, free)] = np.asarray(m.covariance)
    return everything(np.array(m.values)), covariance, m.fval


# %% wrong: held at 0 taken for free
# mistake: held_at_0_left_free
likelihood = check.use("nll2")
value, gradient, hessian = jax.jit(likelihood), jax.jit(jax.grad(likelihood)), jax.jit(jax.hessian(likelihood))


def fit(counts, model, fixed=None):
    fixed = fixed or {}
    start = np.zeros(1 + model["up"].shape[1] + len(counts))
    start[0] = 1.0
    start[list(fixed)] = list(fixed.values())
    free = np.array([k for k in range(len(start)) if not fixed.get(k)])

    def everything(x):
        params = start.copy()
        params[free] = x
        return params

    block = lambda x: np.asarray(hessian(everything(x), counts, model))[np.ix_(free, free)]
    m = Minuit(
        lambda x: float(value(everything(x), counts, model)),
        start[free],
        grad=lambda x: np.asarray(gradient(everything(x), counts, model))[free],
        hessian=block,
        g2=lambda x: np.diag(block(x)),
    )
    m.errordef, m.strategy = 1, 0
    m.migrad()
    m.hesse()
    covariance = np.zeros((len(start), len(start)))
    covariance[np.ix_(free, free)] = np.asarray(m.covariance)
    return everything(np.array(m.values)), covariance, m.fval


# %% wrong: counts and model baked in at the first call
# says: kept its counts and model as constants
_compiled = {}


def fit(counts, model, fixed=None):
    if not _compiled:
        f = lambda x: check.use("nll2")(x, counts, model)
        _compiled.update(v=jax.jit(f), g=jax.jit(jax.grad(f)), h=jax.jit(jax.hessian(f)))
    start, free, full = hold(fixed or {}, model)
    m = Minuit(
        lambda x: float(_compiled["v"](full(x))),
        start[free],
        grad=lambda x: np.asarray(_compiled["g"](full(x)))[free],
        hessian=lambda x: np.asarray(_compiled["h"](full(x)))[np.ix_(free, free)],
        g2=lambda x: np.diag(_compiled["h"](full(x)))[free],
    )
    m.errordef, m.strategy, m.tol = Minuit.LEAST_SQUARES, 0, 1e-4
    m.migrad()
    m.hesse()
    covariance = np.zeros((start.size, start.size))
    covariance[np.ix_(free, free)] = np.array(m.covariance)
    return full(np.array(m.values)), covariance, m.fval


# %% wrong: as many parameters as the notebook's model
# says: It reads `everything` of the notebook
value = jax.jit(check.use("nll2"))


def fit(counts, model, fixed=None):
    start = np.zeros(len(everything.parameters))
    start[0] = 1.0
    m = Minuit(lambda x: float(value(x, counts, model)), start)
    m.errordef = 1
    m.migrad()
    return np.array(m.values), np.array(m.covariance), m.fval


# %% wrong: Minuit.fixed with a Hessian
# says: Minuit misreads its rows
value = jax.jit(check.use("nll2"))
gradient = jax.jit(jax.grad(check.use("nll2")))
hessian = jax.jit(jax.hessian(check.use("nll2")))


def fit(counts, model, fixed=None):
    start, _, _ = hold(fixed or {}, model)
    matrix = lambda x: np.asarray(hessian(x, counts, model))
    minuit = Minuit(lambda x: float(value(x, counts, model)), start,
                    grad=lambda x: np.asarray(gradient(x, counts, model)),
                    hessian=matrix, g2=lambda x: np.diag(matrix(x)).copy())
    for k in fixed or {}:
        minuit.fixed[k] = True
    minuit.errordef, minuit.strategy, minuit.tol = Minuit.LEAST_SQUARES, 0, 1e-3
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), np.array(minuit.covariance), minuit.fval
