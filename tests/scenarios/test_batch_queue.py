"""Batches that queue, against formulas and against a simulation written down plainly."""

import heapq

import numpy as np
import pytest

from mig_explorer.gpus import gpu
from mig_explorer.model import Mps, Service, TimeSlicing, service, stretch
from mig_explorer.model.contention import Demand
from mig_explorer.scenarios import batch_queue
from mig_explorer.scenarios.batch_queue import BatchServer, BatchTimes, service_at
from mig_explorer.workloads import mlp, triad

A100 = gpu("A100-SXM4-40GB")


def asks(seconds: float, share: float = 1.0) -> Service:
    return Service(seconds, 0.5 * seconds, 2 * seconds, seconds, 0.0, share, 0.0, "compute", None)


def requests(rate: float, queues: int) -> tuple[np.ndarray, np.ndarray]:
    gaps = np.random.default_rng(batch_queue.SEED).exponential(size=batch_queue.REQUESTS)
    picks = np.random.default_rng([batch_queue.SEED, 1]).integers(queues, size=batch_queue.REQUESTS)
    return np.cumsum(gaps) / rate, picks


def one_at_a_time(times: BatchTimes, rate: float, queues: int, most: int) -> np.ndarray:
    arrived, picks = requests(rate, queues)
    waiting: list[list[int]] = [[int(n) for n in np.flatnonzero(picks == q)] for q in range(queues)]
    latency, now = np.empty(len(arrived)), 0.0
    while any(waiting):
        queue = min((each for each in waiting if each), key=lambda each: each[0])
        now = max(now, arrived[queue[0]])
        batch = [n for n in queue[:most] if arrived[n] <= now]
        del queue[: len(batch)]
        now += times.work.seconds[len(batch)]
        latency[batch] = now - arrived[batch]
    return latency


def side_by_side(times: BatchTimes, rate: float, queues: int, most: int, until: int) -> np.ndarray:
    """Serve the first requests with the contention rule of the model itself."""
    arrived, picks = requests(rate, queues)
    waiting = [[int(n) for n in np.flatnonzero(picks == q) if n < until] for q in range(queues)]
    work, latency, now = times.work, np.full(until, np.nan), 0.0
    running: dict[int, tuple[list[int], float]] = {}
    while any(waiting) or running:
        for queue, line in enumerate(waiting):
            if queue not in running and line and arrived[line[0]] <= now:
                batch = [n for n in line[:most] if arrived[n] <= now]
                del line[: len(batch)]
                running[queue] = (batch, float(work.seconds[len(batch)]))
        demands = [
            Demand(
                float(work.seconds[len(batch)]),
                float(work.compute[len(batch)]),
                float(work.memory[len(batch)]),
                compute_share=float(work.compute_share[len(batch)]),
                memory_share=float(work.memory_share[len(batch)]),
                switching=times.switching,
            )
            for batch, _ in running.values()
        ]
        slower = dict(zip(running, stretch(demands), strict=True))
        events = [(now + left * slower[queue], queue) for queue, (_, left) in running.items()]
        events += [
            (float(arrived[line[0]]), -1)
            for queue, line in enumerate(waiting)
            if line and queue not in running
        ]
        heapq.heapify(events)
        then, who = events[0]
        running = {q: (batch, left - (then - now) / slower[q]) for q, (batch, left) in running.items()}
        now = then
        if who >= 0:
            batch, _ = running.pop(who)
            latency[batch] = now - arrived[batch]
    return latency


def test_without_batches_the_wait_is_that_of_pollaczek_and_khinchine():
    waited, size = BatchServer(BatchTimes({1: asks(1.0)})).latencies(0.5)
    assert size == 1.0
    assert waited.mean() == pytest.approx(1 + 0.5 / (2 * (1 - 0.5)), rel=0.05)


@pytest.mark.parametrize("queues", [1, 3])
def test_batches_of_queues_that_take_turns(queues):
    times = BatchTimes({1: asks(1.0), 8: asks(2.0)})
    waited, _ = BatchServer(times, queues).latencies(2.5)
    plain = one_at_a_time(times, 2.5, queues, 8)
    assert waited == pytest.approx(plain[batch_queue.REQUESTS // 10 :])


@pytest.mark.parametrize("mode", [Mps(), TimeSlicing()])
@pytest.mark.parametrize("work", [{"batch": 4096, "layers": 8, "width": 256}, None])
def test_batches_side_by_side_slow_each_other_as_the_model_has_it(mode, work, monkeypatch):
    monkeypatch.setattr(batch_queue, "REQUESTS", 400)
    (server,) = mode.servers(A100, ["a", "b", "c"])
    kernels = [triad(elements=2**22), triad(elements=2**25)] if work is None else [mlp(batch=32), mlp(**work)]
    times = BatchTimes(
        dict(zip((1, 8), (service(each, server, A100) for each in kernels), strict=True)), server.switching
    )
    rate = 30 / float(times.work.seconds[8])
    waited, size = BatchServer(times, 3, together=True).latencies(rate)
    assert size > 1.5
    assert waited == pytest.approx(side_by_side(times, rate, 3, 8, 400)[40:], rel=1e-6)


def test_the_rate_that_is_found_is_in_time_and_a_little_more_is_not():
    server = BatchServer(BatchTimes({1: asks(1.0), 16: asks(1.5)}), queues=2)
    found = server.most_in_time(5.0)
    best = BatchServer(server.times, 2, most=found.most)
    assert not best.is_late(found.per_second, 5.0)
    assert best.is_late(found.per_second * 1.03, 5.0)


def test_a_target_that_a_lone_request_misses_is_never_met():
    assert BatchServer(BatchTimes({1: asks(1.0), 16: asks(1.0)})).most_in_time(0.99) == (0.0, 0)


def test_at_an_end_of_the_band_all_of_a_request_is_longer():
    there = service_at(asks(2.0), "high_seconds")
    assert (there.seconds, there.compute_seconds) == (4.0, 4.0)
