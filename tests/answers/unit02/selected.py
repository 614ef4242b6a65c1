# %% right: where on each array
def selected(pt, weight, cut):
    w, p = jnp.where(pt > cut, weight, 0.0), jnp.where(pt > cut, pt, 0.0)
    return w.sum(), jnp.where(w.sum() > 0, (w * p).sum() / jnp.where(w.sum() > 0, w.sum(), 1.0), 0.0)


# %% right: a mask, then nan_to_num
def selected(pt, weight, cut):
    w = weight * (pt > cut)
    pt = jnp.nan_to_num(pt)
    return w.sum(), w @ pt / jnp.maximum(w.sum(), 1e-300)


# %% right: nonzero with a size
def selected(pt, weight, cut):
    index = jnp.nonzero(pt > cut, size=pt.shape[0], fill_value=0)[0]
    true = jnp.arange(pt.shape[0]) < jnp.sum(pt > cut)
    total = jnp.sum(weight[index], where=true)
    return total, jax.lax.cond(total > 0, lambda: jnp.sum((weight * pt)[index], where=true) / total, lambda: 0.0)


# %% right: jitted by the learner, average
@jax.jit
def selected(pt, weight, cut):
    keep = pt > cut
    w = jnp.where(keep, weight, 0.0)
    return jnp.array([w.sum(), jnp.average(jnp.where(keep, pt, 0.0), weights=jnp.where(keep.any(), w, 1.0))])


# %% wrong: boolean mask
# says: makes an array whose length depends on values
def selected(pt, weight, cut):
    keep = pt > cut
    total = weight[keep].sum()
    return total, jnp.where(keep.any(), (weight[keep] * pt[keep]).sum() / jnp.where(keep.any(), total, 1.0), 0.0)


# %% wrong: indices without a size
# says: true entries, and under jit every shape must be known
def selected(pt, weight, cut):
    index = jnp.nonzero(pt > cut)[0]
    total = jnp.asarray(weight)[index].sum()
    return total, jnp.where(total > 0, jnp.asarray(weight * pt)[index].sum() / jnp.where(total > 0, total, 1.0), 0.0)


# %% wrong: an if on the sum
# says: decides on a JAX tracer
def selected(pt, weight, cut):
    total = jnp.sum(weight, where=pt > cut)
    if total == 0:
        return total, 0.0
    return total, jnp.sum(weight * pt, where=pt > cut) / total


# %% wrong: NumPy
# says: NumPy meets a JAX tracer
def selected(pt, weight, cut):
    total = np.sum(np.where(pt > cut, weight, 0.0))
    return total, np.sum(np.where(pt > cut, weight * pt, 0.0)) / np.where(total > 0, total, 1.0)


# %% wrong: one result
# says: return the yield, the mean, in this order
def selected(pt, weight, cut):
    return jnp.float64(jnp.sum(weight, where=pt > cut))


# %% wrong: nan_to_num before the comparison: events without a jet pass a negative cut
# says: NaN was replaced before the comparison
def selected(pt, weight, cut):
    pt = jnp.nan_to_num(pt)
    keep = pt > cut
    total = jnp.sum(weight, where=keep)
    moment = jnp.sum(weight * pt, where=keep)
    return total, jnp.where(total > 0, moment / jnp.where(total > 0, total, 1.0), 0.0)


# %% wrong: -1 in place of NaN
# says: Events without a jet pass a cut below 0
def selected(pt, weight, cut):
    pt = jnp.where(jnp.isnan(pt), -1.0, pt)
    w = weight * (pt > cut)
    return w.sum(), w @ pt / jnp.maximum(w.sum(), 1e-300)


# %% wrong: a size that fits the sample shown
# says: a fixed `size=` loses events of larger samples
def selected(pt, weight, cut):
    (index,) = jnp.nonzero(pt > cut, size=40, fill_value=len(pt))
    pt, weight = (jnp.append(values, 0.0)[index] for values in (pt, weight))
    return weight.sum(), weight @ pt / jnp.maximum(weight.sum(), 1e-300)


# %% wrong: a size of a thousand
# says: only the first 1000 selected events count
def selected(pt, weight, cut):
    (index,) = jnp.nonzero(pt > cut, size=1000, fill_value=len(pt))
    pt, weight = (jnp.append(values, 0.0)[index] for values in (pt, weight))
    return weight.sum(), jnp.where(weight.sum() > 0, weight @ pt / weight.sum(), 0.0)


# %% wrong: boolean mask, and 0 by 0
# says: Under jit it fails: a boolean mask
def selected(pt, weight, cut):
    keep = pt > cut
    return weight[keep].sum(), (weight[keep] * pt[keep]).sum() / weight[keep].sum()


# %% right: sorted, the dropped ones last
def selected(pt, weight, cut):
    order = jnp.argsort(jnp.where(pt > cut, 0, 1))
    true = jnp.arange(len(pt)) < jnp.count_nonzero(pt > cut)
    w, p = jnp.where(true, weight[order], 0.0), jnp.where(true, pt[order], 0.0)
    return w.sum(), jnp.where(true.any(), jnp.vdot(w, p) / w.sum(), 0.0)
