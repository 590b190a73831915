"""The small race that the dashboard offers before one has set up one's own."""

from __future__ import annotations

from mig_explorer.experiments import Experiment, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import preset_layouts
from mig_explorer.model import Mig, Monolithic, SharingMode
from mig_explorer.widgets.race_plan import title_of
from mig_explorer.workloads import mlp

BOARD, LAYOUT, TENANTS = "A100-SXM4-40GB", "7 × 1g", 7


def small() -> Experiment:
    """Return an experiment whose kernels are checked in a few seconds.

    Examples
    --------
    >>> [mode.title for mode in small().modes]
    ['Monolithic', 'MIG 7 × 1g.5gb']
    """
    board = gpu(BOARD)
    modes: list[SharingMode] = [Monolithic(), Mig(preset_layouts(board)[LAYOUT])]
    return Experiment(board, tenants(mlp(), TENANTS), modes)


def about() -> str:
    """Say what the small race is.

    Examples
    --------
    >>> print(about())
    Seven tenants, one A100: MLP inference, batch 32, 4 layers of 128 on Monolithic and MIG
    7 × 1g.5gb. Times are modelled; 14 kernels are run on this machine's CPU and their results checked.
    """
    made = small()
    one, other = [mode.title for mode in made.modes]
    kernels = len(made.tenants) * len(made.modes)
    return (
        f"{title_of(len(made.tenants), made.gpu.name)}: {made.tenants[0].workload.title} on "
        f"{one} and {other}. Times are modelled; {kernels} kernels are run on this machine's CPU "
        "and their results checked."
    )
