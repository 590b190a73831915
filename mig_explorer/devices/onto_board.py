"""What was read of a GPU, set against the catalogue: a layout if it fits, plain words if it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mig_explorer.devices.standing import catalogue_profile
from mig_explorer.errors import InvalidLayout
from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.devices.device import DeviceInstance
    from mig_explorer.devices.listing import ListedProfile
    from mig_explorer.devices.standing import Standing
    from mig_explorer.gpus import Gpu, Placement


def onto_catalogue(board: Gpu, listed: Mapping[ListedProfile, tuple[Placement, ...] | None]) -> list[str]:
    """Return in words where the driver's profiles contradict the catalogue's.

    Parameters
    ----------
    board : Gpu
        As the catalogue has it.
    listed : mapping of ListedProfile to tuple of Placement or None
        The driver's profiles and their placements; None where this user may not ask.
    """
    said = []
    for each, placements in listed.items():
        profile = catalogue_profile(board, each)
        name = each.name or f"ID {each.profile_id}"
        if profile is None:
            said.append(
                f"The driver lists the profile {name} (ID {each.profile_id}), which the catalogue lacks."
            )
        elif placements is not None and placements != profile.placements:
            said.append(
                f"The driver places {profile.name} at {_places(placements)}, the catalogue at "
                f"{_places(profile.placements)}. The driver decides."
            )
    return said


def layout_of(board: Gpu | None, standing: Standing) -> tuple[Layout | None, tuple[str, ...]]:
    """Return what stands as a layout; None, and why, if the catalogue's rules do not allow it.

    Where compute instances are inside their GPU instance is printed by drivers in more than one way. If it
    does not fit our way of counting, they keep their order and are counted from the left.
    """
    if board is None:
        return None, ()
    if not standing.complete:
        return None, ("No layout can be shown, as it is unknown where the GPU instances are.",)
    placed = []
    for each in standing.instances:
        problem = _misplaced(board, each)
        if problem:
            return None, (problem,)
        try:
            placed.append(_with_compute(board, each))
        except InvalidLayout as error:
            return None, (
                f"The compute instances of GPU instance {each.gi_id} contradict the catalogue: {error}",
            )
    try:
        return Layout(board, tuple(placed)), ()
    except InvalidLayout as error:
        return None, (f"What stands contradicts the catalogue, so no layout can be shown: {error}",)


def _misplaced(board: Gpu, instance: DeviceInstance) -> str:
    where = instance.placement
    if instance.profile is None:
        return (
            f"GPU instance {instance.gi_id} has a profile that the catalogue lacks for {board.name}, so no "
            f"layout can be shown."
        )
    if where not in instance.profile.placements:
        return (
            f"GPU instance {instance.gi_id} is {instance.profile.name} at "
            f"{_places((where,) if where else ())}, which the catalogue does not know: it places "
            f"{instance.profile.name} at {_places(instance.profile.placements)}. No layout can be shown."
        )
    return ""


def _with_compute(board: Gpu, instance: DeviceInstance) -> GpuInstance:
    profile, placement = instance.profile, instance.placement
    if profile is None or placement is None:
        raise AssertionError  # _misplaced came first
    bare = GpuInstance(board, profile, placement, ())
    known = [(one.profile, one.start) for one in instance.compute]
    inside = []
    for one, start in known:
        if one is None:
            raise InvalidLayout(f"one has a profile that the catalogue lacks for {profile.name}.")
        inside.append(ComputeInstance(one, 0 if one.full or start is None else start))
    try:
        return replace(bare, compute_instances=tuple(inside))
    except InvalidLayout:
        names = "+".join(f"{each.size}c" for each in sorted(inside, key=lambda each: each.start))
        return Layout(board, (bare,)).divide(placement.start, names).instances[0]


def _places(placements: Sequence[Placement]) -> str:
    starts = ", ".join(str(each.start) for each in placements)
    sizes = " or ".join(str(size) for size in sorted({each.size for each in placements}))
    return f"memory slice {starts} (size {sizes})"
