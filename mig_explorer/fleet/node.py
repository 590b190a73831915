"""A node: one machine with some boards, and the seats that they offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import Gpu, gpu
from mig_explorer.layouts import Layout
from mig_explorer.model import Mps, SharingMode

if TYPE_CHECKING:
    from collections.abc import Sequence

BOARDS_OF_DGX_A100 = 8


@dataclass(frozen=True)
class Shared:
    """A board without slices that some users share.

    Parameters
    ----------
    gpu : Gpu
        The board.
    users : int
        How many are let onto it at once.
    mode : SharingMode
        How they share it; not `Mig`.

    Raises
    ------
    InvalidExperiment
        If no user is let onto it, or the mode does not take so many.

    Examples
    --------
    >>> Shared(gpu("GB10"), 8).title
    'GB10, 8 users, MPS'
    """

    gpu: Gpu
    users: int
    mode: SharingMode = field(default_factory=Mps)

    def __post_init__(self) -> None:
        check_count("users", self.users, "a board is shared by", 8)
        self.mode.servers(self.gpu, [f"user {number + 1}" for number in range(self.users)])

    @property
    def title(self) -> str:
        """The board, how many share it and how."""
        return f"{self.gpu.name}, {self.users} user{'s' if self.users > 1 else ''}, {self.mode.title}"


@dataclass(frozen=True)
class Seat:
    """A place for one user.

    Parameters
    ----------
    node : str
        Name of the machine.
    board : int
        Which of its boards, from 0.
    name : str
        Where on the board: ``"1g.5gb@0"``, or ``"share 3"``.
    size : str
        A profile's name, or ``"share"`` of a board that has no slices.
    gpu : Gpu
        The kind of board.
    sms : int or None
        SMs that the user can reach.
    memory_mib : float or None
        Memory that is the user's: of a slice all of it, of what several share an even part.
    own : bool
        Whether SMs and memory are this user's alone.
    """

    node: str
    board: int
    name: str
    size: str
    gpu: Gpu
    sms: int | None
    memory_mib: float | None
    own: bool

    def __str__(self) -> str:
        return f"{self.node}, board {self.board}, {self.name}"


SHARE = "share"


@dataclass(frozen=True)
class Node:
    """A machine with some boards, each cut into slices or shared as a whole.

    Parameters
    ----------
    name : str
        Unique in its fleet.
    boards : sequence of Layout or Shared
        One for each board; at least one.

    Raises
    ------
    InvalidExperiment
        If the name is empty, there is no board, or one of them is something else.

    Examples
    --------
    >>> from mig_explorer.layouts import parse_layout
    >>> board = gpu("A100-SXM4-40GB")
    >>> node = Node("a", [parse_layout(board, "3g.20gb 3g.20gb"), Shared(board, 2)])
    >>> [(seat.name, seat.size, seat.own) for seat in node.seats]
    [('3g.20gb@0', '3g.20gb', True), ('3g.20gb@4', '3g.20gb', True), ('share 1', 'share', False),
     ('share 2', 'share', False)]
    """

    name: str
    boards: Sequence[Layout | Shared]

    def __post_init__(self) -> None:
        object.__setattr__(self, "boards", tuple(self.boards))
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidExperiment(
                f"A node's name is a text of at least one letter, not {self.name!r}. For example 'dgx 1'."
            )
        for board in self.boards:
            if not isinstance(board, (Layout, Shared)):
                raise InvalidExperiment(
                    f"{self.name}: a board is a Layout or Shared(gpu, users), not {board!r:.60}."
                )
        if not self.boards:
            raise InvalidExperiment(
                f"{self.name} has no board. Give a Layout or Shared(gpu, users) for each."
            )

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Every place for a user, board after board."""
        return tuple(
            seat
            for number, board in enumerate(self.boards)
            for seat in (
                _slices(self.name, number, board)
                if isinstance(board, Layout)
                else _shares(self.name, number, board)
            )
        )


def dgx_a100(name: str, layouts: Sequence[Layout | Shared] | Layout) -> Node:
    """Return a DGX A100: a machine with eight A100s.

    Parameters
    ----------
    name : str
        Of the machine.
    layouts : Layout, or sequence of Layout or Shared
        One for all boards, or one for each of them.

    Raises
    ------
    InvalidExperiment
        If there are neither one nor eight, or one is not of an A100.

    Examples
    --------
    >>> from mig_explorer.layouts import parse_layout
    >>> sevenths = parse_layout(gpu("A100-SXM4-40GB"), " ".join(["1g.5gb"] * 7))
    >>> len(dgx_a100("dgx 1", sevenths).seats)
    56
    """
    boards = (layouts,) * BOARDS_OF_DGX_A100 if isinstance(layouts, Layout) else tuple(layouts)
    if len(boards) != BOARDS_OF_DGX_A100:
        raise InvalidExperiment(
            f"{name}: a DGX A100 has {BOARDS_OF_DGX_A100} boards, not {len(boards)}. Give one layout for "
            f"all, or one for each; for another machine use Node(name, boards)."
        )
    for board in boards:
        if not board.gpu.name.startswith("A100-SXM4"):
            raise InvalidExperiment(
                f"{name}: the boards of a DGX A100 are A100-SXM4-40GB or A100-SXM4-80GB, not "
                f"{board.gpu.name}. For another machine use Node(name, boards)."
            )
    return Node(name, boards)


def dgx_spark(name: str, users: int, mode: SharingMode | None = None) -> Node:
    """Return a DGX Spark: one GB10, which has no MIG, shared by some users.

    Parameters
    ----------
    name : str
        Of the machine.
    users : int
        How many are let onto it at once.
    mode : SharingMode, optional
        How they share it; by default MPS.

    Raises
    ------
    InvalidExperiment
        If no user is let onto it, or the mode does not take so many.

    Examples
    --------
    >>> [seat.memory_mib for seat in dgx_spark("spark 1", 2).seats]
    [65536.0, 65536.0]
    """
    return Node(name, [Shared(gpu("GB10"), users, Mps() if mode is None else mode)])


def check_count(name: str, given: object, rule: str, example: int) -> None:
    """Refuse what is no whole number of 1 or more.

    Raises
    ------
    InvalidExperiment
        If it is not.

    Examples
    --------
    >>> check_count("users", 0, "a class has", 8)
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidExperiment: users=0: a class has a whole number of 1 or more. For example 8.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise InvalidExperiment(
            f"{name}={given!r}: {rule} a whole number of 1 or more. For example {example}."
        )


def _slices(node: str, number: int, layout: Layout) -> list[Seat]:
    return [
        Seat(
            node,
            number,
            held.name if held.filled else f"{held.name}[{compute.text}]",
            compute.name,
            layout.gpu,
            piece.sms,
            None if piece.memory_mib is None else piece.memory_mib / piece.sharers,
            own=piece.sharers == 1,
        )
        for held in layout.instances
        for compute, piece in zip(held.compute_instances, held.slices, strict=True)
    ]


def _shares(node: str, number: int, board: Shared) -> list[Seat]:
    whole, users = board.gpu.memory_mib, board.users
    return [
        Seat(
            node,
            number,
            f"share {share + 1}",
            SHARE,
            board.gpu,
            board.gpu.sms,
            None if whole is None else whole / users,
            own=users == 1,
        )
        for share in range(users)
    ]
