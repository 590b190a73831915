"""Every way to share out one GPU instance."""

from __future__ import annotations

from dataclasses import replace

from mig_explorer.layouts import ComputeInstance, Layout
from mig_explorer.layouts.compute import open_compute_starts


def divisions(layout: Layout) -> set[Layout]:
    """Return every layout that differs from one of a single GPU instance in its compute instances."""
    (whole,) = layout.instances
    nothing: tuple[ComputeInstance, ...] = ()
    found, waiting = {nothing}, [nothing]
    while waiting:
        inside = waiting.pop()
        for profile in whole.profile.compute_profiles:
            for start in open_compute_starts(inside, profile):
                new = ComputeInstance(profile, start)
                more = tuple(sorted((*inside, new), key=lambda each: each.start))
                if more not in found:
                    found.add(more)
                    waiting.append(more)
    return {Layout(layout.gpu, (replace(whole, compute_instances=each),)) for each in found}
