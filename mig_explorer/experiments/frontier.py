"""Every way of cutting a board, for the same tenants: what each serves and how long its requests wait."""

from __future__ import annotations

import functools
import math
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from mig_explorer.errors import DoesNotFit, InvalidExperiment, InvalidWorkload, MigExplorerError
from mig_explorer.experiments.checks import checked_gpu, checked_tenants
from mig_explorer.experiments.load import UNSTABLE
from mig_explorer.experiments.times import Times, arranged, highest_load, p50_and_p99, unstable
from mig_explorer.layouts import layouts
from mig_explorer.model import MODEL_VERSION, Mig
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.simulation import Arrangement, simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout
    from mig_explorer.model import Server

QUIET_SECONDS = 1.0
"""A sweep that takes longer than this says how far it is."""

ROUNDS = 40
"""Rounds of all tenants in the default window, in the layout that is slowest with them."""


def frontier(
    gpu: Gpu | str,
    tenants: Sequence[Tenant],
    *,
    seconds: float | None = None,
    seed: int = 7,
    progress: TextIO | None = None,
) -> pd.DataFrame:
    """Simulate the tenants on every layout of a board.

    Layouts with the same profiles at other places count once, and so do profiles that differ in nothing but
    media engines or graphics: their times are the same. Layouts with room left count too: a lone tenant may
    be better off on one large instance than beside idle ones. Tenants are dealt to the instances as `Mig`
    deals them, the largest first.

    Parameters
    ----------
    gpu : Gpu or str
        A board with MIG, or its name.
    tenants : sequence of Tenant
        Who uses it.
    seconds : float, optional
        Modelled seconds to watch; by default 40 rounds of all tenants on the slowest layout.
    seed : int
        Of the arrivals; each tenant sends the same on every layout.
    progress : text file, optional
        Where to say how far it is, if it takes more than a second; by default standard error, where that is a
        terminal.

    Returns
    -------
    DataFrame
        ``layout`` (one of the ways to place it), ``title``, ``instances``, ``throughput_per_s``,
        ``latency_p50_s``, ``latency_p99_s`` (of all tenants' requests, waiting included), ``best`` (no other
        layout serves as much or more with an equal or lower p99 and beats it in one of them), and ``status``:
        ``ok``, or why the figures are NaN. Its ``attrs`` hold ``provenance``, ``tenants`` and ``seconds``.

    Raises
    ------
    InvalidExperiment
        If the board has no MIG, or there is no tenant.
    DoesNotFit, InvalidWorkload
        If the workload of a tenant fits no slice of the board, or the model does not know the slices.

    Examples
    --------
    >>> from mig_explorer.experiments import tenants
    >>> from mig_explorer.workloads import triad
    >>> sweep = frontier("A30", tenants(triad(elements=2**20), 4))
    >>> len(sweep), sweep.attrs["tenants"], bool(sweep["best"].any())
    (9, 4, True)
    """
    board, who = checked_gpu(gpu), checked_tenants(tenants)
    if not board.has_mig:
        raise InvalidExperiment(
            f"{board.name} has no MIG, so there are no layouts to compare. Use a board with MIG, such as "
            f"A100-SXM4-40GB."
        )
    return sweep_layouts(Times(board), who, seconds, seed, progress)


def sweep_layouts(
    times: Times,
    tenants: Sequence[Tenant],
    seconds: float | None = None,
    seed: int = 7,
    progress: TextIO | None = None,
) -> pd.DataFrame:
    """Do what `frontier` does, with times of requests that are kept for the next sweep.

    Raises
    ------
    DoesNotFit, InvalidWorkload
        If the workload of a tenant fits no slice of the board, or the model does not know the slices.
    """
    import pandas as pd  # noqa: PLC0415 - only tables need it, and it takes half a second

    modes = _modes(times.gpu)
    sweep = _Sweep(tenants, times, modes)
    length = sweep.window() if seconds is None else seconds
    rows: list[dict[str, Any]] = []
    with _Progress(len(modes), progress) as said:
        for number, mode in enumerate(modes):
            layout = mode.layout
            named = {"layout": str(layout), "title": layout.title, "instances": len(layout.instances)}
            rows.append({**named, **sweep.figures(number, length, seed)})
            said.reached(number + 1)
    refused = [sweep.refused(number) for number in range(len(modes))]
    if refused[0] is not None and None not in refused:
        raise refused[0]
    best = _best(rows)
    for number, row in enumerate(rows):
        row["best"] = number in best
    found = pd.DataFrame(rows)
    found.attrs |= {
        "tenants": len(tenants),
        "seconds": length,
        "provenance": (
            f"Modelled time (model {MODEL_VERSION}), not measured; {times.gpu.name}; seed {seed}."
        ),
    }
    return found


@functools.cache
def distinct_layouts(gpu: Gpu) -> tuple[Layout, ...]:
    """Return one layout for each choice of plain profiles that a board has room for.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [layout.title for layout in distinct_layouts(gpu("A30"))][:3]
    ['4g.24gb', '2g.12gb', '2 × 2g.12gb']
    """
    plain = [profile.name for profile in gpu.profiles.values() if not profile.attributes]
    found: dict[frozenset[tuple[str, int]], Layout] = {}
    for layout in layouts(gpu, plain, maximal=False):
        counts = Counter(each.profile.name for each in layout.instances)
        found.setdefault(frozenset(counts.items()), layout)

    def largest_first(layout: Layout) -> list[int]:
        return sorted(-each.profile.compute_slices * 100 - each.size for each in layout.instances)

    return tuple(sorted(found.values(), key=largest_first))


@functools.cache
def _modes(gpu: Gpu) -> tuple[Mig, ...]:
    return tuple(Mig(layout) for layout in distinct_layouts(gpu))


class _Sweep:
    """The tenants on one layout after another.

    Instances of MIG share nothing but the PCIe link, so an instance with the same tenants serves the same
    whatever stands beside it: it is simulated once. Where requests use the link, every layout is simulated
    as a whole.
    """

    def __init__(self, tenants: Sequence[Tenant], times: Times, modes: Sequence[Mig]) -> None:
        self._tenants = {tenant.name: tenant for tenant in tenants}
        self._times, self._modes = times, modes
        self._known: dict[Any, NDArray[np.float64]] = {}
        # Tenants that draw nothing at random and stay are alike if they run the same.
        self._who: dict[str, Any] = {
            each.name: id(each.workload) if _is_regular(each) else each.name for each in tenants
        }
        self._arranged = [self._try(mode) for mode in modes]

    def _try(self, mode: Mig) -> Arrangement | MigExplorerError:
        try:
            return arranged(mode, tuple(self._tenants.values()), self._times)
        except (DoesNotFit, InvalidExperiment, InvalidWorkload) as error:
            return error

    def refused(self, number: int) -> MigExplorerError | None:
        """Return why a layout cannot be looked at."""
        found = self._arranged[number]
        return None if isinstance(found, Arrangement) else found

    def window(self) -> float:
        """Return the seconds of 40 rounds of all tenants on the slowest layout."""
        slowest = 0.0
        for arrangement in self._arranged:
            if not isinstance(arrangement, Arrangement):
                continue
            rounds = [0.0] * len(arrangement.places)
            for each in arrangement.sources:
                rounds[each.place] += each.service_seconds
            slowest = max(slowest, *rounds)
        sends = [tenant.sends for tenant in self._tenants.values()]
        apart = [
            each.think_seconds if isinstance(each, ClosedLoop) else 1 / max(each.expected(0.0, 1.0), 1e-9)
            for each in sends
        ]
        return (ROUNDS * max([slowest, *apart]) or 1.0) * (1 + 1e-9)

    def figures(self, number: int, seconds: float, seed: int) -> dict[str, Any]:
        """Return what one layout serves, or in ``status`` why that is not known."""
        arrangement = self._arranged[number]
        if not isinstance(arrangement, Arrangement):
            return {**_UNKNOWN, "status": str(arrangement)}
        load = highest_load(arrangement)
        if load >= UNSTABLE:
            return {**_UNKNOWN, "status": unstable(load)}
        if any(source.transfer_seconds for source in arrangement.sources):
            return _figures(simulate_arrangement(arrangement, seconds, seed).latency, seconds)
        servers = self._times.servers(self._modes[number], tuple(self._tenants))
        parts = [
            self._instance(arrangement, place, server, seconds, seed)
            for place, server in enumerate(servers)
            if server.tenants
        ]
        return _figures(np.concatenate(parts), seconds)

    def _instance(
        self, arrangement: Arrangement, place: int, server: Server, seconds: float, seed: int
    ) -> NDArray[np.float64]:
        key = (self._times.kind(server), tuple(self._who[name] for name in server.tenants))
        if key not in self._known:
            here = [each for each in arrangement.sources if each.place == place]
            if any(self._who[each.name] == each.name for each in here):
                # All are there, though most never send, so that each draws from its own stream.
                never = 2 * seconds + 1
                here = [
                    each if each.place == place else replace(each, joins=never, leaves=math.inf)
                    for each in arrangement.sources
                ]
            alone = tuple(replace(each, place=0) for each in here)
            known = simulate_arrangement(Arrangement((arrangement.places[place],), alone), seconds, seed)
            self._known[key] = known.latency
        return self._known[key]


def _is_regular(tenant: Tenant) -> bool:
    return tenant.sends == ClosedLoop() and not tenant.joins and tenant.leaves is None


_UNKNOWN = dict.fromkeys(("throughput_per_s", "latency_p50_s", "latency_p99_s"), math.nan)


def _figures(latency: NDArray[np.float64], seconds: float) -> dict[str, Any]:
    if not latency.size:
        return {**_UNKNOWN, "status": f"no request finished in {seconds:.3g} s"}
    return {"throughput_per_s": latency.size / seconds, **p50_and_p99(latency), "status": "ok"}


def _best(rows: Sequence[dict[str, Any]]) -> set[int]:
    """Return the numbers of the rows that none beats; of equal ones the one that is said the shortest.

    Figures count to three digits: a layout that is one in a thousand better is not another choice.
    """
    order = sorted(
        (-_rounded(row["throughput_per_s"]), _rounded(row["latency_p99_s"]), len(row["title"]), number)
        for number, row in enumerate(rows)
        if row["status"] == "ok"
    )
    best, soonest = set(), math.inf
    for _, p99, _, number in order:
        if p99 < soonest:
            soonest = p99
            best.add(number)
    return best


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


class _Progress:
    """Says on one line how many layouts are done, once it has taken a second."""

    def __init__(self, total: int, file: TextIO | None) -> None:
        self._total = total
        self._file = file if file is not None else sys.stderr if sys.stderr.isatty() else None
        self._began = self._said = time.monotonic()
        self._spoke = False

    def __enter__(self) -> _Progress:  # noqa: PYI034 - it is private, and nobody inherits from it
        return self

    def __exit__(self, *_: object) -> None:
        if self._spoke and self._file is not None:
            self._file.write("\n")

    def reached(self, done: int) -> None:
        now = time.monotonic()
        late = now - self._began > QUIET_SECONDS and (now - self._said > 0.2 or done == self._total)
        if self._file is None or not late:
            return
        self._file.write(f"\r{done} of {self._total} layouts")
        self._file.flush()
        self._said, self._spoke = now, True
