"""What an experiment is going to do: who is served where, and how long a request takes there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mig_explorer.errors import DoesNotFit
from mig_explorer.model import Mig, Monolithic, Server, SharingMode
from mig_explorer.model.service import Service, check_together, service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.layout_change import LayoutChange
    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.gpus import Gpu

    Timed = dict[tuple[int, Server], Service]


@dataclass(frozen=True)
class PlannedLayout:
    """The servers that stand from one moment on, with the time of each tenant's requests.

    Parameters
    ----------
    servers : tuple of Server
        One without tenants stands idle.
    services : mapping of str to Service
        By tenant.
    change : LayoutChange or None
        What brought them; None for those that stand from the start.
    cost : mapping of str to float
        The seconds that the change takes once the requests in service are done, part by part.
    """

    servers: tuple[Server, ...]
    services: Mapping[str, Service]
    change: LayoutChange | None = None
    cost: Mapping[str, float] = field(default_factory=dict)

    @property
    def outage_seconds(self) -> float:
        """Seconds in which nobody is served, beside the end of the requests in service."""
        return math.fsum(self.cost.values())


@dataclass(frozen=True)
class PlannedMode:
    """One sharing mode with its servers and the time of each tenant's requests.

    Parameters
    ----------
    mode : SharingMode
        The mode.
    layouts : tuple of PlannedLayout
        One, and another for each change of the layout.
    """

    mode: SharingMode
    layouts: tuple[PlannedLayout, ...]

    @property
    def servers(self) -> tuple[Server, ...]:
        """Those that stand at the start."""
        return self.layouts[0].servers

    @property
    def services(self) -> Mapping[str, Service]:
        """The times at the start, by tenant."""
        return self.layouts[0].services

    @cached_property
    def station(self) -> Mapping[str, int]:
        """The number of each tenant's server at the start."""
        return {name: number for number, server in enumerate(self.servers) for name in server.tenants}


def plan(
    gpu: Gpu,
    tenants: Sequence[Tenant],
    modes: Sequence[SharingMode],
    changes: Sequence[LayoutChange] = (),
) -> tuple[PlannedMode, ...]:
    """Return every mode with its servers and times.

    Raises
    ------
    DoesNotFit
        If a workload does not fit the slice its tenant is given.
    InvalidExperiment
        If a layout is of another board, or a mode has no seat for a tenant.
    InvalidWorkload
        If the record of the board does not know what the model needs of a slice.

    Examples
    --------
    >>> from mig_explorer.experiments import tenants
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import triad
    >>> (planned,) = plan(gpu("GB10"), tenants(triad(elements=2**26), 2), [Monolithic()])
    >>> planned.servers[0].tenants, planned.services["tenant 1"].limited_by
    (('tenant 1', 'tenant 2'), 'memory')
    """
    timed: Timed = {}
    return tuple(_planned(gpu, tenants, mode, changes, timed) for mode in modes)


def alone(gpu: Gpu, tenants: Sequence[Tenant]) -> Mapping[str, Service]:
    """Return the time of each tenant's requests alone on the whole board without MIG.

    Raises
    ------
    DoesNotFit
        If a workload does not even fit the board.
    InvalidWorkload
        If the record of the board does not know what the model needs of it.
    """
    (server,) = Monolithic().servers(gpu, [])
    timed: Timed = {}
    return {tenant.name: _timed(tenant, server, gpu, timed) for tenant in tenants}


def _planned(
    gpu: Gpu,
    tenants: Sequence[Tenant],
    first: SharingMode,
    changes: Sequence[LayoutChange],
    timed: Timed,
) -> PlannedMode:
    layouts = [_layout(gpu, tenants, first, timed)]
    if isinstance(first, Mig):
        standing = first.layout
        for change in changes:
            later = _layout(gpu, tenants, Mig(change.layout, first.inside), timed)
            layouts.append(replace(later, change=change, cost=change.cost(standing)))
            standing = change.layout
    return PlannedMode(first, tuple(layouts))


def _layout(gpu: Gpu, tenants: Sequence[Tenant], mode: SharingMode, timed: Timed) -> PlannedLayout:
    servers = mode.servers(gpu, [tenant.name for tenant in tenants])
    place = {name: server for server in servers for name in server.tenants}
    services: dict[str, Service] = {}
    for tenant in tenants:
        server = place[tenant.name]
        try:
            services[tenant.name] = _timed(tenant, server, gpu, timed)
        except DoesNotFit as error:
            message = f"{tenant.name} cannot run on {server.name} in {mode.title}: {error}"
            raise DoesNotFit(message) from None
    try:
        check_together(servers, {tenant.name: tenant.workload for tenant in tenants}, gpu)
    except DoesNotFit as error:
        message = f"{mode.title} does not go: {error}"
        raise DoesNotFit(message) from None
    return PlannedLayout(servers, services)


def _timed(tenant: Tenant, server: Server, gpu: Gpu, timed: Timed) -> Service:
    """Return the time of a request; on equal slices the same work takes the same time, worked out once."""
    equal = replace(
        server, name="", compute=(), memory=(), tenants=(), compute_group="any", memory_group="any"
    )
    key = (id(tenant.workload), equal)
    if key not in timed:
        timed[key] = service(tenant.workload, server, gpu)
    return timed[key]
