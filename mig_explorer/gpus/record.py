"""Reads one board's JSON record."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.board import Gpu
from mig_explorer.gpus.checks import ENGINES, check_board
from mig_explorer.gpus.facts import CONFIDENCES, Fact
from mig_explorer.gpus.profile import ComputeProfile, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus.checks import Demand

_BOARD_FACTS = ("compute_capability", "sms", "memory_mib", "memory_bandwidth_gbs", "l2_mib")
_MIG_FACTS = ("sms_mig", "max_instances", "memory_slices", "compute_slices")
_MAY_BE_UNKNOWN = ("memory_mib", "memory_bandwidth_gbs", "l2_mib", "sms_mig")
_PROFILE_UNITS = {
    "sms": "SM",
    "memory_mib": "MiB",
    **dict.fromkeys(ENGINES, "engines"),
    "stream_copy_gbs": "GB/s",
}
_WHOLE = ("nvml_profile", "compute_slices", "memory_slices", "max_instances")
_WHOLE_OR_UNKNOWN = ("profile_id", "sms", "memory_mib", *ENGINES)
MOST_SHOWN = 1000
"""Characters of a problem that a message shows: a value in it may be of any length."""

_PROFILE_KEYS = ("name", "starts", "attributes", "min_driver", "compute_profiles", "source", "confidence")
_COMPUTE_KEYS = ("name", "starts", "source", "confidence")


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
        What is unknown (null) contradicts nothing.

    Examples
    --------
    >>> read_record({"name": "X1"}, "X1.json")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InconsistentRecord: X1.json: 'product_name' is missing.
    """
    try:
        return _read(record, origin)
    except InconsistentRecord:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{origin}: a value is of the wrong kind ({error})."
        raise InconsistentRecord(message) from error


def _read(record: Mapping[str, Any], origin: str) -> Gpu:
    def demand(holds: object, problem: str) -> None:
        if not holds:
            message = f"{origin}: {problem if len(problem) <= MOST_SHOWN else problem[:MOST_SHOWN] + '…'}"
            raise InconsistentRecord(message)

    demand(isinstance(record, dict), "a record is a JSON object.")
    for key in ("name", "product_name", "aliases", "pci_device_ids", "mig", "sources", "facts", "profiles"):
        demand(key in record, f"{key!r} is missing.")
    facts = {
        name: _fact(entry, record["sources"], f"fact {name!r}", demand)
        for name, entry in record["facts"].items()
    }
    for name in _BOARD_FACTS + (_MIG_FACTS if record["mig"] else ()):
        demand(name in facts, f"fact {name!r} is missing.")
        demand(facts[name].value is not None or name in _MAY_BE_UNKNOWN, f"fact {name!r} must be known.")
    profiles = [_profile(entry, record["sources"], demand) for entry in record["profiles"]]
    demand(len({profile.name for profile in profiles}) == len(profiles), "two profiles have the same name.")
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
    check_board(board, demand)
    return board


def _fact(entry: Any, sources: Mapping[str, str], where: str, demand: Demand) -> Fact:
    for key in ("value", "unit", "source", "confidence"):
        demand(isinstance(entry, dict) and key in entry, f"{where} has no {key!r}.")
    demand(entry["source"] in sources, f"{where} names the source {entry['source']!r}, not in 'sources'.")
    _check_confidence(entry["confidence"], where, demand)
    demand(
        (entry["value"] is None) == (entry["confidence"] == "unknown"),
        f"{where}: a value is null if, and only if, its confidence is 'unknown'.",
    )
    return Fact(
        entry["value"], entry["unit"], sources[entry["source"]], entry["confidence"], entry.get("note", "")
    )


def _profile(entry: Mapping[str, Any], sources: Mapping[str, str], demand: Demand) -> Profile:
    where = f"profile {entry.get('name')!r}"
    _check_row(entry, (*_PROFILE_KEYS, *_WHOLE, *_WHOLE_OR_UNKNOWN), sources, where, demand)
    facts = {}
    for name, unit in _PROFILE_UNITS.items():
        value = entry.get(name)
        if isinstance(value, dict):
            facts[name] = _fact(value, sources, f"{where}, {name!r}", demand)
        elif name in entry:
            facts[name] = _fact_of_row(entry, name, unit, sources)
    return Profile(
        name=entry["name"],
        profile_id=entry["profile_id"],
        nvml_profile=entry["nvml_profile"],
        compute_slices=entry["compute_slices"],
        memory_slices=entry["memory_slices"],
        starts=tuple(entry["starts"]),
        max_instances=entry["max_instances"],
        attributes=tuple(entry["attributes"]),
        min_driver=entry["min_driver"],
        also_named=tuple(entry.get("also_named", ())),
        confidence=entry["confidence"],
        note=entry.get("note", ""),
        facts=MappingProxyType(facts),
        compute_profiles=tuple(
            _compute_profile(each, entry, sources, demand) for each in entry["compute_profiles"]
        ),
    )


def _compute_profile(
    entry: Mapping[str, Any], profile: Mapping[str, Any], sources: Mapping[str, str], demand: Demand
) -> ComputeProfile:
    where = f"compute profile {entry.get('name')!r} of {profile['name']!r}"
    whole = ("nvml_profile", "compute_slices", "max_instances")
    _check_row(entry, (*_COMPUTE_KEYS, *whole, "profile_id", "sms"), sources, where, demand)
    return ComputeProfile(
        name=entry["name"],
        profile_id=entry["profile_id"],
        nvml_profile=entry["nvml_profile"],
        compute_slices=entry["compute_slices"],
        max_instances=entry["max_instances"],
        starts=tuple(entry["starts"]),
        full=entry["compute_slices"] == profile["compute_slices"] and entry["name"] == profile["name"],
        facts=MappingProxyType({"sms": _fact_of_row(entry, "sms", "SM", sources)}),
    )


def _check_row(
    entry: Mapping[str, Any], keys: tuple[str, ...], sources: Mapping[str, str], where: str, demand: Demand
) -> None:
    for key in keys:
        demand(key in entry, f"{where}: {key!r} is missing.")
        value = entry[key]
        if key in _WHOLE or (key in _WHOLE_OR_UNKNOWN and value is not None and not isinstance(value, dict)):
            number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            demand(number, f"{where}: {key!r} must be a whole number of 0 or more, not {value!r}.")
    for source in entry["source"]:
        demand(source in sources, f"{where} names the source {source!r}, not in 'sources'.")
    _check_confidence(entry["confidence"], where, demand)


def _check_confidence(confidence: object, where: str, demand: Demand) -> None:
    demand(
        confidence in CONFIDENCES,
        f"{where} has the confidence {confidence!r}; it must be one of {', '.join(CONFIDENCES)}.",
    )


def _fact_of_row(entry: Mapping[str, Any], name: str, unit: str, sources: Mapping[str, str]) -> Fact:
    value = entry[name]
    source = "; ".join(sources[each] for each in entry["source"])
    confidence = "unknown" if value is None else entry["confidence"]
    return Fact(value, unit, source, confidence, entry.get("note", ""))
