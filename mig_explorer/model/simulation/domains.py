"""Which places can be simulated by themselves, since they share nothing that runs short."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from mig_explorer.model.simulation.description import Arrangement, Place, Source

ENOUGH = 1.0 + 5e-10
"""Less than what the simulation takes for more than there is, so that rounding decides nothing."""


@dataclass(frozen=True)
class Domain:
    """Places that share something, and their sources.

    Parameters
    ----------
    places, sources : tuple of int
        Their numbers in the arrangement, rising.
    contended : bool
        Whether requests in service there can slow each other down.
    one_by_one : bool
        Whether it is one place with one request in service at a time, which nothing can slow down. When such
        a request is finished is known when it starts.
    """

    places: tuple[int, ...]
    sources: tuple[int, ...]
    contended: bool
    one_by_one: bool


def domains(arrangement: Arrangement) -> tuple[Domain, ...]:
    """Split an arrangement into parts that do not concern each other.

    Places with a common group belong together if the requests that can be in service there at once may ask
    for more than there is. Places that nobody sends to are left out.

    Examples
    --------
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source
    >>> half = [Source(f"tenant {n}", n, 1.0, compute_share=0.5) for n in range(3)]
    >>> for shared in (2, 3):
    ...     places = tuple(Place(compute_group=0 if n < shared else None) for n in range(3))
    ...     print([domain.places for domain in domains(Arrangement(places, half))])
    [(0,), (1,), (2,)]
    [(0, 1, 2)]
    """
    senders: dict[int, list[int]] = {}
    for number, source in enumerate(arrangement.sources):
        senders.setdefault(source.place, []).append(number)
    together = {place: {place} for place in senders}
    short = [group for group in _groups(arrangement, senders) if group.runs_short]
    for group in short:
        united = set().union(*(together[place] for place in group.places))
        for place in united:
            together[place] = united
    slowed = {place for group in short for place in group.places}
    parts = []
    for first in sorted(senders):
        if min(together[first]) == first:
            places = tuple(sorted(together[first]))
            contended = not slowed.isdisjoint(places)
            one_by_one = not contended and arrangement.places[first].at_once == 1
            sources = tuple(sorted(number for place in places for number in senders[place]))
            parts.append(Domain(places, sources, contended, one_by_one))
    return tuple(parts)


@dataclass(frozen=True)
class _Group:
    places: tuple[int, ...]
    runs_short: bool


def _groups(arrangement: Arrangement, senders: dict[int, list[int]]) -> Iterable[_Group]:
    """Yield who shares SMs, who shares bandwidth and who shares a link."""
    kinds: tuple[tuple[Callable[[Place], int | None], Callable[[Source], float]], ...] = (
        (lambda place: place.compute_group, lambda source: source.compute_share),
        (lambda place: place.memory_group, lambda source: source.memory_share),
        (lambda place: place.transfer_group, lambda source: source.transfer_share),
    )
    at = {place: [arrangement.sources[number] for number in numbers] for place, numbers in senders.items()}
    waits = {place: all(source.closed for source in sources) for place, sources in at.items()}
    for kind, (group_of, share_of) in enumerate(kinds):
        members: dict[Hashable, list[int]] = {}
        for place in senders:
            group = group_of(arrangement.places[place])
            members.setdefault(("alone", place) if group is None else group, []).append(place)
        for places in members.values():
            asked = count = 0.0
            for place in places:
                at_once = arrangement.places[place].at_once
                asked += _most(at_once, [share_of(source) for source in at[place]], waits=waits[place])
                count += _most(at_once, [1.0] * len(at[place]), waits=waits[place])
            switching = kind == 0 and any(arrangement.places[place].switching > 0 for place in places)
            yield _Group(tuple(places), asked > ENOUGH or (switching and count > 1))


def _most(at_once: int, shares: list[float], *, waits: bool) -> float:
    """Return the most that the requests in service at one place can add up to."""
    heaviest = max(shares)
    if heaviest == 0:
        return 0.0
    full = at_once * heaviest if at_once else math.inf
    return min(full, sum(shares)) if waits else full
