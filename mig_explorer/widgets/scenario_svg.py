"""A still picture of a scenario, for saved notebooks and places without JavaScript."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from mig_explorer.charts.theme import FONT, PRINTED
from mig_explorer.reports.element import readable
from mig_explorer.reports.outcome import SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mig_explorer.scenarios import Outcome, Scenario

WIDTH, EDGE, LINE = 840, 18, 19
LETTERS = 112
INK = {"font-size": "13", "fill": PRINTED.ink}
BOLD = INK | {"font-weight": "600"}
SMALL = {"font-size": "12", "fill": PRINTED.quiet}
COLOURS = {"yes": "#1b7f4b", "no": "#b3261e", "it depends": "#b84a00", "not supported": PRINTED.quiet}


def scenario_svg(scenario: Scenario, outcome: Outcome | None, settings: Mapping[str, Any]) -> str:
    """Draw the claim and the question, or the verdict and its figures if they are not hidden.

    Returns
    -------
    str
        SVG, in light colours on white.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> chosen = scenarios.utilisation
    >>> "Predict" in scenario_svg(chosen, None, chosen.defaults)
    True
    """
    picture = ET.Element("g")
    y = 12.0
    for text, style in _lines(scenario, outcome, settings):
        for part in textwrap.wrap(readable(text), LETTERS) or [""]:
            y += LINE
            place = {"x": str(EDGE), "y": f"{y:.0f}"}
            ET.SubElement(picture, "text", {**place, **style}).text = part
        y += 3
    height = f"{y + EDGE:.0f}"
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": height,
            "font-family": FONT,
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = readable(f"{scenario.number}. {scenario.title}")
    frame = {"x": "0.5", "y": "0.5", "width": str(WIDTH - 1), "height": f"{y + EDGE - 1:.0f}", "rx": "10"}
    ET.SubElement(root, "rect", {**frame, "fill": PRINTED.background, "stroke": "#d9dde3"})
    root.append(picture)
    return ET.tostring(root, encoding="unicode")


def _lines(
    scenario: Scenario, outcome: Outcome | None, settings: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, str]]]:
    yield f"{scenario.number}. {scenario.title}", BOLD | {"font-size": "15"}
    yield "; ".join(f"{each.label}: {settings[each.name]}" for each in scenario.controls), SMALL
    yield f"Claim: {scenario.claim}", INK
    if outcome is None:
        yield f"Predict: {scenario.question}", BOLD
        yield from ((f"○  {each}", INK) for each in scenario.choices)
    else:
        verdict = outcome.verdict
        said = BOLD | {"font-size": "15", "fill": COLOURS[verdict.answer]}
        yield f"{SIGNS[verdict.answer]} {verdict.answer.capitalize()}", said
        yield verdict.headline, BOLD
        yield from ((f"–  {each}", SMALL) for each in verdict.figures)
        yield f"What this does not show: {' '.join(verdict.limits)}", SMALL
    yield "A still picture; with a kernel it can be turned.", SMALL
