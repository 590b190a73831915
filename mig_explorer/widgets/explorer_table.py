"""The explorer's table: what each instance has, what all have together, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.charts.palette import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.gpus import Fact, Gpu, Slice
    from mig_explorer.layouts import GpuInstance, Layout

ENGINES = {"copy_engines": "Copy", "decoders": "Decode", "encoders": "Encode", "jpeg": "JPEG", "ofa": "OFA"}
ENGINE_TITLES = {
    "copy_engines": "Copy engines: move data between host and device",
    "decoders": "Video decoders (NVDEC)",
    "encoders": "Video encoders (NVENC)",
    "jpeg": "JPEG decoders",
    "ofa": "Optical flow accelerators",
}
COMMON = "memory, bandwidth, L2, engines"
IDLE = "in no compute instance: nothing can run there"
COMPUTE_PLACE = "Compute slices inside the GPU instance, which drivers number in more than one way"
ABOUT = "\N{ALMOST EQUAL TO} "
"""Stands before every figure that is modelled."""
TRUST = {
    "verified": "measured, published",
    "derived": "derived",
    "low": "reported once",
    "recalled": "recalled, approximate",
    "modelled": "modelled",
    "unknown": "unknown",
}


def table(layout: Layout, colours: Mapping[str, int]) -> dict[str, Any]:
    """Return the table of a layout as plain values for the page.

    Parameters
    ----------
    layout : Layout
        A layout on a board with MIG.
    colours : mapping of str to int
        For each instance's name the index of its colour.

    Returns
    -------
    dict
        ``head`` (text, unit, title), ``rows``, ``total`` and ``badges``. A cell is ``{"value", "title"}``; a
        value that nobody knows is the word ``unknown``, a modelled one starts with the sign for "about".
        The rows under a divided GPU instance are its compute instances: ``under`` names it, and ``shared``
        says what stands in for the columns that they have in common.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0)
    >>> [cell["value"] for cell in table(layout, {"3g.20gb@0": 0})["rows"][0]["cells"]]
    ['0 : 4', '42', '19.50', '682', '20', '3', '2', '0', '0']
    """
    board = layout.gpu
    engines = _engines_worth_a_column(board)
    head = [
        _column("Start", ": size", "First memory slice, and how many"),
        _column("SMs", "", "Streaming multiprocessors"),
        _column("Memory", "GiB", "As nvidia-smi lists it; drivers differ by about 2 %"),
        _column("Bandwidth", "GB/s", "What a STREAM copy reaches"),
        _column("L2", "MiB", "Level-2 cache"),
        *(_column(ENGINES[kind], "", ENGINE_TITLES[kind]) for kind in engines),
    ]
    pieces = [each.resources for each in layout.instances]
    rows: list[dict[str, Any]] = []
    for each, piece in zip(layout.instances, pieces, strict=True):
        colour = COLOURS[colours[each.name] % len(COLOURS)]
        cells = [_cell(f"{each.start} : {each.size}"), *_resources(piece, engines)]
        rows.append({"name": each.name, "label": each.profile.name, "colour": colour, "cells": cells})
        rows += _compute_rows(each, colour)
    return {
        "head": head,
        "rows": rows,
        "total": _total(layout, pieces, engines) if rows else None,
        "badges": _badges(pieces),
    }


def _compute_rows(instance: GpuInstance, colour: str) -> list[dict[str, Any]]:
    """Give a row to each compute instance and one to idle slices; none if one compute instance fills it."""
    if instance.filled:
        return []
    common = {"under": instance.name, "colour": colour}
    count = len(instance.compute_instances)
    shared = f"shared by {count}: {COMMON}" if count > 1 else f"{COMMON} to itself"
    rows: list[dict[str, Any]] = [
        {
            **common,
            "label": each.name,
            "cells": [_cell(_span(each.compute_slices), COMPUTE_PLACE), _cell(_known(seen.sms))],
            "shared": shared,
        }
        for each, seen in zip(instance.compute_instances, instance.slices, strict=True)
    ]
    held = {each for piece in instance.compute_instances for each in piece.compute_slices}
    idle = tuple(each for each in range(instance.profile.compute_slices) if each not in held)
    if idle:
        cells = [_cell(_span(idle), COMPUTE_PLACE), _cell("")]
        rows.append({**common, "label": "idle", "cells": cells, "shared": IDLE})
    return rows


def _span(compute_slices: tuple[int, ...]) -> str:
    first, last = compute_slices[0], compute_slices[-1]
    if len(compute_slices) > 1 and last - first + 1 == len(compute_slices):
        return f"c {first}-{last}"
    return f"c {', '.join(str(each) for each in compute_slices)}"


def _engines_worth_a_column(board: Gpu) -> tuple[str, ...]:
    """Leave out a kind of engine of which the board is known to have none."""
    return tuple(kind for kind in ENGINES if board.value(kind) != 0)


def _resources(piece: Slice, engines: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        _cell(_known(piece.sms)),
        _cell(_gib(piece.memory_mib)),
        _fact(piece.bandwidth),
        _fact(piece.l2),
        *(_cell(_known(getattr(piece, kind))) for kind in engines),
    ]


def _fact(fact: Fact) -> dict[str, str]:
    trust = TRUST[fact.confidence]
    title = f"{trust}: {fact.source}" + (f" ({fact.note})" if fact.note else "")
    if fact.value is None:
        return _cell("unknown", title)
    about = ABOUT if fact.confidence == "modelled" else ""
    return _cell(f"{about}{fact.value:.0f}", title)


def _total(layout: Layout, pieces: list[Slice], engines: tuple[str, ...]) -> dict[str, Any]:
    board = layout.gpu
    most = max(board.profiles.values(), key=lambda each: (each.memory_slices, each.compute_slices))
    whole = board.slice(most.name)
    held = sum(each.size for each in layout.instances)
    cells = [
        _share(str(held), str(board.memory_slices)),
        _sum([each.sms for each in pieces], whole.sms),
        _share(_gib(_total_of([each.memory_mib for each in pieces])), _gib(whole.memory_mib)),
        _sum([each.bandwidth.value for each in pieces], whole.bandwidth.value, _about(pieces)),
        _sum([each.l2.value for each in pieces], whole.l2.value),
        *(_sum([getattr(each, kind) for each in pieces], getattr(whole, kind)) for kind in engines),
    ]
    return {
        "label": "All",
        "title": f"Out of what {most.name} holds: the most that MIG deals out",
        "cells": cells,
    }


def _about(pieces: list[Slice]) -> str:
    return ABOUT if any(each.bandwidth.confidence == "modelled" for each in pieces) else ""


def _sum(parts: Sequence[float | None], most: float | None, about: str = "") -> dict[str, str]:
    total = _total_of(parts)
    return _share(
        "unknown" if total is None else f"{about}{total:.0f}", "unknown" if most is None else f"{most:.0f}"
    )


def _total_of(parts: Sequence[float | None]) -> float | None:
    """Add up; a sum with one unknown part is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _badges(pieces: list[Slice]) -> list[dict[str, str]]:
    badges = []
    for name, facts in (
        ("bandwidth", [each.bandwidth for each in pieces]),
        ("L2", [each.l2 for each in pieces]),
    ):
        for confidence in dict.fromkeys(fact.confidence for fact in facts):
            sources = dict.fromkeys(fact.source for fact in facts if fact.confidence == confidence)
            about = ABOUT if confidence == "modelled" else ""
            badges.append({"text": f"{name} {about}{TRUST[confidence]}", "title": "; ".join(sources)})
    return badges


def _gib(mib: float | None) -> str:
    return "unknown" if mib is None else f"{mib / 1024:.2f}"


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _cell(value: str, title: str = "") -> dict[str, str]:
    return {"value": value, "title": title}


def _share(value: str, of: str) -> dict[str, str]:
    return {"value": value, "of": of}


def _column(text: str, unit: str, title: str) -> dict[str, str]:
    return {"text": text, "unit": unit, "title": title}
