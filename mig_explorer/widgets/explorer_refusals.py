"""Why each profile cannot start where it cannot, sent ahead, so that the pointer needs no answer from Python.

Which places are open is quick to say and goes with the board; the words take ten times as long and follow it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mig_explorer.layouts import GpuInstance, Layout, Refusal
from mig_explorer.layouts.refusal import changes
from mig_explorer.layouts.rules import open_starts

if TYPE_CHECKING:
    from mig_explorer.layouts import Alternative

FEW = 2
"""Up to so many instances a button names; more it counts."""
KEPT = 64
"""Layouts whose refusals are kept: undo, and gestures that only divide an instance, then cost nothing."""


def places(layout: Layout) -> dict[str, list[int]]:
    """Return for every profile the memory slices at which it can start.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> places(Layout(gpu("A30")))["2g.12gb"]
    [0, 2]
    """
    board = layout.gpu
    return {name: list(open_starts(board, layout.instances, each)) for name, each in board.profiles.items()}


def placed_as(layout: Layout) -> str:
    """Name a layout by what matters for refusals: its board and its GPU instances, however divided.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> placed_as(Layout(gpu("A30")).place("2g.12gb", start=0).divide(0, "1c+1c"))
    'A30: 2g.12gb@0'
    """
    return f"{layout.gpu.name}: {' '.join(each.name for each in layout.instances)}"


def refusals(layout: Layout) -> dict[str, dict[str, dict[str, Any]]]:
    """Return for every profile the memory slices at which it cannot start, each with the refusal's own words.

    Parameters
    ----------
    layout : Layout
        What stands. How its GPU instances are divided makes no difference.

    Returns
    -------
    dict
        By profile and by memory slice, written as text, what `refusal_words` returns.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> found = refusals(Layout(gpu("A30")))["2g.12gb"]
    >>> list(found), found["1"]["headline"]
    (['1', '3'], '2g.12gb cannot start at memory slice 1.')
    """
    whole = tuple(GpuInstance(each.gpu, each.profile, each.placement) for each in layout.instances)
    return _refusals(Layout(layout.gpu, whole))


@functools.lru_cache(maxsize=KEPT)
def _refusals(layout: Layout) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in layout.gpu.profiles:
        answers = {start: layout.explain(name, start) for start in range(layout.gpu.memory_slices)}
        found[name] = {
            str(start): refusal_words(answer, layout)
            for start, answer in answers.items()
            if isinstance(answer, Refusal)
        }
    return found


def refusal_words(refusal: Refusal, layout: Layout) -> dict[str, Any]:
    """Return a refusal's three sentences, and a label for each of the ways out that it offers.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> layout = Layout(gpu("A30"))
    >>> refusal_words(layout.explain("2g.12gb", 1), layout)["choices"]
    ['Place at 0 instead', 'Place at 2 instead']
    """
    return {
        "headline": refusal.headline,
        "detail": refusal.detail,
        "way_out": refusal.way_out,
        "profile": refusal.profile,
        "start": refusal.start,
        "choices": [_offer(each, layout) for each in refusal.alternatives],
    }


def _offer(alternative: Alternative, layout: Layout) -> str:
    removed, moved = len(alternative.removed), len(alternative.moved)
    if not removed and not moved:
        return f"Place at {alternative.start} instead"
    if removed + moved <= FEW:
        words = changes(layout, alternative)
    else:
        parts = ((removed, "remove"), (moved, "move"))
        words = " and ".join(
            f"{verb} {count} instance{'s' if count > 1 else ''}" for count, verb in parts if count
        )
    return f"{words[0].upper()}{words[1:]}, place at {alternative.start}"
