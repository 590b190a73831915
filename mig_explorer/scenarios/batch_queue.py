"""Requests that are served in batches: who waits for whom, and how many a second are answered in time.

The rule: a server that is free takes at once what has come, up to the largest batch, and never waits for a
batch to fill. So a lone request is served alone, and under load a request waits for the batch before it.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mig_explorer.model import constant
from mig_explorer.model.contention import Demand, seconds_on_gpu, stretch
from mig_explorer.model.simulation.compiled import call
from mig_explorer.scenarios.batch_loop import Stream, Work, serve_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mig_explorer.model import Service

SEED = 7
REQUESTS = 6000
"""Watched for each figure; the first tenth is left out, while the queues fill."""
STEPS = 9
RANGE = 1000.0
"""The rate is looked for between the most that can be served and a thousandth of it, by halvings of the
logarithm: it is found to one part in 74."""
SATURATED = 0.99
"""Nearer than this to the most that can be served, a queue takes longer to settle than is watched."""


@dataclass(frozen=True, eq=False)
class BatchTimes:
    """The time of a batch of each size on one server, between the sizes that are known linear in the size.

    Parameters
    ----------
    known : mapping of int to Service
        What a batch of so many requests asks of the server, alone on it; 1 and the largest among them.
    switching : float
        Share of the time that is lost as soon as two batches are in service.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Monolithic, service
    >>> from mig_explorer.workloads import mlp
    >>> board = gpu("A100-SXM4-40GB")
    >>> (server,) = Monolithic().servers(board, ["ann"])
    >>> times = BatchTimes({size: service(mlp(batch=size), server, board) for size in (1, 64, 256)})
    >>> times.most, len(times.work.seconds)
    (256, 257)
    """

    known: Mapping[int, Service]
    switching: float = 0.0

    @property
    def most(self) -> int:
        """The largest batch that is known."""
        return max(self.known)

    @functools.cached_property
    def work(self) -> Work:
        """The times as the loop takes them."""
        sizes = sorted(self.known)
        every = np.arange(self.most + 1)

        def between(name: str) -> NDArray[np.float64]:
            found: NDArray[np.float64] = np.interp(
                every, sizes, [getattr(self.known[size], name) for size in sizes]
            )
            return found

        compute, memory = between("compute_seconds"), between("memory_seconds")
        share = between("memory_share")
        on_gpu = np.array([seconds_on_gpu(*each) for each in zip(compute, memory, strict=True)])
        return Work(
            seconds=between("seconds"),
            compute=compute,
            memory=memory,
            on_gpu=on_gpu,
            traffic=np.where(memory > 0, share * on_gpu, 0.0),
            compute_share=between("compute_share"),
            memory_share=share,
            switching=self.switching,
            overlap=constant("overlap_exponent"),
        )

    def at(self, end: str) -> BatchTimes:
        """Return the same at one end of the model's band, ``"low_seconds"`` or ``"high_seconds"``."""
        known = {size: service_at(each, end) for size, each in self.known.items()}
        return BatchTimes(known, self.switching)

    def most_per_second(self, most: int, together: int = 1) -> float:
        """Return how many requests a second are answered if nothing idles, in batches up to `most`.

        Parameters
        ----------
        most : int
            Largest batch.
        together : int
            Batches in service at the same time.
        """
        if together == 1:
            return float((np.arange(1, most + 1) / self.work.seconds[1 : most + 1]).max())
        rates = []
        for size in {most, *(each for each in self.known if each < most)}:
            work = self.work
            asked = Demand(
                seconds=float(work.seconds[size]),
                compute_seconds=float(work.compute[size]),
                memory_seconds=float(work.memory[size]),
                compute_share=float(work.compute_share[size]),
                memory_share=float(work.memory_share[size]),
                switching=self.switching,
            )
            rates.append(together * size / (asked.seconds * stretch([asked] * together)[0]))
        return max(rates)


def service_at(service: Service, end: str) -> Service:
    """Return what a request asks for at one end of the model's band, all of it longer or shorter alike.

    Examples
    --------
    >>> from mig_explorer.model import Service
    >>> one = Service(2.0, 1.0, 4.0, 1.5, 0.5, 1.0, 0.1, "compute", None)
    >>> service_at(one, "high_seconds").compute_seconds
    3.0
    """
    seconds = float(getattr(service, end))
    factor = seconds / service.seconds
    return replace(
        service,
        seconds=seconds,
        compute_seconds=service.compute_seconds * factor,
        memory_seconds=service.memory_seconds * factor,
    )


@dataclass(frozen=True, eq=False)
class BatchServer:
    """A server that answers requests in batches.

    Parameters
    ----------
    times : BatchTimes
        Of a batch on it.
    queues : int
        Models on this server, or processes. A batch is of one of them.
    together : bool
        Whether a batch of each queue may be in service (MPS, time slicing) or only one at a time, of the
        queue whose first request came first.
    most : int, optional
        Largest batch; by default the largest that is known.

    Examples
    --------
    A batch takes 1 s, whatever its size up to 4. A request every 100 s is served alone:

    >>> from mig_explorer.model import Service
    >>> one = Service(1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, "compute", None)
    >>> server = BatchServer(BatchTimes({1: one, 4: one}))
    >>> waited, batch = server.latencies(0.01)
    >>> float(np.median(waited)), round(batch, 1)
    (1.0, 1.0)
    >>> server.most_in_time(0.9)
    InTime(per_second=0.0, most=0)
    """

    times: BatchTimes
    queues: int = 1
    together: bool = False
    most: int = 0

    def latencies(self, rate_per_s: float, seed: int = SEED) -> tuple[NDArray[np.float64], float]:
        """Return the latency of requests in seconds, and the mean size of a batch.

        Parameters
        ----------
        rate_per_s : float
            Requests a second of all queues together; they come at random (Poisson), each to any of them.
        seed : int
            Of the arrivals.
        """
        gaps, following, heads = _draws(REQUESTS, seed, self.queues)
        stream = Stream(np.cumsum(gaps) / rate_per_s, following, heads.copy())
        waited = np.empty(REQUESTS)
        most = self.most or self.times.most
        batches = call(serve_batches, stream, self.times.work, most, self.together, waited)
        return waited[REQUESTS // 10 :], REQUESTS / batches

    def most_in_time(self, target_seconds: float, seed: int = SEED) -> InTime:
        """Return the highest rate whose p99 latency is within a target, and the batch that reaches it.

        Tried are the largest batch allowed, and the largest that takes no longer than the target, or than
        half of it: a smaller one makes those behind it wait less.

        Parameters
        ----------
        target_seconds : float
            What 99 of 100 requests must be answered within.
        seed : int
            Of the arrivals.

        Returns
        -------
        InTime
            0 requests a second in batches of 0 where a request that is alone is late already.
        """
        seconds = self.times.work.seconds
        limit = self.most or self.times.most
        sizes = {limit}
        for within in (target_seconds, target_seconds / 2):
            short = np.flatnonzero(seconds[1 : limit + 1] <= within)
            sizes |= {int(short[-1]) + 1} if short.size else set()
        found = InTime(0.0, 0)
        if seconds[1] > target_seconds:
            return found
        at_once = self.queues if self.together else 1
        ceilings = {size: SATURATED * self.times.most_per_second(size, at_once) for size in sizes}
        for size in sorted(sizes, key=lambda each: -ceilings[each]):
            server = replace(self, most=size)
            low, high = max(ceilings[size] / RANGE, found.per_second), ceilings[size]
            if high <= low:
                continue
            if not server.is_late(high, target_seconds, seed):
                found = InTime(high, size)
                continue
            if server.is_late(low, target_seconds, seed):
                continue
            for _ in range(STEPS):
                middle = math.sqrt(low * high)
                late = server.is_late(middle, target_seconds, seed)
                low, high = (low, middle) if late else (middle, high)
            found = InTime(low, size)
        return found

    def is_late(self, rate_per_s: float, target_seconds: float, seed: int = SEED) -> bool:
        """Say whether the p99 latency at a rate is over a target."""
        waited, _ = self.latencies(rate_per_s, seed)
        return float(np.percentile(waited, 99)) > target_seconds


class InTime(NamedTuple):
    """The most that a server answers within a latency target.

    Parameters
    ----------
    per_second : float
        Requests.
    most : int
        The largest batch allowed for it.
    """

    per_second: float
    most: int


@functools.lru_cache(maxsize=64)
def _draws(
    requests: int, seed: int, queues: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return gaps of mean 1, the next request of the same queue after each, and the first of each queue."""
    gaps = np.random.default_rng(seed).exponential(size=requests)
    picks = np.random.default_rng([seed, 1]).integers(queues, size=requests)
    following, heads = np.full(requests, -1), np.full(queues, -1)
    last = np.full(queues, -1)
    for number, queue in enumerate(picks):
        if last[queue] < 0:
            heads[queue] = number
        else:
            following[last[queue]] = number
        last[queue] = number
    return gaps, following, heads
