from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numba import cuda
from numba.cuda import libdevice

from mig_explorer.emulator.simt.fused import fused_multiply_add
from tests.emulator.simt.launching import launch, one_thread

X = np.array([0.5, -0.3, 1.0, 2.5, -7.25, 1e-3, 30.0, 0.0])


@cuda.jit
def of_one_number(x, out):
    i = cuda.grid(1)
    v = x[i]
    positive = abs(v) + 1
    small = v / 40
    out[0, i] = math.sqrt(positive)
    out[1, i] = math.exp(v)
    out[2, i] = math.expm1(v)
    out[3, i] = math.log(positive)
    out[4, i] = math.log2(positive)
    out[5, i] = math.log10(positive)
    out[6, i] = math.log1p(positive)
    out[7, i] = math.sin(v)
    out[8, i] = math.cos(v)
    out[9, i] = math.tan(v)
    out[10, i] = math.asin(small)
    out[11, i] = math.acos(small)
    out[12, i] = math.atan(v)
    out[13, i] = math.sinh(v)
    out[14, i] = math.cosh(v)
    out[15, i] = math.tanh(v)
    out[16, i] = math.asinh(v)
    out[17, i] = math.acosh(positive)
    out[18, i] = math.atanh(small)
    out[19, i] = math.erf(v)
    out[20, i] = math.erfc(v)
    out[21, i] = math.gamma(positive)
    out[22, i] = math.lgamma(positive)
    out[23, i] = math.fabs(v)
    out[24, i] = math.floor(v)
    out[25, i] = math.ceil(v)
    out[26, i] = math.trunc(v)
    out[27, i] = math.degrees(v)
    out[28, i] = math.radians(v)
    out[29, i] = math.isnan(v) + 2 * math.isinf(v) + 4 * math.isfinite(v)
    out[30, i] = cuda.cbrt(v)


NAMES = [
    "sqrt",
    "exp",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "gamma",
    "lgamma",
    "fabs",
    "floor",
    "ceil",
    "trunc",
    "degrees",
    "radians",
]


@pytest.mark.parametrize(("dtype", "accuracy"), [(np.float64, 1e-14), (np.float32, 2e-6)])
def test_functions_of_one_number(dtype, accuracy):
    x = X.astype(dtype)
    out = np.zeros((31, len(x)), dtype)
    launch(of_one_number, 1, len(x), x, out)
    positive, small = np.abs(x) + 1, x / 40
    given = {
        **dict.fromkeys(("sqrt", "log", "log2", "log10", "log1p", "acosh", "gamma", "lgamma"), positive),
        **dict.fromkeys(("asin", "acos", "atanh"), small),
    }
    for row, name in enumerate(NAMES):
        expected = [getattr(math, name)(float(each)) for each in given.get(name, x)]
        np.testing.assert_allclose(out[row], expected, rtol=accuracy, atol=accuracy, err_msg=name)
    assert (out[29] == 4).all()
    np.testing.assert_allclose(out[30], np.cbrt(x), rtol=accuracy)


@cuda.jit
def of_two_numbers(out, a, b):
    out[0] = math.pow(a, b)
    out[1] = math.atan2(a, b)
    out[2] = math.fmod(a, b)
    out[3] = math.hypot(a, b)
    out[4] = math.copysign(a, -b)
    out[5] = math.remainder(a, b)
    out[6] = math.ldexp(a, 3)
    fraction, whole = math.modf(a)
    out[7] = fraction
    out[8] = whole
    mantissa, exponent = math.frexp(a)
    out[9] = mantissa
    out[10] = exponent


def test_functions_of_two_numbers_and_with_two_results():
    a, b = 7.25, 2.5
    out = one_thread(of_two_numbers, a, b, size=11)
    expected = [
        math.pow(a, b),
        math.atan2(a, b),
        math.fmod(a, b),
        math.hypot(a, b),
        -a,
        math.remainder(a, b),
        8 * a,
    ]
    np.testing.assert_allclose(out, [*expected, *math.modf(a), *math.frexp(a)], rtol=1e-15)


@cuda.jit
def bits_of(values, out):
    i = cuda.grid(1)
    out[0, i] = cuda.popc(values[i])
    out[1, i] = cuda.clz(values[i])
    out[2, i] = cuda.ffs(values[i])


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64, np.uint64])
def test_bits(dtype):
    bits = np.iinfo(dtype).bits
    values = np.array([0, 1, 6, 2**20, np.iinfo(dtype).max, np.iinfo(dtype).min], dtype)
    out = np.zeros((3, 6), np.int64)
    launch(bits_of, 1, 6, values, out)
    for value, got in zip(values.tolist(), out.T.tolist(), strict=True):
        word = value % 2**bits
        text = f"{word:0{bits}b}"
        trailing = len(text) - len(text.rstrip("0")) + 1 if word else 0
        assert got == [text.count("1"), len(text) - len(text.lstrip("0")), trailing]


@cuda.jit
def turned_around(out, a, b):
    out[0] = cuda.brev(a)
    out[1] = cuda.brev(b)


def test_bits_in_the_opposite_order():
    out = one_thread(turned_around, np.uint32(6), np.uint64(6), size=2, dtype=np.uint64)
    assert out.tolist() == [0x60000000, 0x6000000000000000]


@cuda.jit
def libdevice_functions(out, x):
    out[0] = libdevice.rsqrt(x)
    out[1] = libdevice.fast_sinf(x)
    out[2] = libdevice.exp10(x)
    out[3] = libdevice.fma(x, x, 1.0)
    sine, cosine = libdevice.sincos(x)
    out[4] = sine + 10 * cosine
    out[5] = libdevice.fmax(x, 9.0)
    out[6] = libdevice.normcdf(x)
    out[7] = libdevice.saturatef(x)
    out[8] = libdevice.popcll(255)
    out[9] = libdevice.sinpi(0.25)
    out[10] = libdevice.round(2.5)
    out[11] = libdevice.llrint(2.5)


def test_functions_of_libdevice_with_a_counterpart():
    x = 1.75
    out = one_thread(libdevice_functions, x, size=12)
    expected = [
        x**-0.5,
        math.sin(x),
        10**x,
        x * x + 1,
        math.sin(x) + 10 * math.cos(x),
        9,
        0.5 * math.erfc(-x / 2**0.5),
    ]
    np.testing.assert_allclose(out, [*expected, 1, 8, math.sqrt(0.5), 3, 2], rtol=1e-7)


def test_fused_multiply_add_rounds_once():
    random = np.random.default_rng(8)
    for dtype in (np.float32, np.float64):
        a: Any = random.standard_normal(2000).astype(dtype)
        b: Any = random.standard_normal(2000).astype(dtype)
        c = (-a * b * (1 + random.integers(-3, 4, 2000) * np.finfo(dtype).eps)).astype(dtype)
        got = fused_multiply_add(a, b, c)
        for one, other, third, result in zip(a.tolist(), b.tolist(), c.tolist(), got, strict=True):
            assert result == dtype(exactly(one, other, third)), (one, other, third)


def exactly(a, b, c):
    """Return ``a * b + c`` as a fraction, rounded once by Python."""
    value = Fraction(a) * Fraction(b) + Fraction(c)
    return value.numerator / value.denominator
