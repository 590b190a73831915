from __future__ import annotations

import pytest
from numba import cuda, float32

from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.uniform import uniformity
from mig_explorer.errors import UnsupportedKernel
from tests.emulator.refusals import marked_line

# ruff: noqa: PLW2901, SIM102


def uniform_variables(kernel):
    return set(uniformity(lower(read(kernel))).variables)


def test_without_barriers_everything_is_left_to_the_threads():
    def kernel(a):
        n = 4
        while n > 0:
            n -= 1
            a[cuda.threadIdx.x] = n

    assert uniform_variables(kernel) == set()


def test_what_a_header_is_computed_from_is_uniform_too():
    def kernel(a):
        size = a.shape[0]
        half = size // 2
        other = size + 1
        while half > 0:
            cuda.syncthreads()
            a[cuda.threadIdx.x] = other
            half //= 2

    assert uniform_variables(kernel) == {"size", "half"}


def test_a_value_read_from_an_array_at_the_same_place_is_uniform():
    def kernel(a):
        tile = cuda.shared.array(4, float32)
        rounds = a[cuda.blockIdx.x]
        while tile[0] > rounds:
            cuda.syncthreads()

    assert uniform_variables(kernel) == {"rounds"}


def on_the_index(a):
    if cuda.threadIdx.x < 4:  # cause
        cuda.syncthreads()  # refused
    a[0] = 1


def through_a_variable(a):
    i = cuda.grid(1)  # source
    if i < a.size:  # cause
        a[i] = 1
        cuda.syncthreads()  # refused


def through_a_chain(a):
    i = cuda.grid(1)
    rounds = a[i] + 1  # source
    rounds += 2
    for _k in range(rounds):  # cause
        cuda.syncthreads()  # refused


def through_a_condition(a):
    rounds = 1
    if a[cuda.threadIdx.x] > 0:
        rounds = 2  # source
    while rounds > 0:  # cause
        cuda.syncthreads()  # refused
        rounds -= 1


def through_a_loop_that_some_leave(a):
    count = 0
    for k in range(10):
        if k > a[cuda.threadIdx.x]:
            break
        count += 1  # source
    if count > 3:  # cause
        cuda.syncthreads()  # refused


def in_a_loop_that_some_skip(a):
    i = cuda.grid(1)  # source
    for k in range(10):
        if a[i] > k:  # cause
            continue
        cuda.syncthreads()  # refused


def through_a_local_array(a):
    mine = cuda.local.array(2, float32)
    mine[0] = a[cuda.grid(1)]
    if mine[0] > 1:  # cause
        cuda.syncthreads()  # refused


def in_the_other_branch(a):
    if cuda.threadIdx.y == 0:  # cause
        a[0] = 1
    else:
        cuda.syncthreads()  # refused


def a_loop_variable_that_threads_change(a):
    for k in range(3):  # cause
        k = cuda.threadIdx.x  # source
        cuda.syncthreads()  # refused
        a[k] = 1


def a_while_that_some_leave(a):
    while True:
        cuda.syncthreads()  # refused
        if a[0] > 0:
            if a[cuda.threadIdx.x] > 0:  # cause
                break


CASES = [
    (on_the_index, "if thread_x < 4", "on the thread's index"),
    (through_a_variable, "if i < a.size", "on the thread through i (line {})"),
    (through_a_chain, "for _k in range(rounds)", "on the thread through rounds (line {})"),
    (through_a_condition, "while rounds > 0", "on the thread through rounds (line {})"),
    (through_a_loop_that_some_leave, "if count > 3", "on the thread through count (line {})"),
    (in_a_loop_that_some_skip, "if a[i] > k", "on the thread through i (line {})"),
    (through_a_local_array, "if mine[0] > 1", "on the local array mine"),
    (in_the_other_branch, "if thread_y == 0", "on the thread's index"),
    (a_loop_variable_that_threads_change, "for k in range(3)", "on the thread through k (line {})"),
    (a_while_that_some_leave, "if a[thread_x] > 0", "on the thread's index"),
]


@pytest.mark.parametrize(("kernel", "condition", "reason"), CASES)
def test_a_barrier_that_some_threads_miss_is_refused_with_its_cause(kernel, condition, reason):
    with pytest.raises(UnsupportedKernel) as caught:
        uniformity(lower(read(kernel)))
    source = marked_line(kernel, "# source") if "{}" in reason else None
    assert str(caught.value) == (
        f"{kernel.__name__}, line {marked_line(kernel)}: cuda.syncthreads() is divergent: it depends on "
        f"`{condition}` (line {marked_line(kernel, '# cause')}), which depends {reason.format(source)}. "
        "Every thread of a block must reach the same barriers."
    )
