"""Who is served where on one board and how long requests take there, each worked out once.

A sweep asks the same of many layouts, or of many numbers of tenants; what it asked before is kept.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.service import service
from mig_explorer.model.simulation import Arrangement, Place, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Server, SharingMode
    from mig_explorer.model.service import Service


class Times:
    """Who is served where on one board, and the times of requests there, each worked out once.

    Parameters
    ----------
    gpu : Gpu
        The board.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> board = gpu("GB10")
    >>> times = Times(board)
    >>> (server,) = times.servers(Monolithic(), ("ann",))
    >>> times.on(server, triad()).limited_by
    'memory'
    """

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        # By identity, for a server or a layout is slow to hash; what is kept alive keeps its identity.
        self._servers: dict[tuple[int, tuple[str, ...]], tuple[SharingMode, tuple[Server, ...]]] = {}
        self._kind_of: dict[int, tuple[Server, int]] = {}
        self._kinds: dict[Server, int] = {}
        self._known: dict[tuple[int, int], tuple[Any, Service | DoesNotFit | InvalidWorkload]] = {}

    def servers(self, mode: SharingMode, tenants: tuple[str, ...]) -> tuple[Server, ...]:
        """Return the servers of a sharing mode and which tenants each one serves.

        Raises
        ------
        InvalidExperiment
            If the mode has no seat for a tenant.
        """
        key = (id(mode), tenants)
        if key not in self._servers:
            self._servers[key] = (mode, mode.servers(self.gpu, tenants))
        return self._servers[key][1]

    def kind(self, server: Server) -> int:
        """Return a number that all servers have in common on which a request takes the same time."""
        if id(server) not in self._kind_of:
            alike = replace(
                server, name="", compute=(), memory=(), tenants=(), compute_group="any", memory_group="any"
            )
            self._kind_of[id(server)] = (server, self._kinds.setdefault(alike, len(self._kinds)))
        return self._kind_of[id(server)][1]

    def on(self, server: Server, workload: Any) -> Service:
        """Return the time of a request on a server.

        Raises
        ------
        DoesNotFit, InvalidWorkload
            If it cannot run there.
        """
        key = (id(workload), self.kind(server))
        if key not in self._known:
            try:
                self._known[key] = (workload, service(workload, server, self.gpu))
            except (DoesNotFit, InvalidWorkload) as error:
                self._known[key] = (workload, error)
        found = self._known[key][1]
        if isinstance(found, Exception):
            raise type(found)(str(found))
        return found


def arranged(mode: SharingMode, tenants: Sequence[Tenant], times: Times) -> Arrangement:
    """Return a sharing mode's servers and the tenants' requests as the simulation takes them.

    Every queue is a place. So a server that serves one request of each tenant at a time is as many places as
    it has tenants, and they share its SMs and its memory.

    Raises
    ------
    DoesNotFit, InvalidExperiment, InvalidWorkload
        If a tenant cannot run in the mode.
    """
    servers = times.servers(mode, tuple(tenant.name for tenant in tenants))
    groups: dict[str, int] = {}
    for server in servers:
        for name in (f"compute {server.compute_group}", f"memory {server.memory_group}"):
            groups.setdefault(name, len(groups))
    places: list[Place] = []
    seat: dict[str, tuple[Server, int]] = {}
    for server in servers:
        for queue in server.queues:
            seat |= {name: (server, len(places)) for name in queue.tenants}
            places.append(
                Place(
                    at_once=queue.at_once,
                    compute_group=groups[f"compute {server.compute_group}"],
                    memory_group=groups[f"memory {server.memory_group}"],
                    switching=server.switching,
                )
            )
    sources = []
    for tenant in tenants:
        server, number = seat[tenant.name]
        asked = times.on(server, tenant.workload)
        sources.append(
            Source(
                name=tenant.name,
                place=number,
                service_seconds=asked.seconds,
                compute_seconds=asked.compute_seconds,
                memory_seconds=asked.memory_seconds,
                transfer_seconds=asked.transfer_seconds,
                compute_share=asked.compute_share,
                memory_share=asked.memory_share,
                arrivals=tenant.sends,
                joins=tenant.joins,
                leaves=math.inf if tenant.leaves is None else tenant.leaves,
            )
        )
    return Arrangement(tuple(places), tuple(sources))


def highest_load(arrangement: Arrangement) -> float:
    """Return how much is asked of the busiest place or of the link, over what it can do.

    A place is taken as if nothing else were in service; the link is that of the whole board. Tenants in a
    closed loop wait for their answers, so they ask for nothing that must be served. From 1 on a queue grows
    for as long as one watches.
    """
    asked, link = [0.0] * len(arrangement.places), 0.0
    for source in arrangement.sources:
        if not isinstance(source.arrivals, ClosedLoop):
            each_second = source.arrivals.expected(0.0, 1.0)
            asked[source.place] += each_second * source.service_seconds
            link += each_second * source.transfer_seconds
    return max(*asked, link)


def unstable(load: float) -> str:
    """Say that a queue grows without end.

    Examples
    --------
    >>> unstable(1.25)
    'unstable: 1.25 times what can be served is asked for, so latency grows with the window'
    """
    return f"unstable: {load:.3g} times what can be served is asked for, so latency grows with the window"


def p50_and_p99(latency: NDArray[np.float64]) -> dict[str, float]:
    """Return two percentiles as `numpy.percentile` does, which takes ten times as long on few values.

    Examples
    --------
    >>> p50_and_p99(np.array([3.0, 1.0, 2.0]))
    {'latency_p50_s': 2.0, 'latency_p99_s': 2.98}
    """
    ordered = np.sort(latency)
    found = {}
    for name, share in (("latency_p50_s", 0.5), ("latency_p99_s", 0.99)):
        place = share * (ordered.size - 1)
        below = int(place)
        above = min(below + 1, ordered.size - 1)
        found[name] = float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))
    return found
