"""How many users a board serves in time: on equal slices, or without MIG in each way there is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.errors import DoesNotFit
from mig_explorer.layouts import Layout
from mig_explorer.model import Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.modes.mps import CLIENTS
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
from mig_explorer.scenarios.batch_queue import service_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Server, Service, SharingMode
    from mig_explorer.scenarios.jobs_of_users import UsersJob

SEED = 7
MOST_USERS = 112
"""More on one board are not looked at."""
ROUNDS = (12, 40)
REQUESTS = 600
"""So many requests of all users are watched, but no fewer and no more rounds of all users than these."""
MIB_OF_GIB = 1024
MPS = "MPS"


@dataclass(frozen=True)
class Seat:
    """One way of seating users on a board: so many equal servers.

    Parameters
    ----------
    title : str
        The layout or the sharing mode.
    servers : int
        How many of them the board has.
    server : Server
        One of them.
    layout : Layout or None
        Of MIG.
    """

    title: str
    servers: int
    server: Server
    layout: Layout | None = None

    def room(self, memory_gib: float) -> int:
        """Return how many users fit if each keeps so much memory on the board.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> [(seat.title, seat.room(9.0)) for seat in seats(gpu("A100-SXM4-40GB"), mig=True)][:3]
        [('7 × 1g.5gb', 0), ('4 × 1g.10gb', 4), ('3 × 2g.10gb', 3)]
        """
        each = math.floor((self.server.slice.memory_mib or 0) / MIB_OF_GIB / memory_gib + 1e-9)
        return min(MOST_USERS, self.servers * each)


def seats(gpu: Gpu, *, mig: bool) -> list[Seat]:
    """Return the ways of seating users who are alike: equal slices of each size, or the whole board.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [seat.title for seat in seats(gpu("GB10"), mig=False)]
    ['one after another', 'time slicing', 'MPS']
    """
    if not mig:
        modes: dict[str, SharingMode] = {
            "one after another": Monolithic(),
            "time slicing": TimeSlicing(),
            MPS: Mps(),
        }
        return [Seat(title, 1, mode.servers(gpu, ["user"])[0]) for title, mode in modes.items()]
    found = []
    for profile in (each for each in gpu.profiles.values() if not each.attributes):
        (server,) = Mig(Layout(gpu).place(profile.name)).servers(gpu, ["user"])
        layout = _equal(gpu, profile.name, profile.max_instances)
        found.append(Seat(layout.title, len(layout.instances), server, layout))
    return found


class BoardOfUsers:
    """One board and one job; what was found is kept.

    Parameters
    ----------
    gpu : Gpu
        The board.
    job : UsersJob
        What each request of each user runs.
    think_seconds : float
        Mean time between an answer and the user's next request.
    end : str
        ``"seconds"``, or an end of the model's band.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.scenarios.jobs_of_users import JOBS_OF_USERS
    >>> board = BoardOfUsers(gpu("A100-SXM4-40GB"), JOBS_OF_USERS["streaming"], think_seconds=1.0)
    >>> whole, *_ = seats(board.gpu, mig=False)
    >>> board.p99(whole, 1) < board.p99(whole, 4)
    True
    """

    def __init__(self, gpu: Gpu, job: UsersJob, think_seconds: float, end: str = "seconds") -> None:
        self.gpu, self.job, self.think, self.end = gpu, job, think_seconds, end
        self._services: dict[str, Service | None] = {}
        self._figures: dict[tuple[str, int], tuple[float, float]] = {}
        self._in_time: dict[tuple[str, float], int] = {}

    def service(self, seat: Seat) -> Service | None:
        """Return what one request asks of a server; None if the job does not fit it."""
        if seat.title not in self._services:
            try:
                found = self.job.on(seat.server, self.gpu)
            except DoesNotFit:
                self._services[seat.title] = None
            else:
                self._services[seat.title] = service_at(found, self.end)
        return self._services[seat.title]

    def p99(self, seat: Seat, users: int) -> float:
        """Return the p99 latency with so many users on the board, in seconds; infinite if it cannot be."""
        return self.figures(seat, users)[0]

    def figures(self, seat: Seat, users: int) -> tuple[float, float]:
        """Return the p99 latency of the fullest server, and the answers a second of all users."""
        here = math.ceil(users / seat.servers)
        key = (seat.title, here)
        if key not in self._figures:
            self._figures[key] = self._simulated(seat, here)
        p99, each = self._figures[key]
        return p99, each * users

    def most_in_time(self, seat: Seat, latency_seconds: float) -> int:
        """Return how many users have a p99 within the latency, whatever memory they need."""
        key = (seat.title, latency_seconds)
        if key not in self._in_time:
            service = self.service(seat)
            if service is None:
                return 0
            # Users who all ask at once wait for all before them: no more than this can be in time.
            ceiling = (latency_seconds + self.think) / service.seconds * (1 / _least_share(service)) + 2
            low, high = 0, min(math.ceil(MOST_USERS / seat.servers), math.ceil(ceiling))
            if seat.title == MPS:
                high = min(high, CLIENTS)
            middle = high  # where memory is what runs short, all of them are in time
            while low < high:
                if self.p99(seat, middle * seat.servers) <= latency_seconds:
                    low = middle
                else:
                    high = middle - 1
                middle = (low + high + 1) // 2
            self._in_time[key] = min(MOST_USERS, low * seat.servers)
        return self._in_time[key]

    def most_users(
        self, among: Sequence[Seat], latency_seconds: float, memory_gib: float, *, isolated: bool = False
    ) -> tuple[int, Seat]:
        """Return how many users the board serves in time, and the way that does; 0 if it serves none.

        Parameters
        ----------
        among : sequence of Seat
            Ways that may be taken.
        latency_seconds : float
            What the p99 must be within.
        memory_gib : float
            What each user keeps on the board; no less than what the job takes is counted.
        isolated : bool
            Whether each must have a server to itself.
        """
        need = max(memory_gib, self.job.memory_gib)
        found = []
        for seat in among:
            most = min(seat.room(need), self.most_in_time(seat, latency_seconds))
            found.append((min(most, seat.servers) if isolated else most, seat))
        return max(found, key=lambda each: each[0])

    def soonest(self, among: Sequence[Seat], users: int, memory_gib: float) -> tuple[Seat | None, float]:
        """Return the way with the lowest p99 that has room for so many users, and the p99."""
        need = max(memory_gib, self.job.memory_gib)
        fitting = [
            seat
            for seat in among
            if seat.room(need) >= users
            and self.service(seat) is not None
            and (seat.title != MPS or users <= CLIENTS)
        ]
        if not fitting:
            return None, math.nan
        best = min(fitting, key=lambda seat: self.p99(seat, users))
        return best, self.p99(best, users)

    def _simulated(self, seat: Seat, users: int) -> tuple[float, float]:
        asked = self.service(seat)
        if asked is None:
            return math.inf, 0.0
        side_by_side = seat.server.at_once == 0
        place = Place(seat.server.at_once or 1, 0, 0, switching=seat.server.switching)
        places = (place,) * (users if side_by_side else 1)
        sources = tuple(
            Source(
                name=f"user {number + 1}",
                place=number if side_by_side else 0,
                service_seconds=asked.seconds,
                compute_seconds=asked.compute_seconds,
                memory_seconds=asked.memory_seconds,
                compute_share=asked.compute_share,
                memory_share=asked.memory_share,
                arrivals=ClosedLoop(self.think),
            )
            for number in range(users)
        )
        least, most = ROUNDS
        seconds = min(most, max(least, REQUESTS / users)) * (self.think + users * asked.seconds)
        served = simulate_arrangement(Arrangement(places, sources), seconds, SEED, threads=1)
        latency = np.asarray(served.latency)
        return float(np.percentile(latency, 99)), latency.size / seconds / users


def _least_share(service: Service) -> float:
    return min(1.0, max(service.compute_share, service.memory_share, 1e-3))


def _equal(gpu: Gpu, profile: str, count: int) -> Layout:
    layout = Layout(gpu)
    for _ in range(count):
        layout = layout.place(profile)
    return layout
