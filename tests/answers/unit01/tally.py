# %% right: wrappers not counted, a plain dictionary
def tally(jaxpr):
    counts = {}
    for equation in jaxpr.eqns:
        inside = [one for value in equation.params.values() for one in programs.inner(value)]
        if not inside:
            counts[equation.primitive.name] = counts.get(equation.primitive.name, 0) + 1
        for one in inside:
            for name, times in tally(one).items():
                counts[name] = counts.get(name, 0) + times
    return counts


# %% right: a stack instead of recursion, and names from str
def tally(jaxpr):
    counts, waiting = {}, [jaxpr]
    while waiting:
        for equation in waiting.pop().eqns:
            counts[str(equation.primitive)] = counts.get(str(equation.primitive), 0) + 1
            waiting.extend(programs.inner(tuple(equation.params.values())))
    return counts


# %% right: types asked by hand, a defaultdict
from collections import defaultdict

from jax.extend.core import ClosedJaxpr, Jaxpr


def tally(jaxpr):
    counts = defaultdict(int)

    def visit(thing):
        if isinstance(thing, ClosedJaxpr):
            thing = thing.jaxpr
        if isinstance(thing, Jaxpr):
            for equation in thing.eqns:
                counts[equation.primitive.name] += 1
                for value in equation.params.values():
                    visit(value)
        elif isinstance(thing, (tuple, list)):
            for one in thing:
                visit(one)

    visit(jaxpr)
    return counts


# %% right: whatever has equations, numbers as NumPy integers
def tally(jaxpr):
    names = []

    def visit(jaxpr):
        for equation in jaxpr.eqns:
            names.append(equation.primitive.name)
            for value in equation.params.values():
                for one in value if isinstance(value, tuple) else (value,):
                    if hasattr(one, "eqns"):
                        visit(one)

    visit(jaxpr)
    return dict(zip(*np.unique(names, return_counts=True)))


# %% wrong: equal jaxprs remembered
# mistake: shared_jaxpr_once
def tally(jaxpr, seen=None):
    seen = {} if seen is None else seen
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for inside in programs.inner(list(equation.params.values())):
            if id(inside) not in seen:
                seen[id(inside)] = inside
                counts += tally(inside, seen)
    return counts


# %% wrong: every value taken for a jaxpr
# says: most values of `params` are no jaxprs
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            counts += tally(value)
    return counts


# %% wrong: the same jaxpr again
# says: It calls itself with the same jaxpr
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for inside in programs.inner(list(equation.params.values())):
            counts += tally(jaxpr)
    return counts


# %% wrong: the course's counter
# says: `programs.primitives` has counted them
def tally(jaxpr):
    return programs.primitives(jaxpr)


# %% wrong: the total only
# says: The tally is a int
def tally(jaxpr):
    return len(jaxpr.eqns)


# %% wrong: a list of names
# says: The tally is a list
def tally(jaxpr):
    return [equation.primitive.name for equation in jaxpr.eqns]


# %% wrong: counts kept from call to call
# says: keeps something from call to call
def tally(jaxpr, counts=Counter()):
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for inside in programs.inner(list(equation.params.values())):
            tally(inside)
    return counts.copy()


# %% wrong: primitives instead of names
# says: The keys of the tally are no strings
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive] += 1
        for value in equation.params.values():
            for inside in programs.inner(value):
                counts += tally(inside)
    return counts


# %% wrong: equations whose result nobody uses are left out
# says: a result that nobody uses
def tally(jaxpr):
    core = getattr(jaxpr, "jaxpr", jaxpr)
    used = {id(v) for equation in core.eqns for v in equation.invars} | {id(v) for v in core.outvars}
    counts = Counter()
    for equation in core.eqns:
        if not any(id(v) in used for v in equation.outvars):
            continue
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            for inside in programs.inner(value):
                counts += tally(inside)
    return counts
