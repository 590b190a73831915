"""How much work each sharing mode gets done, against one job after another, with the model's band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mig_explorer.charts.drawing import records
from mig_explorer.experiments.comparison import WHOLE
from mig_explorer.experiments.sweep import sweep_row
from mig_explorer.experiments.table import ALL
from mig_explorer.gpus import gpu as board_of
from mig_explorer.model import Demand, Mps, loads, step_time
from mig_explorer.model.contention import stretched_seconds

if TYPE_CHECKING:
    from mig_explorer.charts.drawing import Row
    from mig_explorer.experiments import Result
    from mig_explorer.gpus import Gpu
    from mig_explorer.workloads import Workload

TIMES = ("step_seconds", "low_seconds", "high_seconds", "saturated_seconds")
"""The model's middle, the ends of its band, and the other end of what it does not know: how much of an SM a
few blocks can use."""


@dataclass(frozen=True)
class Gain:
    """Requests that a mode serves over those of one job after another.

    Parameters
    ----------
    value, low, high : float
        As modelled, and the least and the most of it if all times are at one end of what the model knows.
    """

    value: float
    low: float
    high: float


def totals(result: Result) -> dict[str, Row]:
    """Return the rows of `Result.table` that are of all tenants, by mode."""
    return {str(row["mode"]): row for row in records(result.table) if row["tenant"] == ALL}


def gain(result: Result, slug: str, work: Workload) -> Gain:
    """Return what a mode gains over one job after another.

    All times are moved to the same end of the band at once: what is not known of a kernel is the same on a
    slice and on the whole GPU. Of tenants side by side on all SMs one end more is worked out: were one block
    enough to keep an SM busy, kernels with a block for every SM would find no room beside each other.

    Parameters
    ----------
    result : Result
        Of an experiment with the monolithic mode.
    slug : str
        Of the mode.
    work : Workload
        What all tenants run.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic, Mps
    >>> from mig_explorer.workloads import mlp
    >>> found = Experiment("A30", tenants(mlp(), 2), [Monolithic(), Mps()]).modelled()
    >>> gain(found, "monolithic", mlp())
    Gain(value=1.0, low=1.0, high=1.0)
    """
    modes = {mode["mode"]: mode for mode in result.modes}
    count = len(result.header["tenants"])
    ratios = []
    for times in TIMES:
        mine, whole = (
            float(sweep_row(result.recording, modes[each], count, times)["throughput_per_s"])
            for each in (slug, WHOLE)
        )
        ratios.append(mine / whole)
    if slug == Mps().slug:
        ratios.append(side_by_side_if_blocks_fill(work, board_of(result.header["gpu"]), count))
    return Gain(ratios[0], min(ratios), max(ratios))


def side_by_side_if_blocks_fill(work: Workload, gpu: Gpu, count: int) -> float:
    """Return what some requests side by side gain over one after another, if one block keeps an SM busy.

    A request then fills ``blocks / (rounds x SMs)`` of the SMs, in as many rounds as blocks take turns on an
    SM, and not ``StepTime.occupancy`` of them.

    Parameters
    ----------
    work : Workload
        Of one request.
    gpu : Gpu
        The board.
    count : int
        How many requests are side by side.

    Examples
    --------
    256 blocks on 108 SMs are three rounds, the last of which is not full:

    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import matmul
    >>> round(side_by_side_if_blocks_fill(matmul(size=256, repeats=50), gpu("A100-SXM4-40GB"), 7), 1)
    1.8
    """
    step, sms = step_time(work, gpu.whole, gpu), gpu.sms or 1
    blocks = work.launch.blocks
    filled = blocks / (math.ceil(blocks / sms) * sms)
    traffic = work.cost.bytes / (float(gpu.whole.bandwidth.value) * 1e9)
    one = Demand(
        step.saturated_seconds,
        compute_seconds=step.compute_seconds * step.occupancy / step.possible_occupancy / filled,
        memory_seconds=step.memory_seconds,
        compute_share=filled,
        memory_share=min(1.0, traffic / step.gpu_seconds),
    )
    together = stretched_seconds(one, loads([one] * count)[0])
    return count * one.seconds / together


def work_done(result: Result, work: Workload) -> pd.DataFrame:
    """Return a row for each mode of an experiment in which all tenants run the same.

    Parameters
    ----------
    result : Result
        Of an experiment with the monolithic mode.
    work : Workload
        What all tenants run.

    Returns
    -------
    pandas.DataFrame
        ``mode``, ``title``; ``throughput_per_s``; ``gain_times``, ``gain_low_times``, ``gain_high_times``
        over one job after another; ``alone_s``, the p99 latency of a job that has the mode to itself, and
        ``latency_p99_s`` among the others; ``isolation_times``, the one over the other;
        ``slower_alone_times``, a job by itself in the mode over the same on the whole GPU.
    """
    of_all = totals(result)
    alone = {
        str(row["mode"]): row["latency_p50_s"] for row in records(result.by_tenants) if row["tenants"] == 1
    }
    rows = []
    for mode in result.modes:
        slug, row = mode["mode"], of_all[mode["mode"]]
        gained = gain(result, slug, work)
        rows.append(
            {
                "mode": slug,
                "title": mode["title"],
                "throughput_per_s": float(row["throughput_per_s"]),
                "gain_times": gained.value,
                "gain_low_times": gained.low,
                "gain_high_times": gained.high,
                "alone_s": float(row["latency_p99_s"] / row["isolation"]),
                "latency_p99_s": float(row["latency_p99_s"]),
                "isolation_times": float(row["isolation"]),
                "slower_alone_times": float(alone[slug] / alone[WHOLE]),
            }
        )
    return pd.DataFrame(rows)
