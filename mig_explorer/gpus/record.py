"""Reads one board's JSON record, and refuses a record that contradicts itself."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.board import Gpu, Profile
from mig_explorer.gpus.facts import CONFIDENCES, Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BOARD_FACTS = ("compute_capability", "sms", "memory_mib", "memory_bandwidth_gbs", "l2_mib")
_MIG_FACTS = ("sms_mig", "max_instances", "memory_slices", "compute_slices")
_PROFILE_UNITS = {
    "sms": "SM",
    "memory_mib": "MiB",
    "copy_engines": "engines",
    "decoders": "engines",
    "encoders": "engines",
    "jpeg": "engines",
    "ofa": "engines",
    "stream_copy_gbs": "GB/s",
}
_ENGINES = ("copy_engines", "decoders", "encoders", "jpeg", "ofa")


def read_record(record: Mapping[str, Any], origin: str) -> Gpu:
    """Turn a board's record into a `Gpu`.

    Parameters
    ----------
    record : mapping
        The parsed JSON; ``gpus/boards/A30.json`` shows the form.
    origin : str
        Name of the file, for the error message.

    Raises
    ------
    InconsistentRecord
        If a value is missing, has no source, or contradicts another; the message names the first such place.

    Examples
    --------
    >>> read_record({"name": "X1"}, "X1.json")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InconsistentRecord: X1.json: 'product_name' is missing.
    """

    def demand(holds: object, problem: str) -> None:
        if not holds:
            message = f"{origin}: {problem}"
            raise InconsistentRecord(message)

    for key in ("name", "product_name", "aliases", "pci_device_ids", "mig", "sources", "facts", "profiles"):
        demand(key in record, f"{key!r} is missing.")
    facts = {
        name: _fact(entry, record["sources"], f"fact {name!r}", demand)
        for name, entry in record["facts"].items()
    }
    for name in _BOARD_FACTS + (_MIG_FACTS if record["mig"] else ()):
        demand(name in facts, f"fact {name!r} is missing.")
        demand(facts[name].value is not None or name == "l2_mib", f"fact {name!r} must be known.")
    profiles = [_profile(entry, record["sources"], demand) for entry in record["profiles"]]
    board = Gpu(
        name=record["name"],
        product_name=record["product_name"],
        aliases=tuple(record["aliases"]),
        pci_device_ids=tuple(record["pci_device_ids"]),
        has_mig=record["mig"],
        note=record.get("note", ""),
        facts=MappingProxyType(facts),
        profiles=MappingProxyType({profile.name: profile for profile in profiles}),
    )
    demand(bool(profiles) == board.has_mig, "a board has profiles if, and only if, it has MIG.")
    demand(len(board.profiles) == len(profiles), "two profiles have the same name.")
    demand(len({p.profile_id for p in profiles}) == len(profiles), "two profiles have the same profile_id.")
    for profile in profiles:
        _check_profile(board, profile, demand)
    if board.has_mig:
        most = max(profile.max_instances for profile in profiles)
        demand(
            most == board.value("max_instances"),
            f"max_instances is {board.value('max_instances')}, yet a profile has {most}.",
        )
        full = max(profiles, key=lambda p: (p.compute_slices, p.memory_slices))
        demand(
            (full.compute_slices, full.memory_slices) == (board.compute_slices, board.memory_slices),
            f"{full.name}, the largest profile, does not hold every compute and memory slice.",
        )
    return board


def _fact(entry: Any, sources: Mapping[str, str], where: str, demand: Callable[[object, str], None]) -> Fact:
    for key in ("value", "unit", "source", "confidence"):
        demand(isinstance(entry, dict) and key in entry, f"{where} has no {key!r}.")
    demand(entry["source"] in sources, f"{where} names the source {entry['source']!r}, not in 'sources'.")
    demand(
        entry["confidence"] in CONFIDENCES,
        f"{where} has the confidence {entry['confidence']!r}; it must be one of {', '.join(CONFIDENCES)}.",
    )
    demand(
        (entry["value"] is None) == (entry["confidence"] == "unknown"),
        f"{where}: a value is null if, and only if, its confidence is 'unknown'.",
    )
    return Fact(
        entry["value"], entry["unit"], sources[entry["source"]], entry["confidence"], entry.get("note", "")
    )


def _profile(
    entry: Mapping[str, Any], sources: Mapping[str, str], demand: Callable[[object, str], None]
) -> Profile:
    where = f"profile {entry.get('name')!r}"
    needed = ("name", "profile_id", "compute_slices", "memory_slices", "starts", "max_instances")
    for key in (*needed, "attributes", "min_driver", "sms", "memory_mib", *_ENGINES, "source", "confidence"):
        demand(key in entry, f"{where}: {key!r} is missing.")
    for source in entry["source"]:
        demand(source in sources, f"{where} names the source {source!r}, not in 'sources'.")
    demand(entry["confidence"] in CONFIDENCES, f"{where} has the confidence {entry['confidence']!r}.")
    shared_source = "; ".join(sources[source] for source in entry["source"])
    facts = {}
    for name, unit in _PROFILE_UNITS.items():
        value = entry.get(name)
        if isinstance(value, dict):
            facts[name] = _fact(value, sources, f"{where}, {name!r}", demand)
        elif name in entry:
            confidence = "unknown" if value is None else entry["confidence"]
            facts[name] = Fact(value, unit, shared_source, confidence, entry.get("note", ""))
    return Profile(
        name=entry["name"],
        profile_id=entry["profile_id"],
        compute_slices=entry["compute_slices"],
        memory_slices=entry["memory_slices"],
        starts=tuple(entry["starts"]),
        max_instances=entry["max_instances"],
        attributes=tuple(entry["attributes"]),
        min_driver=entry["min_driver"],
        facts=MappingProxyType(facts),
    )


def _check_profile(board: Gpu, profile: Profile, demand: Callable[[object, str], None]) -> None:
    where = f"profile {profile.name!r}"
    form = re.fullmatch(r"(\d+)g\.(\d+)gb(\+[\w.]+|-me)?", profile.name)
    demand(form, f"{where} is not named like '3g.20gb' or '1g.5gb+me'.")
    demand(
        form and int(form[1]) == profile.compute_slices,
        f"{where} has {profile.compute_slices} compute slices.",
    )
    demand(profile.starts, f"{where} has no start.")
    demand(
        tuple(sorted(set(profile.starts))) == profile.starts,
        f"{where}: its starts are not in order, or repeat.",
    )
    unit = board.memory_slices_per_compute_slice
    for placement in profile.placements:
        end = placement.start + placement.size
        demand(
            placement.start >= 0 and end <= board.memory_slices,
            f"{where} at start {placement.start} ends at memory slice {end} of {board.memory_slices}.",
        )
        demand(
            placement.start // unit + profile.compute_slices <= board.compute_slices,
            f"{where} at start {placement.start} needs compute slices the board does not have.",
        )
    apart = _most_apart(profile)
    demand(
        profile.max_instances <= apart,
        f"{where}: max_instances is {profile.max_instances}, but only {apart} of its placements keep apart.",
    )
    demand(
        profile.max_instances * profile.sms <= int(board.sms_mig or 0),
        f"{where}: {profile.max_instances} x {profile.sms} SMs exceed the board's {board.sms_mig}.",
    )
    demand(
        profile.max_instances * profile.memory_mib <= board.memory_mib,
        f"{where}: {profile.max_instances} x {profile.memory_mib} MiB exceed the board's {board.memory_mib}.",
    )


def _most_apart(profile: Profile) -> int:
    count, free_from = 0, 0
    for placement in profile.placements:
        if placement.start >= free_from:
            count, free_from = count + 1, placement.start + placement.size
    return count
