# %% right: line by line, counters
def fusions(text):
    inside, calls, current = {}, {}, ""
    for line in text.split("\n"):
        if line.rstrip().endswith("{"):
            current = line.replace("ENTRY ", "").split(" (")[0].strip("% ")
            inside[current] = Counter()
        elif " = " in line:
            kind = programs.instructions(line)
            inside[current] += kind
            if "fusion" in kind:
                calls[line.split(" = ")[0].replace("ROOT", "").strip("% ")] = line.split("calls=")[1].split(",")[0].strip("%")
    return {name: {opcode: n for opcode, n in inside[called].items() if opcode != "parameter"} for name, called in calls.items()}


# %% right: tuples, split at braces
def fusions(text):
    blocks = {}
    for block in re.split(r"\n}", text):
        head, _, body = block.partition("{\n")
        if body:
            blocks[head.strip().splitlines()[-1].replace("ENTRY ", "").split()[0].strip("%")] = body
    found = {}
    for name, called in re.findall(r"([\w.-]+) = [^\n]* fusion\([^\n]*calls=%?([\w.-]+)", text):
        found[name] = tuple(one for one in programs.instructions(blocks[called]).elements() if one != "parameter")
    return found


# %% right: a search in the text for each fusion
def fusions(text):
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s+(?:ROOT )?%?(\S+) = (?:\([^=]*?\)|\S+) fusion\(.*calls=%?([^,\s]+)", line)
        if match:
            start = re.search(rf"^%?{re.escape(match[2])} \(", text, re.MULTILINE).start()
            body = text[start : text.index("\n}", start)]
            found[match[1]] = Counter(re.findall(r" = (?:\([^=]*?\)|\S+) ([a-z][a-z0-9-]*)\(", body))
            del found[match[1]]["parameter"]
    return found


# %% right: a stack of lines, zero counts left in
def fusions(text):
    lines, blocks = text.splitlines(), {}
    starts = [i for i, line in enumerate(lines) if line.endswith("{")]
    for i in starts:
        stop = lines.index("}", i)
        blocks[re.search(r"%([\w.-]+) \(", lines[i])[1]] = lines[i + 1 : stop]
    result = {}
    for body in blocks.values():
        for line in body:
            if programs.instructions(line)["fusion"]:
                called = re.search(r"calls=%([\w.-]+)", line)[1]
                result[re.search(r"%([\w.-]+) =", line)[1]] = programs.instructions("\n".join(blocks[called]))
    for counts in result.values():
        counts["parameter"] = 0
    return result


# %% wrong: the number
# says: It returns a int
def fusions(text):
    return programs.instructions(text)["fusion"]


# %% wrong: counts in place of lists
# says: there stands a int
def fusions(text):
    return {name: 3 for name in re.findall(r"%([\w.-]+) = .* fusion\(", text)}


# %% wrong: blank lines
# says: A line doesn't split as your code expects
def fusions(text):
    return {line.split()[0]: [] for line in text.splitlines() if line.split()[3]}


# %% wrong: only loops over one kind
# says: missing: divide_multiply_fusion, negate_fusion
def fusions(text):
    blocks = dict(re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE))
    calls = re.findall(r"%([\w.-]+) = .* fusion\(.*kind=kLoop, calls=%([\w.-]+)", text)
    return {name: [one for one in programs.instructions(blocks[c]).elements() if one != "parameter"] for name, c in calls}


# %% wrong: multiplications forgotten
# says: too few: multiply
def fusions(text):
    blocks = dict(re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE))
    calls = re.findall(r"%([\w.-]+) = .* fusion\(.*calls=%([\w.-]+)", text)
    return {name: [one for one in programs.instructions(blocks[c]).elements() if one not in ("parameter", "multiply")] for name, c in calls}


# %% wrong: works for the printed program only
# says: this statement doesn't belong there
def fusions(text):
    if "multiply_add_fusion" not in text:
        raise KeyError("fused_computation.1")
    blocks = dict(re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE))
    calls = re.findall(r"%([\w.-]+) = .* fusion\(.*calls=%([\w.-]+)", text)
    return {name: [one for one in programs.instructions(blocks[c]).elements() if one != "parameter"] for name, c in calls}


# %% wrong: typed in for the printed program, ignores the text
# says: must be read from `text`
def fusions(text):
    return {
        "multiply_subtract_fusion": ["broadcast", "multiply", "broadcast", "power", "multiply", "add", "log", "multiply", "subtract"],
        "wrapped_reduce-window": ["reduce-window"],
        "multiply_add_fusion": ["constant", "reduce", "constant", "multiply", "multiply", "add"],
    }


# %% wrong: opcode pattern \w+ without the hyphen: reduce-window becomes window
# mistake: cut_before_a_hyphen
def fusions(text):
    blocks, current = {}, []
    for line in text.splitlines():
        if line.endswith("{"):
            current = blocks[line.removeprefix("ENTRY ").split()[0].lstrip("%")] = []
        elif line.startswith(" "):
            current.append(line)
    answer = {}
    for name, called in re.findall(r"%?([\w.-]+) = .* fusion\(.*calls=%?([\w.-]+)", text):
        opcodes = [re.search(r"(\w+)\(", line.split(" = ")[1]).group(1) for line in blocks[called]]
        answer[name] = [opcode for opcode in opcodes if opcode != "parameter"]
    return answer


# %% wrong: lines that begin with ROOT don't match
# mistake: roots_left_out
def fusions(text):
    bodies, found = {}, {}
    for head, body in re.findall(r"^(?:ENTRY )?%?([\w.-]+) \(.*\{\n((?: .*\n)*)\}", text, re.MULTILINE):
        bodies[head] = re.findall(r"^ +%[\w.-]+ = (?:\(.*?\)|\S+) ([\w-]+)\(", body, re.MULTILINE)
    for name, called in re.findall(r"^ +%([\w.-]+) = .* fusion\(.*calls=%([\w.-]+)", text, re.MULTILINE):
        found[name] = [one for one in bodies[called] if one != "parameter"]
    return found


# %% wrong: from computations to fusions
# says: missing: first_fusion
def fusions(text):
    called_by = {called: name for name, called in
                 re.findall(r"%?([\w.-]+) = .* fusion\(.*calls=%?([\w.-]+)", text)}
    result, body, name = {}, [], None
    for line in text.splitlines():
        if line.endswith("{"):
            name, body = line.replace("ENTRY ", "").split()[0].strip("%"), []
        elif line == "}" and name in called_by:
            ops = programs.instructions("\n".join(body))
            ops.pop("parameter", None)
            result[called_by[name]] = list(ops.elements())
        else:
            body.append(line)
    return result


# %% wrong: found by the beginning of its name
# says: has the opcodes of another computation
def fusions(text):
    lines = text.splitlines()

    def body(computation):
        start = next(i for i, line in enumerate(lines)
                     if line.endswith("{") and line.removeprefix("ENTRY ").lstrip("%").startswith(computation))
        end = next(i for i in range(start, len(lines)) if lines[i].startswith("}"))
        return "\n".join(lines[start + 1:end])

    result = {}
    for fusion, called in re.findall(r"%?([\w.-]+) = .* fusion\(.*calls=%?([\w.-]+)", text):
        opcodes = programs.instructions(body(called))
        result[fusion] = [opcode for opcode in opcodes.elements() if opcode != "parameter"]
    return result


# %% wrong: names cut at a hyphen
# says: Is a name cut, at a hyphen
def fusions(text):
    computations, current = {}, []
    for line in text.splitlines():
        if line.endswith("{"):
            current = computations[re.search(r"[\w.]+", line.removeprefix("ENTRY "))[0]] = []
        elif line.startswith(" "):
            current.append(line)
    pairs = re.findall(r"([\w.]+) = .* fusion\(.*calls=%?([\w.]+)", text)
    result = {}
    for fusion, called in pairs:
        opcodes = programs.instructions("\n".join(computations[called]))
        result[fusion] = [opcode for opcode in opcodes.elements() if opcode != "parameter"]
    return result
