"""Understand, try out and decide how to share a GPU with NVIDIA Multi-Instance GPU (MIG).

Everything works without a GPU and says so: times are modelled, kernels are emulated.

Examples
--------
>>> import mig_explorer as mig
>>> layout = mig.Layout(mig.gpu("A100-SXM4-40GB")).place("3g.20gb", start=4)
>>> print(layout.explain("3g.20gb", start=2))
3g.20gb cannot start at memory slice 2. Its starts are 0 and 4. Place it at 0 instead.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import KernelFault, MigExplorerError
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, Refusal, create_sequence, layouts, parse_layout

if TYPE_CHECKING:
    from mig_explorer import devices, formats, workloads
    from mig_explorer.charts.comparison import chart
    from mig_explorer.devices import this_gpu
    from mig_explorer.emulator import emulate
    from mig_explorer.experiments import Experiment, Tenant, read_trace, tenants
    from mig_explorer.model import Mig, Monolithic
    from mig_explorer.widgets.explorer import explore
    from mig_explorer.widgets.kernel_report import kernel_report
    from mig_explorer.widgets.race import race

__version__ = "0.1.0"

# Rooms that need numba, pandas or altair; the core above needs the standard library alone.
_HOME = {
    "Experiment": "experiments",
    "Mig": "model",
    "Monolithic": "model",
    "Tenant": "experiments",
    "chart": "charts.comparison",
    "devices": "",
    "emulate": "emulator",
    "explore": "widgets.explorer",
    "formats": "",
    "kernel_report": "widgets.kernel_report",
    "race": "widgets.race",
    "read_trace": "experiments",
    "tenants": "experiments",
    "this_gpu": "devices",
    "workloads": "",
}
__all__ = [
    "Experiment",
    "KernelFault",
    "Layout",
    "Mig",
    "MigExplorerError",
    "Monolithic",
    "Refusal",
    "Tenant",
    "chart",
    "create_sequence",
    "devices",
    "emulate",
    "explore",
    "formats",
    "gpu",
    "gpus",
    "kernel_report",
    "layouts",
    "parse_layout",
    "race",
    "read_trace",
    "tenants",
    "this_gpu",
    "workloads",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import mig_explorer`` stays fast."""
    if name not in _HOME:
        message = f"module 'mig_explorer' has no attribute {name!r}"
        raise AttributeError(message)
    if not _HOME[name]:
        return importlib.import_module(f"{__name__}.{name}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
