"""How near the model comes to what others measured: charts and tables of its score, misses included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from mig_explorer.charts.theme import NUMBERS, PRINTED, Theme, config
from mig_explorer.charts.vega import svg
from mig_explorer.model.calibration import MODEL_VERSION
from mig_explorer.model.score import TWO_ANCHORS, Row, rows, summaries

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 470, 300
LOG = alt.Scale(type="log", nice=False, padding=12)
AXIS = alt.Axis(tickCount=5, format=NUMBERS)
BAND = alt.Scale(domain=["inside", "outside", "unknown"], range=["circle", "triangle-up", "square"])
BEYOND = alt.Scale(domain=["drawn where it is", "beyond the edge"], range=["circle", "triangle-up"])
ROW_HEIGHT = 24
MOST_PERCENT = 60
"""Errors beyond this are drawn at the edge, as triangles; `largest_misses` lists them."""


class AccuracyChart(alt.LayerChart):
    """An Altair chart that shows itself as SVG, so that it needs no network and no kernel."""

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        return {"image/svg+xml": svg(self.to_dict()), "text/plain": repr(self)}

    def __repr__(self) -> str:
        title: Any = self.title
        return f"<AccuracyChart: {title.text}>"


@dataclass(frozen=True)
class ModelAccuracy:
    """The model beside published figures: two charts and two tables.

    Examples
    --------
    >>> model_accuracy().errors
    <AccuracyChart: Error of every prediction, by source>
    """

    @property
    def scatter(self) -> AccuracyChart:
        """Predicted against published seconds of slices between two measured ones."""
        return predicted_against_published()

    @property
    def errors(self) -> AccuracyChart:
        """The error of every prediction."""
        return errors_by_source()

    @property
    def table(self) -> pd.DataFrame:
        """Errors by source and way to predict."""
        return accuracy_table()

    @property
    def misses(self) -> pd.DataFrame:
        """The predictions that are furthest off."""
        return largest_misses()


def model_accuracy() -> ModelAccuracy:
    """Return how near the model comes to what others measured.

    Examples
    --------
    >>> len(model_accuracy().misses)
    15
    """
    return ModelAccuracy()


def predicted_against_published(what: str = TWO_ANCHORS, theme: Theme = PRINTED) -> AccuracyChart:
    """Draw predicted over published seconds, a point for each slice and job, on the line where they agree.

    Parameters
    ----------
    what : str
        Which rows of the score, `mig_explorer.model.score.Row.what`; of figures in seconds.
    theme : Theme
        Colours.

    Examples
    --------
    >>> predicted_against_published().title.text
    '160 slices between, from two anchors: predicted against published'
    """
    chosen = [row for row in rows() if row.what == what]
    data = [
        {
            "source": row.source,
            "label": row.label,
            "published": row.published,
            "predicted": row.predicted,
            "band": "unknown" if row.inside is None else "inside" if row.inside else "outside",
        }
        for row in chosen
    ]
    times = [row.published for row in chosen]
    across = alt.X("published:Q", scale=LOG, axis=AXIS, title="published, s")
    upward = alt.Y("predicted:Q", scale=LOG, axis=AXIS, title="predicted, s")
    line = [{"published": end, "predicted": end} for end in (min(times), max(times))]
    agree = alt.Chart({"values": line}).mark_line(color=theme.quiet, strokeWidth=1)
    points = alt.Chart({"values": data}).mark_point(filled=True, size=38, opacity=0.75)
    drawn = points.encode(color=_colour(chosen, theme), shape=alt.Shape("band:N", title="band", scale=BAND))
    title = f"{len(chosen)} {what}: predicted against published"
    return _finished([agree, drawn], title, theme, x=across, y=upward, height=HEIGHT)


def errors_by_source(theme: Theme = PRINTED) -> AccuracyChart:
    """Draw the error of every prediction, a line of ticks for each source and way to predict.

    Examples
    --------
    >>> errors_by_source().title.text
    'Error of every prediction, by source'
    """
    data, order = [], []
    for row in rows():
        name = f"{row.what} ({row.source})"
        order.append(name)
        percent = 100 * row.error
        data.append(
            {
                "group": name,
                "source": row.source,
                "label": row.label,
                "error": max(-MOST_PERCENT, min(MOST_PERCENT, percent)),
                "beyond": "beyond the edge" if abs(percent) > MOST_PERCENT else "drawn where it is",
            }
        )
    groups = list(dict.fromkeys(order))
    scale = alt.Scale(domain=[-MOST_PERCENT, MOST_PERCENT], nice=False)
    across = alt.X("error:Q", scale=scale, title="predicted over published, % off")
    upward = alt.Y("group:N", sort=groups, title=None, axis=alt.Axis(labelLimit=330))
    none = alt.Chart({"values": [{"error": 0}]}).mark_rule(color=theme.quiet).encode(x=across)
    points = alt.Chart({"values": data}).mark_point(filled=True, size=30, opacity=0.55)
    drawn = points.encode(
        x=across,
        y=upward,
        color=_colour(rows(), theme).legend(None),
        shape=alt.Shape("beyond:N", title=None, scale=BEYOND, legend=alt.Legend(orient="bottom")),
    )
    title = "Error of every prediction, by source"
    return _finished([none, drawn], title, theme, height=ROW_HEIGHT * len(groups))


def accuracy_table() -> pd.DataFrame:
    """Return the errors of each source and way to predict, in percent; NaN where there is nothing to say.

    Examples
    --------
    >>> accuracy_table().columns.tolist()[:4]
    ['what', 'source', 'n', 'median %']
    """
    found = [
        {
            "what": each.what,
            "source": each.source,
            "n": each.count,
            "median %": 100 * each.median,
            "mean %": 100 * each.mean,
            "p90 %": 100 * each.tenth,
            "1/SM median %": _percent(each.naive_median),
            "1/SM mean %": _percent(each.naive_mean),
            "in band %": _percent(each.inside),
            "use": each.split,
        }
        for each in summaries()
    ]
    return pd.DataFrame(found).round(1)


def largest_misses(count: int = 15) -> pd.DataFrame:
    """Return the predictions that are furthest off.

    Examples
    --------
    >>> len(largest_misses(5))
    5
    """
    worst = sorted(rows(), key=lambda row: -abs(row.error))[:count]
    found = [
        {
            "what": row.what,
            "source": row.source,
            "figure": row.label,
            "published": row.published,
            "predicted": row.predicted,
            "off %": 100 * row.error,
        }
        for row in worst
    ]
    return pd.DataFrame(found).round(4)


def _colour(chosen: Sequence[Row], theme: Theme) -> alt.Color:
    sources = list(dict.fromkeys(row.source for row in chosen))
    scale = alt.Scale(domain=sources, range=list(theme.colours(sources)))
    return alt.Color("source:N", scale=scale, title="source")


def _finished(
    layers: Sequence[alt.Chart], title: str, theme: Theme, *, height: int, **both: Any
) -> AccuracyChart:
    subtitle = f"Model {MODEL_VERSION}; published figures, each cited in mig_explorer/model/published."
    return AccuracyChart(
        layer=[layer.encode(**both) for layer in layers],
        width=WIDTH,
        height=height,
        title=alt.TitleParams(title, subtitle=[subtitle]),
        config=config(theme),
    )


def _percent(share: float | None) -> float:
    return float("nan") if share is None else 100 * share
