"""From the events of an experiment and its modes to a simulation, and back to requests.

The experiment and its result both simulate from the events: what is read back from a trace gives the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mig_explorer.experiments.requests import Requests
from mig_explorer.experiments.sending import arrivals_of
from mig_explorer.experiments.settings import pieces_of, setting
from mig_explorer.model.modes.server import queues
from mig_explorer.model.simulation import Arrangement, Change, Place, Source, simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.trace import Event
    from mig_explorer.model.simulation import Served

STRETCHED = ("compute_seconds", "memory_seconds", "transfer_seconds")


@dataclass(frozen=True)
class Variant:
    """In what a simulation differs from the run itself.

    Parameters
    ----------
    count : int, optional
        Only the first so many tenants are there.
    only : int, optional
        Only this tenant sends; it sends the same as among the others.
    times : str
        Which of the modelled times each request takes: ``"step_seconds"``, ``"saturated_seconds"``,
        ``"low_seconds"`` or ``"high_seconds"``.
    seconds : float, optional
        Another length of the window.
    """

    count: int | None = None
    only: int | None = None
    times: str = "step_seconds"
    seconds: float | None = None


AS_IT_IS = Variant()


def simulate_mode(header: Event, mode: Event, variant: Variant = AS_IT_IS) -> Requests:
    """Simulate a mode over the window of its experiment.

    Parameters
    ----------
    header, mode : dict
        The experiment event and the mode's.
    variant : Variant
        In what it differs from the run itself.

    Returns
    -------
    Requests
        Those that were answered within the window, in the order in which they finished in each group of
        slices that share something.

    Examples
    --------
    >>> piece = {"name": "whole GPU", "tenants": ["ann", "bob"], "step_seconds": {"ann": 1.0, "bob": 1.0}}
    >>> header = {"seconds": 3.0, "seed": 7, "tenants": [{"name": "ann"}, {"name": "bob"}]}
    >>> simulate_mode(header, {"slices": [piece]}).latencies
    array([1., 2., 2.])
    >>> simulate_mode(header, {"slices": [piece]}, Variant(only=1)).latencies
    array([1., 1., 1.])
    """
    last = max(setting(piece, "layout") for piece in mode["slices"])
    seatings = [_seating(mode, layout) for layout in range(last + 1)]
    arrangements = [_arrangement(header, seats, variant) for seats in seatings]
    changes = [
        Change(change["at_seconds"], arrangement, change["outage_seconds"])
        for change, arrangement in zip(mode.get("changes", []), arrangements[1:], strict=True)
    ]
    window = header["seconds"] if variant.seconds is None else variant.seconds
    served = simulate_arrangement(arrangements[0], window, header["seed"], changes)
    return _requests(served, seatings)


class _Seat(NamedTuple):
    """Where some tenants queue: a place of the simulation, and the slice with its number in the mode."""

    tenants: tuple[str, ...]
    place: Place
    number: int
    piece: Mapping[str, Any]


def _seating(mode: Event, layout: int) -> list[_Seat]:
    """Return the queues of one of a mode's layouts."""
    pieces = pieces_of(mode, layout)
    named = [setting(piece, f"{what}_group") for what in ("compute", "memory") for _, piece in pieces]
    groups = {name: number for number, name in enumerate(dict.fromkeys(named))}
    return [
        _Seat(
            queue.tenants,
            Place(
                at_once=queue.at_once,
                compute_group=groups[setting(piece, "compute_group")],
                memory_group=groups[setting(piece, "memory_group")],
                switching=setting(piece, "switching"),
            ),
            number,
            piece,
        )
        for number, piece in pieces
        for queue in queues(setting(piece, "serves"), setting(piece, "at_once"))
    ]


def _arrangement(header: Event, seats: Sequence[_Seat], variant: Variant) -> Arrangement:
    where = {name: place for place, seat in enumerate(seats) for name in seat.tenants}
    sources = []
    for who, tenant in enumerate(header["tenants"][: variant.count]):
        place = where[tenant["name"]]
        source = _source(tenant, seats[place].piece, place, variant.times)
        if variant.only not in (None, who):
            source = replace(source, joins=2 * header["seconds"] + 1, leaves=math.inf)
        sources.append(source)
    return Arrangement(tuple(seat.place for seat in seats), tuple(sources))


def _source(tenant: Mapping[str, Any], piece: Mapping[str, Any], place: int, times: str) -> Source:
    name, leaves = tenant["name"], tenant.get("leaves")
    seconds = setting(piece, times, name)
    scale = seconds / setting(piece, "step_seconds", name)
    return Source(
        name=name,
        place=place,
        service_seconds=seconds,
        **{part: scale * setting(piece, part, name) for part in STRETCHED},
        compute_share=setting(piece, "compute_share", name),
        memory_share=setting(piece, "memory_share", name),
        arrivals=arrivals_of(tenant),
        joins=tenant.get("joins", 0.0),
        leaves=math.inf if leaves is None else leaves,
    )


def _requests(served: Served, seatings: Sequence[Sequence[_Seat]]) -> Requests:
    """Return what was served, with the slices numbered as in the mode's event."""
    numbers = np.array([seat.number for seats in seatings for seat in seats], np.int16)
    place: Any = served.place
    if served.pauses:
        opened = [pause.opened for pause in served.pauses]
        first = np.cumsum([0, *(len(seats) for seats in seatings)])
        place = place + first[np.searchsorted(opened, served.started, side="right")]
    return Requests(served.source, numbers[place], served.arrived, served.started, served.finished)
