"""The kernels that tenants run, each with its inputs, its launch, its reference and its cost.

To add one, add a file: a module whose function of the same name returns a `Workload` is found by
`workload` and is an attribute of this package.

``@cuda.jit`` is applied where a kernel is defined. It compiles nothing until a kernel is launched, so these
modules import on a machine with no GPU, driver or numba-cuda; where numba-cuda is installed, the same
``from numba import cuda`` is numba-cuda.
"""

from __future__ import annotations

from mig_explorer.workloads.check import Check, Tolerance, compare, rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.matmul import matmul
from mig_explorer.workloads.reduction import reduction
from mig_explorer.workloads.registry import factories, workload
from mig_explorer.workloads.triad import triad
from mig_explorer.workloads.workload import Workload, build

# A submodule's name would otherwise stand for the module rather than for its factory.
globals().update(factories())

__all__ = [
    "Check",
    "Cost",
    "Launch",
    "Tolerance",
    "Workload",
    "blocks_to_cover",
    "build",
    "compare",
    "factories",
    "matmul",
    "reduction",
    "rounding_tolerance",
    "triad",
    "workload",
]
