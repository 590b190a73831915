"""Kernels made at random whose threads do not meet: barriers anywhere must not change what they compute."""

from __future__ import annotations

import linecache
from itertools import count

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import cuda

from mig_explorer.emulator.rewrite import rewrite
from tests.emulator.interpreted import run_rewritten, run_threads

VARIABLES = ["p", "q", "r", "s"]
NUMBERS = count()
CELL = "out[i, {}]"

variables = st.sampled_from(VARIABLES)
constants = st.integers(0, 3).map(str)
atoms = (
    variables | constants | st.sampled_from(["i", "n", "cuda.threadIdx.x", CELL.format(0), CELL.format(1)])
)
values = atoms | st.builds("({} {} {})".format, atoms, st.sampled_from("+-*"), atoms)
threads_conditions = st.builds("{} {} {}".format, values, st.sampled_from(["<", ">", "=="]), values)
blocks_conditions = st.sampled_from(["n > 2", "cuda.blockIdx.x == 0", "m % 2 == 1", "n + m > 4"])
barrier = st.just(["cuda.syncthreads()"])
simple = st.one_of(
    st.builds(lambda name, value: [f"{name} = {value}"], variables, values),
    st.builds(lambda name, value: [f"{name} += {value}"], variables, values),
    st.builds(lambda place, value: [f"{CELL.format(place)} = {value}"], st.integers(0, 1), values),
    st.builds(lambda a, b: [f"{a}, {b} = {b}, {a}"], variables, variables),
)


def indented(lines):
    return [f"    {line}" for line in lines]


def joined(blocks):
    return [line for block in blocks for line in block] or ["pass"]


def under(head, lines):
    return [head, *indented(lines)]


def of_threads(depth):
    """Statements that each thread runs alone, without barriers."""
    if depth == 0:
        return simple | st.just(["return"]).filter(lambda _: False)
    inner = st.lists(of_threads(depth - 1), max_size=3).map(joined)
    return st.one_of(
        simple,
        st.builds(lambda test, body: under(f"if {test}:", body), threads_conditions, inner),
        st.builds(lambda test: under(f"if {test}:", ["return"]), threads_conditions),
        st.builds(
            lambda test, body, leave: under("for k in range(3):", [*under(f"if {test}:", [leave]), *body]),
            threads_conditions,
            inner,
            st.sampled_from(["break", "continue", "return"]),
        ),
    )


def of_blocks(depth):
    """Statements that a block decides about as one, with barriers."""
    if depth == 0:
        return barrier | of_threads(1)
    inner = st.lists(of_blocks(depth - 1), min_size=1, max_size=3).map(joined)
    return st.one_of(
        barrier,
        of_threads(1),
        st.builds(
            lambda name, value: [f"{name} = {value}"], st.just("m"), st.sampled_from(["m + 1", "n - m"])
        ),
        st.builds(
            lambda test, body, other: [*under(f"if {test}:", body), *under("else:", other)],
            blocks_conditions,
            inner,
            inner,
        ),
        st.builds(
            lambda name, body: under(f"for {name} in range(2):", body), st.sampled_from(["u", "v"]), inner
        ),
        st.builds(
            lambda test, body: under("for w in range(3):", [*body, *under(f"if {test}:", ["break"])]),
            blocks_conditions,
            inner,
        ),
    )


kernels = st.lists(of_blocks(2), min_size=1, max_size=6).map(joined)


def kernel_of(lines):
    """Return a kernel with a source that can be read."""
    head = [
        "def kernel(out, n):",
        *indented(["i = cuda.grid(1)", "m = 1", "p = i", "q = 2", "r = n", "s = i + 1"]),
    ]
    tail = indented([f"{CELL.format(2)} = p + 10 * q + 100 * r + 1000 * s"])
    text = "\n".join([*head, *indented(lines), *tail]) + "\n"
    name = f"<kernel {next(NUMBERS)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {"cuda": cuda}
    exec(compile(text, name, "exec"), namespace)
    return namespace["kernel"]


@given(kernels, st.integers(0, 4))
@settings(max_examples=150)
def test_barriers_do_not_change_what_threads_that_never_meet_compute(lines, n):
    rewritten = rewrite(kernel_of(lines))
    apart, together = (np.arange(18.0).reshape(6, 3).astype(object) for _ in range(2))
    run_threads(rewritten, 2, 3, (apart, n))
    run_rewritten(rewritten, 2, 3, (together, n))
    assert together.tolist() == apart.tolist()
