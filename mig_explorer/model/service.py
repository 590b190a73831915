"""What one request asks of the server it runs on: its time there, and its shares of what it shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.model.calibration import constant
from mig_explorer.model.contention import Demand
from mig_explorer.model.measured import MeasuredWorkload
from mig_explorer.model.roofline import step_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.modes import Server
    from mig_explorer.model.roofline import Counted, StepTime

MIB, GIB = 2**20, 2**30


@dataclass(frozen=True)
class Service:
    """One request of a workload on a server, with nobody else in service.

    Parameters
    ----------
    seconds : float
        Its time.
    low_seconds, high_seconds : float
        The model's uncertainty about `seconds`.
    compute_seconds, memory_seconds : float
        What arithmetic and memory traffic would each take of it alone; what stretches when others come.
    compute_share, memory_share : float
        Share of the SMs of the server's compute group, and of the bandwidth of its memory group, that the
        request fills while it is on the GPU, 0 to 1.
    limited_by : str
        What takes the longest: ``"compute"``, ``"memory"``, ``"copies"`` or what the host does.
    step : StepTime or None
        The roofline it comes from; None for a workload that was measured instead.
    transfer_seconds : float
        How much of its time the link between the host and the GPU is busy. 0 for a workload that keeps its
        arrays on the GPU, and for a measured one: if it copied, its times do not tell.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Mps
    >>> from mig_explorer.workloads import matmul
    >>> board = gpu("A100-SXM4-40GB")
    >>> (server,) = Mps().servers(board, ["ann", "bob"])
    >>> small = service(matmul(size=256), server, board)  # 256 blocks, where 864 have room
    >>> round(small.compute_share, 2), round(small.memory_share, 2)
    (0.3, 0.01)
    """

    seconds: float
    low_seconds: float
    high_seconds: float
    compute_seconds: float
    memory_seconds: float
    compute_share: float
    memory_share: float
    limited_by: str
    step: StepTime | None
    transfer_seconds: float = 0.0

    def demand(self, compute_group: int = 0, memory_group: int = 0, switching: float = 0.0) -> Demand:
        """Return this as the contention rule takes it, with its groups by number.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> from mig_explorer.model import Mps, stretch
        >>> from mig_explorer.workloads import matmul
        >>> board = gpu("A100-SXM4-40GB")
        >>> (server,) = Mps().servers(board, ["ann", "bob"])
        >>> one = service(matmul(size=256), server, board).demand()
        >>> stretch([one, one])
        (1.0, 1.0)
        """
        return Demand(
            self.seconds,
            self.compute_seconds,
            self.memory_seconds,
            self.transfer_seconds,
            self.compute_share,
            self.memory_share,
            compute_group,
            memory_group,
            switching,
        )


def service(workload: Counted | MeasuredWorkload, server: Server, gpu: Gpu) -> Service:
    """Return what one request of a workload asks of a server.

    The time is the roofline's on the slice that the request sees: a cap or a green context narrows its SMs,
    not its memory or bandwidth, and bandwidth then is what so few SMs can draw.

    Share of the SMs. A kernel runs in waves of blocks, and the roofline takes its arithmetic to go as the
    block places it fills: with q waves unrounded it fills ``q / ceil(q)`` of the places of its SMs, and that
    many of the group's are ``q / ceil(q) x SMs of the slice / SMs of the group``. Kernels whose shares add up
    to 1 fit beside each other: blocks of one start where the other leaves room. Such a share is also what the
    kernel does of the arithmetic that kernels like it can do there, so that together they never do more. The
    fill is got as occupancy reached over occupancy possible, which is the same: an SM that holds all the
    blocks it has room for is full, however few of its warp slots they fill.

    Share of the bandwidth. For ``memory_seconds / gpu_seconds`` of its time on the GPU it draws what its SMs
    can draw, so over that time ``bytes / gpu_seconds`` on average, of the group's STREAM bandwidth.

    A measured workload is taken to fill whatever it runs on, since its times do not tell: n of them with the
    same SMs take n times its GPU part. How much of that part is arithmetic is the weight by which times of
    measured jobs grow (``memory_weight``). Where only memory is shared, all of it is traffic, and its share
    is how much faster it would be on all of the SMs there: parts of a board together do no more than all.

    Where tenants take turns, the whole time of a request counts as arithmetic on the whole slice: nobody else
    is on the GPU in its turn.

    Copies between the host and the GPU are part of the time, before and after the kernel. All requests of the
    board share the link, MIG or not: what they copy is slowed by one another's copies and by nothing else,
    save in turns, where a request waits with its copies too.

    The band is the roofline's own, which takes every part at the ends of its sources: a part that is known
    well, or hidden behind another, widens it little.

    Parameters
    ----------
    workload : Workload or MeasuredWorkload
        What the tenant runs.
    server : Server
        Where, from `SharingMode.servers`.
    gpu : Gpu
        The board.

    Raises
    ------
    DoesNotFit
        If the working set is larger than the slice's memory.
    InvalidWorkload
        If the model does not know the slice, a block does not fit an SM, or a job was measured on another
        board.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> board = gpu("A100-SXM4-40GB")
    >>> (server,) = Monolithic().servers(board, ["ann"])
    >>> alone = service(triad(elements=2**26), server, board)
    >>> alone.limited_by, round(alone.compute_share, 2), round(alone.memory_share, 2)
    ('memory', 1.0, 0.99)
    """
    if isinstance(workload, MeasuredWorkload):
        found = _measured(workload, server, gpu)
    else:
        found = _counted(workload, server, gpu)
    return _in_turns(found) if server.takes_turns else found


def _counted(workload: Counted, server: Server, gpu: Gpu) -> Service:
    step = step_time(workload, server.slice, gpu)
    return Service(
        seconds=step.seconds,
        low_seconds=step.low_seconds,
        high_seconds=step.high_seconds,
        compute_seconds=step.compute_seconds,
        memory_seconds=step.memory_seconds,
        compute_share=_share_of_sms(step, server),
        memory_share=_share_of_bandwidth(workload, step, server),
        limited_by=step.limited_by,
        step=step,
        transfer_seconds=step.copy_seconds,
    )


def _measured(workload: MeasuredWorkload, server: Server, gpu: Gpu) -> Service:
    if workload.board.name != gpu.name:
        message = (
            f"{workload.name} was measured on {workload.board.name}, and its times say nothing of "
            f"{gpu.name}. Run on {workload.board.name}; or, if they hold there too, say so: "
            f'MeasuredWorkload(…, gpu="{gpu.name}").'
        )
        raise InvalidWorkload(message)
    here = workload.predict(server.slice)
    group = gpu.whole if server.profile is None else gpu.slice(server.profile)
    share = 1.0
    if server.slice.sms != group.sms and here.gpu_seconds > 0:
        share = min(1.0, workload.predict(group).gpu_seconds / here.gpu_seconds)
    only_memory = server.group_sms != group.sms
    traffic = 1.0 if only_memory else constant("memory_weight")
    k = constant("overlap_exponent")
    return Service(
        seconds=here.seconds,
        low_seconds=here.low,
        high_seconds=here.high,
        compute_seconds=here.gpu_seconds * (1 - traffic) ** (1 / k),
        memory_seconds=here.gpu_seconds * traffic ** (1 / k),
        compute_share=1.0 if only_memory else share,
        memory_share=share,
        limited_by=here.limited_by,
        step=None,
    )


def _share_of_sms(step: StepTime, server: Server) -> float:
    of_group = (server.slice.sms or 0) / (server.group_sms or 1)
    return min(1.0, step.occupancy / step.possible_occupancy * of_group)


def _share_of_bandwidth(workload: Counted, step: StepTime, server: Server) -> float:
    bandwidth = float(server.slice.bandwidth.value) * 1e9
    return min(1.0, workload.cost.bytes / step.gpu_seconds / bandwidth)


def _in_turns(alone: Service) -> Service:
    return replace(
        alone, compute_seconds=alone.seconds, memory_seconds=0.0, compute_share=1.0, memory_share=0.0
    )


def check_together(
    servers: Sequence[Server], workloads: Mapping[str, Counted | MeasuredWorkload], gpu: Gpu
) -> None:
    """Refuse tenants whose memory does not fit together where they share it.

    Tenants side by side or in turns have their arrays on the GPU at the same time, so their sum has to fit;
    of tenants that queue, only as many as are in service at once, the largest ones. What CUDA itself takes
    for every process is not counted, and a measured workload only if its memory is known.

    Parameters
    ----------
    servers : sequence of Server
        All servers of one mode.
    workloads : mapping of str to Workload or MeasuredWorkload
        By tenant.
    gpu : Gpu
        The board.

    Raises
    ------
    DoesNotFit
        The message names the sum.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Mps
    >>> from mig_explorer.workloads import triad
    >>> board = gpu("A100-SXM4-40GB")
    >>> work = triad(elements=2**30)  # 12 GiB
    >>> three, four = ["ann", "bob", "cy"], ["ann", "bob", "cy", "dee"]
    >>> check_together(Mps().servers(board, three), dict.fromkeys(three, work), board)
    >>> check_together(Mps().servers(board, four), dict.fromkeys(four, work), board)
    Traceback (most recent call last):
    mig_explorer.errors.DoesNotFit: 4 tenants have their memory on the whole GPU of A100-SXM4-40GB at the same
    time and need 49,152 MiB together, but it has 40,960 MiB. The 3 largest of them fit: use fewer tenants or
    smaller workloads, or Monolithic(), which has one on the GPU at a time.
    """
    groups: dict[str, list[Server]] = {}
    for server in servers:
        groups.setdefault(server.memory_group, []).append(server)
    for name, sharing in groups.items():
        needed = sorted((each for server in sharing for each in _largest(server, workloads)), reverse=True)
        memory_mib = sharing[0].slice.memory_mib
        if memory_mib is None or sum(needed) <= memory_mib * MIB:
            continue
        where = f"the {name} of {gpu.name}" if sharing[0].profile is None else f"{name} of {gpu.name}"
        fits = next(count for count in range(len(needed)) if sum(needed[: count + 1]) > memory_mib * MIB)
        message = (
            f"{len(needed)} tenants have their memory on {where} at the same time and need "
            f"{sum(needed) / MIB:,.0f} MiB together, but it has {memory_mib:,} MiB. The {fits} largest of "
            "them fit: use fewer tenants or smaller workloads, or Monolithic(), which has one on the GPU "
            "at a time."
        )
        raise DoesNotFit(message)


def _largest(server: Server, workloads: Mapping[str, Counted | MeasuredWorkload]) -> list[float]:
    return sorted((_needed_bytes(workloads[name]) for name in server.tenants), reverse=True)[
        : server.most_at_once
    ]


def _needed_bytes(workload: Counted | MeasuredWorkload) -> float:
    if isinstance(workload, MeasuredWorkload):
        return (workload.memory_gib or 0.0) * GIB
    return workload.cost.working_set_bytes
