"""From where the sliders stand to tables of figures: the model only, in milliseconds.

`Experiment.modelled` gives the same and more; here only what is shown is worked out, and what a slider does
not touch is kept. ``tests/widgets/test_whatif_figures.py`` compares the two.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mig_explorer.charts.use_over_time import BINS
from mig_explorer.errors import MigExplorerError
from mig_explorer.experiments import Experiment, Tenant, tenants
from mig_explorer.experiments.figures import jain
from mig_explorer.experiments.frontier import sweep_layouts
from mig_explorer.experiments.load import UNSTABLE, loads
from mig_explorer.experiments.progress import use_in_company
from mig_explorer.experiments.requests import Requests
from mig_explorer.experiments.sending import arrivals_event
from mig_explorer.experiments.times import Times, arranged, p50_and_p99, unstable
from mig_explorer.model import Monolithic
from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.service import check_together
from mig_explorer.model.simulation import simulate_arrangement
from mig_explorer.widgets.whatif_neighbour import noise
from mig_explorer.widgets.whatif_settings import MOST_TENANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mig_explorer.model import Server, SharingMode
    from mig_explorer.model.measured import MeasuredWorkload
    from mig_explorer.model.simulation import Arrangement, Served
    from mig_explorer.widgets.whatif_neighbour import Noise
    from mig_explorer.widgets.whatif_settings import Settings
    from mig_explorer.workloads import Workload

SEED = 7

ROUNDS = 20
"""Requests of the slowest tenant in the window, in a closed loop, where each round is like the last."""

ARRIVALS = 200
"""Requests of each tenant in the window, where they come at random."""

NOISY_ARRIVALS = 60
"""The same where a neighbour turns noisy, which is more work: as many as the chart has parts of time."""


@dataclass(frozen=True)
class Problem:
    """Why a sharing mode has no figures.

    Parameters
    ----------
    mode : str
        Key of `MODES`.
    text : str
        What is the matter, and what would work.
    """

    mode: str
    text: str


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says to one state of the settings.

    Parameters
    ----------
    settings : Settings
        Where everything stands.
    totals : mapping of str to dict
        By key of `MODES` the figures of all tenants: throughput_per_s, latency_p50_s, latency_p99_s,
        slowdown, jain, sm_use, bandwidth_use, load, status.
    use : DataFrame
        ``mode``, ``from_s``, ``to_s``, ``sm_use``, ``bandwidth_use``.
    problems : tuple of Problem
        One for each chosen mode that has no figures.
    """

    settings: Settings
    totals: Mapping[str, Mapping[str, Any]]
    use: pd.DataFrame
    problems: tuple[Problem, ...]


class Model:
    """Answers what the settings ask, and keeps what did not change since the last answer.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.widgets.whatif_settings import first
    >>> from mig_explorer.workloads import triad
    >>> answer = Model().answer(first(gpu("GB10"), triad(elements=2**20)))
    >>> list(answer.totals), answer.problems
    (['monolithic', 'time-slicing', 'mps'], ())
    """

    def __init__(self) -> None:
        self._times: Times | None = None
        self._curves: dict[str, tuple[Settings, list[dict[str, Any]]]] = {}
        self._laid_out: tuple[Settings, pd.DataFrame | None] | None = None

    def answer(self, settings: Settings) -> Answer:
        """Return the figures of the tenants there are, on the layout there is."""
        times = self._board(settings)
        runs, problems = {}, []
        for slug, mode in settings.sharing().items():
            try:
                runs[slug] = _Run.of(settings, mode, settings.tenants, times)
            except MigExplorerError as error:
                problems.append(Problem(slug, str(error)))
        seconds = max((window(each.arrangement, settings.rate) for each in runs.values()), default=1.0)
        totals, use = {}, []
        for slug, run in runs.items():
            totals[slug], columns = run.figures(seconds)
            use.append(pd.DataFrame({"mode": slug, **columns}))
        return Answer(
            settings,
            totals,
            pd.concat(use, ignore_index=True) if use else pd.DataFrame(columns=USE),
            tuple(problems),
        )

    def sweep(self, answer: Answer) -> pd.DataFrame:
        """Return ``mode``, ``tenants``, the p99 latency with both ends of its band, and ``load``.

        With 1 to `MOST_TENANTS` tenants, for each mode as far as it has room.
        """
        settings = answer.settings
        rows = [row for slug in answer.totals for row in self._curve(slug, settings, self._board(settings))]
        for row in rows:
            if row["tenants"] == settings.tenants:
                row["latency_p99_s"] = answer.totals[row["mode"]]["latency_p99_s"]
        return pd.DataFrame(rows, columns=CURVE)

    def _curve(self, slug: str, settings: Settings, times: Times) -> list[dict[str, Any]]:
        """Return throughput and latency of one mode by number of tenants, as far as it has room."""
        asked = replace(settings, tenants=1, modes=(slug,))
        if not slug.startswith("mig"):
            asked = replace(asked, layout=settings.layout.empty())
        if slug not in self._curves or self._curves[slug][0] != asked:
            mode = settings.sharing()[slug]
            rows = []
            for count in range(1, MOST_TENANTS + 1):
                try:
                    run = _Run.of(settings, mode, count, times)
                    rows.append({"mode": slug, "tenants": count, **run.point()})
                except MigExplorerError:
                    break
            self._curves[slug] = (asked, rows)
        return [dict(row) for row in self._curves[slug][1]]

    def noise(self, answer: Answer) -> Noise | None:
        """Return what the first tenant waits while the second is noisy, on each mode whose queues end.

        None with fewer than two tenants, or where no mode is left.
        """
        settings = answer.settings
        times = self._board(settings)
        sharing = settings.sharing()
        arrangements = {
            slug: _Run.of(settings, sharing[slug], settings.tenants, times).arrangement
            for slug, row in answer.totals.items()
            if row["status"] == "ok"
        }
        if settings.tenants < 2 or not arrangements:
            return None
        seconds = float(answer.use["to_s"].max())
        return noise(
            arrangements, seconds if settings.rate is None else seconds * NOISY_ARRIVALS / ARRIVALS, SEED
        )

    def layouts(self, settings: Settings) -> pd.DataFrame | None:
        """Return the sweep over all layouts; None on a board without MIG, or where nothing fits."""
        # Which layout and which modes are looked at does not matter to the others.
        asked = replace(settings, modes=(), layout=settings.layout.empty())
        if self._laid_out is None or self._laid_out[0] != asked:
            self._laid_out = (asked, _layouts(asked, self._board(settings)))
        return self._laid_out[1]

    def _board(self, settings: Settings) -> Times:
        if self._times is None or self._times.gpu != settings.gpu:
            self._times = Times(settings.gpu)
        return self._times


CURVE = ("mode", "tenants", "latency_p99_s", "latency_p99_low_s", "latency_p99_high_s", "load")
USE = ("mode", "from_s", "to_s", "sm_use", "bandwidth_use")


def experiment(settings: Settings) -> Experiment:
    """Return the experiment that the settings describe."""
    modes = list(settings.sharing().values())
    return Experiment(settings.gpu, tenants_of(settings, settings.tenants), modes, seed=SEED)


def tenants_of(settings: Settings, count: int) -> tuple[Tenant, ...]:
    """Return so many tenants."""
    return _everybody(settings.work, settings.rate)[:count]


@functools.lru_cache(maxsize=32)
def _everybody(work: Workload | MeasuredWorkload, rate: float | None) -> tuple[Tenant, ...]:
    arrivals = None if rate is None else Poisson(rate)
    return tenants(work, MOST_TENANTS, arrivals=arrivals)


def alone_seconds(settings: Settings, times: Times | None = None) -> float | None:
    """Return the time of a request alone on the whole board; None where it does not fit or is not known."""
    known = Times(settings.gpu) if times is None else times
    try:
        return known.on(known.servers(Monolithic(), ())[0], settings.work).seconds
    except MigExplorerError:
        return None


def window(arrangement: Arrangement, rate: float | None) -> float:
    """Return how many modelled seconds to watch.

    Examples
    --------
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source
    >>> round(window(Arrangement((Place(),), (Source("ann", 0, 0.5), Source("bob", 0, 0.5))), None), 6)
    20.0
    """
    rounds: dict[object, float] = {}  # of all who share SMs
    for source in arrangement.sources:
        place = arrangement.places[source.place]
        group = ("alone", source.place) if place.compute_group is None else place.compute_group
        took = source.service_seconds * (1 + place.switching)
        rounds[group] = rounds.get(group, 0.0) + took
    wanted = ROUNDS * max(rounds.values()) if rate is None else ARRIVALS / rate
    return max(wanted, *rounds.values()) * (1 + 1e-9)


@dataclass(frozen=True)
class _Run:
    """So many tenants on one sharing mode."""

    settings: Settings
    arrangement: Arrangement
    servers: tuple[Server, ...]
    tenants: tuple[Tenant, ...]
    times: Times

    @classmethod
    def of(cls, settings: Settings, mode: SharingMode, count: int, times: Times) -> _Run:
        """Return it, or raise what is the matter with it."""
        who = tenants_of(settings, count)
        arrangement = arranged(mode, who, times)
        servers = times.servers(mode, tuple(tenant.name for tenant in who))
        check_together(servers, {tenant.name: tenant.workload for tenant in who}, times.gpu)
        return cls(settings, arrangement, servers, who, times)

    def figures(self, seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the row of all tenants, and how much of the board is in use over time."""
        count = len(self.tenants)
        longest = max(source.service_seconds for source in self.arrangement.sources)
        beyond = simulate_arrangement(self.arrangement, seconds + 2 * longest * count, SEED)
        done = np.flatnonzero(beyond.finished <= seconds)
        latency, load = beyond.latency[done], self.load()
        row: dict[str, Any] = {
            **_quantiles(latency, load),
            "load": load,
            "throughput_per_s": latency.size / seconds,
            "status": unstable(load) if load >= UNSTABLE else "ok",
        }
        row["slowdown"] = row["latency_p50_s"] / (alone_seconds(self.settings, self.times) or math.nan)
        # All tenants ask for the same, so what each got compares them.
        row["jain"] = jain(np.bincount(beyond.source[done], minlength=count).astype(float).tolist())
        use = self._use(beyond, seconds)
        row |= {name: float(use[name].mean()) for name in ("sm_use", "bandwidth_use")}
        return row, use

    def point(self) -> dict[str, float]:
        """Return the p99, and in a closed loop the p99 at both ends of the model's band."""
        load, p99 = self.load(), math.nan
        if load < UNSTABLE:
            seconds = window(self.arrangement, self.settings.rate)
            latency = simulate_arrangement(self.arrangement, seconds, SEED).latency
            p99 = _quantiles(latency, load)["latency_p99_s"]
        low, high = math.nan, math.nan
        if self.settings.rate is None:
            # All times grow with those of the requests, for nobody pauses.
            seat = {name: server for server in self.servers for name in server.tenants}
            took = [self.times.on(seat[tenant.name], tenant.workload) for tenant in self.tenants]
            low = p99 * min(each.low_seconds / each.seconds for each in took)
            high = p99 * max(each.high_seconds / each.seconds for each in took)
        return {"latency_p99_s": p99, "load": load, "latency_p99_low_s": low, "latency_p99_high_s": high}

    def load(self) -> float:
        """Return the highest load of a queue; 0 where everybody waits for answers."""
        if self.settings.rate is None:
            return 0.0
        sends = arrivals_event(Poisson(self.settings.rate))
        listed = [{"name": tenant.name, "arrivals": sends} for tenant in self.tenants]
        found = loads({"seconds": 1.0, "tenants": listed}, {"slices": self._pieces()})
        return max(found.values(), default=0.0)

    def _pieces(self) -> list[dict[str, Any]]:
        """Return the servers as the event of a mode has them."""
        pieces = []
        for server in self.servers:
            took = self.times.on(server, self.settings.work) if server.tenants else None
            piece: dict[str, Any] = {
                "name": server.name,
                "tenants": list(server.tenants),
                "at_once": server.at_once,
                "switching": server.switching,
                "group_sms": server.group_sms,
                "compute_group": server.compute_group,
                "memory_group": server.memory_group,
            }
            for asked, known in ASKED.items():
                piece[asked] = {name: getattr(took, known) for name in server.tenants}
            pieces.append(piece)
        return pieces

    def _use(self, served: Served, seconds: float) -> dict[str, Any]:
        edges = np.linspace(0.0, seconds, BINS + 1)
        amounts = np.full((2, len(self.tenants), len(self.servers)), math.nan)
        cost, bandwidth = getattr(self.settings.work, "cost", None), self.times.gpu.whole.bandwidth.value
        if cost is not None and bandwidth is not None:
            amounts[1] = cost.bytes / (float(bandwidth) * 1e9)
        seat = {name: number for number, server in enumerate(self.servers) for name in server.tenants}
        where = np.array([seat[tenant.name] for tenant in self.tenants])
        for number, server in enumerate(self.servers):
            step = self.times.on(server, self.settings.work).step if server.tenants else None
            if step is not None:
                amounts[0, :, number] = step.seconds * step.sm_active
        requests = Requests(
            served.source, where[served.source], served.arrived, served.started, served.finished
        )
        header = {
            "tenants": [{"name": tenant.name} for tenant in self.tenants],
            "board": {"sms": self.times.gpu.sms},
        }
        sm_use, bandwidth_use = use_in_company(header, {"slices": self._pieces()}, requests, amounts, edges)
        return {
            "from_s": edges[:-1],
            "to_s": edges[1:],
            "sm_use": np.minimum(1.0, sm_use),  # but for rounding it is no more
            "bandwidth_use": bandwidth_use,
        }


ASKED = {
    "step_seconds": "seconds",
    "compute_seconds": "compute_seconds",
    "memory_seconds": "memory_seconds",
    "transfer_seconds": "transfer_seconds",
    "compute_share": "compute_share",
    "memory_share": "memory_share",
}
"""What `loads` asks of a request, and what a `Service` calls it."""


def _quantiles(latency: NDArray[np.float64], load: float) -> dict[str, float]:
    if not latency.size or load >= UNSTABLE:
        return {"latency_p50_s": math.nan, "latency_p99_s": math.nan}
    return p50_and_p99(latency)


def _layouts(settings: Settings, times: Times) -> pd.DataFrame | None:
    if not settings.gpu.has_mig:
        return None
    who = tenants_of(settings, settings.tenants)
    try:
        return sweep_layouts(times, who, seed=SEED)
    except MigExplorerError:
        return None
