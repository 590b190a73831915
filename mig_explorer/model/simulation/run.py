"""The simulation, compiled and on all cores."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.model.calibration import constant
from mig_explorer.model.contention import seconds_on_gpu
from mig_explorer.model.simulation.description import check_run
from mig_explorer.model.simulation.domains import Domain, domains
from mig_explorer.model.simulation.randomness import Streams
from mig_explorer.model.simulation.served import COLUMNS, Pause, Served
from mig_explorer.model.simulation.state import Sending
from mig_explorer.model.simulation.task import Draws, Rows, Senders, State, Task, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mig_explorer.model.simulation.description import Arrangement, Change, Source

MANY = 100_000
"""Requests from which on threads are worth their start."""

ROOM, MORE = 16, 8
"""Requests of one source in service that there is room for at first, and by what factor there is more when a
run turns out to need it, and starts over."""

Map = Any
"""`map`, or that of a pool of threads."""


def simulate_arrangement(
    arrangement: Arrangement,
    seconds: float,
    seed: int,
    changes: Sequence[Change] = (),
    *,
    threads: int | None = None,
) -> Served:
    """Simulate tenants who queue, are served and slow each other down.

    A request of a source waits at its place, first come first served, until it is one of `at_once` in service
    there. It then progresses at the rate that the requests in service leave it: see
    `mig_explorer.model.contention`. Places that share nothing that runs short are simulated apart, in
    threads.

    Parameters
    ----------
    arrangement : Arrangement
        Places and sources.
    seconds : float
        Length of the run. Requests not finished by then are counted, not returned.
    seed : int
        Same seed, same bytes, on any number of threads. A source sends the same in every arrangement.
    changes : sequence of Change, optional
        Other arrangements from the middle of the run on, in order.
    threads : int, optional
        As many as there are cores, unless given.

    Returns
    -------
    Served
        The requests that were answered.

    Raises
    ------
    InvalidExperiment
        If the run cannot be simulated, with what would work.

    Examples
    --------
    Two tenants who take turns on one GPU: each sees it half as fast.

    >>> from mig_explorer.model.simulation import Arrangement, Place, Source
    >>> one = {"service_seconds": 1.0, "compute_seconds": 1.0, "compute_share": 1.0}
    >>> turns = Arrangement((Place(at_once=0),), (Source("ann", 0, **one), Source("bob", 0, **one)))
    >>> served = simulate_arrangement(turns, seconds=5.0, seed=7)
    >>> [(turns.sources[who].name, at) for who, at in zip(served.source, served.finished.tolist())]
    [('ann', 2.0), ('bob', 2.0), ('ann', 4.0), ('bob', 4.0)]
    """
    changes = tuple(changes)
    check_run(arrangement, seconds, changes)
    everything = [arrangement, *(change.arrangement for change in changes)]
    versions = list(zip(*(each.sources for each in everything), strict=True))
    expected = sum(source.expected_requests(seconds) for source in arrangement.sources)
    with ExitStack() as stack:
        each: Map = map
        workers = threads or _cores()
        if expected > MANY and workers > 1:
            each = stack.enter_context(ThreadPoolExecutor(workers)).map
        begun: Iterable[Sending] = each(
            lambda number: Sending.begin(versions[number], seconds, Streams(seed, number)),
            range(len(versions)),
        )
        return _run(arrangement, seconds, changes, list(begun), each)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(
    arrangement: Arrangement, seconds: float, changes: tuple[Change, ...], sending: list[Sending], each: Map
) -> Served:
    parts: list[dict[str, Any]] = []
    pauses: list[Pause] = []
    opens = 0.0
    for number in range(len(changes) + 1):
        change = changes[number] if number < len(changes) else None
        closes = max(opens, change.at_seconds) if change else math.inf
        window = Window(opens, closes, seconds, change.drain if change else True)
        columns, last, left = _until_change(arrangement, window, sending, each)
        parts.append(columns)
        drained = max(closes, last)
        if change is None or left or drained > seconds:
            break
        opens = drained + change.outage_seconds
        if opens > seconds:
            break
        pauses.append(Pause(closes, drained, opens))
        arrangement = change.arrangement
    columns = parts[0] if len(parts) == 1 else {n: np.concatenate([p[n] for p in parts]) for n in COLUMNS}
    sent = tuple(source.sent(seconds) for source in sending)
    return Served(**columns, seconds=seconds, sent=sent, pauses=tuple(pauses))


@dataclass(frozen=True)
class _Done:
    """What came of one domain; None for the rows if there was too little room or too few random numbers."""

    rows: int | None
    last: float
    left: bool
    commit: Callable[[], None]


def _until_change(
    arrangement: Arrangement, window: Window, sending: list[Sending], each: Map
) -> tuple[dict[str, Any], float, bool]:
    """Simulate until the window closes; return the columns, the last finish and whether anything is left."""
    parts = domains(arrangement)
    while True:
        rooms = [sum(sending[n].most for n in domain.sources) for domain in parts]
        starts = np.concatenate([[0], np.cumsum(rooms)]).astype(np.int64).tolist()
        columns = {name: np.empty(starts[-1], kind) for name, kind in COLUMNS.items()}

        def simulate(number: int, starts: list[int] = starts, columns: dict[str, Any] = columns) -> _Done:
            rows = {name: column[starts[number] : starts[number + 1]] for name, column in columns.items()}
            return _simulate(arrangement, parts[number], window, sending, rows)

        done: list[_Done] = list(each(simulate, range(len(parts))))
        if all(part.rows is not None for part in done):
            break
        for domain, part in zip(parts, done, strict=True):
            for source in domain.sources if part.rows is None else ():
                sending[source].more()
    for part in done:
        part.commit()
    counts = [part.rows or 0 for part in done]
    closed_up = each(lambda name: _close_gaps(columns[name], starts, counts), COLUMNS)
    last = max((part.last for part in done), default=window.opens)
    return dict(zip(COLUMNS, closed_up, strict=True)), last, any(part.left for part in done)


def _close_gaps(column: Any, starts: list[int], counts: list[int]) -> Any:
    """Move the rows of all domains together, without a second copy of the column."""
    end = 0
    for start, count in zip(starts, counts, strict=False):
        if start != end:
            column[end : end + count] = column[start : start + count]
        end += count
    return column[:end]


def _simulate(
    arrangement: Arrangement, domain: Domain, window: Window, sending: list[Sending], rows: dict[str, Any]
) -> _Done:
    from mig_explorer.model.simulation import kernel  # noqa: PLC0415 (brings Numba)
    from mig_explorer.model.simulation.compiled import call  # noqa: PLC0415 (brings Numba)

    mine = [sending[number] for number in domain.sources]
    task = Task(
        _senders(arrangement, domain),
        _draws(mine),
        window,
        np.array([arrangement.places[place].at_once for place in domain.places], np.int64),
        np.array(domain.places, np.int64),
        domain.contended,
        constant("overlap_exponent"),
        ROOM,
    )
    state = _at_the_start(mine)
    inside: Any = np.zeros(len(mine), np.int64)
    heads, heaps = inside, None
    if domain.one_by_one:
        written, last, left = call(kernel.serve_one_by_one, task, state, Rows(**rows))
    else:
        written, last, inside, heads, heaps = call(kernel.serve_sharing, task, state, Rows(**rows))
        while written == kernel.CROWDED:
            task, state = task._replace(room=MORE * task.room), _at_the_start(mine)
            written, last, inside, heads, heaps = call(kernel.serve_sharing, task, state, Rows(**rows))
        left = bool(inside.any()) and window.drain

    def commit() -> None:
        for n, source in enumerate(mine):
            before = source.begun
            source.upcoming = float(state.upcoming[n])
            source.used += int(state.used[n])
            source.begun += int(state.begun[n])
            if heaps is not None and not window.drain:
                row = slice(heads[n], heads[n] + inside[n])
                source.take_back(heaps.arrived[n, row], before + heaps.numbers[n, row])

    return _Done(None if written == kernel.SHORT else int(written), float(last), bool(left), commit)


def _at_the_start(mine: list[Sending]) -> State:
    none = (np.zeros(len(mine), np.int64), np.zeros(len(mine), np.int64))
    return State(np.array([each.upcoming for each in mine]), *none)


def _senders(arrangement: Arrangement, domain: Domain) -> Senders:
    sources = [arrangement.sources[number] for number in domain.sources]
    within = {place: number for number, place in enumerate(domain.places)}
    count = len(sources)
    none = np.zeros(count)
    senders = Senders(
        number=np.array(domain.sources, np.int32),
        place=np.array([within[source.place] for source in sources], np.int64),
        closed=np.array([source.closed for source in sources]),
        exponential=np.array([source.service == "exponential" for source in sources]),
        service=np.array([source.service_seconds for source in sources], float),
        leaves=np.array([source.leaves for source in sources], float),
        **dict.fromkeys(("compute", "memory", "transfer", "switching", "on_gpu", "traffic"), none),
        shares=np.zeros((count, 3)),
        groups=np.zeros((count, 3), np.int64),
    )
    return _slowed(senders, arrangement, sources) if domain.contended else senders


def _slowed(senders: Senders, arrangement: Arrangement, sources: list[Source]) -> Senders:
    """Add what it takes to tell how requests slow each other down."""
    places = [arrangement.places[source.place] for source in sources]
    demands = [source.demand for source in sources]
    groups = [
        (
            ("alone", source.place) if place.compute_group is None else place.compute_group,
            ("alone", source.place) if place.memory_group is None else place.memory_group,
            place.transfer_group,
        )
        for source, place in zip(sources, places, strict=True)
    ]
    numbered = [
        {group: number for number, group in enumerate(dict.fromkeys(kind))}
        for kind in zip(*groups, strict=True)
    ]
    return senders._replace(
        compute=np.array([source.compute_seconds for source in sources], float),
        memory=np.array([source.memory_seconds for source in sources], float),
        transfer=np.array([source.transfer_seconds for source in sources], float),
        switching=np.array([place.switching for place in places], float),
        on_gpu=np.array([seconds_on_gpu(s.compute_seconds, s.memory_seconds) for s in sources], float),
        traffic=np.array([each.traffic_seconds for each in demands], float),
        shares=np.array([(s.compute_share, s.memory_share, s.transfer_share) for s in sources], float),
        groups=np.array(
            [[number[group] for number, group in zip(numbered, row, strict=True)] for row in groups], np.int64
        ),
    )


def _draws(mine: list[Sending]) -> Draws:
    """Put what is left of the random numbers of some sources into one array."""
    values = [each.values[each.used :] for each in mine]
    works = [each.works[each.begun :] for each in mine]
    return Draws(_joined(values), _bounds(values), _joined(works), _bounds(works))


def _joined(arrays: list[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _bounds(arrays: list[Any]) -> Any:
    return np.concatenate([[0], np.cumsum([len(each) for each in arrays])]).astype(np.int64)
