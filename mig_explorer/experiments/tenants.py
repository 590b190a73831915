"""Tenants: who uses the GPU, with what, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment

if TYPE_CHECKING:
    from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson, Replay
    from mig_explorer.model.measured import MeasuredWorkload
    from mig_explorer.workloads import Workload

    Arrivals = ClosedLoop | Poisson | Bursty | Replay

ARRIVALS = ("ClosedLoop", "Poisson", "Bursty", "Replay")
"""The ways in which requests arrive; see `mig_explorer.model.arrivals`."""


@dataclass(frozen=True)
class Tenant:
    """One user of the GPU: what one request runs, and how the requests arrive.

    Parameters
    ----------
    name : str
        Who it is; no two tenants of an experiment share a name.
    workload : Workload or MeasuredWorkload
        What one request runs. A `MeasuredWorkload` has no kernel, so none is run for it.
    think_seconds : float
        Without `arrivals`, a closed loop: send a request, wait for the answer, think, send the next. This is
        the mean of the exponential think time; 0 sends the next one at once.
    arrivals : ClosedLoop, Poisson, Bursty or Replay, optional
        How requests arrive instead. All but the closed loop send whether or not the last one was answered.
    deadline_seconds : float, optional
        An answer within so many seconds is in time: the table says which share of the requests was.
    joins : float
        Modelled seconds from the start of the window to the tenant's first request at the earliest.
    leaves : float, optional
        When it stops sending. What it has sent by then is served.

    Raises
    ------
    InvalidExperiment
        If the name is empty, a number is not one of those that are allowed, or both a think time and
        arrivals are given.

    Examples
    --------
    >>> from mig_explorer.model.arrivals import Poisson
    >>> from mig_explorer.workloads import triad
    >>> ann = Tenant("ann", triad(elements=2**20), think_seconds=0.01)
    >>> ann.sends
    ClosedLoop(think_seconds=0.01)
    >>> bob = Tenant("bob", triad(elements=2**20), arrivals=Poisson(100.0), deadline_seconds=0.05)
    >>> bob.sends
    Poisson(rate_per_s=100.0)
    """

    name: str
    workload: Workload | MeasuredWorkload
    think_seconds: float = 0.0
    arrivals: Arrivals | None = None
    deadline_seconds: float | None = None
    joins: float = 0.0
    leaves: float | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_workload(self.name, self.workload)
        if not _number(self.think_seconds) or self.think_seconds < 0:
            message = (
                f"The think time of {self.name} must be a finite number of seconds, 0 or more, not "
                f"{self.think_seconds!r}. For example 0.01."
            )
            raise InvalidExperiment(message)
        self._check_arrivals()
        if self.deadline_seconds is not None and not (
            _number(self.deadline_seconds) and self.deadline_seconds > 0
        ):
            message = (
                f"The deadline of {self.name} must be a finite number of seconds greater than 0, not "
                f"{self.deadline_seconds!r}. For example 0.1, or leave it out."
            )
            raise InvalidExperiment(message)
        self._check_stay()

    @property
    def sends(self) -> Arrivals:
        """How its requests arrive: `arrivals`, or a closed loop with its think time."""
        from mig_explorer.model.arrivals import ClosedLoop  # noqa: PLC0415

        return ClosedLoop(float(self.think_seconds)) if self.arrivals is None else self.arrivals

    @property
    def has_kernel(self) -> bool:
        """Whether there is a kernel to run; a measured workload has none."""
        return hasattr(self.workload, "kernel")

    def _check_arrivals(self) -> None:
        from mig_explorer.model import arrivals as ways  # noqa: PLC0415

        if self.arrivals is None:
            return
        if not isinstance(self.arrivals, tuple(getattr(ways, name) for name in ARRIVALS)):
            message = (
                f"{self.name} cannot send by {self.arrivals!r}. Requests arrive by "
                f"{', '.join(ARRIVALS[:-1])} or {ARRIVALS[-1]}. For example arrivals=Poisson(100.0)."
            )
            raise InvalidExperiment(message)
        if self.think_seconds:
            message = (
                f"{self.name} has both think_seconds={self.think_seconds!r} and arrivals. Give one of them: "
                f"arrivals=ClosedLoop({self.think_seconds!r}) is the same as the think time."
            )
            raise InvalidExperiment(message)

    def _check_stay(self) -> None:
        if not _number(self.joins) or self.joins < 0:
            message = (
                f"{self.name} must join at a finite number of seconds, 0 or more, not {self.joins!r}. "
                f"For example joins=2.0, or leave it out."
            )
            raise InvalidExperiment(message)
        if self.leaves is not None and not (_number(self.leaves) and self.leaves > self.joins):
            message = (
                f"{self.name} joins at {self.joins:g} s and must leave after that, at a finite number of "
                f"seconds, not {self.leaves!r}. Leave it out, and the tenant stays."
            )
            raise InvalidExperiment(message)


def tenants(  # noqa: PLR0913 - what they have in common is all that a tenant has
    workload: Workload | MeasuredWorkload,
    count: int,
    think_seconds: float = 0.0,
    *,
    arrivals: Arrivals | None = None,
    deadline_seconds: float | None = None,
    joins: float = 0.0,
    leaves: float | None = None,
) -> tuple[Tenant, ...]:
    """Return tenants that all run the same workload, named ``"tenant 1"``, ``"tenant 2"``, ….

    Parameters
    ----------
    workload : Workload or MeasuredWorkload
        What each of their requests runs.
    count : int
        How many tenants, 1 or more.
    think_seconds, arrivals, deadline_seconds, joins, leaves
        Of each of them; see `Tenant`. Each draws its own times, so that Poisson arrivals differ.

    Raises
    ------
    InvalidExperiment
        If the count is not a whole number of 1 or more, or what they have in common is not valid.

    Examples
    --------
    >>> from mig_explorer.workloads import triad
    >>> [tenant.name for tenant in tenants(triad(elements=2**20), 2)]
    ['tenant 1', 'tenant 2']
    """
    given: object = count
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        message = f"tenants() needs a whole number of tenants, 1 or more, not {count!r}. For example 7."
        raise InvalidExperiment(message)
    return tuple(
        Tenant(f"tenant {number}", workload, think_seconds, arrivals, deadline_seconds, joins, leaves)
        for number in range(1, count + 1)
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        message = f"A tenant's name must be a text of at least one letter, not {name!r}."
        raise InvalidExperiment(message)


def _check_workload(name: str, work: object) -> None:
    from mig_explorer.model.measured import MeasuredWorkload  # noqa: PLC0415
    from mig_explorer.workloads import Workload  # noqa: PLC0415 - brings numba

    if not isinstance(work, Workload | MeasuredWorkload):
        message = f"{name} needs a workload, not {work!r}. For example workloads.triad(elements=2**26)."
        raise InvalidExperiment(message)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
