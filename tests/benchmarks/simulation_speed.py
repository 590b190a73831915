"""What the simulation takes: beside SimPy, for an hour of eight boards, and for one move of a slider."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from mig_explorer.model.arrivals import Poisson, Replay
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from mig_explorer.model.simulation import Served

GOAL_TIMES_SIMPY = 100
GOAL_HOUR_SECONDS = 2.0
GOAL_HOUR_GB = 2.0
GOAL_WHAT_IF_SECONDS = 0.010
RATE, SERVICE, SECONDS = 100.0, 0.008, 500.0
SHARED = {
    "service_seconds": 0.001,
    "compute_seconds": 0.0005,
    "memory_seconds": 0.0005,
    "compute_share": 0.8,
    "memory_share": 0.6,
}


def quickest(act: Callable[[], Any], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def simpy_finishes(arrived: list[float], seats: int, seconds: float) -> list[float]:
    """Return when each request is finished, as SimPy has it."""
    world = simpy.Environment()
    server = simpy.Resource(world, seats)
    finished: list[float] = []

    def request() -> Generator[Any, Any, None]:
        with server.request() as seat:
            yield seat
            yield world.timeout(SERVICE)
            finished.append(world.now)

    def sender() -> Generator[Any, Any, None]:
        for moment in arrived:
            yield world.timeout(moment - world.now)
            world.process(request())

    world.process(sender())
    world.run(until=np.nextafter(seconds, np.inf))
    return finished


def beside_simpy(seats: int) -> None:
    """One queue, the same arrivals to the last bit; drawing them is part of our time and not of SimPy's."""
    source = Source("all", 0, SERVICE, arrivals=Poisson(RATE * seats))
    queue = Arrangement((Place(at_once=seats),), (source,))
    ours = simulate_arrangement(queue, SECONDS, seed=7)
    ours_seconds = quickest(lambda: simulate_arrangement(queue, SECONDS, seed=7))
    arrived = source.arrivals.times(  # type: ignore[union-attr]
        np.random.default_rng(np.random.SeedSequence(7).spawn(1)[0]), 0.0, SECONDS
    )
    began = time.perf_counter()
    finished = simpy_finishes(arrived.tolist(), seats, SECONDS)
    simpy_seconds = time.perf_counter() - began
    # SimPy reaches an arrival by adding a difference, and may be the last bit off.
    same = len(finished) == len(ours) and np.allclose(np.sort(ours.finished), finished, rtol=0, atol=1e-9)
    print(
        f"{seats} at once, {len(ours)} requests: {ours_seconds * 1e3:.1f} ms, SimPy {simpy_seconds:.2f} s: "
        f"{simpy_seconds / ours_seconds:.0f} times (goal {GOAL_TIMES_SIMPY}); "
        f"{'the same finishes' if same else 'OTHER FINISHES'}"
    )


def tenants(count: int, places: tuple[Place, ...], **figures: Any) -> Arrangement:
    figures = {"arrivals": Poisson(RATE), **figures}
    return Arrangement(places, tuple(Source(f"{n}", n % len(places), **figures) for n in range(count)))


def hour(kind: str) -> None:
    """Simulate an hour of eight boards with seven tenants each; called in a process of its own."""
    if kind == "slices":
        arrangement = tenants(56, (Place(),) * 56, service_seconds=SERVICE)
    else:
        boards = tuple(
            Place(0, compute_group=n, memory_group=n, switching=0.11, transfer_group=n) for n in range(8)
        )
        arrangement = tenants(56, boards, **SHARED)
    simulate_arrangement(arrangement, 2.0, seed=7)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    times = []
    for _ in range(3):
        began = time.perf_counter()
        served: Served = simulate_arrangement(arrangement, 3600.0, seed=7)
        times.append(time.perf_counter() - began)
        count = len(served)
        del served
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    goals = f" (goal {GOAL_HOUR_SECONDS:.0f} s, {GOAL_HOUR_GB:.0f} GB)" if kind == "slices" else ""
    print(
        f"one hour, 56 tenants x {RATE:.0f} requests/s, {kind}: {count / 1e6:.1f} million requests in "
        f"{', '.join(f'{each:.2f}' for each in times)} s; peak {peak:.2f} GB, {before:.2f} before{goals}"
    )


def what_if() -> None:
    """Five modes, seven tenants, some 300 requests each: what one move of a slider simulates."""
    modes = [
        tenants(7, (Place(),), **SHARED),
        tenants(7, (Place(0, switching=0.11),), **SHARED),
        tenants(7, (Place(0),), **SHARED),
        tenants(7, (Place(0, memory_group=0),) * 7, **SHARED),
        tenants(7, (Place(),) * 7, **SHARED),
    ]
    seconds = 300 / (7 * RATE)

    def move() -> None:
        for mode in modes:
            simulate_arrangement(mode, seconds, seed=7)

    move()
    times = []
    for _ in range(50):
        began = time.perf_counter()
        move()
        times.append(time.perf_counter() - began)
    print(
        f"5 modes, 7 tenants, 300 requests: median {statistics.median(times) * 1e3:.1f} ms, "
        f"slowest {max(times) * 1e3:.1f} ms (goal {GOAL_WHAT_IF_SECONDS * 1e3:.0f} ms)"
    )


def long_queue() -> None:
    """Take a trace in place of a draw, and a crowd that grows without end."""
    times = np.sort(np.random.default_rng(7).uniform(0, SECONDS, 100_000))
    trace = Arrangement((Place(),), (Source("trace", 0, 0.004, arrivals=Replay(times)),))
    simulate_arrangement(trace, SECONDS, seed=7)
    print(
        f"a trace of 100000 requests: {quickest(lambda: simulate_arrangement(trace, SECONDS, 7)) * 1e3:.1f} "
        "ms"
    )
    crowd = tenants(7, (Place(0),), **{**SHARED, "arrivals": Poisson(400.0)})
    took = quickest(lambda: simulate_arrangement(crowd, 60.0, seed=7), rounds=2)
    left = sum(simulate_arrangement(crowd, 60.0, seed=7).in_flight)
    print(f"more load than the board can serve, {left} in service at the end: {took * 1e3:.0f} ms")


def main() -> None:
    for seats in (1, 7):
        beside_simpy(seats)
    for kind in ("slices", "boards shared by MPS with turns"):
        program = f"from tests.benchmarks.simulation_speed import hour; hour({kind!r})"
        subprocess.run([sys.executable, "-c", program], check=True)
    what_if()
    long_queue()
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
