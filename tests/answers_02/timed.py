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
# says: JAX returns before the work is done
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        function(*args)
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: first not waited for
# says: falls into the next one's time
def timed(function, args, repeats, clock):
    start = clock()
    function(*args)
    first = clock() - start
    times = []
    for _ in range(repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)


# %% wrong: first waited for after the clock
# says: its time lacks the run
def timed(function, args, repeats, clock):
    start = clock()
    result = function(*args)
    first = clock() - start
    jax.block_until_ready(result)
    times = []
    for _ in range(repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)


# %% wrong: later ones not waited for
# says: The later calls aren't waited for
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, times = clock() - start, []
    for _ in range(repeats):
        start = clock()
        function(*args)
        times.append(clock() - start)
    return first, statistics.median(times)


# %% wrong: only the first leaf
# says: Only the first of several results
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.tree.leaves(function(*args))[0].block_until_ready()
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: first among the later ones
# says: The first call is among the later ones
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times)


# %% wrong: mean of all
# says: the mean over all calls
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], np.mean(times)


# %% wrong: mean
# says: `later` is the mean, or the whole loop
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, start = clock() - start, clock()
    for _ in range(repeats):
        jax.block_until_ready(function(*args))
    return first, (clock() - start) / repeats


# %% wrong: waiting once at the end
# says: waited for only once, after the loop
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, start = clock() - start, clock()
    for _ in range(repeats):
        result = function(*args)
    jax.block_until_ready(result)
    return first, (clock() - start) / repeats


# %% wrong: minimum
# says: `later` is the shortest time
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], min(times[1:])


# %% wrong: maximum
# says: `later` is the longest time
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], max(times[1:])


# %% wrong: the last call
# says: `later` is the last call alone
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], times[-1]


# %% wrong: sum
# says: `later` is the sum
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], sum(times[1:])


# %% wrong: warmed up before
# says: The first call is missed
def timed(function, args, repeats, clock):
    jax.block_until_ready(function(*args))
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: only the excess
# says: the excess of the first call
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    later = statistics.median(times[1:])
    return times[0] - later, later


# %% wrong: exchanged
# says: The two times have changed places
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return statistics.median(times[1:]), times[0]


# %% wrong: milliseconds
# says: These are milliseconds
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(1000 * (clock() - start))
    return times[0], statistics.median(times[1:])


# %% wrong: signs
# says: the end minus the start
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(start - clock())
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
# says: compiled already
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


# %% wrong: sorted(times)[n // 2] is no median when repeats is even
# says: you take the upper one
def timed(function, args, repeats, clock):
    times = []
    for _ in range(1 + repeats):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    later = sorted(times[1:])
    return times[0], later[len(later) // 2]


# %% wrong: waits for the result only after the clock was stopped
# says: between the two looks at the clock, if
def timed(function, args, repeats, clock):
    times = []
    for _ in range(1 + repeats):
        start = clock()
        result = function(*args)
        stop = clock()
        jax.block_until_ready(result)
        times.append(stop - start)
    return times[0], statistics.median(times[1:])


# %% wrong: the lower of the two middle times
# says: you take the lower one
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median_low(times[1:])


# %% wrong: the middle of an unsorted list
# says: The times aren't sorted
def timed(function, args, repeats, clock):
    times = []
    for _ in range(repeats + 1):
        start = clock()
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], times[1:][repeats // 2]


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


# %% wrong: one start before the loop
# says: The clock is read once before the whole loop
def timed(function, args, repeats, clock):
    times, start = [], clock()
    for _ in range(repeats + 1):
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return times[0], statistics.median(times[1:])


# %% wrong: one start before the loop over the later calls
# says: only once for the later calls, before their loop
def timed(function, args, repeats, clock):
    start = clock()
    jax.block_until_ready(function(*args))
    first, times, start = clock() - start, [], clock()
    for _ in range(repeats):
        jax.block_until_ready(function(*args))
        times.append(clock() - start)
    return first, statistics.median(times)
