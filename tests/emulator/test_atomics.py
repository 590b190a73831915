from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError

from mig_explorer.emulator import atomics
from mig_explorer.emulator.atomics import atomic_add, atomic_cas, atomic_exch, atomic_inc

# ruff: noqa: PLW0108 - Numba calls an intrinsic from compiled code only

NAMES = [
    *("add", "sub", "max", "min", "nanmax", "nanmin"),
    *("and_", "or_", "xor", "exch", "inc", "dec"),
]
WHOLE = ("int32", "uint32", "int64", "uint64")
KINDS = {
    **dict.fromkeys(NAMES[:6], ("float32", "float64", *WHOLE)),
    **dict.fromkeys(NAMES[6:10], WHOLE),
    **dict.fromkeys(NAMES[10:], ("uint32", "uint64")),
}


def compiled(name):
    atomic = getattr(atomics, f"atomic_{name}")
    return njit(lambda array, index, value: atomic(array, index, value))


COMPILED = {name: compiled(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_an_atomic_is_the_same_compiled_or_not(name, data):
    kind = np.dtype(data.draw(st.sampled_from(KINDS[name]))).type
    numbers = st.sampled_from([0, 1, 2, 3, 100]) | (
        st.just(math.nan) if "f" in kind(0).dtype.kind else st.just(7)
    )
    old, value = kind(data.draw(numbers)), kind(data.draw(numbers))
    one, other = (np.array([[0, old], [0, 0]], kind) for _ in range(2))
    with np.errstate(over="ignore"):
        returned = COMPILED[name](one, (0, 1), value)
        expected = getattr(atomics, f"atomic_{name}")(other, (0, 1), value)
    assert np.array_equal(one, other, equal_nan=True)
    assert np.array_equal(returned, expected, equal_nan=True)
    assert np.array_equal(returned, old, equal_nan=True)


def test_only_what_is_expected_is_swapped():
    swap = njit(lambda array, index, expected, value: atomic_cas(array, index, expected, value))
    array = np.array([4, 5])
    assert [swap(array, 0, 4, 40), swap(array, 1, 4, 40)] == [4, 5]
    assert array.tolist() == [40, 5]


@pytest.mark.parametrize("index", [(0,), (0, 0, 0), 0.0, (0, 1.0)])
def test_an_index_of_another_kind_is_refused(index):
    with pytest.raises(TypingError, match="an index of an array of 2 dimensions is not"):
        njit(lambda a, i: atomic_add(a, i, 1))(np.zeros((2, 2)), index)


def test_what_can_only_be_read_is_refused():
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(TypingError, match="an atomic writes, and this array can only be read"):
        njit(lambda a: atomic_add(a, 0, 1))(array)


def test_an_operand_is_cast_to_the_type_of_the_elements_before_it_is_added():
    for add in (atomic_add, njit(lambda a, i, v: atomic_add(a, i, v))):
        array = np.array([-5, 7], np.int32)
        assert [add(array, 0, 2.9), add(array, 1, 1.9)] == [-5, 7]
        assert array.tolist() == [-3, 8]


@pytest.mark.parametrize(
    ("action", "dtype", "reason"),
    [
        (
            atomic_add,
            np.int8,
            "this atomic works on int32, uint32, int64, uint64, float32, float64, not on int8",
        ),
        (atomic_exch, np.float32, "this atomic works on int32, uint32, int64, uint64, not on float32"),
        (atomic_inc, np.int32, "this atomic works on uint32, uint64, not on int32"),
    ],
)
def test_an_atomic_on_elements_that_numba_has_none_for_is_refused(action, dtype, reason):
    with pytest.raises(TypingError) as caught:
        njit(lambda a: action(a, 0, 1))(np.zeros(1, dtype))
    assert reason in str(caught.value)
