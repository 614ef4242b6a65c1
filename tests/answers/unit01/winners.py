# %% right: words
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% right: capitals and spaces
winners = {
    "yields": "Forward",
    "likelihood": " reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% right: a rule applied
winners = {
    "yields": "forward" if 3 < 400 else "reverse",
    "likelihood": "forward" if 100 < 1 else "reverse",
    "few bins": "forward" if 100 < 10 else "reverse",
    "reweighting": "forward" if 1 < 2000 else "reverse",
    "discriminant": "forward" if 20 < 1 else "reverse",
}


# %% right: measured
few, _, hundred = problem(10, 100)
costs = {"forward": flops(jax.jacfwd(few), hundred), "reverse": flops(jax.jacrev(few), hundred)}
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "few bins": min(costs, key=costs.get),
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: yields
# says: A backward pass serves one result
winners = {
    "yields": "reverse",
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: likelihood
# says: A forward pass serves one parameter
winners = {
    "yields": "forward",
    "likelihood": "forward",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: few bins
# says: Ten results are few
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "few bins": "forward",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: reweighting
# says: However many events
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "reverse",
    "discriminant": "reverse",
}


# %% wrong: discriminant
# says: how many numbers go in, how many come out
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "forward",
}


# %% wrong: all forward
# says: 2 of 5 predictions hold
winners = {
    "yields": "forward",
    "likelihood": "forward",
    "few bins": "forward",
    "reweighting": "forward",
    "discriminant": "forward",
}


# %% wrong: transformation for its name
# says: jacfwd" isn't one of the answers
winners = {
    "yields": "jacfwd",
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: a number
# says: the answer is a word in quotes
winners = {
    "yields": 3,
    "likelihood": "reverse",
    "few bins": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}


# %% wrong: one left out
# says: Still without a prediction: few bins
winners = {
    "yields": "forward",
    "likelihood": "reverse",
    "reweighting": "forward",
    "discriminant": "reverse",
}
