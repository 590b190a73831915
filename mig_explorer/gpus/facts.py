"""A value with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CONFIDENCES = ("verified", "derived", "low", "recalled", "modelled", "unknown")
"""``verified``: read at its source. ``recalled``: from memory, approximate. ``modelled``: computed by a
rule of ours. ``unknown``: nobody we read says; the value is then None and is shown as unknown."""


@dataclass(frozen=True)
class Fact:
    """A value, its unit, and how far to trust it.

    Parameters
    ----------
    value : int, float, str or None
        None means unknown, never zero.
    unit : str
        Unit of the value, empty where it has none.
    source : str
        Where it was read, in words.
    confidence : str
        One of ``CONFIDENCES``.
    note : str
        A caveat, or empty.

    Examples
    --------
    >>> Fact(108, "SM", "deviceQuery", "verified").text
    '108 SM'
    >>> Fact(None, "engines", "nobody says", "unknown").text
    'unknown'
    """

    value: Any
    unit: str
    source: str
    confidence: str
    note: str = ""

    @property
    def text(self) -> str:
        """The value with its unit, or ``"unknown"``."""
        if self.value is None:
            return "unknown"
        shown = f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        return f"{shown} {self.unit}".rstrip()
