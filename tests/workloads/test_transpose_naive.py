from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, transpose_naive
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_ten_by_ten_counted_by_hand():
    # 100 float32 read, 100 written.
    assert transpose_naive(size=10).cost == Cost(
        flops=0, bytes=800, launches=1, working_set_bytes=800, precision="fp32"
    )


def test_the_cost_is_what_the_kernel_does():
    work = transpose_naive(size=35)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (0, work.cost.bytes)


def test_one_thread_an_element_in_blocks_of_32_by_8():
    assert transpose_naive(size=33).launch == Launch(grid=(2, 5), block=(32, 8), shared_bytes=0)


@given(st.integers(1, 100), st.integers(0, 2**32))
@settings(max_examples=50)
def test_it_is_right_at_any_size_and_seed(size, seed):
    check = emulated(transpose_naive(size=size), seed)
    assert (check.correct, check.max_error) == (True, 0)


def test_a_copy_is_caught():
    work = transpose_naive(size=20)
    matrix, transposed = arguments = work.inputs(1)
    transposed[:] = matrix
    assert not work.check(arguments, work.reference(arguments)).correct


def test_a_size_whose_elements_can_not_be_indexed_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        transpose_naive(size=46341)
    assert str(caught.value) == (
        "transpose_naive(size=46341): size must be a whole number from 1 to 46340 "
        "(the index of an element must fit 32 bits). transpose_naive(size=8192) would work."
    )


def test_title():
    assert transpose_naive(size=512).title == "Naive transpose, 512 × 512"
