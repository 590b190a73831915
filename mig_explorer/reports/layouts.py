"""The layouts of an experiment, read back from its trace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import MigExplorerError
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.experiments import Result
    from mig_explorer.layouts import Layout

_PLACE = re.compile(r"(?P<held>[^\[\s]+)(\[(?P<piece>[^\]]+)\])?")


@dataclass(frozen=True)
class Standing:
    """What a board held in one mode of an experiment.

    Parameters
    ----------
    text : str
        The layout as one line.
    when : tuple of str
        The modes that use it, and from when on.
    layout : Layout or None
        None where this version cannot lay it out.
    reason : str
        Why not; empty otherwise.
    """

    text: str
    when: tuple[str, ...]
    layout: Layout | None
    reason: str


def layouts_of(result: Result) -> tuple[Standing, ...]:
    """Return every layout of an experiment, each once, in the order of use.

    GPU instances without a compute instance serve nobody, and a trace does not name them.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Mig
    >>> from mig_explorer.workloads import triad
    >>> halves = parse_layout(gpu("A30"), "2g.12gb 2g.12gb")
    >>> result = Experiment("A30", tenants(triad(elements=2**20), 2), [Mig(halves)]).modelled()
    >>> [(each.text, each.when) for each in layouts_of(result)]
    [('2g.12gb@0 2g.12gb@2', ('MIG 2 × 2g.12gb',))]
    """
    used: dict[str, list[str]] = {}
    for mode in result.modes:
        for text, when in _of_mode(mode):
            used.setdefault(text, []).append(when)
    return tuple(_standing(result.header["gpu"], text, tuple(when)) for text, when in used.items())


def _of_mode(mode: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    names = [
        each["name"] for each in mode["slices"] if each.get("profile") is not None and not each.get("layout")
    ]
    if names:
        yield line_of(names), mode["title"]
    for change in mode.get("changes", ()):
        yield change["layout"], f"{mode['title']}, from {change['at_seconds']:g} s on"


def line_of(names: Iterable[str]) -> str:
    """Return a layout as one line, from the names of its slices.

    Examples
    --------
    >>> line_of(["2g.10gb@0", "3g.20gb@4[2c@0]", "3g.20gb@4[1c@2]"])
    '2g.10gb@0 3g.20gb@4[2c@0+1c@2]'
    """
    held: dict[str, list[str]] = {}
    for name in names:
        place = _PLACE.match(name)
        if place is None:
            continue
        pieces = held.setdefault(place["held"], [])
        if place["piece"]:
            pieces.append(place["piece"])
    by_start = sorted(held.items(), key=lambda item: int(item[0].rpartition("@")[2] or 0))
    return " ".join(f"{name}[{'+'.join(pieces)}]" if pieces else name for name, pieces in by_start)


def _standing(board: str, text: str, when: tuple[str, ...]) -> Standing:
    try:
        return Standing(text, when, parse_layout(gpu(board), text), "")
    except MigExplorerError as error:
        return Standing(text, when, None, str(error))
