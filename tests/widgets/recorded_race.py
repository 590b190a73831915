"""Events of a race as an experiment gives them, made without running anything."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mig_explorer.gpus import Gpu, gpu

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from mig_explorer.widgets.race_events import Event

BOARD = "A100-SXM4-40GB"
MODES = ("monolithic", "mig-7-1g-5gb")


def slices_of(mode: str, tenants: int) -> list[dict[str, Any]]:
    """Give a mode's slices: the whole GPU, or seven 1g.5gb, dealt out to the tenants in turn."""
    names = [f"tenant {number}" for number in range(1, tenants + 1)]
    if mode == "monolithic":
        whole = {
            "name": "whole GPU",
            "profile": None,
            "compute": list(range(7)),
            "memory": list(range(8)),
            "sms": 108,
        }
        return [whole | _steps(names, seconds=0.000582, share=1.0, bandwidth=1384.6)]
    return [
        {"name": f"1g.5gb@{index}", "profile": "1g.5gb", "compute": [index], "memory": [index], "sms": 14}
        | _steps(names[index::7], seconds=0.00462, share=14 / 108, bandwidth=174.2)
        for index in range(7)
    ]


def _steps(names: list[str], seconds: float, share: float, bandwidth: float) -> dict[str, Any]:
    return {
        "bandwidth_gbs": bandwidth,
        "tenants": names,
        "step_seconds": dict.fromkeys(names, seconds),
        "saturated_seconds": dict.fromkeys(names, seconds),
        "limited_by": dict.fromkeys(names, "memory"),
        "sm_active": dict.fromkeys(names, share),
        "sm_occupancy": dict.fromkeys(names, 0.9 * share),
    }


def served(slices: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """Serve closed-loop tenants first come, first served, until the time is over."""
    found = []
    for each in slices:
        queue = [(0.0, name) for name in each["tenants"]]
        free = 0.0
        while queue:
            arrived, name = heapq.heappop(queue)
            started = max(free, arrived)
            free = started + each["step_seconds"][name]
            if free > seconds * (1 + 1e-9):
                break
            found.append(
                {
                    "tenant": name,
                    "slice": each["name"],
                    "arrived": arrived,
                    "started": started,
                    "finished": free,
                }
            )
            heapq.heappush(queue, (free, name))
    return sorted(found, key=lambda request: request["finished"])


def recorded_events(
    tenants: int = 7,
    seconds: float = 40.00000004 * 0.00462,
    modes: Iterable[str] = MODES,
    failing: str | None = None,
) -> list[Event]:
    """Give all events of a race; the kernel of the `failing` tenant dies, but not in the monolithic mode."""
    modes = list(modes)
    names = [f"tenant {number}" for number in range(1, tenants + 1)]
    slices = {mode: slices_of(mode, tenants) for mode in modes}
    requests = {mode: served(slices[mode], seconds) for mode in modes}
    events: list[Event] = [
        {
            "kind": "experiment",
            "gpu": BOARD,
            "seed": 7,
            "seconds": seconds,
            "engine": "model",
            "board": {"sms": 108, "bandwidth_gbs": 1384.6, "bandwidth": "verified"},
            "tenants": [
                {
                    "name": name,
                    "workload": "triad",
                    "title": "STREAM triad, 2^26 elements",
                    "parameters": {"elements": 2**26},
                    "bytes": 3 * 4 * 2**26,
                    "think_seconds": 0.0,
                    "alone_seconds": 0.000582,
                }
                for name in names
            ],
            "modes": modes,
            "versions": {"model": 1},
            "provenance": {"time": "modelled", "kernels": "emulated"},
        }
    ]
    for mode in modes:
        whole = mode == "monolithic"
        title = "Monolithic" if whole else "MIG 7 × 1g.5gb" if mode == MODES[1] else mode
        subtitle = "one tenant after another" if whole else "each tenant its own slice"
        words = {"title": title, "subtitle": subtitle, "requests": len(requests[mode])}
        events.append({"kind": "mode", "mode": mode} | words | {"slices": slices[mode]})
    for mode in modes:
        events += [{"kind": "request", "mode": mode} | request for request in requests[mode]]
    failures = []
    for mode in modes:
        for each in slices[mode]:
            for name in each["tenants"]:
                place = {"mode": mode, "tenant": name, "slice": each["name"]}
                events.append({"kind": "kernel-started"} | place)
                if name == failing and mode != "monolithic":
                    failures.append(place | {"cause": "its worker process was killed by signal 9 (SIGKILL)"})
                    events.append({"kind": "kernel-failed"} | failures[-1])
                else:
                    checked = {
                        "correct": True,
                        "max_error": 0.0,
                        "seconds": 0.1,
                        "parameters": {"elements": 2**18},
                    }
                    events.append({"kind": "kernel-checked"} | place | checked)
    events.append({"kind": "finished", "ok": not failures, "failures": failures})
    return [{"n": number, **event} for number, event in enumerate(events)]


@dataclass
class RecordedExperiment:
    """Stands where an experiment would: the same events, however they came about.

    `pause` seconds lie between the events after the requests; `then` is called at the end of the events.
    """

    recorded: list[Any] = field(default_factory=recorded_events)
    pause: float = 0.0
    then: Callable[[], None] | None = None
    gpu: Gpu = field(default_factory=lambda: gpu(BOARD))
    closed: bool = False

    @property
    def tenants(self) -> tuple[Any, ...]:
        """As many as the first event names."""
        return tuple(self.recorded[0]["tenants"])

    def events(self, trace: object = None) -> Generator[Any, None, None]:
        """Yield the events; leaving early or late, note that the generator was closed. No file is written."""
        del trace
        try:
            for event in self.recorded:
                if isinstance(event, dict) and str(event.get("kind")).startswith("kernel"):
                    time.sleep(self.pause)
                yield event
            if self.then is not None:
                self.then()
        finally:
            self.closed = True
