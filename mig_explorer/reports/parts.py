"""What every report is made of: sections, figures, tables, badges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.charts import vega
from mig_explorer.reports.element import element
from mig_explorer.reports.picture import picture
from mig_explorer.reports.tables import MOST_ROWS, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any
    from xml.etree import ElementTree as ET

    import pandas as pd

    from mig_explorer.reports.element import Child

LONG = 34
"""Letters that a cell of a table has room for on one line."""


def section(level: int, title: str, *children: Child) -> ET.Element:
    """Return a section under a heading.

    Examples
    --------
    >>> from mig_explorer.reports.element import to_html
    >>> to_html(section(2, "Layouts", "None."))
    '<section><h2 dir="auto">Layouts</h2>None.</section>'
    """
    return element("section", None, element(f"h{level}", {"dir": "auto"}, title), *children)


def paragraph(text: str, kind: str = "") -> ET.Element:
    """Return a paragraph that keeps the direction of its text to itself."""
    return element("p", {"dir": "auto"} | ({"class": kind} if kind else {}), text)


def items(texts: Iterable[str]) -> ET.Element:
    """Return a list."""
    return element("ul", None, [element("li", {"dir": "auto"}, each) for each in texts])


def badges(texts: Iterable[str]) -> ET.Element:
    """Return short facts beside each other."""
    return element("ul", {"class": "badges"}, [element("li", {"dir": "auto"}, each) for each in texts])


def code(title: str, text: str) -> ET.Element:
    """Return a file or commands to copy."""
    shown = element("pre", {"tabindex": "0", "role": "region", "aria-label": title}, text.rstrip("\n"))
    return element("figure", {"class": "code"}, element("figcaption", None, title), shown)


def folded(title: str, *children: Child) -> ET.Element:
    """Return parts that are opened by a click, or by printing."""
    return element("details", None, element("summary", None, title), *children)


def terms(facts: Iterable[tuple[str, str]]) -> ET.Element:
    """Return facts, each under its name."""
    rows = [
        element(
            "tr",
            None,
            element("th", {"scope": "row", "dir": "auto"}, name),
            element("td", {"dir": "auto"}, value),
        )
        for name, value in facts
    ]
    return element("table", {"class": "facts"}, element("tbody", None, rows))


def drawings(charts: Sequence[tuple[str, dict[str, Any]]], prefix: str, level: int) -> list[ET.Element]:
    """Return charts as pictures.

    Parameters
    ----------
    charts : sequence of (str, dict)
        Title and Vega-Lite specification of each; the title may be empty.
    prefix : str
        Of their ids.
    level : int
        Of their headings.
    """
    drawn = vega.svgs([spec for _, spec in charts])
    shown = []
    for number, ((title, spec), svg) in enumerate(zip(charts, drawn, strict=True)):
        label = str(spec.get("description") or title or "Chart")
        heading = [element(f"h{level}", {"dir": "auto"}, title)] if title else []
        inside = picture(svg, label, f"{prefix}-{number}")
        shown.append(element("figure", {"class": "chart"}, heading, element("div", None, inside)))
    return shown


def table(title: str, frame: pd.DataFrame, where: str, note: str = "") -> ET.Element:
    """Return a table with its provenance, cut where it is long.

    Parameters
    ----------
    title : str
        Its caption.
    frame : DataFrame
        What it holds.
    where : str
        Where the rows are that are left out.
    note : str
        What is said below it, besides its own ``attrs["provenance"]``.
    """
    shown = table_of(frame, MOST_ROWS)
    head = [
        element(
            "th",
            {"scope": "col"} | ({"class": "number"} if each.is_number else {}),
            each.name,
            element("span", {"class": "unit"}, each.unit) if each.unit else None,
        )
        for each in shown.columns
    ]
    rows = [element("tr", None, [_cell(*each) for each in _marked(shown.columns, row)]) for row in shown.rows]
    said = [
        f"{len(shown.rows):,} of {shown.total:,} rows are shown. {where}" if shown.left_out else "",
        f"In all rows: {'; '.join(shown.alike)}" if shown.alike else "",
        note,
        shown.provenance,
    ]
    whole = element(
        "table",
        None,
        element("caption", {"dir": "auto"}, title),
        element("thead", None, element("tr", None, head)),
        element("tbody", None, rows),
    )
    scrolls = {"class": "scrolls", "tabindex": "0", "role": "group", "aria-label": title}
    notes = [paragraph(_sentence(each), "note") for each in said if each]
    return element("div", {"class": "table"}, element("div", scrolls, whole), notes)


def _marked(columns: Sequence[Any], row: Sequence[str]) -> Iterable[tuple[str, bool, bool]]:
    return (
        (text, column.is_number, number == 0)
        for number, (column, text) in enumerate(zip(columns, row, strict=True))
    )


def _cell(text: str, is_number: bool, is_first: bool) -> ET.Element:
    kind = {"class": "number"} if is_number else {"dir": "auto"}
    if len(text) > LONG:
        kind["class"] = "long"
    if is_first and not is_number:
        return element("th", {"scope": "row", **kind}, text)
    return element("td", kind, text)


def _sentence(text: str) -> str:
    start = text[:1].upper() + text[1:]
    return start if start.endswith((".", ":", "…")) else f"{start}."
