"""Launches without an engine: a counter that is told by hand what lanes do."""

from __future__ import annotations

import numpy as np

from mig_explorer.emulator.counts.counter import Counter
from mig_explorer.emulator.simt.lines import Line
from mig_explorer.emulator.simt.observer import BatchView, LaunchView
from mig_explorer.emulator.simt.values import Memory

FILE = "kernel.py"


def line(number, file=FILE):
    return Line(number, file, "kernel")


def counter(grid=1, block=64, *, blocks=None):
    """Return a counter in the midst of its first batch."""
    made = Counter()
    launch = LaunchView("kernel", (grid, 1, 1), (block, 1, 1))
    made.begin(launch)
    made.begin_batch(BatchView(launch, 0, grid if blocks is None else blocks))
    return made


def next_batch(made, first_block, blocks):
    made.end_batch()
    made.begin_batch(BatchView(made.counts(FILE).launch, first_block, blocks))


def floats(kind="global", count=4096, span=0, dtype=np.float32, name="values"):
    return Memory(kind, name, np.zeros(count, dtype), span)


def figures(made, number=None):
    """Return the metrics that are not 0, of a line or in total."""
    counts = made.counts(FILE)
    metrics = counts.total if number is None else counts.by_line[line(number)]
    return {name: figure for name, figure in metrics.as_dict().items() if figure}
