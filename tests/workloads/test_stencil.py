from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, stencil
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_four_by_four_counted_by_hand():
    # Four inner cells of three additions and a multiplication; 16 float32 read, 16 written.
    assert stencil(size=4).cost == Cost(
        flops=16, bytes=128, launches=1, working_set_bytes=128, precision="fp32"
    )


@pytest.mark.parametrize("size", [1, 2, 18])
def test_the_cost_is_what_the_kernel_does(size):
    work = stencil(size=size)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


def test_one_block_for_each_tile_with_a_halo_of_one_cell():
    # 18 x 18 float32 in shared memory.
    assert stencil(size=17).launch == Launch(grid=(2, 2), block=(16, 16), shared_bytes=1296)


@given(st.integers(1, 70), st.integers(0, 2**32))
@settings(max_examples=50)
def test_it_is_right_at_any_size_and_seed(size, seed):
    assert emulated(stencil(size=size), seed).correct


def test_the_reference_is_the_mean_of_four_neighbours_and_keeps_the_rim():
    work = stencil(size=5)
    before, _ = arguments = work.inputs(1)
    expected = before.astype(float)
    for row in range(1, 4):
        for column in range(1, 4):
            cells = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
            expected[row, column] = sum(float(before[cell]) for cell in cells) / 4
    assert work.reference(arguments)[1] == pytest.approx(expected, rel=1e-15)


def test_a_step_that_counts_the_cell_itself_is_caught():
    work = stencil(size=40)
    before, after = arguments = work.inputs(1)
    after[:] = np.asarray(work.reference(arguments)[1]) * 0.8 + before * 0.2
    assert not work.check(arguments, work.reference(arguments)).correct


def test_a_size_whose_cells_can_not_be_indexed_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        stencil(size=46341)
    assert str(caught.value) == (
        "stencil(size=46341): size must be a whole number from 1 to 46340 "
        "(the index of an element must fit 32 bits). stencil(size=8192) would work."
    )


def test_title():
    assert stencil(size=512).title == "Five-point stencil, 512 × 512"
