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
