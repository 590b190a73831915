from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import cuda, float32

from mig_explorer.emulator import emulate
from mig_explorer.workloads import factories, matmul, reduction, triad

TILE = 16


def run(work, seed, kernel=None):
    arguments = work.inputs(seed)
    expected = work.reference(arguments)
    for _ in range(work.repeats):
        emulate(kernel or work.kernel)[work.launch.grid, work.launch.block](*arguments)
    return work.check(arguments, expected)


@pytest.mark.parametrize("factory", factories().values())
def test_every_workload_is_right_at_its_emulated_size(factory):
    check = run(factory().for_emulation(), seed=7)
    assert check.correct
    assert check.max_error >= 0


@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_triad_is_right_at_any_size_and_seed(elements, seed):
    assert run(triad(elements=elements), seed).correct


@given(st.integers(1, 70), st.integers(0, 2**32))
@settings(max_examples=50)
def test_matmul_is_right_at_any_size_and_seed(size, seed):
    assert run(matmul(size=size), seed).correct


@given(st.integers(1, 9000), st.integers(0, 2**32))
def test_reduction_is_right_at_any_size_and_seed(elements, seed):
    assert run(reduction(elements=elements), seed).correct


def test_launching_again_gives_the_same_result():
    assert run(matmul(size=37, repeats=3), seed=7).correct


@cuda.jit
def matmul_that_skips_the_last_tile(a, b, c):
    a_tile = cuda.shared.array((TILE, TILE), float32)
    b_tile = cuda.shared.array((TILE, TILE), float32)
    column, row = cuda.grid(2)
    x = cuda.threadIdx.x
    y = cuda.threadIdx.y
    total = float32(0.0)
    for start in range(0, c.shape[0] - TILE, TILE):
        a_tile[y, x] = a[row, start + x]
        b_tile[y, x] = b[start + y, column]
        cuda.syncthreads()
        for k in range(TILE):
            total += a_tile[y, k] * b_tile[k, x]
        cuda.syncthreads()
    c[row, column] = total


@cuda.jit
def matmul_that_reads_a_tile_it_never_wrote(a, b, c):
    tile = cuda.shared.array((TILE, TILE), float32)
    column, row = cuda.grid(2)
    x = cuda.threadIdx.x
    if x > 0:
        tile[cuda.threadIdx.y, x] = a[row, column] + b[row, column]
    cuda.syncthreads()
    c[row, column] = tile[cuda.threadIdx.y, 0]


@cuda.jit
def triad_without_its_last_element(b, c, scalar, a):
    i = cuda.grid(1)
    if i < a.size - 1:
        a[i] = b[i] + scalar * c[i]


def test_a_kernel_that_skips_work_is_wrong():
    assert not run(matmul(size=64), seed=7, kernel=matmul_that_skips_the_last_tile).correct


def test_a_kernel_that_reads_shared_memory_nobody_wrote_is_wrong_by_an_infinite_error():
    check = run(matmul(size=64), seed=7, kernel=matmul_that_reads_a_tile_it_never_wrote)
    assert (check.correct, check.max_error) == (False, np.inf)


def test_a_kernel_that_forgets_one_element_of_thousands_is_wrong():
    assert not run(triad(elements=5000), seed=7, kernel=triad_without_its_last_element).correct
