"""The same experiment with one tenant, with two, and so on: the model only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.arranging import Variant, simulate_mode
from mig_explorer.experiments.figures import UNKNOWN
from mig_explorer.experiments.load import UNSTABLE, loads

if TYPE_CHECKING:
    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.trace import Event


def sweep_rows(recording: Recording) -> list[dict[str, Any]]:
    """Return the rows of `Result.by_tenants`: for each mode, its first 1 to N tenants.

    A tenant keeps its slice and its times of sending whoever joins, as the modes deal tenants out in order.
    """
    return [
        sweep_row(recording, mode, count) | _band(recording, mode, count)
        for mode in recording.modes
        for count in range(1, len(recording.tenants) + 1)
    ]


def sweep_row(recording: Recording, mode: Event, count: int, times: str = "step_seconds") -> dict[str, Any]:
    """Return the row of a mode with its first tenants, each request taking one of the modelled times."""
    header, everybody = recording.header, count == len(recording.tenants)
    if everybody and times == "step_seconds" and mode["mode"] in recording.whole:
        latencies = recording.requests[mode["mode"]].latencies
    else:
        latencies = simulate_mode(header, mode, Variant(count=count, times=times)).latencies
    load = max(loads(header, mode, count, times).values(), default=UNKNOWN)
    steady = latencies.size > 0 and not load >= UNSTABLE
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99]) if steady else [UNKNOWN] * 3
    return {
        "gpu": header["gpu"],
        "mode": mode["mode"],
        "title": mode["title"],
        "tenants": count,
        "throughput_per_s": latencies.size / header["seconds"] if latencies.size else UNKNOWN,
        "latency_p50_s": float(p50),
        "latency_p95_s": float(p95),
        "latency_p99_s": float(p99),
        "load": load,
        "time": header["provenance"]["time"],
        "model": header["versions"]["model"],
        "seed": header["seed"],
    }


def _band(recording: Recording, mode: Event, count: int) -> dict[str, float]:
    """Return the p99 at both ends of the model's uncertainty of each request's time."""
    if not all("low_seconds" in piece for piece in mode["slices"]):
        return {"latency_p99_low_s": UNKNOWN, "latency_p99_high_s": UNKNOWN}
    return {
        f"latency_p99_{end}_s": sweep_row(recording, mode, count, f"{end}_seconds")["latency_p99_s"]
        for end in ("low", "high")
    }
