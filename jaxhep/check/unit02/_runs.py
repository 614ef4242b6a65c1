"""Demands that count compilations need shapes and values that this process has never compiled."""

import itertools

RUNS = itertools.count(1)
