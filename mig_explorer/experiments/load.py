"""Whether a queue can be steady: how much is asked of it, over what it can do."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.demands import demand_of, groups_of
from mig_explorer.experiments.sending import arrivals_of, requests_expected, stay
from mig_explorer.experiments.settings import pieces_of, setting
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.contention import loads as loads_met
from mig_explorer.model.contention import stretched_seconds
from mig_explorer.model.modes.server import queues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.trace import Event
    from mig_explorer.model import Demand

UNSTABLE = 1.0

ROUNDS = 50
ENOUGH = 1e-4
"""A load is worked out in rounds, until it changes by less than that."""


def loads(
    header: Event, mode: Event, count: int | None = None, times: str = "step_seconds"
) -> dict[str, float]:
    """Return the load of the queue that each tenant waits in, by tenant.

    Requests that arrive whether or not the last one was answered ask for a certain time of their queue in
    every second: their rate times the time of one. Where queues share SMs, bandwidth or the link to the host,
    that is the time in the company that a request has while its queue never empties: another queue that asks
    for half as much is then busy half of the time, one that asks for as much or more, or a tenant in a closed
    loop without pauses, all of the time. This is exact for tenants that are alike, and a few per cent off for
    others. For those who copy, the load of the link counts where it is larger still. From 1 on the queue
    grows for as long as one watches. Tenants in a closed loop wait for their answers, so they ask for nothing
    that must be served: a queue of them alone has no load and is not in the mapping.

    Where the layout changes, it is the last layout that counts.

    Parameters
    ----------
    header, mode : dict
        The experiment event and the mode's.
    count : int, optional
        Only the first so many tenants are there.
    times : str
        Which of the modelled times each request takes.

    Examples
    --------
    >>> tenant = {"name": "ann", "arrivals": {"kind": "Poisson", "rate_per_s": 30.0}}
    >>> piece = {"name": "whole GPU", "tenants": ["ann"], "step_seconds": {"ann": 0.02}}
    >>> loads({"seconds": 10.0, "tenants": [tenant]}, {"slices": [piece]})
    {'ann': 0.6}
    """
    tenants = {each["name"]: each for each in header["tenants"][:count]}
    pieces = [piece for _, piece in pieces_of(mode, max(setting(each, "layout") for each in mode["slices"]))]
    groups = groups_of(pieces)
    lines = []
    for piece in pieces:
        for queue in queues(setting(piece, "serves"), setting(piece, "at_once")):
            there = [
                _Sends.of(tenants[name], header["seconds"], demand_of(piece, name, groups, times))
                for name in queue.tenants
                if name in tenants
            ]
            if any(each.busy for each in there):
                lines.append(_Line.of(there, queue.at_once))
    link = math.fsum(each.asks * each.demand.transfer_seconds / each.demand.seconds for each in lines)
    return {
        name: max(load, link if line.demand.transfer_seconds else 0.0)
        for line, load in ((each, each.load(lines)) for each in lines if each.asks)
        for name in line.tenants
    }


@dataclass(frozen=True)
class _Sends:
    """One tenant.

    Parameters
    ----------
    name : str
        Who it is.
    demand : Demand
        What one of its requests asks for.
    asks : float
        Seconds of its queue that it asks for in every second; 0 if it waits for its answers.
    repeats : float
        If it does, the part of the time in which a request of it is under way with nobody else there.
    """

    name: str
    demand: Demand
    asks: float
    repeats: float

    @classmethod
    def of(cls, tenant: Mapping[str, Any], seconds: float, demand: Demand) -> _Sends:
        """Return what an experiment event says of a tenant whose requests ask for so much."""
        expected = requests_expected(tenant, seconds)
        if expected is not None:
            return cls(tenant["name"], demand, asks=expected / seconds * demand.seconds, repeats=0.0)
        sends, (joins, leaves) = arrivals_of(tenant), stay(tenant, seconds)
        thinks = sends.think_seconds if isinstance(sends, ClosedLoop) else 0.0
        alone = demand.seconds / (demand.seconds + thinks)
        return cls(tenant["name"], demand, asks=0.0, repeats=(leaves - joins) / seconds * alone)

    @property
    def busy(self) -> float:
        """The part of the time in which a request of it is under way alone, or more than all if need be."""
        return self.asks + self.repeats


@dataclass(frozen=True)
class _Line:
    """Tenants who wait for each other.

    Parameters
    ----------
    tenants : tuple of str
        Who they are.
    demand : Demand
        What a request of them asks for on average.
    asks, repeats : float
        Those of all of them, as of one.
    at_once : int
        How many requests are served at a time.
    """

    tenants: tuple[str, ...]
    demand: Demand
    asks: float
    repeats: float
    at_once: int

    @classmethod
    def of(cls, there: Sequence[_Sends], at_once: int) -> _Line:
        """Return the queue of some tenants."""
        rates = [each.busy / each.demand.seconds for each in there]
        busy = [each.busy for each in there]

        def mean(name: str, weights: Sequence[float]) -> float:
            values = (getattr(each.demand, name) for each in there)
            return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)

        demand = there[0].demand
        if len(there) > 1:
            demand = replace(
                demand,
                seconds=mean("seconds", rates),
                compute_seconds=mean("compute_seconds", rates),
                memory_seconds=mean("memory_seconds", rates),
                transfer_seconds=mean("transfer_seconds", rates),
                compute_share=mean("compute_share", busy),
                memory_share=mean("memory_share", busy),
            )
        asks, repeats = (math.fsum(getattr(each, name) for each in there) for name in ("asks", "repeats"))
        return cls(tuple(each.name for each in there), demand, asks, min(1.0, repeats), at_once)

    def load(self, lines: Sequence[_Line]) -> float:
        """Return what is asked of it, over what it can do while it is never empty.

        Another line is then busy for as large a part of the time as what is asked of it is of what is asked
        of this one, both counted with the times that requests take in this very company.
        """
        company = [each for each in lines if each is not self and each.near(self)]
        longer, others = 1.0, [1.0 for _ in company]
        for _ in range(ROUNDS if company else 0):
            full = self.asks * longer
            parts = [each.part(stretch, full) for each, stretch in zip(company, others, strict=True)]
            before, (longer, *others) = longer, _stretches([self, *company], [1.0, *parts])
            if abs(longer - before) < ENOUGH * longer:
                break
        return self.asks * longer / self.at_once

    def near(self, other: _Line) -> bool:
        """Whether it shares SMs, memory or the link to the host with another."""
        mine, its = self.demand, other.demand
        on_gpu = mine.compute_group == its.compute_group or mine.memory_group == its.memory_group
        return on_gpu or (mine.transfer_seconds > 0.0 and its.transfer_seconds > 0.0)

    def part(self, stretch: float, full: float) -> float:
        """Return for which part of the time it is busy while a line that asks for so much is full."""
        repeats = self.repeats * stretch / (1.0 + self.repeats * (stretch - 1.0))
        return min(1.0, self.asks * stretch / full + repeats)


def _stretches(lines: Sequence[_Line], parts: Sequence[float]) -> list[float]:
    """Return how much longer requests take beside each other, each line being busy for a part of the time."""
    there = []
    for line, part in zip(lines, parts, strict=True):
        demand, group = line.demand, line.demand.compute_group
        beside = math.fsum(parts[n] for n, each in enumerate(lines) if each.demand.compute_group == group)
        there.append(
            replace(
                demand,
                compute_share=part * demand.compute_share,
                memory_share=part * demand.memory_share,
                transfer_seconds=part * demand.transfer_seconds,
                switching=demand.switching * min(1.0, beside - part),
            )
        )
    met = loads_met(there)
    return [
        stretched_seconds(line.demand, load) / line.demand.seconds
        for line, load in zip(lines, met, strict=True)
    ]
