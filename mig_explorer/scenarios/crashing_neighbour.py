"""A neighbour whose kernel faults: who survives in the emulation, and on a GPU as publications say."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mig_explorer.errors import ExperimentFailed
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.isolation_facts import FACTS, kept
from mig_explorer.scenarios.noisy_neighbour import SEED, mode_of
from mig_explorer.scenarios.planted_fault import planted_fault
from mig_explorer.scenarios.sources import cited
from mig_explorer.workloads import triad

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.gpus import Gpu

WELL = ("Ann", "Ben")
FAULTY = "the neighbour"

ON_A_GPU = {
    "isolated": "the others go on",
    "partly": "disputed: NVIDIA's documents disagree",
    "shared": "all who share the GPU end",
    "unknown": "unknown",
}


def crash_test(gpu: str, *ways: str) -> pd.DataFrame:
    """Run the emulated kernels of three tenants, one of which kills its process, and say who survived.

    It takes some seconds: real worker processes are started, and two of them die.

    Parameters
    ----------
    gpu : str
        A board of the catalogue.
    *ways : str
        Ways to share: ``"MIG"``, ``"MPS"``, ``"time slicing"``, ``"green contexts"``.

    Returns
    -------
    pandas.DataFrame
        ``emulated_here`` is what happened; ``on_a_gpu_as_published`` is what sources say of a GPU, which the
        emulation cannot show: it keeps all tenants in processes of their own, whatever the mode.
    """
    board = board_of(gpu)
    return survivors(crash(board, ways), board, ways)


def crash(gpu: Gpu, ways: tuple[str, ...]) -> Result:
    """Run the tenants' kernels, emulated, each in a process, one of which is killed by its kernel.

    Returns
    -------
    Result
        Its ``failures`` are the lost ones; the trace is in memory only.
    """
    small = triad(elements=1000)
    who = [*(Tenant(name, small) for name in WELL), Tenant(FAULTY, planted_fault())]
    experiment = Experiment(gpu, who, [mode_of(way, gpu) for way in ways], seed=SEED)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return experiment.run(Path(folder) / "crash.jsonl")
        except ExperimentFailed as failed:
            found: Result = failed.result
            return found


def survivors(result: Result, gpu: Gpu, ways: tuple[str, ...]) -> pd.DataFrame:
    """Return a row for each way and tenant: whether its kernel's result arrived, and what a GPU would do."""
    import pandas as pd  # noqa: PLC0415

    modes = {mode_of(way, gpu).slug: way for way in ways}
    table = result.table
    rows = []
    for row in table[table["tenant"] != "all"].to_dict("records"):
        way = modes[row["mode"]]
        cell = kept(way, "program faults")
        here = "right result" if row["results_correct"] else row["status"]
        there = "faulted" if row["tenant"] == FAULTY else ON_A_GPU[cell.answer]
        rows.append((way, row["tenant"], here, there, cited(FACTS, cell.sources)))
    columns = ["way", "tenant", "emulated_here", "on_a_gpu_as_published", "sources"]
    found = pd.DataFrame(rows, columns=columns)
    found.attrs["provenance"] = (
        "emulated: worker processes of this package, which are alike in every mode; "
        "on_a_gpu_as_published: published"
    )
    return found
