"""The events of a trace, as the experiment writes them."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.trace import TRACE_VERSION
from mig_explorer.model import MODEL_VERSION, constants, step_time

if TYPE_CHECKING:
    from mig_explorer.experiments.experiment import Experiment
    from mig_explorer.experiments.plan import PlannedMode
    from mig_explorer.experiments.workers import Report
    from mig_explorer.model import Request

Unnumbered = dict[str, Any]


def experiment_event(experiment: Experiment) -> Unnumbered:
    """Return the first event: what runs, with which constants and versions."""
    gpu, bandwidth = experiment.gpu, experiment.gpu.whole.bandwidth
    return {
        "kind": "experiment",
        "gpu": gpu.name,
        "seed": experiment.seed,
        "seconds": experiment.window_seconds,
        "seconds_rule": experiment.window_rule,
        "engine": "model",
        "board": {"sms": gpu.sms, "bandwidth_gbs": bandwidth.value, "bandwidth": bandwidth.confidence},
        "tenants": [
            {
                "name": tenant.name,
                "workload": tenant.workload.name,
                "title": tenant.workload.title,
                "parameters": {name: int(value) for name, value in tenant.workload.parameters.items()},
                "bytes": tenant.workload.cost.bytes,
                "think_seconds": float(tenant.think_seconds),
                "alone_seconds": step_time(tenant.workload, gpu.whole, gpu).seconds,
            }
            for tenant in experiment.tenants
        ],
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
        "provenance": {"time": "modelled", "kernels": "emulated"},
    }


def mode_event(planned: PlannedMode) -> Unnumbered:
    """Return the event of a mode: its slices, who is on them, and how long a request takes there."""
    return {
        "kind": "mode",
        "mode": planned.mode.slug,
        "title": planned.mode.title,
        "subtitle": planned.mode.subtitle,
        "slices": [
            {
                "name": server.name,
                "profile": server.profile,
                "compute": list(server.compute),
                "memory": list(server.memory),
                "sms": server.slice.sms,
                "bandwidth_gbs": server.slice.bandwidth.value,
                "tenants": list(server.tenants),
                "step_seconds": {name: planned.steps[name].seconds for name in server.tenants},
                "saturated_seconds": {name: planned.steps[name].saturated_seconds for name in server.tenants},
                "limited_by": {name: planned.steps[name].limited_by for name in server.tenants},
                "occupancy": {name: planned.steps[name].occupancy for name in server.tenants},
                "sm_active": {name: planned.steps[name].sm_active for name in server.tenants},
                "sm_occupancy": {name: planned.steps[name].sm_occupancy for name in server.tenants},
            }
            for server in planned.servers
        ],
    }


def request_event(planned: PlannedMode, request: Request) -> Unnumbered:
    """Return the event of one served request; its times are modelled seconds."""
    return {
        "kind": "request",
        "mode": planned.mode.slug,
        "tenant": planned.customers[request.customer].name,
        "slice": planned.servers[request.station].name,
        "arrived": request.arrived,
        "started": request.started,
        "finished": request.finished,
    }


def kernel_event(report: Report) -> Unnumbered:
    """Return the event of a kernel that was started, was right, or failed."""
    task = report.task
    place = {"mode": task.mode, "tenant": task.tenant, "slice": task.slice}
    return {"kind": report.kind, **place, **report.details}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
