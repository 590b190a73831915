"""Running Numba CUDA kernels on a CPU, by rewriting their source.

One step a module: `source` reads a kernel, `lower` replaces what is CUDA in it, `uniform` finds what the
threads of a block must agree on, `fission` splits it at its barriers, `liveness` finds what a thread keeps
across them, `emit` writes it out; `compile` and `launch` run it.
"""

from __future__ import annotations

from mig_explorer.emulator.launch import EmulatedKernel, emulate

__all__ = ["EmulatedKernel", "emulate"]
