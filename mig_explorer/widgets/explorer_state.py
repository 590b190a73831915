"""Everything the explorer's page needs to draw a layout and to answer the pointer, as one plain dict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.board_svg import gib
from mig_explorer.charts.palette import COLOURS, INKS
from mig_explorer.formats.nvidia_smi import commands
from mig_explorer.gpus import gpus
from mig_explorer.layouts import Refusal, preset_layouts
from mig_explorer.widgets.explorer_table import ABOUT, TRUST, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu, Profile
    from mig_explorer.layouts import Alternative, GpuInstance, Layout

NO_MIG = (
    "It cannot be cut into slices with memory and compute of their own. What it can do: run programs in turn "
    "(time slicing) or at once (MPS, CUDA streams), and give parts of one program their own SMs (green "
    "contexts). None of these sets memory bandwidth aside for one user, and under MPS one user's fault can "
    "stop another's program."
)

FEW = 2
"""Up to so many instances a button names; more it counts."""


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

    @classmethod
    def refused(cls, refusal: Refusal) -> Status:
        """Return a refusal in its own words."""
        return cls("bad", refusal.headline, refusal.detail, refusal.way_out, refusal)


def snapshot(
    layout: Layout, colours: Mapping[str, int], status: Status, *, undo: bool, serial: int
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
        JSON values only. ``verdicts`` holds for every profile, for every memory slice, whether the profile
        can start there and else the refusal's own words, so that the pointer needs no answer from Python.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> state = snapshot(Layout(gpu("A30")), {}, Status("info", "Hello."), undo=False, serial=1)
    >>> [each["ok"] for each in state["verdicts"]["2g.12gb"]]
    [True, False, True, False]
    """
    board, left = layout.gpu, layout.remaining()
    made = commands(layout)
    return {
        "serial": serial,
        "board": _board(board),
        "profiles": [_profile(each, left[each.name]) for each in board.profiles.values()],
        "verdicts": {
            name: [_verdict(layout, name, start) for start in range(board.memory_slices)]
            for name in board.profiles
        },
        "instances": [_instance(each, colours[each.name]) for each in layout.instances],
        "free": {"compute": list(layout.free_compute_slices), "memory": list(layout.free_memory_slices)},
        "stranded": {"compute": list(layout.stranded.compute), "memory": list(layout.stranded.memory)},
        "presets": [
            {"title": title, "on": preset == layout} for title, preset in preset_layouts(board).items()
        ],
        "table": table(layout, colours) if board.has_mig else None,
        "commands": {"create": made.create, "undo": made.undo, "notes": list(made.notes)},
        "status": _status(status, layout),
        "undo": undo,
    }


def _board(board: Gpu) -> dict[str, Any]:
    slices = board.compute_slices
    each = board.sms_mig // slices if slices and board.sms_mig and board.sms_mig % slices == 0 else None
    return {
        "name": board.name,
        "choices": [
            {"name": one.name, "label": one.name + ("" if one.has_mig else " (no MIG)")} for one in gpus()
        ],
        "facts": _facts(board),
        "has_mig": board.has_mig,
        "statement": "" if board.has_mig else NO_MIG,
        "columns": board.memory_slices,
        "compute": slices,
        "span": board.memory_slices_per_compute_slice,
        "compute_note": f"{each} SMs each" if each else f"{slices} slices",
        "memory_note": f"{gib(board.memory_mib // board.memory_slices)} GiB each" if board.has_mig else "",
    }


def _facts(board: Gpu) -> list[dict[str, str]]:
    sheet, memory = board.facts["memory_bandwidth_gbs"], board.facts["memory_mib"]
    copied = board.whole.bandwidth
    reached = (
        f"A STREAM copy reaches {copied.value:.0f} GB/s of it ({TRUST[copied.confidence]}: {copied.source})."
    )
    with_mig = f", {'all' if board.sms_mig == board.sms else board.sms_mig} with MIG" if board.has_mig else ""
    recalled = ", recalled" if sheet.confidence == "recalled" else ""
    return [
        {
            "text": f"{board.sms} SMs{with_mig}",
            "title": board.facts["sms"].source,
        },
        {"text": f"{gib(board.memory_mib)} GiB", "title": memory.note or memory.source},
        {"text": f"{sheet.text} (data sheet{recalled})", "title": f"{sheet.source}. {reached}"},
    ]


def _profile(profile: Profile, left: int) -> dict[str, Any]:
    return {
        "name": profile.name,
        "compute": profile.compute_slices,
        "memory": profile.memory_slices,
        "left": left,
        "spoken": f"{profile.name}, {left} more fit{'s' if left == 1 else ''}"
        if left
        else f"{profile.name}, no more fit",
        "title": f"{profile.sms} SMs, {gib(profile.memory_mib)} GiB, profile id {profile.profile_id}",
    }


def _verdict(layout: Layout, name: str, start: int) -> dict[str, Any]:
    answer = layout.explain(name, start)
    if not isinstance(answer, Refusal):
        return {"ok": True}
    return {"ok": False, **_words(answer, layout)}


def _words(refusal: Refusal, layout: Layout) -> dict[str, Any]:
    return {
        "headline": refusal.headline,
        "detail": refusal.detail,
        "way_out": refusal.way_out,
        "profile": refusal.profile,
        "start": refusal.start,
        "choices": [_offer(each, layout) for each in refusal.alternatives],
    }


def _offer(alternative: Alternative, layout: Layout) -> str:
    if not alternative.removed:
        return f"Place at {alternative.start} instead"
    names = [each.name for each in layout.instances if each.start in alternative.removed]
    gone = " and ".join(names) if len(names) <= FEW else f"{len(names)} instances"
    return f"Remove {gone}, place at {alternative.start}"


def _instance(instance: GpuInstance, colour: int) -> dict[str, Any]:
    seen = instance.resources
    bandwidth = seen.bandwidth
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
        "lines": [f"{gib(seen.memory_mib)} GiB", speed],
        "facts": f"{seen.sms} SMs, {gib(seen.memory_mib)} GiB, {speed}.",
    }


def _status(status: Status, layout: Layout) -> dict[str, Any]:
    said = {
        "kind": status.kind,
        "headline": status.headline,
        "detail": status.detail,
        "way_out": status.way_out,
    }
    return said if status.refusal is None else {**_words(status.refusal, layout), **said}
