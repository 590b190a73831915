from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from mig_explorer.emulator.parts import fill, part, some

# ruff: noqa: PLW0108 - Numba calls these from compiled code only


def two_arrays(block_bytes, threads, unset):
    whole = part(block_bytes, 0, (2, 3), np.int32)
    own = part(block_bytes, 32 + 8 * threads, (threads,), unset)
    fill(whole, 7)
    fill(own, unset)
    whole[1, 2] = 9
    own[threads - 1] = 1


@pytest.mark.parametrize("run", [two_arrays, njit(two_arrays)])
def test_arrays_share_the_bytes_and_lie_where_they_are_said_to(run):
    block_bytes = np.zeros(96, np.uint8)
    run(block_bytes, np.int64(4), np.float32(-1.5))
    assert block_bytes[:24].view(np.int32).tolist() == [7, 7, 7, 7, 7, 9]
    assert block_bytes[64:80].view(np.float32).tolist() == [-1.5, -1.5, -1.5, 1]
    assert not block_bytes[24:64].any()
    assert not block_bytes[80:].any()


@pytest.mark.parametrize("unset", [True, np.int8(-128), np.uint64(2**64 - 1), np.nan, np.complex128(1 - 2j)])
def test_an_array_has_the_type_of_the_number_that_is_given(unset):
    def kept(block_bytes, unset):
        array = part(block_bytes, 16, (2,), unset)
        fill(array, unset)
        return array[1]

    assert np.array_equal(njit(kept)(np.zeros(64, np.uint8), unset), unset, equal_nan=True)
    assert np.array_equal(kept(np.zeros(64, np.uint8), unset), unset, equal_nan=True)


def test_a_variable_of_unknown_type_is_kept_as_an_object():
    assert part(np.zeros(8, np.uint8), 0, (2,), None).dtype == object


def test_one_true_element_is_enough():
    for run in (some, njit(lambda array: some(array))):
        assert [run(np.array(each)) for each in ([False] * 3, [False, True, False], [True])] == [0, 1, 1]


def test_what_lies_apart_is_not_filled():
    with pytest.raises(TypingError, match="fill"):
        njit(lambda array: fill(array, 1))(np.zeros(8)[::2])
    with pytest.raises(TypingError, match="some"):
        njit(lambda array: some(array))(np.zeros(8))
    with pytest.raises(TypingError, match="the shape of an array is a tuple, not int64"):
        njit(lambda array: part(array, 0, 8, np.uint8))(np.zeros(8, np.uint8))
