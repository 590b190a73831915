"""The kernels that tenants run, each with its inputs, its launch, its reference and its cost.

To add one, add a file: a module whose function of the same name returns a `Workload` is found by
`workload` and is an attribute of this package.

``@cuda.jit`` is applied where a kernel is defined. It compiles nothing until a kernel is launched, so these
modules import on a machine with no GPU, driver or numba-cuda; where numba-cuda is installed, the same
``from numba import cuda`` is numba-cuda.
"""

from __future__ import annotations

from mig_explorer.workloads.attention import attention
from mig_explorer.workloads.check import EXACT, Bounds, Check, Tolerance, compare, rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.histogram import histogram
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.mandelbrot import mandelbrot
from mig_explorer.workloads.matmul import matmul
from mig_explorer.workloads.mlp import mlp
from mig_explorer.workloads.nbody import nbody
from mig_explorer.workloads.pointer_chase import pointer_chase
from mig_explorer.workloads.prefix_sum import prefix_sum
from mig_explorer.workloads.reduction import reduction
from mig_explorer.workloads.registry import factories, workload
from mig_explorer.workloads.saxpy import saxpy
from mig_explorer.workloads.saxpy_grid_stride import saxpy_grid_stride
from mig_explorer.workloads.spmv import spmv
from mig_explorer.workloads.stencil import stencil
from mig_explorer.workloads.transpose_naive import transpose_naive
from mig_explorer.workloads.transpose_padded import transpose_padded
from mig_explorer.workloads.transpose_tiled import transpose_tiled
from mig_explorer.workloads.triad import triad
from mig_explorer.workloads.workload import Workload, build

# A submodule's name would otherwise stand for the module rather than for its factory. The imports above are
# for editors and type checkers: a kernel that is not among them is found all the same.
globals().update(factories())

__all__ = [
    "EXACT",
    "Bounds",
    "Check",
    "Cost",
    "Launch",
    "Tolerance",
    "Workload",
    "attention",
    "blocks_to_cover",
    "build",
    "compare",
    "factories",
    "histogram",
    "mandelbrot",
    "matmul",
    "mlp",
    "nbody",
    "pointer_chase",
    "prefix_sum",
    "reduction",
    "rounding_tolerance",
    "saxpy",
    "saxpy_grid_stride",
    "spmv",
    "stencil",
    "transpose_naive",
    "transpose_padded",
    "transpose_tiled",
    "triad",
    "workload",
]
