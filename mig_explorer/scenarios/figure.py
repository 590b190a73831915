"""A figure with its band, its unit and where it comes from: what a verdict rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mig_explorer.errors import InvalidExperiment

PROVENANCES = ("measured", "recorded", "modelled", "emulated", "published", "listed", "counted", "assumed")
"""Where a figure may come from: ``listed`` is in a data sheet, ``counted`` follows from a layout alone, and
``assumed`` was stated by whoever asked."""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Parameters
    ----------
    what : str
        What it is of, as a reader would look it up.
    value : float or None
        None if it is unknown; it is then never taken for 0.
    unit : str
        ``"times"``, ``"%"``, ``"requests/s"``, ``"ms"``, ``"users"``, …
    provenance : str
        One of `PROVENANCES`.
    source : str
        The GPU, the seed and the model; or the publication.
    low, high : float or None
        The band that the value lies in as far as the model or the source can say; None if nobody can.

    Raises
    ------
    InvalidExperiment
        If the provenance is none of those, or the value lies outside its band.

    Examples
    --------
    >>> print(Figure("throughput", 2.53, "times", "modelled", "A100-SXM4-40GB, seed 7", 2.1, 3.04))
    throughput: 2.53 times (2.1 to 3.04); modelled, A100-SXM4-40GB, seed 7
    >>> print(Figure("power of one slice", None, "W", "measured", "nobody published it"))
    power of one slice: unknown; nobody published it
    """

    what: str
    value: float | None
    unit: str
    provenance: str
    source: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.provenance not in PROVENANCES:
            raise InvalidExperiment(
                f"{self.what}: a figure is {', '.join(PROVENANCES)}, not {self.provenance!r}."
            )
        if self.value is not None and math.isnan(self.value):
            object.__setattr__(self, "value", None)
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if self.value is not None and not low <= self.value <= high:
            raise InvalidExperiment(
                f"{self.what}: {self.value:.4g} {self.unit} lies outside its band, {low:.4g} to {high:.4g}."
            )

    @property
    def amount(self) -> str:
        """The value with its unit and band; ``unknown`` if nobody knows it."""
        if self.value is None:
            return "unknown"
        if self.low is None or self.high is None:
            return f"{self._text(self.value)} {self.unit}".strip()
        return f"{self._text(self.value)} {self.unit} ({self._text(self.low)} to {self._text(self.high)})"

    def _text(self, value: float) -> str:
        nearly_all = self.unit == "%" and 99 < value < 100
        return written(math.floor(10 * value) / 10 if nearly_all else value)

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.what}: unknown; {self.source}"
        return f"{self.what}: {self.amount}; {self.provenance}, {self.source}"


def written(value: float) -> str:
    """Write a number with three figures, without an exponent.

    Examples
    --------
    >>> written(2.5312), written(56.0), written(20160.4), written(0.00123), written(1499.6)
    ('2.53', '56', '20,160', '0.00123', '1,500')
    """
    if value == 0 or math.isinf(value):
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
