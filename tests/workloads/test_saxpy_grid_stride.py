from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Launch, saxpy, saxpy_grid_stride
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated, exact_reference


def test_inputs_cost_and_reference_are_those_of_saxpy():
    work, guarded = saxpy_grid_stride(elements=700, repeats=3), saxpy(elements=700, repeats=3)
    assert (work.cost, work.tolerance, work.repeats) == (guarded.cost, guarded.tolerance, 3)
    arguments, others = work.inputs(7), guarded.inputs(7)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arguments, others, strict=True))
    assert np.array_equal(exact_reference(work, 7, 3), exact_reference(guarded, 7, 3))


def test_the_cost_is_what_the_kernel_does():
    work = saxpy_grid_stride(elements=300)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


@pytest.mark.parametrize(("elements", "blocks"), [(1, 1), (257, 2), (432 * 256, 432), (2**31 - 1, 432)])
def test_the_grid_stops_growing_at_432_blocks(elements, blocks):
    assert saxpy_grid_stride(elements=elements).launch == Launch(grid=(blocks,), block=(256,))


@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(elements, seed):
    assert emulated(saxpy_grid_stride(elements=elements), seed).correct


@pytest.mark.parametrize("elements", [432 * 256, 432 * 256 + 1, 3 * 432 * 256 - 1])
def test_it_is_right_where_threads_go_round_more_than_once(elements):
    assert emulated(saxpy_grid_stride(elements=elements), seed=7).correct


@pytest.mark.parametrize("value", [0, 1.5, 2**31])
def test_a_number_of_elements_that_is_no_size_is_refused(value):
    with pytest.raises(InvalidWorkload) as caught:
        saxpy_grid_stride(elements=value)
    assert str(caught.value) == (
        f"saxpy_grid_stride(elements={value!r}): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). saxpy_grid_stride(elements=67108864) would work."
    )


def test_title():
    assert saxpy_grid_stride(elements=2**26).title == "Grid-stride saxpy, 2^26 elements"
