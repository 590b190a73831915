from __future__ import annotations

import numpy as np
import pytest
from numba import types

from mig_explorer.emulator import emulate
from mig_explorer.emulator.arguments import arguments
from mig_explorer.errors import InvalidWorkload


class DeviceArray:
    """Like one of Numba's: its data can only be copied."""

    def __init__(self, data):
        self.data = data

    def copy_to_host(self):
        return self.data.copy()

    def copy_to_device(self, array):
        self.data = array.copy()


def fill(values, value):
    for i in range(values.size):
        values[i] = value


def test_tuples_and_records_are_taken():
    pair = (np.zeros(2, np.float32), 3)
    points = np.zeros(2, [("x", np.float32), ("y", np.int64, 2)])
    found = arguments("kernel", ["pair", "points"], frozenset(), [pair, points])
    assert found.signature[0] == types.Tuple([types.float32[::1], types.int64])
    assert found.values[1] is points


def test_a_device_array_is_copied_and_given_back():
    device = DeviceArray(np.zeros(3))
    emulate(fill)[1, 1](device, 4.0)
    assert device.data.tolist() == [4, 4, 4]


def test_what_is_wrong_inside_a_tuple_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        arguments("kernel", ["pair"], frozenset(), [(1, [2])])
    assert str(caught.value) == (
        "kernel: argument 1 (pair) is a list; a kernel takes NumPy arrays, numbers and tuples of them. "
        "Try np.asarray(...)."
    )
