"""What is gained by cutting up a GPU, by the size of the batches: published jobs, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.experiments.words import number, times

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Figures, StillChart


def gain_by_batch(frame: pd.DataFrame, slices: int, provenance: str, theme: Theme = PRINTED) -> StillChart:
    """Draw how much more than the whole GPU its slices do together, by the size of a batch.

    Parameters
    ----------
    frame : DataFrame
        ``model``, ``batch`` and ``gain_times``.
    slices : int
        How many slices there are, which is the most that can be gained.
    provenance : str
        Where the figures are from.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"model": ["bert"] * 2, "batch": [1, 64], "gain_times": [7.0, 0.9]})
    >>> gain_by_batch(rows, 7, "Published.").title.text
    ['Seven slices do up to 7.0 times the work with a batch of 1, 0.90 times with 64.']
    """
    found = figures(frame, slices, provenance, theme)
    batches = sorted({int(batch) for batch in frame["batch"]})
    return parts.still([drawing(batches, slices, theme)], found, theme)


def figures(frame: pd.DataFrame, slices: int, provenance: str, theme: Theme = PRINTED) -> Figures:
    """Return what the chart says and its rows.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"model": ["bert"] * 2, "batch": [1, 64], "gain_times": [7.0, 0.9]})
    >>> [(row["batch"], row["value"]) for row in figures(rows, 7, "Published.").data["lines"]]
    [(1, 7.0), (64, 0.9)]
    """
    models = list(dict.fromkeys(frame["model"]))
    looks = parts.styles({name: name for name in models}, theme)
    lines = [
        {**looks[row["model"]].row(), "batch": int(row["batch"]), "value": float(row["gain_times"])}
        for row in parts.records(frame.sort_values("batch"))
    ]
    last = {row["mode"]: row for row in lines}
    heights = spread({name: row["value"] for name, row in last.items()}, float(slices), parts.HEIGHT)
    small, large = int(frame["batch"].min()), int(frame["batch"].max())
    most = float(frame[frame["batch"] == small]["gain_times"].max())
    least = float(frame[frame["batch"] == large]["gain_times"].max())
    return parts.Figures(
        title=(
            f"{number(slices).capitalize()} slices do up to {times(most)} the work with a batch of {small}, "
            f"{times(least)} with {large}."
        ),
        axes=f"work of {slices} slices over that of one slice as large as the GPU, by batch size",
        provenance=provenance,
        data={
            "lines": lines,
            "ends": [{**row, "height": heights[name]} for name, row in last.items()],
            "one": [{"value": 1.0}],
        },
    )


def drawing(batches: list[int], slices: int, theme: Theme) -> alt.LayerChart:
    """Return the chart without its rows.

    Parameters
    ----------
    batches : list of int
        Where the horizontal axis has its ticks.
    slices : int
        Where the vertical axis ends.
    theme : Theme
        Colours.
    """
    x = alt.X(
        "batch:Q",
        scale=alt.Scale(type="log", base=2, domain=[batches[0], batches[-1]], nice=False),
        axis=alt.Axis(values=batches, format="d", title=None),
    )

    def upward(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q",
            scale=alt.Scale(domain=[0, slices + 0.3], nice=False),
            axis=alt.Axis(values=list(range(slices + 1)), format="d", title=None),
        )

    lines = parts.rows_of("lines").encode(x=x, y=upward("value"), color=parts.colour())
    rule = parts.rows_of("one").mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.7)
    return alt.LayerChart(
        layer=[
            rule.encode(y=upward("value")),
            lines.mark_line(aria=False, strokeWidth=2.2, strokeJoin="round").encode(
                strokeDash=parts.dash(), detail=alt.Detail("mode:N")
            ),
            lines.mark_circle(aria=False, size=26, opacity=1),
            parts.end_labels("ends", x, upward("height"), parts.LABELS),
        ]
    )
