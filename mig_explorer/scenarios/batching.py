"""The alternative to sharing a GPU: one process that puts the requests of many into one launch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.model import step_time
from mig_explorer.workloads.launch import Launch

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.workloads import Workload


class Rate(NamedTuple):
    """Requests per second, with the ends of the model's band.

    Parameters
    ----------
    value, low, high : float
        Requests per second, each request of a batch counted.
    seconds : float
        How long all requests of one batch take, which is what each of them waits.
    """

    value: float
    low: float
    high: float
    seconds: float


def batched(work: Workload, requests: int) -> Workload:
    """Return a workload that does several requests of another in as many launches as one takes.

    Blocks, arithmetic, traffic and arrays are those of all requests together; what they could share, such as
    the weights of a network, is read for each of them all the same, so the gain is not overstated.

    Parameters
    ----------
    work : Workload
        One request.
    requests : int
        How many at once, 1 or more.

    Examples
    --------
    >>> from mig_explorer.workloads import matmul
    >>> seven = batched(matmul(size=256), 7)
    >>> seven.title, seven.launch.blocks, seven.cost.launches
    ('Tiled matmul, 256 × 256, batch of 7', 1792, 1)
    """
    cost, launch = work.cost, work.launch
    across, *others = launch.grid
    return replace(
        work,
        title=f"{work.title}, batch of {requests}",
        launch=Launch((across * requests, *others), launch.block, launch.shared_bytes),
        cost=replace(
            cost,
            flops=cost.flops * requests,
            bytes=cost.bytes * requests,
            copied_bytes=cost.copied_bytes * requests,
            working_set_bytes=cost.working_set_bytes * requests,
        ),
    )


def batch_rate(work: Workload, requests: int, gpu: Gpu) -> Rate:
    """Return how many requests per second the whole board serves if it gets them in batches.

    Raises
    ------
    DoesNotFit
        If the arrays of all requests together need more memory than the board has.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import mlp
    >>> board = gpu("A100-SXM4-40GB")
    >>> round(batch_rate(mlp(batch=32), 7, board).value / batch_rate(mlp(batch=32), 1, board).value, 1)
    7.0
    """
    step = step_time(batched(work, requests), gpu.whole, gpu)
    return Rate(
        requests / step.seconds, requests / step.high_seconds, requests / step.low_seconds, step.seconds
    )
