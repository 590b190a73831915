"""A tenant whose requests come at random and must be answered in time, a crowd beside it, and a noisy one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.experiments import Experiment, Tenant, tenants
from mig_explorer.model import step_time
from mig_explorer.model.arrivals import Poisson
from mig_explorer.scenarios.jobs import job
from mig_explorer.scenarios.ways_to_share import ways_to_share

if TYPE_CHECKING:
    from mig_explorer.experiments import Result
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Mig
    from mig_explorer.scenarios.ways_to_share import Ways

CRITICAL = "the critical tenant"
NOISY = "the noisy neighbour"
JOB = "small matmul"
NEIGHBOURS = {
    "computes without a pause": "large matmul",
    "streams without a pause": "streaming",
    "floods": JOB,
}
"""What a noisy neighbour runs, by what it does."""

FLOOD = 2.0
"""A flood asks for so many times what the whole GPU could serve."""

REQUESTS = 2_200
"""Of the critical tenant, on average: from 2,000 on a p99 has a confidence interval."""

SHOWN = 400
"""In the picture of a noisy neighbour: enough to see, few enough to draw."""

SEED = 7


@dataclass(frozen=True)
class Critical:
    """The tenant with a deadline.

    Parameters
    ----------
    board : Gpu
        Where.
    load : float
        What it asks for, as a share of what the whole GPU could serve it.
    deadline : float
        Times its request alone on the whole GPU.
    """

    board: Gpu
    load: float
    deadline: float

    @property
    def alone_seconds(self) -> float:
        """Seconds of one request on the whole GPU with nobody there."""
        return step_time(job(JOB), self.board.whole, self.board).seconds

    @property
    def deadline_seconds(self) -> float:
        """Seconds within which an answer is in time."""
        return self.deadline * self.alone_seconds

    @property
    def rate_per_s(self) -> float:
        """Requests per second, on average."""
        return self.load / self.alone_seconds

    def tenant(self) -> Tenant:
        """Return it as a tenant: requests come at random, whether or not the last one was answered."""
        sends = Poisson(self.rate_per_s)
        return Tenant(CRITICAL, job(JOB), arrivals=sends, deadline_seconds=self.deadline_seconds)


def beside_a_crowd(critical: Critical, crowd: int, mig: Mig | None) -> tuple[Ways, Result]:
    """Let a number of others send the same without a pause, in every sharing mode of the board."""
    ways = ways_to_share(critical.board, crowd + 1, mig)
    everybody = (critical.tenant(), *tenants(job(JOB), crowd))
    seconds = REQUESTS / critical.rate_per_s
    return ways, Experiment(critical.board, everybody, ways.modes, seconds=seconds, seed=SEED).modelled()


def beside_a_neighbour(critical: Critical, does: str, mig: Mig | None, *, visits: bool) -> Result:
    """Let one neighbour take all it can get.

    Parameters
    ----------
    critical : Critical
        Whose latency counts.
    does : str
        One of `NEIGHBOURS`.
    mig : Mig, optional
        The MIG mode, where the board has it.
    visits : bool
        Whether it comes after a third of the time and leaves after another, to be drawn; else it stays.
    """
    ways = ways_to_share(critical.board, 2, mig)
    work = job(NEIGHBOURS[does])
    seconds = (SHOWN if visits else REQUESTS) / critical.rate_per_s
    stay = {"joins": seconds / 3, "leaves": 2 * seconds / 3} if visits else {"joins": 0.0}
    sends = Poisson(FLOOD / critical.alone_seconds) if does == "floods" else None
    everybody = (critical.tenant(), Tenant(NOISY, work, arrivals=sends, **stay))
    return Experiment(critical.board, everybody, ways.modes, seconds=seconds, seed=SEED).modelled()
