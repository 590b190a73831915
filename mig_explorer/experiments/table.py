"""The tidy table: one row for each mode and tenant, and one for each mode with all of its tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.reading import Recording, slice_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments.trace import Event

ALL = "all"

FIGURES = (
    "requests",
    "throughput_per_s",
    "latency_p50_s",
    "latency_p95_s",
    "latency_p99_s",
    "slowdown",
    "sm_active",
    "sm_occupancy",
    "bandwidth_use",
)
"""The columns that are modelled; all of them NaN in a row whose kernel was lost."""


def table_rows(recording: Recording) -> list[dict[str, Any]]:
    """Return the rows of `Result.table`; its docstring says what the columns mean."""
    rows: list[dict[str, Any]] = []
    for mode in recording.modes:
        tenants = [_tenant_row(recording, mode, tenant) for tenant in recording.header["tenants"]]
        rows += [*tenants, _row_of_all(recording, mode, tenants)]
    return rows


def _tenant_row(recording: Recording, mode: Event, tenant: dict[str, Any]) -> dict[str, Any]:
    key = (mode["mode"], tenant["name"])
    piece = slice_of(mode, tenant["name"])
    status, checked, correct, kernels = _outcome(recording, key)
    latencies = recording.latencies.get(key, np.empty(0))
    figures = dict.fromkeys(FIGURES, float("nan"))
    if status == "ok" and latencies.size == 0:
        status = f"no request finished in {recording.header['seconds']:.3g} s"
    elif status == "ok":
        busy = latencies.size * piece["step_seconds"][tenant["name"]] / recording.header["seconds"]
        figures = {
            **_latency_figures(latencies, latencies / tenant["alone_seconds"], recording.header["seconds"]),
            "sm_active": busy * piece["sm_active"][tenant["name"]],
            "sm_occupancy": busy * piece["sm_occupancy"][tenant["name"]],
            "bandwidth_use": latencies.size
            * tenant["bytes"]
            / recording.header["seconds"]
            / (recording.header["board"]["bandwidth_gbs"] * 1e9),
        }
    return {
        **_names(recording, mode),
        "tenant": tenant["name"],
        "slice": piece["name"],
        "workload": tenant["title"],
        **figures,
        "status": status,
        "results_checked": checked,
        "results_correct": correct,
        **_provenance(recording, kernels),
    }


def _row_of_all(recording: Recording, mode: Event, rows: list[dict[str, Any]]) -> dict[str, Any]:
    lost = [name for name in recording.tenants if _outcome(recording, (mode["mode"], name))[0] != "ok"]
    figures = dict.fromkeys(FIGURES, float("nan"))
    status = f"incomplete: {len(lost)} of {len(rows)} tenants have no figures" if lost else "ok"
    keys = [(mode["mode"], tenant["name"]) for tenant in recording.header["tenants"]]
    latencies = [recording.latencies.get(key, np.empty(0)) for key in keys]
    if not lost and any(each.size for each in latencies):
        alone = [tenant["alone_seconds"] for tenant in recording.header["tenants"]]
        slowdowns = [each / time for each, time in zip(latencies, alone, strict=True)]
        sums = {name: float(np.nansum([row[name] for row in rows])) for name in FIGURES[-3:]}
        pooled = _latency_figures(
            np.concatenate(latencies), np.concatenate(slowdowns), recording.header["seconds"]
        )
        figures = {**pooled, **sums}
    elif not lost:
        status = f"no request finished in {recording.header['seconds']:.3g} s"
    return {
        **_names(recording, mode),
        "tenant": ALL,
        "slice": ALL,
        "workload": ", ".join(dict.fromkeys(row["workload"] for row in rows)),
        **figures,
        "status": status,
        "results_checked": sum(row["results_checked"] for row in rows),
        "results_correct": sum(row["results_correct"] for row in rows),
        **_provenance(recording, "; ".join(dict.fromkeys(row["kernels"] for row in rows))),
    }


def _latency_figures(
    latencies: NDArray[np.float64], slowdowns: NDArray[np.float64], seconds: float
) -> dict[str, float]:
    p50, p95, p99 = (float(each) for each in np.percentile(latencies, [50, 95, 99]))
    return {
        "requests": latencies.size,
        "throughput_per_s": latencies.size / seconds,
        "latency_p50_s": p50,
        "latency_p95_s": p95,
        "latency_p99_s": p99,
        "slowdown": float(np.median(slowdowns)),
    }


def _outcome(recording: Recording, key: tuple[str, str]) -> tuple[str, int, int, str]:
    """Return status, results checked, results correct, and how and at which size the kernel was run."""
    outcome = recording.outcomes.get(key)
    if outcome is None:
        return "unknown: the run ended before this kernel did", 0, 0, "unknown"
    if outcome["kind"] == "kernel-failed":
        return f"lost: {outcome['cause']}", int(outcome["cause"].startswith("WrongResult")), 0, "unknown"
    size = ", ".join(f"{name}={value}" for name, value in outcome["parameters"].items())
    kernels = f"{recording.header['provenance']['kernels']}: {size}"
    return "ok", 1, 1, kernels


def _names(recording: Recording, mode: Event) -> dict[str, Any]:
    return {"gpu": recording.header["gpu"], "mode": mode["mode"], "title": mode["title"]}


def _provenance(recording: Recording, kernels: str) -> dict[str, Any]:
    header = recording.header
    return {
        "time": header["provenance"]["time"],
        "model": header["versions"]["model"],
        "kernels": kernels,
        "seed": header["seed"],
    }
