"""How several small models may be served by one board, and how many requests each way answers in time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mig_explorer.experiments.frontier import distinct_layouts
from mig_explorer.layouts import Layout
from mig_explorer.model import Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.scenarios.batch_queue import SEED, BatchServer, BatchTimes, InTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode
    from mig_explorer.scenarios.served_models import ServedModel

WHOLE, TURNS, SIDE_BY_SIDE, SLICES = "one whole GPU", "time slicing", "MPS", "MIG"
WAYS = (WHOLE, TURNS, SIDE_BY_SIDE, SLICES)


class Share(NamedTuple):
    """One server of a way, and what of all requests it gets.

    Parameters
    ----------
    server : BatchServer
        With its largest batch.
    share : float
        Of all requests, 0 to 1.
    name : str
        The slice, or the whole GPU.
    """

    server: BatchServer
    share: float
    name: str


@dataclass(frozen=True)
class Serving:
    """A way of serving and the most that it answers within the target.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    title : str
        With the layout, or the number of processes.
    per_second : float
        Requests of all models together, all of them sent equally often; 0 if none is answered in time.
    servers : tuple of Share
        Who serves them.
    layout : Layout or None
        Of MIG.
    """

    way: str
    title: str
    per_second: float
    servers: tuple[Share, ...] = field(repr=False)
    layout: Layout | None = None

    @property
    def ceiling(self) -> float:
        """Requests a second that are more than the fullest server answers even if it never idles."""
        return min(
            each.server.times.most_per_second(
                each.server.most, each.server.queues if each.server.together else 1
            )
            / each.share
            for each in self.servers
        )

    def latencies(self, rate_per_s: float, seed: int = SEED) -> tuple[np.ndarray, float]:
        """Return latencies at a rate, each server's as often as it serves, and the mean size of a batch."""
        waited, sizes = [], []
        known: dict[tuple[int, float], tuple[np.ndarray, float]] = {}
        for each in self.servers:
            key = (id(each.server.times), each.server.queues + round(each.share, 9))
            if key not in known:
                known[key] = each.server.latencies(rate_per_s * each.share, seed)
            found, size = known[key]
            picked = np.linspace(0, found.size - 1, max(1, round(found.size * each.share))).astype(int)
            waited.append(np.sort(found)[picked])
            sizes.append((each.share, size))
        # Batches a second are requests over their mean size, so the mean over servers is harmonic.
        mean = 1 / sum(share / size for share, size in sizes)
        return np.concatenate(waited), mean


class Board:
    """One board with one kind of model on it, asked for one latency target; what it found is kept.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    model : ServedModel
        All models are alike, but none shares a batch with another.
    target_seconds : float
        What 99 of 100 requests must be answered within.
    most : int
        The largest batch allowed.
    end : str
        ``"seconds"``, or an end of the model's band.

    Examples
    --------
    One model that answers 32 requests in the time of one: the whole GPU that batches serves the most.

    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.scenarios.served_models import SERVED
    >>> board = Board(gpu("A100-SXM4-40GB"), SERVED["BERT-base (published)"], 0.05, 64)
    >>> board.serving("one whole GPU", 1).per_second > board.serving("MIG", 1).per_second
    True
    """

    def __init__(
        self, gpu: Gpu, model: ServedModel, target_seconds: float, most: int, end: str = "seconds"
    ) -> None:
        self.gpu, self.model, self.target, self.most, self.end = gpu, model, target_seconds, most, end
        self._times: dict[str, BatchTimes] = {}
        self._in_time: dict[tuple[str, int, bool], InTime] = {}
        self._found: dict[tuple[str, int], Serving] = {}

    def times(self, name: str) -> BatchTimes:
        """Return the time of batches on a slice, or on the whole GPU in one of the other ways."""
        if name not in self._times:
            modes: dict[str, SharingMode] = {WHOLE: Monolithic(), TURNS: TimeSlicing(), SIDE_BY_SIDE: Mps()}
            mode = modes.get(name) or Mig(Layout(self.gpu).place(name))
            (server,) = mode.servers(self.gpu, ["model"])
            found = self.model.on(server, self.gpu)
            self._times[name] = found if self.end == "seconds" else found.at(self.end)
        return self._times[name]

    def serving(self, way: str, models: int) -> Serving:
        """Return what one way does with a number of models, at its best."""
        key = (way, models)
        if key not in self._found:
            if way == SLICES:
                self._found[key] = max(self.layouts(models), key=lambda each: each.per_second)
            else:
                copies = sorted({1, max(1, self.gpu.value("max_instances") // models)})
                tried = [
                    self._whole(way, models, each) for each in copies if each == 1 or way == SIDE_BY_SIDE
                ]
                self._found[key] = max(tried, key=lambda each: each.per_second)
        return self._found[key]

    def layouts(self, models: int) -> list[Serving]:
        """Return what every layout of two instances or more does with a number of models."""
        return [
            self._sliced(layout, models) for layout in distinct_layouts(self.gpu) if len(layout.instances) > 1
        ]

    def _whole(self, way: str, models: int, copies: int) -> Serving:
        processes = models * copies
        found = self._most(way, processes, together=way != WHOLE)
        server = BatchServer(self.times(way), processes, way != WHOLE, max(1, found.most))
        title = f"{way}, {copies} processes a model" if copies > 1 else way
        return Serving(way, title, found.per_second, (Share(server, 1.0, "whole GPU"),))

    def _sliced(self, layout: Layout, models: int) -> Serving:
        names = [each.profile.name for each in layout.instances]
        dealt = self._deal(names, models)
        served = [
            min((self._most(names[place], held).per_second / held for place, held in home), default=0.0)
            if len(home) == 1
            else sum(self._most(names[place], held).per_second for place, held in home)
            for home in dealt
        ]
        total = models * min(served)
        shares: list[Share] = []
        seen: set[int] = set()
        for home in dealt:
            rates = [self._most(names[place], held).per_second for place, held in home]
            for (place, held), rate in zip(home, rates, strict=True):
                if place in seen:
                    continue
                seen.add(place)
                found = self._most(names[place], held)
                server = BatchServer(self.times(names[place]), held, most=max(1, found.most))
                part = held / models * (rate / sum(rates) if sum(rates) else 1 / len(rates))
                shares.append(Share(server, part, names[place]))
        return Serving(SLICES, f"MIG {layout.title}", total, tuple(shares), layout)

    def _deal(self, names: Sequence[str], models: int) -> list[list[tuple[int, int]]]:
        """Deal models to instances: for each model its instances, each with how many models it holds.

        With fewer models than instances each has several, the next one always going to the model that has
        the least so far. Otherwise each has one, the next model always going where the most is left for it.
        """
        alone = [self._most(name, 1).per_second for name in names]
        order = sorted(range(len(names)), key=lambda place: -alone[place])
        if len(names) >= models:
            homes: list[list[tuple[int, int]]] = [[] for _ in range(models)]
            for place in order:
                least = min(range(models), key=lambda one: sum(alone[each] for each, _ in homes[one]))
                if not homes[least] or alone[place] > 0:
                    homes[least].append((place, 1))
            return homes
        held: Counter[int] = Counter()
        for _ in range(models):
            place = max(
                order, key=lambda one: self._most(names[one], held[one] + 1).per_second / (held[one] + 1)
            )
            held[place] += 1
        return [[(place, count)] for place, count in held.items() for _ in range(count)]

    def _most(self, name: str, queues: int, *, together: bool = False) -> InTime:
        key = (name, queues, together)
        if key not in self._in_time:
            server = BatchServer(self.times(name), queues, together, min(self.most, self.times(name).most))
            self._in_time[key] = server.most_in_time(self.target)
        return self._in_time[key]
