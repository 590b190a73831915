"""What a class may turn in a scenario: a number in a range, or one of some choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mig_explorer.errors import InvalidExperiment, nearest_names


@dataclass(frozen=True)
class Number:
    """A number in a range.

    Parameters
    ----------
    name, label
        What code calls it, and what a page does.
    low, high, default, step
        The range, both ends included; whole numbers only if all four are.
    unit
        ``"requests/s"``; empty for a count.

    Examples
    --------
    >>> jobs = Number("jobs", "Small jobs", 1, 14, 7)
    >>> jobs.checked(5)
    5
    >>> jobs.checked(20)
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidExperiment: jobs is a whole number from 1 to 14, not 20. For example 7.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    step: float = 1
    unit: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return all(isinstance(each, int) for each in (self.low, self.high, self.default, self.step))

    def checked(self, value: Any) -> float:
        """Return the value if it is in range.

        Raises
        ------
        InvalidExperiment
            If it is not.
        """
        kinds = int if self.is_whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.low <= value <= self.high:
            kind = "a whole number" if self.is_whole else "a number"
            unit = f" {self.unit}" if self.unit else ""
            raise InvalidExperiment(
                f"{self.name} is {kind} from {self.low:g} to {self.high:g}{unit}, not {value!r:.40}. "
                f"For example {self.default:g}."
            )
        return value


@dataclass(frozen=True)
class Choice:
    """One of some names.

    Parameters
    ----------
    name, label
        What code calls it, and what a page does.
    options
        The names, in the order that a page shows them.
    default
        One of them.

    Examples
    --------
    >>> Choice("gpu", "GPU", ("A100-SXM4-40GB", "A30"), "A30").checked("A3")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidExperiment: gpu is A100-SXM4-40GB or A30, not 'A3'. Nearest: A30.
    """

    name: str
    label: str
    options: tuple[str, ...]
    default: str

    def checked(self, value: Any) -> str:
        """Return the value if it is one of the options.

        Raises
        ------
        InvalidExperiment
            If it is not.
        """
        if value not in self.options:
            either = f"{', '.join(self.options[:-1])} or {self.options[-1]}"
            raise InvalidExperiment(
                f"{self.name} is {either}, not {value!r:.40}. {nearest_names(str(value), self.options)}"
            )
        return str(value)


Control = Number | Choice
