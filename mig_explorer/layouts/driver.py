"""Where the driver puts a GPU instance that nobody gave a start: a model of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.gpus import Placement
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.rules import open_starts

if TYPE_CHECKING:
    from mig_explorer.gpus import Profile
    from mig_explorer.layouts.layout import Layout

OUR_MODEL = (
    "Which start the driver takes is not documented. The starts here follow our model of it: the start that "
    "leaves the most choices open, and of equals the lowest; a profile with doubled memory first goes "
    "where its "
    "larger sibling could. It repeats every published run that we know."
)


def driver_start(layout: Layout, profile: Profile) -> int | None:
    """Return the start that the driver would pick for a profile. A model of ours, not NVIDIA's word.

    The rule: take the start that removes the fewest (profile, start) choices still open to the board's
    plain profiles (those without attributes such as ``+me``), and of equals the lowest. A profile with
    doubled memory (``1g.10gb`` of an A100-40GB) takes a start that the plain profile of its size with
    twice its compute (``2g.10gb``) could take, while there is one; that clause rests on a single run.
    NVIDIA documents no rule; this one reproduces the published runs of ``nvidia-smi mig -cgi`` that we
    know.

    Returns
    -------
    int or None
        None if no start is open.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> board = gpu("A100-SXM4-40GB")
    >>> (
    ...     driver_start(Layout(board), board.profile("1g.5gb")),
    ...     driver_start(Layout(board), board.profile("1g.10gb")),
    ... )
    (6, 4)
    """
    plain = [each for each in layout.gpu.profiles.values() if not each.attributes]
    starts = open_starts(layout.gpu, layout.instances, profile)
    siblings = {start for each in plain if _has_twice_the_compute(each, profile) for start in each.starts}
    best: tuple[int, int] | None = None
    for start in [each for each in starts if each in siblings] or starts:
        instance = GpuInstance(layout.gpu, profile, Placement(start, profile.memory_slices))
        after = (*layout.instances, instance)
        still_open = sum(len(open_starts(layout.gpu, after, each)) for each in plain)
        best = min(best or (-still_open, start), (-still_open, start))
    return None if best is None else best[1]


def _has_twice_the_compute(one: Profile, other: Profile) -> bool:
    same_size = one.memory_slices == other.memory_slices
    return same_size and one.compute_slices == 2 * other.compute_slices
