"""The rules that decide whether a GPU instance can be created.

Sources: NVIDIA MIG User Guide and nvml.h for the starts, the overlap of memory slices and the limit of
instances per profile; the limit of media engines is derived from the engine totals of ``-lgip`` listings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu, Profile
    from mig_explorer.layouts.instance import GpuInstance

MEDIA_ENGINES = ("decoders", "encoders", "jpeg", "ofa")


@dataclass(frozen=True)
class BrokenRule:
    """A rule and the instances it clashes with.

    Parameters
    ----------
    name : str
        ``"not-a-start"``, ``"overlap"``, ``"instance-limit"`` or ``"engine-limit"``.
    clashes : tuple of GpuInstance
        Those in the way; empty for ``"not-a-start"``.
    engine : str
        The kind of engine for ``"engine-limit"``, else empty.
    """

    name: str
    clashes: tuple[GpuInstance, ...] = ()
    engine: str = ""


def broken_rule(
    board: Gpu, instances: Sequence[GpuInstance], profile: Profile, start: int
) -> BrokenRule | None:
    """Return the first rule that a profile at a start would break beside other instances, None if it fits.

    Parameters
    ----------
    board : Gpu
        A board with MIG.
    instances : sequence of GpuInstance
        Those that stand already.
    profile : Profile
        A profile of the board.
    start : int
        Memory slice.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A30")
    >>> broken_rule(board, (), board.profile("2g.12gb"), 1).name
    'not-a-start'
    """
    if start not in profile.starts:
        return BrokenRule("not-a-start")
    end = start + profile.memory_slices
    overlapping = tuple(
        [  # a list is faster than a generator here, and this is asked a hundred times for every gesture
            each
            for each in instances
            if each.placement.start < end and start < each.placement.start + each.placement.size
        ]
    )
    if overlapping:
        return BrokenRule("overlap", overlapping)
    same = tuple(each for each in instances if each.profile.name == profile.name)
    if len(same) >= profile.max_instances:
        return BrokenRule("instance-limit", same)
    for engine in MEDIA_ENGINES:
        wanted_engines, total = profile.engines(engine), board.value(engine)
        if not wanted_engines or total is None:
            continue
        holders = tuple(each for each in instances if each.profile.engines(engine))
        if sum(each.profile.engines(engine) or 0 for each in holders) + wanted_engines > total:
            return BrokenRule("engine-limit", holders, engine)
    return None


def open_starts(board: Gpu, instances: Sequence[GpuInstance], profile: Profile) -> tuple[int, ...]:
    """Return the starts at which a profile would fit beside other instances.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A30")
    >>> open_starts(board, (), board.profile("2g.12gb"))
    (0, 2)
    """
    return tuple(start for start in profile.starts if broken_rule(board, instances, profile, start) is None)
