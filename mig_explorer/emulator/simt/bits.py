"""Counting and turning around the bits of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from mig_explorer.emulator.simt.casting import converted


def _unsigned(value: Any) -> Any:
    return value.view(f"uint{value.dtype.itemsize * 8}")


def popc(value: Any) -> Any:
    """Return how many bits are set.

    Examples
    --------
    >>> popc(np.array([0, 7, -1], np.int32))
    array([ 0,  3, 32], dtype=uint8)
    """
    return np.bitwise_count(_unsigned(value))


def clz(value: Any) -> Any:
    """Return how many bits before the first that is set.

    Examples
    --------
    >>> clz(np.array([0, 1, -1], np.int32))
    array([32, 31,  0])
    """
    width = value.dtype.itemsize * 8
    word = _unsigned(value)
    shift = 1
    while shift < width:
        word = word | (word >> word.dtype.type(shift))
        shift *= 2
    return width - np.bitwise_count(word).astype(np.int64)


def ffs(value: Any) -> Any:
    """Return the place of the last bit that is set, counted from 1; 0 if none is.

    Examples
    --------
    >>> ffs(np.array([0, 1, 8], np.int64))
    array([0, 1, 4])
    """
    word = _unsigned(value)
    below = np.bitwise_count(~word & (word - word.dtype.type(1))).astype(np.int64)
    return np.where(word == 0, 0, below + 1)[()]


def brev(value: Any) -> Any:
    """Return the bits in the opposite order.

    Examples
    --------
    >>> brev(np.array([1, 6], np.uint32))
    array([2147483648, 1610612736], dtype=uint32)
    """
    word = np.ascontiguousarray(_unsigned(value))
    octets = np.unpackbits(word.reshape(-1, 1).view(np.uint8), axis=1)
    turned = np.packbits(octets[:, ::-1], axis=1).view(word.dtype).reshape(np.shape(value))
    return converted(turned[()], value.dtype)
