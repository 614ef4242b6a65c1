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


# %% wrong: only the last shape is kept
# says: the cache keeps every shape
traces = dict(shapes=4, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: old shapes traced again
# says: an old shape is still in the cache
traces = dict(shapes=5, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: shapes ignored
# says: its length is, and here it changes
traces = dict(shapes=1, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: NumPy arrays are something else
# says: look the same to the tracer
traces = dict(shapes=3, dtypes=4, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: dtypes ignored
# says: arrays of different dtypes don't share a program
traces = dict(shapes=3, dtypes=1, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: integers taken for floats
# says: neither do floats and integers
traces = dict(shapes=3, dtypes=2, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: ints and floats alike
# says: a Python int is an int64 to the tracer
traces = dict(shapes=3, dtypes=3, numbers=1, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: every value traced
# says: not every new value of mu is traced
traces = dict(shapes=3, dtypes=3, numbers=4, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: three, by some other reasoning
# says: enters by its type, not by its value
traces = dict(shapes=3, dtypes=3, numbers=3, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: weak types ignored
# says: one of the three isn't weak
traces = dict(shapes=3, dtypes=3, numbers=2, weak=1, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: every array strong
# says: keeps a Python number weak
traces = dict(shapes=3, dtypes=3, numbers=2, weak=3, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: static like traced
# says: a static value is baked into the program
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=1, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: static values forgotten
# says: a static value that has been there before
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=5, keywords=2, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: keywords ignored
# says: by position and by name makes two structures
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=1, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: each keyword call traced
# says: differs from the second by the value of mu only
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=3, trees=2, lambdas=4, again=1, gradient=1)


# %% wrong: unused keys don't count
# says: even if the function never reads it
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=1, lambdas=4, again=1, gradient=1)


# %% wrong: order of a dictionary counts
# says: the order in which a dictionary was filled
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=3, lambdas=4, again=1, gradient=1)


# %% wrong: lambdas by their value of mu
# says: a round with an old value has a new function
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=3, again=1, gradient=1)


# %% wrong: equal lambdas are found again
# says: each round makes a new function object
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=1, again=1, gradient=1)


# %% wrong: jit in a loop always traces
# says: jit keeps its cache by the function that it receives
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=4, gradient=1)


# %% wrong: jit in a loop traces each value
# says: mu isn't static here
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=3, gradient=1)


# %% wrong: grad traces anew
# says: jax.grad transforms the jaxpr of g
traces = dict(shapes=3, dtypes=3, numbers=2, weak=2, static=3, keywords=2, trees=2, lambdas=4, again=1, gradient=2)


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
