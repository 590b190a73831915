"""One colour an instance or tenant, told apart by people with any colour vision, and the ink to write on it.

The first seven follow Okabe and Ito's set (https://jfly.uni-koeln.de/color/): vermilion is darkened until
white text on it reads, and yellow, too pale for a page, is replaced by violet. The rest continue it for
boards that are cut into more than seven.

Examples
--------
>>> from mig_explorer.charts.palette import COLOURS, INKS
>>> COLOURS[0], INKS[0]
('#0072b2', '#ffffff')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLOURS: tuple[str, ...] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#c24e00",
    "#5b4bb7",
    "#7a6c00",
    "#b3c657",
    "#8c2d04",
    "#7fcdbb",
    "#676b73",
)
"""Fill colours in the order in which they are given out."""

LIGHT_INK, DARK_INK = "#ffffff", "#1c2330"


def contrast(first: str, second: str) -> float:
    """Give the contrast ratio of two colours after WCAG 2.2, from 1 (the same) to 21.

    Parameters
    ----------
    first, second : str
        Colours written as ``#rrggbb``.

    Returns
    -------
    float
        The ratio of the lighter to the darker relative luminance, both plus 0.05
        (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). 4.5 is the least for text of ordinary size.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    >>> round(contrast("#0072b2", "#ffffff"), 2)
    5.19
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def assign(names: Iterable[str], kept: Mapping[str, int] | None = None) -> dict[str, int]:
    """Give each name the index of a colour, so that a name that stays keeps the one it had.

    Parameters
    ----------
    names : iterable of str
        What is to be coloured, in the order in which colours are given out.
    kept : mapping of str to int, optional
        The indices given out before.

    Returns
    -------
    dict of str to int
        For each name an index into `COLOURS` and `INKS`; past the last colour they start again.

    Examples
    --------
    >>> before = assign(["3g.20gb@0", "2g.10gb@4"])
    >>> before
    {'3g.20gb@0': 0, '2g.10gb@4': 1}
    >>> assign(["1g.5gb@0", "2g.10gb@4"], kept=before)
    {'1g.5gb@0': 0, '2g.10gb@4': 1}
    """
    wanted = tuple(names)
    given = {name: index for name, index in (kept or {}).items() if name in wanted}
    free = (index for index in range(len(COLOURS)) if index not in set(given.values()))
    return {
        name: given[name] if name in given else next(free, position % len(COLOURS))
        for position, name in enumerate(wanted)
    }


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ink(colour: str) -> str:
    return max(LIGHT_INK, DARK_INK, key=lambda ink: contrast(colour, ink))


INKS: tuple[str, ...] = tuple(_ink(colour) for colour in COLOURS)
"""The ink to write with on each colour: white or near black, whichever reads better."""
