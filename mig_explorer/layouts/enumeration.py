"""Every layout that a board allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.gpus import Placement
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.layout import Layout
from mig_explorer.layouts.rules import broken_rule, open_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mig_explorer.gpus import Gpu, Profile


def layouts(gpu: Gpu, profiles: Iterable[str] | None = None, *, maximal: bool = True) -> tuple[Layout, ...]:
    """Return every placed layout of a board.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG; one without has no layout.
    profiles : iterable of str, optional
        Profiles to use; all of the board's by default.
    maximal : bool
        Only layouts to which nothing of these profiles can be added; else every one that is not empty.

    Raises
    ------
    UnknownProfile
        If the board has no such profile.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> classic = ["1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"]
    >>> len(layouts(gpu("A100-SXM4-40GB"), classic))
    19
    >>> len(layouts(gpu("A100-SXM4-40GB"), classic, maximal=False))
    297
    """
    used = [gpu.profile(name) for name in (gpu.profiles if profiles is None else profiles)]
    found = (instances for instances in _placed(gpu, used, (), 0) if instances)
    if maximal:
        found = (each for each in found if not any(open_starts(gpu, each, profile) for profile in used))
    return tuple(Layout(gpu, instances) for instances in found)


def _placed(
    gpu: Gpu, used: list[Profile], instances: tuple[GpuInstance, ...], slice_: int
) -> Iterator[tuple[GpuInstance, ...]]:
    """Walk the memory slices from left to right; at each, leave a hole or start an instance."""
    if slice_ >= gpu.memory_slices:
        yield instances
        return
    yield from _placed(gpu, used, instances, slice_ + 1)
    for profile in used:
        if broken_rule(gpu, instances, profile, slice_) is None:
            instance = GpuInstance(gpu, profile, Placement(slice_, profile.memory_slices))
            yield from _placed(gpu, used, (*instances, instance), slice_ + profile.memory_slices)
