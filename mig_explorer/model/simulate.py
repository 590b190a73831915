"""Tenants who queue at servers, simulated event by event."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Customer:
    """One tenant of the simulation: it thinks, sends a request, waits for the answer, and thinks again.

    Parameters
    ----------
    name : str
        Who it is.
    station : int
        Number of the server it queues at.
    service_seconds : float
        Time of one of its requests on that server.
    think_seconds : float
        Mean of the exponential think time between an answer and the next request; 0 for no pause.
    """

    name: str
    station: int
    service_seconds: float
    think_seconds: float = 0.0


class Request(NamedTuple):
    """One request that was served. Times are modelled seconds from the start.

    Parameters
    ----------
    customer : int
        Number of the customer in the sequence given to `simulate`.
    station : int
        Number of the server.
    arrived, started, finished : float
        When it was sent, when the server took it up, when the answer was there.
    """

    customer: int
    station: int
    arrived: float
    started: float
    finished: float


def simulate(
    customers: Sequence[Customer],
    seconds: float,
    seed: int,
    service: Literal["deterministic", "exponential"] = "deterministic",
) -> tuple[Request, ...]:
    """Simulate closed-loop customers at first-come-first-served servers.

    Every customer draws its think times from a stream of its own, spawned from the seed by its place in the
    sequence. So the same tenant thinks the same in every sharing mode, and whoever joins after it.

    Parameters
    ----------
    customers : sequence of Customer
        Each sends at most one request at a time.
    seconds : float
        Length of the window. Requests not finished by then are not returned.
    seed : int
        Same seed, same requests.
    service : {"deterministic", "exponential"}
        Whether a request takes exactly its service time or an exponential time with that mean.

    Returns
    -------
    tuple of Request
        In the order they finished.

    Examples
    --------
    >>> two = [Customer("ann", 0, 1.0), Customer("bob", 0, 1.0)]
    >>> for request in simulate(two, seconds=3.0, seed=7):
    ...     print(two[request.customer].name, request.arrived, request.started, request.finished)
    ann 0.0 0.0 1.0
    bob 0.0 1.0 2.0
    ann 1.0 2.0 3.0
    """
    seeds = np.random.SeedSequence(seed).spawn(len(customers))
    streams = [np.random.default_rng(each).exponential for each in seeds]
    queues: dict[int, deque[tuple[int, float]]] = {each.station: deque() for each in customers}
    in_service: dict[int, tuple[int, float, float]] = {}
    events: list[tuple[float, int, bool, int]] = []
    served: list[Request] = []
    scheduled = 0

    def schedule(time: float, is_arrival: bool, who: int) -> None:
        nonlocal scheduled
        heapq.heappush(events, (time, scheduled, is_arrival, who))
        scheduled += 1

    def send_after_thinking(who: int, now: float) -> None:
        mean = customers[who].think_seconds
        schedule(now + streams[who](mean) if mean > 0 else now, True, who)

    def start_next(station: int, now: float) -> None:
        if station in in_service or not queues[station]:
            return
        who, arrived = queues[station].popleft()
        in_service[station] = (who, arrived, now)
        duration = customers[who].service_seconds
        schedule(now + (streams[who](duration) if service == "exponential" else duration), False, who)

    for who in range(len(customers)):
        send_after_thinking(who, 0.0)
    while events and events[0][0] <= seconds:
        now, _, is_arrival, who = heapq.heappop(events)
        station = customers[who].station
        if is_arrival:
            queues[station].append((who, now))
        else:
            _, arrived, started = in_service.pop(station)
            served.append(Request(who, station, arrived, started, now))
            send_after_thinking(who, now)
        start_next(station, now)
    return tuple(served)
