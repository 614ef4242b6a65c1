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


# %% wrong: only the outermost equations
# says: Only the outermost equations are counted
def tally(jaxpr):
    return Counter(equation.primitive.name for equation in jaxpr.eqns)


# %% wrong: one level
# says: It looks one level deep
def tally(jaxpr):
    counts = Counter(equation.primitive.name for equation in jaxpr.eqns)
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for inside in programs.inner(value):
                counts += Counter(one.primitive.name for one in inside.eqns)
    return counts


# %% wrong: tuples missed
# says: Jaxprs in a tuple are missed
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            if hasattr(value, "eqns"):
                counts += tally(value)
    return counts


# %% wrong: one name of a parameter
# says: other equations keep theirs under other names
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for inside in programs.inner(equation.params.get("jaxpr")):
            counts += tally(inside)
    return counts


# %% wrong: the first branch only
# says: only the first is counted
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = list(programs.inner(list(equation.params.values())))
        if inside:
            counts += tally(inside[0])
        else:
            counts[equation.primitive.name] += 1
    return counts


# %% wrong: update of a dictionary
# says: replace those that were there
def tally(jaxpr):
    counts = {}
    for equation in jaxpr.eqns:
        inside = [one for value in equation.params.values() for one in programs.inner(value)]
        for one in inside:
            counts.update(tally(one))
        if not inside:
            counts[equation.primitive.name] = counts.get(equation.primitive.name, 0) + 1
    return counts


# %% wrong: a set of names
# says: Every count is 1
def tally(jaxpr):
    names = set()
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        for inside in programs.inner(list(equation.params.values())):
            names |= set(tally(inside))
    return {name: 1 for name in names}


# %% wrong: equal jaxprs remembered
# says: it stands in both, so it counts for each
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


# %% wrong: return inside the loop
# says: It stops at the first inner jaxpr
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        for inside in programs.inner(list(equation.params.values())):
            return tally(inside)
        counts[equation.primitive.name] += 1
    return counts


# %% wrong: operands
# says: The numbers of operands are counted
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        inside = list(programs.inner(list(equation.params.values())))
        for one in inside:
            counts += tally(one)
        if not inside:
            counts[equation.primitive.name] += len(equation.invars)
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


# %% wrong: what a scan holds once per turn
# says: counted once per turn
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        times = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        for value in equation.params.values():
            for inside in programs.inner(value):
                for name, number in tally(inside).items():
                    counts[name] += times * number
    return counts


# %% wrong: a list of names, without a while loop's
# says: A while loop isn't looked into
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for key in ("jaxpr", "call_jaxpr", "branches"):
            for inside in programs.inner(equation.params.get(key)):
                counts += tally(inside)
    return counts


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


# %% wrong: the first jaxpr of each tuple
# says: only the first branch is counted
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        for value in equation.params.values():
            inside = next(iter(programs.inner(value)), None)
            if inside is not None:
                counts += tally(inside)
    return counts


# %% wrong: a jit by its name, nothing else
# says: Only a jit is looked into
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        if equation.primitive.name in ("jit", "pjit"):
            counts += tally(equation.params["jaxpr"])
    return counts


# %% wrong: wrappers and cond by their names, no loops
# says: Loops (scan, while) aren't looked into
def tally(jaxpr):
    counts = Counter()
    for equation in jaxpr.eqns:
        counts[equation.primitive.name] += 1
        if equation.primitive.name in ("jit", "pjit", "custom_jvp_call", "cond"):
            for value in equation.params.values():
                for inside in programs.inner(value):
                    counts += tally(inside)
    return counts
