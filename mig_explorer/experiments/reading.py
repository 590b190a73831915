"""A trace's events, sorted by what the table, the sweep and the verdict ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import TraceCorrupted
from mig_explorer.experiments.events import NOT_RUN
from mig_explorer.experiments.requests import Requests, requests_of_events
from mig_explorer.experiments.settings import setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.trace import Event, Trace

Key = tuple[str, str]
"""A mode's slug and a tenant's name."""

WRITTEN_BEFORE_REQUESTS = {"experiment", "mode", "request"}


@dataclass(frozen=True, eq=False)
class Recording:
    """The parts of a trace.

    Parameters
    ----------
    header : dict
        The experiment event.
    modes : tuple of dict
        The mode events.
    requests : mapping
        The requests of each mode, by its slug.
    whole : frozenset of str
        Slugs of the modes of which no request is missing.
    outcomes : mapping
        The kernel-checked or kernel-failed event by mode and tenant; missing where the run ended before. All
        requests come before the first of them, so a tenant that has an outcome has all its requests.
    torn : str or None
        What was dropped at the end of the trace's file.
    """

    header: Event
    modes: tuple[Event, ...]
    requests: Mapping[str, Requests]
    whole: frozenset[str]
    outcomes: Mapping[Key, Event]
    torn: str | None
    _by_tenant: dict[Key, Requests] = field(default_factory=dict, repr=False)

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

    @cached_property
    def with_kernels(self) -> tuple[str, ...]:
        """Names of the tenants whose kernels are run."""
        if self.header["provenance"].get("kernels") == NOT_RUN:
            return ()
        return tuple(each["name"] for each in self.header["tenants"] if each.get("kernel", True))

    @property
    def kernels(self) -> int:
        """How many kernels a whole run runs: one for each mode and tenant that has one."""
        return len(self.header["modes"]) * len(self.with_kernels)

    def is_known(self, mode: str, tenant: str) -> bool:
        """Whether a tenant has figures in a mode: all its requests are there, and its kernel was right."""
        if tenant not in self.with_kernels:
            return mode in self.whole
        return self.outcomes.get((mode, tenant), {}).get("kind") == "kernel-checked"

    def of(self, mode: str, tenant: str) -> Requests:
        """Return the requests of a tenant in a mode, in the order in which they finished."""
        key = (mode, tenant)
        if key not in self._by_tenant:
            self._by_tenant[key] = self.requests[mode].by(self.tenants.index(tenant))
        return self._by_tenant[key]


def read_recording(trace: Trace) -> Recording:
    """Sort the events of a trace.

    Raises
    ------
    TraceCorrupted
        If the trace does not begin with an experiment, as when its writer was killed at once, or the columns
        of its requests are not what was written.
    """
    events: Sequence[Event] = trace.events
    if not events or events[0]["kind"] != "experiment":
        message = f"{trace.path} holds no experiment{f': {trace.torn}' if trace.torn else '.'}"
        raise TraceCorrupted(message)
    header = events[0]
    modes = tuple(event for event in events if event["kind"] == "mode")
    lines: dict[str, list[Event]] = {mode["mode"]: [] for mode in modes}
    columns: dict[str, Requests] = {}
    for event in events:
        if event["kind"] == "request":
            lines[event["mode"]].append(event)
        elif event["kind"] == "requests":
            columns[event["mode"]] = trace.columns_of(event)
    tenants = [tenant["name"] for tenant in header["tenants"]]
    requests = {
        mode["mode"]: columns[mode["mode"]]
        if mode["mode"] in columns
        else requests_of_events(lines[mode["mode"]], tenants, [piece["name"] for piece in mode["slices"]])
        for mode in modes
    }
    all_there = any(event["kind"] not in WRITTEN_BEFORE_REQUESTS | {"requests"} for event in events)
    return Recording(
        header=header,
        modes=modes,
        requests=requests,
        whole=frozenset(requests if all_there else columns),
        outcomes={
            (event["mode"], event["tenant"]): event
            for event in events
            if event["kind"] in {"kernel-checked", "kernel-failed"}
        },
        torn=trace.torn,
    )


def slice_of(mode: Event, tenant: str) -> dict[str, Any]:
    """Return the slice that serves a tenant in a mode at the start.

    Raises
    ------
    StopIteration
        If no slice does.
    """
    return next(each for each in mode["slices"] if tenant in each["tenants"])


def slices_of(mode: Event, tenant: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the slices that serve a tenant in a mode, one after the other, each with its number."""
    return [
        (number, piece) for number, piece in enumerate(mode["slices"]) if tenant in setting(piece, "serves")
    ]
