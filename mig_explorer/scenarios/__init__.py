"""Claims about sharing a GPU with MIG, each an experiment with a verdict, which may be "it depends" or "no".

To add one, add a file: a module with a `Scenario` of its own name is found by `every` and is an attribute of
this package.

Examples
--------
>>> from mig_explorer import scenarios
>>> scenarios.utilisation(jobs=7).verdict.answer
'yes'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.prose import Prose, listed
from mig_explorer.scenarios.registry import every, named
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.verdict import ClaimVerdict

# A submodule's name would otherwise stand for the module rather than for its scenario.
globals().update(every())

__all__ = [
    "Choice",
    "ClaimVerdict",
    "Figure",
    "Number",
    "Outcome",
    "Prose",
    "Scenario",
    "every",
    "listed",
    "named",
]


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Tell type checkers that the scenarios found above are attributes."""


def __dir__() -> list[str]:
    return sorted({*__all__, *every()})
