# %% wrong: the counter is still global
# says: A call changes the global variable `total`
total = 0


@jax.jit
def step(mu, calls, slope):
    global total
    total = total + 1
    return mu - slope / (10 + total), total


# %% wrong: the global is read
# says: still reads the global variable `counter`
counter = 1


def step(mu, calls, slope):
    return mu - slope / (10 + counter), calls + 1


# %% wrong: an attribute of the function
# says: A call changes the attribute `step.calls`
@jax.jit
def step(mu, calls, slope):
    step.calls += 1
    return mu - slope / (10 + step.calls), step.calls


step.calls = 0


# %% wrong: a default value
# says: A call changes the default value of its parameter `memory`
def step(mu, calls, slope, memory=[0]):
    memory[0] += 1
    return mu - slope / (10 + memory[0]), memory[0]


# %% wrong: a variable of the function around it
# says: A call changes the variable `count` of the function around it
def make_step():
    count = 0

    def step(mu, calls, slope):
        nonlocal count
        count += 1
        return mu - slope / (10 + count), count

    return step


step = make_step()


# %% wrong: an object that remembers
# says: A call changes the attribute `Descent.made`
class Descent:
    def __init__(self):
        self.made = 0

    def __call__(self, mu, calls, slope):
        self.made += 1
        return mu - slope / (10 + self.made), self.made


step = Descent()


# %% wrong: a float
# says: The counter comes back as a floating-point number
def step(mu, calls, slope):
    calls = calls + 1.0
    return mu - slope / (10 + calls), calls


# %% wrong: a counter of 32 bits
# says: The counter goes in as int64 and comes back as int32
def step(mu, calls, slope):
    calls = jnp.asarray(calls + 1, jnp.int32)
    return mu - slope / (10 + calls), calls


# %% wrong: the counter forced to be a Python int
# says: A Python float, int or shape is made from a JAX tracer
def step(mu, calls, slope):
    calls = int(calls) + 1
    return mu - slope / (10 + calls), calls


# %% wrong: mu alone
# says: in this order
def step(mu, calls, slope):
    return mu - slope / (11 + calls)


# %% wrong: three things
# says: It returns 3 things
def step(mu, calls, slope):
    calls = calls + 1
    return mu - slope / (10 + calls), calls, slope


# %% right: in one line, under jit
step = jax.jit(lambda mu, calls, slope: (mu - slope / (11 + calls), calls + 1))


# %% right: a list, by a helper with a constant in capitals
OFFSET = 10


def rate(number):
    return 1 / (OFFSET + number)


def step(mu, calls, slope):
    return [mu - rate(calls + 1) * slope, calls + 1]


# %% right: assigned to the parameter
@jax.jit
def step(mu, calls, slope):
    calls += 1
    mu -= slope / (10 + calls)
    return mu, calls


# %% right: an object without memory
from dataclasses import dataclass


@dataclass(frozen=True)
class Descent:
    offset: int = 10

    def __call__(self, mu, calls, slope):
        return mu - slope / (self.offset + calls + 1), calls + 1


step = Descent()


# %% right: the old-fashioned way, a cache of the compiled function
import functools


@functools.lru_cache
def compiled():
    return jax.jit(lambda mu, calls, slope: (mu - slope / (10 + calls + 1), jnp.add(calls, 1)))


def step(mu, calls, slope):
    return compiled()(mu, calls, slope)
