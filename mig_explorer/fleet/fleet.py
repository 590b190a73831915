"""A fleet: some nodes, the seats they offer together, and who could sit where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment, nearest_names
from mig_explorer.fleet.node import SHARE, Node, Seat

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = tuple[str, str]
"""Seats that are alike: the board's name and the seat's size."""


@dataclass(frozen=True)
class Fleet:
    """Some nodes.

    Parameters
    ----------
    nodes : sequence of Node
        At least one; no two with the same name.

    Raises
    ------
    InvalidExperiment
        If there is no node, or two have the same name.

    Examples
    --------
    >>> from mig_explorer.fleet import dgx_spark
    >>> room = Fleet([dgx_spark("spark 1", 4), dgx_spark("spark 2", 4)])
    >>> len(room.seats), str(room.seats[1]), room.sizes
    (8, 'spark 2, board 0, share 1', {'share': 8})
    """

    nodes: Sequence[Node]

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(self.nodes))
        if not self.nodes:
            raise InvalidExperiment(
                "A fleet has at least one node. For example dgx_spark('spark 1', users=8)."
            )
        for name, count in Counter(node.name for node in self.nodes).items():
            if count > 1:
                raise InvalidExperiment(
                    f"{count} nodes are named {name!r}. Give each node a name of its own."
                )

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """Every seat in the order in which equal ones are given out.

        Slices go board after board, so that few boards hold a small class. Shares of boards go round, so that
        no board is crowded while another stands empty.
        """
        every = [
            (index if seat.size == SHARE else 0, place, seat)
            for place, node in enumerate(self.nodes)
            for index, seat in _numbered(node)
        ]
        return tuple(seat for _, _, seat in sorted(every, key=lambda each: each[:2]))

    @property
    def sizes(self) -> dict[str, int]:
        """How many seats there are of each size."""
        return dict(Counter(seat.size for seat in self.seats))

    @property
    def boards(self) -> int:
        """How many boards the nodes have together."""
        return sum(len(node.boards) for node in self.nodes)

    def node(self, name: str) -> Node:
        """Return the node of that name.

        Raises
        ------
        InvalidExperiment
            If there is none.
        """
        known = {node.name: node for node in self.nodes}
        if name not in known:
            raise InvalidExperiment(f"The fleet has no node {name!r}. {nearest_names(name, known)}")
        return known[name]

    def suiting(self, size: str | None) -> tuple[Kind, ...]:
        """Return the kinds of seats that do for a user, the smallest first.

        A slice does if it has at least the SMs and the memory of the profile asked for. A share of a board
        that has no slices does for anybody, and so does every seat for who asks for none in particular.

        Parameters
        ----------
        size : str or None
            A profile of one of the boards.

        Raises
        ------
        InvalidExperiment
            If the fleet has boards with MIG, and none of them has such a profile.

        Examples
        --------
        >>> from mig_explorer.fleet import Node
        >>> from mig_explorer.gpus import gpu
        >>> from mig_explorer.layouts import parse_layout
        >>> room = Fleet([Node("a", [parse_layout(gpu("A30"), "2g.12gb 1g.6gb 1g.6gb")])])
        >>> room.suiting("1g.6gb"), room.suiting("2g.12gb"), room.suiting("4g.24gb")
        ((('A30', '1g.6gb'), ('A30', '2g.12gb')), (('A30', '2g.12gb'),), ())
        """
        kinds = {(seat.gpu.name, seat.size): seat for seat in self.seats}
        boards = {seat.gpu.name: seat.gpu for seat in self.seats if seat.gpu.has_mig}
        known = [name for board in boards.values() for name in board.profiles]
        if size is not None and boards and size not in known:
            raise InvalidExperiment(
                f"No board of the fleet has a profile {size!r}. {nearest_names(size, known)}"
            )
        suits = [(kind, seat) for kind, seat in kinds.items() if size is None or _suits(seat, size)]
        suits.sort(key=lambda each: (each[1].memory_mib or 0.0, each[1].sms or 0))
        return tuple(kind for kind, _ in suits)


def _suits(seat: Seat, size: str) -> bool:
    if seat.size in (SHARE, size):
        return True
    wanted = seat.gpu.profiles.get(size)
    if wanted is None or not seat.own:
        return False
    return (seat.sms or 0) >= (wanted.sms or 0) and (seat.memory_mib or 0) >= (wanted.memory_mib or 0)


def _numbered(node: Node) -> list[tuple[int, Seat]]:
    """Return the seats of a node, each with its number on its board."""
    counts: Counter[int] = Counter()
    numbered = []
    for seat in node.seats:
        numbered.append((counts[seat.board], seat))
        counts[seat.board] += 1
    return numbered
