"""Multiply and add with one rounding, as a GPU's ``fma`` does."""

from __future__ import annotations

from typing import Any

import numpy as np

SPLIT = 2.0**27 + 1
"""Splits a float64 into two halves whose products are exact (Dekker 1971)."""


def fused_multiply_add(a: Any, b: Any, c: Any) -> Any:
    """Return ``a * b + c``, rounded once.

    The exact product and sum are kept as two numbers each, and added up with rounding to odd, after which
    one more rounding to nearest gives what a single rounding would (Boldo and Melquiond 2008).

    Examples
    --------
    >>> a = np.float32(1 + 2**-12)
    >>> a * a - np.float32(1 + 2**-11), fused_multiply_add(a, a, -np.float32(1 + 2**-11))
    (np.float32(0.0), np.float32(5.9604645e-08))
    >>> a = np.float64(1 + 2**-30)
    >>> fused_multiply_add(a, a, np.float64(-1 - 2**-29)) == 2.0**-60
    np.True_
    """
    dtype = np.result_type(a, b, c)
    if dtype.kind == "c" or dtype.kind in "iu":
        return a * b + c
    if dtype.itemsize < 8:
        exact = a.astype(np.float64) * b.astype(np.float64)
        return _sum_to_odd(exact, c.astype(np.float64)).astype(dtype)
    plain = a * b + c
    product, below = _product(a, b)
    total, rest = _sum(c, below)
    high, low = _sum(product, total)
    fused = high + _sum_to_odd(rest, low)
    return np.where(np.isfinite(fused) & np.isfinite(plain), fused, plain)[()]


def _product(a: Any, b: Any) -> tuple[Any, Any]:
    product = a * b
    a_high, b_high = a * SPLIT, b * SPLIT
    a_high, b_high = a_high - (a_high - a), b_high - (b_high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _sum(a: Any, b: Any) -> tuple[Any, Any]:
    total = a + b
    other = total - a
    return total, (a - (total - other)) + (b - other)


def _sum_to_odd(a: Any, b: Any) -> Any:
    """Return ``a + b`` rounded to the neighbour whose last bit is set, unless it is exact."""
    total, rest = _sum(a, b)
    even = (np.asarray(total).view(np.int64) & 1) == 0
    change = even & (rest != 0) & np.isfinite(total)
    toward = np.where(rest > 0, np.inf, -np.inf)
    return np.where(change, np.nextafter(total, toward), total)[()]
