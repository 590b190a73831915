"""What one request of a workload asks of a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "fp64"]


@dataclass(frozen=True)
class Cost:
    """The work of one request, counted from the algorithm rather than measured.

    Parameters
    ----------
    flops
        Floating-point operations on real data; padding, guards and address arithmetic are not counted.
        A multiplication and an addition count as two, fused or not.
    bytes
        Compulsory DRAM traffic, in bytes: each launch reads each input once and writes each output once.
        Nothing is assumed to stay in a cache from one launch to the next.
    launches
        Kernel launches.
    working_set_bytes
        Bytes of GPU memory that the arrays take together.
    precision
        The precision of the floating-point operations.
    dependent_reads
        The longest chain of reads of which each needs the one before it: at a full latency of the memory
        each, they take time that neither bandwidth nor more SMs shorten. 0 where loads do not wait for one
        another.
    copied_bytes
        Bytes that a request copies between the host and the GPU, to it and back together. 0 where the arrays
        stay on the GPU from one request to the next, as in every workload that is not asked for its copies
        (`mig_explorer.workloads.Workload.with_copies`).

    Examples
    --------
    >>> cost = Cost(flops=2_000, bytes=12_000, launches=1, working_set_bytes=12_000, precision="fp32")
    >>> round(cost.intensity, 3)
    0.167
    """

    flops: int
    bytes: int
    launches: int
    working_set_bytes: int
    precision: Precision
    dependent_reads: int = 0
    copied_bytes: int = 0

    @property
    def intensity(self) -> float:
        """Arithmetic intensity in FLOP per byte: the x axis of a roofline."""
        return self.flops / self.bytes
