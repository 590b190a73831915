"""What the second scenario found of a tenant with a deadline: its tables, and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mig_explorer.charts.drawing import records
from mig_explorer.scenarios.qos_load import REQUESTS, SEED
from mig_explorer.scenarios.utilisation_verdict import UNDISTURBED

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Row
    from mig_explorer.experiments import Result
    from mig_explorer.scenarios.qos_load import Critical
    from mig_explorer.scenarios.ways_to_share import Ways


@dataclass(frozen=True)
class Findings:
    """What was found of a tenant with a deadline.

    Parameters
    ----------
    critical : Critical
        The tenant.
    crowd : int
        How many others send without a pause.
    does : str
        What the noisy neighbour does.
    ways : Ways
        The sharing modes there are.
    crowded, visited : Result
        Beside the crowd; beside the neighbour that comes and goes.
    by_crowd, beside_crowd, beside_neighbour : DataFrame
        Of `by_crowd` and `isolation`.
    """

    critical: Critical
    crowd: int
    does: str
    ways: Ways
    crowded: Result
    visited: Result
    by_crowd: pd.DataFrame
    beside_crowd: pd.DataFrame
    beside_neighbour: pd.DataFrame

    @cached_property
    def in_crowd(self) -> dict[str, Row]:
        """The isolation beside the crowd by mode."""
        return {str(row["mode"]): row for row in records(self.beside_crowd)}

    @cached_property
    def in_noise(self) -> dict[str, Row]:
        """The isolation beside the noisy neighbour by mode."""
        return {str(row["mode"]): row for row in records(self.beside_neighbour)}

    @cached_property
    def full(self) -> dict[str, Row]:
        """What the tenant gets with everybody there, by mode."""
        return {str(row["mode"]): row for row in records(self.by_crowd) if row["tenants"] == self.crowd + 1}

    def holds(self, slug: str) -> bool:
        """Whether neither the crowd nor the neighbour moves the tail, at both ends of the model's band.

        A queue that grows without end with nobody else there holds nothing.
        """
        both = [table[slug] for table in (self.in_crowd, self.in_noise) if slug in table]
        return all(
            row["isolation_times"] <= UNDISTURBED and row["isolation_high_times"] <= UNDISTURBED
            for row in both
        )

    @cached_property
    def held(self) -> set[str]:
        """The modes that hold."""
        return {slug for slug in self.in_crowd if self.holds(slug)}

    @property
    def source(self) -> str:
        """What every modelled figure comes from."""
        asks = f"{100 * self.critical.load:.0f} % of what the whole GPU could serve"
        return f"{self.critical.board.name}, {REQUESTS:,} requests, {asks}, seed {SEED}"
