"""Reads ``nvidia-smi mig -lgip`` and ``-lgipp``, and compares them with a board of the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mig_explorer.formats.smi_listing_lines import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mig_explorer.gpus import Gpu, Profile

PROFILES = "nvidia-smi mig -lgip"
PLACEMENTS = "nvidia-smi mig -lgipp"

TOLERANCE: Final = 0.02
"""Share by which drivers differ in the memory they print for one profile."""

ENGINES: Final = ("copy_engines", "decoders", "encoders", "jpeg", "ofa")

_PROFILE = re.compile(
    r"(?P<gpu>\d{1,4}) MIG (?P<name>[\w.+-]{1,40}) (?P<id>\d{1,4}) (?P<free>\d{1,4})/(?P<total>\d{1,4}) "
    r"(?P<memory>\d{1,5}(\.\d{1,3})?) (?P<p2p>Yes|No) (?P<sms>\d{1,4}) (?P<decoders>\d{1,3}) "
    r"(?P<encoders>\d{1,3}) (?P<copy_engines>\d{1,3}) (?P<jpeg>\d{1,3}) (?P<ofa>\d{1,3})",
    re.ASCII,
)
_PROFILE_HEADINGS = re.compile(
    r"GPU instance profiles:|GPU Name ID Instances Memory P2P SM DEC ENC|Free/Total GiB CE JPEG OFA"
)
_PLACEMENT = re.compile(
    r"GPU (?P<gpu>\d{1,4}) Profile ID (?P<id>\d{1,4}) Placements? ?: \{(?P<starts>\d{1,4}(,\d{1,4}){0,63})\}"
    r":(?P<size>\d{1,4})",
    re.ASCII,
)
_NO_HEADINGS = re.compile(r"(?!)")


@dataclass(frozen=True)
class ProfileRow:
    """A profile of GPU instance as the driver lists it.

    Parameters
    ----------
    gpu : int
        Index of its GPU.
    name : str
        ``"3g.20gb"``.
    profile_id : int
        As ``-cgi`` takes it.
    free, total : int
        How many more the driver would create now, and how many at most.
    memory_gib : float
        Memory in GiB, rounded by nvidia-smi to two places.
    p2p : bool
        The column P2P.
    sms : int
        Streaming multiprocessors.
    decoders, encoders, copy_engines, jpeg, ofa : int
        Engines.
    """

    gpu: int
    name: str
    profile_id: int
    free: int
    total: int
    memory_gib: float
    p2p: bool
    sms: int
    decoders: int
    encoders: int
    copy_engines: int
    jpeg: int
    ofa: int


@dataclass(frozen=True)
class PlacementRow:
    """Where GPU instances of a profile may start.

    Parameters
    ----------
    gpu : int
        Index of its GPU.
    profile_id : int
        As ``-cgi`` takes it.
    starts : tuple of int
        Memory slices.
    size : int
        Memory slices.
    """

    gpu: int
    profile_id: int
    starts: tuple[int, ...]
    size: int


@dataclass(frozen=True)
class Difference:
    """Something that a listing says otherwise than the catalogue.

    Parameters
    ----------
    profile : str
        Name of the profile.
    what : str
        ``"memory"``, ``"starts"``, ``"decoders"``…
    catalogue, listed : str
        What each says; ``"not there"`` if the profile is missing.
    """

    profile: str
    what: str
    catalogue: str
    listed: str

    def __str__(self) -> str:
        return f"{self.profile}, {self.what}: the catalogue has {self.catalogue}, the driver {self.listed}."


def read_profiles(text: str) -> tuple[ProfileRow, ...]:
    """Read what ``nvidia-smi mig -lgip`` printed, for one GPU or several.

    Raises
    ------
    UnreadableDocument
        If a line is none of this listing, or half a row is missing; the message has the line.

    Examples
    --------
    >>> row = read_profiles('''
    ... |   0  MIG 3g.20gb        9     2/2        19.50      No     42     2     0   |
    ... |                                                             3     0     0   |''')[0]
    >>> row.name, row.profile_id, row.total, row.memory_gib, row.sms, row.copy_engines
    ('3g.20gb', 9, 2, 19.5, 42, 3)
    """
    return tuple(_row(each) for each in matches(text, _PROFILE, _PROFILE_HEADINGS, PROFILES))


def read_placements(text: str) -> tuple[PlacementRow, ...]:
    """Read what ``nvidia-smi mig -lgipp`` printed, for one GPU or several.

    Raises
    ------
    UnreadableDocument
        If a line is none of this listing; the message has the line.

    Examples
    --------
    >>> read_placements("GPU  0 Profile ID  9 Placements: {0,4}:4")
    (PlacementRow(gpu=0, profile_id=9, starts=(0, 4), size=4),)
    """
    return tuple(
        PlacementRow(
            int(row["gpu"]),
            int(row["id"]),
            tuple(int(each) for each in row["starts"].split(",")),
            int(row["size"]),
        )
        for row in matches(text, _PLACEMENT, _NO_HEADINGS, PLACEMENTS)
    )


def differences(
    board: Gpu, profiles: Iterable[ProfileRow] = (), placements: Iterable[PlacementRow] = ()
) -> tuple[Difference, ...]:
    """Compare the listings of one GPU with a board of the catalogue.

    Parameters
    ----------
    board : Gpu
        What the GPU should be.
    profiles : iterable of ProfileRow
        Of that GPU, from `read_profiles`; none if they are not to be compared.
    placements : iterable of PlacementRow
        Of that GPU, from `read_placements`.

    Returns
    -------
    tuple of Difference
        In the catalogue's order. What the catalogue does not know is not compared, and memory only beyond
        `TOLERANCE`; a profile that an older driver does not have yet appears as one that is not there.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> rows = read_placements("GPU  0 Profile ID  9 Placements: {0,3}:4")
    >>> for each in differences(gpu("A100-SXM4-40GB"), placements=rows):
    ...     if each.profile == "3g.20gb":
    ...         print(each)
    3g.20gb, starts: the catalogue has 0, 4, the driver 0, 3.
    """
    listed, placed = tuple(profiles), tuple(placements)
    return (*_profile_differences(board, listed), *_placement_differences(board, placed, listed))


def _profile_differences(board: Gpu, listed: tuple[ProfileRow, ...]) -> Iterator[Difference]:
    if not listed:
        return
    left = {row.name: row for row in listed}
    for profile in board.profiles.values():
        row = next((left.pop(name) for name in (profile.name, *profile.also_named) if name in left), None)
        if row is None:
            yield Difference(profile.name, "profile", "it", "does not list it")
            continue
        if profile.memory_mib is not None:
            memory = profile.memory_mib / 1024
            if abs(row.memory_gib - memory) > TOLERANCE * memory:
                yield Difference(profile.name, "memory", f"{memory:.2f} GiB", f"{row.memory_gib:.2f} GiB")
        pairs: list[tuple[str, int | None, int]] = [
            ("id", profile.profile_id, row.profile_id),
            ("most instances", profile.max_instances, row.total),
            ("SMs", profile.sms, row.sms),
        ]
        pairs += [(each.replace("_", " "), profile.engines(each), getattr(row, each)) for each in ENGINES]
        for what, known, seen in pairs:
            if known is not None and known != seen:
                yield Difference(profile.name, what, str(known), str(seen))
    for name in left:
        yield Difference(name, "profile", "no such profile", "lists it")


def _placement_differences(
    board: Gpu, placed: tuple[PlacementRow, ...], listed: tuple[ProfileRow, ...]
) -> Iterator[Difference]:
    if not placed:
        return
    ids = {row.name: row.profile_id for row in listed}
    left = {row.profile_id: row for row in placed}
    for profile in board.profiles.values():
        number = profile.profile_id if profile.profile_id is not None else ids.get(profile.name)
        if number is None:
            continue
        row = left.pop(number, None)
        if row is None:
            yield Difference(profile.name, "placements", _listed(profile), "lists none")
            continue
        if set(row.starts) != set(profile.starts):
            yield Difference(profile.name, "starts", _listed(profile), ", ".join(map(str, row.starts)))
        if row.size != profile.memory_slices:
            yield Difference(profile.name, "memory slices", str(profile.memory_slices), str(row.size))
    for number, row in left.items():
        name = next((name for name, each in ids.items() if each == number), f"profile ID {number}")
        yield Difference(name, "placements", "none", ", ".join(map(str, row.starts)))


def _listed(profile: Profile) -> str:
    return ", ".join(str(start) for start in profile.starts)


def _row(row: re.Match[str]) -> ProfileRow:
    return ProfileRow(
        gpu=int(row["gpu"]),
        name=row["name"],
        profile_id=int(row["id"]),
        free=int(row["free"]),
        total=int(row["total"]),
        memory_gib=float(row["memory"]),
        p2p=row["p2p"] == "Yes",
        sms=int(row["sms"]),
        decoders=int(row["decoders"]),
        encoders=int(row["encoders"]),
        copy_engines=int(row["copy_engines"]),
        jpeg=int(row["jpeg"]),
        ofa=int(row["ofa"]),
    )
