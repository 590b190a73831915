"""Arithmetic is done in the types that Numba gives it, with what Numba compiles for a CPU to compare."""

from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float32, int8, int32, njit, uint8, uint32, uint64

from tests.emulator.simt.launching import launch, one_thread

OPERATIONS = 20


def every_operation(a, b, out):
    out[0] = a + b
    out[1] = a - b
    out[2] = a * b
    out[3] = a // b
    out[4] = a % b
    out[5] = a / b
    out[6] = a < b
    out[7] = a >= b
    out[8] = a == b
    out[9] = -a
    out[10] = abs(a)
    out[11] = min(a, b)
    out[12] = max(a, b, 3)
    out[13] = a**2
    out[14] = int(a)
    out[15] = float(b)
    out[16] = a if b > 2 else b
    out[17] = round(a / 4)
    out[18] = not a
    out[19] = +a != b


@cuda.jit
def each_pair(first, second, out):
    i = cuda.grid(1)
    if i < first.size:
        every_operation_on_a_gpu(first[i], second[i], out[i])


every_operation_on_a_gpu = cuda.jit(device=True)(every_operation)
every_operation_on_a_cpu = njit(error_model="numpy")(every_operation)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("int32", "int32"),
        ("int64", "uint8"),
        ("uint32", "int32"),
        ("float32", "int32"),
        ("float32", "float32"),
    ],
)
def test_operators_on_each_pair_of_types(one, other):
    numbers = [0, 1, 2, 3, 5, 7, 100, 127]
    if not one.startswith("u"):
        numbers += [-1, -3, -100]
    others = [0, 1, 3, 7, 255] if other.startswith("u") else [*numbers, -5]
    first = np.repeat(np.array(numbers, one), len(others))
    second = np.tile(np.array(others, other), len(numbers))
    out = np.zeros((len(first), OPERATIONS))
    launch(each_pair, 2, -(-len(first) // 2), first, second, out)
    expected = np.zeros_like(out)
    for a, b, row in zip(first, second, expected, strict=True):
        every_operation_on_a_cpu(a, b, row)
    np.testing.assert_array_equal(out, expected)


@cuda.jit
def whole_numbers(a, b, out):
    out[0] = a & b
    out[1] = a | b
    out[2] = a ^ b
    out[3] = ~a
    out[4] = a << 3
    out[5] = a >> 2
    out[6] = a // b
    out[7] = a % b


@pytest.mark.parametrize(("a", "b"), [(7, 3), (-7, 3), (7, -3), (-7, -3), (2**40 + 1, -2), (5, 0)])
def test_whole_numbers_as_in_python_but_for_division_by_zero(a, b):
    out = np.zeros(8, np.int64)
    launch(whole_numbers, 1, 1, a, b, out)
    divided = [a // b, a % b] if b else [0, 0]
    assert out.tolist() == [a & b, a | b, a ^ b, ~a, a << 3, a >> 2, *divided]


@cuda.jit
def overflows(out, big):
    out[0] = big + big


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.uint32, np.int64])
def test_a_store_keeps_the_lower_bits(dtype):
    big = int(np.iinfo(dtype).max) // 2 + 3
    got = one_thread(overflows, big, dtype=dtype)
    bits = np.iinfo(dtype).bits
    assert got == np.int64(2 * big & (2**bits - 1)).astype(dtype) if bits < 64 else np.int64(2 * big - 2**64)


@cuda.jit
def overflows_in_64_bits(out, big):
    out[0] = big * 2 + big


def test_64_bits_wrap():
    assert one_thread(overflows_in_64_bits, 2**62, dtype=np.int64) == 3 * 2**62 - 2**64


@cuda.jit
def stays_single(out, a, b):
    out[0] = a + b
    out[1] = a * a
    out[2] = (a + b) - a
    out[3] = a / b


def test_single_precision_stays_single():
    a, b = np.float32(16777216), np.float32(1)
    out = one_thread(stays_single, a, b, size=4)
    assert out.tolist() == [a + b, a * a, 0.0, a / b]


@cuda.jit
def mixes_single_and_whole(out, a, n):
    out[0] = a + n  # float32 and int64 make float64
    out[1] = a + int32(1)
    out[2] = float32(a + n)


def test_single_and_whole_make_double():
    out = one_thread(mixes_single_and_whole, np.float32(16777216), 1, size=3)
    assert out.tolist() == [16777217.0, 16777217.0, 16777216.0]


@cuda.jit
def conversions(out, x):
    out[0] = int8(x)
    out[1] = uint8(x)
    out[2] = int32(x)
    out[3] = uint32(7) - uint32(9)
    out[4] = uint64(x)


def test_conversions():
    out = one_thread(conversions, 300, size=5, dtype=np.int64)
    assert out.tolist() == [44, 44, 300, -2, 300]


@cuda.jit
def cuts_off(out, x):
    out[0] = int32(x)
    out[1] = int(x)
    out[2] = uint8(x)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (2.9, [2, 2, 2]),
        (-2.9, [-2, -2, 0]),
        (1e10, [2**31 - 1, 10**10, 255]),
        (np.nan, [0, 0, 0]),
        (-np.inf, [-(2**31), -(2**63), 0]),
    ],
)
def test_fractions_are_cut_off_and_what_is_too_large_stays_at_the_end(x, expected):
    assert one_thread(cuts_off, x, size=3, dtype=np.int64).tolist() == expected


@cuda.jit
def divides_by_zero(out, zero, none):
    out[0] = 1 / zero
    out[1] = -1 / zero
    out[2] = none / none
    out[3] = 5 // none
    out[4] = 5.0 % none


def test_division_by_zero_is_no_error():
    out = one_thread(divides_by_zero, 0.0, 0, size=5)
    np.testing.assert_array_equal(out, [np.inf, -np.inf, np.nan, 0, np.nan])


@cuda.jit
def halves(x, out):
    i = cuda.grid(1)
    out[i] = x[i] * x[i] + x[i]


def test_half_precision():
    x = np.linspace(0, 3, 16).astype(np.float16)
    out = np.zeros(16, np.float16)
    launch(halves, 1, 16, x, out)
    np.testing.assert_array_equal(out, x * x + x)


@cuda.jit
def powers(out, x, n):
    out[0] = x**n
    out[1] = n**3
    out[2] = x**-2
    out[3] = x**0.5
    out[4] = n ** (n - 1)


def test_powers():
    assert one_thread(powers, 3.0, 4, size=5).tolist() == [81.0, 64.0, 1 / 9, 3.0**0.5, 64.0]
