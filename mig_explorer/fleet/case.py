"""One case of a sweep: a board, how it is cut and shared, and a load, in plain words that travel anywhere."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.errors import InvalidExperiment, MigExplorerError, nearest_names
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.experiments.sweep import sweep_row
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import MODEL_VERSION, GreenContexts, Mig, Monolithic, Mps, SharingMode, TimeSlicing
from mig_explorer.workloads.registry import workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WHOLE: dict[str, SharingMode] = {
    "monolithic": Monolithic(),
    "time-slicing": TimeSlicing(),
    "mps": Mps(),
    "green-contexts": GreenContexts(),
}
INSIDE: dict[str, Mps | TimeSlicing | None] = {
    "mig": None,
    "mig-mps": Mps(),
    "mig-time-slicing": TimeSlicing(),
}
MODES = (*WHOLE, *INSIDE)
"""Sharing modes by the names that a case has for them; those with ``mig`` need a layout."""

FIGURES = {
    "throughput_per_s": ("throughput_per_s", "step_seconds"),
    "latency_p50_s": ("latency_p50_s", "step_seconds"),
    "latency_p99_s": ("latency_p99_s", "step_seconds"),
    "latency_p99_low_s": ("latency_p99_s", "low_seconds"),
    "latency_p99_high_s": ("latency_p99_s", "high_seconds"),
}


@dataclass(frozen=True)
class Load:
    """What all tenants of a case do.

    Parameters
    ----------
    workload : str
        The name of a curated workload.
    tenants : int
        How many send it.
    think_seconds : float
        Mean of the time between an answer and the next request.
    parameters : tuple of (str, int)
        Of the workload, such as ``(("elements", 2**26),)``.

    Examples
    --------
    >>> Load("triad", 7, parameters=(("elements", 2**26),)).tenants
    7
    """

    workload: str
    tenants: int
    think_seconds: float = 0.0
    parameters: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Case:
    """One case.

    Parameters
    ----------
    gpu : str
        Name of the board.
    mode : str
        One of `MODES`.
    layout : str
        As `parse_layout` reads it; empty where the mode needs none.
    load : Load
        The tenants.
    seed : int
        Of everything random in it.

    Raises
    ------
    InvalidExperiment
        If there is no such mode, or a layout is missing or too much.

    Examples
    --------
    >>> case = Case("A30", "mig", "2g.12gb 2g.12gb", Load("triad", 2, parameters=(("elements", 2**20),)))
    >>> case.run()["throughput_per_s"] > 10_000
    True
    """

    gpu: str
    mode: str
    layout: str
    load: Load
    seed: int = 7

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidExperiment(
                f"A case has no sharing mode {self.mode!r}. {nearest_names(self.mode, MODES)}"
            )
        if (self.mode in INSIDE) != bool(self.layout):
            need = "needs a layout, such as '3g.20gb 3g.20gb'" if self.mode in INSIDE else "takes no layout"
            raise InvalidExperiment(f"The mode {self.mode!r} {need}; got layout={self.layout!r}.")

    @property
    def key(self) -> str:
        """All of it but the seed, as one line: what tells it from other cases."""
        return json.dumps({**asdict(self), "seed": None}, sort_keys=True)

    def run(self) -> dict[str, Any]:
        """Return its row: what it is, its modelled figures, and ``status``.

        ``status`` is ``"ok"``, or why there are no figures: the layout does not exist, the workload does not
        fit, and the like. Figures that nobody knows are None.
        """
        row: dict[str, Any] = {
            "gpu": self.gpu,
            "mode": self.mode,
            "layout": self.layout,
            "workload": self.load.workload,
            "parameters": dict(self.load.parameters),
            "tenants": self.load.tenants,
            "think_s": self.load.think_seconds,
            **dict.fromkeys(FIGURES),
            "status": "ok",
            "seed": self.seed,
            "time": "modelled",
            "model": MODEL_VERSION,
        }
        try:
            return row | self._figures()
        except MigExplorerError as error:
            return row | {"status": str(error)}

    def _figures(self) -> dict[str, Any]:
        board = gpu(self.gpu)
        if self.mode in WHOLE:
            mode = WHOLE[self.mode]
        else:
            mode = Mig(parse_layout(board, self.layout), INSIDE[self.mode])
        work = workload(self.load.workload, **dict(self.load.parameters))
        who = tenants(work, self.load.tenants, self.load.think_seconds)
        result = Experiment(board, who, [mode], seed=self.seed).modelled()
        ends = {
            times: sweep_row(result.recording, result.modes[0], self.load.tenants, times)
            for times in dict.fromkeys(times for _, times in FIGURES.values())
        }
        found = {name: float(ends[times][column]) for name, (column, times) in FIGURES.items()}
        return {name: value if math.isfinite(value) else None for name, value in found.items()}


def cases(
    gpus: Iterable[str],
    loads: Sequence[Load],
    modes: Sequence[str] = ("monolithic", "mps", "mig"),
    layouts: Mapping[str, Sequence[str]] | Sequence[str] = (),
    seed: int = 7,
) -> tuple[Case, ...]:
    """Return every combination of boards, layouts, loads and sharing modes.

    A mode without slices does not depend on the layout and is there once. Every case has a seed of its own,
    drawn from its contents and `seed`: it is the same wherever, and beside whatever else, it runs.

    Parameters
    ----------
    gpus : iterable of str
        Names of boards.
    loads : sequence of Load
        What the tenants do.
    modes : sequence of str
        Some of `MODES`.
    layouts : sequence of str, or mapping of str to sequence of str
        For the modes with ``mig``, as `parse_layout` reads them; a mapping if they differ by board.
    seed : int
        0 or more.

    Raises
    ------
    InvalidExperiment
        If there would be no case at all, or a mode does not exist.

    Examples
    --------
    >>> loads = [Load("triad", count) for count in (1, 7)]
    >>> found = cases(["A100-SXM4-40GB"], loads, layouts=["3g.20gb 3g.20gb", "7g.40gb"])
    >>> len(found), found[2].mode, found[2].layout
    (8, 'mig', '3g.20gb 3g.20gb')
    """
    found = []
    for board in gpus:
        cut = layouts.get(board, ()) if hasattr(layouts, "get") else layouts
        for load in loads:
            for mode in modes:
                for layout in cut if mode in INSIDE else ("",):
                    case = Case(board, mode, layout, load)
                    found.append(Case(board, mode, layout, load, _seed(case.key, seed)))
    if not found:
        raise InvalidExperiment(
            "A sweep needs at least one case. Give boards, loads, and a layout where all modes are with MIG."
        )
    return tuple(found)


def _seed(key: str, seed: int) -> int:
    digest = hashlib.sha256(key.encode()).digest()
    return int(np.random.SeedSequence([seed, *digest]).generate_state(1)[0])
