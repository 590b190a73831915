"""Checked mode: what is wrong with a kernel, found whether or not it shows in the result.

A `watcher` sees all that the lane-by-lane engine does. `shadow` keeps beside each memory who touched what
last (`latest`), `ordering` and `handover` know what is ordered before what, `accesses` compares the two,
`collector` merges what is found into `findings`, in the words of `wording`. `checked` sends a launch as a
`parcel` to the `process` where the `worker` runs it.
"""

from __future__ import annotations

from mig_explorer.emulator.checks.checked import CheckedKernel, checked
from mig_explorer.emulator.checks.findings import Finding, Thread

__all__ = ["CheckedKernel", "Finding", "Thread", "checked"]
