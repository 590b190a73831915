"""What slices gain with each kind of job, from the time of one request on a slice and on the whole GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mig_explorer.model import step_time
from mig_explorer.scenarios.jobs import JOBS, job

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout


def kinds_of_job(gpu: Gpu, layout: Layout, jobs: int) -> pd.DataFrame:
    """Return how much more some jobs get done on equal slices than one after another, for every kind of job.

    As many requests are done at once as there are jobs and slices for them, each in its time on a slice; one
    after another each takes its time on the whole GPU.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    layout : Layout
        Equal slices.
    jobs : int
        Jobs that send without a pause.

    Returns
    -------
    pandas.DataFrame
        ``job``, ``workload``; ``fills_percent``, the share of the GPU's warp slots that one job fills;
        ``limited_by`` on the whole GPU; ``slower_alone_times`` on a slice; ``gain_times``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.scenarios.ways_to_share import slices_for
    >>> board = gpu("A100-SXM4-40GB")
    >>> found = kinds_of_job(board, slices_for(board, 7), 7).set_index("job")
    >>> bool(found.loc["small inference", "gain_times"] > 4 > 1 > found.loc["streaming", "gain_times"])
    True
    """
    piece = gpu.slice(layout.instances[0].profile.name)
    at_once = min(jobs, len(layout.instances))
    rows = []
    for name in JOBS:
        work = job(name)
        whole, sliced = (step_time(work, each, gpu) for each in (gpu.whole, piece))
        slower = sliced.seconds / whole.seconds
        rows.append(
            {
                "job": name,
                "workload": work.title,
                "fills_percent": 100 * whole.occupancy,
                "limited_by": whole.limited_by,
                "slower_alone_times": slower,
                "gain_times": at_once / slower,
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = f"modelled; {gpu.name}, {layout.title}, {jobs} jobs"
    return table
