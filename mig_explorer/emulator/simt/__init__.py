"""Running Numba CUDA kernels on a CPU as a GPU runs them: lane by lane, parting and meeting, and watched.

It is slower than the rewriting engine and knows more: warp operations, branches that part a warp, barriers
wherever they stand. `typing` has Numba infer the types, `translate` makes a program of the typed IR, `engine`
runs it in NumPy arrays over the threads of a batch of blocks, and an `Observer` is told of all that happens.
"""

from __future__ import annotations

from mig_explorer.emulator.simt.lines import Line
from mig_explorer.emulator.simt.observer import BatchView, LaunchView, Observer
from mig_explorer.emulator.simt.run import run
from mig_explorer.emulator.simt.values import ArrayRef, Memory

__all__ = ["ArrayRef", "BatchView", "LaunchView", "Line", "Memory", "Observer", "run"]
