"""A kernel that kills the worker process it runs in, to see whose work ends with it."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from typing import Any

from mig_explorer.workloads import Workload, triad

WORKER = "mig_explorer.experiments.worker"


class FatalKernel:
    """Ends a worker process as soon as the emulator looks at it."""

    def __getattr__(self, name: str) -> Any:
        if in_a_worker():
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        raise AttributeError(name)


def in_a_worker() -> bool:
    """Return whether this process is a worker of an experiment.

    Examples
    --------
    >>> in_a_worker()
    False
    """
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == WORKER


def planted_fault(elements: int = 1000) -> Workload:
    """Return a STREAM triad whose kernel kills its worker process, as a stand-in for a kernel that faults.

    On a GPU the usual fatal fault is an access outside any allocation. The emulator's processes are not a
    GPU's: what survives here says how this package keeps workers apart, and nothing of a GPU.

    Examples
    --------
    >>> planted_fault().title
    'STREAM triad that faults'
    """
    return replace(
        triad(elements=elements),
        title="STREAM triad that faults",
        factory="mig_explorer.scenarios.planted_fault:planted_fault",
        parameters={"elements": elements},
        kernel=FatalKernel(),
    )
