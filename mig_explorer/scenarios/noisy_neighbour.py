"""A tenant beside neighbours that take all the bandwidth they can get, in each way to share a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.layouts import Layout, Refusal
from mig_explorer.model import GreenContexts, Mig, Mps, TimeSlicing
from mig_explorer.model.arrivals import Poisson
from mig_explorer.workloads import triad

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode

VICTIM, HOGS = "Ann", "neighbours"
SECONDS = 60.0
JOINS, LEAVES = SECONDS / 3, 2 * SECONDS / 3
"""The neighbours are there in the middle third."""

RATE = 50.0
"""Ann's requests a second, at random: so few that she seldom waits for herself."""

VECTOR = 2**24
HOG_VECTOR = 2**28
"""Elements of STREAM triad: Ann moves 0.2 GB a request, a neighbour 3.2 GB, one request after another."""

WITHOUT_MIG = 3
"""Neighbours on a board that has no slices to say how many fit."""

SEED = 7
SEEDS = range(SEED, SEED + 5)
"""The first is shown, all make the band."""


def private_layout(gpu: Gpu) -> Layout:
    """Return half of a board for Ann, and the other half in the smallest slices, one for each neighbour.

    Raises
    ------
    InvalidExperiment
        If the board has no MIG.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> str(private_layout(gpu("A100-SXM4-40GB")))
    '3g.20gb@0 1g.5gb@4 1g.5gb@5 1g.5gb@6'
    """
    if not gpu.has_mig:
        raise InvalidExperiment(f"{gpu.name} has no MIG, so there is no slice for anybody.")
    plain = [each for each in gpu.profiles.values() if not each.attributes]
    half = next(each for each in plain if 2 * each.memory_slices == gpu.memory_slices and 0 in each.starts)
    layout = Layout(gpu).place(half.name, start=0)
    while not isinstance(found := layout.explain(plain[0].name), Refusal):
        layout = layout.place(plain[0].name, start=found.start)
    return layout


def divided_layout(gpu: Gpu) -> Layout:
    """Return the whole board as one GPU instance, divided into compute instances of the same sizes.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> str(divided_layout(gpu("A100-SXM4-40GB")))
    '7g.40gb@0[3c@0+1c@3+1c@4+1c@5]'
    """
    private = private_layout(gpu)
    largest = [each for each in gpu.profiles.values() if not each.attributes][-1]
    inside = "+".join(f"{each.profile.compute_slices}c" for each in private.instances)
    return Layout(gpu).place(largest.name, start=0).divide(0, inside)


def mode_of(way: str, gpu: Gpu) -> SharingMode:
    """Return the sharing mode that stands for a way to share on a board.

    Raises
    ------
    InvalidExperiment
        If the board does not have it.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> mode_of("MIG", gpu("A30")).title
    'MIG 2g.12gb + 2 × 1g.6gb'
    """
    if way == "MIG":
        return Mig(private_layout(gpu))
    if way == "compute instances":
        return Mig(divided_layout(gpu))
    shared: Mapping[str, SharingMode] = {
        "time slicing": TimeSlicing(),
        "MPS": Mps(),
        "green contexts": GreenContexts(),
    }
    return shared[way]


def neighbours(gpu: Gpu) -> int:
    """Return how many neighbours there are: as many as slices beside Ann's.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> neighbours(gpu("A30")), neighbours(gpu("GB10"))
    (2, 3)
    """
    return len(private_layout(gpu).instances) - 1 if gpu.has_mig else WITHOUT_MIG


@dataclass(frozen=True)
class Waits:
    """What the neighbours do to Ann in one mode.

    Parameters
    ----------
    quiet_seconds, beside_seconds : float
        Her p99 latency in the same third of the time, without them and with them.
    factors : tuple of float
        The ratio, for each seed.
    """

    quiet_seconds: float
    beside_seconds: float
    factors: tuple[float, ...]

    @property
    def factor(self) -> float:
        """The ratio for the seed that is shown."""
        return self.factors[0]


@dataclass(frozen=True)
class NoisyNeighbour:
    """The same tenants under some ways to share, with and without the neighbours.

    Parameters
    ----------
    gpu : Gpu
        The board.
    ways : tuple of str
        Ways to share that it has.
    """

    gpu: Gpu
    ways: tuple[str, ...]

    @cached_property
    def modes(self) -> Mapping[str, SharingMode]:
        """The sharing mode of each way."""
        return {way: mode_of(way, self.gpu) for way in self.ways}

    def result(self, *, noisy: bool = True, seed: int = SEED) -> Result:
        """Return the experiment; without noise the neighbours are known but send nothing."""
        first = Tenant(VICTIM, triad(elements=VECTOR), arrivals=Poisson(RATE))
        joins, leaves = (JOINS, LEAVES) if noisy else (0.999 * SECONDS, None)
        stream = triad(elements=HOG_VECTOR)
        others = [
            Tenant(f"neighbour {number}", stream, joins=joins, leaves=leaves)
            for number in range(1, neighbours(self.gpu) + 1)
        ]
        who = [first, *others]
        return Experiment(self.gpu, who, list(self.modes.values()), seconds=SECONDS, seed=seed).modelled()

    @cached_property
    def shown(self) -> tuple[Result, Result]:
        """The experiment with the neighbours and without, for the seed that is shown."""
        return self.result(), self.result(noisy=False)

    @cached_property
    def waits(self) -> Mapping[str, Waits]:
        """What the neighbours do to Ann, by way to share."""
        runs = {SEED: self.shown}
        runs |= {seed: (self.result(seed=seed), self.result(noisy=False, seed=seed)) for seed in SEEDS[1:]}
        found = {}
        for way, mode in self.modes.items():
            p99 = [tuple(_p99_meanwhile(run.requests, mode.slug) for run in runs[seed]) for seed in SEEDS]
            beside, quiet = p99[0]
            found[way] = Waits(quiet, beside, tuple(loud / calm for loud, calm in p99))
        return found


def _p99_meanwhile(requests: pd.DataFrame, slug: str) -> float:
    """Return the p99 of Ann's requests that were under way in the middle third."""
    mine = requests[(requests["tenant"] == VICTIM) & (requests["mode"] == slug)]
    then = mine[(mine["finished"] > JOINS) & (mine["arrived"] < LEAVES)]
    return float(np.percentile(then["finished"] - then["arrived"], 99))
