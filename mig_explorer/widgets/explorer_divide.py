"""The ways to divide a GPU instance into compute instances that the explorer offers, and words for them."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InvalidLayout
from mig_explorer.layouts.compute import divided, short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mig_explorer.gpus import Profile
    from mig_explorer.layouts import GpuInstance

SPELT_OUT = 3
"""Up to so many compute instances of one size are spelt out; more are counted."""
SHARED = "memory, bandwidth, L2 cache and engines"


@dataclass(frozen=True)
class Division:
    """A way to share out all compute slices of a GPU instance.

    Parameters
    ----------
    into : str
        As ``Layout.divide`` takes it.
    sizes : tuple of int
        Compute slices of each compute instance, the largest first.

    Examples
    --------
    >>> Division("2c+1c", (2, 1)).label, Division("3c", (3,)).label, Division("", (1,) * 7).label
    ('2c + 1c', 'whole', '7 × 1c')
    """

    into: str
    sizes: tuple[int, ...]

    @property
    def label(self) -> str:
        """Words for a button."""
        return "whole" if len(self.sizes) == 1 else sum_of(f"{size}c" for size in self.sizes)


def sum_of(names: Iterable[str]) -> str:
    """Join names by plus signs, counting those that come often in a row.

    Examples
    --------
    >>> sum_of(["3c", "1c", "1c", "1c", "1c"]), sum_of(["1c", "1c"])
    ('3c + 4 × 1c', '1c + 1c')
    """
    parts: list[str] = []
    for name, group in groupby(names):
        count = len(list(group))
        parts += [name] * count if count <= SPELT_OUT else [f"{count} \N{MULTIPLICATION SIGN} {name}"]
    return " + ".join(parts)


@functools.cache
def divisions(profile: Profile) -> tuple[Division, ...]:
    """Return every way to share out all compute slices of a GPU instance, few pieces first.

    Compute profiles of NVIDIA's second revision are left out: they differ in name alone.

    Parameters
    ----------
    profile : Profile
        Of the GPU instance. One that cannot be divided gives the empty tuple.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [each.label for each in divisions(gpu("A100-SXM4-40GB").profile("3g.20gb"))]
    ['whole', '2c + 1c', '1c + 1c + 1c']
    >>> divisions(gpu("A100-SXM4-40GB").profile("1g.5gb"))
    ()
    """
    by_size = {
        each.compute_slices: short_name(each)
        for each in profile.compute_profiles
        if each.full or short_name(each) == f"{each.compute_slices}c"
    }
    found = []
    for sizes in _sums(profile.compute_slices, sorted(by_size, reverse=True)):
        # One order finds room where the other does not: 2c+2c+3c fits a 7g, and 3c+2c+2c does not.
        for order in (sizes, sizes[::-1]):
            into = "+".join(by_size[size] for size in order)
            if _fits(profile, into):
                found.append(Division(into, sizes))
                break
    found.sort(key=lambda each: len(each.sizes))
    return tuple(found) if len(found) > 1 else ()


def _sums(total: int, sizes: list[int]) -> Iterator[tuple[int, ...]]:
    if total == 0:
        yield ()
    for index, size in enumerate(sizes):
        if size <= total:
            yield from ((size, *rest) for rest in _sums(total - size, sizes[index:]))


def _fits(profile: Profile, into: str) -> bool:
    try:
        divided(profile, into)
    except InvalidLayout:
        return False
    return True


def division_part(instance: GpuInstance) -> dict[str, Any]:
    """Return what the page shows of an instance's compute instances.

    Parameters
    ----------
    instance : GpuInstance
        An instance of a layout.

    Returns
    -------
    dict
        ``divisions`` to choose from, ``pieces`` to draw (none where one compute instance fills it),
        ``idle`` compute slices that no compute instance has, and who shares it, in short and in a sentence.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=4).divide(4, "2c+1c")
    >>> part = division_part(layout.instances[0])
    >>> part["pieces"][1], part["sharing"]
    ({'name': '1c.3g.20gb', 'short': '1c', 'start': 2, 'size': 1}, 'shared by 2')
    """
    pieces = () if instance.filled else instance.compute_instances
    held = {each for piece in instance.compute_instances for each in piece.compute_slices}
    sizes = Counter(short_name(each.profile) for each in instance.compute_instances)
    return {
        "divisions": [
            {"into": each.into, "label": each.label, "on": Counter(each.into.split("+")) == sizes}
            for each in divisions(instance.profile)
        ],
        "pieces": [
            {"name": each.name, "short": short_name(each.profile), "start": each.start, "size": each.size}
            for each in pieces
        ],
        "idle": [each for each in range(instance.profile.compute_slices) if each not in held],
        "sharing": sharing(instance),
        "shares": _shares(instance),
    }


def _shares(instance: GpuInstance) -> str:
    if instance.filled:
        return ""
    listed, held = _listed(instance), len(instance.compute_instances)
    if held == 1:
        return f"Only {listed} is on it."
    return f"{listed} share its {SHARED}." if held else "No compute instance is on it."


def _listed(instance: GpuInstance) -> str:
    names = Counter(each.name for each in instance.compute_instances)
    return " and ".join(
        f"{count} \N{MULTIPLICATION SIGN} {name}" if count > 1 else name for name, count in names.items()
    )


def sharing(instance: GpuInstance) -> str:
    """Say in a few words by how many compute instances a GPU instance is shared, if it is.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> layout = Layout(gpu("A30")).place("2g.12gb", start=0)
    >>> sharing(layout.instances[0]), sharing(layout.divide(0, "1c+1c").instances[0])
    ('', 'shared by 2')
    """
    count = len(instance.compute_instances)
    if not count:
        return "idle"
    return f"shared by {count}" if count > 1 else ""


def division_words(instance: GpuInstance) -> tuple[str, str]:
    """Say how a GPU instance is divided now: a headline and what that means.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> layout = Layout(gpu("A30")).place("2g.12gb", start=0)
    >>> division_words(layout.divide(0, "1c+1c").instances[0])[0]
    '2g.12gb@0 is divided into 2 × 1c.2g.12gb.'
    """
    if instance.filled:
        return f"{instance.name} is whole: one compute instance has all of it.", ""
    if not instance.compute_instances:
        return (
            f"{instance.name} has no compute instance.",
            "CUDA programs see no device there until it has one.",
        )
    listed = _listed(instance)
    if len(instance.compute_instances) == 1:
        return f"{instance.name} holds one compute instance, {listed}.", "Its other compute slices are idle."
    return (
        f"{instance.name} is divided into {listed}.",
        f"Each has SMs of its own; {SHARED} are shared, and one can slow the others down.",
    )
