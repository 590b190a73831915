"""What the explorer shows of a board whatever lies on it: the choice of boards, its size, its profiles."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from mig_explorer.charts.board_svg import memory_words, sms_words
from mig_explorer.gpus import gpus
from mig_explorer.widgets.explorer_table import TRUST

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu, Profile

NO_MIG = (
    "It cannot be cut into slices with memory and compute of their own. What it can do: run programs in turn "
    "(time slicing) or at once (MPS, CUDA streams), and give parts of one program their own SMs (green "
    "contexts). None of these sets memory bandwidth aside for one user, and under MPS one user's fault can "
    "stop another's program."
)
FAMILIES = {
    "": "",
    "+me": "more media engines",
    "-me": "none",
    "+me.all": "all of them",
    "+gfx": "graphics too",
}
"""What each family of profiles is for, in the order in which a palette shows them."""

NOT_LISTED = "In this machine, not in the catalogue"
MANY_FAMILIES = 3
"""From so many families on, a palette is easier to read with one group a size."""


def shown_profiles(board: Gpu) -> tuple[tuple[Profile, str], ...]:
    """Return a board's profiles in the order of the palette, each with the size it is grouped under.

    Parameters
    ----------
    board : Gpu
        A board of the catalogue.

    Returns
    -------
    tuple of (Profile, str)
        The size is empty for all profiles of a board with few families: that needs no groups.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [(each.name, size) for each, size in shown_profiles(gpu("A30"))][:2]
    [('1g.6gb', ''), ('1g.6gb+me', '')]
    >>> [(each.name, size) for each, size in shown_profiles(gpu("RTX-PRO-5000-BLACKWELL"))][:2]
    [('1g.24gb', '1g.24gb'), ('1g.24gb+me', '1g.24gb')]
    """
    profiles = tuple(board.profiles.values())
    if len({each.family for each in profiles}) < MANY_FAMILIES:
        return tuple((each, "") for each in profiles)
    known = [*FAMILIES, *(each.family for each in profiles)]
    order = sorted(profiles, key=lambda each: (each.compute_slices, known.index(each.family)))
    return tuple((each, each.name.removesuffix(each.family)) for each in order)


def _legend(board: Gpu) -> str:
    """Say what the families of a board with many are for."""
    present = {each.family for each, size in shown_profiles(board) if size}
    return " · ".join(
        f"{family}: {words}" for family, words in FAMILIES.items() if words and family in present
    )


@functools.cache
def board_part(board: Gpu) -> dict[str, Any]:
    """Return the part of the page's state that depends on the board alone.

    Parameters
    ----------
    board : Gpu
        A board of the catalogue.

    Returns
    -------
    dict
        JSON values only; what is unknown is the word ``unknown``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> part = board_part(gpu("A100-SXM4-40GB"))
    >>> part["columns"], part["compute_note"], [each["text"] for each in part["facts"]]
    (8, '14 SMs each', ['108 SMs, 98 with MIG', '40 GiB', '1555 GB/s (data sheet)'])
    """
    slices = board.compute_slices
    even = _sms_of_every_slice(board)
    memory = board.memory_mib
    per_slice = None if memory is None or not board.has_mig else memory // board.memory_slices
    return {
        "name": board.name,
        "choices": _choices()
        if board in gpus()
        else [{"group": NOT_LISTED, "boards": [board.name]}, *_choices()],
        "facts": _facts(board),
        "has_mig": board.has_mig,
        "statement": "" if board.has_mig else NO_MIG,
        "legend": _legend(board),
        "columns": board.memory_slices,
        "compute": slices,
        "span": board.memory_slices_per_compute_slice,
        "compute_note": f"{slices} slices" if even is None else f"{sms_words(even)} each",
        "memory_note": f"{board.memory_slices} slices"
        if per_slice is None
        else f"{per_slice / 1024:.3g} GiB each",
    }


@functools.cache
def _choices() -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for board in sorted(gpus(), key=lambda each: each.compute_capability[0] if each.has_mig else math.inf):
        groups.setdefault(_group(board), []).append(board.name)
    return [{"group": title, "boards": names} for title, names in groups.items()]


def _group(board: Gpu) -> str:
    if not board.has_mig:
        return "Without MIG, to compare"
    architecture = board.value("architecture")
    generation = str(architecture).split(" (")[0] if architecture else "Architecture unknown"
    return f"{generation}, with MIG"


def _sms_of_every_slice(board: Gpu) -> int | None:
    """SMs of a compute slice, if every profile has just so many of them a slice."""
    each = {
        profile.sms // profile.compute_slices
        if profile.sms is not None and profile.sms % profile.compute_slices == 0
        else None
        for profile in board.profiles.values()
    }
    return each.pop() if len(each) == 1 else None


def _facts(board: Gpu) -> list[dict[str, str]]:
    sheet, memory = board.facts["memory_bandwidth_gbs"], board.facts["memory_mib"]
    copied = board.whole.bandwidth
    reached = (
        "What a STREAM copy reaches of it is unknown."
        if copied.value is None
        else f"A STREAM copy reaches {copied.value:.0f} GB/s of it "
        f"({TRUST[copied.confidence]}: {copied.source})."
    )
    how_sure = "" if sheet.confidence == "verified" else f", {TRUST[sheet.confidence].split(',')[0]}"
    speed = "bandwidth unknown" if sheet.value is None else f"{sheet.text} (data sheet{how_sure})"
    return [
        {"text": _sms(board), "title": board.facts["sms"].source},
        {"text": memory_words(board.memory_mib), "title": memory.note or memory.source},
        {"text": speed, "title": f"{sheet.source}. {reached}"},
    ]


def _sms(board: Gpu) -> str:
    if not board.has_mig:
        return sms_words(board.sms)
    if board.sms_mig is None:
        return f"{sms_words(board.sms)}, unknown with MIG"
    return f"{sms_words(board.sms)}, {'all' if board.sms_mig == board.sms else board.sms_mig} with MIG"
