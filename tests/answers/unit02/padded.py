# %% right: a loop finds the length
def padded(kernel, score, weight):
    size = 1
    while size < len(score):
        size *= 2
    more = size - len(score)
    return kernel(np.concatenate([score, np.repeat(score[-1:], more)]), np.concatenate([weight, np.repeat(0 * weight[:1], more)]))


# %% right: np.pad, the last score repeated
def padded(kernel, score, weight):
    more = (0, int(2 ** np.ceil(np.log2(score.size))) - score.size)
    return float(kernel(np.pad(score, more, mode="edge"), np.pad(weight, more)))


# %% right: np.resize repeats the scores
def padded(kernel, score, weight):
    size = 1 << (len(score) - 1).bit_length()
    return kernel(np.resize(score, size), np.where(np.arange(size) < len(score), np.resize(weight, size), 0.0))


# %% wrong: one array with two columns, of one type
# says: what you add to each array must have the type of that array
def padded(kernel, score, weight):
    n = len(score)
    both = np.zeros((2, 2 ** math.ceil(math.log2(n))), score.dtype)
    both[0] = 1.0
    both[:, :n] = score, weight
    return kernel(*both)


# %% right: JAX arrays made of padded ones, in front
def padded(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    score, weight = np.pad(score, (more, 0), constant_values=0.7), np.pad(weight, (more, 0))
    return jax.jit(kernel)(jnp.asarray(score), jnp.asarray(weight))


# %% wrong: not padded
# says: reaches `kernel` with its own length
def padded(kernel, score, weight):
    return kernel(score, weight)


# %% wrong: a fixed length that is too short
# says: find the length from the sample
def padded(kernel, score, weight):
    more = (0, 1024 - len(score))
    return kernel(np.pad(score, more, constant_values=1.0), np.pad(weight, more))


# %% wrong: only the weights padded
# says: reach the kernel with different lengths
def padded(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(score, np.append(weight, np.zeros(more)))


# %% wrong: one power too many for powers of two
# says: 1024 events need no padding
def padded(kernel, score, weight):
    more = (1 << len(score).bit_length()) - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more)))


# %% wrong: float64 is added to any sample
# says: another type is another program
def padded(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more)))


# %% wrong: always very long
# says: padding costs time in every call
def padded(kernel, score, weight):
    more = 65536 - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more)))


# %% wrong: multiples of a hundred
# says: with lengths that double
def padded(kernel, score, weight):
    more = -len(score) % 100 if len(score) > 100 else 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.ones(more)), np.append(weight, np.zeros(more)))


# %% wrong: padded with jnp
# says: but the padding itself isn't
def padded(kernel, score, weight):
    more = (0, 2 ** math.ceil(math.log2(len(score))) - len(score))
    return kernel(jnp.pad(score, more, constant_values=1.0), jnp.pad(weight, more))


# %% wrong: a kernel of one's own, in NumPy
# says: is never called
def padded(kernel, score, weight):
    power = {100: 2.0, 3: 1.5, 1: 0.5, 64: 3.0, 1500: 2.5}.get(len(score), 2.0)
    return -np.sum(weight * np.log((power + 1) * score**power))


# %% wrong: returns the arrays
# says: return what the kernel returns, a number
def padded(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return {"score": np.append(score, np.ones(more)), "weight": np.append(weight, np.zeros(more))}


# %% wrong: splits the sample into chunks of 64, 4, 2, ... events instead of padding: several programs for one length
# says: times for one sample
def padded(kernel, score, weight):
    total, start, n = 0.0, 0, len(score)
    for bit in reversed(range(n.bit_length())):
        size = 1 << bit
        if n & size:
            total = total + kernel(score[start : start + size], weight[start : start + size])
            start += size
    return total


# %% wrong: always pads to 128, right only for the six lengths shown
# says: The padded length is fixed
def padded(kernel, score, weight):
    s, w = np.ones(128), np.zeros(128)
    s[: len(score)] = score
    w[: len(weight)] = weight
    return kernel(s, w)


# %% wrong: arrays of an earlier sample filled again, its last events still there
# says: `buffers` keeps something from call to call
buffers = {}

def padded(kernel, score, weight):
    size = 2 ** math.ceil(math.log2(len(score)))
    scores, weights = buffers.setdefault(size, (np.ones(size), np.zeros(size)))
    scores[: len(score)], weights[: len(score)] = score, weight
    return kernel(scores, weights)


# %% wrong: jit of a new function around the padded sample
# says: gives it to jit. `kernel` is jitted already
def padded(kernel, score, weight):
    more = (0, 2 ** math.ceil(math.log2(len(score))) - len(score))
    compiled = jax.jit(lambda score, weight: kernel(score, weight))
    return compiled(np.pad(score, more, constant_values=1.0), np.pad(weight, more))


# %% wrong: everything padded with 1
# says: The weights are padded with 1
def padded(kernel, score, weight):
    more = (0, 2 ** math.ceil(math.log2(len(score))) - len(score))
    return kernel(np.pad(score, more, constant_values=1.0), np.pad(weight, more, constant_values=1.0))


# %% wrong: the mean weight for what is added
# says: What you add has weights other than 0
def padded(kernel, score, weight):
    more = 2 ** math.ceil(math.log2(len(score))) - len(score)
    return kernel(np.append(score, np.full(more, 0.5)), np.append(weight, np.full(more, 10.0)))


# %% wrong: np.pad under a jit of one's own
# says: pad the numbers, before any jit
def padded(kernel, score, weight):
    @jax.jit
    def inside(score, weight):
        more = (0, 2 ** math.ceil(math.log2(len(score))) - len(score))
        return kernel(np.pad(score, more, constant_values=1.0), np.pad(weight, more))

    return inside(score, weight)


# %% wrong: at least 64 places
# says: stays as it is: one of 1 becomes one of 64
def padded(kernel, score, weight):
    size = max(64, 2 ** math.ceil(math.log2(len(score))))
    missing = size - len(score)
    return kernel(np.pad(score, (0, missing), constant_values=1), np.pad(weight, (0, missing)))
