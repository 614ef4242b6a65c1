"""What Minuit's exceptions mean, in tasks 3 and 9."""

ERRORS = {
    "NoneType'> to C++": (
        "The function that Minuit minimises returns None: is its `return` missing, or is an earlier function that it "
        "calls still empty? `check.use(name)` gives you the course's until yours passes."
    ),
    "to C++ type": (
        "Minuit, a C++ program, can't read what your function, gradient or Hessian returns: it wants a float, and "
        "NumPy arrays for derivatives. Wrap them: `float(...)`, `np.asarray(...)`."
    ),
}
