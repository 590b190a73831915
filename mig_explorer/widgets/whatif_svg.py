"""A still picture of a what-if, for saved notebooks and places without JavaScript."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from mig_explorer.charts.progress import round_ticks
from mig_explorer.charts.theme import FONT, PRINTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, EDGE, NAMES, LINE = 840, 16, 150, 27
LETTERS = 118
"""Letters of small text on a line."""

INK = {"font-size": "13", "fill": PRINTED.ink}
BOLD = INK | {"font-weight": "600"}
SMALL = {"font-size": "12", "fill": PRINTED.quiet}
HEAD = {"font-size": "11", "fill": PRINTED.quiet, "font-weight": "600"}
END = {"text-anchor": "end"}
PLOT, TALL, LEFT = 520, 170, 46
"""Width, height and left edge of the plot of the latency."""

ON_PAPER = {
    "var(--ink2)": PRINTED.quiet,
    "var(--warm)": "#b84a00",
    "var(--rose)": "#a34f86",
    "var(--olive)": "#776900",
    "var(--cool)": "#0072b2",
    "var(--good)": "#1b7f4b",
}
"""The page's colours as its light theme has them."""


def whatif_svg(shown: Mapping[str, Any], latency: Mapping[str, Any], neighbour: Mapping[str, Any]) -> str:
    """Draw the figures of each sharing mode, two charts of their latency, and the verdict.

    Parameters
    ----------
    shown : mapping
        What the page is told (`mig_explorer.widgets.whatif_page.shown`).
    latency : mapping
        And of the latency by number of tenants (`mig_explorer.widgets.whatif_page.latency`).
    neighbour : mapping
        And of the latency beside a noisy neighbour (`mig_explorer.widgets.whatif_page.neighbour`).

    Returns
    -------
    str
        SVG, in light colours on white.
    """
    picture = ET.Element("g")
    y = 28.0
    _text(picture, (EDGE, y), shown["title"], BOLD | {"font-size": "14"})
    y = _lines(picture, y + 20, shown["workload"], SMALL)
    y = _lines(picture, y, shown["provenance"], SMALL)
    y = _table(picture, y + 14, shown["table"]) + 8
    for message in shown["messages"]:
        y = _lines(picture, y + 10, f"{message['headline']} {message['detail']}", SMALL)
    for figures, across in ((latency, "tenants"), (neighbour, "time")):
        if not figures["empty"]:
            y = _lines(picture, y + 18, figures["title"], BOLD)
            y = _lines(picture, y, figures["axes"], SMALL)
            y = _curves(picture, y + 2, figures["data"], across)
    y = _lines(picture, y + 20, shown["verdict"]["headline"], BOLD)
    y = _lines(picture, y + 2, shown["verdict"]["detail"], INK)
    y = _lines(picture, y + 4, shown["note"], SMALL)
    y = _lines(picture, y + 6, "A still picture; with a kernel it has sliders and charts.", SMALL)
    size = {"width": str(WIDTH), "height": f"{y:.0f}"}
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {y:.0f}",
            **size,
            "font-family": FONT,
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = f"{shown['title']}. {shown['verdict']['headline']}"
    frame = {"x": "0.5", "y": "0.5", "width": str(WIDTH - 1), "height": f"{y - 1:.0f}", "rx": "10"}
    ET.SubElement(root, "rect", {**frame, "fill": PRINTED.background, "stroke": "#d9dde3"})
    root.append(picture)
    return ET.tostring(root, encoding="unicode")


def _table(picture: ET.Element, y: float, table: Mapping[str, Any]) -> float:
    columns = table["columns"]
    step = (WIDTH - 2 * EDGE - NAMES) / len(columns)
    _text(picture, (EDGE, y + 13), "Sharing mode", HEAD)
    for number, column in enumerate(columns):
        right = EDGE + NAMES + (number + 1) * step
        _text(picture, (right, y), column["name"], HEAD | END)
        _text(picture, (right, y + 13), column["unit"], SMALL | END | {"font-size": "11"})
    y += 20
    for row in table["rows"]:
        ET.SubElement(
            picture,
            "path",
            {"d": f"M{EDGE},{y:.1f}H{WIDTH - EDGE}", "stroke": PRINTED.line, "stroke-width": "1"},
        )
        _text(picture, (EDGE, y + 18), row["mode"], BOLD)
        if row["problem"]:
            _text(picture, (EDGE + NAMES, y + 18), "no figures, see below", SMALL)
        for number, cell in enumerate(row["cells"]):
            right = EDGE + NAMES + (number + 1) * step
            _text(picture, (right, y + 18), cell["words"], (BOLD if cell["best"] else INK) | END)
        y += LINE
    return y


def _curves(picture: ET.Element, top: float, data: Mapping[str, Any], along: str) -> float:
    """Draw the lines of each mode with their names; return where the next line of words goes."""
    (first, _), (last, ceiling) = (each.values() for each in data["scale"])

    def spot(row: Mapping[str, Any], name: str = "value") -> tuple[float, float]:
        across = (row[along] - first) / (last - first)
        return EDGE + LEFT + across * PLOT, top + TALL * (1 - row[name] / ceiling)

    for row in data.get("stay", []):
        (left, _), (right, _) = (spot({along: row[name], "value": 0.0}) for name in ("time", "until"))
        band = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{right - left:.1f}", "height": str(TALL)}
        ET.SubElement(picture, "rect", {**band, "fill": PRINTED.quiet, "fill-opacity": "0.12"})
        _text(picture, (left + 5, top + 14), row["words"], SMALL | {"font-size": "11"})
    for share in (0.0, 0.5, 1.0):
        y = top + TALL * (1 - share)
        _line(picture, [(EDGE + LEFT, y), (EDGE + LEFT + PLOT, y)], {"stroke": PRINTED.line})
        _text(picture, (EDGE + LEFT - 8, y + 4), f"{share * ceiling:,.6g}", SMALL | END | {"font-size": "10"})
    for tick in range(first, last + 1) if along == "tenants" else round_ticks(last):
        if tick <= last:
            place = (spot({along: tick, "value": 0.0})[0], top + TALL + 16)
            _text(picture, place, f"{tick:,.6g}", SMALL | {"font-size": "10", "text-anchor": "middle"})
    for row in data.get("reach", []):
        style = {"stroke": _colour(row), "stroke-width": "2.5", "stroke-opacity": "0.55"}
        _line(picture, [spot(row, "low"), spot(row, "high")], style)
    for mode in dict.fromkeys(row["mode"] for row in data["lines"]):
        rows = [row for row in data["lines"] if row["mode"] == mode]
        dash = " ".join(map(str, rows[0]["dash"]))
        style = {"stroke": _colour(rows[0]), "stroke-width": "2", "stroke-dasharray": dash}
        _line(picture, [spot(row) for row in rows], style)
    for row in data["ends"]:
        x, y = spot(row, "height")
        _text(picture, (x + 8, y + 4), row["mode"], SMALL | {"fill": _colour(row), "font-size": "11"})
    return top + TALL + 34


def _colour(row: Mapping[str, Any]) -> str:
    return ON_PAPER.get(row["colour"], PRINTED.ink)


def _line(picture: ET.Element, points: Sequence[tuple[float, float]], style: Mapping[str, str]) -> None:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    ET.SubElement(picture, "polyline", {"points": corners, "fill": "none", **style})


def _lines(picture: ET.Element, y: float, words: str, style: Mapping[str, str]) -> float:
    """Write words on as many lines as they need; return where the next line goes."""
    room = LETTERS if style["font-size"] == "12" else LETTERS - 14
    for line in textwrap.wrap(words, room):
        _text(picture, (EDGE, y), line, style)
        y += 18
    return y


def _text(picture: ET.Element, at: tuple[float, float], words: str, style: Mapping[str, str]) -> None:
    ET.SubElement(picture, "text", {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", **style}).text = words
