# %% right: b is not made from a, and reciprocals
def reverse_by_hand(x1, x2):
    r, e = 1 / x2, jnp.exp(x2)
    u = x1 * r
    a, b = u - e, jnp.sin(u) + u - e
    u_bar, e_bar = b + a * (1 + jnp.cos(u)), -(a + b)
    return a * b, u_bar, e_bar, u_bar * r, e_bar * e - u_bar * u * r


# %% right: adjoints collected in a dictionary with +=
def reverse_by_hand(x1, x2):
    u, e = x1 / x2, jnp.exp(x2)
    a = u - e
    s = jnp.sin(u)
    b = s + a
    bar = dict.fromkeys(["u", "e", "a", "b", "s", "x1", "x2"], 0.0)
    bar["a"] += b
    bar["b"] += a
    bar["s"] += bar["b"]
    bar["a"] += bar["b"]
    bar["u"] += bar["s"] * jnp.cos(u)
    bar["u"] += bar["a"]
    bar["e"] -= bar["a"]
    bar["x2"] += bar["e"] * e
    bar["x1"] += bar["u"] / x2
    bar["x2"] -= bar["u"] * x1 / x2**2
    return [a * b, bar["u"], bar["e"], bar["x1"], bar["x2"]]


# %% right: a tape of closures, and jit
@jax.jit
def reverse_by_hand(x1, x2):
    tape = []

    class Number:
        def __init__(self, value, parents=()):
            self.value, self.parents, self.bar = value, parents, 0.0
            tape.append(self)

        def __sub__(self, other):
            return Number(self.value - other.value, [(self, 1.0), (other, -1.0)])

        def __add__(self, other):
            return Number(self.value + other.value, [(self, 1.0), (other, 1.0)])

        def __mul__(self, other):
            return Number(self.value * other.value, [(self, other.value), (other, self.value)])

        def __truediv__(self, other):
            inverse = 1 / other.value
            ratio = self.value * inverse
            return Number(ratio, [(self, inverse), (other, -ratio * inverse)])

    def exp(x):
        e = jnp.exp(x.value)
        return Number(e, [(x, e)])

    x1, x2 = Number(x1), Number(x2)
    u, e = x1 / x2, exp(x2)
    a = u - e
    b = Number(jnp.sin(u.value), [(u, jnp.cos(u.value))]) + a
    y = a * b
    y.bar = 1.0
    for node in reversed(tape):
        for parent, local in node.parents:
            parent.bar = parent.bar + node.bar * local
    return jnp.array([y.value, u.bar, e.bar, x1.bar, x2.bar])


# %% right: in terms of sums and with jnp functions for operators
def reverse_by_hand(x1, x2):
    ratio = jnp.divide(x1, x2)
    e = jnp.exp(x2)
    a = jnp.subtract(ratio, e)
    b = jnp.add(a, jnp.sin(ratio))
    total = jnp.add(a, b)
    bars = jnp.stack([total + jnp.cos(ratio) * a, -total])
    d1 = bars[0] / x2
    return jnp.multiply(a, b), bars[0], bars[1], d1, jnp.dot(bars, jnp.stack([-ratio / x2, e]))


# %% right: cosine and sine as one complex exponential
def reverse_by_hand(x1, x2):
    u, e = x1 / x2, jnp.exp(x2)
    turned = jnp.exp(1j * u)
    a = u - e
    b = turned.imag + a
    u_bar, e_bar = a * turned.real + a + b, -(a + b)
    to_x1 = u_bar / x2
    return a * b, u_bar, e_bar, to_x1, e_bar * e - to_x1 * u


# %% wrong: two results only
# says: It returns 3 things; return 5
def reverse_by_hand(x1, x2):
    u, e = x1 / x2, jnp.exp(x2)
    a = u - e
    b = jnp.sin(u) + a
    u_bar, e_bar = a * jnp.cos(u) + a + b, -(a + b)
    return a * b, u_bar / x2, -u_bar * u / x2 + e_bar * e


# %% wrong: finite differences
# says: something in it is approximate
def reverse_by_hand(x1, x2):
    f = lambda u, e: (u - e) * (jnp.sin(u) + u - e)
    g = lambda x1, x2: f(x1 / x2, jnp.exp(x2))
    h = 1e-6
    slope = lambda f, x, y: ((f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h))
    return g(x1, x2), *slope(f, x1 / x2, jnp.exp(x2)), *slope(g, x1, x2)


# %% wrong: jax.grad
# says: JAX differentiates for you
def reverse_by_hand(x1, x2):
    f = lambda u, e: (u - e) * (jnp.sin(u) + u - e)
    u_bar, e_bar = jax.grad(f, (0, 1))(x1 / x2, jnp.exp(x2))
    value, slopes = jax.value_and_grad(wasteful, (0, 1))(x1, x2)
    return value, u_bar, e_bar, *slopes


# %% wrong: everything written out, as on paper
# says: `exp` 6 times
def reverse_by_hand(x1, x2):
    a_bar = jnp.sin(x1 / x2) + 2 * (x1 / x2 - jnp.exp(x2))
    u_bar = (x1 / x2 - jnp.exp(x2)) * jnp.cos(x1 / x2) + a_bar
    return wasteful(x1, x2), u_bar, -a_bar, u_bar / x2, -u_bar * x1 / x2**2 - a_bar * jnp.exp(x2) + 0 * jnp.exp(x2)


# %% wrong: only the division is repeated
# says: the same work again: `div` 3 times
def reverse_by_hand(x1, x2):
    e = jnp.exp(x2)
    a = x1 / x2 - e
    b = jnp.sin(x1 / x2) + a
    u_bar = a * jnp.cos(x1 / x2) + a + b
    x1_bar = u_bar / x2
    return a * b, u_bar, -(a + b), x1_bar, -x1_bar * (a + e) - (a + b) * e


# %% wrong: NumPy
# says: JAX can't trace the function
def reverse_by_hand(x1, x2):
    u, e = x1 / x2, np.exp(x2)
    a = u - e
    b = np.sin(u) + a
    u_bar, e_bar = a * np.cos(u) + a + b, -(a + b)
    return a * b, u_bar, e_bar, u_bar / x2, -u_bar * u / x2 + e_bar * e


# %% wrong: returns nothing
# says: is the `return` missing?
def reverse_by_hand(x1, x2):
    u, e = x1 / x2, jnp.exp(x2)
    a = u - e
    b = jnp.sin(u) + a


# %% wrong: numbers typed in
# says: The same numbers come out for every input
def reverse_by_hand(x1, x2):
    return 0.1252, 1.0291, -1.0990, 1.4701, -5.3634
