from __future__ import annotations

import ast
import math
from math import sqrt

import numba
import numpy as np
import pytest
from numba import cuda, float32, int32
from numba import cuda as cu
from numba.cuda import grid, threadIdx

from mig_explorer.emulator.lower import Barrier, lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.vocabulary import CUDA
from tests.emulator.refusals import assert_refused

# Kernels that are refused are only read, and what is odd in them is what is tested.

# ruff: noqa: ARG001, C416, E731, F821, F841, PLC0415, PLR0124, PLW0120, RUF015, RUF059, T201
# mypy: disable-error-code="misc, has-type, name-defined"

TABLE = np.arange(4)
CONSTANT = 3
PAIR = (2, 5)
WORDS = "hello"


@cuda.jit(device=True)
def device_function(x):
    return x


def helper(x):
    return x


def lowered(kernel):
    return [
        "syncthreads" if isinstance(each, Barrier) else ast.unparse(each) for each in lower(read(kernel)).body
    ]


def test_indices_become_variables():
    def kernel(a):
        a[cuda.threadIdx.x, cuda.blockIdx.y] = cuda.blockDim.z + cuda.gridDim.x

    assert lowered(kernel) == ["a[thread_x, block_y] = block_dim_z + grid_dim_x"]


def test_cuda_is_found_by_whatever_name_it_was_imported():
    def kernel(a):
        a[cu.threadIdx.x] = threadIdx.y + grid(1) + numba.cuda.blockIdx.z

    assert lowered(kernel) == ["a[thread_x] = thread_y + (block_x * block_dim_x + thread_x) + block_z"]


def test_grid_and_gridsize_give_one_value_or_a_tuple():
    def kernel(a):
        x, y = cuda.grid(2)
        a[x] = cuda.gridsize(1)

    assert lowered(kernel) == [
        "x, y = (block_x * block_dim_x + thread_x, block_y * block_dim_y + thread_y)",
        "a[x] = grid_dim_x * block_dim_x",
    ]


def test_global_constants_types_and_functions_are_written_out():
    def kernel(a):
        a[0] = float32(CONSTANT) + PAIR[1] + sqrt(np.pi) + math.floor(2.5) + int32(abs(-1)) + np.int8(4)

    assert lowered(kernel) == [
        (
            "a[0] = np.float32(3) + (2, 5)[1] + math.sqrt(3.141592653589793) + math.floor(2.5) "
            "+ np.int32(abs(-1)) + np.int8(4)"
        )
    ]


def test_a_negative_constant_keeps_its_sign_under_a_power():
    minus = -3

    def kernel(a):
        a[0] = minus**2

    assert lowered(kernel) == ["a[0] = (-3) ** 2"]


def test_atomic_add_becomes_an_addition():
    def kernel(a):
        cuda.atomic.add(a, (cuda.threadIdx.x, 0), 2)

    assert lowered(kernel) == ["a[thread_x, 0] += 2"]


def test_a_barrier_becomes_a_marker_and_docstrings_fall_out():
    def kernel(a):
        """Do nothing much."""
        cuda.syncthreads()
        "a string in the middle"
        a[0] = 1

    assert lowered(kernel) == ["syncthreads", "a[0] = 1"]


def test_a_parameter_that_is_assigned_becomes_a_variable():
    def kernel(a, n, n_argument):
        n += 1
        a[0] = n + n_argument

    assert lower(read(kernel)).parameters == ("a", "n_argument_", "n_argument")
    assert lowered(kernel) == ["n = n_argument_", "n += 1", "a[0] = n + n_argument"]


def test_an_empty_kernel_is_a_kernel():
    def kernel(a):
        """Do nothing."""

    assert lowered(kernel) == []


def nested_function(a):
    def inner():  # refused
        return 1

    a[0] = inner()


def annotated(a):
    x: int = 1  # refused
    a[0] = x


def asserts(a):
    assert a.size > 0  # refused


def raises(a):
    raise ValueError  # refused


def tries(a):
    try:  # refused
        a[0] = 1
    finally:
        a[1] = 1


def uses_with(a):
    with a:  # refused
        a[0] = 1


def deletes(a):
    x = 1
    del x  # refused


def imports(a):
    import math  # refused

    a[0] = math.pi


def comprehends(a):
    a[0] = [x for x in range(3)][0]  # refused


def makes_a_list(a):
    x = [1, 2]  # refused
    a[0] = x[1]


def makes_a_dict(a):
    x = {1: 2}  # refused
    a[0] = x[1]


def slices(a):
    a[1:3] = 0  # refused


def formats(a):
    x = f"{a}"  # refused


def uses_a_lambda(a):
    f = lambda: 1  # refused
    a[0] = f()


def names_an_expression(a):
    if (x := a[0]) > 1:  # refused
        a[1] = x


def multiplies_matrices(a):
    a[0] = a @ a  # refused


def compares_identity(a):
    if a is a:  # refused
        a[0] = 1


def looks_inside(a):
    if 1 in a:  # refused
        a[0] = 1


def matches(a):
    match a[0]:  # refused
        case 1:
            a[0] = 2


@pytest.mark.parametrize(
    ("kernel", "what"),
    [
        (nested_function, "a nested function"),
        (annotated, "an annotated assignment"),
        (asserts, "an assert statement"),
        (raises, "raise"),
        (tries, "try"),
        (uses_with, "with"),
        (deletes, "del"),
        (comprehends, "a comprehension"),
        (makes_a_list, "a list"),
        (makes_a_dict, "a dict"),
        (slices, "a slice"),
        (formats, "an f-string"),
        (uses_a_lambda, "a lambda"),
        (names_an_expression, "the operator :="),
        (multiplies_matrices, "the operator @"),
        (looks_inside, "the operator in"),
        (matches, "match"),
    ],
)
def test_python_that_no_kernel_has_is_refused_by_name_and_line(kernel, what):
    assert_refused(kernel, f"the emulator does not know {what} in a kernel.")


def shuffles(a):
    a[0] = cuda.shfl_sync(-1, a[0], 1)  # refused


def syncs_a_warp(a):
    cuda.syncwarp()  # refused


def asks_for_its_lane(a):
    a[cuda.laneid] = 1  # refused


def finds_a_maximum(a):
    cuda.atomic.max(a, 0, 5)  # refused


def takes_a_whole_index(a):
    t = cuda.threadIdx  # refused
    a[t.x] = 1


@pytest.mark.parametrize(
    ("kernel", "what"),
    [
        (shuffles, "shfl_sync"),
        (syncs_a_warp, "syncwarp"),
        (asks_for_its_lane, "laneid"),
        (finds_a_maximum, "atomic.max"),
        (takes_a_whole_index, "threadIdx"),
    ],
)
def test_cuda_that_is_not_rewritten_is_refused_with_what_is(kernel, what):
    assert_refused(kernel, f"the emulator does not know cuda.{what}; it knows {CUDA}.")


def keeps_what_an_atomic_returns(a):
    old = cuda.atomic.add(a, 0, 1)  # refused
    a[1] = old


def adds_atomically_nothing(a):
    cuda.atomic.add(a, 0)  # refused


def uses_a_barrier_as_a_value(a):
    a[0] = cuda.syncthreads()  # refused


def uses_an_array_at_once(a):
    a[0] = cuda.local.array(3, float32)[0]  # refused


def asks_for_four_dimensions(a):
    a[cuda.grid(4)] = 1  # refused


def asks_for_dimensions_at_run_time(a, n):
    a[cuda.grid(n)] = 1  # refused


def calls_a_device_function(a):
    a[0] = device_function(1)  # refused


def calls_a_python_function(a):
    a[0] = helper(1)  # refused


def calls_numpy(a):
    a[0] = np.sum(a)  # refused


def prints(a):
    print(a[0])  # refused


def calls_a_variable(a):
    x = a[0]
    a[0] = x(1)  # refused


def calls_with_keywords(a):
    a[0] = round(a[0], ndigits=1)  # refused


def calls_a_method(a):
    a[0] = a.sum()  # refused


CALLS = (
    "a kernel may call number types, the math module and "
    "abs, bool, float, int, len, max, min, pow, range, round."
)


def reads_a_global_array(a):
    a[0] = TABLE[1]  # refused


def reads_a_word(a):
    a[0] = WORDS  # refused


def writes_a_word(a):
    a[0] = "hello"  # refused


def writes_nothing(a):
    a[0] = None  # refused


def misspells(a):
    a[0] = cud.grid(1)  # refused


def misspells_a_name(a):
    a[0] = nonsense  # refused


def asks_for_an_attribute(a):
    a[0] = a.strides[0]  # refused


def returns_a_value(a):
    return a[0]  # refused


def iterates_over_an_array(a):
    for x in a:  # refused
        a[0] += x


def has_two_targets(a):
    for x, y in range(3):  # refused
        a[x] = y


def has_a_for_else(a):
    for x in range(3):  # refused
        a[x] = 1
    else:
        a[0] = 2


def has_a_while_else(a):
    while a[0] > 1:  # refused
        a[0] -= 1
    else:
        a[0] = 2


def takes_a_name_of_ours(a):
    math = 1  # refused
    a[0] = math


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (
            keeps_what_an_atomic_returns,
            "the emulator knows cuda.atomic.add as a statement only, not the value it returns.",
        ),
        (adds_atomically_nothing, "cuda.atomic.add takes an array, an index and a value."),
        (uses_a_barrier_as_a_value, "cuda.syncthreads() is a statement; it has no value."),
        (uses_an_array_at_once, "cuda.local.array(...) must be assigned to a name of its own."),
        (
            asks_for_four_dimensions,
            "cuda.grid takes the number of dimensions, 1, 2 or 3, as a constant.",
        ),
        (
            asks_for_dimensions_at_run_time,
            "cuda.grid takes the number of dimensions, 1, 2 or 3, as a constant.",
        ),
        (calls_a_device_function, f"the emulator can't call device_function; {CALLS}"),
        (calls_a_python_function, f"the emulator can't call helper; {CALLS}"),
        (calls_numpy, f"the emulator can't call np.sum; {CALLS}"),
        (prints, f"the emulator can't call print; {CALLS}"),
        (calls_a_variable, f"the emulator can't call x; {CALLS}"),
        (calls_a_method, f"the emulator can't call a.sum; {CALLS}"),
        (calls_with_keywords, "the emulator does not know keyword arguments: round(a[0], ndigits=1)."),
        (reads_a_global_array, "TABLE is a global array; pass it to the kernel as an argument."),
        (reads_a_word, "WORDS is no number, so the emulator can't use it as one."),
        (writes_a_word, "a kernel works on numbers; 'hello' is none."),
        (writes_nothing, "a kernel works on numbers; None is none."),
        (misspells, f"the emulator can't call cud.grid; {CALLS}"),
        (misspells_a_name, "the name nonsense means nothing here."),
        (asks_for_an_attribute, "the emulator does not know a.strides."),
        (returns_a_value, "a kernel returns nothing, but this returns a[0]."),
        (iterates_over_an_array, "a for loop must run over range(...), not a."),
        (has_two_targets, "the target of a for loop must be one variable."),
        (has_a_for_else, "the emulator does not know else after a loop in a kernel."),
        (has_a_while_else, "the emulator does not know else after a loop in a kernel."),
        (takes_a_name_of_ours, "the emulator needs the name math for itself; rename the variable."),
    ],
)
def test_what_can_not_be_rewritten_is_refused_with_its_reason(kernel, reason):
    assert_refused(kernel, reason)


def test_a_refusal_points_into_the_file_below_the_decorator():
    @cuda.jit
    def kernel(a):
        a[0] = 1
        cuda.syncwarp()  # refused

    assert_refused(kernel, f"the emulator does not know cuda.syncwarp; it knows {CUDA}.")
