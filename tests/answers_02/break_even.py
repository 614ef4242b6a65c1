# %% right: upside down
def break_even(first, later, eager):
    if eager <= later:
        return 1 if first <= eager else np.inf
    return max(1, int(-((later - first) // (eager - later))))


# %% right: NumPy with errors ignored
def break_even(first, later, eager):
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.ceil(np.divide(first - later, eager - later))
    return np.where(first <= eager, 1, np.where(eager > later, n, np.inf))


# %% right: a search by doubling and halving
def break_even(first, later, eager):
    paid = lambda n: first + (n - 1) * later <= n * eager
    high = 1
    while not paid(high):
        high *= 2
        if high > 10**12:
            return float("inf")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if paid(middle) else (middle, high)
    return high


# %% right: one after the other, up to a limit
def break_even(first, later, eager):
    return next((n for n in range(1, 20_000) if first + (n - 1) * later <= n * eager), math.inf)


# %% wrong: formula alone
# says: pays at its first call, not before
def break_even(first, later, eager):
    return math.ceil((first - later) / (eager - later)) if eager != later else math.inf


# %% wrong: a negative number of calls
# says: the quotient is negative there
def break_even(first, later, eager):
    if eager == later:
        return math.inf
    return 1 if first <= eager else math.ceil((first - later) / (eager - later))


# %% wrong: the maximum with 1
# says: the maximum of 1 and a negative number
def break_even(first, later, eager):
    return math.inf if eager == later else max(1, math.ceil((first - later) / (eager - later)))


# %% wrong: 0 for never
# says: that reads as if it paid at once
def break_even(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else 0


# %% wrong: -1 for never
# says: -1 is returned
def break_even(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else -1


# %% wrong: NaN for never
# says: NaN is returned
def break_even(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else math.nan


# %% wrong: None for never
# says: it returns None
def break_even(first, later, eager):
    if eager > later:
        return max(1, math.ceil((first - later) / (eager - later)))


# %% wrong: 1 for never
# says: there is no break-even
def break_even(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else 1


# %% wrong: equal times divide by zero
# says: nothing to divide by
def break_even(first, later, eager):
    n = math.ceil((first - later) / (eager - later))
    return max(1, n) if n > 0 or first <= eager else math.inf


# %% wrong: rounded down
# says: The number is rounded down
def break_even(first, later, eager):
    return max(1, int((first - later) / (eager - later))) if eager > later else math.inf


# %% wrong: rounded
# says: rounded to the nearest
def break_even(first, later, eager):
    return max(1, round((first - later) / (eager - later))) if eager > later else math.inf


# %% wrong: not rounded
# says: It isn't a whole number
def break_even(first, later, eager):
    return max(1, (first - later) / (eager - later)) if eager > later else math.inf


# %% wrong: strictly smaller
# says: Equal totals count as paid
def break_even(first, later, eager):
    if eager <= later:
        return math.inf
    return 1 if first <= eager else math.floor((first - later) / (eager - later)) + 1


# %% wrong: first call is compilation only
# says: counted as pure compilation
def break_even(first, later, eager):
    return math.ceil(first / (eager - later)) if eager > later else math.inf


# %% wrong: later calls free
# says: The later calls are taken as free: each
def break_even(first, later, eager):
    return math.ceil(first / eager) if eager > later else math.inf


# %% wrong: calls after the first
# says: the calls after the first one
def break_even(first, later, eager):
    return max(0, math.ceil((first - later) / (eager - later)) - 1) if eager > later else math.inf


# %% wrong: 0 calls for a compiled program
# says: so count from 1
def break_even(first, later, eager):
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


# %% wrong: speed-up
# says: This is the speed-up
def break_even(first, later, eager):
    return eager / later if later else np.inf


# %% wrong: exchanged
# says: have changed places
def break_even(first, eager, later):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


# %% wrong: int of infinity
# says: int() of an infinite number fails
def break_even(first, later, eager):
    with np.errstate(divide="ignore"):
        return int(np.ceil(np.divide(first - later, max(eager - later, 0.0))))


# %% wrong: text for never
# says: return a whole number, or math.inf
def break_even(first, later, eager):
    return max(1, math.ceil((first - later) / (eager - later))) if eager > later else "never"


# %% wrong: infinity where all times are equal
# says: where all three times are equal
def break_even(first, later, eager):
    if eager <= later:
        return math.inf
    return max(1, math.ceil((first - later) / (eager - later)))


# %% wrong: no rounding at all
# says: A whole number of calls is asked: round up
def break_even(first, later, eager):
    gain = eager - later
    return (first - later) / gain if gain > 0 else math.inf


# %% wrong: no rounding, nor a thought of slower calls
# says: and none that is negative
def break_even(first, later, eager):
    return math.inf if eager == later else (first - later) / (eager - later)


# %% wrong: one added
# says: the quotient counts the first call already
def break_even(first, later, eager):
    return math.ceil((first - later) / (eager - later)) + 1 if eager > later else math.inf


# %% wrong: one added, if the first call hasn't paid
# says: so don't add it
def break_even(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) + 1 if eager > later else math.inf


# %% wrong: the excess of the first call over one without jit
# says: these are the calls that follow it
def break_even(first, later, eager):
    if first <= eager:
        return 1
    return math.ceil((first - eager) / (eager - later)) if eager > later else math.inf


# %% wrong: the same, down to -1
# says: a number below 1 comes out
def break_even(first, later, eager):
    return math.ceil((first - eager) / (eager - later)) if eager > later else math.inf
