from __future__ import annotations

import math
from math import sqrt

import numba
import numpy as np
import pytest
from numba import cuda, float32, int32
from numba import cuda as cu
from numba.cuda import grid, threadIdx

from mig_explorer.emulator.expressions import CALLABLE
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.markers import Barrier, written
from mig_explorer.emulator.source import NotNative, read
from tests.emulator.refusals import assert_refused, marked_line

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
        "syncthreads" if isinstance(each, Barrier) else "\n".join(written([each]))
        for each in lower(read(kernel)).body
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


def test_atomics_become_calls_whose_value_may_be_used():
    def kernel(a):
        cuda.atomic.add(a, (cuda.threadIdx.x, 0), 2)
        old = cuda.atomic.cas(a, 3, 0, 1)
        a[0] = old

    assert lowered(kernel) == [
        "gpu_atomic_add(a, (thread_x, 0), 2)",
        "old = gpu_atomic_cas(a, 3, 0, 1)",
        "a[0] = old",
    ]


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
        (tries, "try"),
        (uses_with, "with"),
        (comprehends, "a comprehension"),
        (makes_a_list, "a list"),
        (makes_a_dict, "a dict"),
        (formats, "an f-string"),
        (multiplies_matrices, "the operator @"),
    ],
)
def test_python_that_no_kernel_has_is_refused_by_name_and_line(kernel, what):
    assert_refused(kernel, f"the emulator does not know {what} in a kernel.")


@pytest.mark.parametrize(
    ("kernel", "what"),
    [
        (nested_function, "a nested function"),
        (asserts, "an assert statement"),
        (raises, "raise"),
        (deletes, "del"),
        (uses_a_lambda, "a lambda"),
        (names_an_expression, "the operator :="),
        (compares_identity, "the operator is"),
        (looks_inside, "the operator in"),
        (matches, "match"),
    ],
)
def test_python_that_numba_may_compile_is_left_to_the_other_engine(kernel, what):
    assert_refused(kernel, f"{what} has no native form.", native=True)


def test_an_annotation_is_left_out_and_a_slice_kept():
    def kernel(a):
        x: int = 1
        y: float  # noqa: F842 - the kernel declares it, and that is the point
        b = a[x:]
        b[0] = 2

    assert lowered(kernel) == ["x = 1", "b = a[x:]", "b[0] = 2"]


def shuffles(a):
    a[0] = cuda.shfl_sync(-1, a[0], 1)  # refused


def reads_a_clock(a):
    a[0] = cuda.clock()  # refused


def takes_a_whole_index(a):
    t = cuda.threadIdx  # refused
    a[t.x] = 1


@pytest.mark.parametrize(
    ("kernel", "what"),
    [(shuffles, "shfl_sync"), (takes_a_whole_index, "threadIdx"), (reads_a_clock, "clock")],
)
def test_cuda_that_is_not_rewritten_is_left_to_the_other_engine(kernel, what):
    assert_refused(kernel, f"cuda.{what} has no native form.", native=True)


def recursive(x):
    return x if x < 1 else recursive(x - 1)  # refused


def calls_itself(a):
    a[0] = recursive(3)


def votes_under_a_condition(a):
    if a[0] > 1 and cuda.syncthreads_or(a[1]):  # refused
        a[0] = 1


def votes_after_a_read(a):
    x = a[0] + cuda.syncthreads_or(1)  # refused
    a[1] = x


def waits_for_a_flag(a):
    while a[0] == 0:  # refused
        pass


def waits_for_a_count(a):
    while True:
        if cuda.atomic.add(a, 0, 0) > 3:  # refused
            break


VOTES = "cuda.syncthreads_or(...) must be assigned to a variable of its own: it has a barrier."
WAITS = "this loop waits for other threads, and natively they run one after another."


def swaps_nothing(a):
    cuda.atomic.cas(a, 0, 1)  # refused


def fuses_too_little(a):
    a[0] = cuda.fma(a[0], 2)  # refused


def gives_too_much(a):
    a[0] = helper(1, 2)  # type: ignore[call-arg]  # refused


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
        (adds_atomically_nothing, "cuda.atomic.add takes an array, an index and a value."),
        (swaps_nothing, "cuda.atomic.cas takes an array, an index, the expected value and a new one."),
        (fuses_too_little, "cuda.fma takes 3 arguments."),
        (uses_a_barrier_as_a_value, "cuda.syncthreads() is a statement; it has no value."),
        (
            asks_for_four_dimensions,
            "cuda.grid takes the number of dimensions, 1, 2 or 3, as a constant.",
        ),
        (
            asks_for_dimensions_at_run_time,
            "cuda.grid takes the number of dimensions, 1, 2 or 3, as a constant.",
        ),
        (gives_too_much, "helper takes 1 arguments (x), not helper(1, 2)."),
        (reads_a_word, "WORDS is no number, so the emulator can't use it as one."),
        (writes_a_word, "a kernel works on numbers; 'hello' is none."),
        (writes_nothing, "a kernel works on numbers; None is none."),
        (misspells_a_name, "the name nonsense means nothing here."),
        (returns_a_value, "a kernel returns nothing, but this returns a[0]."),
        (takes_a_name_of_ours, "the emulator needs the name math for itself; rename the variable."),
    ],
)
def test_what_can_not_be_rewritten_is_refused_with_its_reason(kernel, reason):
    assert_refused(kernel, reason)


CALLS = f"a kernel may call {CALLABLE}."


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (uses_an_array_at_once, "cuda.local.array(...) must be assigned to a name of its own."),
        (slices, "a slice that is assigned to has no native form."),
        (calls_numpy, f"the emulator can't call np.sum natively; {CALLS}"),
        (prints, f"the emulator can't call print natively; {CALLS}"),
        (calls_a_variable, f"the emulator can't call x natively; {CALLS}"),
        (calls_a_method, f"the emulator can't call a.sum natively; {CALLS}"),
        (misspells, f"the emulator can't call cud.grid natively; {CALLS}"),
        (calls_with_keywords, "keyword arguments have no native form: round(a[0], ndigits=1)."),
        (iterates_over_an_array, "a for loop must run over range(...), not a."),
        (has_two_targets, "the target of a for loop must be one variable."),
        (has_a_for_else, "else after a loop has no native form."),
        (has_a_while_else, "else after a loop has no native form."),
        (votes_under_a_condition, VOTES),
        (votes_after_a_read, VOTES),
        (waits_for_a_flag, WAITS),
        (waits_for_a_count, WAITS),
    ],
)
def test_what_has_no_native_form_is_left_to_the_other_engine(kernel, reason):
    assert_refused(kernel, reason, native=True)


def test_a_refusal_points_into_the_file_below_the_decorator():
    @cuda.jit
    def kernel(a):
        a[0] = 1
        cuda.clock()  # refused

    assert_refused(kernel, "cuda.clock has no native form.", native=True)


def test_device_functions_become_functions_that_are_handed_the_indices_they_use():
    def place(step):
        return cuda.threadIdx.x * step + CONSTANT

    def outer(a, step):
        a[place(step)] = TABLE[1]

    def kernel(a):
        outer(a, 2)
        a[0] = place(1)

    found = lower(read(kernel))
    assert lowered(kernel) == [
        "device_outer(thread_x, constant_0, a, 2)",
        "a[0] = device_place(thread_x, 1)",
    ]
    assert {name: array.tolist() for name, array in found.unit.constants.items()} == {
        "constant_0": [0, 1, 2, 3]
    }
    assert found.unit.impure == {"device_outer"}


def test_a_device_function_with_a_barrier_is_written_out_where_it_is_called():
    def shared_sum(tile, x):
        thread = cuda.threadIdx.x
        tile[thread] = x
        cuda.syncthreads()
        if thread > 0:
            return tile[0]
        return tile[1]

    def kernel(a):
        tile = cuda.shared.array(4, float32)
        total = shared_sum(tile, a[0])
        a[1] = total

    assert lowered(kernel) == [
        "x_of_shared_sum = a[0]",
        "thread_of_shared_sum = thread_x",
        "tile[thread_of_shared_sum] = x_of_shared_sum",
        "syncthreads",
        (
            "if thread_of_shared_sum > 0:\n    result_of_shared_sum = tile[0]\n"
            "else:\n    result_of_shared_sum = tile[1]"
        ),
        "total = result_of_shared_sum",
        "a[1] = total",
    ]


def test_a_function_that_calls_itself_is_refused_at_its_own_line():
    with pytest.raises(NotNative) as caught:
        lower(read(calls_itself))
    assert str(caught.value) == f"recursive, line {marked_line(recursive)}: recursive calls itself."


def test_a_vote_adds_up_before_its_barrier_and_is_read_once_for_the_block():
    def kernel(a):
        while cuda.syncthreads_or(a[cuda.threadIdx.x] > 0):
            a[cuda.threadIdx.x] -= 1

    assert lowered(kernel) == [
        (
            "while True:\n    votes_0[0] += 1 if np.int32(a[thread_x] > 0) != 0 else 0\n    pass\n"
            "    vote_0 = np.int32(votes_0[0])\n    votes_0[0] = 0\n    if not np.int32(vote_0 > 0):\n"
            "        break\n    a[thread_x] -= 1"
        )
    ]
