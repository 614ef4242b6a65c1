# %% right: plain numbers
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% right: NumPy and JAX numbers
predicted = {
    "powers": np.int64(4),
    "logs": jnp.array(1),
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": np.False_,
    "where": jnp.array(True),
    "called twice": 2,
    "gradient": 1,
}


# %% right: floats that are whole
predicted = {
    "powers": 4.0,
    "logs": 1,
    "unused": 1,
    "loop": 8.0,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1.0,
}


# %% right: counted by JAX
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": programs.primitives(jax.make_jaxpr(shifted)(jnp.ones(10), jnp.ones(4)))["mul"],
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": "tanh" in programs.primitives(jax.make_jaxpr(turn_on)(jnp.ones(10))),
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: three powers
# says: Minus signs don't merge anything
predicted = {
    "powers": 3,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: no power
# says: No square is left out
predicted = {
    "powers": 0,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: five powers
# says: powers: Count the squares in the formula
predicted = {
    "powers": 5,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: a log per bin
# says: ten bins are a shape
predicted = {
    "powers": 4,
    "logs": 10,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: dead code removed
# says: JAX doesn't clear away dead lines
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 0,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: one product per turn
# says: One turn has a product inside the bracket
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 4,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: loop kept
# says: the jaxpr is unrolled
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 2,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: vmap repeats
# says: gives each one another axis
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 1000,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: vmap, some other number
# says: mapped: Count the products of `poisson` itself
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 4,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: NumPy counted
# says: NumPy has finished before JAX hears of it
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 3,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: jnp of a constant not counted
# says: jnp.exp of a Python number is an equation
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 1,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: both branches
# says: takes one branch while tracing
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": True,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: where takes one
# says: Both choices are computed
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": False,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: inner jaxpr once
# says: two equations call it
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 1,
    "gradient": 1,
}


# %% wrong: no log in the gradient
# says: the forward sweep executes it
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 0,
}


# %% wrong: two logs in the gradient
# says: it brings no second logarithm
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 2,
}


# %% wrong: two at once
# says: 8 of 10 predictions hold
predicted = {
    "powers": 4,
    "logs": 3,
    "unused": 2,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: one left open
# says: Still without a prediction: where
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": ...,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: a word
# says: the answer is a whole number
predicted = {
    "powers": 4,
    "logs": "one",
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: a number for a truth
# says: the answer is True or False
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": 0,
    "where": True,
    "called twice": 2,
    "gradient": 1,
}


# %% wrong: a misspelt key
# says: There is no question wher
predicted = {
    "powers": 4,
    "logs": 1,
    "unused": 1,
    "loop": 8,
    "mapped": 2,
    "constants": 2,
    "branch": False,
    "where": True,
    "called twice": 2,
    "gradient": 1,
    "wher": True,
}
