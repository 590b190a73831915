"""What a tenant's requests ask of the slice that serves them, as the contention rule takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.arranging import STRETCHED
from mig_explorer.experiments.settings import setting
from mig_explorer.model import Demand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Groups = dict[str, dict[str, int]]
"""By ``"compute_group"`` and ``"memory_group"`` the number of each group's name."""


def groups_of(pieces: Sequence[Mapping[str, Any]]) -> Groups:
    """Return a number for each group in which slices share SMs, and for each in which they share memory.

    Examples
    --------
    >>> groups_of([{"name": "a", "memory_group": "all"}, {"name": "b", "memory_group": "all"}])
    {'compute_group': {'a': 0, 'b': 1}, 'memory_group': {'all': 0}}
    """
    return {
        what: {name: n for n, name in enumerate(dict.fromkeys(setting(each, what) for each in pieces))}
        for what in ("compute_group", "memory_group")
    }


def sharing(pieces: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Return the numbers of slices, each together with those that it shares something with.

    Examples
    --------
    >>> sharing([{"name": "a", "memory_group": "x"}, {"name": "b"}, {"name": "c", "memory_group": "x"}])
    [[1], [0, 2]]
    """
    found: list[tuple[set[Any], list[int]]] = []
    for number, piece in enumerate(pieces):
        names = {(setting(piece, "layout"), what, setting(piece, what)) for what in groups_of([])}
        near = [each for each in found if each[0] & names]
        found = [each for each in found if each not in near]
        found.append(
            (names.union(*(each[0] for each in near)), [n for each in near for n in each[1]] + [number])
        )
    return [numbers for _, numbers in found]


def share_of_sms(pieces: Sequence[Mapping[str, Any]], board_sms: int | None) -> float:
    """Return the share of a board's SMs that some slices have together.

    1 where a record of the board or an old trace does not tell.

    Examples
    --------
    >>> halves = [{"name": name, "group_sms": 42} for name in ("3g.20gb@0", "3g.20gb@4")]
    >>> round(share_of_sms(halves, 108), 3), share_of_sms([{"name": "whole GPU"}], 108)
    (0.778, 1.0)
    """
    if board_sms is None:
        return 1.0
    sms = {setting(piece, "compute_group"): piece.get("group_sms") or board_sms for piece in pieces}
    return min(1.0, sum(sms.values()) / board_sms)


def demand_of(piece: Mapping[str, Any], tenant: str, groups: Groups, times: str = "step_seconds") -> Demand:
    """Return what one request of a tenant asks for.

    Parameters
    ----------
    piece : dict
        A slice of a mode's event that serves the tenant.
    tenant : str
        Whose request.
    groups : dict
        Of the slices that it may meet others on.
    times : str
        Which of the modelled times it takes.

    Examples
    --------
    >>> piece = {
    ...     "name": "a",
    ...     "tenants": ["ann"],
    ...     "step_seconds": {"ann": 2.0},
    ...     "compute_seconds": {"ann": 1.0},
    ... }
    >>> demand = demand_of(piece, "ann", groups_of([piece]))
    >>> demand.seconds, demand.compute_seconds, demand.compute_group
    (2.0, 1.0, 0)
    """
    took = setting(piece, times, tenant)
    scale = took / setting(piece, "step_seconds", tenant)
    return Demand(
        seconds=took,
        **{part: scale * setting(piece, part, tenant) for part in STRETCHED},
        compute_share=setting(piece, "compute_share", tenant),
        memory_share=setting(piece, "memory_share", tenant),
        switching=setting(piece, "switching"),
        **{what: numbers[setting(piece, what)] for what, numbers in groups.items()},
    )
