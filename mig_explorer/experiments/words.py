"""Figures as people read them."""

from __future__ import annotations

NUMBERS = [
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
]


def number(count: int) -> str:
    """Return a count in words up to twelve, in digits beyond.

    Examples
    --------
    >>> number(7), number(14)
    ('seven', '14')
    """
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def tenant_count(count: int) -> str:
    """Return a count of tenants.

    Examples
    --------
    >>> tenant_count(1), tenant_count(7)
    ('one tenant', 'seven tenants')
    """
    return f"{number(count)} tenant{'s' if count != 1 else ''}"


def counted(count: int, noun: str) -> str:
    """Return a count in digits with its noun.

    Examples
    --------
    >>> counted(1, "mode"), counted(2, "mode")
    ('1 mode', '2 modes')
    """
    return f"{count} {noun}{'s' if count != 1 else ''}"


def listed(counts: list[int]) -> str:
    """Return counts as a list in words.

    Examples
    --------
    >>> listed([2]), listed([2, 3, 5])
    ('two', 'two, three and five')
    """
    *first, last = [number(count) for count in counts]
    return f"{', '.join(first)} and {last}" if first else last


def times(ratio: float) -> str:
    """Return a ratio, finely where it is near 1.

    Examples
    --------
    >>> times(1.04), times(2.58), times(0.984), times(12.4)
    ('1.04 times', '2.6 times', '0.98 times', '12 times')
    """
    return f"{ratio:.2f} times" if ratio < 1.1 else f"{digits(ratio, 2)} times"


def percent(share: float) -> str:
    """Return a share in percent.

    Examples
    --------
    >>> percent(0.264), percent(0.0004)
    ('26 %', 'less than 1 %')
    """
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Return a time to three digits, in s, ms or µs.

    Examples
    --------
    >>> duration(0.024), duration(0.1239), duration(2.5), duration(1.41e-5), duration(1234)
    ('24.0 ms', '124 ms', '2.50 s', '14.1 µs', '1234 s')
    """
    for unit, length in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= length:
            return f"{digits(seconds / length, 3)} {unit}"
    return f"{digits(seconds * 1e6, 3)} µs"


def digits(value: float, count: int) -> str:
    """Return a value to a number of significant digits, and never fewer than those before the point.

    Examples
    --------
    >>> digits(24, 3), digits(1234, 3), digits(0.98765, 2)
    ('24.0', '1234', '0.99')
    """
    if value >= 10**count:
        return f"{value:.0f}"
    return f"{value:#.{count}g}".rstrip(".")
