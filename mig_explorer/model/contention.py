"""How much longer requests take for one another's company: the one contention rule of every sharing mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from collections.abc import Sequence


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


class Load(NamedTuple):
    """By what factor each shared thing is asked for more than there is of it; 1 where there is enough.

    Parameters
    ----------
    compute, memory, transfer : float
        Of the SMs, of the memory bandwidth, of the PCIe link.
    """

    compute: float
    memory: float
    transfer: float


def loads(in_service: Sequence[Demand]) -> tuple[Load, ...]:
    """Return the load that each of the requests in service meets.

    SMs: the sum of `compute_share` over the requests of its compute group, but 1 at least; times
    ``1 + switching`` where two or more of them are there. Bandwidth: the sum of `memory_share` over its
    memory group, 1 at least. PCIe: every request has the link for ``transfer_seconds / seconds`` of its
    time; the sum of that over all requests of the board, 1 at least.

    Shares are averages over a request's time on the GPU, but only its traffic is stretched by the load on
    memory. So tenants that do not contend for SMs and mix arithmetic and traffic evenly come out too fast: of
    the workloads here, several alike together draw a third more bandwidth than there is at worst. Tenants
    alike that fill the same SMs never do.

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
    memory: dict[int, float] = {}
    link = 0.0
    for each in in_service:
        compute[each.compute_group] = compute.get(each.compute_group, 0.0) + each.compute_share
        together[each.compute_group] = together.get(each.compute_group, 0) + 1
        memory[each.memory_group] = memory.get(each.memory_group, 0.0) + each.memory_share
        link += each.transfer_seconds / each.seconds
    return tuple(
        Load(
            max(1.0, compute[each.compute_group])
            * (1.0 + each.switching if together[each.compute_group] > 1 else 1.0),
            max(1.0, memory[each.memory_group]),
            max(1.0, link),
        )
        for each in in_service
    )


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
    added = _on_gpu(demand, load.compute, load.memory) - _on_gpu(demand, 1.0, 1.0)
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


def _on_gpu(demand: Demand, compute: float, memory: float) -> float:
    if demand.memory_seconds == 0.0:
        return demand.compute_seconds * compute
    if demand.compute_seconds == 0.0:
        return demand.memory_seconds * memory
    k = constant("overlap_exponent")
    return float(((demand.compute_seconds * compute) ** k + (demand.memory_seconds * memory) ** k) ** (1 / k))
