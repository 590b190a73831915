"""How what was found on a GPU differs from what was expected, and what of it is still ours to change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from mig_explorer.devices.records import ComputeRecord, InstanceRecord, Records, in_order, named, place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["gone", "extra", "renumbered"]


@dataclass(frozen=True)
class Difference:
    """One difference.

    Parameters
    ----------
    kind : str
        ``"gone"``, ``"extra"`` (it stands and was not expected) or ``"renumbered"`` (its id or its UUID is
        another).
    text : str
        In words.
    """

    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text


def differences(
    expected: Sequence[InstanceRecord], found: Sequence[InstanceRecord]
) -> tuple[Difference, ...]:
    """Return how what was found differs from what was expected. An id counts where both are known.

    Examples
    --------
    >>> standing = (InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7),)
    >>> print(*differences(standing, ()))
    1g.5gb@6 (GPU instance 7) is gone
    >>> print(*differences((), standing))
    1g.5gb@6 (GPU instance 7) stands and was not expected
    """
    said: list[Difference] = []
    for each in expected:
        other = named(found, each.name)
        if other is None:
            said.append(Difference("gone", f"{each.name} ({place(each)}) is gone"))
            continue
        if _another(each.gi_id, other.gi_id):
            text = f"{each.name} is GPU instance {other.gi_id} and was {each.gi_id}"
            said.append(Difference("renumbered", text))
        said += _inside(each, other)
    said += [
        Difference("extra", f"{each.name} ({place(each)}) stands and was not expected")
        for each in found
        if named(expected, each.name) is None
    ]
    return tuple(said)


class Ours(NamedTuple):
    """What is still ours to change, after others have changed the GPU too."""

    stands: Records
    goal: Records


def reconciled(
    stands: Sequence[InstanceRecord], goal: Sequence[InstanceRecord], found: Sequence[InstanceRecord]
) -> Ours:
    """Return what stands by our doing and what it shall become, brought in line with a reading.

    What others took away is neither destroyed by us nor made again. What is wanted and stands already,
    whoever made it, need not be made. What others made beside it does not appear, so no step can touch it.

    Parameters
    ----------
    stands : sequence of InstanceRecord
        What would stand had nobody else changed anything.
    goal : sequence of InstanceRecord
        What shall stand.
    found : sequence of InstanceRecord
        What was read.

    Examples
    --------
    >>> a, b = (InstanceRecord("1g.5gb", 0, 19, start, 1, gi_id=13 - start) for start in (0, 1))
    >>> ours = reconciled([a, b], [a], found=[b])  # somebody destroyed a
    >>> [each.name for each in ours.stands], ours.goal
    (['1g.5gb@1'], ())
    """
    left = _kept(stands, lambda each: _held(each, found), lambda each, one: _held_inside(each, one, found))
    wanted = _kept(
        goal,
        lambda each: named(stands, each.name) is None or named(left, each.name) is not None,
        lambda each, one: _not_taken(each, one, stands, left),
    )
    return Ours(_adopted(left, wanted, found), wanted)


def in_the_place(
    stands: Sequence[InstanceRecord], goal: Sequence[InstanceRecord], found: Sequence[InstanceRecord]
) -> tuple[str, ...]:
    """Return what others made where something must be made again, in words."""
    return tuple(
        f"{each.name} ({place(each)}), which this change did not make, is where {one.name} has to go"
        for one in goal
        if named(stands, one.name) is None
        for each in found
        if named(stands, each.name) is None and each.overlaps(one)
    )


def _kept(
    records: Sequence[InstanceRecord],
    keep: Callable[[InstanceRecord], bool],
    keep_inside: Callable[[InstanceRecord, ComputeRecord], bool],
) -> Records:
    return in_order(
        [
            replace(each, compute=tuple(one for one in each.compute if keep_inside(each, one)))
            for each in records
            if keep(each)
        ]
    )


def _held(each: InstanceRecord, found: Sequence[InstanceRecord]) -> bool:
    other = named(found, each.name)
    return other is not None and not _another(each.gi_id, other.gi_id)


def _held_inside(each: InstanceRecord, one: ComputeRecord, found: Sequence[InstanceRecord]) -> bool:
    parent = named(found, each.name)
    other = parent.compute_at(one.name) if parent else None
    return other is not None and not _another(one.ci_id, other.ci_id)


def _not_taken(
    each: InstanceRecord, one: ComputeRecord, stands: Sequence[InstanceRecord], left: Records
) -> bool:
    before, after = named(stands, each.name), named(left, each.name)
    if before is None or before.compute_at(one.name) is None:
        return True
    return after is not None and after.compute_at(one.name) is not None


def _adopted(left: Records, wanted: Records, found: Sequence[InstanceRecord]) -> Records:
    result = {each.name: each for each in left}
    for each in wanted:
        there = named(found, each.name)
        if there is None:
            continue
        held = result.setdefault(each.name, replace(there, compute=()))
        if held.gi_id == there.gi_id:
            more = [
                one
                for one in there.compute
                if held.compute_at(one.name) is None and each.compute_at(one.name) is not None
            ]
            result[each.name] = replace(held, compute=(*held.compute, *more))
    return in_order(list(result.values()))


def _another(one: object, other: object) -> bool:
    return one not in (None, "") and other not in (None, "") and one != other


def _inside(expected: InstanceRecord, found: InstanceRecord) -> list[Difference]:
    said = []
    inside = f"in {expected.name} ({place(found)})"
    for each in expected.compute:
        other = found.compute_at(each.name)
        if other is None:
            said.append(Difference("gone", f"{each.name} ({place(expected, each)}) {inside} is gone"))
        elif _another(each.ci_id, other.ci_id):
            text = f"{each.name} {inside} is compute instance {other.ci_id} and was {each.ci_id}"
            said.append(Difference("renumbered", text))
        elif _another(each.uuid, other.uuid):
            text = f"{each.name} {inside} has the UUID {other.uuid} and had {each.uuid}"
            said.append(Difference("renumbered", text))
    said += [
        Difference("extra", f"{each.name} ({place(found, each)}) {inside} stands and was not expected")
        for each in found.compute
        if expected.compute_at(each.name) is None
    ]
    return said
