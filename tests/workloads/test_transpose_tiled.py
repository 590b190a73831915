from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Launch, transpose_naive, transpose_tiled
from mig_explorer.workloads.transpose_tiled import transpose_tiled_kernel
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated, exact_reference

BANKS = 32


def test_inputs_cost_and_reference_are_those_of_the_naive_transpose():
    work, naive = transpose_tiled(size=50, repeats=3), transpose_naive(size=50, repeats=3)
    assert (work.cost, work.tolerance, work.repeats) == (naive.cost, naive.tolerance, 3)
    assert work.kernel is transpose_tiled_kernel
    assert np.array_equal(work.inputs(7)[0], naive.inputs(7)[0])
    assert np.array_equal(exact_reference(work, 7, 1), exact_reference(naive, 7, 1))


def test_the_cost_is_what_the_kernel_does():
    work = transpose_tiled(size=35)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (0, work.cost.bytes)


def test_one_block_for_each_tile_of_32_by_32():
    assert transpose_tiled(size=33).launch == Launch(grid=(2, 2), block=(32, 8), shared_bytes=4096)


def test_a_column_of_the_tile_lies_in_one_bank():
    row = transpose_tiled(size=64).launch.shared_bytes // 4 // 32
    assert {x * row % BANKS for x in range(32)} == {0}


@given(st.integers(1, 100), st.integers(0, 2**32))
@settings(max_examples=50)
def test_it_is_right_at_any_size_and_seed(size, seed):
    check = emulated(transpose_tiled(size=size), seed)
    assert (check.correct, check.max_error) == (True, 0)


def test_a_size_whose_elements_can_not_be_indexed_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        transpose_tiled(size=46341)
    assert str(caught.value) == (
        "transpose_tiled(size=46341): size must be a whole number from 1 to 46340 "
        "(the index of an element must fit 32 bits). transpose_tiled(size=8192) would work."
    )


def test_title():
    assert transpose_tiled(size=512).title == "Tiled transpose, 512 × 512"
