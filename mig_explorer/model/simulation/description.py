"""What is simulated: places where requests are served, and sources that send them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.contention import Demand

if TYPE_CHECKING:
    from mig_explorer.model.arrivals import Arrivals

MOST_REQUESTS = 200_000_000
"""More than a run may expect: as columns they would take 6 GB."""


@dataclass(frozen=True)
class Place:
    """Where requests are served, first come first served.

    Parameters
    ----------
    at_once : int
        Requests in service at once; 0 for no limit.
    compute_group, memory_group : int or None
        Places with the same number share SMs, or memory bandwidth. None for one that shares with no other.
    switching : float
        What is lost as soon as two or more are in service in its compute group: 0.11 is 11 % more time.
    transfer_group : int
        Places with the same number share a PCIe link: those of one board.

    Raises
    ------
    InvalidExperiment
        If a number is negative or NaN.

    Examples
    --------
    >>> Place(at_once=0, compute_group=0, switching=0.11)
    Place(at_once=0, compute_group=0, memory_group=None, switching=0.11, transfer_group=0)
    """

    at_once: int = 1
    compute_group: int | None = None
    memory_group: int | None = None
    switching: float = 0.0
    transfer_group: int = 0

    def __post_init__(self) -> None:
        if self.at_once < 0:
            message = f"Place() got at_once={self.at_once}. Give 1 or more, or 0 for no limit."
            raise InvalidExperiment(message)
        _check("Place()", "switching", self.switching, "a share of the time", zero=True)


@dataclass(frozen=True)
class Source:
    """One tenant: when it sends requests, where they go, and what each one takes.

    Parameters
    ----------
    name : str
        Who it is.
    place : int
        Number of its place in the arrangement.
    service_seconds : float
        Time of one request alone in its place.
    compute_seconds, memory_seconds, transfer_seconds : float
        What of that grows when SMs, memory bandwidth or the PCIe link are contended.
    compute_share, memory_share : float
        Share of its group's SMs and bandwidth that one of its requests fills, 0 to 1. Of the link it fills
        ``transfer_seconds / service_seconds``.
    arrivals : ClosedLoop or Arrivals
        When it sends.
    service : {"deterministic", "exponential"}
        Whether a request takes exactly its time or an exponential time with that mean.
    joins, leaves : float
        It sends from the first second on and before the last; what it sent is answered all the same.

    Raises
    ------
    InvalidExperiment
        If a number is negative, NaN or too large, or it leaves before it joins.

    Examples
    --------
    >>> Source("ann", 0, 0.25).arrivals
    ClosedLoop(think_seconds=0.0)
    """

    name: str
    place: int
    service_seconds: float
    compute_seconds: float = 0.0
    memory_seconds: float = 0.0
    transfer_seconds: float = 0.0
    compute_share: float = 0.0
    memory_share: float = 0.0
    arrivals: ClosedLoop | Arrivals = ClosedLoop()  # noqa: RUF009 (frozen)
    service: Literal["deterministic", "exponential"] = "deterministic"
    joins: float = 0.0
    leaves: float = math.inf

    def __post_init__(self) -> None:
        who = f"Source {self.name!r}"
        _check(who, "service_seconds", self.service_seconds, "seconds", zero=False)
        for field in ("compute_seconds", "memory_seconds", "transfer_seconds", "joins"):
            _check(who, field, getattr(self, field), "seconds", zero=True)
        for field in ("compute_share", "memory_share"):
            if not 0 <= getattr(self, field) <= 1:
                message = f"{who} got {field}={getattr(self, field)}. Give a share, from 0 to 1."
                raise InvalidExperiment(message)
        if self.transfer_seconds > self.service_seconds:
            message = (
                f"{who} got transfer_seconds={self.transfer_seconds}, more than its whole time of "
                f"{self.service_seconds} s. Transfers are a part of service_seconds."
            )
            raise InvalidExperiment(message)
        if self.service not in {"deterministic", "exponential"}:
            message = f"{who} got service={self.service!r}. Choose 'deterministic' or 'exponential'."
            raise InvalidExperiment(message)
        if not self.leaves > self.joins:
            message = (
                f"{who} leaves at {self.leaves} s, but joins at {self.joins} s. Let it leave later than "
                "it joins."
            )
            raise InvalidExperiment(message)

    @property
    def transfer_share(self) -> float:
        """Share of the PCIe link that one of its requests fills on average."""
        return self.transfer_seconds / self.service_seconds

    @property
    def demand(self) -> Demand:
        """What one of its requests asks of what it shares; who shares it, the places say."""
        return Demand(
            self.service_seconds,
            self.compute_seconds,
            self.memory_seconds,
            self.transfer_seconds,
            self.compute_share,
            self.memory_share,
        )

    @property
    def closed(self) -> bool:
        """Whether it waits for the answer before it sends the next request."""
        return isinstance(self.arrivals, ClosedLoop)

    def expected_requests(self, seconds: float) -> float:
        """Return about how many requests it sends in a run of so many seconds, at most."""
        ends = min(self.leaves, seconds)
        if isinstance(self.arrivals, ClosedLoop):
            return max(0.0, ends - self.joins) / (self.arrivals.think_seconds + self.service_seconds)
        return self.arrivals.expected(self.joins, ends)


@dataclass(frozen=True)
class Arrangement:
    """Who is served where.

    Parameters
    ----------
    places : tuple of Place
        Where requests are served.
    sources : tuple of Source
        Who sends them.

    Raises
    ------
    InvalidExperiment
        If there are no sources, or one goes to a place that is not there.

    Examples
    --------
    >>> len(Arrangement((Place(),), (Source("ann", 0, 1.0), Source("bob", 0, 1.0))).sources)
    2
    """

    places: tuple[Place, ...]
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", tuple(self.places))
        object.__setattr__(self, "sources", tuple(self.sources))
        if not self.sources:
            raise InvalidExperiment("Arrangement() got no sources. Give at least one tenant.")
        for source in self.sources:
            if not 0 <= source.place < len(self.places):
                message = (
                    f"Source {source.name!r} goes to place {source.place}, but the places are "
                    f"{_numbers(len(self.places))}."
                )
                raise InvalidExperiment(message)


@dataclass(frozen=True)
class Change:
    """Another arrangement from the middle of a run on, with what the change costs.

    From `at_seconds` on no request is taken into service. Those in service are finished, or with
    ``drain=False`` broken off to start over. Then nothing runs for `outage_seconds`. Then the new places
    open, and who waits is taken up there in order of arrival. A change that comes due during another waits
    for it.

    Parameters
    ----------
    at_seconds : float
        When it begins.
    arrangement : Arrangement
        The same sources in the same order, at other places or with other times.
    outage_seconds : float
        How long nothing runs: to destroy the old instances and create the new ones.
    drain : bool
        Whether requests in service are finished first.

    Raises
    ------
    InvalidExperiment
        If a time is negative or NaN.

    Examples
    --------
    >>> later = Arrangement((Place(),), (Source("ann", 0, 0.5),))
    >>> Change(at_seconds=10.0, arrangement=later, outage_seconds=0.5).drain
    True
    """

    at_seconds: float
    arrangement: Arrangement
    outage_seconds: float = 0.0
    drain: bool = True

    def __post_init__(self) -> None:
        _check("Change()", "at_seconds", self.at_seconds, "seconds", zero=True)
        _check("Change()", "outage_seconds", self.outage_seconds, "seconds", zero=True)


def check_run(arrangement: Arrangement, seconds: float, changes: tuple[Change, ...]) -> None:
    """Refuse a run that cannot be simulated.

    Raises
    ------
    InvalidExperiment
        If the time is not a positive number, the changes are out of order or are about other sources, or
        more than `MOST_REQUESTS` requests are to be expected.

    Examples
    --------
    >>> check_run(Arrangement((Place(),), (Source("ann", 0, 1e-6),)), 3600.0, ())
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidExperiment: A run of 3600 s expects about 3.6e+09 requests, and at most
    200000000 can be simulated. Simulate 200 s or less, or let the tenants send less.
    """
    _check("The simulation", "seconds", seconds, "seconds", zero=False)
    before = 0.0
    for change in changes:
        if change.at_seconds < before:
            message = (
                f"A change at {change.at_seconds} s comes after one at {before} s. Give changes in order."
            )
            raise InvalidExperiment(message)
        before = change.at_seconds
        if _who(change.arrangement) != _who(arrangement):
            message = (
                f"The change at {change.at_seconds} s has other sources than the start of the run. A change "
                "may alter places and times of requests; names, arrivals, joins and leaves stay. Tenants "
                "come and go by joins and leaves."
            )
            raise InvalidExperiment(message)
    everything = [arrangement, *(change.arrangement for change in changes)]
    expected = sum(
        max(each.expected_requests(seconds) for each in versions)
        for versions in zip(*(each.sources for each in everything), strict=True)
    )
    if expected > MOST_REQUESTS:
        message = (
            f"A run of {seconds:g} s expects about {expected:.3g} requests, and at most {MOST_REQUESTS} can "
            f"be simulated. Simulate {seconds * MOST_REQUESTS / expected:.3g} s or less, or let the tenants "
            "send less."
        )
        raise InvalidExperiment(message)


def _who(arrangement: Arrangement) -> list[tuple[object, ...]]:
    return [(each.name, each.arrivals, each.joins, each.leaves) for each in arrangement.sources]


def _numbers(count: int) -> str:
    return f"0 to {count - 1}" if count > 1 else "0 alone" if count else "none"


def _check(what: str, field: str, value: float, unit: str, *, zero: bool) -> None:
    if math.isfinite(value) and (value > 0 or (zero and value == 0)):
        return
    rule = "0 or more" if zero else "more than 0"
    raise InvalidExperiment(f"{what} got {field}={value}. Give {unit}, finite and {rule}.")
