"""A still picture of a race, for saved notebooks and places without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from mig_explorer.charts.theme import FONT, PRINTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, LEFT, RIGHT, EDGE = 960, 180, 700, 16
HEAD, LANE, BAND, FOOT = 64, 132, 100, 30
SLOT = "#eef1f5"
HEADING = {"font-size": "14", "font-weight": "650", "fill": PRINTED.ink}
NAME = HEADING | {"font-size": "13"}
FIGURE = HEADING | {"font-size": "19", "text-anchor": "end"}
SMALL = {"font-size": "12", "fill": PRINTED.quiet}
UNIT = SMALL | {"font-size": "11"}
TICK = SMALL | {"font-size": "10"}


def race_svg(plan: Mapping[str, Any]) -> str:
    """Draw the last stretch of each lane, and the figures of the whole race.

    Parameters
    ----------
    plan : mapping
        What the page is told of a race (`mig_explorer.widgets.race_plan.plan`).

    Returns
    -------
    str
        SVG, in light colours on white.
    """
    height = HEAD + LANE * len(plan["modes"]) + FOOT
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": str(height),
            "font-family": FONT,
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = plan["title"]
    paper = {"x": 0.5, "y": 0.5, "width": WIDTH - 1, "height": height - 1, "rx": 10}
    _box(root, paper, PRINTED.background).set("stroke", "#d9dde3")
    _text(root, (EDGE, 26), plan["title"], HEADING)
    terms = f"time: {plan['time']} · {plan['workload']} · seed {plan['seed']} · {plan['gpu']}"
    _text(root, (EDGE, 46), terms, SMALL)
    for number, mode in enumerate(plan["modes"]):
        _lane(root, HEAD + number * LANE, mode, plan)
    words = (
        "A still picture of the model's requests; with a kernel this plays, and runs and checks the kernels."
    )
    _text(root, (EDGE, height - 13), words, UNIT)
    return ET.tostring(root, encoding="unicode")


def _lane(root: ET.Element, top: float, mode: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    _text(root, (EDGE, top + 36), mode["title"], NAME)
    _text(root, (EDGE, top + 54), mode["subtitle"], SMALL)
    _box(root, {"x": LEFT, "y": top, "width": RIGHT - LEFT, "height": BAND, "rx": 6}, SLOT)
    begin, scale = plan["duration"] - plan["span"], (RIGHT - LEFT) / plan["span"]
    requests = mode["requests"]
    rows = _rows(mode["slices"])
    pitch = (BAND - 8) / len(rows)
    shown = zip(requests["tenant"], requests["slice"], requests["started"], requests["finished"], strict=True)
    for tenant, piece, started, finished in shown:
        if finished > begin:
            row = rows.index((piece, tenant if mode["slices"][piece].get("together") else None))
            x = LEFT + (max(started, begin) - begin) * scale
            width = max(0.5, LEFT + (finished - begin) * scale - x - 1)
            place = {"x": x, "y": top + 5 + row * pitch, "width": width, "height": pitch - 2, "rx": 1.5}
            _box(root, place, plan["tenants"][tenant]["colour"])
    factor, unit = plan["unit"]["factor"], plan["unit"]["name"]
    for x, time, style in ((LEFT, begin, TICK), (RIGHT, plan["duration"], TICK | {"text-anchor": "end"})):
        _text(root, (x, top + BAND + 14), f"{time * factor:.3g} {unit}", style)
    served, latency = len(requests["finished"]), plan["latency_unit"]
    p99 = f"{requests['p99'][-1] * latency['factor']:.3g}" if served else "unknown"
    figures = [(f"{served / plan['duration']:,.4g}", "requests/s"), (p99, f"{latency['name']} p99")]
    for number, (value, words) in enumerate(figures):
        y = top + 46 + 28 * number
        _text(root, (RIGHT + 110, y), value, FIGURE)
        _text(root, (RIGHT + 120, y), words, UNIT)


def _rows(slices: Sequence[Mapping[str, Any]]) -> list[tuple[int, int | None]]:
    """Return a row for each slice, or for each tenant of one that serves several side by side."""
    return [
        (number, tenant)
        for number, piece in enumerate(slices)
        for tenant in (piece.get("together") or [None])
    ]


def _box(root: ET.Element, place: Mapping[str, float], fill: str) -> ET.Element:
    attributes = {name: f"{value:.2f}".rstrip("0").rstrip(".") for name, value in place.items()}
    return ET.SubElement(root, "rect", attributes | {"fill": fill})


def _text(root: ET.Element, at: tuple[float, float], words: str, style: Mapping[str, str]) -> None:
    ET.SubElement(root, "text", {"x": str(at[0]), "y": str(at[1]), **style}).text = words
