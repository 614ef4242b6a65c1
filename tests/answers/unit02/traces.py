# %% right: in another order, with NumPy numbers
traces = dict(zip(["gradient", "again", "lambdas", "trees", "keywords"], np.array([1, 1, 4, 2, 2])))
traces |= dict(zip(["static", "weak", "numbers", "dtypes", "shapes"], np.array([3, 2, 2, 3, 3])))


# %% right: floats that are whole
traces = dict(shapes=3.0, dtypes=3.0, numbers=2.0, weak=2.0, static=3.0, keywords=2.0, trees=2.0, lambdas=4.0, again=1.0, gradient=1.0)


# %% right: counted by running the sequences
traces = {}
for calls in (shapes, dtypes, numbers, weak, static, keywords, trees, lambdas, again, gradient):
    counter = programs.counted(expected)
    calls(counter)
    traces[calls.__name__] = counter.calls


# %% right: JAX scalars
traces = {name: jnp.array(n) for name, n in {
    "shapes": 3, "dtypes": 3, "numbers": 2, "weak": 2, "static": 3, "keywords": 2, "trees": 2, "lambdas": 4, "again": 1, "gradient": 1,
}.items()}


# %% wrong: values in the key
# says: found in the cache when it comes back
traces = dict(shapes=2, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: three, by some other reasoning
# says: enters by its type, not by its value
traces = dict(shapes=3, dtypes=3, numbers=3, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: two mistakes at once
# says: 8 of 10 predictions hold
traces = dict(shapes=7, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=2)


# %% wrong: a list
# says: keep the dictionary
traces = [3, 3, 2, 2, 3, 2, 2, 4, 1, 1]


# %% wrong: some are open
# says: Still without a prediction: trees, lambdas, again, gradient
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=..., lambdas=..., again=..., gradient=...)


# %% wrong: a misspelt key
# says: There is no question keyword
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keyword=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: words
# says: the answer is a whole number
traces = dict(shapes="three", dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)
