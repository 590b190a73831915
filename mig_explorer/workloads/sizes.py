"""The sizes a workload accepts, and how they are written in its title."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from numbers import Integral

from mig_explorer.errors import InvalidWorkload


@dataclass(frozen=True)
class Limit:
    """The largest value of a parameter, and why."""

    most: int
    why: str


VECTOR = Limit(2**31 - 1, "an index must fit 32 bits")
"""Elements of a vector: CUDA's own thread and block indices are signed 32-bit integers."""

SQUARE = Limit(isqrt(VECTOR.most), "the index of an element must fit 32 bits")
"""Rows of a square matrix."""

REPEATS = Limit(1_000_000, "launches in one request")


def whole_number(workload: str, parameter: str, value: object, *, limit: Limit, example: int) -> int:
    """Return `value` as an int, or refuse it.

    Parameters
    ----------
    workload, parameter
        What is being sized, for the message.
    value
        What was asked for.
    limit
        The largest value allowed; the smallest is 1.
    example
        A value that works.

    Raises
    ------
    InvalidWorkload
        If `value` is not a whole number from 1 to the limit.

    Examples
    --------
    >>> whole_number("triad", "elements", 1000, limit=VECTOR, example=1024)
    1000
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and 1 <= int(value) <= limit.most:
        return int(value)
    msg = (
        f"{workload}({parameter}={value!r}): {parameter} must be a whole number "
        f"from 1 to {limit.most} ({limit.why}). {workload}({parameter}={example}) would work."
    )
    raise InvalidWorkload(msg)


def in_words(count: int) -> str:
    """Return a count as a power of two where it is a large one, else with thousands separated.

    Examples
    --------
    >>> in_words(2**26), in_words(1_000_000), in_words(512)
    ('2^26', '1,000,000', '512')
    """
    power = count.bit_length() - 1
    return f"2^{power}" if count == 1 << power and power > 10 else f"{count:,}"


def repeated(title: str, repeats: int) -> str:
    """Return a title that says how many launches a request makes, if more than one.

    Examples
    --------
    >>> repeated("Tiled matmul, 256 × 256", 50)
    'Tiled matmul, 256 × 256, 50 launches'
    """
    return title if repeats == 1 else f"{title}, {repeats:,} launches"
