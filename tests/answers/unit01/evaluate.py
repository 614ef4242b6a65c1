# %% right: decides by what an equation holds, one environment in a function of its own
def evaluate(closed, *args):
    env = {}
    get = lambda atom: atom.val if hasattr(atom, "val") else env[atom]
    env.update(zip(closed.jaxpr.constvars, closed.consts))
    env.update(zip(closed.jaxpr.invars, args))
    done = {}
    for equation in closed.jaxpr.eqns:
        values = [get(atom) for atom in equation.invars]
        inside = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
        if inside is not None:
            outputs, below = evaluate(inside, *values)
        else:
            outputs, below = equation.primitive.bind(*values, **equation.params), {equation.primitive.name: 1}
            if not equation.primitive.multiple_results:
                outputs = (outputs,)
        for name, times in below.items():
            done[name] = done.get(name, 0) + times
        for var, value in zip(equation.outvars, outputs):
            env[var] = value
    return tuple(get(var) for var in closed.jaxpr.outvars), done


# %% right: only one tally, handed down, and the wrappers counted
def evaluate(closed, *args):
    counts = Counter()

    def run(closed, args):
        env = dict(zip([*closed.jaxpr.constvars, *closed.jaxpr.invars], [*closed.consts, *args]))
        read = lambda a: a.val if type(a) is Literal else env[a]
        for e in closed.jaxpr.eqns:
            ins = list(map(read, e.invars))
            counts[e.primitive.name] += 1
            if e.primitive.name in programs.WRAPPERS:
                outs = run(e.params.get("call_jaxpr", e.params.get("jaxpr")), ins)
            else:
                outs = e.primitive.bind(*ins, **e.params)
            env.update(zip(e.outvars, outs if isinstance(outs, (list, tuple)) else [outs]))
        return list(map(read, closed.jaxpr.outvars))

    return run(closed, args), counts


# %% right: values by number, and the tally from the lists of names
def evaluate(closed, *args):
    names = []

    def run(closed, args):
        jaxpr = closed.jaxpr
        cells = {id(v): x for v, x in zip(list(jaxpr.constvars) + list(jaxpr.invars), list(closed.consts) + list(args))}
        keep = [jaxpr]

        def read(atom):
            return atom.val if isinstance(atom, Literal) else cells[id(atom)]

        for equation in jaxpr.eqns:
            inputs = tuple(read(a) for a in equation.invars)
            match equation.primitive.name:
                case "jit" | "pjit":
                    results = run(equation.params["jaxpr"], inputs)
                case "custom_jvp_call":
                    results = run(equation.params["call_jaxpr"], inputs)
                case name:
                    names.append(name)
                    results = equation.primitive.bind(*inputs, **equation.params)
            if not isinstance(results, list):
                results = [results]
            for var, result in zip(equation.outvars, results):
                cells[id(var)] = result
        return [read(a) for a in jaxpr.outvars]

    return run(closed, args), {name: names.count(name) for name in set(names)}


# %% right: primitives as keys, results in a list of two
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts))
    for var, arg in zip(closed.jaxpr.invars, args):
        values[var] = arg
    executed = Counter()
    read = lambda atoms: [a.val if isinstance(a, Literal) else values[a] for a in atoms]
    for equation in closed.jaxpr.eqns:
        name, params = equation.primitive.name, equation.params
        if "call_jaxpr" in params or name in ("jit", "pjit"):
            outputs, inside = evaluate(params["call_jaxpr" if "call_jaxpr" in params else "jaxpr"], *read(equation.invars))
            executed.update(inside)
        else:
            outputs = equation.primitive.bind(*read(equation.invars), **params)
            executed[equation.primitive] += 1
        outputs = outputs if type(outputs) is list else [outputs]
        values |= dict(zip(equation.outvars, outputs))
    return [read(closed.jaxpr.outvars), executed]


# %% wrong: literals looked up
# says: A `Literal` is looked up among the variables
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    for equation in closed.jaxpr.eqns:
        outputs = equation.primitive.bind(*[values[atom] for atom in equation.invars], **equation.params)
        executed[equation.primitive.name] += 1
        values.update(zip(equation.outvars, outputs if equation.primitive.multiple_results else [outputs]))
    return [values[atom] for atom in closed.jaxpr.outvars], executed


# %% wrong: constants forgotten
# says: It is a constant of the jaxpr
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
        executed[equation.primitive.name] += 1
        values.update(zip(equation.outvars, outputs if equation.primitive.multiple_results else [outputs]))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: inputs forgotten
# says: It is an input of a jaxpr
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
        executed[equation.primitive.name] += 1
        values.update(zip(equation.outvars, outputs if equation.primitive.multiple_results else [outputs]))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: results never stored
# says: though an equation makes it
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
        executed[equation.primitive.name] += 1
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: jit by its old name, so it is bound
# says: A jit's equation goes to `bind` as a whole
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts))
    values.update(zip(closed.jaxpr.invars, args))
    read = lambda v: v.val if isinstance(v, Literal) else values[v]
    tally = Counter()
    for equation in closed.jaxpr.eqns:
        inputs = [read(v) for v in equation.invars]
        name = equation.primitive.name
        if name in ("pjit", "custom_jvp_call"):
            inner = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, inside = evaluate(inner, *inputs)
            tally += inside
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            tally[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(v) for v in closed.jaxpr.outvars], tally


# %% wrong: inner jaxprs get all arguments of the program
# says: for an inner jaxpr the inputs of the equation
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            outputs, below = evaluate(equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"], *args)
            executed += below
        else:
            outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: outputs of the last equation
# says: need not be what its last equation makes
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inside = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, below = evaluate(inside, *map(read, equation.invars))
            executed += below
        else:
            outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] += 1
        values.update(zip(equation.outvars, outputs))
    return outputs, executed


# %% wrong: every result taken for a list
# says: A single result is treated as a list
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
        executed[equation.primitive.name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: a list taken for one result
# says: handed to a primitive
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inside = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, below = evaluate(inside, *map(read, equation.invars))
            executed += below
            values.update(zip(equation.outvars, outputs))
        else:
            values[equation.outvars[0]] = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            executed[name] += 1
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: a set of names
# mistake: names_collected
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = {}
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inside = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, below = evaluate(inside, *map(read, equation.invars))
            executed |= below
        else:
            outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] = 1
        values.update(zip(equation.outvars, outputs))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: variables returned
# says: the values of the `outvars`
def evaluate(closed, *args):
    return closed.jaxpr.outvars, programs.primitives(closed)


# %% wrong: JAX's interpreter
# says: JAX's own interpreter
def evaluate(closed, *args):
    return jax.extend.core.jaxpr_as_fun(closed)(*args), programs.primitives(closed)


# %% wrong: the tally first
# says: The tally comes first
def evaluate(closed, *args):
    return programs.primitives(closed), [1.0]


# %% wrong: outputs alone
# says: Return two things
def evaluate(closed, *args):
    return jnp.zeros(3)


# %% wrong: values made NumPy
# says: jax.jit can't go through your interpreter
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    executed = Counter()
    read = lambda atom: np.asarray(atom.val if isinstance(atom, Literal) else values[atom])
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inside = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, below = evaluate(inside, *map(read, equation.invars))
            executed += below
        else:
            outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(atom) for atom in closed.jaxpr.outvars], executed


# %% wrong: the counter survives
# says: keeps something from call to call
def evaluate(closed, *args, executed=Counter()):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    for equation in closed.jaxpr.eqns:
        name = equation.primitive.name
        if name in programs.WRAPPERS:
            inside = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, _ = evaluate(inside, *map(read, equation.invars), executed=executed)
        else:
            outputs = equation.primitive.bind(*map(read, equation.invars), **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            executed[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(atom) for atom in closed.jaxpr.outvars], executed.copy()


# %% wrong: custom derivatives go to bind
# says: An equation `custom_jvp_call` goes to `bind`
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts))
    values.update(zip(closed.jaxpr.invars, args))
    read = lambda v: v.val if isinstance(v, Literal) else values[v]
    tally = Counter()
    for equation in closed.jaxpr.eqns:
        inputs = [read(v) for v in equation.invars]
        name = equation.primitive.name
        if name in ("jit", "pjit"):
            outputs, inside = evaluate(equation.params["jaxpr"], *inputs)
            tally += inside
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            tally[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [read(v) for v in closed.jaxpr.outvars], tally


# %% wrong: outputs not read like inputs
# says: An output may be a `Literal`, too
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts))
    values.update(zip(closed.jaxpr.invars, args))
    tally = Counter()
    for equation in closed.jaxpr.eqns:
        inputs = [v.val if isinstance(v, Literal) else values[v] for v in equation.invars]
        name = equation.primitive.name
        if name in ("jit", "pjit", "custom_jvp_call"):
            inner = equation.params["call_jaxpr" if name == "custom_jvp_call" else "jaxpr"]
            outputs, inside = evaluate(inner, *inputs)
            tally += inside
        else:
            outputs = equation.primitive.bind(*inputs, **equation.params)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
            tally[name] += 1
        values.update(zip(equation.outvars, outputs))
    return [values[v] for v in closed.jaxpr.outvars], tally


# %% wrong: whether there are several results is guessed from their number
# says: An output is a list: a primitive with `multiple_results`
def evaluate(closed, *args):
    values = dict(zip(closed.jaxpr.constvars, closed.consts)) | dict(zip(closed.jaxpr.invars, args))
    read = lambda atom: atom.val if isinstance(atom, Literal) else values[atom]
    tally = Counter()
    for eqn in closed.jaxpr.eqns:
        inputs = [read(atom) for atom in eqn.invars]
        inner = eqn.params.get("jaxpr") or eqn.params.get("call_jaxpr")
        if inner:
            outputs, more = evaluate(inner, *inputs)
            tally += more
            values.update(zip(eqn.outvars, outputs))
            continue
        result = eqn.primitive.bind(*inputs, **eqn.params)
        tally[eqn.primitive.name] += 1
        if len(eqn.outvars) == 1:
            values[eqn.outvars[0]] = result
        else:
            values.update(zip(eqn.outvars, result))
    return [read(atom) for atom in closed.jaxpr.outvars], tally
