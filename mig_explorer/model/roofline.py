"""The time of one request on one slice: a roofline with waves of blocks and launches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.model.bandwidth import reachable_bandwidth, share_of_data_sheet
from mig_explorer.model.calibration import constant, constants
from mig_explorer.model.copies import copy_times
from mig_explorer.model.occupancy import recorded_resources_of, resident_blocks
from mig_explorer.model.scaling import joined

if TYPE_CHECKING:
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.gpus import Gpu, Slice
    from mig_explorer.workloads import Cost, Launch, Workload

MIB = 2**20


class Counted(Protocol):
    """What `step_time` needs of a workload; `mig_explorer.model.emulated` has one of your own kernel."""

    @property
    def title(self) -> str:
        """For messages."""

    @property
    def note(self) -> str:
        """What its modelled time leaves out."""

    @property
    def launch(self) -> Launch:
        """Its blocks."""

    @property
    def cost(self) -> Cost:
        """What one request asks of the GPU."""


@dataclass(frozen=True)
class StepTime:
    """The modelled time of one request, and what it does to the board meanwhile.

    Parameters
    ----------
    seconds : float
        From the first launch to the last result.
    low_seconds, high_seconds : float
        The band: every part at the better and at the worse end of what was published for it.
    saturated_seconds : float
        The same, were a single block enough to keep an SM fully busy: the other end of what is not known.
    compute_seconds, memory_seconds, host_seconds : float
        What arithmetic, the memory and launching would each take alone.
    copy_seconds : float
        What copying between the host and the GPU takes, before and after all the rest.
    latency_seconds : float or None
        What the chain of dependent reads takes, which no bandwidth shortens: `memory_seconds` is no less.
        None where the latency of the board's memory is unknown; it is then left out.
    gpu_seconds : float
        Arithmetic and memory together: how long blocks are on the SMs.
    limited_by : str
        The longest of the four: ``"compute"``, ``"memory"``, ``"host"`` or ``"copies"``.
    active_sms : int
        SMs of the slice that get at least one block.
    occupancy : float
        Share of the slice's warp slots that hold a warp while its kernel runs.
    possible_occupancy : float
        The same of an SM that holds all the blocks it has room for.
    sm_active : float
        Share of the whole board's SM-seconds with a block resident, over `seconds`. NVIDIA DCGM calls it
        ``sm_active``, but takes it per instance under MIG; here the board is always the whole.
    sm_occupancy : float
        Share of the whole board's warp slots filled, over `seconds` (``sm_occupancy`` in DCGM).
    note : str
        What this time leaves out, where that is a large part of it; else empty.
    """

    seconds: float
    low_seconds: float
    high_seconds: float
    saturated_seconds: float
    compute_seconds: float
    memory_seconds: float
    host_seconds: float
    latency_seconds: float | None
    gpu_seconds: float
    limited_by: str
    active_sms: int
    occupancy: float
    possible_occupancy: float
    sm_active: float
    sm_occupancy: float
    note: str = ""
    copy_seconds: float = 0.0


class _Parts(NamedTuple):
    """What the parts of a step would each take alone, in seconds."""

    compute: float
    memory: float
    host: float
    copies: float

    def together(self) -> float:
        k = constant("overlap_exponent")
        return joined(self.host, joined(self.compute, self.memory, k), k) + self.copies


def step_time(workload: Workload | Counted, slice: Slice, gpu: Gpu) -> StepTime:  # noqa: A002 - MIG's own word
    """Return the modelled time of one request of a workload on a slice of a board.

    Compute: the FLOPs over the share of the peak that such kernels reach on the slice's SMs, times the waves:
    blocks come in waves of SMs times blocks per SM, and the last wave takes as long as a full one. This takes
    an SM's speed as proportional to the blocks it holds, so it overstates what a small grid loses when a few
    blocks can already saturate an SM; `StepTime.saturated_seconds` is the other extreme.
    Memory: the bytes over the slice's STREAM bandwidth, or over what the SMs that have a block can draw; but
    no less than the longest chain of dependent reads takes at the memory's latency, where that is known.
    Host: the launches, one after another. The three are joined as ``(a^k + b^k)^(1/k)``, first compute with
    memory, then both with the host. Traffic saved by the level-2 cache is left out.
    Copies: what a request copies between the host and the GPU (`Cost.copied_bytes`), over the bandwidth of
    the link between them (`mig_explorer.model.copies`). They are added to the rest: inputs are copied before
    the kernel starts and outputs after it has finished.

    The band takes every part at the ends of what its sources allow: a matmul without shared memory and one
    tiled in registers, the data sheet's bandwidth and that of a plain copy, a kernel without arguments and
    one with four.

    Parameters
    ----------
    workload : Workload
        Its `launch` and its `cost` per request are used.
    slice : Slice
        ``gpu.whole`` or ``gpu.slice(profile)``.
    gpu : Gpu
        The board that the slice belongs to.

    Raises
    ------
    DoesNotFit
        If the working set is larger than the slice's memory; names the smallest profile that would do.
    InvalidWorkload
        If the SMs, the memory or the bandwidth of the slice, or the board's peak rate in the workload's
        precision, are unknown; or if a block does not fit an SM; or if it copies over a link whose bandwidth
        is unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import triad
    >>> board = gpu("A100-SXM4-40GB")
    >>> whole = step_time(triad(elements=2**26), board.whole, board)
    >>> piece = step_time(triad(elements=2**26), board.slice("1g.5gb"), board)
    >>> whole.limited_by, round(piece.seconds / whole.seconds, 1)
    ('memory', 7.9)
    >>> whole.low_seconds < whole.seconds < whole.high_seconds
    True
    >>> copied = step_time(triad(elements=2**26).with_copies(), board.whole, board)
    >>> copied.limited_by, round(copied.seconds / whole.seconds)
    ('copies', 54)
    """
    cost, launch = workload.cost, workload.launch
    sms, memory_mib, stream = _known(slice, gpu)
    _check_fit(workload, slice.name, memory_mib, gpu)
    residency = resident_blocks(launch, gpu, _resources(workload, gpu))
    quotient = launch.blocks / (sms * residency.blocks)
    waves = math.ceil(quotient)
    active_sms = min(sms, launch.blocks)

    work = cost.flops / (_peak_flops(cost.precision, gpu) * sms / gpu.sms)
    in_waves = work * waves / quotient
    one_each = work * math.ceil(launch.blocks / sms) * sms / launch.blocks
    traffic = cost.bytes / (reachable_bandwidth(stream, active_sms, gpu) * 1e9)
    latency = _latency(cost.dependent_reads, gpu)
    wait = latency or 0.0
    copying = copy_times(workload, gpu)
    efficiency, launching = constant("compute_efficiency"), constant("launch_overhead")
    parts = _Parts(in_waves / efficiency, max(traffic, wait), cost.launches * launching, copying.seconds)
    best = _Parts(
        one_each / constant("compute_efficiency_high"),
        max(traffic * share_of_data_sheet(gpu), cost.dependent_reads * constant("l2_latency") * bool(wait)),
        cost.launches * constant("launch_overhead_low"),
        copying.low_seconds,
    )
    worst = _Parts(
        in_waves / constant("compute_efficiency_low"),
        max(traffic / constant("memcpy_share_of_stream"), wait),
        cost.launches * constant("launch_overhead_high"),
        copying.high_seconds,
    )
    on_gpu = joined(parts.compute, parts.memory, constant("overlap_exponent"))
    seconds = parts.together()

    in_last_wave = launch.blocks - (waves - 1) * sms * residency.blocks
    mean_sms = ((waves - 1) * sms + min(sms, in_last_wave)) / waves
    possible = residency.blocks * residency.warps_per_block / residency.max_warps
    occupancy = quotient / waves * possible
    return StepTime(
        seconds=seconds,
        low_seconds=best.together(),
        high_seconds=worst.together(),
        saturated_seconds=parts._replace(compute=one_each / efficiency).together(),
        compute_seconds=parts.compute,
        memory_seconds=parts.memory,
        host_seconds=parts.host,
        latency_seconds=latency,
        gpu_seconds=on_gpu,
        limited_by=max(parts._fields, key=lambda name: getattr(parts, name)),
        active_sms=active_sms,
        occupancy=occupancy,
        possible_occupancy=possible,
        sm_active=mean_sms / gpu.sms * on_gpu / seconds,
        sm_occupancy=occupancy * sms / gpu.sms * on_gpu / seconds,
        note=workload.note,
        copy_seconds=parts.copies,
    )


def _resources(workload: Any, gpu: Gpu) -> KernelResources | None:
    if hasattr(workload, "resources"):
        found: KernelResources | None = workload.resources(gpu)
        return found
    return recorded_resources_of(workload, gpu)


def _latency(dependent_reads: int, gpu: Gpu) -> float | None:
    """Return what a chain of reads takes at the latency of the board's memory, None where that is unknown."""
    if not dependent_reads:
        return 0.0
    name = f"dram_latency_{gpu.compute_capability[0]}_{gpu.compute_capability[1]}"
    return dependent_reads * constant(name) if name in constants() else None


def _known(piece: Slice, gpu: Gpu) -> tuple[int, int, float]:
    """Return SMs, memory in MiB and bandwidth in GB/s of a slice."""
    unknown = _unknown(piece)
    if piece.sms is None or piece.memory_mib is None or piece.bandwidth.value is None:
        where = "the whole board" if piece.name == gpu.whole.name else f"profile {piece.name}"
        way_out = "Choose another board."
        if not _unknown(gpu.whole):
            timed = [name for name in gpu.profiles if not _unknown(gpu.slice(name))]
            way_out = f"It can be on: {', '.join([*timed, f'the {gpu.whole.name}'])}."
        message = (
            f"The {' and '.join(unknown)} of {where} of {gpu.name} {'are' if 'SMs' in unknown else 'is'} "
            f"unknown, so no time can be modelled on it. {way_out}"
        )
        raise InvalidWorkload(message)
    return piece.sms, piece.memory_mib, float(piece.bandwidth.value)


def _unknown(piece: Slice) -> list[str]:
    values = {"SMs": piece.sms, "memory": piece.memory_mib, "bandwidth": piece.bandwidth.value}
    return [what for what, value in values.items() if value is None]


def _peak_flops(precision: str, gpu: Gpu) -> float:
    peak = gpu.peak_fp64_tflops if precision == "fp64" else gpu.peak_fp32_tflops
    if peak is None:
        message = (
            f"The {precision} peak rate of {gpu.name} is unknown, so the model cannot time a {precision} "
            f"kernel on it. Use a workload in the other precision or another board."
        )
        raise InvalidWorkload(message)
    return peak * 1e12


def _check_fit(workload: Workload | Counted, piece: str, memory_mib: int, gpu: Gpu) -> None:
    needed = workload.cost.working_set_bytes
    if needed <= memory_mib * MIB:
        return
    larger = [each for each in gpu.profiles.values() if needed <= (each.memory_mib or 0) * MIB]
    where = f"the {piece}" if piece == gpu.whole.name else f"a {piece} slice"
    if larger:
        way_out = f"The smallest profile with room is {larger[0].name}."
    elif gpu.memory_mib is None:
        way_out = "Whether anything larger has room is unknown: make the workload smaller."
    elif needed <= gpu.memory_mib * MIB:
        some_unknown = any(each.memory_mib is None for each in gpu.profiles.values())
        way_out = f"{'The' if some_unknown else 'Only the'} whole GPU has room: use Monolithic()."
    else:
        way_out = "No slice of this board has room: make the workload smaller."
    message = (
        f"{workload.title} needs {needed / MIB:,.0f} MiB, but {where} of {gpu.name} has "
        f"{memory_mib:,} MiB. {way_out}"
    )
    raise DoesNotFit(message)
