# %% right: words
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% right: small letters and spaces
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "k",
    "gap": "Grows ",
    "jax.hessian": "Forward over Reverse",
}


# %% right: spaces around a word
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": " grows ",
    "jax.hessian": "forward over reverse",
}


# %% right: compared with jax.hessian
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": " over ".join(["forward", "reverse"]),
}


# %% wrong: price in other words
# says: 1", "K", "K squared
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "many",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: outer mode believed to decide
# says: 5 of 7 predictions hold
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "cheap",
    "reverse over reverse": "dear",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: a truth for a word
# says: the answer is a word
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": True,
    "jax.hessian": "forward over reverse",
}


# %% wrong: nothing but the four
# says: Still without a prediction: gradients, gap
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
}
