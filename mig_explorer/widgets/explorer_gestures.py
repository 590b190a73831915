"""What each gesture of the explorer's page makes of a layout, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import ImpossiblePlacement, InvalidLayout
from mig_explorer.gpus import gpu as board_named
from mig_explorer.layouts import Layout, Refusal, preset_layouts
from mig_explorer.widgets.explorer_divide import division_words
from mig_explorer.widgets.explorer_state import Status

if TYPE_CHECKING:
    from mig_explorer.layouts import Alternative
    from mig_explorer.widgets.explorer_messages import Gesture

STALE = "That way out is no longer open: the layout has changed since it was offered."
MOVED = "On a GPU a move is a removal and a new creation: programs on it end."


def after(layout: Layout, gesture: Gesture) -> tuple[Layout, Status]:
    """Return the layout that a gesture asks for, and what to say about it.

    Parameters
    ----------
    layout : Layout
        What stands.
    gesture : Gesture
        One that changes the layout: place, remove, take, divide, preset, board or clear.

    Returns
    -------
    tuple of (Layout, Status)
        The layout that was given, with the refusal, where the gesture cannot be done.

    Raises
    ------
    MigExplorerError
        If the gesture names a board, profile, preset or instance that is not there.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.widgets.explorer_messages import Gesture
    >>> layout, status = after(Layout(gpu("A30")), Gesture("place", profile="2g.12gb", start=2))
    >>> str(layout), status.headline
    ('2g.12gb@2', '2g.12gb placed at memory slice 2.')
    """
    match gesture.operation:
        case "place":
            made, status = _place(layout, gesture)
        case "remove":
            made, gone = layout.remove(gesture.start), layout.at(gesture.start)
            status = Status("good", f"{gone.name if gone else ''} removed.")
        case "take":
            made, status = _take(layout, gesture)
        case "divide":
            made, status = _divide(layout, gesture)
        case "preset":
            made = _preset(layout, gesture.title)
            status = _placed(layout, made, f"{gesture.title} placed.")
        case "board":
            made = Layout(board_named(gesture.name))
            status = welcome(made)
        case _:
            made = layout.empty()
            status = Status("good" if layout.instances else "info", "The board is empty.")
    return made, status


def welcome(layout: Layout) -> Status:
    """Return what is said when a board is first shown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> welcome(Layout(gpu("GB10"))).headline
    'GB10 has no MIG.'
    """
    if not layout.gpu.has_mig:
        return Status("info", f"{layout.gpu.name} has no MIG.")
    return Status(
        "info",
        "Pick a profile, then a place on the board.",
        "With the keyboard: arrow keys move, Enter places, Delete removes, D divides.",
    )


def _place(layout: Layout, gesture: Gesture) -> tuple[Layout, Status]:
    try:
        made = layout.place(gesture.profile, start=gesture.start)
    except ImpossiblePlacement as error:
        return layout, Status.refused(error.refusal)
    return made, _placed(layout, made, f"{gesture.profile} placed at memory slice {gesture.start}.")


def _divide(layout: Layout, gesture: Gesture) -> tuple[Layout, Status]:
    made = layout.divide(gesture.start, gesture.into)
    instance = made.at(gesture.start)
    if instance is None:
        return layout, Status("bad", STALE)
    return made, Status("good", *division_words(instance), divides=instance.start)


def _preset(layout: Layout, title: str) -> Layout:
    presets = preset_layouts(layout.gpu)
    if title not in presets:
        known = f"It has {', '.join(presets)}." if presets else "It has none."
        message = f"{layout.gpu.name} has no preset {title!r}. {known}"
        raise InvalidLayout(message)
    return presets[title]


def _take(layout: Layout, gesture: Gesture) -> tuple[Layout, Status]:
    refusal = layout.explain(gesture.profile, gesture.start)
    if not isinstance(refusal, Refusal) or gesture.choice >= len(refusal.alternatives):
        return layout, Status("bad", STALE)
    alternative = refusal.alternatives[gesture.choice]
    made = alternative.apply(layout)
    way = _made_way(layout, alternative)
    done = f"{way}{alternative.profile} placed at memory slice {alternative.start}."
    return made, _placed(layout, made, done, MOVED if alternative.moved else "")


def _made_way(layout: Layout, alternative: Alternative) -> str:
    names = {each.start: each.name for each in layout.instances}
    gone = [names[start] for start in alternative.removed]
    moved = [f"{names[start]} moved to {to}" for start, to in alternative.moved]
    parts = [*([f"{' and '.join(gone)} removed"] if gone else []), *moved]
    return "".join(f"{part}, " for part in parts)


def _placed(before: Layout, made: Layout, headline: str, detail: str = "") -> Status:
    """Say what was done and which slices it put out of everybody's reach."""
    lost = [
        f"{kind} slice {each}"
        for kind, now, then in (
            ("compute", made.stranded.compute, before.stranded.compute),
            ("memory", made.stranded.memory, before.stranded.memory),
        )
        for each in now
        if each not in then
    ]
    if not lost:
        return Status("good", headline, detail)
    verb, them = ("is", "it") if len(lost) == 1 else ("are", "them")
    stranded = f"Now {' and '.join(lost)} {verb} stranded: no profile can reach {them}."
    return Status("good", headline, " ".join(filter(None, (detail, stranded))))
