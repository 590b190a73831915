"""How charts look: the ink of axes, the colours of the sharing modes, on a page and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
NUMBERS = ",.6~f"
"""How axes write numbers: 1,500 and 2.5, never 1.5e+3."""

DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (1, 0), (5, 3), (2, 2), (8, 3), (8, 3, 2, 3), (4, 2))


@dataclass(frozen=True)
class Theme:
    """Colours of a chart.

    Attributes
    ----------
    ink, quiet, line : str
        Text, axis labels and grid lines.
    monolithic : str
        The sharing mode that everything is compared with.
    others : tuple of str
        The other sharing modes, in order; after the last they start again.
    background : str
        ``"transparent"``: whatever the chart lies on.
    """

    ink: str
    quiet: str
    line: str
    monolithic: str
    others: tuple[str, ...]
    background: str

    def colours(self, slugs: Sequence[str]) -> tuple[str, ...]:
        """Give each sharing mode its colour, the monolithic one always the same quiet one.

        Examples
        --------
        >>> PRINTED.colours(["mig-7x1g", "monolithic"])
        ('#0072b2', '#566171')
        """
        others = iter(range(len(slugs)))
        return tuple(
            self.monolithic if slug == "monolithic" else self.others[next(others) % len(self.others)]
            for slug in slugs
        )


ON_PAGE = Theme(
    ink="var(--ink)",
    quiet="var(--ink2)",
    line="var(--line2)",
    monolithic="var(--ink2)",
    others=("var(--cool)", "var(--warm)", "var(--good)", "#b5699a", "#8a7a00", "#7a68c9"),
    background="transparent",
)
"""CSS variables of the widgets: an SVG with these follows the page's theme by itself."""

PRINTED = Theme(
    ink="#1c2330",
    quiet="#566171",
    line="#eceff3",
    monolithic="#566171",
    others=("#0072b2", "#b84a00", "#1b7f4b", "#b5699a", "#8a7a00", "#7a68c9"),
    background="#ffffff",
)
"""For a picture in a notebook output, where no style sheet reaches; white, to be legible on dark pages."""


def dashes(count: int) -> list[list[int]]:
    """Give the dash of each line, so that colour is not all that tells them apart.

    Examples
    --------
    >>> dashes(3)
    [[1, 0], [1, 0], [5, 3]]
    """
    return [list(DASHES[index % len(DASHES)]) for index in range(count)]


def config(theme: Theme) -> dict[str, Any]:
    """Give the Vega-Lite configuration that all charts share.

    Examples
    --------
    >>> config(PRINTED)["view"]
    {'stroke': None}
    """
    axis = {
        "labelColor": theme.quiet,
        "labelFontSize": 10,
        "labelPadding": 6,
        "titleColor": theme.quiet,
        "titleFontSize": 10,
        "titleFontWeight": "normal",
        "gridColor": theme.line,
        "domain": False,
        "ticks": False,
    }
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "title": {
            "color": theme.ink,
            "fontSize": 12,
            "fontWeight": 600,
            "anchor": "start",
            "subtitleColor": theme.quiet,
        },
        "background": theme.background,
    }


def spread(ends: Mapping[str, float], top: float, height: float, gap: float = 14.0) -> dict[str, float]:
    """Move the labels at the ends of lines apart, so that none lies on another nor leaves the plot.

    Parameters
    ----------
    ends : mapping of str to float
        Where each line ends.
    top : float
        Upper end of the scale, which begins at 0.
    height : float
        Height of the plot in pixels.
    gap : float
        Pixels from label to label.

    Examples
    --------
    >>> spread({"a": 10.0, "b": 9.9, "c": 2.0}, top=10.0, height=140.0)
    {'c': 2.0, 'b': 9.0, 'a': 10.0}
    """
    apart = gap * top / height
    placed: list[tuple[str, float]] = []
    for name, value in sorted(ends.items(), key=lambda end: end[1]):
        placed.append((name, max(value, placed[-1][1] + apart) if placed else value))
    ceiling = top
    for index in range(len(placed) - 1, -1, -1):
        name, value = placed[index]
        placed[index] = (name, min(value, ceiling))
        ceiling = placed[index][1] - apart
    return dict(placed)
