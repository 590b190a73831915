"""Layouts to start from, derived from a board's profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import ImpossiblePlacement
from mig_explorer.layouts.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu


def preset_layouts(gpu: Gpu) -> Mapping[str, Layout]:
    """Return the layouts that people reach for first, by a short title.

    As many as fit of the smallest profile; a balanced mix of sizes; two halves; the whole board as one
    instance. Titles count what really fits, so they differ by board.

    Parameters
    ----------
    gpu : Gpu
        A board; one without MIG has no presets.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> for title, layout in preset_layouts(gpu("A100-SXM4-40GB")).items():
    ...     print(title, "|", layout)
    7 × 1g | 1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 1g.5gb@4 1g.5gb@5 1g.5gb@6
    3g + 2g + 1g + 1g | 2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4
    3g + 3g | 3g.20gb@0 3g.20gb@4
    7g | 7g.40gb@0
    """
    if not gpu.has_mig:
        return {}
    plain = [profile for profile in gpu.profiles.values() if not profile.attributes]
    smallest, largest = plain[0], plain[-1]
    half = gpu.memory_slices / 2
    halves = [each for each in plain if each.memory_slices == half and each.max_instances == 2]
    quarters = [
        each
        for each in plain
        if each.memory_slices <= gpu.memory_slices // 4 and each.compute_slices == 2 * smallest.compute_slices
    ]
    recipes = [[smallest.name] * smallest.max_instances]
    if halves:
        step_down = [quarters[-1].name] if quarters else []
        recipes.append([halves[-1].name, *step_down, *[smallest.name] * 2])
        recipes.append([halves[-1].name] * 2)
    recipes.append([largest.name])
    presets: dict[str, Layout] = {}
    for recipe in recipes:
        layout = Layout(gpu)
        try:
            for name in recipe:
                layout = layout.place(name)
        except ImpossiblePlacement:
            continue
        short = [name.split(".")[0] for name in recipe]
        many = len(set(short)) == 1 and len(short) > 2
        presets[f"{len(short)} \N{MULTIPLICATION SIGN} {short[0]}" if many else " + ".join(short)] = layout
    return presets
