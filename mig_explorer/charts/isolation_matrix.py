"""What each way to share keeps apart: a row for each thing, a column for each way, an answer in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme
from mig_explorer.errors import InvalidExperiment, nearest_names
from mig_explorer.experiments.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, StillChart

ROW = 21
"""Pixels of a row."""

WIDTH = 510

SIGNS = {"isolated": "\N{BLACK CIRCLE}", "partly": "\N{CIRCLE WITH LEFT HALF BLACK}"}
SIGNS |= {"shared": "\N{WHITE CIRCLE}", "unknown": "?"}
"""Beside the words, so that colour is not all that tells answers apart."""


def isolation_matrix(answers: pd.DataFrame, marked: Sequence[str] = (), theme: Theme = PRINTED) -> StillChart:
    """Draw a table of answers as a grid.

    Parameters
    ----------
    answers : DataFrame
        ``isolated``, ``partly``, ``shared`` or ``unknown``; the index names what may be kept apart, a column
        is a way to share, and ``attrs["provenance"]`` says where the answers are from.
    marked : sequence of str
        Columns to frame and to speak of; by default the last.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Raises
    ------
    InvalidExperiment
        If there is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"MPS": ["shared"], "MIG": ["isolated"]}, index=["memory bandwidth"])
    >>> isolation_matrix(answers, ["MIG", "MPS"])
    <Chart: MIG isolates one of one things and shares none; MPS isolates none and shares one. What a neighbour
    on the same GPU can reach, by the way in which it is shared.>
    """
    for name in marked:
        if name not in answers.columns:
            raise InvalidExperiment(
                f"The table has no column {name!r}. {nearest_names(name, list(answers.columns))}"
            )
    found = figures(answers, marked or list(answers.columns)[-1:], theme)
    shown = parts.still([drawing(answers, theme)], found, theme, width=WIDTH)
    shown.concat[0].height = ROW * len(answers)
    return shown


def figures(answers: pd.DataFrame, marked: Sequence[str], theme: Theme) -> Figures:
    """Return what the chart says and its cells."""
    colours = {"isolated": theme.others[2], "partly": theme.others[4], "shared": theme.others[1]}
    cells = [
        {
            "what": what,
            "way": way,
            "answer": f"{SIGNS[answer]} {answer}",
            "colour": colours.get(answer, theme.quiet),
        }
        for way in answers.columns
        for what, answer in answers[way].items()
    ]
    return parts.Figures(
        title=_title(answers, marked),
        axes="What a neighbour on the same GPU can reach, by the way in which it is shared",
        provenance=str(answers.attrs.get("provenance", "")).capitalize(),
        data={"cells": cells, "marked": [{"way": way} for way in marked]},
    )


def drawing(answers: pd.DataFrame, theme: Theme) -> alt.LayerChart:
    """Return the chart without its cells."""
    x = alt.X(
        "way:N",
        sort=list(answers.columns),
        axis=alt.Axis(orient="top", labelAngle=0, labelFontSize=11, labelLimit=130, title=None),
        scale=alt.Scale(paddingInner=0.05, paddingOuter=0.02),
    )
    y = alt.Y(
        "what:N",
        sort=list(answers.index),
        axis=alt.Axis(labelFontSize=11, labelLimit=200, grid=False, title=None),
        scale=alt.Scale(paddingInner=0.12, paddingOuter=0.06),
    )
    cells = parts.rows_of("cells")
    words = cells.mark_text(aria=False, fontSize=11, color=theme.ink)
    return alt.LayerChart(
        layer=[
            cells.mark_rect(aria=False, opacity=0.24).encode(x=x, y=y, color=parts.colour()),
            words.encode(x=x, y=y, text="answer:N"),
            parts.rows_of("marked")
            .mark_rect(aria=False, filled=False, stroke=theme.ink, strokeWidth=1.4)
            .encode(x=x),
        ]
    )


def _title(answers: pd.DataFrame, marked: Sequence[str]) -> str:
    said = []
    for place, way in enumerate(marked):
        apart, shared = (int((answers[way] == answer).sum()) for answer in ("isolated", "shared"))
        of = "" if place else f" of {number(len(answers))} things"
        said.append(f"{way} isolates {_none(apart)}{of} and shares {_none(shared)}")
    return f"{'; '.join(said)}."


def _none(count: int) -> str:
    return number(count) if count else "none"
