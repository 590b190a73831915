"""A board that the catalogue does not have, made from what its driver says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.record import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.devices.listing import ListedProfile
    from mig_explorer.gpus import Gpu, Placement

SOURCE = "the driver of this machine, through NVML"
NAMED = re.compile(r"\d+g\.\d+gb(?P<family>\+[a-z.]+|-me)?")
FILLING = {1: 0, 2: 1, 3: 2, 4: 3, 6: 6, 7: 4, 8: 5}
"""NVML's number of the profile of compute instance with so many slices (nvml.h)."""
CORES_OF_AN_SM = {(8, 0): 64}
USUAL_CORES_OF_AN_SM = 128
"""FP32 cores of an SM: 64 on compute capability 8.0, 128 on all later ones (CUDA C++ Programming Guide)."""


@dataclass(frozen=True)
class Identity:
    """What a GPU says of itself, MIG or not.

    Parameters
    ----------
    product_name : str
        ``"NVIDIA A30"``.
    pci_id : str
        Device and vendor, ``"0x20B710DE"``.
    capability : (int, int) or None
        Compute capability; None where unknown, as the others.
    memory_mib : int or None
        Memory of the whole board.
    cores : int or None
        FP32 cores of the whole board.
    """

    product_name: str
    pci_id: str
    capability: tuple[int, int] | None
    memory_mib: int | None
    cores: int | None


def unlisted_gpu(identity: Identity, profiles: Mapping[ListedProfile, tuple[Placement, ...]]) -> Gpu | None:
    """Return a board with the profiles and placements that its driver lists, so that it can be laid out.

    Parameters
    ----------
    identity : Identity
        What it says of itself.
    profiles : mapping of ListedProfile to tuple of Placement
        As `listed_profiles` and `possible_placements` give them.

    Returns
    -------
    Gpu or None
        None if what the driver says does not add up to a board that our rules can place on. Bandwidth and
        caches are unknown; of the compute instances only those that fill their GPU instance are known.
    """
    rows = [_profile(each, placements) for each, placements in profiles.items() if placements]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["compute_slices"], row["memory_slices"]))
    most_sms = max(row["max_instances"] * row["sms"] for row in rows)
    ends = [each.start + each.size for placements in profiles.values() for each in placements]
    capability = identity.capability or (0, 0)
    sms = max(most_sms, (identity.cores or 0) // CORES_OF_AN_SM.get(capability, USUAL_CORES_OF_AN_SM))
    record = {
        "name": identity.product_name,
        "product_name": identity.product_name,
        "aliases": [],
        "pci_device_ids": [identity.pci_id],
        "mig": True,
        "note": "Not in the catalogue: all that is known of it comes from the driver of this machine.",
        "sources": {"nvml": SOURCE},
        "facts": {
            "compute_capability": _fact(".".join(map(str, capability))),
            "sms": _fact(sms, "SM", "derived"),
            "sms_mig": _fact(most_sms, "SM", "derived"),
            "memory_mib": _fact(identity.memory_mib, "MiB"),
            "memory_bandwidth_gbs": _fact(None, "GB/s"),
            "l2_mib": _fact(None, "MiB"),
            "max_instances": _fact(max(row["max_instances"] for row in rows)),
            "memory_slices": _fact(max(ends)),
            "compute_slices": _fact(max(row["compute_slices"] for row in rows)),
        },
        "profiles": rows,
    }
    try:
        return read_record(record, identity.product_name)
    except InconsistentRecord:
        return None


def _profile(listed: ListedProfile, placements: tuple[Placement, ...]) -> dict[str, Any]:
    form = NAMED.fullmatch(listed.name)
    name = listed.name if form else f"{listed.compute_slices}g.{round((listed.memory_mib or 0) / 1024)}gb"
    family = (form["family"] or "") if form else ""
    known = {"source": ["nvml"], "confidence": "verified"}
    return {
        "name": name,
        "profile_id": listed.profile_id,
        "nvml_profile": listed.nvml_profile,
        "compute_slices": listed.compute_slices,
        "memory_slices": placements[0].size,
        "starts": sorted(each.start for each in placements),
        "max_instances": listed.max_instances,
        "attributes": [family.removeprefix("+")] if family else [],
        "min_driver": None,
        "sms": listed.sms,
        "memory_mib": listed.memory_mib,
        **listed.engines,
        **known,
        "compute_profiles": [
            {
                "name": name,
                "profile_id": None,
                "nvml_profile": FILLING.get(listed.compute_slices, 0),
                "compute_slices": listed.compute_slices,
                "starts": [0],
                "max_instances": 1,
                "sms": listed.sms,
                **known,
            }
        ],
    }


def _fact(value: Any, unit: str = "", confidence: str = "verified") -> dict[str, Any]:
    return {
        "value": value,
        "unit": unit,
        "source": "nvml",
        "confidence": "unknown" if value is None else confidence,
    }
