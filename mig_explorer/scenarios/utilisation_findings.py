"""What the first scenario found of some jobs on a board: its tables, and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.drawing import records
from mig_explorer.experiments.comparison import DRAW
from mig_explorer.scenarios.figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.gpus import Gpu
    from mig_explorer.scenarios.ways_to_share import Ways
    from mig_explorer.workloads import Workload


@dataclass(frozen=True)
class Findings:
    """What was found of some jobs on a board.

    Parameters
    ----------
    board, name, work, jobs, ways
        Where, which job and how many of them, and the sharing modes there are.
    result : Result
        The experiment.
    done, idle, watts, kinds : DataFrame
        Of `work_done` with rows for batches, `idle`, `work_per_watt` and `kinds_of_job`.
    """

    board: Gpu
    name: str
    work: Workload
    jobs: int
    ways: Ways
    result: Result
    done: pd.DataFrame
    idle: pd.DataFrame
    watts: pd.DataFrame
    kinds: pd.DataFrame

    @cached_property
    def by_mode(self) -> dict[str, dict[str, Any]]:
        """The rows of `done` by mode."""
        return {str(row["mode"]): row for row in records(self.done)}

    @property
    def mig(self) -> dict[str, Any]:
        """The row of MIG; a board without it has none."""
        return self.by_mode[self.ways.mig.slug if self.ways.mig else ""]

    @property
    def slices(self) -> int:
        """How many jobs MIG runs at once."""
        return len(self.ways.mig.layout.instances) if self.ways.mig else 0

    @property
    def best(self) -> dict[str, Any]:
        """The row that does the most; of those that do as much, the first."""
        return max(self.by_mode.values(), key=lambda row: round(float(row["gain_times"]), 2))

    @property
    def shared(self) -> set[str]:
        """The modes that were tried, without the batches."""
        return {str(mode) for mode in self.watts["mode"]}

    @property
    def ahead(self) -> list[dict[str, Any]]:
        """The rows that do more than MIG does and than one job after another, the most first."""
        more = [
            row
            for row in self.by_mode.values()
            if float(row["gain_times"]) > (1 + DRAW) * max(1.0, float(self.mig["gain_times"]))
        ]
        return sorted(more, key=lambda row: -float(row["gain_times"]))

    @property
    def source(self) -> str:
        """What every modelled figure comes from."""
        header = self.result.header
        return f"{self.board.name}, {self.work.title}, {self.jobs} at once, seed {header['seed']}"

    def figure(self, row: dict[str, Any]) -> Figure:
        """Return the work of a mode over that of one job after another."""
        value, low, high = (float(row[f"gain_{end}times"]) for end in ("", "low_", "high_"))
        what = f"work of {row['title']} over one job after another"
        return Figure(what, value, "times", "modelled", self.source, low, high)
