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
import sys
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import KernelFault, MigExplorerError
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, create_sequence, layouts, parse_layout

if TYPE_CHECKING:
    from mig_explorer import devices as devices
    from mig_explorer import fleet as fleet
    from mig_explorer import formats as formats
    from mig_explorer import workloads
    from mig_explorer.charts.comparison import chart
    from mig_explorer.devices import this_gpu
    from mig_explorer.emulator import emulate
    from mig_explorer.experiments import Experiment, Tenant, tenants
    from mig_explorer.model import (
        GreenContexts,
        MeasuredWorkload,
        Mig,
        Monolithic,
        Mps,
        TimeSlicing,
    )
    from mig_explorer.model import arrivals as arrivals
    from mig_explorer.widgets.dashboard import dashboard
    from mig_explorer.widgets.explorer import explore
    from mig_explorer.widgets.race import race
    from mig_explorer.widgets.whatif import whatif

__version__ = "0.1.0"

# Names from rooms that need numba, pandas or altair; the core above needs the standard library alone.
_HOME = {
    "Experiment": "experiments",
    "GreenContexts": "model",
    "MeasuredWorkload": "model",
    "Mig": "model",
    "Monolithic": "model",
    "Mps": "model",
    "Tenant": "experiments",
    "TimeSlicing": "model",
    "chart": "charts.comparison",
    "dashboard": "widgets.dashboard",
    "emulate": "emulator",
    "explore": "widgets.explorer",
    "race": "widgets.race",
    "tenants": "experiments",
    "this_gpu": "devices",
    "whatif": "widgets.whatif",
}
# Whole rooms, imported when they are first used.
_ROOMS = {
    "arrivals": "model.arrivals",
    "charts": "charts",
    "devices": "devices",
    "fleet": "fleet",
    "formats": "formats",
    "reports": "reports",
    "scenarios": "scenarios",
    "workloads": "workloads",
}
__all__ = [
    "Experiment",
    "GreenContexts",
    "KernelFault",
    "Layout",
    "MeasuredWorkload",
    "Mig",
    "MigExplorerError",
    "Monolithic",
    "Mps",
    "Tenant",
    "TimeSlicing",
    "chart",
    "create_sequence",
    "dashboard",
    "emulate",
    "explore",
    "gpu",
    "gpus",
    "layouts",
    "parse_layout",
    "race",
    "tenants",
    "this_gpu",
    "whatif",
    "workloads",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import mig_explorer`` stays fast."""
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{_ROOMS[name]}")
    if name not in _HOME:
        message = f"module 'mig_explorer' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, "__version__"})


if "IPython" in sys.modules:  # a notebook: what a cell ends with is shown as a widget where there is one
    from IPython import get_ipython

    from mig_explorer.widgets.in_notebooks import show_as_widgets

    show_as_widgets(get_ipython())
