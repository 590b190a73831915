"""What the values of one board's record must agree on. What is unknown contradicts nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus.board import Gpu
    from mig_explorer.gpus.profile import ComputeProfile, Profile

Demand: TypeAlias = Callable[[object, str], None]
"""Called with a condition and the problem that there is if it does not hold; it then raises."""

ENGINES = ("copy_engines", "decoders", "encoders", "jpeg", "ofa")
_PCI_ID = re.compile(r"0x[0-9A-F]{8}")
_PROFILE_NAME = re.compile(r"(?P<slices>\d+)g\.\d+gb(?P<family>\+[a-z.]+|-me)?")


def check_board(board: Gpu, demand: Demand) -> None:
    """Check one board's values against each other.

    Parameters
    ----------
    board : Gpu
        As read from its record.
    demand : callable
        Given a condition and a problem; raises where the condition does not hold.
    """
    for identifier in board.pci_device_ids:
        demand(_PCI_ID.fullmatch(identifier), f"the PCI id {identifier!r} is not like '0x20B010DE'.")
    profiles = list(board.profiles.values())
    demand(bool(profiles) == board.has_mig, "a board has profiles if, and only if, it has MIG.")
    if not profiles:
        return
    demand(
        1 <= board.compute_slices <= board.memory_slices,
        f"it has {board.compute_slices} compute slices and {board.memory_slices} memory slices.",
    )
    if board.sms_mig is not None:
        demand(board.sms_mig <= board.sms, f"sms_mig is {board.sms_mig}, yet the board has {board.sms} SMs.")
    demand(_apart(p.profile_id for p in profiles), "two profiles have the same profile_id.")
    demand(_apart(p.nvml_profile for p in profiles), "two profiles have the same nvml_profile.")
    sizes = [(p.compute_slices, p.memory_slices) for p in profiles]
    demand(sizes == sorted(sizes), "its profiles are not in order, the smallest first.")
    for profile in profiles:
        _check_name(profile, demand)
        _check_placements(board, profile, demand)
        _check_sums(board, profile, demand)
        _check_compute_profiles(profile, demand)
    most = max(profile.max_instances for profile in profiles)
    demand(
        most == board.value("max_instances"),
        f"max_instances is {board.value('max_instances')}, yet a profile has {most}.",
    )
    demand(
        sizes[-1] == (board.compute_slices, board.memory_slices),
        f"{profiles[-1].name}, the largest profile, does not hold every compute and memory slice.",
    )


def _check_name(profile: Profile, demand: Demand) -> None:
    where = f"profile {profile.name!r}"
    form = _PROFILE_NAME.fullmatch(profile.name)
    demand(form, f"{where} is not named like '3g.20gb' or '1g.5gb+me'.")
    family = form["family"] if form and form["family"] else ""
    demand(
        form and int(form["slices"]) == profile.compute_slices,
        f"{where} has {profile.compute_slices} compute slices.",
    )
    attributes = (family.removeprefix("+"),) if family else ()
    demand(
        profile.attributes == attributes,
        f"{where} has the attributes {list(profile.attributes)}; its name says {list(attributes)}.",
    )


def _check_placements(board: Gpu, profile: Profile, demand: Demand) -> None:
    where = f"profile {profile.name!r}"
    _check_starts(profile, where, demand)
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
    apart = _most_apart(profile.starts, profile.memory_slices)
    demand(
        profile.max_instances <= apart,
        f"{where}: max_instances is {profile.max_instances}, but only {apart} of its placements keep apart.",
    )


def _check_sums(board: Gpu, profile: Profile, demand: Demand) -> None:
    most = profile.max_instances
    compared = [("SMs", profile.sms, board.sms_mig), ("MiB", profile.memory_mib, board.memory_mib)]
    compared += [(kind.replace("_", " "), profile.engines(kind), board.value(kind)) for kind in ENGINES]
    for what, each, total in compared:
        if each is not None and total is not None:
            problem = f"profile {profile.name!r}: {most} x {each} {what} exceed the board's {total}."
            demand(most * each <= total, problem)


def _check_compute_profiles(profile: Profile, demand: Demand) -> None:
    inside = profile.compute_profiles
    where = f"profile {profile.name!r}"
    full = [each for each in inside if each.full]
    demand(len(full) == 1, f"{where} has {len(full)} compute profiles that fill it; it must have one.")
    sms, inner = ("unknown" if each is None else each for each in (profile.sms, full[0].sms))
    demand(sms == inner, f"{where} has {sms} SMs, but what fills it has {inner}.")
    demand(_apart(each.name for each in inside), f"{where}: two compute profiles have the same name.")
    demand(
        _apart(each.profile_id for each in inside), f"{where}: two compute profiles have the same profile_id."
    )
    demand(
        _apart(each.nvml_profile for each in inside),
        f"{where}: two compute profiles have the same nvml_profile.",
    )
    sizes = [each.compute_slices for each in inside]
    demand(sizes == sorted(sizes), f"{where}: its compute profiles are not in order, the smallest first.")
    for each in inside:
        _check_compute_profile(profile, each, demand)


def _check_compute_profile(profile: Profile, inside: ComputeProfile, demand: Demand) -> None:
    where = f"compute profile {inside.name!r} of {profile.name!r}"
    short = f"{inside.compute_slices}c.{profile.name}"
    named = inside.full or inside.name in (short, f"{short}+me")
    demand(named, f"{where} must be named {short!r}.")
    _check_starts(inside, where, demand)
    demand(
        inside.starts[0] >= 0 and inside.starts[-1] + inside.compute_slices <= profile.compute_slices,
        f"{where} does not stay within compute slices 0 to {profile.compute_slices - 1}.",
    )
    apart = _most_apart(inside.starts, inside.compute_slices)
    demand(
        inside.max_instances <= apart,
        f"{where}: max_instances is {inside.max_instances}, but only {apart} of its starts keep apart.",
    )
    if inside.sms is not None and profile.sms is not None:
        demand(
            inside.max_instances * inside.sms <= profile.sms,
            f"{where}: {inside.max_instances} x {inside.sms} SMs exceed its {profile.sms}.",
        )


def _check_starts(placed: Profile | ComputeProfile, where: str, demand: Demand) -> None:
    demand(placed.starts, f"{where} has no start.")
    in_order = tuple(sorted(set(placed.starts))) == placed.starts
    demand(in_order, f"{where}: its starts are not in order, or repeat.")


def _most_apart(starts: tuple[int, ...], size: int) -> int:
    count, free_from = 0, 0
    for start in starts:
        if start >= free_from:
            count, free_from = count + 1, start + size
    return count


def _apart(values: Iterable[object]) -> bool:
    known = [value for value in values if value is not None]
    return len(set(known)) == len(known)
