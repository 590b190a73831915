from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, saxpy
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_a_thousand_elements_counted_by_hand():
    # 1000 multiplications, 1000 additions; 2000 float32 read, 1000 written.
    assert saxpy(elements=1000).cost == Cost(
        flops=2000, bytes=12000, launches=1, working_set_bytes=12000, precision="fp32"
    )


@pytest.mark.parametrize("elements", [1, 256, 300])
def test_the_cost_is_what_the_kernel_does(elements):
    work = saxpy(elements=elements)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


def test_one_thread_an_element_and_the_last_block_in_part():
    assert saxpy(elements=1000).launch == Launch(grid=(4,), block=(256,), shared_bytes=0)
    assert saxpy(elements=1025).launch.blocks == 5


@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(elements, seed):
    assert emulated(saxpy(elements=elements), seed).correct


def test_reference_is_two_and_a_half_x_plus_y():
    work = saxpy(elements=5)
    _, x, y, _ = arguments = work.inputs(1)
    expected = [2.5 * float(each) + float(other) for each, other in zip(x, y, strict=True)]
    assert work.reference(arguments)[3] == pytest.approx(np.array(expected), rel=1e-15)


def test_a_result_with_x_and_y_swapped_is_caught():
    work = saxpy(elements=100)
    scalar, x, y, out = arguments = work.inputs(1)
    out[:] = scalar * y + x
    assert not work.check(arguments, work.reference(arguments)).correct


@pytest.mark.parametrize("value", [0, -1, True, 2.0, "1024", None, 2**31])
def test_a_number_of_elements_that_is_no_size_is_refused(value):
    with pytest.raises(InvalidWorkload) as caught:
        saxpy(elements=value)
    assert str(caught.value) == (
        f"saxpy(elements={value!r}): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). saxpy(elements=67108864) would work."
    )


def test_title():
    assert saxpy(elements=2**26, repeats=20).title == "Saxpy, 2^26 elements, 20 launches"
