from __future__ import annotations

import math

import numpy as np
import pytest
from numba import cuda, float32, types
from numba.core.errors import NumbaError

from mig_explorer.emulator import emulate
from mig_explorer.emulator.arguments import arguments
from mig_explorer.emulator.inference import cannot_compile, kept_types, one_thread, storage_types
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.native import prepared
from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.emulator.source import NotNative, parameters_of, read
from mig_explorer.errors import UnsupportedKernel
from tests.emulator.refusals import marked_line

F4 = types.float32[::1]


def types_of(kernel, names, *arguments):
    rewritten = rewrite(kernel)
    given = (*arguments, *storage_types(rewritten.kernel))
    return [str(each) for each in kept_types(rewritten.source, rewritten.one_thread, names, given)]


def test_types_are_those_that_numba_gives():
    def kernel(a, n):
        tile = cuda.shared.array(4, float32)
        whole = n
        flag = n > 3
        single = a[0]
        double = a[0] * n
        shared = tile[0]
        wave = math.sin(single)
        a[0] = whole + flag + single + double + shared + wave

    names = ("whole", "flag", "single", "double", "shared", "wave")
    assert types_of(kernel, names, F4, types.int64) == [
        *("int64", "bool", "float32", "float64", "float32", "float32")
    ]


def test_a_variable_holds_all_that_it_is_assigned():
    def kernel(a):
        total = 0
        total += a[0]
        other = 1
        for _k in range(3):
            other = other / 2  # type: ignore[assignment]
        again = a[0]
        again = 3
        a[0] = total + other + again

    assert types_of(kernel, ("total", "other", "again"), F4) == ["float64", "float64", "float64"]


def test_integers_stay_integers():
    def kernel(a):
        n = a[0]
        n += 1
        a[0] = n

    assert types_of(kernel, ("n",), types.int32[::1]) == ["int64"]


def test_barriers_are_nothing_to_a_single_thread():
    def kernel(a):
        if a[0] > 1:
            cuda.syncthreads()

    assert "syncthreads" not in one_thread(lower(read(kernel)))
    assert types_of(kernel, ()) == []


def keeps_a_row(a):
    row = a[cuda.threadIdx.x]
    cuda.syncthreads()
    row[0] = 1


def prepare(kernel, *given):
    checked = arguments(kernel.__name__, parameters_of(kernel), frozenset(), given)
    return prepared(rewrite(kernel), checked)


def test_an_array_that_would_be_kept_is_left_to_the_other_engine():
    with pytest.raises(NotNative) as caught:
        prepare(keeps_a_row, np.zeros((2, 2)))
    assert str(caught.value) == (
        "keeps_a_row: row is read after a barrier, or where it may not be assigned yet, and is no number but "
        "array(float64, 1d, C). Assign it in the same stretch between barriers as it is read."
    )
    emulated, rows = emulate(keeps_a_row), np.zeros((2, 2))
    emulated[1, 2](rows)
    assert (rows.tolist(), emulated.engine, emulated.why) == (
        [[1, 0], [1, 0]],
        "lane by lane",
        str(caught.value),
    )


def changes_type(a):
    x = a
    cuda.syncthreads()
    x = 1
    cuda.syncthreads()
    a[0] = x


def test_a_variable_that_is_now_an_array_and_now_a_number_is_refused():
    with pytest.raises(NotNative, match=r"^changes_type: x is read after a barrier, or where it may not"):
        prepare(changes_type, np.zeros(2))


def shifts_a_fraction(a):
    x = a[0] << 1  # refused
    cuda.syncthreads()
    a[0] = x


def test_what_numba_can_not_type_is_refused_with_its_reason():
    with pytest.raises(UnsupportedKernel) as caught:
        prepare(shifts_a_fraction, np.zeros(2))
    assert str(caught.value) == (
        f"shifts_a_fraction, line {marked_line(shifts_a_fraction)}: Numba can't compile it for a GPU with "
        "arguments (array(float64, 1d, C)): No implementation of function Function(<built-in function "
        "lshift>) found for signature: >>> lshift(float64, Literal[int](1))"
    )


def test_what_only_a_cpu_can_not_compile_is_left_to_the_other_engine():
    error = cannot_compile("kernel", (F4,), NumbaError("Failed in nopython\n\nNo such thing on a CPU."))
    assert isinstance(error, NotNative)
    assert str(error) == (
        "kernel: Numba can't compile it for arguments (array(float32, 1d, C)): No such thing on a CPU."
    )
