# %% right: block in the call, NumPy's median
def timed(function, args, repeats, clock):
    def one():
        begin = clock()
        jax.block_until_ready(function(*args))
        return clock() - begin

    first = one()
    return first, np.median([one() for _ in range(repeats)])


# %% right: reads every result instead of waiting
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        [np.asarray(leaf) for leaf in jax.tree.leaves(function(*args))]
        times.append(clock() - start)
    later = sorted(times[1:])
    return [times[0], (later[repeats // 2] + later[(repeats - 1) // 2]) / 2]


# %% right: each leaf waited for, times as an array
def timed(function, args, repeats, clock):
    stamps = [clock()]
    for _ in range(repeats + 1):
        for leaf in jax.tree_util.tree_leaves(function(*args)):
            leaf.block_until_ready()
        stamps.append(clock())
    times = np.diff(stamps)
    return times[0], statistics.median(times[1:])


# %% right: the median by a quantile, one more warm call
def timed(function, args, repeats, clock):
    start = clock()
    result = jax.block_until_ready(function(*args))
    first = clock() - start
    later = np.zeros(repeats)
    for number in range(repeats):
        start = clock()
        result = function(*args)
        jax.block_until_ready(result)
        later[number] = clock() - start
    return np.array([first, np.quantile(later, 0.5)])


# %% wrong: no waiting
# mistake: waits_after_the_clock
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        function(*args)
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: another clock
# says: It never reads `clock()`
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        jax.block_until_ready(function(*args))
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: the course's stopwatch
# says: the clock that it is given
def timed(function, args, repeats, clock):
    return programs.seconds(function, *args), programs.seconds(function, *args, repeats=repeats)


# %% wrong: a method of arrays only
# says: Not every result has a method
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        function(*args).block_until_ready()
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: arguments not unpacked
# says: The arguments are passed as one tuple
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(args))
    return clock() - start, 0.0


# %% wrong: called without arguments
# says: The function is called without its arguments
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function())
    return clock() - start, 0.0


# %% wrong: jit around it
# says: don't wrap it in another jit
def timed(function, args, repeats, clock):
    compiled, times = jax.jit(function), []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(compiled(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: one result
# says: return first, later, in this order
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    return clock() - start


# %% wrong: the course's stopwatch for the later calls
# says: Part of it is timed with another clock
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first = clock() - start
    return first, programs.seconds(function, *args, repeats=repeats)


# %% wrong: one call short
# says: It makes 4 later calls, asked are 5.
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: one call too many
# says: It makes 6 later calls, asked are 5.
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 2):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])
