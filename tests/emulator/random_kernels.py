"""A grammar of kernels, from which hypothesis makes as many as are wanted.

Their threads meet only where that is no race, so there is one right result for each.
"""

from __future__ import annotations

import linecache
from itertools import count

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numba import cuda, int64  # noqa: F401 - the kernels made here use both

VARIABLES = ["p", "q", "r", "s"]
NUMBERS = count()
CHECKS = list(HealthCheck)
CELL = "out[i, {}]"
BLOCK = 3
GRID = 2
COLUMNS = 3
TABLE = np.array([2, 0, 1, 3, 1])


@cuda.jit(device=True)
def twice(x):
    return x + x


@cuda.jit(device=True)
def bounded(x, n):
    if x > 4 * n:
        return n
    while x < 0:
        x += 3
    return twice(x) - cuda.threadIdx.x


@cuda.jit(device=True)
def total_of_block(tile, x):
    thread = cuda.threadIdx.x
    cuda.syncthreads()
    tile[thread] = x
    cuda.syncthreads()
    total = tile[0] + tile[1] + tile[2]
    cuda.syncthreads()
    return total


variables = st.sampled_from(VARIABLES)
constants = st.integers(0, 3).map(str)
atoms = (
    variables | constants | st.sampled_from(["i", "n", "cuda.threadIdx.x", CELL.format(0), CELL.format(1)])
)
values = st.one_of(
    atoms,
    st.builds("({} {} {})".format, atoms, st.sampled_from("+-*"), atoms),
    st.builds("({} % 7)".format, atoms),
    st.builds("twice({})".format, atoms),
    st.builds("bounded({} % 50, n)".format, atoms),
    st.builds("TABLE[{} % 5]".format, atoms),
    st.builds("max({}, {})".format, atoms, atoms),
    st.builds("pair[{}]".format, st.integers(0, 1)),
)
small = st.builds("({} % 1000)".format, values)
threads_conditions = st.builds("{} {} {}".format, values, st.sampled_from(["<", ">", "=="]), values)
blocks_conditions = st.sampled_from(["n > 2", "cuda.blockIdx.x == 0", "m % 2 == 1", "n + m > 4"])
barrier = st.just(["cuda.syncthreads()"])
simple = st.one_of(
    st.builds(lambda name, value: [f"{name} = {value}"], variables, small),
    st.builds(lambda name, value: [f"{name} += {value}"], variables, small),
    st.builds(lambda place, value: [f"{CELL.format(place)} = {value}"], st.integers(0, 1), small),
    st.builds(lambda a, b: [f"{a}, {b} = {b}, {a}"], variables, variables),
    st.builds(lambda value: [f"cuda.atomic.add(sums, 0, {value})"], small),
    st.builds(lambda op, value: [f"cuda.atomic.{op}(sums, 1, {value})"], st.just("max"), small),
    st.builds(
        lambda name, op, value: [f"{name} = cuda.atomic.{op}(out, (i, 1), {value})"],
        variables,
        st.sampled_from(["add", "sub", "max", "min", "exch"]),
        small,
    ),
)


def indented(lines):
    return [f"    {line}" for line in lines]


def joined(blocks):
    return [line for block in blocks for line in block] or ["pass"]


def under(head, lines):
    return [head, *indented(lines)]


STRIDES = {
    "for": "for g in range(cuda.grid(1), wide.size, cuda.gridsize(1)):",
    "while": "while g < wide.shape[0]:",
    "far": "for g in range(cuda.threadIdx.x, wide.size - 2, cuda.blockDim.x):",
}


def strided(form, body, name, carried):
    """Return a grid-stride loop over `wide`: the thread that comes to an element reads and writes it."""
    if form == "far":  # blocks would share the elements, so they only read another array
        return under(STRIDES[form], [f"{carried} += fixed[g] % 10"])
    inside = {
        "sum": [f"wide[g] = wide[g] + {name} % 100", f"{carried} += wide[g] % 10"],
        "last": ["wide[g] = wide[g] * 3 % 50 + g", f"{carried} = wide[g]"],
        "return": [*under("if wide[g] % 6 == 5:", ["return"]), "wide[g] += 1"],
        "alone": ["wide[g] += g"],
        "skip": [*under("if wide[g] % 3 == 0:", ["continue"]), f"wide[g] += 2 + {name} % 7"],
    }[body if (form, body) != ("while", "skip") else "alone"]
    if form == "for":
        return under(STRIDES[form], inside)
    return ["g = i", *under(STRIDES[form], [*inside, "g += cuda.blockDim.x * cuda.gridDim.x"])]


def of_threads(depth):
    """Statements that each thread runs alone, without barriers."""
    if depth == 0:
        return simple
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
        st.builds(
            strided,
            st.sampled_from(list(STRIDES)),
            st.sampled_from(["sum", "last", "return", "alone", "skip"]),
            variables,
            variables,
        ),
        st.builds(
            lambda stop, name, step: under(
                f"if i < {stop}:",
                [*under("for k in range(n):", [step.format(name)]), f"{CELL.format(1)} = {name} % 99"],
            ),
            st.sampled_from(["4", "n", "out.shape[0]"]),
            variables,
            st.sampled_from(
                ["{0} += fixed[i + k] + k", "{0} = fixed[{0} % 20]", "{0} += TABLE[({0} + k) % 5]"]
            ),
        ),
    )


def exchange(value, name, shift):
    """Threads hand values to their neighbours through shared memory."""
    return [
        "cuda.syncthreads()",
        f"tile[cuda.threadIdx.x] = {value}",
        "cuda.syncthreads()",
        f"{name} = tile[(cuda.threadIdx.x + {shift}) % {BLOCK}]",
        "cuda.syncthreads()",
    ]


def waiting(depth, value, body):
    """Let the threads decide together about the rounds of a loop, two at most.

    Loops in one another count in variables of their own: else an inner loop that is never entered, for the
    threads that would enter it have returned, leaves the outer one with as many rounds as before, for ever.
    """
    left = f"left_{depth}"
    test = f"while cuda.syncthreads_or(int64({left} > 0 and {value} < 500)):"
    return [f"{left} = 2", *under(test, [f"{left} -= 1", *body])]


def of_blocks(depth):
    """Statements that a block decides about as one, with barriers."""
    meets = st.one_of(
        barrier,
        st.builds(exchange, small, variables, st.integers(0, BLOCK)),
        st.builds(
            lambda name, kind, value: [f"{name} = cuda.syncthreads_{kind}(int64({value}))"],
            variables,
            st.sampled_from(["count", "and", "or"]),
            threads_conditions,
        ),
        st.builds(lambda name, value: [f"{name} = total_of_block(tile, {value})"], variables, small),
    )
    if depth == 0:
        return meets | of_threads(1)
    inner = st.lists(of_blocks(depth - 1), min_size=1, max_size=3).map(joined)
    return st.one_of(
        meets,
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
            lambda test, body, leave: under(
                "for w in range(3):", [*body, *under(f"if {test}:", [leave]), "r += 1"]
            ),
            blocks_conditions,
            inner,
            st.sampled_from(["break", "continue"]),
        ),
        st.builds(waiting, st.just(depth), small, inner),
    )


kernels = st.lists(of_blocks(2), min_size=1, max_size=6).map(joined)


small_kernels = st.lists(of_blocks(1), min_size=1, max_size=2).map(joined)
tiny_kernels = of_blocks(0)


def collected(strategy, number, seed):
    """Return so many kernels, the same for the same seed."""
    found = []

    @hypothesis.seed(seed)
    @given(strategy)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=CHECKS,
    )
    def collect(lines):
        found.append(lines)

    collect()
    return found


def kernel_of(lines, also=""):
    """Return a kernel with a source that can be read."""
    head = [
        f"def kernel(out, wide, fixed, sums, pair, n{also}):",
        *indented(
            [
                f"tile = cuda.shared.array({BLOCK}, int64)",
                "tile[cuda.threadIdx.x] = 0",
                "i = cuda.grid(1)",
                "m = 1",
                "p = i",
                "q = 2",
                "r = n",
                "s = i + 1",
                "cuda.syncthreads()",
            ]
        ),
    ]
    tail = indented([f"{CELL.format(2)} = p % 97 + 100 * (q % 97) + 10000 * (r % 97) + 1000000 * (s % 97)"])
    text = "\n".join([*head, *indented(lines), *tail]) + "\n"
    name = f"<kernel {next(NUMBERS)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {**globals()}
    exec(compile(text, name, "exec"), namespace)
    return namespace["kernel"]


def kernel_of_all(many):
    """Return one kernel that does what its last argument says of many: Numba takes less time for it.

    Each starts with a barrier, so that it is a part of the block's course as it is in a kernel of its own.
    """
    lines = []
    for number, each in enumerate(many):
        test = f"{'el' if number else ''}if which == {number}:"
        lines += under(test, ["cuda.syncthreads()", *each])
    return kernel_of(lines, also=", which")
