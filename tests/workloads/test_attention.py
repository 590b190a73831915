from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, attention
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_one_row_counted_by_hand():
    # Score: 64 products by the scale, 64 products, 64 additions.
    # Correction: a difference, an exp, 65 products.
    # Weight: a difference, an exp, an addition. Value: 64 products, 64 additions, 64 divisions.
    # Four rows of 64 float32.
    assert attention(length=1).cost == Cost(
        flops=192 + 67 + 3 + 192, bytes=1024, launches=1, working_set_bytes=1024, precision="fp32"
    )


@pytest.mark.parametrize("length", [1, 33])
def test_the_cost_is_what_the_kernel_does(length):
    work = attention(length=length)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


def test_nearly_all_flops_are_those_of_the_two_products():
    assert 1 < attention(length=4096).cost.flops / (4 * 4096**2 * 64) < 1.05


@pytest.mark.parametrize(("length", "blocks"), [(1, 1), (64, 1), (65, 2), (4096, 64)])
def test_one_thread_a_query_and_two_tiles_of_32_by_64(length, blocks):
    assert attention(length=length).launch == Launch(grid=(blocks,), block=(64,), shared_bytes=16384)


@given(st.integers(1, 200), st.integers(0, 2**32))
@settings(max_examples=40)
def test_it_is_right_at_any_length_and_seed(length, seed):
    assert emulated(attention(length=length), seed).correct


def test_the_reference_is_the_weighted_mean_of_the_values():
    work = attention(length=3)
    queries, keys, values, _ = arguments = work.inputs(1)
    expected = np.zeros((3, 64))
    for i in range(3):
        scores = [
            math.fsum(float(q) * float(k) for q, k in zip(queries[i], keys[j], strict=True)) / 8
            for j in range(3)
        ]
        weights = [math.exp(score - max(scores)) for score in scores]
        for j in range(3):
            expected[i] += weights[j] / sum(weights) * values[j].astype(float)
    assert work.reference(arguments)[3] == pytest.approx(expected, rel=1e-12)


def test_scores_are_exact_in_float32_whatever_the_order():
    queries, keys, _, _ = attention(length=100).inputs(7)
    exact = queries.astype(np.float64) @ keys.T.astype(np.float64) / 8
    reversed_sums = (queries[:, ::-1] @ keys[:, ::-1].T) * np.float32(0.125)
    assert np.array_equal(reversed_sums, exact)
    assert 100 < exact.min() < exact.max() < 160


def test_a_softmax_that_does_not_subtract_the_largest_score_overflows_in_every_row():
    work = attention(length=50)
    queries, keys, values, out = arguments = work.inputs(1)
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(queries @ keys.T * np.float32(0.125))
        out[:] = weights @ values / weights.sum(axis=1, keepdims=True)
    assert np.isnan(out).any(axis=1).all()
    check = work.check(arguments, work.reference(arguments))
    assert (check.correct, check.max_error) == (False, math.inf)


def test_a_head_that_overlooks_its_last_key_is_caught():
    work = attention(length=512)
    queries, keys, values, out = arguments = work.inputs(1)
    out[:] = work.reference((queries, keys[:-1], values[:-1], out))[3]
    assert not work.check(arguments, work.reference(arguments)).correct


def test_the_tolerance_counts_both_sums_and_a_correction_a_tile():
    # Two sums of 512 with 16 corrections of five roundings, five more each, and the division.
    unit = 2.0**-24
    roundings = 2 * (512 + 80 + 5) + 1
    assert attention(length=512).tolerance.rtol == roundings * unit / (1 - roundings * unit)


def test_a_length_whose_elements_can_not_be_indexed_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        attention(length=2**25)
    assert str(caught.value) == (
        "attention(length=33554432): length must be a whole number from 1 to 33554431 "
        "(the index of an element must fit 32 bits). attention(length=4096) would work."
    )


def test_title():
    assert attention().title == "Attention, one head, length 2^12"
