"""What a file of mig-parted says, read as strictly as mig-parted reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.safe_yaml import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.formats.safe_yaml import Value

VERSION: Final = "v1"

_FIELDS: Final = ("device-filter", "devices", "mig-enabled", "mig-devices")
_DEVICE = re.compile(r"(\d{1,3}c\.)?\d{1,3}g\.\d{1,5}gb([+-][A-Za-z][A-Za-z0-9.]{0,30}(?<!\.))?", re.ASCII)
_PCI_ID = re.compile(r"0[xX][0-9a-fA-F]{1,8}|[1-9]\d{0,9}", re.ASCII)


@dataclass(frozen=True)
class MigPartedEntry:
    """What a configuration says of some GPUs.

    Parameters
    ----------
    device_filter : tuple of str
        PCI ids, device and vendor, ``"0x20B010DE"``; empty for any board.
    gpus : tuple of int or None
        Indices in the machine; None for all.
    enabled : bool
        Whether MIG is on.
    devices : mapping of str to int
        How many MIG devices of each name.
    """

    device_filter: tuple[str, ...]
    gpus: tuple[int, ...] | None
    enabled: bool
    devices: Mapping[str, int]

    @property
    def which(self) -> str:
        """The GPUs it is for, in words of the file."""
        return f"devices {'all' if self.gpus is None else list(self.gpus)}"

    def is_for(self, pci_ids: Iterable[str], index: int | None) -> bool:
        """Whether it is for a board with one of these PCI ids, at an index if one is given.

        Examples
        --------
        >>> entry = MigPartedEntry(("0x20B010DE",), (0, 1), False, {})
        >>> entry.is_for(["0x20b010de"], 1), entry.is_for(["0x20b010de"], 2), entry.is_for(["0x1"], None)
        (True, False, False)
        """
        if index is not None and self.gpus is not None and index not in self.gpus:
            return False
        if index is None and self.gpus == ():
            return False
        # Like mig-parted, a word that is no number matches nothing.
        allowed = {int(each, 0) for each in self.device_filter if _PCI_ID.fullmatch(each)}
        return not self.device_filter or not allowed.isdisjoint(int(each, 0) for each in pci_ids)


def read_file(text: str) -> Mapping[str, tuple[MigPartedEntry, ...]]:
    """Read a file of mig-parted, version 1.

    Parameters
    ----------
    text : str
        The file; YAML or JSON.

    Returns
    -------
    mapping of str to tuple of MigPartedEntry
        By the name of the configuration. Empty if the file has none.

    Raises
    ------
    UnreadableDocument
        If mig-parted would refuse it, or `safe_yaml` does: aliases and keys that stand twice, which
        mig-parted lets pass.

    Notes
    -----
    Source: NVIDIA/mig-parted, ``api/spec/v1`` and ``pkg/types``: a version is required and only v1 is known;
    no other field than these; every configuration has an entry; ``devices`` and ``mig-enabled`` are required,
    and ``mig-devices`` where MIG is on; devices where MIG is off are refused, and counts that are all 0.

    Examples
    --------
    >>> read_file("version: v2")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnreadableDocument: The version is 'v2'; mig-parted reads version: v1 only.
    """
    spec = load(text)
    if not isinstance(spec, dict):
        _refuse("A file of mig-parted is a mapping with the keys version and mig-configs.")
    if "version" not in spec:
        _refuse("The key version is missing. Write version: v1.")
    if spec["version"] != VERSION:
        _refuse(f"The version is {_shown(spec['version'])}; mig-parted reads version: v1 only.")
    _only(spec, ("version", "mig-configs"), "the file")
    if "mig-configs" not in spec:
        return {}
    configs = spec["mig-configs"]
    if not isinstance(configs, dict) or not configs:
        _refuse("mig-configs must be a mapping with at least one configuration.")
    return {name: _entries(name, each) for name, each in configs.items()}


def _entries(name: str, entries: Value) -> tuple[MigPartedEntry, ...]:
    if not isinstance(entries, list) or not entries:
        _refuse(f"The configuration {_shown(name)} must be a list with at least one entry.")
    return tuple(
        _entry(f"configuration {_shown(name)}, entry {number}", each)
        for number, each in enumerate(entries, start=1)
    )


def _entry(where: str, entry: Value) -> MigPartedEntry:
    if not isinstance(entry, dict):
        _refuse(f"In {where}: an entry is a mapping with the keys devices and mig-enabled.")
    _only(entry, _FIELDS, where)
    for key in ("devices", "mig-enabled"):
        if key not in entry:
            _refuse(f"In {where}: the key {key} is missing.")
    enabled = entry["mig-enabled"]
    if not isinstance(enabled, bool):
        _refuse(f"In {where}: mig-enabled must be true or false, not {_shown(enabled)}.")
    devices = _devices(where, entry["mig-devices"]) if entry.get("mig-devices") is not None else None
    if enabled and devices is None:
        _refuse(
            f"In {where}: mig-enabled is true and mig-devices is missing. For none, write mig-devices: {{}}."
        )
    if not enabled and devices:
        _refuse(f"In {where}: mig-enabled is false, and yet there are mig-devices. Remove one of the two.")
    return MigPartedEntry(
        _filter(where, entry.get("device-filter")), _gpus(where, entry["devices"]), enabled, devices or {}
    )


def _filter(where: str, value: Value) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in words):
        _refuse(f'In {where}: device-filter must be a text like "0x20B010DE", in quotes, or a list of them.')
    return tuple(str(each) for each in words)


def _gpus(where: str, value: Value) -> tuple[int, ...] | None:
    if value == "all":
        return None
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        _refuse(f"In {where}: devices must be all or a list of numbers like [0, 1], not {_shown(value)}.")
    return tuple(each for each in value if isinstance(each, int))


def _devices(where: str, value: Value) -> Mapping[str, int]:
    if not isinstance(value, dict):
        _refuse(f"In {where}: mig-devices must be a mapping from a name to a count, not {_shown(value)}.")
    counts: dict[str, int] = {}
    for name, count in value.items():
        if not _DEVICE.fullmatch(name):
            _refuse(
                f"In {where}: {_shown(name)} is no MIG device. Write like 1g.5gb, 1g.5gb+me or 1c.2g.10gb."
            )
        if type(count) is not int or count < 0:
            _refuse(f"In {where}: the count of {name} must be a whole number from 0, not {_shown(count)}.")
        counts[name] = count
    if counts and not any(counts.values()):
        _refuse(f"In {where}: all counts of mig-devices are 0. For none, write mig-devices: {{}}.")
    return counts


def _only(mapping: Mapping[str, Value], known: tuple[str, ...], where: str) -> None:
    for key in mapping:
        if key not in known:
            _refuse(f"In {where}: the key {_shown(key)} is unknown. Known: {', '.join(known)}.")


def _shown(value: Value) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _refuse(problem: str) -> NoReturn:
    raise UnreadableDocument(problem)
