"""Counting what a kernel does: memory traffic, bank conflicts, atomics, FLOPs, divergence, line by line.

`counter` watches the engine of `mig_explorer.emulator.simt`; `sectors`, `banks`, `contention` and `flops` say
what an access or an operation comes to; `counts` keeps the figures, `launch` runs a kernel.
"""

from __future__ import annotations

from mig_explorer.emulator.counts.counts import CountedLine, Counts
from mig_explorer.emulator.counts.emulation import Emulation
from mig_explorer.emulator.counts.launch import CountedKernel, counted
from mig_explorer.emulator.counts.metrics import Metrics
from mig_explorer.emulator.counts.pattern import WarpPattern

__all__ = ["CountedKernel", "CountedLine", "Counts", "Emulation", "Metrics", "WarpPattern", "counted"]
