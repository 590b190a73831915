"""Compute instances: how the compute slices of one GPU instance are shared out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidLayout, UnknownProfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import ComputeProfile, Profile

LONGEST = 400
"""Characters of a text that says how to divide one GPU instance."""

_BETWEEN = re.compile(r"\+(?=\s*\d+[cg])")
"""Where one compute instance ends and the next begins; a profile's own ``+me`` is no such place."""
REVISED = "me"
"""Marks compute profile 7, NVIDIA's second revision of one compute slice."""


@dataclass(frozen=True)
class ComputeInstance:
    """Some of the compute slices of a GPU instance; memory and engines are shared with its neighbours.

    Parameters
    ----------
    profile : ComputeProfile
        What ``nvidia-smi mig -lcip`` lists.
    start : int
        First compute slice, counted inside the GPU instance. Drivers print it in more than one way, so it
        tells neighbours apart and says nothing about hardware.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> whole = gpu("A100-SXM4-40GB").profile("3g.20gb")
    >>> ComputeInstance(whole.compute_profile("1c"), 2)
    <ComputeInstance 1c.3g.20gb@2>
    """

    profile: ComputeProfile
    start: int

    def __repr__(self) -> str:
        return f"<ComputeInstance {self.name}@{self.start}>"

    @property
    def name(self) -> str:
        """The profile's name, ``"1c.3g.20gb"``; of one that fills its GPU instance ``"3g.20gb"``."""
        return self.profile.name

    @property
    def size(self) -> int:
        """Number of compute slices."""
        return self.profile.compute_slices

    @property
    def compute_slices(self) -> tuple[int, ...]:
        """The compute slices it holds, counted inside the GPU instance."""
        return tuple(range(self.start, self.start + self.size))

    @property
    def text(self) -> str:
        """Its short form in a layout's text, ``"1c@2"``."""
        return f"{short_name(self.profile)}@{self.start}"


def short_name(profile: ComputeProfile) -> str:
    """Return a compute profile's name inside its GPU instance: ``"1c"``, ``"3c"``, ``"1c.me"``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [short_name(each) for each in gpu("A30").profile("2g.12gb").compute_profiles if each.profile_id != 7]
    ['1c', '2c']
    """
    revised = not profile.full and profile.profile_id == 7
    return f"{profile.compute_slices}c{'.' + REVISED if revised else ''}"


def open_compute_starts(instances: Sequence[ComputeInstance], profile: ComputeProfile) -> tuple[int, ...]:
    """Return the starts at which a compute instance would fit beside others.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> whole = gpu("A100-SXM4-40GB").profile("3g.20gb")
    >>> open_compute_starts([ComputeInstance(whole.compute_profile("1c"), 0)], whole.compute_profile("1c"))
    (1, 2)
    """
    if sum(each.profile.name == profile.name for each in instances) >= profile.max_instances:
        return ()
    held = {each for instance in instances for each in instance.compute_slices}
    size = profile.compute_slices
    return tuple(start for start in profile.starts if held.isdisjoint(range(start, start + size)))


def divided(profile: Profile, text: str) -> tuple[ComputeInstance, ...]:
    """Return the compute instances that a text asks for.

    Parameters
    ----------
    profile : Profile
        Of the GPU instance to divide.
    text : str
        Compute profiles joined by ``+``: ``"1c+2c"``, each with a start if it matters, ``"1c@0+1c@2"``; the
        others are put where all find room. Empty for none.

    Raises
    ------
    InvalidLayout
        If a word is no compute profile of this GPU instance, or they do not stand in it together.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> divided(gpu("A100-SXM4-40GB").profile("3g.20gb"), "1c+2c")
    (<ComputeInstance 2c.3g.20gb@0>, <ComputeInstance 1c.3g.20gb@2>)
    """
    if len(text) > LONGEST:
        message = f"Compute instances are a text of at most {LONGEST} characters, like '1c+2c@1'."
        raise InvalidLayout(message)
    asked = [_word(profile, word.strip()) for word in _BETWEEN.split(text)] if text.strip() else []
    # Those with a start first, then the large ones: what a 1c could do anywhere must not cost a 2c its place.
    asked.sort(key=lambda each: (each[1] is None, -each[0].compute_slices))
    found = _arranged([], asked)
    if found is None:
        standing: list[ComputeInstance] = []
        for wanted, start in asked:
            starts = open_compute_starts(standing, wanted)
            if not starts or start not in (None, *starts):
                raise InvalidLayout(_no_room(profile, standing, wanted, start))
            standing.append(ComputeInstance(wanted, starts[0] if start is None else start))
        message = f"{profile.name} has no arrangement of {text!r}, although each part alone finds room."
        raise InvalidLayout(message)
    return tuple(sorted(found, key=lambda each: each.start))


def _word(profile: Profile, word: str) -> tuple[ComputeProfile, int | None]:
    form = re.fullmatch(r"(?P<name>[^@]+)(@(?P<start>\d{1,3}))?", word, re.ASCII)
    if form is None:
        message = f"{word!r} is not a compute instance; write like '1c' or '1c@2', joined by '+'."
        raise InvalidLayout(message)
    return _named(profile, form["name"]), int(form["start"]) if form["start"] else None


def _arranged(
    standing: list[ComputeInstance], asked: list[tuple[ComputeProfile, int | None]]
) -> list[ComputeInstance] | None:
    if not asked:
        return standing
    (wanted, start), *rest = asked
    for each in open_compute_starts(standing, wanted):
        if start in (None, each):
            found = _arranged([*standing, ComputeInstance(wanted, each)], rest)
            if found is not None:
                return found
    return None


def check_division(profile: Profile, instances: Sequence[ComputeInstance]) -> None:
    """Refuse compute instances that do not stand in a GPU instance together.

    Raises
    ------
    InvalidLayout
        The message names the first that has no room.
    """
    for index, each in enumerate(instances):
        known = any(each.profile is one or each.profile == one for one in profile.compute_profiles)
        if not known or each.start not in open_compute_starts(instances[:index], each.profile):
            raise InvalidLayout(_no_room(profile, instances[:index], each.profile, each.start))


def _named(profile: Profile, name: str) -> ComputeProfile:
    for each in profile.compute_profiles:
        if name in (short_name(each), each.name):
            return each
    try:
        return profile.compute_profile(name)
    except UnknownProfile as error:
        raise InvalidLayout(str(error)) from None


def _no_room(
    profile: Profile, standing: Sequence[ComputeInstance], wanted: ComputeProfile, start: int | None
) -> str:
    where = "be placed" if start is None else f"start at compute slice {start}"
    starts = ", ".join(str(each) for each in wanted.starts)
    there = f"beside {' '.join(each.text for each in standing)}" if standing else "there"
    still = [short_name(each) for each in profile.compute_profiles if open_compute_starts(standing, each)]
    return (
        f"{short_name(wanted)} cannot {where} in {profile.name} {there}. {profile.name} has "
        f"{profile.compute_slices} compute slices and takes {wanted.max_instances} of it at most, starting "
        f"at "
        f"{starts}. What still fits: {', '.join(still) or 'nothing'}."
    )
