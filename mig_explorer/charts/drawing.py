"""A chart in two parts: what is drawn, which is built once, and the rows that it draws, which may change.

The same drawing becomes a still picture, its rows inside it, or a chart on a page that is only sent rows.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import altair as alt

from mig_explorer.charts.theme import DASHES, NUMBERS, config
from mig_explorer.charts.vega import svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mig_explorer.charts.theme import Theme

HEIGHT = 170
WIDTH = 470
LABELS = 200
"""Width of a still plot and of the names at the ends of its lines: together they fit a notebook beside
JupyterLab's file browser."""

LONGEST_TITLE, LONGEST_LINE = 88, 108
"""Letters that the width of the picture has room for."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Style:
    """How one sharing mode looks in every chart.

    Parameters
    ----------
    label : str
        What it is called at the end of its line.
    colour : str
        A colour of the theme.
    dash : tuple of int
        So that colour is not all that tells lines apart.
    """

    label: str
    colour: str
    dash: tuple[int, ...]

    def row(self) -> Row:
        """Return what every row of this mode carries."""
        return {"mode": self.label, "colour": self.colour, "dash": list(self.dash)}


@dataclass(frozen=True)
class Figures:
    """What a chart says and shows at the moment.

    Parameters
    ----------
    title : str
        What the figures come to, in one sentence without judgement.
    axes : str
        What is drawn against what, in which unit.
    provenance : str
        Where the figures are from.
    data : mapping of str to list of dict
        Rows by the name of the data set.
    """

    title: str
    axes: str
    provenance: str
    data: Mapping[str, list[Row]] = field(repr=False)

    def words(self) -> str:
        """Return all of it that is words.

        Examples
        --------
        >>> Figures("Both are equal.", "Latency, ms, by tenants", "Modelled; seed 7.", {}).words()
        'Both are equal. Latency, ms, by tenants. Modelled; seed 7.'
        """
        return " ".join(f"{each.rstrip('.')}." for each in (self.title, self.axes, self.provenance) if each)


class StillChart(alt.ConcatChart):
    """An Altair chart that shows itself as SVG, so that it needs no network and no kernel."""

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        return {"image/svg+xml": svg(self.to_dict()), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Chart: {self.description}>"


def still(
    panels: Sequence[alt.LayerChart],
    figures: Figures,
    theme: Theme,
    *,
    width: int = WIDTH,
    captions: Sequence[str] = (),
) -> StillChart:
    """Put drawings and their rows together as a picture.

    Parameters
    ----------
    panels : sequence of altair.LayerChart
        Drawings over named data sets.
    figures : Figures
        Words and rows.
    theme : Theme
        Colours.
    width : int
        Of the plots, in pixels; names at the ends of lines come on top.
    captions : sequence of str
        A heading for each panel, where there are several.
    """
    drawn = []
    for number, panel in enumerate(panels):
        each = panel.copy(deep=True)
        each.width, each.height = width, HEIGHT
        if captions:
            each.title = alt.TitleParams(captions[number], fontSize=11, offset=8)
        drawn.append(each)
    lines = [figures.axes, figures.provenance]
    shown = StillChart(
        concat=drawn,
        columns=1,
        spacing=20,
        title=alt.TitleParams(
            textwrap.wrap(figures.title, LONGEST_TITLE),
            subtitle=[line for given in lines if given for line in textwrap.wrap(given, LONGEST_LINE)],
            offset=14,
        ),
        datasets=dict(figures.data),
        description=figures.words(),
        padding={"left": 12, "top": 12, "right": 12, "bottom": 12},
    )
    shown.config = config(theme)
    return shown


def styles(titles: Mapping[str, str], theme: Theme) -> dict[str, Style]:
    """Give each sharing mode its look, by its short name.

    Examples
    --------
    >>> from mig_explorer.charts.theme import PRINTED
    >>> styles({"monolithic": "Monolithic", "mps": "MPS"}, PRINTED)["mps"].colour
    '#0072b2'
    """
    colours = theme.colours(list(titles))
    return {
        slug: Style(title, colour, DASHES[number % len(DASHES)])
        for number, ((slug, title), colour) in enumerate(zip(titles.items(), colours, strict=True))
    }


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table.

    Examples
    --------
    >>> import pandas as pd
    >>> records(pd.DataFrame({"mode": ["mps"], "tenants": [1]}))
    [{'mode': 'mps', 'tenants': 1}]
    """
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def rows_of(name: str) -> alt.Chart:
    """Begin a layer over the rows of a data set."""
    return alt.Chart(alt.NamedData(name=name))


def colour() -> alt.Color:
    """Take the colour out of each row."""
    return alt.Color("colour:N", scale=None, legend=None)


def dash() -> alt.StrokeDash:
    """Take the dash out of each row."""
    return alt.StrokeDash("dash:N", scale=None, legend=None)


def across(name: str, **axis: Any) -> alt.X:
    """Give a horizontal place whose scale is what the rows hold."""
    return alt.X(
        f"{name}:Q", scale=alt.Scale(nice=False, zero=False), axis=alt.Axis(**axes(axis), title=None)
    )


def upward(name: str, **axis: Any) -> alt.Y:
    """Give a vertical place whose scale begins at 0 and ends at the highest row."""
    return alt.Y(f"{name}:Q", scale=alt.Scale(nice=False, zero=True), axis=alt.Axis(**axes(axis), title=None))


def axes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an axis, with those that all have."""
    return {"format": NUMBERS, "labelOverlap": "greedy", "tickCount": 5} | dict(options)


def corners(*places: tuple[float, float], names: tuple[str, str] = ("x", "value")) -> list[Row]:
    """Return rows that nobody sees and that hold the scales apart.

    Examples
    --------
    >>> corners((1, 0), (7, 600.0), names=("tenants", "value"))
    [{'tenants': 1, 'value': 0}, {'tenants': 7, 'value': 600.0}]
    """
    return [dict(zip(names, place, strict=True)) for place in places]


def unseen(x: alt.X, y: alt.Y, name: str = "scale") -> alt.Chart:
    """Draw the rows of `corners`: nothing, but the scales reach them."""
    drawn: alt.Chart = rows_of(name).mark_point(opacity=0, size=1, aria=False).encode(x=x, y=y)
    return drawn


def end_labels(name: str, x: alt.X, y: alt.Y, limit: int) -> alt.Chart:
    """Write the names of lines at their ends."""
    mark = rows_of(name).mark_text(
        aria=False, align="left", baseline="middle", dx=8, fontSize=11, limit=limit
    )
    drawn: alt.Chart = mark.encode(x=x, y=y, color=colour(), text="mode:N")
    return drawn


def beside(name: str, dx: int, **mark: Any) -> alt.Chart:
    """Begin to write words beside points: to their right, or with a `dx` below 0 to their left."""
    side: Literal["left", "right"] = "left" if dx > 0 else "right"
    drawn: alt.Chart = rows_of(name).mark_text(aria=False, align=side, dx=dx, fontSize=11, **mark)
    return drawn
