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
    return next((n for n in range(1, 1_000_000) if first + (n - 1) * later <= n * eager), math.inf)


# %% wrong: None for never
# says: it returns None
def break_even(first, later, eager):
    if eager > later:
        return max(1, math.ceil((first - later) / (eager - later)))


# %% wrong: equal times divide by zero
# says: nothing to divide by
def break_even(first, later, eager):
    n = math.ceil((first - later) / (eager - later))
    return max(1, n) if n > 0 or first <= eager else math.inf


# %% wrong: exchanged
# mistake: changed_places
def break_even(first, eager, later):
    if first <= eager:
        return 1
    return math.ceil((first - later) / (eager - later)) if eager > later else math.inf


# %% wrong: int of infinity
# says: int() of an infinite number fails
def break_even(first, later, eager):
    with np.errstate(divide="ignore"):
        return int(np.ceil(np.divide(first - later, max(eager - later, 0.0))))


# %% wrong: tried one after the other, not far enough
# says: It says never where it is merely late
def break_even(first, later, eager):
    return next((n for n in range(1, 1000) if first + (n - 1) * later <= n * eager), math.inf)


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


# %% wrong: a small gain taken for none
# says: or is a small gain taken for none
def break_even(first, later, eager):
    if first <= eager:
        return 1
    gain = eager - later
    if gain < 1e-3:
        return math.inf
    return math.ceil((first - later) / gain)
