"""Jobs that scenarios hand to their tenants: from one that leaves a large GPU idle to one that fills it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.workloads.registry import workload

if TYPE_CHECKING:
    from mig_explorer.workloads import Workload

JOBS = {
    "small matmul": ("matmul", {"size": 256, "repeats": 50}),
    "small inference": ("mlp", {"batch": 32, "layers": 4, "width": 128}),
    "short attention": ("attention", {"length": 1024}),
    "large matmul": ("matmul", {"size": 4096}),
    "streaming": ("triad", {"elements": 2**26}),
}
"""The workload and its size by the name that a page shows."""


def job(name: str) -> Workload:
    """Return the workload of a job.

    Examples
    --------
    >>> job("streaming").title
    'STREAM triad, 2^26 elements'
    """
    kernel, size = JOBS[name]
    return workload(kernel, **size)
