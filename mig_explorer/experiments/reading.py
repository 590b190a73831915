"""A trace's events, sorted by what the table, the sweep and the verdict ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.errors import TraceCorrupted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mig_explorer.experiments.trace import Event, Trace

Key = tuple[str, str]
"""A mode's slug and a tenant's name."""


@dataclass(frozen=True)
class Recording:
    """The parts of a trace.

    Parameters
    ----------
    header : dict
        The experiment event.
    modes : tuple of dict
        The mode events.
    latencies : mapping
        Seconds from sent to answered of each request, in order, by mode and tenant.
    outcomes : mapping
        The kernel-checked or kernel-failed event by mode and tenant; missing where the run ended before. All
        requests come before the first of them, so a tenant that has an outcome has all its requests.
    torn : str or None
        What was dropped at the end of the trace's file.
    """

    header: Event
    modes: tuple[Event, ...]
    latencies: Mapping[Key, NDArray[np.float64]]
    outcomes: Mapping[Key, Event]
    torn: str | None

    @property
    def tenants(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(tenant["name"] for tenant in self.header["tenants"])

    @property
    def failures(self) -> tuple[Event, ...]:
        """The mode, tenant, slice and cause of each kernel that failed."""
        return tuple(
            {key: event[key] for key in ("mode", "tenant", "slice", "cause")}
            for event in self.outcomes.values()
            if event["kind"] == "kernel-failed"
        )


def read_recording(trace: Trace) -> Recording:
    """Sort the events of a trace.

    Raises
    ------
    TraceCorrupted
        If the trace does not begin with an experiment, as when its writer was killed at once.
    """
    events: Sequence[Event] = trace.events
    if not events or events[0]["kind"] != "experiment":
        message = f"{trace.path} holds no experiment{f': {trace.torn}' if trace.torn else '.'}"
        raise TraceCorrupted(message)
    latencies: dict[Key, list[float]] = {}
    for event in events:
        if event["kind"] == "request":
            waited = event["finished"] - event["arrived"]
            latencies.setdefault((event["mode"], event["tenant"]), []).append(waited)
    modes = tuple(event for event in events if event["kind"] == "mode")
    return Recording(
        header=events[0],
        modes=modes,
        latencies={key: np.array(each) for key, each in latencies.items()},
        outcomes={
            (event["mode"], event["tenant"]): event
            for event in events
            if event["kind"] in {"kernel-checked", "kernel-failed"}
        },
        torn=trace.torn,
    )


def slice_of(mode: Event, tenant: str) -> dict[str, Any]:
    """Return the slice that serves a tenant in a mode.

    Raises
    ------
    StopIteration
        If no slice does.
    """
    return next(each for each in mode["slices"] if tenant in each["tenants"])
