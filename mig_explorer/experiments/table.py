"""The tidy table: one row for each mode and tenant, and one for each mode with all of its tenants."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.arranging import STRETCHED, Variant, simulate_mode
from mig_explorer.experiments.energy import energy_words, fill_in_energy
from mig_explorer.experiments.events import NOT_RUN
from mig_explorer.experiments.figures import UNKNOWN, in_time, jain
from mig_explorer.experiments.intervals import FIGURES_WITH_INTERVALS, latency_figures
from mig_explorer.experiments.load import UNSTABLE, loads
from mig_explorer.experiments.notes import note_of
from mig_explorer.experiments.overlap import use_of_all
from mig_explorer.experiments.reading import Recording, slices_of
from mig_explorer.experiments.sending import arrivals_of, requests_expected, stay
from mig_explorer.experiments.settings import setting
from mig_explorer.model.arrivals import ClosedLoop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.trace import Event

ALL = "all"

LATENCIES = tuple(f"{name}{end}_s" for name in FIGURES_WITH_INTERVALS for end in ("", "_ci_low", "_ci_high"))

COMPARED = ("slowdown", "deadline_met", "isolation")

FROM_LATENCIES = (*LATENCIES, *COMPARED)
"""The columns that have no value where a queue grows without end."""

SUMMED = ("sm_active", "sm_occupancy", "bandwidth_use")

FIGURES = (
    "requests",
    "throughput_per_s",
    *LATENCIES,
    "band_low_s",
    "band_high_s",
    *COMPARED,
    "jain",
    "load",
    *SUMMED,
    "energy_j_per_request",
)
"""The columns that are modelled; all of them NaN in a row whose kernel was lost."""


def table_rows(recording: Recording) -> list[dict[str, Any]]:
    """Return the rows of `Result.table`; its docstring says what the columns mean."""
    return [row for mode in recording.modes for row in _Mode(recording, mode).rows()]


@dataclass(frozen=True)
class _Mode:
    """One mode's part of the table."""

    recording: Recording
    mode: Event
    alone: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        rows = [self._tenant_row(who, tenant) for who, tenant in enumerate(self.recording.header["tenants"])]
        rows.append(self._row_of_all(rows))
        fill_in_energy(self.recording.header, rows, self.sm_uses, self.sm_use_of_all)
        return rows

    @property
    def seconds(self) -> float:
        return float(self.recording.header["seconds"])

    @cached_property
    def sm_uses(self) -> Sequence[float]:
        """Of each tenant, also of one whose kernel was lost: the others' times and power count with it."""
        return [self._use(tenant["name"], "sm_active") for tenant in self.recording.header["tenants"]]

    @cached_property
    def sm_use_of_all(self) -> float:
        if any(setting(piece, "at_once") != 1 for piece in self.mode["slices"]):
            return use_of_all(self.recording, self.mode)
        return math.fsum(self.sm_uses)

    @cached_property
    def loads(self) -> Mapping[str, float]:
        return loads(self.recording.header, self.mode)

    def _tenant_row(self, who: int, tenant: dict[str, Any]) -> dict[str, Any]:
        name = tenant["name"]
        pieces = slices_of(self.mode, name)
        status, checked, correct, kernels = self._outcome(name)
        figures: dict[str, Any] = dict.fromkeys(FIGURES, UNKNOWN)
        if status == "ok":
            requests = self.recording.of(self.mode["mode"], name)
            if len(requests) == 0:
                status = f"no request finished in {self.seconds:.3g} s"
            else:
                figures |= self._figures(who, tenant, requests)
                status = self._without_end(figures, self.loads.get(name, UNKNOWN))
        return {
            **self._names(name, ", then ".join(piece["name"] for _, piece in pieces), tenant["title"]),
            **figures,
            "status": status,
            "note": note_of(self.recording.header, self.mode, tenant),
            "results_checked": checked,
            "results_correct": correct,
            **self._provenance(kernels),
        }

    def _figures(self, who: int, tenant: dict[str, Any], requests: Requests) -> dict[str, Any]:
        latencies = requests.latencies
        figures = _latency_figures(latencies, latencies / tenant["alone_seconds"], self.seconds)
        figures["deadline_met"] = in_time(latencies, tenant.get("deadline_seconds"))
        figures["isolation"] = figures["latency_p99_s"] / self._alone(who)
        pieces = slices_of(self.mode, tenant["name"])
        figures |= self._band(pieces, tenant["name"])
        if tenant["bytes"] is not None:
            moved = latencies.size * tenant["bytes"] / self.seconds
            figures["bandwidth_use"] = moved / (self.recording.header["board"]["bandwidth_gbs"] * 1e9)
        figures["sm_active"] = self.sm_uses[who]
        figures["sm_occupancy"] = self._use(tenant["name"], "sm_occupancy")
        return figures

    def _use(self, name: str, what: str) -> float:
        """Return a tenant's share of the board's SM-seconds or warp slots; 0 where it sent nothing."""
        requests = self.recording.of(self.mode["mode"], name)
        if len(requests) == 0:
            return 0.0
        used = (
            np.count_nonzero(requests.place == number)
            * piece["step_seconds"][name]
            * piece[what].get(name, UNKNOWN)
            for number, piece in slices_of(self.mode, name)
        )
        return float(sum(used)) / self.seconds

    def _alone(self, who: int) -> float:
        """Return the p99 of a tenant that sends the same in the same mode with nobody else there.

        Tenants who send without a pause are alike where their requests take the same: one stands for all.
        """
        tenant = self.recording.header["tenants"][who]
        pieces = slices_of(self.mode, tenant["name"])
        key: tuple[Any, ...] = (who,)
        if arrivals_of(tenant) == ClosedLoop() and len(pieces) == 1:
            _, piece = pieces[0]
            took = (setting(piece, name, tenant["name"]) for name in ("step_seconds", *STRETCHED))
            key = (tenant.get("joins"), tenant.get("leaves"), *took)
        if key not in self.alone:
            alone = simulate_mode(self.recording.header, self.mode, Variant(only=who)).by(who).latencies
            self.alone[key] = float(np.percentile(alone, 99)) if alone.size else UNKNOWN
        return self.alone[key]

    def _band(self, pieces: Sequence[tuple[int, dict[str, Any]]], name: str) -> dict[str, float]:
        """Return the ends of the model's uncertainty; where the layout changes, of the first slice."""
        piece = pieces[0][1]
        return {
            f"band_{end}_s": piece.get(f"{end}_seconds", {}).get(name, UNKNOWN) for end in ("low", "high")
        }

    def _without_end(self, figures: dict[str, Any], load: float) -> str:
        figures["load"] = load
        if not load >= UNSTABLE:
            return "ok"
        figures |= dict.fromkeys(FROM_LATENCIES, UNKNOWN)
        return f"unstable: {load:.3g} times what can be served is asked for, so latency grows with the window"

    def _row_of_all(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        header = self.recording.header
        lost = [tenant for tenant in self.recording.tenants if self._outcome(tenant)[0] != "ok"]
        figures: dict[str, Any] = dict.fromkeys(FIGURES, UNKNOWN)
        served = [row for row in rows if row["requests"] > 0]
        status = "ok"
        if lost:
            status = f"incomplete: {len(lost)} of {len(rows)} tenants have no figures"
        elif not served:
            status = f"no request finished in {self.seconds:.3g} s"
        else:
            requests = self.recording.requests[self.mode["mode"]]
            alone = np.array([tenant["alone_seconds"] for tenant in header["tenants"]])
            # Batches of one group of slices after the other would not be alike: in order of finish.
            order = np.argsort(requests.finished, kind="stable")
            latencies = requests.latencies[order]
            slowdowns = latencies / alone[requests.tenant[order]]
            figures |= _latency_figures(latencies, slowdowns, self.seconds)
            figures |= {name: math.fsum(row[name] for row in served) for name in SUMMED}
            figures["sm_active"] = self.sm_use_of_all
            figures["deadline_met"] = _of_all_in_time(served)
            figures["isolation"] = float(np.nanmax([row["isolation"] for row in served] + [-math.inf]))
            figures["jain"] = jain([self._share(*each) for each in zip(header["tenants"], rows, strict=True)])
            for end in ("band_low_s", "band_high_s"):
                ends = {row[end] for row in rows}
                figures[end] = ends.pop() if len(ends) == 1 else UNKNOWN
            status = self._without_end(figures, max(self.loads.values(), default=UNKNOWN))
        return {
            **self._names(ALL, ALL, ", ".join(dict.fromkeys(row["workload"] for row in rows))),
            **figures,
            "status": status,
            "note": "; ".join(
                dict.fromkeys(part for row in rows for part in row["note"].split("; ") if part)
            ),
            "results_checked": sum(row["results_checked"] for row in rows),
            "results_correct": sum(row["results_correct"] for row in rows),
            **self._provenance("; ".join(dict.fromkeys(row["kernels"] for row in rows))),
        }

    def _share(self, tenant: Mapping[str, Any], row: Mapping[str, Any]) -> float:
        """Return what a tenant got of the requests that it would get alone on the whole board."""
        wanted = requests_expected(tenant, self.seconds)
        joins, leaves = stay(tenant, self.seconds)
        possible = (leaves - joins) / (tenant["alone_seconds"] + (tenant.get("think_seconds") or 0.0))
        most = possible if wanted is None else min(wanted, possible)
        got = 0.0 if math.isnan(row["requests"]) else row["requests"]
        return got / most if most else UNKNOWN

    def _outcome(self, name: str) -> tuple[str, int, int, str]:
        """Return status, results checked, results correct, and how and at which size the kernel was run."""
        recording = self.recording
        if name not in recording.with_kernels:
            whole = self.mode["mode"] in recording.whole
            status = "ok" if whole else "unknown: the run ended before all requests were written"
            run = recording.header["provenance"]["kernels"] == NOT_RUN
            return status, 0, 0, NOT_RUN if run else "none: times predicted from measurements"
        outcome = recording.outcomes.get((self.mode["mode"], name))
        if outcome is None:
            return "unknown: the run ended before this kernel did", 0, 0, "unknown"
        if outcome["kind"] == "kernel-failed":
            return f"lost: {outcome['cause']}", int(outcome["cause"].startswith("WrongResult")), 0, "unknown"
        size = ", ".join(f"{key}={value}" for key, value in outcome["parameters"].items())
        return "ok", 1, 1, f"{recording.header['provenance']['kernels']}: {size}"

    def _names(self, tenant: str, place: str, workload: str) -> dict[str, Any]:
        who = {"gpu": self.recording.header["gpu"], "mode": self.mode["mode"], "title": self.mode["title"]}
        return {**who, "tenant": tenant, "slice": place, "workload": workload}

    def _provenance(self, kernels: str) -> dict[str, Any]:
        header = self.recording.header
        return {
            "time": header["provenance"]["time"],
            "model": header["versions"]["model"],
            "kernels": kernels,
            "energy": energy_words(header),
            "seed": header["seed"],
        }


def _latency_figures(
    latencies: NDArray[np.float64], slowdowns: NDArray[np.float64], seconds: float
) -> dict[str, float]:
    return {
        "requests": latencies.size,
        "throughput_per_s": latencies.size / seconds,
        **latency_figures(latencies),
        "slowdown": float(np.median(slowdowns)),
    }


def _of_all_in_time(rows: Sequence[Mapping[str, Any]]) -> float:
    held = [(row["deadline_met"], row["requests"]) for row in rows if not math.isnan(row["deadline_met"])]
    return (
        math.fsum(met * count for met, count in held) / sum(count for _, count in held) if held else UNKNOWN
    )
