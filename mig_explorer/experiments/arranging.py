"""From the events of an experiment and its modes to a simulation, and back to requests.

The experiment and its result both simulate from the events: what is read back from a trace gives the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.requests import Requests
from mig_explorer.experiments.sending import arrivals_of
from mig_explorer.experiments.settings import pieces_of, setting
from mig_explorer.model.simulation import Arrangement, Change, Place, Source, simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    arrangements = [_arrangement(header, mode, layout, variant) for layout in range(last + 1)]
    changes = [
        Change(change["at_seconds"], arrangement, change["outage_seconds"])
        for change, arrangement in zip(mode.get("changes", []), arrangements[1:], strict=True)
    ]
    window = header["seconds"] if variant.seconds is None else variant.seconds
    return _requests(simulate_arrangement(arrangements[0], window, header["seed"], changes), mode)


def _arrangement(header: Event, mode: Event, layout: int, variant: Variant) -> Arrangement:
    pieces = [piece for _, piece in pieces_of(mode, layout)]
    named = [setting(piece, f"{what}_group") for what in ("compute", "memory") for piece in pieces]
    groups = {name: number for number, name in enumerate(dict.fromkeys(named))}
    places = tuple(
        Place(
            at_once=setting(piece, "at_once"),
            compute_group=groups[setting(piece, "compute_group")],
            memory_group=groups[setting(piece, "memory_group")],
            switching=setting(piece, "switching"),
        )
        for piece in pieces
    )
    where = {name: number for number, piece in enumerate(pieces) for name in setting(piece, "serves")}
    sources = []
    for who, tenant in enumerate(header["tenants"][: variant.count]):
        place = where[tenant["name"]]
        source = _source(tenant, pieces[place], place, variant.times)
        if variant.only not in (None, who):
            source = replace(source, joins=2 * header["seconds"] + 1, leaves=math.inf)
        sources.append(source)
    return Arrangement(places, tuple(sources))


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


def _requests(served: Served, mode: Event) -> Requests:
    """Return what was served, with the slices numbered as in the mode's event."""
    place: Any = served.place
    if served.pauses:
        opened = [pause.opened for pause in served.pauses]
        first = [pieces_of(mode, layout)[0][0] for layout in range(len(opened) + 1)]
        layout = np.searchsorted(opened, served.started, side="right")
        place = (place + np.array(first, np.int16)[layout]).astype(np.int16)
    return Requests(served.source, place, served.arrived, served.started, served.finished)
