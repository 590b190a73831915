from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, prefix_sum
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_260_elements_counted_by_hand():
    # A full block: 255 + 254 + 252 + 248 + 240 + 224 + 192 + 128 additions; one of four elements: 3 + 2.
    # 260 float32 read, 260 written, two totals written.
    assert prefix_sum(elements=260).cost == Cost(
        flops=1798, bytes=2088, launches=1, working_set_bytes=2088, precision="fp32"
    )


def test_the_cost_is_what_the_kernel_does():
    work = prefix_sum(elements=300)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


@pytest.mark.parametrize(("elements", "blocks"), [(1, 1), (256, 1), (257, 2), (2**26, 2**18)])
def test_one_thread_an_element_in_blocks_of_256(elements, blocks):
    assert prefix_sum(elements=elements).launch == Launch(grid=(blocks,), block=(256,), shared_bytes=2048)


@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(elements, seed):
    assert emulated(prefix_sum(elements=elements), seed).correct


def test_sums_of_blocks_and_scanned_totals_make_the_whole_scan():
    work = prefix_sum(elements=1000)
    arguments = work.inputs(1)
    expected = work.reference(arguments)
    sums, totals = np.asarray(expected[1]), np.asarray(expected[2])
    before = np.concatenate([[0.0], np.cumsum(totals)[:-1]])
    whole = sums + np.repeat(before, 256)[:1000]
    assert whole == pytest.approx(np.cumsum(arguments[0].astype(np.float64)), rel=1e-12)


def test_an_exclusive_scan_is_caught():
    work = prefix_sum(elements=200)
    values, sums, totals = arguments = work.inputs(1)
    sums[:] = np.cumsum(values) - values
    totals[:] = values.sum()
    assert not work.check(arguments, work.reference(arguments)).correct


def test_a_number_of_elements_that_is_no_size_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        prefix_sum(elements=2**31)
    assert str(caught.value) == (
        "prefix_sum(elements=2147483648): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). prefix_sum(elements=67108864) would work."
    )


def test_title():
    assert prefix_sum(elements=2**20).title == "Block prefix sums, 2^20 elements"
