# %% right: SciPy
def cls(q, q_asimov):
    from scipy.stats import norm

    root = np.sqrt(q_asimov)
    shift = np.sqrt(q) if q <= q_asimov else (q + q_asimov) / (2 * root)
    clsb, clb = norm.sf(shift), norm.sf(shift - root)
    return clsb, clb, clsb / clb


# %% right: the complementary error function
def cls(q, q_asimov):
    from math import erfc, sqrt

    tail = lambda x: erfc(x / sqrt(2)) / 2
    if q > q_asimov:
        both = [tail((q + sign * q_asimov) / sqrt(4 * q_asimov)) for sign in (1, -1)]
    else:
        both = [tail(sqrt(q)), tail(sqrt(q) - sqrt(q_asimov))]
    return [*both, both[0] / both[1]]


# %% right: jnp.where over both formulas
@jax.jit
def cls(q, q_asimov):
    r, a = jnp.sqrt(q), jnp.sqrt(q_asimov)
    clsb = jnp.where(q <= q_asimov, jax.scipy.stats.norm.cdf(-r), jax.scipy.stats.norm.cdf(-(q + q_asimov) / (2 * a)))
    clb = jnp.where(q <= q_asimov, jax.scipy.stats.norm.cdf(a - r), jax.scipy.stats.norm.cdf((q_asimov - q) / (2 * a)))
    return jnp.stack([clsb, clb, clsb / clb])


# %% right: the package's
def cls(q, q_asimov):
    return jaxhep.statistics.asymptotic_cls(q, q_asimov)


# %% wrong: two things only
# says: It returns 2 things
def cls(q, q_asimov):
    clsb = jax.scipy.stats.norm.sf(np.sqrt(q))
    return clsb, clsb / jax.scipy.stats.norm.sf(np.sqrt(q) - np.sqrt(q_asimov))


# %% wrong: the lower tails
# says: What you return as CL_s+b is 1 - CL_s+b
def cls(q, q_asimov):
    clsb, clb, _ = jaxhep.statistics.asymptotic_cls(q, q_asimov)
    return 1 - clsb, 1 - clb, (1 - clsb) / (1 - clb)


# %% wrong: 1 - CL_b
# says: What you return as CL_b is 1 - CL_b
def cls(q, q_asimov):
    clsb, clb, ratio = jaxhep.statistics.asymptotic_cls(q, q_asimov)
    return clsb, 1 - clb, ratio


# %% wrong: only the first formula, in jnp
# mistake: one_formula
def cls(q, q_asimov):
    clsb, clb = (jax.scipy.stats.norm.sf(jnp.sqrt(q) - shift) for shift in (0.0, jnp.sqrt(q_asimov)))
    return clsb, clb, clsb / clb


# %% wrong: q of the Asimov data isn't used
# says: `q_asimov` has no say
def cls(q, q_asimov):
    clsb = jax.scipy.stats.norm.sf(np.sqrt(q))
    return clsb, 0.5, 2 * clsb
