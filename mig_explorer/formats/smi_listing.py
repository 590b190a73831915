"""Reads a layout off ``nvidia-smi mig -lgi`` and ``-lci``, and gathers the readers of all listings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidLayout, UnreadableDocument, nearest_names
from mig_explorer.formats.smi_listing_devices import DeviceRow, GpuRow, read_devices
from mig_explorer.formats.smi_listing_instances import (
    COMPUTE_INSTANCES,
    GPU_INSTANCES,
    ComputeInstanceRow,
    GpuInstanceRow,
    read_compute_instances,
    read_gpu_instances,
)
from mig_explorer.formats.smi_listing_profiles import (
    Difference,
    PlacementRow,
    ProfileRow,
    differences,
    read_placements,
    read_profiles,
)
from mig_explorer.gpus import Placement
from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout
from mig_explorer.layouts.compute import open_compute_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus import ComputeProfile, Gpu, Profile

__all__ = [
    "ComputeInstanceRow",
    "DeviceRow",
    "Difference",
    "GpuInstanceRow",
    "GpuRow",
    "PlacementRow",
    "ProfileRow",
    "differences",
    "read_compute_instances",
    "read_devices",
    "read_gpu_instances",
    "read_listings",
    "read_placements",
    "read_profiles",
]


def read_listings(gpu: Gpu, lgi: str, lci: str = "", *, index: int | None = None) -> Layout:
    """Return the layout that two listings show.

    Parameters
    ----------
    gpu : Gpu
        The board of the catalogue that was listed.
    lgi : str
        What ``nvidia-smi mig -lgi`` printed.
    lci : str
        What ``nvidia-smi mig -lci`` printed. Without it every GPU instance is taken to be filled by one
        compute instance; with it, one that is not listed has none.
    index : int, optional
        Which GPU, if the listings show several.

    Returns
    -------
    Layout
        Exact in the GPU instances. Drivers print the placements of compute instances in more than one way, so
        one whose printed start cannot be is put at the lowest that is free.

    Raises
    ------
    UnreadableDocument
        If a line is none of the listing, the listings contradict each other, or the board cannot hold this.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> lgi = '''|   0  MIG 2g.10gb         14        3          0:2     |
    ... |   0  MIG 3g.20gb          9        2          4:4     |'''
    >>> read_listings(gpu("A100-SXM4-40GB"), lgi)
    <Layout of A100-SXM4-40GB: 2g.10gb@0 3g.20gb@4>
    """
    standing, inside = read_gpu_instances(lgi), read_compute_instances(lci)
    chosen = _chosen({row.gpu for row in standing} | {row.gpu for row in inside}, index)
    standing = tuple(row for row in standing if row.gpu == chosen)
    inside = tuple(row for row in inside if row.gpu == chosen)
    known = {row.instance_id for row in standing}
    if len(known) < len(standing):
        twice = next(
            row for row in standing if sum(each.instance_id == row.instance_id for each in standing) > 1
        )
        message = f"{GPU_INSTANCES} lists GPU instance {twice.instance_id} of GPU {chosen} twice."
        raise UnreadableDocument(message)
    for row in inside:
        if row.gpu_instance_id not in known:
            message = (
                f"{COMPUTE_INSTANCES} lists a compute instance in GPU instance {row.gpu_instance_id} of GPU "
                f"{chosen}, which {GPU_INSTANCES} does not list. Make both listings at the same time."
            )
            raise UnreadableDocument(message)
    try:
        return Layout(gpu, tuple(_instance(gpu, row, inside, bool(lci.strip())) for row in standing))
    except InvalidLayout as error:
        message = f"The listings are not of one {gpu.name}: {error}"
        raise UnreadableDocument(message) from error


def _chosen(shown: set[int], index: int | None) -> int:
    if index is not None:
        return index
    if len(shown) > 1:
        names = ", ".join(str(each) for each in sorted(shown))
        message = f"The listings show the GPUs {names}. Say which is meant, with index=…"
        raise UnreadableDocument(message)
    return next(iter(shown), 0)


def _instance(
    gpu: Gpu, row: GpuInstanceRow, inside: Iterable[ComputeInstanceRow], counted: bool
) -> GpuInstance:
    profile = _profile(gpu, row)
    placement = Placement(row.start, row.size)
    if not counted:
        return GpuInstance(gpu, profile, placement)
    mine = [each for each in inside if each.gpu_instance_id == row.instance_id]
    return GpuInstance(gpu, profile, placement, _compute_instances(profile, mine))


def _profile(gpu: Gpu, row: GpuInstanceRow) -> Profile:
    profile = next(
        (each for each in gpu.profiles.values() if row.name in (each.name, *each.also_named)),
        None,
    )
    if profile is None:
        message = (
            f"GPU instance {row.instance_id} is a {row.name}, and {gpu.name} has no such profile. "
            f"{nearest_names(row.name, gpu.profiles)}"
        )
        raise UnreadableDocument(message)
    if row.size != profile.memory_slices:
        message = (
            f"GPU instance {row.instance_id} is a {row.name} of {row.size} memory slices; on {gpu.name} it "
            f"has {profile.memory_slices}."
        )
        raise UnreadableDocument(message)
    return profile


def _compute_instances(profile: Profile, rows: Iterable[ComputeInstanceRow]) -> tuple[ComputeInstance, ...]:
    found: list[ComputeInstance] = []
    for row in sorted(rows, key=lambda each: (each.start or 0, each.instance_id)):
        wanted = _compute_profile(profile, row)
        starts = open_compute_starts(found, wanted)
        if not starts:
            message = (
                f"{COMPUTE_INSTANCES} lists more compute instances in GPU instance {row.gpu_instance_id} "
                f"than a {profile.name} holds."
            )
            raise UnreadableDocument(message)
        found.append(ComputeInstance(wanted, row.start if row.start in starts else starts[0]))
    return tuple(found)


def _compute_profile(profile: Profile, row: ComputeInstanceRow) -> ComputeProfile:
    """Go by the size in the name: boards differ in the ids, and in whether ``+me`` is printed."""
    form = re.match(r"(\d{1,2})c\.", row.name, re.ASCII)
    size = profile.compute_slices if form is None else int(form[1])
    alike = [each for each in profile.compute_profiles if each.compute_slices == size]
    if not alike:
        known = [each.name for each in profile.compute_profiles]
        message = (
            f"{COMPUTE_INSTANCES} lists a {row.name} in GPU instance {row.gpu_instance_id}, a "
            f"{profile.name}, which has no such compute profile. {nearest_names(row.name, known)}"
        )
        raise UnreadableDocument(message)
    if form is None:
        return profile.full
    named = [each for each in alike if each.name == row.name]
    return next((each for each in (*named, *alike) if each.profile_id == row.profile_id), alike[0])
