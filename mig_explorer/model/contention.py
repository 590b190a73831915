"""How much longer requests take for one another's company: the one contention rule of every sharing mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH = 1.0 + 1e-9
"""Shares that add up to this are no more than there is: 7 times one seventh may round to more than 1."""

CHORDS = 2
"""Steps from above towards the least load, on memory or on the link, at which no more is drawn than there
is. After two, no workload here that copies nothing is a thousandth slower beside any others than it has to
be."""


@dataclass(frozen=True)
class Demand:
    """What one request in service asks of what it shares.

    Parameters
    ----------
    seconds : float
        Its time alone in its place, from the first launch to the last result.
    compute_seconds, memory_seconds : float
        What arithmetic and memory traffic would each take of it alone.
    transfer_seconds : float
        How much of it the PCIe link is busy.
    compute_share, memory_share : float
        Share of its group's SMs and of its group's bandwidth that it fills while it is on the GPU, 0 to 1.
    compute_group, memory_group : int
        Requests with the same number share SMs, or bandwidth. All requests share the PCIe link.
    switching : float
        What is lost as soon as two or more are in service in its compute group: 0.11 is 11 % more time.

    Examples
    --------
    >>> Demand(seconds=1.0, compute_seconds=1.0, compute_share=1.0, switching=0.11).transfer_seconds
    0.0
    """

    seconds: float
    compute_seconds: float = 0.0
    memory_seconds: float = 0.0
    transfer_seconds: float = 0.0
    compute_share: float = 0.0
    memory_share: float = 0.0
    compute_group: int = 0
    memory_group: int = 0
    switching: float = 0.0

    @property
    def traffic_seconds(self) -> float:
        """What its traffic would take at the whole bandwidth of its group; 0 if no load can slow it.

        Examples
        --------
        >>> Demand(seconds=2.0, memory_seconds=1.0, memory_share=0.5).traffic_seconds
        0.5
        """
        if self.memory_seconds == 0.0:
            return 0.0
        return self.memory_share * seconds_on_gpu(self.compute_seconds, self.memory_seconds)


class Drawing(NamedTuple):
    """Requests in service that are alike, as the memory that they share sees them.

    Parameters
    ----------
    requests : int
        How many.
    compute_seconds : float
        What arithmetic takes each of them under the load on its SMs.
    memory_seconds : float
        What its traffic takes each of them alone.
    traffic_seconds : float
        What that traffic would take at the whole bandwidth of the group.
    """

    requests: int
    compute_seconds: float
    memory_seconds: float
    traffic_seconds: float


class Sending(NamedTuple):
    """Requests in service that are alike, as the link that they share sees them.

    Parameters
    ----------
    requests : int
        How many.
    seconds : float
        What each takes under the loads on its SMs and its memory, while its transfers are not slowed.
    transfer_seconds : float
        What its transfers take of that.
    """

    requests: int
    seconds: float
    transfer_seconds: float


class Load(NamedTuple):
    """By what factor each shared thing is asked for more than there is of it; 1 where there is enough.

    Parameters
    ----------
    compute, memory, transfer : float
        Of the SMs, of the memory bandwidth, of the PCIe link. That of memory is more than what is asked for
        where arithmetic hides a part of the waiting; that of the link is what makes the transfers fit.
    """

    compute: float
    memory: float
    transfer: float


def loads(in_service: Sequence[Demand]) -> tuple[Load, ...]:
    """Return the load that each of the requests in service meets.

    SMs: the sum of `compute_share` over the requests of its compute group, but 1 at least; times
    ``1 + switching`` where two or more of them are there. Bandwidth: the sum of `memory_share` over its
    memory group, 1 at least, or more as `memory_load` has it. PCIe: every request has the link for
    ``transfer_seconds / seconds`` of its time, and where that adds up to more than 1 over all requests of the
    board, the load is that of `link_load`.

    So no group's SMs do more arithmetic, no group's memory moves more, and no more passes the link, than they
    can.

    Parameters
    ----------
    in_service : sequence of Demand
        All requests that are in service on one board at one moment. Those that queue are not among them.

    Examples
    --------
    >>> half = Demand(seconds=1.0, compute_seconds=1.0, compute_share=0.5)
    >>> [load.compute for load in loads([half, half, half])]
    [1.5, 1.5, 1.5]
    """
    compute: dict[int, float] = {}
    together: dict[int, int] = {}
    asked: dict[int, float] = {}
    drawing: dict[int, list[Drawing]] = {}
    transferring = 0.0
    for each in in_service:
        compute[each.compute_group] = compute.get(each.compute_group, 0.0) + each.compute_share
        together[each.compute_group] = together.get(each.compute_group, 0) + 1
        asked[each.memory_group] = asked.get(each.memory_group, 0.0) + each.memory_share
        transferring += each.transfer_seconds / each.seconds
    slowed = [
        excess(compute[each.compute_group])
        * (1.0 + each.switching if together[each.compute_group] > 1 else 1.0)
        for each in in_service
    ]
    for each, load in zip(in_service, slowed, strict=True):
        alike = Drawing(1, each.compute_seconds * load, each.memory_seconds, each.traffic_seconds)
        drawing.setdefault(each.memory_group, []).append(alike)
    memory = {group: memory_load(asked[group], members) for group, members in drawing.items()}
    met = [Load(load, memory[each.memory_group], 1.0) for each, load in zip(in_service, slowed, strict=True)]
    sending = [
        Sending(1, stretched_seconds(each, load), each.transfer_seconds)
        for each, load in zip(in_service, met, strict=True)
    ]
    link = link_load(transferring, sending)
    return tuple(load._replace(transfer=link) for load in met)


def excess(asked: float) -> float:
    """Return by what factor more is asked for than there is, 1 where there is enough.

    Examples
    --------
    >>> excess(0.5), excess(1.5)
    (1.0, 1.5)
    """
    return asked if asked > ENOUGH else 1.0


def memory_load(asked: float, drawing: Sequence[Drawing]) -> float:
    """Return the load on the memory of a group: so much that no more is drawn than there is.

    A load b slows the traffic of a request, not its arithmetic, so that it draws
    ``traffic_seconds / gpu(compute_seconds, memory_seconds b)`` of the bandwidth. With b as what is asked for
    over what there is, all together may still draw more than there is. The load then is the one at which
    they draw all of it; it slows each of them as much as its own traffic weighs. To the power ``-k`` what is
    drawn is a concave function of ``b^k`` (a power mean of linear ones), so a chord to a load that is high
    enough, at which traffic alone would fill the bandwidth, meets it at one that is high enough as well and
    nearer; with requests alike, at the very one.

    Parameters
    ----------
    asked : float
        The sum of `memory_share` over the requests in service in the group.
    drawing : sequence of Drawing
        These requests.

    Examples
    --------
    Three requests that each draw 0.6 of the bandwidth, half of it beside arithmetic, take 1.8 times as long:

    >>> one = Demand(1.0, compute_seconds=0.6, memory_seconds=0.6, memory_share=0.6)
    >>> alike = Drawing(3, one.compute_seconds, one.memory_seconds, one.traffic_seconds)
    >>> load = memory_load(1.8, [alike])
    >>> alone, together = seconds_on_gpu(0.6, 0.6), seconds_on_gpu(0.6, 0.6 * load)
    >>> round(load, 3), round(together / alone, 3)
    (2.424, 1.8)
    """
    if asked <= ENOUGH:
        return 1.0
    drawn = _drawn(drawing, asked)
    if drawn <= ENOUGH:
        return asked
    k = constant("overlap_exponent")
    most = 0.0
    for each in drawing:
        if each.traffic_seconds > 0.0:
            most += each.requests * each.traffic_seconds / each.memory_seconds
    low, high = asked**k, most**k
    left = drawn**-k
    for _ in range(CHORDS):
        right = _drawn(drawing, high ** (1 / k)) ** -k
        high = low + (high - low) * (1.0 - left) / (right - left)
    return float(high ** (1 / k))


def _drawn(drawing: Sequence[Drawing], load: float) -> float:
    total = 0.0  # not sum(), which rounds otherwise from Python 3.12 on
    for each in drawing:
        if each.traffic_seconds > 0.0:
            on_gpu = seconds_on_gpu(each.compute_seconds, each.memory_seconds * load)
            total += each.requests * each.traffic_seconds / on_gpu
    return total


def link_load(asked: float, sending: Sequence[Sending]) -> float:
    """Return the load on the link of a board: so much that no more passes than it can carry.

    A load b slows the transfers of a request and nothing else, so that they have the link for
    ``transfer_seconds / (seconds + transfer_seconds (b - 1))`` of its time. The load is the one at which all
    of them together have it all of the time, 1 if they never do. That is found as in `memory_load`, with the
    exponent 1: nothing overlaps the transfers of a request. A load of the number of requests is enough.

    Parameters
    ----------
    asked : float
        The sum of ``transfer_seconds / seconds`` over the requests in service on the board, alone.
    sending : sequence of Sending
        These requests.

    Examples
    --------
    Three requests that transfer for half of their time take 1.5 times as long, for the link is then full:

    >>> link_load(1.5, [Sending(3, seconds=1.0, transfer_seconds=0.5)])
    2.0
    """
    if asked <= ENOUGH:
        return 1.0
    passing = _passing(sending, 1.0)
    if passing <= ENOUGH:
        return 1.0
    high = 0.0
    for each in sending:
        if each.transfer_seconds > 0.0:
            high += each.requests
    left = 1.0 / passing
    for _ in range(CHORDS):
        right = 1.0 / _passing(sending, high)
        high = 1.0 + (high - 1.0) * (1.0 - left) / (right - left)
    return high


def _passing(sending: Sequence[Sending], load: float) -> float:
    total = 0.0
    for each in sending:
        if each.transfer_seconds > 0.0:
            taken = each.seconds + each.transfer_seconds * (load - 1.0)
            total += each.requests * each.transfer_seconds / taken
    return total


def stretched_seconds(demand: Demand, load: Load) -> float:
    """Return the whole time of a request, were it to meet one load from its start to its end.

    Its own time, and what is added to arithmetic and memory traffic together, and to the transfers:
    ``seconds + gpu(Lc, Lm) - gpu(1, 1) + transfer_seconds (Lp - 1)`` with
    ``gpu(a, b) = ((compute_seconds a)^k + (memory_seconds b)^k)^(1/k)``, k the roofline's overlap exponent.
    What the host does is not stretched. So time slicing, where the whole time of a request counts as
    arithmetic, takes ``n t (1 + switching)``; and MPS with requests that fill the GPU takes ``a + b n``.

    Examples
    --------
    >>> alone = Demand(seconds=1.0, compute_seconds=0.75, compute_share=1.0)
    >>> stretched_seconds(alone, Load(compute=3.0, memory=1.0, transfer=1.0))
    2.5
    """
    added = seconds_on_gpu(demand.compute_seconds * load.compute, demand.memory_seconds * load.memory)
    added -= seconds_on_gpu(demand.compute_seconds, demand.memory_seconds)
    return demand.seconds + added + demand.transfer_seconds * (load.transfer - 1.0)


def stretch(in_service: Sequence[Demand]) -> tuple[float, ...]:
    """Return by what factor each of the requests in service is slowed now, 1 or more.

    A request progresses at ``1 / stretch`` of the rate it has alone.

    Parameters
    ----------
    in_service : sequence of Demand
        All requests in service on one board at one moment.

    Examples
    --------
    Five tenants who take turns, and lose 11 % to switching:

    >>> turns = Demand(seconds=2.0, compute_seconds=2.0, compute_share=1.0, switching=0.11)
    >>> [round(factor, 2) for factor in stretch([turns] * 5)]
    [5.55, 5.55, 5.55, 5.55, 5.55]
    """
    return tuple(
        stretched_seconds(each, load) / each.seconds
        for each, load in zip(in_service, loads(in_service), strict=True)
    )


def seconds_on_gpu(compute: float, memory: float) -> float:
    """Return the time that arithmetic and memory traffic take together, k the roofline's overlap exponent.

    Examples
    --------
    >>> seconds_on_gpu(3.0, 0.0), round(seconds_on_gpu(1.0, 1.0), 3)
    (3.0, 1.542)
    """
    if memory == 0.0:
        return compute
    if compute == 0.0:
        return memory
    k = constant("overlap_exponent")
    return float((compute**k + memory**k) ** (1 / k))
