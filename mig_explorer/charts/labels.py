"""Where words beside points may stand: on no other point and on no other words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LETTER = 6.3
"""Width of an average letter in pixels."""

GAP, BEYOND = 11, 10
"""Pixels from a point to its words, and how far words may reach out of the plot."""

HALF = 6.5
"""Half the height of a line."""

SPOTS = tuple((side, shift) for shift in (0.0, -13.0, 13.0, -26.0, 26.0) for side in ("right", "left"))
"""On which side of its point words may stand, and how many pixels lower."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """Words that found a place.

    Parameters
    ----------
    number : int
        Which of the words that were to be placed.
    side : str
        ``"right"`` or ``"left"`` of the point.
    y : float
        Height of the middle of the line, in pixels from the top.
    """

    number: int
    side: str
    y: float


def place(
    words: Sequence[str], at: Sequence[Point], points: Sequence[Point], size: tuple[float, float]
) -> list[Label]:
    """Place as many words as have room, the first ones first.

    The very first is placed even where it covers points; then it covers as few as possible.

    Parameters
    ----------
    words : sequence of str
        What is written.
    at : sequence of (float, float)
        The point that each belongs to, in pixels from the upper left.
    points : sequence of (float, float)
        All points of the plot.
    size : (float, float)
        Width and height of the plot.

    Examples
    --------
    >>> place(["7g"], [(50.0, 50.0)], [(50.0, 50.0), (70.0, 50.0)], size=(200.0, 100.0))
    [Label(number=0, side='left', y=50.0)]
    """
    taken: list[Box] = []
    placed: list[Label] = []
    for number, (text, (x, y)) in enumerate(zip(words, at, strict=True)):
        length = len(text) * LETTER
        found = []
        for order, (side, shift) in enumerate(SPOTS):
            left = x + GAP if side == "right" else x - GAP - length
            box = (left, y + shift - HALF, left + length, y + shift + HALF)
            if _inside(box, size) and not any(_overlap(box, other) for other in taken):
                found.append((sum(_covers(box, point) for point in points), order, box))
        if not found:
            continue
        covered, order, box = min(found)
        if covered and number:
            continue
        taken.append(box)
        placed.append(Label(number, SPOTS[order][0], y + SPOTS[order][1]))
    return placed


def _inside(box: Box, size: tuple[float, float]) -> bool:
    return box[0] >= 0 and box[2] <= size[0] + BEYOND and box[1] >= -4 and box[3] <= size[1] + 4


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _covers(box: Box, point: Point) -> bool:
    return box[0] - 3 < point[0] < box[2] + 3 and box[1] - 2 < point[1] < box[3] + 2
