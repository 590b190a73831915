"""Layouts to deploy: some uniform, some mixed, and some that a target refuses or moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.layouts import Layout, Refusal
from mig_explorer.layouts.presets import preset_layouts

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu, Profile

LAYOUTS = ("smallest slices", "three sizes", "two halves", "one slice", "divided", "placed by hand")
"""As many of the smallest as fit; a half, smaller ones and the smallest; halves; the whole board as one; a
half that is divided into compute instances, beside a whole one; and half a board at its first start, where
the driver might not put it, beside two of the smallest."""


def layout_named(gpu: Gpu, name: str) -> Layout:
    """Return a layout of a board; on one without MIG the empty one.

    Raises
    ------
    InvalidExperiment
        If there is no layout of that name on the board.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> str(layout_named(board, "three sizes")), str(layout_named(board, "divided"))
    ('2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4', '3g.20gb@0[2c@0+1c@2] 3g.20gb@4')
    >>> str(layout_named(board, "placed by hand"))
    '3g.20gb@0 1g.5gb@4 1g.5gb@5'
    """
    if not gpu.has_mig:
        return Layout(gpu)
    smallest, half = plain_profiles(gpu)
    halves = Layout(gpu).place(half.name, start=half.starts[0]).place(half.name, start=half.starts[-1])
    if name == "divided":
        inside = "+".join(f"{size}c" for size in (half.compute_slices - 1, 1))
        return halves.divide(half.starts[0], inside)
    if name == "placed by hand":
        layout = Layout(gpu).place(half.name, start=half.starts[0])
        starts = [start for start in smallest.starts if start >= half.starts[-1]]
        for start in starts[:2]:
            if not isinstance(layout.explain(smallest.name, start), Refusal):
                layout = layout.place(smallest.name, start=start)
        return layout
    presets = list(preset_layouts(gpu).values())
    known = dict(zip(LAYOUTS, presets, strict=False)) | {"two halves": halves}
    if name not in LAYOUTS or name not in known:
        raise InvalidExperiment(f"{gpu.name} has no layout {name!r} here. Known: {', '.join(LAYOUTS)}.")
    return known[name]


def plain_profiles(gpu: Gpu) -> tuple[Profile, Profile]:
    """Return the smallest profile of a board, and the one that is half of it.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [each.name for each in plain_profiles(gpu("A30"))]
    ['1g.6gb', '2g.12gb']
    """
    plain = [each for each in gpu.profiles.values() if not each.attributes]
    halves = (each for each in plain if 2 * each.memory_slices == gpu.memory_slices)
    return plain[0], next(each for each in halves if len(each.starts) == 2)
