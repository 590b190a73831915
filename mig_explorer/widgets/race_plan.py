"""What the page is told of a race once every request is known: all but how the kernels fare.

Plain JSON. Times are modelled seconds; the page chooses nothing but when to show what.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.live import live_chart
from mig_explorer.charts.palette import COLOURS
from mig_explorer.charts.progress import TimeUnit, p99_so_far, pace, round_ticks, sample
from mig_explorer.experiments.settings import setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.widgets.race_events import Event, RaceEvents

REQUESTS_IN_VIEW = 60
COUNTS = (
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
)


def plan(events: RaceEvents, board: Gpu) -> dict[str, Any]:
    """Work out all that is known once every request of every mode is known.

    Parameters
    ----------
    events : RaceEvents
        An experiment, its modes and their requests.
    board : Gpu
        The board of the experiment.
    """
    experiment = events.experiment
    names = [tenant["name"] for tenant in experiment["tenants"]]
    duration = max([float(experiment["seconds"]), *(each["finished"] for each in _all_requests(events))])
    unit = TimeUnit.reading(duration)
    modes = [_mode(events, slug, names, board) for slug in events.modes]
    longest = max((value for mode in modes for value in mode["requests"]["p99"]), default=duration)
    latency = TimeUnit.reading(longest)
    samples = [sample(mode["requests"]["finished"], mode["requests"]["p99"], duration) for mode in modes]
    columns: dict[str, Any] = {
        "time": samples[0].time,
        "throughput": [each.throughput for each in samples],
        "p99": [
            [None if value is None else value * latency.factor for value in each.p99] for each in samples
        ],
    }
    span = visible_span(duration, [each["finished"] - each["started"] for each in _all_requests(events)])
    titles = {
        "throughput": "Throughput so far, requests/s",
        "p99": f"p99 latency so far, {latency.name}",
    }
    charts = [
        live_chart(
            field,
            title,
            {mode["slug"]: mode["title"] for mode in modes},
            time_end=duration * unit.factor,
            largest=max(
                (value for values in columns[field] for value in values if value is not None), default=0.0
            ),
        ).plan()
        for field, title in titles.items()
    ]
    return {
        "title": title_of(len(names), board.name),
        "workload": _workload(experiment["tenants"]),
        "gpu": board.name,
        "seed": experiment["seed"],
        "kernels": any(tenant.get("kernel", True) for tenant in experiment["tenants"]),
        "time": experiment["provenance"].get("time", "unknown"),
        "duration": duration,
        "pace": pace(duration),
        "unit": asdict(unit),
        "latency_unit": asdict(latency),
        "span": span,
        "tick": round_ticks(span * unit.factor, parts=7)[1] / unit.factor,
        "board": {
            "compute": board.compute_slices,
            "memory": board.memory_slices,
            "memory_per_compute": board.memory_slices_per_compute_slice,
        },
        "tenants": [
            {"name": name, "colour": COLOURS[index % len(COLOURS)]} for index, name in enumerate(names)
        ],
        "modes": modes,
        "samples": columns,
        "charts": charts,
    }


def title_of(tenants: int, board: str) -> str:
    """Give a race its heading; the board's full name stands beside it.

    Examples
    --------
    >>> title_of(7, "A100-SXM4-40GB"), title_of(1, "GB10"), title_of(56, "A30")
    ('Seven tenants, one A100', 'One tenant, one GB10', '56 tenants, one A30')
    """
    count = COUNTS[tenants] if tenants < len(COUNTS) else str(tenants)
    return f"{count} tenant{'' if tenants == 1 else 's'}, one {board.split('-', maxsplit=1)[0]}"


def visible_span(duration: float, lengths: Sequence[float]) -> float:
    """Choose how many modelled seconds of a race a timeline shows at once.

    All of it where its shortest requests can still be told apart, else 60 of those, and three of the longest
    at least.

    Examples
    --------
    >>> visible_span(10.0, [1.0, 2.0]), visible_span(10.0, [0.05, 0.4]), visible_span(10.0, [0.01, 0.5])
    (10.0, 3.0, 1.5)
    """
    if not lengths:
        return duration
    return min(duration, max(REQUESTS_IN_VIEW * min(lengths), 3 * max(lengths)))


def _mode(events: RaceEvents, slug: str, tenants: Sequence[str], board: Gpu) -> dict[str, Any]:
    mode = events.modes[slug]
    places = {each["name"]: each for each in mode["slices"]}
    slices = list(places)
    requests = sorted(events.requests[slug], key=lambda request: request["finished"])
    return {
        "slug": slug,
        "title": mode["title"],
        "subtitle": mode["subtitle"],
        "slices": [
            {
                **{key: each[key] for key in ("name", "compute", "memory")},
                "together": _together(each, tenants),
                # Blocks of requests side by side that are on the same SM make it no more active.
                "room": each["sms"] / board.sms if each.get("sms") and board.sms else 1.0,
            }
            for each in mode["slices"]
        ],
        "requests": {
            "tenant": [tenants.index(request["tenant"]) for request in requests],
            "slice": [slices.index(request["slice"]) for request in requests],
            "started": [request["started"] for request in requests],
            "finished": [request["finished"] for request in requests],
            "p99": p99_so_far([request["finished"] - request["arrived"] for request in requests]),
            # None where it is not known, as for a workload of which only times were measured.
            "active": [_share(places[each["slice"]], "sm_active", each) for each in requests],
            "filled": [_share(places[each["slice"]], "sm_occupancy", each) for each in requests],
        },
    }


def _together(piece: Event, tenants: Sequence[str]) -> list[int]:
    """Return the numbers of the tenants that a slice serves side by side; none if it serves one at a time."""
    served = setting(piece, "serves")
    if setting(piece, "at_once") == 1 or len(served) < 2:
        return []
    return [tenants.index(name) for name in served]


def _share(piece: Event, what: str, request: Event) -> float | None:
    """Return what a request uses of the board while it is served.

    Its share is that of a request alone on the slice: beside others it takes longer, and does no more.
    """
    share: float | None = piece[what].get(request["tenant"])
    took = request["finished"] - request["started"]
    alone = piece["step_seconds"][request["tenant"]]
    return share if share is None or took <= alone else share * alone / took


def _all_requests(events: RaceEvents) -> Iterable[Event]:
    return (request for requests in events.requests.values() for request in requests)


def _workload(tenants: Sequence[Mapping[str, Any]]) -> str:
    titles = list(
        dict.fromkeys(str(tenant.get("title") or tenant.get("workload") or "unknown") for tenant in tenants)
    )
    return titles[0] if len(titles) == 1 else f"{len(titles)} workloads: {', '.join(titles)}"
