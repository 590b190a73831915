"""A table of figures as texts for people: headings with units, three digits, unknown said in words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.progress import TimeUnit
from mig_explorer.scenarios.figure import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

MOST_ROWS = 200
"""Rows of a table on a page; the others are in the trace."""

FEW_ROWS, SHORT = 3, 18
UNKNOWN = "unknown"

UNITS = {
    "per_s": "per s",
    "j_per_request": "J per request",
    "percent": "%",
    "gbs": "GB/s",
    "mib": "MiB",
    "gib": "GiB",
    "gib_each": "GiB each",
    "ms": "ms",
    "us": "µs",
    "hours": "h",
    "w": "W",
    "wh": "Wh",
    "j": "J",
    "usd": "US$",
    "eur": "EUR",
    "s": "s",
}
SPOKEN = {"gpu": "GPU", "gpus": "GPUs", "sm": "SM", "sms": "SMs", "slo": "SLO", "mig": "MIG", "mps": "MPS"}
_LOW = re.compile(r"(?P<what>.+?)(?P<interval>_ci)?_low(?P<unit>_\w+)?")


@dataclass(frozen=True)
class Column:
    """The heading of a column.

    Parameters
    ----------
    name, unit : str
        ``"Latency p99"`` and ``"ms"``; the unit may be empty.
    is_number : bool
        Whether it is set to the right.
    """

    name: str
    unit: str
    is_number: bool


@dataclass(frozen=True)
class Table:
    """A table as texts.

    Parameters
    ----------
    columns : tuple of Column
        The headings.
    rows : tuple of tuple of str
        A text for each column.
    total : int
        Rows that there are; those after the last of `rows` are left out.
    provenance : str
        What kind of figures they are; empty if nobody says.
    alike : tuple of str
        What is the same in all rows and takes much room, or is unknown in all: said once, no column.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    provenance: str = ""
    alike: tuple[str, ...] = ()

    @property
    def left_out(self) -> int:
        """Rows that are not shown."""
        return self.total - len(self.rows)


def table_of(frame: pd.DataFrame, most: int = MOST_ROWS) -> Table:
    """Return a table as texts.

    Parameters
    ----------
    frame : DataFrame
        With units in the names of its columns, as ``latency_p99_s``; seconds are shown in s, ms or µs. A
        lower and an upper end, ``x_low_s`` and ``x_high_s``, become one column.
    most : int
        Rows to show.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = table_of(pd.DataFrame({"mode": ["MPS", "MIG"], "latency_p99_s": [0.0123, float("nan")]}))
    >>> [(each.name, each.unit) for each in shown.columns], shown.rows
    ([('Mode', ''), ('Latency p99', 'ms')], (('MPS', '12.3'), ('MIG', 'unknown')))
    """
    named = any(name is not None for name in frame.index.names)
    full = frame.reset_index() if named else frame
    cut = full.head(most)
    columns: list[Column] = []
    texts: list[list[str]] = []
    alike: list[str] = []
    for column, values in _columns(cut):
        if columns and _is_said_once(values):
            alike += [f"{column.name}: {values[0]}"] if values[0] else []
            continue
        columns.append(column)
        texts.append(values)
    rows = tuple(zip(*texts, strict=True)) if texts else ()
    provenance = str(frame.attrs.get("provenance", ""))
    return Table(tuple(columns), rows, len(full), provenance, tuple(alike))


def _is_said_once(values: list[str]) -> bool:
    if len(values) < FEW_ROWS or len(set(values)) > 1:
        return False
    return values[0] in {"", UNKNOWN} or len(values[0]) > SHORT


def _columns(frame: pd.DataFrame) -> Iterator[tuple[Column, list[str]]]:
    names = [str(name) for name in frame.columns]
    values = {name: frame.iloc[:, place].tolist() for place, name in enumerate(names)}
    ends = {}
    for name in names:
        found = _LOW.fullmatch(name)
        if found is not None:
            what, interval, unit = found["what"], found["interval"] or "", found["unit"] or ""
            ends[name] = (f"{what}{interval}_high{unit}", what, interval, unit)
    taken = {high for high, *_ in ends.values() if high in values}
    for name in names:
        if name in taken:
            continue
        if name in ends and ends[name][0] in taken:
            high, what, interval, unit = ends[name]
            yield _range(f"{what}{unit}", interval, values[name], values[high])
        else:
            yield _single(name, values[name])


def _single(name: str, values: list[Any]) -> tuple[Column, list[str]]:
    head, unit = heading(name)
    numbers = all(_is_number(each) or _is_unknown(each) for each in values)
    factor = 1.0
    if unit == "s" and numbers:
        unit, factor = _time(values)
    write = _writer(factor)
    known = any(not _is_unknown(each) for each in values)
    return Column(head, unit, numbers and known), [write(each) for each in values]


def _range(name: str, interval: str, low: list[Any], high: list[Any]) -> tuple[Column, list[str]]:
    head, unit = heading(name)
    factor = 1.0
    if unit == "s":
        unit, factor = _time([*low, *high])
    write = _writer(factor)
    texts = [
        UNKNOWN if _is_unknown(first) or _is_unknown(last) else f"{write(first)} to {write(last)}"
        for first, last in zip(low, high, strict=True)
    ]
    kind = "95 % interval" if interval else "band"
    return Column(head if head.lower() == kind else f"{head}, {kind}", unit, True), texts


def heading(name: str) -> tuple[str, str]:
    """Return the words and the unit of a column's name.

    Examples
    --------
    >>> heading("throughput_per_s"), heading("sm_active"), heading("Users at once")
    (('Throughput', 'per s'), ('SM active', ''), ('Users at once', ''))
    """
    what, unit = name, ""
    for ending, sign in UNITS.items():
        if name.endswith(f"_{ending}"):
            what, unit = name.removesuffix(f"_{ending}"), sign
            break
    words = [SPOKEN.get(each, each) for each in what.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:], unit


def _time(values: list[Any]) -> tuple[str, float]:
    known = [abs(each) for each in values if not _is_unknown(each) and math.isfinite(each)]
    unit = TimeUnit.reading(max(known, default=1.0) or 1.0)
    return unit.name, unit.factor


def _writer(factor: float) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if _is_unknown(value):
            return UNKNOWN
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return f"{value:,}" if factor == 1.0 else written(value * factor)
        if isinstance(value, float):
            return "without end" if math.isinf(value) else written(value * factor)
        if isinstance(value, (list, tuple)):
            return ", ".join(map(str, value))
        return str(value)

    return write


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_unknown(value: Any) -> bool:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and math.isnan(value)
