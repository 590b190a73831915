"""What was found of one kind of neighbour, and the words that all kinds have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_explorer.scenarios.isolation_facts import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt
    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.scenarios.figure import Figure

NEIGHBOURS: Mapping[str, str] = {
    "takes the bandwidth": "memory bandwidth",
    "fills the memory": "memory capacity",
    "crashes": "program faults",
    "fills the PCIe link": "PCIe link",
    "listens": "timing side channels",
}
"""What a neighbour does, and the thing that should have been kept apart."""

UNNOTICED = 1.05
"""A p99 that is longer by less than this is taken for the same."""

QUIET = "neighbours quiet"

UNDER = {"MIG": "with MIG", "compute instances": "with compute instances"}


@dataclass(frozen=True)
class Case:
    """What was found of one kind of neighbour.

    Parameters
    ----------
    answers : mapping of str to str
        By way to share: ``isolated``, ``partly``, ``shared`` or ``unknown``.
    effect : str
        A sentence for the headline.
    figures : tuple of Figure
        The figures behind it.
    limits : tuple of str
        What they do not show.
    tables, charts, results : mapping
        By title.
    """

    answers: Mapping[str, str]
    effect: str
    figures: tuple[Figure, ...]
    limits: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    charts: Mapping[str, alt.TopLevelMixin] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)


def under(way: str) -> str:
    """Return a way to share as part of a sentence.

    Examples
    --------
    >>> under("MIG"), under("MPS")
    ('with MIG', 'under MPS')
    """
    return UNDER.get(way, f"under {way}")


def answers_of(neighbour: str, ways: tuple[str, ...]) -> dict[str, str]:
    """Return what publications answer for a kind of neighbour, by way to share.

    Examples
    --------
    >>> answers_of("listens", ("MIG", "compute instances"))
    {'MIG': 'shared', 'compute instances': 'unknown'}
    """
    return {way: kept(way, NEIGHBOURS[neighbour]).answer for way in ways}


def label_of(way: str) -> str:
    """Return a way to share as the label of a line.

    Examples
    --------
    >>> label_of("MPS"), label_of("time slicing")
    ('MPS', 'Time slicing')
    """
    return way if way.isupper() else way.capitalize()
