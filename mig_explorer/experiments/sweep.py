"""The same experiment with one tenant, with two, and so on: the model only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.model import Customer, simulate

if TYPE_CHECKING:
    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.trace import Event


def sweep_rows(recording: Recording) -> list[dict[str, Any]]:
    """Return the rows of `Result.by_tenants`: for each mode, its first 1 to N tenants.

    A tenant keeps its slice and its think times whoever joins, as the modes deal tenants out in order.
    """
    return [
        _row(recording, mode, customers[:count])
        for mode in recording.modes
        for customers in [_customers(recording, mode)]
        for count in range(1, len(customers) + 1)
    ]


def throughput_if_saturated(recording: Recording, mode: Event) -> float:
    """Return the requests/s of a mode with all tenants, were one block enough to keep an SM busy."""
    customers = _customers(recording, mode, "saturated_seconds")
    return float(_row(recording, mode, customers)["throughput_per_s"])


def _customers(recording: Recording, mode: Event, times: str = "step_seconds") -> list[Customer]:
    station = {name: number for number, piece in enumerate(mode["slices"]) for name in piece["tenants"]}
    return [
        Customer(
            name=tenant["name"],
            station=station[tenant["name"]],
            service_seconds=mode["slices"][station[tenant["name"]]][times][tenant["name"]],
            think_seconds=tenant["think_seconds"],
        )
        for tenant in recording.header["tenants"]
    ]


def _row(recording: Recording, mode: Event, customers: list[Customer]) -> dict[str, Any]:
    seconds = recording.header["seconds"]
    served = simulate(customers, seconds, recording.header["seed"])
    latencies = [each.finished - each.arrived for each in served]
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99]) if latencies else [float("nan")] * 3
    return {
        "gpu": recording.header["gpu"],
        "mode": mode["mode"],
        "title": mode["title"],
        "tenants": len(customers),
        "throughput_per_s": len(latencies) / seconds if latencies else float("nan"),
        "latency_p50_s": float(p50),
        "latency_p95_s": float(p95),
        "latency_p99_s": float(p99),
        "time": recording.header["provenance"]["time"],
        "model": recording.header["versions"]["model"],
        "seed": recording.header["seed"],
    }
