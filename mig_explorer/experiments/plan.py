"""What an experiment is going to do: who is served where, how long a request takes, how long to watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import DoesNotFit, InvalidExperiment
from mig_explorer.model import Customer, Server, SharingMode, StepTime, simulate, step_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Request

REQUESTS_WANTED = 40
"""Requests of the slowest tenant in the default window: p50 and p95 then rest on some dozens of requests, a
throughput is off by one request in forty at most, and a chart of them stays readable."""

USUAL_MOST_REQUESTS = 20_000
"""The default window is made shorter where it would hold more requests than this, over all modes."""

MOST_REQUESTS = 200_000
"""No trace holds more: it would be some 30 MB."""

FEWEST_CYCLES = 3


@dataclass(frozen=True)
class PlannedMode:
    """One sharing mode with its servers and the step time of each tenant.

    Parameters
    ----------
    mode : SharingMode
        The mode.
    servers : tuple of Server
        Its servers; one without tenants stands idle.
    customers : tuple of Customer
        The tenants in their order, each with its server's number and its step time.
    steps : mapping of str to StepTime
        By tenant.
    """

    mode: SharingMode
    servers: tuple[Server, ...]
    customers: tuple[Customer, ...]
    steps: Mapping[str, StepTime]

    @property
    def slowest_cycle(self) -> float:
        """Seconds from one request of a tenant to its next, alone or in a full queue: the longest."""
        alone = max(each.think_seconds + each.service_seconds for each in self.customers)
        return max(alone, self.shortest_window)

    @property
    def shortest_window(self) -> float:
        """Seconds in which every tenant that does not think gets an answer."""
        return max(self._round(each) for each in self.customers)

    @property
    def most_requests_per_second(self) -> float:
        """A bound on the requests that can finish in a second."""
        alone = sum(1 / (each.think_seconds + each.service_seconds) for each in self.customers)
        fastest = {
            station: min(each.service_seconds for each in self.customers if each.station == station)
            for station in {each.station for each in self.customers}
        }
        return min(alone, sum(1 / service for service in fastest.values()))

    def requests(self, seconds: float, seed: int) -> tuple[Request, ...]:
        """Simulate the mode over a window."""
        return simulate(self.customers, seconds, seed)

    def _round(self, customer: Customer) -> float:
        return sum(each.service_seconds for each in self.customers if each.station == customer.station)


def plan(gpu: Gpu, tenants: Sequence[Tenant], modes: Sequence[SharingMode]) -> tuple[PlannedMode, ...]:
    """Return every mode with its servers and step times.

    Raises
    ------
    DoesNotFit
        If a workload does not fit the slice its tenant is given.
    InvalidExperiment
        If a layout is of another board.
    InvalidWorkload
        If the record of the board does not know what the model needs of a slice, or of the whole board, which
        every tenant's time is compared with.

    Examples
    --------
    >>> from mig_explorer.experiments import tenants
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> (planned,) = plan(gpu("GB10"), tenants(triad(elements=2**26), 2), [Monolithic()])
    >>> planned.servers[0].tenants, planned.steps["tenant 1"].limited_by
    (('tenant 1', 'tenant 2'), 'memory')
    """
    planned = tuple(_planned(gpu, tenants, mode) for mode in modes)
    for tenant in tenants:
        step_time(tenant.workload, gpu.whole, gpu)
    return planned


def _planned(gpu: Gpu, tenants: Sequence[Tenant], mode: SharingMode) -> PlannedMode:
    servers = mode.servers(gpu, [tenant.name for tenant in tenants])
    station = {name: number for number, server in enumerate(servers) for name in server.tenants}
    steps: dict[str, StepTime] = {}
    for tenant in tenants:
        server = servers[station[tenant.name]]
        try:
            steps[tenant.name] = step_time(tenant.workload, server.slice, gpu)
        except DoesNotFit as error:
            message = f"{tenant.name} cannot run on {server.name} in {mode.title}: {error}"
            raise DoesNotFit(message) from None
    customers = tuple(
        Customer(tenant.name, station[tenant.name], steps[tenant.name].seconds, tenant.think_seconds)
        for tenant in tenants
    )
    return PlannedMode(mode, servers, customers, steps)


def window(planned: Sequence[PlannedMode], seconds: float | None) -> tuple[float, str]:
    """Return the length of the window in seconds, and why it is that long.

    Raises
    ------
    InvalidExperiment
        If no request could finish in it, or far too many would.
    """
    rate = sum(each.most_requests_per_second for each in planned)
    slowest = max(each.slowest_cycle for each in planned)
    shortest = max(each.shortest_window for each in planned)
    if seconds is None:
        wanted = REQUESTS_WANTED * slowest
        seconds = min(wanted, max(FEWEST_CYCLES * slowest, USUAL_MOST_REQUESTS / rate))
        why = f"default: {seconds / slowest:.0f} requests of the slowest tenant in the slowest mode"
        seconds *= 1 + 1e-9  # so that rounding does not push the last of them out of the window
    else:
        why = "given"
    if seconds < shortest:
        message = (
            f"seconds={seconds:g} is too short: one round of requests takes {shortest:.3g} s in the slowest "
            f"mode, so not every tenant would be served once. Leave seconds out, or give at least "
            f"{1.01 * shortest:.3g}."
        )
        raise InvalidExperiment(message)
    if seconds * rate > MOST_REQUESTS:
        message = (
            f"A window of {seconds:.3g} s could hold {seconds * rate:,.0f} requests, and a trace holds "
            f"at most {MOST_REQUESTS:,}. Give seconds={0.99 * MOST_REQUESTS / rate:.2g} or less, or "
            f"tenants whose requests take more alike."
        )
        raise InvalidExperiment(message)
    return seconds, why
