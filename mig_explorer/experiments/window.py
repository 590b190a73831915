"""How long an experiment watches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.arrivals import ClosedLoop, Replay
from mig_explorer.model.contention import loads, stretched_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.experiments.plan import PlannedLayout, PlannedMode
    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.model import Server
    from mig_explorer.model.contention import Demand

ROUNDS_WANTED = 40
"""Requests of the slowest tenant in the default window: p50 and p95 then rest on some dozens of requests, a
throughput is off by one request in forty at most, and a chart of them stays readable."""

ARRIVALS_WANTED = 2_000
"""Requests of each tenant that does not wait for its answers: what comes at random needs more, and from so
many on even a p99 has a confidence interval, resting on 20 of them."""

USUAL_MOST_REQUESTS = 20_000
"""The default window is made shorter where it would hold more requests than this, over all modes."""

MOST_REQUESTS = 20_000_000
"""No run holds more: as columns they take 0.7 GB."""

FEWEST_CYCLES = 3


@dataclass(frozen=True)
class Pace:
    """How fast requests come and go in one mode, at the most and at the least.

    Parameters
    ----------
    slowest_cycle : float
        Seconds from one request to the next of the slowest tenant that waits for its answers, alone or among
        all the others; 0 if nobody waits.
    shortest_window : float
        Seconds in which every tenant that does not think gets an answer.
    most_per_second : float
        A bound on the requests that can finish in a second.
    """

    slowest_cycle: float
    shortest_window: float
    most_per_second: float


def pace(planned: PlannedMode, tenants: Sequence[Tenant]) -> Pace:
    """Return how fast requests come and go in a mode.

    Where the layout changes, the slowest and the fastest of the layouts count.
    """
    each = [_pace(layout, tenants) for layout in planned.layouts]
    return Pace(
        max(one.slowest_cycle for one in each),
        max(one.shortest_window for one in each),
        max(one.most_per_second for one in each),
    )


def window(
    planned: Sequence[PlannedMode], tenants: Sequence[Tenant], seconds: float | None
) -> tuple[float, str]:
    """Return the length of the window in seconds, and why it is that long.

    Raises
    ------
    InvalidExperiment
        If no request could finish in it, or far too many would.
    """
    paces = [pace(each, tenants) for each in planned]
    rate = sum(each.most_per_second for each in paces)
    shortest = max(each.shortest_window for each in paces)
    why = "given"
    if seconds is None:
        seconds, why = _default(planned, tenants, max(each.slowest_cycle for each in paces), rate)
        seconds = max(seconds, shortest)
        seconds *= 1 + 1e-9  # so that rounding does not push the last of them out of the window
    if seconds < shortest:
        message = (
            f"seconds={seconds:g} is too short: one round of requests takes {shortest:.3g} s in the slowest "
            f"mode, so not every tenant would be served once. Leave seconds out, or give at least "
            f"{1.01 * shortest:.3g}."
        )
        raise InvalidExperiment(message)
    if seconds * rate > MOST_REQUESTS:
        message = (
            f"A window of {seconds:.3g} s could hold {seconds * rate:,.0f} requests, and a run holds "
            f"at most {MOST_REQUESTS:,}. Give seconds={0.99 * MOST_REQUESTS / rate:.2g} or less, or "
            f"tenants whose requests take more alike."
        )
        raise InvalidExperiment(message)
    return seconds, why


def _default(
    planned: Sequence[PlannedMode], tenants: Sequence[Tenant], slowest: float, rate: float
) -> tuple[float, str]:
    wanted = [(ROUNDS_WANTED * slowest, "slowest", "")] if slowest else []
    apart = {}
    for tenant in tenants:
        sends = tenant.sends
        if isinstance(sends, Replay):
            wanted.append((sends.times_s[-1], "replay", tenant.name))
        elif not isinstance(sends, ClosedLoop):
            apart[tenant.name] = 1 / sends.expected(0.0, 1.0)
            enough = tenant.joins + ARRIVALS_WANTED * apart[tenant.name]
            wanted.append((min(enough, tenant.leaves or enough), "sender", tenant.name))
    longest, what, who = max(wanted)
    joins = {tenant.name: tenant.joins for tenant in tenants}
    least = FEWEST_CYCLES * slowest if what == "slowest" else longest
    if what == "sender":
        least = joins[who] + apart[who]
    seconds = min(longest, max(least, USUAL_MOST_REQUESTS / rate))
    if what == "slowest":
        count = math.floor(seconds / slowest + 1e-6)
        why = f"default: {count} requests of the slowest tenant in the slowest mode"
        seconds += max(joins.values())
    elif what == "sender":
        count = math.floor((seconds - joins[who]) / apart[who] + 1e-6)
        why = f"default: {count} requests of the tenant that sends the fewest"
        why += f", so that its p99 rests on {count // 100} of them" if count >= 100 else ""
        if seconds < longest:
            why += f" ({ARRIVALS_WANTED:,} would make more than {USUAL_MOST_REQUESTS:,} in all modes)"
    else:
        why = f"default: all arrivals of {who}"
        seconds += max(layout.services[who].seconds for each in planned for layout in each.layouts)
    changed = [layout for each in planned for layout in each.layouts if layout.change is not None]
    if changed:
        last = max(each.change.at_seconds + each.outage_seconds for each in changed if each.change)
        return last + seconds, f"{why}, after the last change of the layout"
    return seconds, why


def _pace(layout: PlannedLayout, tenants: Sequence[Tenant]) -> Pace:
    rounds = {tenant.name: _round(layout, tenant.name) for tenant in tenants}
    closed = {each.name: each.sends.think_seconds for each in tenants if isinstance(each.sends, ClosedLoop)}
    cycles = [max(think + layout.services[name].seconds, rounds[name]) for name, think in closed.items()]
    open_rates = {
        each.name: each.sends.expected(0.0, each.sends.times_s[-1] or 1.0) / (each.sends.times_s[-1] or 1.0)
        if isinstance(each.sends, Replay)
        else each.sends.expected(0.0, 1.0)
        for each in tenants
        if not isinstance(each.sends, ClosedLoop)
    }
    rates = open_rates | {name: 1 / (think + layout.services[name].seconds) for name, think in closed.items()}
    most = 0.0
    for server in layout.servers:
        asked = sum(rates[name] for name in server.tenants)
        if server.tenants and server.at_once:
            fastest = min(layout.services[name].seconds for name in server.tenants)
            asked = min(asked, server.at_once / fastest)
        most += asked
    shortest = [rounds[name] if name in closed else layout.services[name].seconds for name in rounds]
    return Pace(max(cycles, default=0.0), max(shortest), most)


def _round(layout: PlannedLayout, name: str) -> float:
    """Return the seconds of one request of everybody in a tenant's place, in the company of all others."""
    here = next(server for server in layout.servers if name in server.tenants)
    groups = {group: number for number, group in enumerate(_groups(layout))}

    def demand(server: Server, tenant: str) -> Demand:
        shared = groups[server.compute_group], groups[server.memory_group]
        return layout.services[tenant].demand(*shared, server.switching)

    others: list[Demand] = []
    for server in layout.servers:
        each = [demand(server, tenant) for tenant in server.tenants]
        if server is not here and each:
            others += each if server.at_once != 1 else [_worst(each)]
    mine = [demand(here, tenant) for tenant in here.tenants]
    if here.at_once != 1:
        everybody = [*mine, *others]
        return stretched_seconds(mine[here.tenants.index(name)], loads(everybody)[here.tenants.index(name)])
    return sum(stretched_seconds(each, loads([each, *others])[0]) for each in mine)


def _worst(demands: Sequence[Demand]) -> Demand:
    """Return a request that asks for as much of everything as any of these does."""
    return replace(
        demands[0],
        seconds=1.0,
        compute_share=max(each.compute_share for each in demands),
        memory_share=max(each.memory_share for each in demands),
        transfer_seconds=max(each.transfer_seconds / each.seconds for each in demands),
    )


def _groups(layout: PlannedLayout) -> list[str]:
    names = [name for each in layout.servers for name in (each.compute_group, each.memory_group)]
    return list(dict.fromkeys(names))
