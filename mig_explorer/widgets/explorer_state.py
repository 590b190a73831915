"""Everything the explorer's page needs to draw a layout and to answer the pointer, as one plain dict."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.board_svg import memory_words, sms_words
from mig_explorer.charts.palette import COLOURS, INKS
from mig_explorer.layouts import preset_layouts
from mig_explorer.widgets.explorer_boards import board_part, shown_profiles
from mig_explorer.widgets.explorer_divide import division_part
from mig_explorer.widgets.explorer_refusals import placed_as, places, refusal_words
from mig_explorer.widgets.explorer_table import ABOUT, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu, Profile
    from mig_explorer.layouts import GpuInstance, Layout, Refusal


@dataclass(frozen=True)
class Status:
    """What the line under the board says.

    Parameters
    ----------
    kind : str
        ``"info"``, ``"good"`` or ``"bad"``.
    headline, detail, way_out : str
        Sentences; the headline is set in bold.
    refusal : Refusal, optional
        Where they come from; its alternatives are offered as buttons.
    divides : int, optional
        Start of a GPU instance whose divisions are offered as buttons.

    Examples
    --------
    >>> Status("good", "3g.20gb placed at memory slice 4.").refusal is None
    True
    """

    kind: str
    headline: str
    detail: str = ""
    way_out: str = ""
    refusal: Refusal | None = None
    divides: int | None = None

    @classmethod
    def refused(cls, refusal: Refusal) -> Status:
        """Return a refusal in its own words."""
        return cls("bad", refusal.headline, refusal.detail, refusal.way_out, refusal)


def snapshot(
    layout: Layout,
    colours: Mapping[str, int],
    status: Status,
    *,
    undo: bool,
    serial: int,
) -> dict[str, Any]:
    """Return what the page shows for a layout.

    Parameters
    ----------
    layout : Layout
        The layout to show.
    colours : mapping of str to int
        For each instance's name the index of its colour.
    status : Status
        What happened last.
    undo : bool
        Whether there is anything to undo.
    serial : int
        A number that grows with every snapshot, so that the same status said twice is seen twice.

    Returns
    -------
    dict
        JSON values only. ``places`` holds for every profile the memory slices at which it can start.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> state = snapshot(Layout(gpu("A30")), {}, Status("info", "Hello."), undo=False, serial=1)
    >>> state["places"]["2g.12gb"]
    [0, 2]
    """
    board, left = layout.gpu, layout.remaining()
    return {
        "serial": serial,
        "board": board_part(board),
        "profiles": [_profile(each, size, left[each.name]) for each, size in shown_profiles(board)],
        "placed_as": placed_as(layout),
        "places": places(layout),
        "instances": [_instance(each, colours[each.name]) for each in layout.instances],
        "free": {"compute": list(layout.free_compute_slices), "memory": list(layout.free_memory_slices)},
        "stranded": {"compute": list(layout.stranded.compute), "memory": list(layout.stranded.memory)},
        "presets": [{"title": title, "on": preset == layout} for title, preset in _presets(board).items()],
        "table": table(layout, colours) if board.has_mig else None,
        "status": _status(status, layout),
        "undo": undo,
    }


@functools.cache
def _presets(board: Gpu) -> Mapping[str, Layout]:
    return preset_layouts(board)


def _profile(profile: Profile, size: str, left: int) -> dict[str, Any]:
    fits = f"{left} more fit{'s' if left == 1 else ''}" if left else "no more fit"
    number = "unknown" if profile.profile_id is None else str(profile.profile_id)
    return {
        "name": profile.name,
        "group": size,
        "label": (profile.family or "plain") if size else profile.name,
        "compute": profile.compute_slices,
        "memory": profile.memory_slices,
        "left": left,
        "spoken": f"{profile.name}, {fits}",
        "title": f"{sms_words(profile.sms)}, {memory_words(profile.memory_mib)}, profile id {number}",
    }


def _instance(instance: GpuInstance, colour: int) -> dict[str, Any]:
    seen, part = instance.resources, division_part(instance)
    bandwidth, memory = seen.bandwidth, memory_words(seen.memory_mib)
    about = ABOUT if bandwidth.confidence == "modelled" else ""
    speed = "bandwidth unknown" if bandwidth.value is None else f"{about}{bandwidth.value:.0f} GB/s"
    return {
        "name": instance.name,
        "profile": instance.profile.name,
        "start": instance.start,
        "size": instance.size,
        "compute": len(instance.compute_slices),
        "colour": COLOURS[colour % len(COLOURS)],
        "ink": INKS[colour % len(INKS)],
        "lines": [memory, speed, *filter(None, [part["sharing"]])],
        "facts": " ".join(filter(None, [f"{sms_words(seen.sms)}, {memory}, {speed}.", part["shares"]])),
        **part,
    }


def _status(status: Status, layout: Layout) -> dict[str, Any]:
    said = {
        "kind": status.kind,
        "headline": status.headline,
        "detail": status.detail,
        "way_out": status.way_out,
        "divides": status.divides,
    }
    return said if status.refusal is None else {**refusal_words(status.refusal, layout), **said}
