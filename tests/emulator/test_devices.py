from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, int64

from mig_explorer.emulator import emulate
from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.emulator.source import NotNative
from tests.emulator.refusals import marked_line

FACTOR = 3


@cuda.jit(device=True)
def scaled(x):
    return FACTOR * x


def test_a_function_sees_its_own_globals_and_not_the_callers():
    FACTOR = 100  # noqa: N806 - the name of the other one

    @cuda.jit
    def kernel(out):
        out[0] = scaled(2) + FACTOR

    out = np.zeros(1)
    emulate(kernel)[1, 1](out)
    assert out[0] == 106


def test_two_functions_of_one_name_are_told_apart():
    def made(step):
        @cuda.jit(device=True)
        def moved(x):
            return x + step

        return moved

    one, ten = made(1), made(10)

    @cuda.jit
    def kernel(out):
        out[0] = one(ten(100))

    out = np.zeros(1)
    emulate(kernel)[1, 1](out)
    assert out[0] == 111


@cuda.jit(device=True)
def swapped(tile, x):
    mine = cuda.threadIdx.x
    tile[mine] = x
    cuda.syncthreads()
    other = tile[1 - mine]
    cuda.syncthreads()
    return other


@cuda.jit(device=True)
def swapped_twice(tile, x):
    mine = swapped(tile, x + 1)
    return swapped(tile, mine)


@cuda.jit
def calls_it_thrice(out):
    tile = cuda.shared.array(2, int64)
    mine = cuda.threadIdx.x
    out[mine, 0] = swapped(tile, mine + 10)
    x = swapped_twice(tile, mine)
    out[mine, 1] = x
    out[mine, 2] = mine


def test_names_of_a_function_that_is_written_out_are_kept_apart():
    out = np.zeros((2, 3))
    emulated = emulate(calls_it_thrice)
    emulated[1, 2](out)
    assert out.tolist() == [[11, 1, 0], [10, 2, 1]]
    assert emulated.engine == "native"


@cuda.jit(device=True)
def returns_out_of_a_loop(tile, x):
    for k in range(3):  # refused
        cuda.syncthreads()
        if tile[k] > x:
            return k
    return 3


def test_a_function_with_a_barrier_that_returns_out_of_the_middle_is_left_to_the_other_engine():
    @cuda.jit
    def kernel(out):
        tile = cuda.shared.array(4, int64)
        found = returns_out_of_a_loop(tile, 1)
        out[0] = found

    with pytest.raises(NotNative) as caught:
        rewrite(kernel)
    assert str(caught.value) == (
        f"returns_out_of_a_loop, line {marked_line(returns_out_of_a_loop)}: returns_out_of_a_loop has a "
        "barrier or arrays of its own and returns out of the middle."
    )


def test_a_function_with_a_barrier_must_be_called_for_a_variable_of_its_own():
    @cuda.jit
    def kernel(out):
        tile = cuda.shared.array(2, int64)
        out[0] = tile[0] + swapped(tile, 1)  # refused

    with pytest.raises(NotNative) as caught:
        rewrite(kernel)
    assert str(caught.value) == (
        f"kernel, line {marked_line(kernel)}: swapped(...) must be assigned to a variable of its own: "
        "it has a barrier."
    )
