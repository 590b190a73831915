"""How kernels get into the catalogue of wrong and right ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mig_explorer.emulator.checks import Finding
from mig_explorer.emulator.checks.reachable import reachable_functions
from mig_explorer.emulator.checks.run import find
from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.source import python_function

MARK = "# fault"


@dataclass(frozen=True)
class Planted:
    """A kernel with a launch; `kind` is that of its fault, or "" for a right kernel."""

    kernel: Any
    kind: str
    launch: tuple[Any, ...]
    arguments: tuple[Any, ...]
    also: tuple[str, ...] = ()
    deadline_seconds: float = 60.0

    @property
    def name(self) -> str:
        return str(self.kernel.__name__)

    def copies(self) -> tuple[Any, ...]:
        return tuple(_copy(each) for each in self.arguments)

    def lines(self) -> set[int]:
        """Return the lines that are marked as the fault's."""
        found = set()
        for each in reachable_functions(python_function(self.kernel)):
            lines, first = inspect.getsourcelines(each)
            found |= {first + number for number, text in enumerate(lines) if MARK in text}
        return found

    def findings(self) -> tuple[Finding, ...]:
        function = python_function(self.kernel)
        shape = geometry(self.name, self.launch)
        return find(function, shape, self.copies(), deadline_seconds=self.deadline_seconds)

    def is_found(self, findings: tuple[Finding, ...]) -> bool:
        """Say whether the fault is found in its lines, and nothing else."""
        lines = self.lines()
        hit = any(
            each.kind == self.kind and lines & {int(place.line) for place in each.places} for each in findings
        )
        return hit and {each.kind for each in findings} <= {self.kind, *self.also}


@dataclass
class Catalogue:
    kernels: dict[str, Planted] = field(default_factory=dict)

    def wrong(
        self, kind: str, launch: Any, *arguments: Any, also: tuple[str, ...] = (), deadline: float = 60.0
    ) -> Callable[[Any], Any]:
        """Register a wrong kernel; it may have faults of other kinds too."""

        def register(kernel: Any) -> Any:
            assert kernel.__name__ not in self.kernels
            self.kernels[kernel.__name__] = Planted(kernel, kind, launch, arguments, also, deadline)
            return kernel

        return register

    def right(self, launch: Any, *arguments: Any) -> Callable[[Any], Any]:
        return self.wrong("", launch, *arguments)


def numbers(count: int, dtype: Any = np.float32) -> np.ndarray[Any, Any]:
    """Return numbers that differ from one another."""
    return np.random.default_rng(7).permutation(count).astype(dtype)


def _copy(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_copy(each) for each in value)
    return value.copy() if isinstance(value, np.ndarray) else value
