from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import cuda

from mig_explorer.emulator.simt.atomics import STEPS, one_after_the_other
from tests.emulator.simt.launching import launch


def plainly(name, data, places, operands):
    """Do the operations one by one."""
    found = []
    for number, place in enumerate(places):
        old = data[place]
        found.append(old)
        data[place] = STEPS[name](old, tuple(each[number] for each in operands))
    return np.array(found, data.dtype)


@pytest.mark.parametrize("name", list(STEPS))
@settings(max_examples=40, deadline=None)
@given(
    places=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    seed=st.integers(0, 1000),
    dtype=st.sampled_from(["int32", "uint64", "float32"]),
)
def test_operations_are_done_one_after_the_other(name, places, seed, dtype):
    if dtype == "float32" and name in ("and_", "or_", "xor"):
        dtype = "int64"
    random = np.random.default_rng(seed)
    data = random.integers(0, 6, 5).astype(dtype)
    operands = [random.integers(0, 6, len(places)).astype(dtype) for _ in range(2 if name == "cas" else 1)]
    if dtype == "float32":
        data = data / np.float32(3)
        operands[0][random.integers(0, len(places))] = np.nan
    expected = data.copy()
    with np.errstate(all="ignore"):
        found = plainly(name, expected, places, operands)
        assert_same(one_after_the_other(name, data, np.array(places), tuple(operands)), found)
    assert_same(data, expected)


def assert_same(actual, expected):
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual, expected)


def test_a_thousand_on_one_place_and_on_many():
    for places in (np.zeros(1000, np.int64), np.arange(1000) % 300):
        values = np.random.default_rng(2).random(1000).astype(np.float32)
        data = np.zeros(300, np.float32)
        expected = data.copy()
        found = plainly("add", expected, places, (values,))
        assert_same(one_after_the_other("add", data, places, (values,)), found)
        assert_same(data, expected)


@cuda.jit
def tickets(counter, out):
    out[cuda.grid(1)] = cuda.atomic.add(counter, 0, 2)


def test_each_thread_gets_what_it_found():
    counter, out = np.array([5], np.int32), np.zeros(100, np.int64)
    launch(tickets, 10, 10, counter, out)
    assert out.tolist() == [5 + 2 * i for i in range(100)]
    assert counter[0] == 205


@cuda.jit
def ring(counter, out):
    i = cuda.grid(1)
    out[0, i] = cuda.atomic.inc(counter, 0, 3)
    out[1, i] = cuda.atomic.dec(counter, 1, 3)


def test_counting_round():
    counter, out = np.zeros(2, np.uint32), np.zeros((2, 10), np.int64)
    launch(ring, 1, 10, counter, out)
    assert out.tolist() == [[0, 1, 2, 3, 0, 1, 2, 3, 0, 1], [0, 3, 2, 1, 0, 3, 2, 1, 0, 3]]


@cuda.jit
def exchanges(cells, out):
    i = cuda.grid(1)
    out[0, i] = cuda.atomic.exch(cells, 0, i)
    out[1, i] = cuda.atomic.cas(cells, 1, i % 3, i + 1)
    out[2, i] = cuda.atomic.max(cells, 2, i)


def test_exchanges():
    cells, out = np.array([-1, 0, 4], np.int64), np.zeros((3, 6), np.int64)
    launch(exchanges, 1, 6, cells, out)
    assert out.tolist() == [[-1, 0, 1, 2, 3, 4], [0, 1, 2, 3, 3, 3], [4, 4, 4, 4, 4, 4]]
    assert cells.tolist() == [5, 3, 5]


@cuda.jit
def into_shared_and_more_dimensions(values, out):
    counts = cuda.shared.array((2, 4), "int32")
    i = cuda.threadIdx.x
    if i < 8:
        counts[i // 4, i % 4] = 0
    cuda.syncthreads()
    cuda.atomic.add(counts, (i % 2, values[cuda.grid(1)]), 1)
    cuda.syncthreads()
    if i < 8:
        cuda.atomic.add(out, (cuda.blockIdx.x, i // 4, i % 4), counts[i // 4, i % 4])


def test_histograms_of_blocks():
    values = np.random.default_rng(1).integers(0, 4, 64)
    out = np.zeros((2, 2, 4), np.int32)
    launch(into_shared_and_more_dimensions, 2, 32, values, out)
    for block in range(2):
        mine = values[32 * block : 32 * block + 32]
        for parity in range(2):
            assert out[block, parity].tolist() == np.bincount(mine[parity::2], minlength=4).tolist()
