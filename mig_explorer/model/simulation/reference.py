"""The simulation in plain Python, to be read; `simulate_arrangement` must equal it event for event.

Of everything that happens at one moment, changes come first, then finishes, arrivals and starts; of several
finishes or arrivals those of lower sources first, of several starts whoever arrived first.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.contention import (
    ENOUGH,
    Drawing,
    Load,
    Sending,
    excess,
    link_load,
    memory_load,
    stretched_seconds,
)
from mig_explorer.model.simulation.description import check_run
from mig_explorer.model.simulation.randomness import Streams, sent_times
from mig_explorer.model.simulation.served import COLUMNS, Pause, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mig_explorer.model.simulation.description import Arrangement, Change, Place


class Waiting(NamedTuple):
    """A request in a queue; queues are in this order."""

    arrived: float
    source: int
    number: int


class InService(NamedTuple):
    """A request that has been taken up; it is finished when its source's progress reaches `target`."""

    target: float
    request: Waiting
    started: float


@dataclass
class Progress:
    """How far the requests of one source have got: all in service at one moment progress at one rate.

    `done` counts seconds of undisturbed service since the source was last idle.
    """

    done: float = 0.0
    since: float = 0.0
    stretch: float = 1.0
    requests: list[InService] = field(default_factory=list)

    def at(self, now: float) -> float:
        """Return what `done` has grown to."""
        return self.done + (now - self.since) / self.stretch

    def restart(self, now: float, done: float, stretch: float) -> None:
        """Progress at another rate from now on."""
        self.done, self.since, self.stretch = done, now, stretch

    @property
    def next_finish(self) -> float:
        """When the next request is finished if nothing changes."""
        if not self.requests:
            return math.inf
        return self.since + max(0.0, self.requests[0].target - self.done) * self.stretch


def simulate_reference(
    arrangement: Arrangement, seconds: float, seed: int, changes: Sequence[Change] = ()
) -> Served:
    """Simulate as `simulate_arrangement` does, some hundred times slower.

    Examples
    --------
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source
    >>> two = Arrangement((Place(),), (Source("ann", 0, 1.0), Source("bob", 0, 1.0)))
    >>> served = simulate_reference(two, seconds=3.0, seed=7)
    >>> served.source, served.arrived, served.finished
    (array([0, 1, 0], dtype=int32), array([0., 0., 1.]), array([1., 2., 3.]))
    """
    check_run(arrangement, seconds, tuple(changes))
    run = _Run(arrangement, seconds, seed, list(changes))
    run.run()
    return run.served()


class _Run:
    def __init__(self, arrangement: Arrangement, seconds: float, seed: int, changes: list[Change]) -> None:
        self.arrangement, self.seconds, self.changes = arrangement, seconds, changes
        self.now = 0.0
        self.under_way: Change | None = None
        self.opens = math.inf
        self.queues: list[list[Waiting]] = [[] for _ in arrangement.places]
        self.progress = [Progress() for _ in arrangement.sources]
        self.sent = [0] * len(arrangement.sources)
        self.answered: list[tuple[int, int, float, float, float]] = []
        self.pauses: list[Pause] = []
        self.draws = [Streams(seed, number) for number in range(len(arrangement.sources))]
        self.works: list[list[float]] = [[] for _ in arrangement.sources]
        self.upcoming: list[tuple[float, int]] = []
        for number, source in enumerate(arrangement.sources):
            if source.closed:
                self.send_after_thinking(number, source.joins)
            else:
                times = sent_times(source, self.draws[number], seconds)
                self.upcoming += [(time, number) for time in times.tolist()]
        heapq.heapify(self.upcoming)

    def run(self) -> None:
        """Do what comes next, until the run is over."""
        while True:
            moment, act = self.next_event()
            if moment > self.seconds:
                return
            self.now = moment
            act()

    def next_event(self) -> tuple[float, Callable[[], None]]:
        finish = min(each.next_finish for each in self.progress)
        arrival = self.upcoming[0][0] if self.upcoming else math.inf
        if self.changes and not self.under_way:
            due = max(self.now, self.changes[0].at_seconds)
            if due <= min(finish, arrival, self.next_start()):
                return due, self.begin_change
        if self.under_way and self.opens == math.inf and finish == math.inf:
            return self.now, partial(self.shut, self.under_way)
        if self.under_way and self.opens <= min(finish, arrival):
            return self.opens, partial(self.open_places, self.under_way)
        if finish <= min(arrival, self.next_start()):
            return finish, self.finish
        if arrival <= self.next_start():
            return arrival, self.arrive
        return self.next_start(), self.start

    def next_start(self) -> float:
        return self.now if self.under_way is None and self.ready() else math.inf

    def ready(self) -> list[Waiting]:
        """Return the first of each queue whose place has room."""
        return [
            queue[0]
            for number, (place, queue) in enumerate(zip(self.arrangement.places, self.queues, strict=True))
            if queue and (place.at_once == 0 or self.occupied(number) < place.at_once)
        ]

    def occupied(self, place: int) -> int:
        sources = self.arrangement.sources
        return sum(len(self.progress[n].requests) for n in range(len(sources)) if sources[n].place == place)

    def arrive(self) -> None:
        time, number = heapq.heappop(self.upcoming)
        place = self.arrangement.sources[number].place
        heapq.heappush(self.queues[place], Waiting(time, number, self.sent[number]))
        self.sent[number] += 1

    def start(self) -> None:
        first = min(self.ready())
        source, progress = self.arrangement.sources[first.source], self.progress[first.source]
        heapq.heappop(self.queues[source.place])
        if not progress.requests:
            progress.restart(self.now, 0.0, 1.0)
        target = progress.at(self.now) + self.work(first)
        heapq.heappush(progress.requests, InService(target, first, self.now))
        self.adjust()

    def finish(self) -> None:
        number = min(range(len(self.progress)), key=lambda each: self.progress[each].next_finish)
        progress, source = self.progress[number], self.arrangement.sources[number]
        ended = heapq.heappop(progress.requests)
        progress.restart(self.now, ended.target, progress.stretch)
        self.answered.append((number, source.place, ended.request.arrived, ended.started, self.now))
        self.adjust()
        if source.closed:
            self.send_after_thinking(number, self.now)

    def send_after_thinking(self, number: int, now: float) -> None:
        source = self.arrangement.sources[number]
        mean = source.arrivals.think_seconds if isinstance(source.arrivals, ClosedLoop) else 0.0
        time = now + self.draws[number].arrivals.exponential(mean) if mean > 0 else now
        if time < source.leaves:
            heapq.heappush(self.upcoming, (time, number))

    def work(self, request: Waiting) -> float:
        """Return the time of a request alone: the same in whatever order sources are served."""
        source, works = self.arrangement.sources[request.source], self.works[request.source]
        if source.service == "deterministic":
            return source.service_seconds
        while len(works) <= request.number:
            works.append(self.draws[request.source].services.standard_exponential())
        return source.service_seconds * works[request.number]

    def adjust(self) -> None:
        """Let every request in service progress at the rate that the company it now has allows."""
        for number, progress in enumerate(self.progress):
            if progress.requests:
                stretch = self.stretch(number)
                if stretch != progress.stretch:
                    progress.restart(self.now, progress.at(self.now), stretch)

    def stretch(self, number: int) -> float:
        own = self.arrangement.sources[number]
        load = self.load_on_gpu(number)._replace(transfer=self.link_load(number))
        return stretched_seconds(own.demand, load) / own.service_seconds

    def load_on_gpu(self, number: int) -> Load:
        return Load(self.compute_load(number), self.memory_load(number), 1.0)

    def company(self, number: int, group: Callable[[Place], int | None]) -> list[int]:
        """Return the sources with which one shares SMs, memory or the link, itself among them."""
        places, sources = self.arrangement.places, self.arrangement.sources
        own = group(places[sources[number].place])
        return [
            other
            for other, each in enumerate(sources)
            if each.place == sources[number].place or group(places[each.place]) == own is not None
        ]

    def compute_load(self, number: int) -> float:
        sources, asked, together = self.arrangement.sources, 0.0, 0
        for other in self.company(number, lambda place: place.compute_group):
            asked += len(self.progress[other].requests) * sources[other].compute_share
            together += len(self.progress[other].requests)
        switching = self.arrangement.places[sources[number].place].switching
        return excess(asked) * (1.0 + switching if together > 1 else 1.0)

    def memory_load(self, number: int) -> float:
        asked, drawing = 0.0, []
        for other in self.company(number, lambda place: place.memory_group):
            demand, count = self.arrangement.sources[other].demand, len(self.progress[other].requests)
            asked += count * demand.memory_share
            compute = demand.compute_seconds * self.compute_load(other)
            drawing.append(Drawing(count, compute, demand.memory_seconds, demand.traffic_seconds))
        return memory_load(asked, drawing)

    def link_load(self, number: int) -> float:
        sources, company = self.arrangement.sources, self.company(number, lambda each: each.transfer_group)
        asked = 0.0
        for other in company:
            asked += len(self.progress[other].requests) * sources[other].transfer_share
        if asked <= ENOUGH:
            return 1.0
        sending = [
            Sending(
                len(self.progress[other].requests),
                stretched_seconds(sources[other].demand, self.load_on_gpu(other)),
                sources[other].transfer_seconds,
            )
            for other in company
        ]
        return link_load(asked, sending)

    def begin_change(self) -> None:
        change = self.changes.pop(0)
        self.under_way, self.stopped = change, self.now
        if not change.drain:
            for progress in self.progress:
                for each in progress.requests:
                    place = self.arrangement.sources[each.request.source].place
                    heapq.heappush(self.queues[place], each.request)
                progress.requests.clear()

    def shut(self, change: Change) -> None:
        self.opens = self.now + change.outage_seconds
        self.drained = self.now

    def open_places(self, change: Change) -> None:
        self.pauses.append(Pause(self.stopped, self.drained, self.now))
        self.arrangement = change.arrangement
        waiting = sorted(each for queue in self.queues for each in queue)
        self.queues = [[] for _ in self.arrangement.places]
        for each in waiting:
            self.queues[self.arrangement.sources[each.source].place].append(each)
        self.under_way, self.opens = None, math.inf

    def served(self) -> Served:
        arrays: dict[str, Any] = {
            name: np.array([row[number] for row in self.answered], dtype=kind)
            for number, (name, kind) in enumerate(COLUMNS.items())
        }
        return Served(**arrays, seconds=self.seconds, sent=tuple(self.sent), pauses=tuple(self.pauses))
