"""Numba's number types as NumPy's, and conversions between them as a GPU does them."""

from __future__ import annotations

from typing import Any

import numpy as np

_NAMES = {"bool": "bool", "boolean": "bool", "float16": "float16", "float32": "float32", "float64": "float64"}
_NAMES |= {f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_NAMES |= {"complex64": "complex64", "complex128": "complex128"}
_DTYPES = {name: np.dtype(dtype) for name, dtype in _NAMES.items()}


def dtype_of(numba_type: Any) -> np.dtype[Any] | None:
    """Return the NumPy type of a number of a Numba type; None if it is no number.

    Examples
    --------
    >>> from numba import types
    >>> dtype_of(types.float32), dtype_of(types.literal(3)), dtype_of(types.none)
    (dtype('float32'), dtype('int64'), None)
    """
    plain = getattr(numba_type, "literal_type", numba_type)
    if type(plain).__name__ in ("IntEnumMember", "EnumMember"):
        plain = plain.dtype
    return _DTYPES.get(str(plain))


def converted(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return numbers in another type.

    From a floating-point number to an integer, a GPU cuts off the fraction, keeps to the ends of the
    integer's range and makes a NaN zero (PTX ISA, ``cvt``).

    Examples
    --------
    >>> converted(np.array([2.9, -2.9, 1e30, np.nan]), np.dtype("int32"))
    array([         2,         -2, 2147483647,          0], dtype=int32)
    >>> converted(np.int64(2**40 + 5), np.dtype("int32"))
    np.int32(5)
    """
    given = value.dtype
    if given is dtype or given == dtype:
        return value
    if given.kind == "f" and dtype.kind in "iu":
        return _cut(value, dtype)
    if given.kind == "c" and dtype.kind != "c":
        value = value.real
    return value.astype(dtype)


def _cut(value: Any, dtype: np.dtype[Any]) -> Any:
    try:
        with np.errstate(invalid="raise"):
            if dtype.kind == "i" and dtype.itemsize == 8:
                return value.astype(dtype)
            wide = value.astype(np.int64)
    except FloatingPointError:
        pass
    else:
        ends = np.iinfo(dtype)
        if not wide.size or (wide.min() >= ends.min and wide.max() <= ends.max):
            return wide.astype(dtype)
    ends = np.iinfo(dtype)
    whole = np.trunc(np.nan_to_num(value.astype(np.float64), nan=0.0))
    inside = (whole > float(ends.min)) & (whole < float(ends.max))
    cut = np.where(inside, whole, 0.0).astype(dtype)
    cut = np.where(whole >= float(ends.max), dtype.type(ends.max), cut)
    return np.where(whole <= float(ends.min), dtype.type(ends.min), cut)[()]
