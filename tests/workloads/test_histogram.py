from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, histogram
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated, exact_reference


def test_cost_of_a_hundred_thousand_bytes_counted_by_hand():
    # Four blocks of 32,768 bytes, the last in part, write 256 int32 each: 4 * 1024 bytes.
    assert histogram(elements=100_000).cost == Cost(
        flops=0, bytes=104_096, launches=1, working_set_bytes=104_096, precision="fp32"
    )


def test_the_cost_is_what_the_kernel_does():
    work = histogram(elements=700)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (0, work.cost.bytes)


@pytest.mark.parametrize(("elements", "blocks"), [(1, 1), (32768, 1), (32769, 2), (2**28, 8192)])
def test_one_block_for_each_chunk_of_32768(elements, blocks):
    assert histogram(elements=elements).launch == Launch(grid=(blocks,), block=(256,), shared_bytes=1024)


def test_the_reference_counts_each_chunk():
    work = histogram(elements=40_000)
    values, _ = work.inputs(1)
    chunks = [Counter(values[:32768].tolist()), Counter(values[32768:].tolist())]
    expected = [[chunk[byte] for byte in range(256)] for chunk in chunks]
    assert np.array_equal(exact_reference(work, 1, 1), expected)


@given(st.integers(1, 70_000), st.integers(1, 256), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(elements, distinct, seed):
    check = emulated(histogram(elements=elements, distinct=distinct), seed)
    assert (check.correct, check.max_error) == (True, 0)


@pytest.mark.parametrize("distinct", [1, 2, 17, 256])
def test_so_many_values_occur_as_were_asked_for(distinct):
    values, _ = histogram(elements=20_000, distinct=distinct).inputs(5)
    assert values.dtype == np.uint8
    assert np.unique(values).size == distinct


def test_one_byte_that_was_not_counted_is_caught():
    work = histogram(elements=100)
    values, counts = arguments = work.inputs(1)
    counts[0] = np.bincount(values[:-1], minlength=256)
    assert not work.check(arguments, work.reference(arguments)).correct


@pytest.mark.parametrize("value", [0, 257, 2.5, None])
def test_a_number_of_values_that_no_byte_has_is_refused(value):
    with pytest.raises(InvalidWorkload) as caught:
        histogram(distinct=value)
    assert str(caught.value) == (
        f"histogram(distinct={value!r}): distinct must be a whole number from 1 to 256 "
        "(a value is one byte). histogram(distinct=256) would work."
    )


def test_a_number_of_elements_that_is_no_size_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        histogram(elements=0)
    assert str(caught.value) == (
        "histogram(elements=0): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). histogram(elements=268435456) would work."
    )


def test_title():
    assert histogram().title == "Histogram, 2^28 bytes"
    assert histogram(elements=5000, distinct=2).title == "Histogram, 5,000 bytes, 2 distinct"
