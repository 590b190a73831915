"""The time of copying between the host and the GPU, over the link that the whole board shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpus
from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.model.roofline import Counted

PCIE_4 = "PCIe 4 x16"
ONE_MEMORY = "one memory with the CPU"


class CopyTimes(NamedTuple):
    """What the copies of a request take while nobody else uses the link.

    Parameters
    ----------
    seconds : float
        Their time.
    low_seconds, high_seconds : float
        The same with the highest and the lowest bandwidth that was published.
    """

    seconds: float
    low_seconds: float
    high_seconds: float


def copy_times(workload: Counted, gpu: Gpu) -> CopyTimes:
    """Return what copying the inputs of a request to the GPU and its outputs back takes.

    One bandwidth is taken for both ways together, that of large copies between pinned memory and an A100.
    One request copies one way at a time. Requests of several may copy both ways at once, and two ways carry
    more than one: 35 GB/s in all where one alone carried 25 (github.com/NVIDIA/nvbandwidth issue 53), so that
    what they then take is overstated.

    GB10 has one memory for its CPU and its GPU: a kernel reads its inputs where the CPU wrote them, and the
    traffic of that is counted already, so no time is added (NVIDIA DGX Spark Porting Guide). A program that
    copies all the same reads and writes each byte once in that memory: the upper end of the band.

    Parameters
    ----------
    workload : Workload
        What copies; its `cost` is used.
    gpu : Gpu
        The board. All its slices share one link, so none of them has less of it alone.

    Raises
    ------
    InvalidWorkload
        If it copies, and the bandwidth of the board's link is unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import triad
    >>> work = triad(elements=2**26).with_copies()  # 0.8 GB over 25.8 GB/s
    >>> round(copy_times(work, gpu("A100-SXM4-40GB")).seconds, 4)
    0.0312
    >>> round(copy_times(work, gpu("GB10")).seconds, 4)
    0.0
    """
    copied, link = workload.cost.copied_bytes, gpu.value("host_link")
    if not copied:
        return CopyTimes(0.0, 0.0, 0.0)
    if link == ONE_MEMORY:
        return CopyTimes(0.0, 0.0, 2 * copied / (float(gpu.whole.bandwidth.value) * 1e9))
    if link != PCIE_4:
        known = [each.name for each in gpus() if each.value("host_link") in (PCIE_4, ONE_MEMORY)]
        message = (
            f"{workload.title}: a request copies {copied:,} bytes between the host and the GPU, but the "
            f"bandwidth of the link to {gpu.name} is unknown, so no time can be modelled. Leave the arrays "
            f"on the GPU, or use one of: {', '.join(known)}."
        )
        raise InvalidWorkload(message)
    names = ("pcie_bandwidth", "pcie_bandwidth_high", "pcie_bandwidth_low")
    return CopyTimes(*(copied / (constant(name) * 1e9) for name in names))
