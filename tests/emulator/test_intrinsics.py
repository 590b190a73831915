from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError

from mig_explorer.emulator import atomics, intrinsics
from mig_explorer.emulator.intrinsics import (
    brev,
    cbrt,
    clz,
    ffs,
    fma,
    larger,
    popc,
    room,
    selp,
    smaller,
)

# ruff: noqa: PLW0108 - Numba calls an intrinsic from compiled code only

BITS = njit(lambda x: (popc(x), clz(x), ffs(x), brev(x)))
FUSED = njit(lambda x, y, z: fma(x, y, z))
EXTREMES = njit(lambda x, y: (larger(x, y), smaller(x, y)))
ROOT = njit(lambda x: cbrt(x))
ROOM = njit(lambda places, threads: room(places, threads))
SINGLE = st.floats(-1000, 1000, width=32)
DOUBLE = st.floats(-1e100, 1e100)


@given(st.sampled_from([np.int32, np.uint32, np.int64, np.uint64]), st.data())
def test_bits_are_counted_in_the_width_of_the_type_compiled_or_not(kind, data):
    limits = np.iinfo(kind)
    x = kind(data.draw(st.integers(int(limits.min), int(limits.max))))
    plain = popc(x), clz(x), ffs(x), brev(x)
    assert tuple(int(each) for each in BITS(x)) == plain
    text = format(int(x) % 2**limits.bits, f"0{limits.bits}b")
    assert plain == (
        text.count("1"),
        len(text) - len(text.lstrip("0")),
        len(text) - len(text.rstrip("0")) + 1 if "1" in text else 0,
        int(text[::-1], 2),
    )


@given(DOUBLE, DOUBLE, DOUBLE)
def test_a_fused_product_and_sum_is_rounded_once(x, y, z):
    assert FUSED(x, y, z) == fma(x, y, z)


@given(SINGLE, SINGLE, SINGLE)
def test_a_fused_product_and_sum_of_single_precision_is_rounded_once_to_it(x, y, z):
    exact = fma(x, y, z)  # 24-bit products are exact in float64, and so is all but the last rounding
    assert FUSED(np.float32(x), np.float32(y), np.float32(z)) == pytest.approx(exact, rel=2**-23, abs=1e-38)


def test_a_nan_loses_against_a_number_as_on_a_gpu():
    for one, other in ((math.nan, 1.0), (1.0, math.nan)):
        assert EXTREMES(one, other) == (1, 1) == (larger(one, other), smaller(one, other))
    assert EXTREMES(2, 3) == (3, 2)
    assert EXTREMES(2, 3.5) == (3.5, 2)


@given(st.floats(-1e100, 1e100, allow_subnormal=False))
def test_cube_roots_are_those_of_numpy(x):
    assert ROOT(x) == pytest.approx(np.cbrt(x), rel=4e-16, abs=0)


@given(st.integers(-5, 3000), st.integers(1, 1024))
@settings(max_examples=50)
def test_no_more_threads_have_room_than_there_are_and_no_fewer_than_none(places, threads):
    expected = len([thread for thread in range(threads) if thread < places])
    assert ROOM(places, np.int32(threads)) == room(places, threads) == expected


@given(st.floats(-5, 3000), st.integers(1, 1024))
@settings(max_examples=50)
def test_a_thread_before_the_end_of_a_fraction_has_room(places, threads):
    expected = len([thread for thread in range(threads) if thread < places])
    assert ROOM(places, np.int32(threads)) == room(places, threads) == expected


def test_what_is_selected_must_be_of_one_type():
    assert njit(lambda test: selp(test, 2.0, 3.0))(0) == 3.0
    with pytest.raises(TypingError, match="takes two values of one type, not int64 and float64"):
        njit(lambda test: selp(test, 2, 3.0))(0)


def test_bits_of_a_fraction_are_refused():
    with pytest.raises(TypingError, match=r"cuda\.popc works on whole numbers, not on float64"):
        BITS(1.5)


def test_every_atomic_of_the_vocabulary_is_there():
    from mig_explorer.emulator.vocabulary import ATOMICS, FUNCTIONS  # noqa: PLC0415 - for this test alone

    assert all(hasattr(atomics, name.replace(".", "_")) for name in ATOMICS)
    assert all(hasattr(intrinsics, name) for name in FUNCTIONS)
