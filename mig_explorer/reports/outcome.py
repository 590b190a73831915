"""What a report says of a scenario: the claim, the verdict with its figures, and what stands behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments.words import counted
from mig_explorer.reports import experiment, parts
from mig_explorer.reports.colours import following
from mig_explorer.reports.element import element
from mig_explorer.scenarios import named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree import ElementTree as ET

    from mig_explorer.experiments import Result
    from mig_explorer.scenarios import Figure, Outcome, Scenario

SIGNS = {"yes": "✓", "no": "✗", "it depends": "~", "not supported": "?"}
"""What stands beside the answer, so that colour is not all that tells them apart."""


def title_of(outcome: Outcome) -> str:
    """Return a heading: the scenario's title, or its name if it is none of this package's."""
    known = _scenario(outcome)
    return outcome.scenario if known is None else f"{known.number}. {known.title}"


def kinds_of(outcome: Outcome) -> tuple[str, ...]:
    """Return in short what kinds of figures the verdict rests on."""
    kinds = dict.fromkeys(each.provenance for each in outcome.verdict.figures if each.value is not None)
    return (f"figures: {', '.join(kinds)}", counted(len(outcome.results), "experiment"))


def verdict_of(outcome: Outcome) -> ET.Element:
    """Return the claim, the answer and its figures."""
    verdict = outcome.verdict
    answer = element(
        "p",
        {"class": f"answer {verdict.answer.replace(' ', '-')}"},
        element("span", {"aria-hidden": "true"}, f"{SIGNS[verdict.answer]} "),
        verdict.answer.capitalize(),
    )
    return element(
        "div",
        {"class": "verdict"},
        parts.paragraph(f"Claim: {verdict.claim}", "claim"),
        answer,
        element("p", {"class": "headline", "dir": "auto"}, verdict.headline),
    )


def sections_of(outcome: Outcome) -> list[ET.Element]:
    """Return the sections of a scenario's report, without the claim and the answer."""
    verdict = outcome.verdict
    known = _scenario(outcome)
    # Some explanations begin with the headline, for where they stand alone.
    explanation = outcome.explanation.removeprefix(verdict.headline).strip()
    made = [
        parts.section(2, "Figures", _figures(verdict.figures)),
        *(parts.section(2, heading, parts.items(lines)) for heading, lines in verdict.sections[1:]),
        parts.section(
            2,
            "Settings",
            parts.terms(_settings(outcome, known)),
            *([] if known is None else [parts.paragraph(f"To predict: {known.question}")]),
            parts.paragraph(f"What came out: {outcome.right_choice}. {explanation}"),
        ),
    ]
    if outcome.charts:
        specs = [(title, following(chart.to_dict())) for title, chart in outcome.charts.items()]
        made.append(parts.section(2, "Charts", parts.drawings(specs, "chart", 3)))
    if outcome.tables:
        where = "All of them come with the scenario: outcome.tables."
        shown = [parts.table(title, frame, where) for title, frame in outcome.tables.items()]
        made.append(parts.section(2, "Tables", shown))
    if outcome.texts:
        files = [parts.code(name, text) for name, text in outcome.texts.items()]
        made.append(parts.section(2, "Files and commands", files))
    made += [
        _behind(name, result, f"experiment-{number}")
        for number, (name, result) in enumerate(outcome.results.items())
    ]
    return made


def _behind(name: str, result: Result, prefix: str) -> ET.Element:
    return parts.section(
        2,
        f"Experiment: {name}",
        parts.paragraph(
            f"{experiment.title_of(result)}; {', '.join(experiment.kinds_of(result)[:-1])}.", "note"
        ),
        experiment.verdict_of(result),
        experiment.sections_of(result, 3, prefix),
    )


def _settings(outcome: Outcome, known: Scenario | None) -> list[tuple[str, str]]:
    labels = {} if known is None else {each.name: each.label for each in known.controls}
    units = {} if known is None else {each.name: getattr(each, "unit", "") for each in known.controls}
    return [
        (labels.get(name, name), f"{value} {units.get(name, '')}".strip())
        for name, value in outcome.settings.items()
    ]


def _figures(figures: Iterable[Figure]) -> ET.Element:
    heads = ("What", "Figure, and its band", "Kind", "Where it comes from")
    rows = [
        element(
            "tr",
            None,
            element("th", {"scope": "row", "dir": "auto"}, each.what),
            *(element("td", {"dir": "auto"}, text) for text in (each.amount, _kind(each), each.source)),
        )
        for each in figures
    ]
    return element(
        "div",
        {"class": "scrolls", "tabindex": "0", "role": "group", "aria-label": "Figures of the verdict"},
        element(
            "table",
            {"class": "words"},
            element(
                "thead", None, element("tr", None, [element("th", {"scope": "col"}, each) for each in heads])
            ),
            element("tbody", None, rows),
        ),
    )


def _kind(figure: Figure) -> str:
    """Return the provenance of a figure: what nobody knows has none."""
    return "–" if figure.value is None else figure.provenance


def _scenario(outcome: Outcome) -> Scenario | None:
    try:
        return named(outcome.scenario)
    except InvalidExperiment:
        return None
