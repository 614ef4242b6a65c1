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


# %% wrong: forward over forward cheap
# says: no pass is shared
ranking = {
    "forward over forward": "cheap",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: forward over reverse dear
# says: K passes in either mode
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "dear",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: reverse over forward cheap
# says: here it comes second
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "cheap",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: reverse over reverse dear
# says: nest without multiplying
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "dear",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: price of one gradient
# says: the price of the gradient itself
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "1",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
}


# %% wrong: price of K squared
# says: a pass per entry
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K squared",
    "gap": "grows",
    "jax.hessian": "forward over reverse",
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


# %% wrong: gap stays
# says: K passes for each of K passes
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "stays",
    "jax.hessian": "forward over reverse",
}


# %% wrong: gap shrinks
# says: Compare K passes over something
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "shrinks",
    "jax.hessian": "forward over reverse",
}


# %% wrong: jax.hessian
# says: The lecture has compared its primitives
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "reverse over reverse",
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


# %% wrong: the order of the words
# says: what stands in front of `over`
ranking = {
    "forward over forward": "dear",
    "forward over reverse": "cheap",
    "reverse over forward": "dear",
    "reverse over reverse": "cheap",
    "gradients": "K",
    "gap": "grows",
    "jax.hessian": "reverse over forward",
}
