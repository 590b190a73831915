from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.workloads import Cost, Launch, reduction


def test_cost_of_five_thousand_elements_counted_by_hand():
    # Chunks of 2048, 2048 and 904: 2047 + 2047 + 903 additions; 5000 float32 read, three written.
    assert reduction(elements=5000).cost == Cost(
        flops=4997, bytes=20012, launches=1, working_set_bytes=20012, precision="fp32"
    )


def test_cost_of_the_default_size():
    cost = reduction().cost
    assert (cost.flops, cost.bytes) == (2**26 - 2**15, 4 * 2**26 + 4 * 2**15)


@pytest.mark.parametrize(("elements", "blocks"), [(1, 1), (2048, 1), (2049, 2), (2**26, 32768)])
def test_one_block_for_each_chunk_of_2048(elements, blocks):
    assert reduction(elements=elements).launch == Launch(grid=(blocks,), block=(256,), shared_bytes=1024)


def test_reference_sums_each_chunk_and_the_rest():
    work = reduction(elements=5000)
    values, _ = arguments = work.inputs(1)
    wide = values.astype(np.float64)
    expected = [wide[:2048].sum(), wide[2048:4096].sum(), wide[4096:].sum()]
    assert work.reference(arguments)[1] == pytest.approx(np.array(expected), rel=1e-15)


def test_a_sum_that_lacks_one_value_of_2048_is_caught():
    work = reduction(elements=2048)
    values, partial_sums = arguments = work.inputs(1)
    partial_sums[0] = values[1:].sum(dtype=np.float64)
    assert not work.check(arguments, work.reference(arguments)).correct


def test_title():
    assert reduction(elements=1_000_000).title == "Tree reduction, 1,000,000 elements"
