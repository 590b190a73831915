"""The events of a race, checked one by one before anything is drawn from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InvalidExperiment, TraceCorrupted

if TYPE_CHECKING:
    from collections.abc import Mapping

Event = dict[str, Any]

FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "experiment": {
        "gpu": str,
        "seed": int,
        "seconds": (int, float),
        "tenants": list,
        "modes": list,
        "provenance": dict,
    },
    "mode": {"mode": str, "title": str, "subtitle": str, "slices": list},
    "request": {
        "mode": str,
        "tenant": str,
        "slice": str,
        "arrived": (int, float),
        "started": (int, float),
        "finished": (int, float),
    },
    "kernel-started": {"mode": str, "tenant": str, "slice": str},
    "kernel-checked": {"mode": str, "tenant": str, "slice": str, "correct": bool, "parameters": dict},
    "kernel-failed": {"mode": str, "tenant": str, "slice": str, "cause": str},
    "finished": {"ok": bool, "failures": list},
}
SLICE_FIELDS: dict[str, type] = {
    "name": str,
    "compute": list,
    "memory": list,
    "tenants": list,
    "sm_active": dict,
    "sm_occupancy": dict,
}
TIMES = ("arrived", "started", "finished")
NOT_DRAWN = {
    "requests": (
        "A race draws every request, and this run has so many that they are kept as columns. Give the "
        "experiment fewer seconds or fewer requests; or run it without the race, and see .table and "
        ".over_time."
    ),
    "layout-changed": (
        "A race does not draw a layout that changes in the middle of a run. Leave changes out; or run the "
        "experiment without the race, and see .table and .over_time."
    ),
}
"""What an experiment may say and a race cannot show, with what would work."""


class RaceEvents:
    """The events so far, in order, each one known to fit those before it.

    Attributes
    ----------
    all : list of dict
        Every event taken.
    experiment : dict
        The first event; empty before it.
    modes : dict
        The event of each sharing mode, by its short name.
    requests : dict
        The requests of each sharing mode, by its short name.
    """

    def __init__(self) -> None:
        self.all: list[Event] = []
        self.experiment: Event = {}
        self.modes: dict[str, Event] = {}
        self.requests: dict[str, list[Event]] = {}
        self._tenants: set[str] = set()
        self._slices: dict[str, set[str]] = {}

    def add(self, event: object) -> Event:
        """Take the next event.

        Raises
        ------
        TraceCorrupted
            If it is not one that can follow; says which it is, what is wrong and what was expected.
        InvalidExperiment
            If it is of a run that a race cannot draw.

        Examples
        --------
        >>> RaceEvents().add({"kind": "lap"})
        Traceback (most recent call last):
            ...
        mig_explorer.errors.TraceCorrupted: Event 0 of the race is of kind 'lap'. Kinds are: experiment,
        mode, request, kernel-started, kernel-checked, kernel-failed, finished.
        """
        number = len(self.all)
        if not isinstance(event, dict):
            raise self._refused(f"is a {type(event).__name__}, not a dict")
        kind = event.get("kind")
        if kind in NOT_DRAWN:
            raise InvalidExperiment(NOT_DRAWN[kind])
        if kind not in FIELDS:
            message = f"Event {number} of the race is of kind {kind!r}. Kinds are: {', '.join(FIELDS)}."
            raise TraceCorrupted(message)
        self._check_fields(event, kind)
        if (not self.experiment) != (kind == "experiment"):
            raise self._refused("is out of order: a race begins with one experiment, and has no other", kind)
        if kind == "experiment":
            self._check_experiment(event)
        elif kind == "mode":
            self._check_mode(event)
        elif kind != "finished":
            self._check_place(event, kind)
        if kind == "request":
            self._check_times(event)
        self._keep(event, kind)
        return event

    def _keep(self, event: Event, kind: str) -> None:
        self.all.append(event)
        if kind == "experiment":
            self.experiment = event
            self._tenants = {tenant["name"] for tenant in event["tenants"]}
        elif kind == "mode":
            self.modes[event["mode"]] = event
            self.requests[event["mode"]] = []
            self._slices[event["mode"]] = {each["name"] for each in event["slices"]}
        elif kind == "request":
            self.requests[event["mode"]].append(event)

    def _check_fields(self, event: Mapping[str, Any], kind: str) -> None:
        for name, wanted in FIELDS[kind].items():
            if name not in event:
                raise self._refused(f"has no {name!r}", kind)
            value = event[name]
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
                raise self._refused(f"has {name}={value!r}, which is {_article(type(value))}", kind)

    def _check_experiment(self, event: Mapping[str, Any]) -> None:
        if not (math.isfinite(event["seconds"]) and event["seconds"] > 0):
            raise self._refused(f"has seconds={event['seconds']!r}, and a race takes some time", "experiment")
        if not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in event["tenants"]):
            raise self._refused("has a tenant without a name", "experiment")
        if not event["tenants"] or not event["modes"]:
            raise self._refused("has no tenants or no sharing modes", "experiment")

    def _check_mode(self, event: Mapping[str, Any]) -> None:
        if event["mode"] not in self.experiment["modes"]:
            raise self._refused(
                f"is of the mode {event['mode']!r}, which the experiment does not name", "mode"
            )
        if not event["slices"]:
            raise self._refused(f"gives the mode {event['mode']!r} no slices", "mode")
        for each in event["slices"]:
            known = each if isinstance(each, dict) else {}
            if not all(isinstance(known.get(key), kind) for key, kind in SLICE_FIELDS.items()):
                raise self._refused(f"has a slice without one of {', '.join(SLICE_FIELDS)}", "mode")

    def _check_place(self, event: Mapping[str, Any], kind: str) -> None:
        if event["mode"] not in self.modes:
            raise self._refused(f"is of the mode {event['mode']!r}, which has not begun", kind)
        if event["tenant"] not in self._tenants:
            raise self._refused(f"is of {event['tenant']!r}, who is not a tenant", kind)
        if event["slice"] not in self._slices[event["mode"]]:
            raise self._refused(f"is on {event['slice']!r}, which is no slice of {event['mode']}", kind)

    def _check_times(self, event: Mapping[str, Any]) -> None:
        arrived, started, finished = (event[name] for name in TIMES)
        if not (
            all(map(math.isfinite, (arrived, started, finished))) and 0 <= arrived <= started <= finished
        ):
            times = f"arrived {arrived!r}, started {started!r}, finished {finished!r}"
            raise self._refused(f"runs backwards: {times} s", "request")

    def _refused(self, what: str, kind: str | None = None) -> TraceCorrupted:
        named = f" ({kind})" if kind else ""
        return TraceCorrupted(f"Event {len(self.all)} of the race{named} {what}.")


def _article(kind: type) -> str:
    return f"{'an' if kind.__name__[0] in 'aeiou' else 'a'} {kind.__name__}"
