"""The inner loops of the simulation, for Numba to compile; `reference` says in plain Python what they do.

A queue needs no list here: who waits is known from the times at which each source sends, and from how many
of its requests were started. So the loop has two kinds of events, starts and finishes.

All that is compiled is in this file, since Numba looks at no other to see whether what it kept still holds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from mig_explorer.model.simulation.task import Heaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.model.simulation.task import Rows, State, Task

ENOUGH = 1.0 + 1e-9
CHORDS = 2
SHORT = -1
"""In place of a number of rows: there were too few random numbers, or too little room for rows."""
CROWDED = -2
"""In place of a number of rows: there was too little room for the requests in service."""


def _add(heaps: Heaps, who: int, size: int, entry: tuple[float, float, float, int]) -> None:
    """Add a request to the heap of its source."""
    targets, arrived, started, numbers = heaps
    target, came, began, number = entry
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        above = targets[who, parent]
        if above < target or (above == target and numbers[who, parent] < number):
            break
        targets[who, at] = above
        numbers[who, at] = numbers[who, parent]
        arrived[who, at] = arrived[who, parent]
        started[who, at] = started[who, parent]
        at = parent
    targets[who, at] = target
    numbers[who, at] = number
    arrived[who, at] = came
    started[who, at] = began


def _take_head(heaps: Heaps, who: int, size: int) -> None:
    """Take the head off the heap of a source."""
    targets, arrived, started, numbers = heaps
    last = size - 1
    target, number = targets[who, last], numbers[who, last]
    came, began = arrived[who, last], started[who, last]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and (
            targets[who, child + 1] < targets[who, child]
            or (
                targets[who, child + 1] == targets[who, child]
                and numbers[who, child + 1] < numbers[who, child]
            )
        ):
            child += 1
        below = targets[who, child]
        if target < below or (target == below and number < numbers[who, child]):
            break
        targets[who, at] = below
        numbers[who, at] = numbers[who, child]
        arrived[who, at] = arrived[who, child]
        started[who, at] = started[who, child]
        at = child
    targets[who, at] = target
    numbers[who, at] = number
    arrived[who, at] = came
    started[who, at] = began


def _queue(heaps: Heaps, who: int, end: int, first: int, entry: tuple[float, float, float, int]) -> None:
    """Add a request of a source whose requests take equal times: nearly always it is the last to finish."""
    targets, arrived, started, numbers = heaps
    at = end
    while at > first and targets[who, at - 1] > entry[0]:
        targets[who, at] = targets[who, at - 1]
        arrived[who, at] = arrived[who, at - 1]
        started[who, at] = started[who, at - 1]
        numbers[who, at] = numbers[who, at - 1]
        at -= 1
    targets[who, at], arrived[who, at], started[who, at], numbers[who, at] = entry


def _move(heaps: Heaps, who: int, first: int, size: int) -> None:
    """Move the requests of a source to the front of its row."""
    targets, arrived, started, numbers = heaps
    for at in range(size):
        targets[who, at] = targets[who, first + at]
        arrived[who, at] = arrived[who, first + at]
        started[who, at] = started[who, first + at]
        numbers[who, at] = numbers[who, first + at]


def seconds_on_gpu(compute: float, memory: float, k: float) -> float:
    """Return the time that arithmetic and memory traffic take together.

    Examples
    --------
    >>> seconds_on_gpu(3.0, 4.0, 2.0)
    5.0
    """
    if memory == 0.0:
        return compute
    if compute == 0.0:
        return memory
    return float((compute**k + memory**k) ** (1 / k))


def _of_bandwidth(task: Task, inside: Any, slowed: Any, group: int, load: float) -> float:
    """Return what the requests in service in a memory group draw of its bandwidth under a load on it."""
    senders = task.senders
    total = was_compute = was_memory = on_gpu = 0.0
    for each in range(len(inside)):
        if inside[each] and senders.groups[each, 1] == group and senders.traffic[each] > 0.0:
            compute, memory = senders.compute[each] * slowed[each], senders.memory[each] * load
            if compute != was_compute or memory != was_memory:  # tenants are often alike; powers take long
                was_compute, was_memory = compute, memory
                on_gpu = _on_gpu(compute, memory, task.overlap)
            total += inside[each] * senders.traffic[each] / on_gpu
    return total


def _no_more_than_all(task: Task, inside: Any, slowed: Any, group: int, asked: float) -> float:
    """Return the load on the memory of a group, as `mig_explorer.model.contention.memory_load` explains."""
    drawn = _drawn(task, inside, slowed, group, asked)
    if drawn <= ENOUGH:
        return asked
    senders, k = task.senders, task.overlap
    most = 0.0
    for each in range(len(inside)):
        if inside[each] and senders.groups[each, 1] == group and senders.traffic[each] > 0.0:
            most += inside[each] * senders.traffic[each] / senders.memory[each]
    low, high = asked**k, most**k
    left = drawn**-k
    for _ in range(CHORDS):
        right = _drawn(task, inside, slowed, group, high ** (1 / k)) ** -k
        high = low + (high - low) * (1.0 - left) / (right - left)
    return float(high ** (1 / k))


def _no_more_than_passes(task: Task, inside: Any, busy: Any, group: int) -> float:
    """Return the load on a link, as `mig_explorer.model.contention.link_load` explains."""
    senders = task.senders
    left, load = 1.0, 1.0
    for step in range(1 + CHORDS):
        passing = requests = 0.0
        for each in range(len(inside)):
            transfer = senders.transfer[each]
            if inside[each] and senders.groups[each, 2] == group and transfer > 0.0:
                passing += inside[each] * transfer / (busy[each] + transfer * (load - 1.0))
                requests += inside[each]
        if step > 0:
            load = 1.0 + (load - 1.0) * (1.0 - left) / (1.0 / passing - left)
        elif passing > ENOUGH:
            left, load = 1.0 / passing, requests
        else:
            break
    return load


OPTIONS = {"nogil": True, "error_model": "numpy"}
_push, _pop = njit(**OPTIONS)(_add), njit(**OPTIONS)(_take_head)
_append, _to_front = njit(**OPTIONS)(_queue), njit(**OPTIONS)(_move)
_on_gpu = njit(**OPTIONS)(seconds_on_gpu)
_drawn, _memory_load = njit(**OPTIONS)(_of_bandwidth), njit(**OPTIONS)(_no_more_than_all)
_link_load = njit(**OPTIONS)(_no_more_than_passes)


def serve_one_by_one(task: Task, state: State, rows: Rows) -> tuple[int, float, bool]:
    """Serve one request after another, none of which can be slowed down.

    Returns the number of rows, the last finish, and whether a request is in service at the end.
    """
    senders, draws, window = task.senders, task.draws, task.window
    upcoming, used, begun = state
    place = task.places[0]
    count = len(upcoming)
    now = window.opens
    written = 0
    while True:
        who = 0
        for other in range(1, count):
            if upcoming[other] < upcoming[who]:
                who = other
        start = max(now, upcoming[who])
        if start > window.ends or start >= window.closes:
            return written, now, False
        work = senders.service[who]
        if senders.exponential[who]:
            at = draws.work_bounds[who] + begun[who]
            if at >= draws.work_bounds[who + 1]:
                return SHORT, now, False
            work *= draws.works[at]
        finish = start + work
        if finish >= window.closes and not window.drain:
            return written, now, False
        came = upcoming[who]
        begun[who] += 1
        if senders.closed[who]:
            upcoming[who] = math.inf
        if finish <= window.ends:
            if written >= len(rows.source):
                return SHORT, now, False
            rows.source[written] = senders.number[who]
            rows.place[written] = place
            rows.arrived[written] = came
            rows.started[written] = start
            rows.finished[written] = finish
            written += 1
        at = draws.bounds[who] + used[who]
        end = draws.bounds[who + 1]
        if not senders.closed[who]:
            used[who] += 1
            upcoming[who] = draws.values[at + 1] if at + 1 < end else math.inf
        elif finish <= window.ends:
            back = finish
            if draws.bounds[who] < end:
                if at >= end:
                    return SHORT, now, False
                back += draws.values[at]
                used[who] += 1
            upcoming[who] = back if back < senders.leaves[who] else math.inf
        if finish > window.ends:
            return written, now, True
        now = finish


def serve_sharing(
    task: Task, state: State, rows: Rows
) -> tuple[int, float, NDArray[np.int64], NDArray[np.int64], Heaps]:
    """Serve requests that may slow each other down.

    Returns the number of rows, the last finish, and what is in service at the end: how many requests of each
    source, where its row begins, and which they are.
    """
    senders, draws, window = task.senders, task.draws, task.window
    at_once, k = task.at_once, task.overlap
    upcoming, used, begun = state
    count = len(upcoming)
    shape = (count, task.room)
    heaps = Heaps(np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape, np.int64))
    inside, heads = np.zeros(count, np.int64), np.zeros(count, np.int64)
    occupied, finishes = np.zeros(len(at_once), np.int64), np.full(count, math.inf)
    done, since, busy = np.zeros(count), np.zeros(count), senders.service.copy()
    # By group: what its requests ask for, 1 where there is enough; and the factor that each source last met.
    asked, met, factor, stretch = np.ones((count, 3)), np.ones((count, 3)), np.ones(count), np.ones(count)
    slowed, crowded, linked = np.ones(count), np.ones(count), np.ones(count)
    together = np.zeros(count, np.int64)
    now = window.opens
    last = now
    written = 0
    while True:
        finish = math.inf
        who = -1
        start = math.inf
        first = -1
        for each in range(count):
            if finishes[each] < finish:
                finish, who = finishes[each], each
            if upcoming[each] < start:
                limit = at_once[senders.place[each]]
                if limit == 0 or occupied[senders.place[each]] < limit:
                    start, first = upcoming[each], each
        start = max(start, now)
        if start >= window.closes:
            start = math.inf
        if finish <= start:
            if who < 0 or finish > window.ends or (finish >= window.closes and not window.drain):
                break
            if written >= len(rows.source):
                return SHORT, last, inside, heads, heaps
            now = last = finish
            place = senders.place[who]
            rows.source[written] = senders.number[who]
            rows.place[written] = task.places[place]
            rows.arrived[written] = heaps.arrived[who, heads[who]]
            rows.started[written] = heaps.started[who, heads[who]]
            rows.finished[written] = now
            written += 1
            done[who] = heaps.targets[who, heads[who]]
            since[who] = now
            if senders.exponential[who]:
                _pop(heaps, who, inside[who])
            else:
                heads[who] += 1
            inside[who] -= 1
            occupied[place] -= 1
            if senders.closed[who]:
                back = now
                if draws.bounds[who] < draws.bounds[who + 1]:
                    at = draws.bounds[who] + used[who]
                    if at >= draws.bounds[who + 1]:
                        return SHORT, last, inside, heads, heaps
                    back += draws.values[at]
                    used[who] += 1
                upcoming[who] = back if back < senders.leaves[who] else math.inf
        else:
            if start > window.ends:
                break
            who = first
            now = start
            work = senders.service[who]
            if senders.exponential[who]:
                at = draws.work_bounds[who] + begun[who]
                if at >= draws.work_bounds[who + 1]:
                    return SHORT, last, inside, heads, heaps
                work *= draws.works[at]
            if inside[who] == 0:
                done[who] = 0.0
                since[who] = now
                stretch[who] = 1.0
                heads[who] = 0
            target = done[who] + (now - since[who]) / stretch[who] + work
            if heads[who] + inside[who] == task.room:
                if 2 * inside[who] > task.room:  # growing here would make every other request slower
                    return CROWDED, last, inside, heads, heaps
                _to_front(heaps, who, heads[who], inside[who])
                heads[who] = 0
            entry = (target, upcoming[who], now, begun[who])
            if senders.exponential[who]:
                _push(heaps, who, inside[who], entry)
            else:
                _append(heaps, who, heads[who] + inside[who], heads[who], entry)
            inside[who] += 1
            occupied[senders.place[who]] += 1
            begun[who] += 1
            upcoming[who] = math.inf
            if not senders.closed[who]:
                used[who] += 1
                at = draws.bounds[who] + used[who]
                if at < draws.bounds[who + 1]:
                    upcoming[who] = draws.values[at]
        if not task.contended:
            finishes[who] = math.inf
            if inside[who]:
                finishes[who] = since[who] + max(0.0, heaps.targets[who, heads[who]] - done[who])
            continue
        # Only what the groups of this source ask for has changed.
        for kind in range(3):
            group = senders.groups[who, kind]
            total, number = 0.0, 0
            for each in range(count):
                if senders.groups[each, kind] == group:
                    total += inside[each] * senders.shares[each, kind]
                    number += inside[each]
            asked[group, kind] = total if total > ENOUGH else 1.0
            if kind == 0:
                together[group] = number
        for each in range(count):
            group = senders.groups[each, 0]
            slowed[each] = asked[group, 0] * (1.0 + senders.switching[each] if together[group] > 1 else 1.0)
        for group in range(count):
            crowded[group] = asked[group, 1]
            if crowded[group] > 1.0:
                crowded[group] = _memory_load(task, inside, slowed, group, crowded[group])
        was_compute = was_memory = on_gpu = 0.0
        for each in range(count):
            compute, memory = slowed[each], crowded[senders.groups[each, 1]]
            if inside[each] and (compute != met[each, 0] or memory != met[each, 1]):
                met[each, 0], met[each, 1], met[each, 2] = compute, memory, 0.0  # 0 is no load: work it out
                compute, memory = senders.compute[each] * compute, senders.memory[each] * memory
                if compute != was_compute or memory != was_memory:
                    was_compute, was_memory, on_gpu = compute, memory, _on_gpu(compute, memory, k)
                busy[each] = senders.service[each] + (on_gpu - senders.on_gpu[each])
        for group in range(count):
            linked[group] = _link_load(task, inside, busy, group) if asked[group, 2] > 1.0 else 1.0
        for each in range(count):
            if inside[each] == 0:
                finishes[each] = math.inf
                continue
            link = linked[senders.groups[each, 2]]
            if link != met[each, 2]:
                met[each, 2] = link
                longer = busy[each] + senders.transfer[each] * (link - 1.0)
                factor[each] = longer / senders.service[each]
            if factor[each] != stretch[each]:
                done[each] += (now - since[each]) / stretch[each]
                since[each] = now
                stretch[each] = factor[each]
            elif each != who:
                continue
            finishes[each] = (
                since[each] + max(0.0, heaps.targets[each, heads[each]] - done[each]) * stretch[each]
            )
    return written, last, inside, heads, heaps
