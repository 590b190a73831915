"""Why a profile cannot go where it was asked to, in words, with a way out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from mig_explorer.gpus import Placement
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.rules import broken_rule, open_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus import Profile
    from mig_explorer.layouts.layout import Layout

ENGINE_WORDS = {
    "decoders": "video decoders",
    "encoders": "video encoders",
    "jpeg": "JPEG engines",
    "ofa": "optical flow engines",
}


@dataclass(frozen=True)
class Alternative:
    """Something that would work: remove or move what is in the way, then place this profile.

    Parameters
    ----------
    removed : tuple of int
        Starts of the instances to remove first.
    profile : str
        Profile to place.
    start : int
        Memory slice to place it at.
    moved : tuple of (int, int)
        Starts of instances that find another place, each with its new start. On a GPU a move is a removal
        and a new creation, so programs on it end.
    """

    removed: tuple[int, ...]
    profile: str
    start: int
    moved: tuple[tuple[int, int], ...] = ()

    def apply(self, layout: Layout) -> Layout:
        """Return the layout after the removals, the placement and the moves.

        Raises
        ------
        ImpossiblePlacement, InvalidLayout
            If the layout is not the one that the alternative was made for.
        """
        leaving = {start: layout.at(start) for start, _ in self.moved}
        for start in (*self.removed, *leaving):
            layout = layout.remove(start)
        layout = layout.place(self.profile, start=self.start)
        for start, new_start in self.moved:
            instance = leaving[start]
            if instance is not None:
                layout = layout.place(instance.profile.name, start=new_start)
                layout = layout.divide(new_start, "+".join(each.text for each in instance.compute_instances))
        return layout


@dataclass(frozen=True)
class Refusal:
    """Why a profile cannot be placed. Its text is three sentences.

    Parameters
    ----------
    rule : str
        ``"no-mig"``, ``"not-a-start"``, ``"overlap"``, ``"instance-limit"``, ``"engine-limit"`` or
        ``"no-room"`` (no start was given and none is open).
    profile : str
        The profile asked for.
    start : int or None
        The memory slice asked for.
    clashes : tuple of GpuInstance
        The instances in the way.
    alternatives : tuple of Alternative
        What would work instead, the least change first.
    headline, detail, way_out : str
        What cannot be, which rule says so, and what would work.
    """

    rule: str
    profile: str
    start: int | None
    clashes: tuple[GpuInstance, ...]
    alternatives: tuple[Alternative, ...]
    headline: str
    detail: str
    way_out: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.headline, self.detail, self.way_out) if part)


def refuse(layout: Layout, profile_name: str, start: int | None) -> Refusal:
    """Return the refusal of a placement that breaks a rule.

    Parameters
    ----------
    layout : Layout
        What stands.
    profile_name : str
        What was asked for.
    start : int or None
        Where; None if the driver was to choose.
    """
    board = layout.gpu
    where = "be placed" if start is None else f"start at memory slice {start}"
    headline = f"{profile_name} cannot {where}."
    if not board.has_mig:
        return Refusal(
            "no-mig", profile_name, start, (), (), headline, f"{board.name} has no MIG.",
            "Share it by time slicing, MPS or green contexts, or choose a board with MIG.",
        )  # fmt: skip
    profile = board.profile(profile_name)
    if start is None:
        rule, clashes = "no-room", layout.instances
        detail = f"{_starts(profile)}, and {_held(clashes)}."
        for each in profile.starts:
            blocked = broken_rule(board, layout.instances, profile, each)
            if blocked is not None and blocked.name in ("instance-limit", "engine-limit"):
                rule, clashes = blocked.name, blocked.clashes
                detail = _limit(layout, profile, blocked.name, blocked.engine, clashes)
                break
    else:
        broken = broken_rule(board, layout.instances, profile, start)
        if broken is None:
            message = f"{profile_name} fits at memory slice {start}: there is nothing to refuse."
            raise ValueError(message)
        rule, clashes = broken.name, broken.clashes
        if rule == "not-a-start":
            detail = f"{_starts(profile)}{_why_not_a_start(layout, profile, start)}."
        elif rule == "overlap":
            needed = _slices(start, start + profile.memory_slices)
            detail = f"It needs {needed}, and {_held(clashes)}."
        else:
            detail = _limit(layout, profile, rule, broken.engine, clashes)
    alternatives = _alternatives(layout, profile, start)
    way_out = _way_out(layout, profile, alternatives)
    return Refusal(rule, profile_name, start, clashes, alternatives, headline, detail, way_out)


def _limit(layout: Layout, profile: Profile, rule: str, engine: str, clashes: tuple[GpuInstance, ...]) -> str:
    names = _listed(each.name for each in clashes)
    if rule == "instance-limit":
        there = "there is" if len(clashes) == 1 else "there are"
        return f"{layout.gpu.name} takes {profile.max_instances} of it at most, and {there} {names}."
    total, verb = layout.gpu.value(engine), "holds" if len(clashes) == 1 else "hold"
    if total == 1:
        return f"It needs the board's only {ENGINE_WORDS[engine].removesuffix('s')}, which {names} {verb}."
    wanted = profile.engines(engine)
    needs = f"all {total} of the board's" if wanted == total else f"{wanted} of the board's {total}"
    return (
        f"It needs {needs} {ENGINE_WORDS[engine]}, and "
        f"{names} {verb} {sum(each.profile.engines(engine) or 0 for each in clashes)}."
    )


def _alternatives(layout: Layout, profile: Profile, asked: int | None) -> tuple[Alternative, ...]:
    free = open_starts(layout.gpu, layout.instances, profile)
    if free:
        nearest = sorted(free, key=lambda start: (abs(start - (asked or 0)), start))
        return tuple(Alternative((), profile.name, start) for start in nearest[:2])
    for count in range(1, len(layout.instances) + 1):
        found = [
            _made_room(layout, gone, profile, start)
            for gone in combinations(layout.instances, count)
            for start in _after(layout, gone, profile, asked)
        ]
        if found:
            # The asked start first, then whatever gives up the least.
            found.sort(key=lambda each: (each.start != asked, _given_up(layout, each), each.start))
            return tuple(found[:2])
    return ()


def _after(
    layout: Layout, gone: tuple[GpuInstance, ...], profile: Profile, asked: int | None
) -> tuple[int, ...]:
    kept = [each for each in layout.instances if not any(each is one for one in gone)]
    starts = open_starts(layout.gpu, kept, profile)
    return (asked,) if asked is not None and asked in starts else starts


def _made_room(layout: Layout, gone: tuple[GpuInstance, ...], profile: Profile, start: int) -> Alternative:
    """Place a profile where others stood, and find these another place as far as there is one."""
    board = layout.gpu
    stands = [each for each in layout.instances if not any(each is one for one in gone)]
    stands.append(GpuInstance(board, profile, Placement(start, profile.memory_slices)))
    removed, moved = [], []
    for each in sorted(gone, key=lambda one: -one.size):
        homes = open_starts(board, stands, each.profile)
        if homes:
            stands.append(GpuInstance(board, each.profile, Placement(homes[0], each.size)))
            moved.append((each.start, homes[0]))
        else:
            removed.append(each.start)
    return Alternative(tuple(sorted(removed)), profile.name, start, tuple(sorted(moved)))


def _given_up(layout: Layout, alternative: Alternative) -> tuple[int, int]:
    lost = sum(each.size for each in layout.instances if each.start in alternative.removed)
    return lost, len(alternative.moved)


def _way_out(layout: Layout, profile: Profile, alternatives: tuple[Alternative, ...]) -> str:
    if not alternatives:
        return "Nothing would make it fit."
    first = alternatives[0]
    if not first.removed and not first.moved:
        return f"Place it at {_listed((each.start for each in alternatives), 'or')} instead."
    steps = changes(layout, first)
    smaller = [
        name for name, other in layout.gpu.profiles.items()
        if other.memory_slices <= profile.memory_slices and not other.attributes
        and open_starts(layout.gpu, layout.instances, other)
    ]  # fmt: skip
    still = f" What still fits: {_listed(smaller)}." if smaller and first.removed else ""
    return f"{steps[0].upper()}{steps[1:]}, then it can start at {first.start}.{still}"


def changes(layout: Layout, alternative: Alternative) -> str:
    """Say what an alternative takes out of the way: ``"remove 3g.20gb@4 and move 2g.10gb@0 to 2"``.

    Parameters
    ----------
    layout : Layout
        What stands.
    alternative : Alternative
        One that was made for this layout.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> layout = Layout(gpu("A100-SXM4-40GB")).place("2g.10gb", start=4)
    >>> changes(layout, Alternative((), "3g.20gb", 4, moved=((4, 0),)))
    'move 2g.10gb@4 to 0'
    """
    by_start = {each.start: each.name for each in layout.instances}
    parts = []
    if alternative.removed:
        parts.append(f"remove {_listed(by_start[start] for start in alternative.removed)}")
    if alternative.moved:
        moves = (f"{by_start[start]} to {new_start}" for start, new_start in alternative.moved)
        parts.append(f"move {_listed(moves)}")
    return " and ".join(parts)


def _starts(profile: Profile) -> str:
    starts = profile.starts
    if len(starts) == 1:
        return f"Its only start is {starts[0]}"
    if len(starts) > 2 and starts == tuple(range(starts[0], starts[-1] + 1)):
        return f"Its starts are {starts[0]} to {starts[-1]}"
    return f"Its starts are {_listed(starts)}"


def _why_not_a_start(layout: Layout, profile: Profile, start: int) -> str:
    board = layout.gpu
    if not 0 <= start < board.memory_slices:
        return f", and the board's memory slices are 0 to {board.memory_slices - 1}"
    if start // board.memory_slices_per_compute_slice >= board.compute_slices:
        return f", and memory slice {start} has no compute slice of its own"
    if not open_starts(board, layout.instances, profile):
        return f", and {_held(layout.instances)}"
    return ""


def _held(clashes: tuple[GpuInstance, ...]) -> str:
    return _listed(
        f"{_slices(each.start, each.start + each.size)} {'belongs' if each.size == 1 else 'belong'} "
        f"to {each.profile.name}"
        for each in clashes
    )


def _slices(first: int, end: int) -> str:
    if end - first == 1:
        return f"slice {first}"
    return f"slices {first} {'and' if end - first == 2 else 'to'} {end - 1}"


def _listed(things: Iterable[object], word: str = "and") -> str:
    texts = [str(each) for each in things]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"
