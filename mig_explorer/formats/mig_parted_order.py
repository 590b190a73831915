"""The order in which mig-parted creates MIG devices, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mig_explorer.gpus import Placement
from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout, driver_start
from mig_explorer.layouts.compute import open_compute_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus import ComputeProfile, Gpu, Profile


def created(gpu: Gpu, devices: Iterable[tuple[Profile, ComputeProfile]]) -> Layout | None:
    """Return the layout that mig-parted makes of an empty board, by our model of the driver.

    It takes the devices in one order after another, the one with the largest first, until one succeeds. A
    device goes into the GPU instance that was made just before if that is of its profile and has room; else
    a new GPU instance is made for it.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    devices : iterable of Profile and ComputeProfile
        One pair a MIG device.

    Returns
    -------
    Layout or None
        None if every order fails.

    Notes
    -----
    Source: NVIDIA/mig-parted, ``pkg/mig/config`` and ``pkg/types``. Where two profiles have the same number
    of slices and attributes (``1g.5gb`` and ``1g.10gb``), mig-parted leaves to chance which it tries first;
    here it is the one with more memory.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> small, large = board.profile("1g.5gb"), board.profile("3g.20gb")
    >>> created(board, [(small, small.full), (small, small.full), (large, large.full)])
    <Layout of A100-SXM4-40GB: 1g.5gb@0 1g.5gb@1 3g.20gb@4>
    """
    wanted = sorted(
        devices,
        key=lambda each: (
            each[0].compute_slices,
            each[1].compute_slices,
            each[0].family,
            each[0].memory_slices,
        ),
        reverse=True,
    )
    if sum(compute.compute_slices for _, compute in wanted) > gpu.compute_slices:
        return None
    return _in_some_order(Layout(gpu), None, wanted, set())


def _in_some_order(
    layout: Layout,
    latest: int | None,
    devices: list[tuple[Profile, ComputeProfile]],
    failed: set[tuple[str, int | None, tuple[str, ...]]],
) -> Layout | None:
    """Try the devices in every order; ``latest`` is the start of the GPU instance made last."""
    if not devices:
        return layout
    state = (str(layout), latest, tuple(sorted(f"{each.name} {compute.name}" for each, compute in devices)))
    if state in failed:
        return None
    for index, device in enumerate(devices):
        if device in devices[:index]:
            continue
        step = _one_more(layout, latest, *device)
        # mig-parted exchanges the device with the first one, and keeps the others in their order.
        rest = devices[1:] if index == 0 else [*devices[1:index], devices[0], *devices[index + 1 :]]
        found = None if step is None else _in_some_order(*step, rest, failed)
        if found is not None:
            return found
    failed.add(state)
    return None


def _one_more(
    layout: Layout, latest: int | None, profile: Profile, compute: ComputeProfile
) -> tuple[Layout, int] | None:
    standing = None if latest is None else layout.at(latest)
    if standing is not None and standing.profile.name == profile.name:
        starts = open_compute_starts(standing.compute_instances, compute)
        if starts:
            inside = (*standing.compute_instances, ComputeInstance(compute, starts[0]))
            fuller = replace(standing, compute_instances=inside)
            others = (each for each in layout.instances if each is not standing)
            return Layout(layout.gpu, (*others, fuller)), standing.start
    start = driver_start(layout, profile)
    starts = open_compute_starts((), compute)
    if start is None or not starts:
        return None
    placement = Placement(start, profile.memory_slices)
    new = GpuInstance(layout.gpu, profile, placement, (ComputeInstance(compute, starts[0]),))
    return Layout(layout.gpu, (*layout.instances, new)), start
