"""The events of a trace, as the experiment writes them."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.energy import board_power
from mig_explorer.experiments.plan import alone
from mig_explorer.experiments.sending import arrivals_event
from mig_explorer.experiments.trace import TRACE_VERSION
from mig_explorer.model import MODEL_VERSION, constants
from mig_explorer.model.arrivals import ClosedLoop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mig_explorer.experiments.experiment import Experiment
    from mig_explorer.experiments.plan import PlannedLayout, PlannedMode
    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.experiments.workers import Report
    from mig_explorer.model import Server, Service

Unnumbered = dict[str, Any]

EMULATED = "emulated"
NOT_RUN = "not run"


def experiment_event(experiment: Experiment, kernels: str = EMULATED) -> Unnumbered:
    """Return the first event: what runs, with which constants and versions."""
    gpu, bandwidth = experiment.gpu, experiment.gpu.whole.bandwidth
    times = alone(gpu, experiment.tenants)
    return {
        "kind": "experiment",
        "gpu": gpu.name,
        "seed": experiment.seed,
        "seconds": experiment.window_seconds,
        "seconds_rule": experiment.window_rule,
        "engine": "model",
        "board": {
            "sms": gpu.sms,
            "bandwidth_gbs": bandwidth.value,
            "bandwidth": bandwidth.confidence,
            "power": board_power(gpu),
        },
        "tenants": [_tenant(tenant, times[tenant.name]) for tenant in experiment.tenants],
        "modes": [mode.slug for mode in experiment.modes],
        "versions": {
            "trace": TRACE_VERSION,
            "model": MODEL_VERSION,
            "mig-explorer": _version_of("mig-explorer"),
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "numpy": np.__version__,
            "numba": _version_of("numba"),
        },
        "constants": {
            name: {"value": fact.value, "confidence": fact.confidence} for name, fact in constants().items()
        },
        "provenance": {"time": "modelled", "kernels": kernels},
    }


def mode_event(planned: PlannedMode) -> Unnumbered:
    """Return the event of a mode: its slices, who is on them, and how long a request takes there.

    Slices that a change of the layout brings later follow those of the start. They have nobody among their
    ``tenants``, who are those that run their kernel there, but among ``serves``.
    """
    return {
        "kind": "mode",
        "mode": planned.mode.slug,
        "title": planned.mode.title,
        "subtitle": planned.mode.subtitle,
        "slices": [
            _slice(layout, number, server)
            for number, layout in enumerate(planned.layouts)
            for server in layout.servers
        ],
        "changes": [
            {
                "at_seconds": float(layout.change.at_seconds),
                "outage_seconds": layout.outage_seconds,
                "cost": dict(layout.cost),
                "layout": str(layout.change.layout),
            }
            for layout in planned.layouts
            if layout.change is not None
        ],
    }


def request_events(header: Unnumbered, mode: Unnumbered, requests: Requests) -> Iterator[Unnumbered]:
    """Yield the event of each served request of a mode; its times are modelled seconds."""
    names = [tenant["name"] for tenant in header["tenants"]]
    places = [piece["name"] for piece in mode["slices"]]
    columns = (
        each.tolist()
        for each in (
            requests.tenant,
            requests.place,
            requests.arrived,
            requests.started,
            requests.finished,
        )
    )
    for who, where, arrived, started, finished in zip(*columns, strict=True):
        yield {
            "kind": "request",
            "mode": mode["mode"],
            "tenant": names[who],
            "slice": places[where],
            "arrived": arrived,
            "started": started,
            "finished": finished,
        }


def change_events(mode: Unnumbered) -> Iterator[Unnumbered]:
    """Yield an event for each change of a mode's layout, with what it costs.

    Examples
    --------
    >>> change = {"at_seconds": 2.0, "outage_seconds": 10.3}
    >>> list(change_events({"mode": "mig", "changes": [change]}))
    [{'kind': 'layout-changed', 'mode': 'mig', 'at_seconds': 2.0, 'outage_seconds': 10.3}]
    """
    for change in mode["changes"]:
        yield {"kind": "layout-changed", "mode": mode["mode"], **change}


def kernel_event(report: Report) -> Unnumbered:
    """Return the event of a kernel that was started, was right, or failed."""
    task = report.task
    place = {"mode": task.mode, "tenant": task.tenant, "slice": task.slice}
    return {"kind": report.kind, **place, **report.details}


def _tenant(tenant: Tenant, alone_on_board: Service) -> Unnumbered:
    work, sends = tenant.workload, tenant.sends
    cost = getattr(work, "cost", None)
    return {
        "name": tenant.name,
        "workload": work.name,
        "title": work.title,
        "note": work.note if alone_on_board.step is None else alone_on_board.step.note,
        "parameters": {name: int(value) for name, value in getattr(work, "parameters", {}).items()},
        "kernel": tenant.has_kernel,
        "bytes": None if cost is None else cost.bytes,
        "think_seconds": sends.think_seconds if isinstance(sends, ClosedLoop) else None,
        "arrivals": arrivals_event(sends),
        "deadline_seconds": None if tenant.deadline_seconds is None else float(tenant.deadline_seconds),
        "joins": float(tenant.joins),
        "leaves": None if tenant.leaves is None else float(tenant.leaves),
        "alone_seconds": alone_on_board.seconds,
    }


def _slice(layout: PlannedLayout, number: int, server: Server) -> Unnumbered:
    change = layout.change
    services = {name: layout.services[name] for name in server.tenants}
    steps = {name: took.step for name, took in services.items() if took.step is not None}
    return {
        "name": server.name if change is None else f"{server.name} from {change.at_seconds:g} s",
        "profile": server.profile,
        "compute": list(server.compute),
        "memory": list(server.memory),
        "sms": server.slice.sms,
        "bandwidth_gbs": server.slice.bandwidth.value,
        "layout": number,
        "tenants": list(server.tenants) if change is None else [],
        "serves": list(server.tenants),
        "at_once": server.at_once,
        "takes_turns": server.takes_turns,
        "switching": server.switching,
        "group_sms": server.group_sms,
        "compute_group": server.compute_group,
        "memory_group": server.memory_group,
        "step_seconds": {name: took.seconds for name, took in services.items()},
        "low_seconds": {name: took.low_seconds for name, took in services.items()},
        "high_seconds": {name: took.high_seconds for name, took in services.items()},
        "saturated_seconds": {
            name: took.seconds if took.step is None else took.step.saturated_seconds
            for name, took in services.items()
        },
        "compute_seconds": {name: took.compute_seconds for name, took in services.items()},
        "memory_seconds": {name: took.memory_seconds for name, took in services.items()},
        "transfer_seconds": {name: took.transfer_seconds for name, took in services.items()},
        "compute_share": {name: took.compute_share for name, took in services.items()},
        "memory_share": {name: took.memory_share for name, took in services.items()},
        "limited_by": {name: took.limited_by for name, took in services.items()},
        "occupancy": {name: step.occupancy for name, step in steps.items()},
        "sm_active": {name: step.sm_active for name, step in steps.items()},
        "sm_occupancy": {name: step.sm_occupancy for name, step in steps.items()},
    }


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
