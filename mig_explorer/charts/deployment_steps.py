"""How many steps each target needs for a layout: files to put in place and commands to run, a bar each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme
from mig_explorer.experiments.words import number

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Figures, StillChart

ROW = 23
"""Pixels of a row."""

WIDTH = 420

KINDS = ("files", "commands")

SAID = {"refused": "refused", "moved": "{} steps, moved"}


def deployment_steps(targets: pd.DataFrame, theme: Theme = PRINTED) -> StillChart:
    """Draw the steps of each target, and which targets refuse.

    Parameters
    ----------
    targets : DataFrame
        ``target``, ``status`` (``unchanged``, ``moved`` or ``refused``), ``files`` and ``commands`` of
        each; its ``attrs`` have the ``provenance`` and what the ``layout`` is called.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"target": ["Slurm", "EKS"], "status": ["unchanged", "refused"], "files": [3, 0]}
    >>> targets = pd.DataFrame(rows | {"commands": [2, 0]})
    >>> targets.attrs |= {"provenance": "Counted.", "layout": "7g.40gb"}
    >>> deployment_steps(targets).title.text
    ['One of two targets takes 7g.40gb unchanged, in 5 steps.']
    """
    found = figures(targets, theme)
    shown = parts.still([drawing(targets, theme)], found, theme, width=WIDTH)
    shown.concat[0].height = ROW * len(targets)
    return shown


def figures(targets: pd.DataFrame, theme: Theme) -> Figures:
    """Return what the chart says and its bars."""
    colours = dict(zip(KINDS, theme.others[:2], strict=True))
    bars, words = [], []
    for row in parts.records(targets):
        steps = row["files"] + row["commands"]
        at = 0
        for kind in KINDS:
            if row[kind] and row["status"] != "refused":
                bars.append(
                    {"target": row["target"], "from": at, "to": at + row[kind], "colour": colours[kind]}
                    | {"count": row[kind], "middle": at + row[kind] / 2}
                )
                at += row[kind]
        said = SAID.get(row["status"], "{} steps").format(steps)
        words.append({"target": row["target"], "at": at, "said": said})
    most = max((row["at"] for row in words), default=1) or 1
    keys = [
        {"at": 0.0, "said": "files to put in place", "colour": colours["files"]},
        {"at": most / 2, "said": "commands to run", "colour": colours["commands"]},
    ]
    return parts.Figures(
        title=_title(targets),
        axes="Steps of the set-up, counted from the generated files",
        provenance=str(targets.attrs["provenance"]),
        data={"bars": bars, "words": words, "keys": keys, "scale": [{"at": 0}, {"at": 1.22 * most}]},
    )


def drawing(targets: pd.DataFrame, theme: Theme) -> alt.LayerChart:
    """Return the chart without its bars."""

    def across(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=alt.Scale(nice=False, zero=True), axis=None)

    y = alt.Y(
        "target:N",
        sort=list(targets["target"]),
        axis=alt.Axis(labelFontSize=11, labelLimit=200, grid=False, title=None),
        scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
    )
    bars = parts.rows_of("bars")
    keys = parts.rows_of("keys").encode(x=across("at"), y=alt.value(-9))
    return alt.LayerChart(
        layer=[
            parts.rows_of("scale").mark_point(opacity=0, size=1, aria=False).encode(x=across("at")),
            bars.mark_bar(aria=False).encode(x=across("from"), x2="to:Q", y=y, color=parts.colour()),
            _written(bars, align="center", color="#ffffff").encode(x=across("middle"), y=y, text="count:Q"),
            _written(parts.rows_of("words"), dx=7, color=theme.ink).encode(
                x=across("at"), y=y, text="said:N"
            ),
            keys.mark_square(aria=False, size=70, opacity=1, xOffset=5).encode(color=parts.colour()),
            _written(keys, dx=14, color=theme.quiet).encode(text="said:N"),
        ]
    )


def _written(
    rows: alt.Chart, color: str, dx: int = 0, align: Literal["left", "center"] = "left"
) -> alt.Chart:
    mark = rows.mark_text(aria=False, baseline="middle", fontSize=11, align=align, dx=dx, color=color)
    drawn: alt.Chart = mark
    return drawn


def _title(targets: pd.DataFrame) -> str:
    taken = targets[targets["status"] == "unchanged"]
    many, of = len(taken), number(len(targets))
    lead = (number(many) if many else "none").capitalize()
    said = f"{lead} of {of} targets {'takes' if many == 1 else 'take'} {targets.attrs['layout']} unchanged"
    if not many:
        return f"{said}."
    steps = taken["files"] + taken["commands"]
    least, most = int(steps.min()), int(steps.max())
    return f"{said}, in {least if least == most else f'{least} to {most}'} steps."
