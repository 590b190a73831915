"""Tenants: who uses the GPU, with what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment

if TYPE_CHECKING:
    from mig_explorer.workloads import Workload


@dataclass(frozen=True)
class Tenant:
    """One user of the GPU, in a closed loop: think, send a request, wait for the answer, think again.

    Parameters
    ----------
    name : str
        Who it is; no two tenants of an experiment share a name.
    workload : Workload
        What one request runs.
    think_seconds : float
        Mean of the exponential think time between requests; 0 sends the next one at once.

    Raises
    ------
    InvalidExperiment
        If the name is empty or the think time is not a finite number of 0 or more.

    Examples
    --------
    >>> from mig_explorer.workloads import triad
    >>> Tenant("ann", triad(elements=2**20), think_seconds=0.01).name
    'ann'
    """

    name: str
    workload: Workload
    think_seconds: float = 0.0

    def __post_init__(self) -> None:
        from mig_explorer.workloads import Workload  # noqa: PLC0415 - brings numba

        name: object = self.name
        work: object = self.workload
        think: object = self.think_seconds
        if not isinstance(name, str) or not name.strip():
            message = f"A tenant's name must be a text of at least one letter, not {name!r}."
            raise InvalidExperiment(message)
        if not isinstance(work, Workload):
            message = f"{name} needs a workload, not {work!r}. For example workloads.triad(elements=2**26)."
            raise InvalidExperiment(message)
        number = isinstance(think, int | float) and not isinstance(think, bool) and math.isfinite(think)
        if not number or think < 0:  # type: ignore[operator]
            message = (
                f"The think time of {name} must be a finite number of seconds, 0 or more, not {think!r}. "
                f"For example 0.01."
            )
            raise InvalidExperiment(message)


def tenants(workload: Workload, count: int, think_seconds: float = 0.0) -> tuple[Tenant, ...]:
    """Return tenants that all run the same workload, named ``"tenant 1"``, ``"tenant 2"``, ….

    Parameters
    ----------
    workload : Workload
        What each of their requests runs.
    count : int
        How many tenants, 1 or more.
    think_seconds : float
        Mean of the exponential think time between requests.

    Raises
    ------
    InvalidExperiment
        If the count is not a whole number of 1 or more, or the think time is not valid.

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
    return tuple(Tenant(f"tenant {number}", workload, think_seconds) for number in range(1, count + 1))
