"""What the page of a scenario is told: its claim, its controls, and what came out, as plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.reports.colours import following
from mig_explorer.reports.element import readable
from mig_explorer.reports.outcome import SIGNS
from mig_explorer.reports.tables import table_of
from mig_explorer.scenarios import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.scenarios import Choice, Figure, Outcome, Scenario

MOST_ROWS = 60


def plan(scenario: Scenario) -> dict[str, Any]:
    """Return what does not change: the claim, the question, the controls.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> plan(scenarios.utilisation)["controls"][-1]["kind"]
    'number'
    """
    return {
        "name": scenario.name,
        "heading": f"{scenario.number}. {scenario.title}",
        "claim": scenario.claim,
        "question": scenario.question,
        "choices": list(scenario.choices),
        "controls": [_control(each) for each in scenario.controls],
    }


def _control(control: Number | Choice) -> dict[str, Any]:
    said = {"name": control.name, "label": control.label}
    if isinstance(control, Number):
        ends = {"low": control.low, "high": control.high, "step": control.step}
        return {**said, **ends, "kind": "number", "whole": control.is_whole, "unit": control.unit}
    return {**said, "kind": "choice", "options": list(control.options)}


def found(outcome: Outcome) -> dict[str, Any]:
    """Return what came out, with charts that follow the page's theme.

    Parameters
    ----------
    outcome : Outcome
        What the scenario found.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> said = found(scenarios.utilisation())
    >>> said["answer"], said["sign"]
    ('yes', '✓')
    """
    verdict = outcome.verdict
    said = {
        "answer": verdict.answer,
        "sign": SIGNS[verdict.answer],
        "headline": verdict.headline,
        "right_choice": outcome.right_choice,
        "explanation": outcome.explanation,
        "figures": [_figure(each) for each in verdict.figures],
        "sections": [{"heading": heading, "lines": list(lines)} for heading, lines in verdict.sections[1:]],
        "tables": [_table(title, frame) for title, frame in outcome.tables.items()],
        "experiments": [f"{name}: {result!r}" for name, result in outcome.results.items()],
    }
    return {
        **_readable(said),
        "charts": [_chart(title, chart) for title, chart in outcome.charts.items()],
        # To be copied as they are.
        "texts": [{"name": name, "text": text} for name, text in outcome.texts.items()],
        "settings": dict(outcome.settings),
    }


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return {name: _readable(each) for name, each in value.items()} if isinstance(value, dict) else value


def _figure(figure: Figure) -> dict[str, str]:
    kind = "" if figure.value is None else figure.provenance
    return {"what": figure.what, "amount": figure.amount, "kind": kind, "source": figure.source}


def _chart(title: str, chart: Any) -> dict[str, Any]:
    spec = following(chart.to_dict())
    return {"title": title, "spec": spec, "words": str(spec.get("description") or title)}


def _table(title: str, frame: pd.DataFrame) -> dict[str, Any]:
    shown = table_of(frame, MOST_ROWS)
    notes = [
        f"{len(shown.rows):,} of {shown.total:,} rows are shown; a report has more."
        if shown.left_out
        else "",
        f"In all rows: {'; '.join(shown.alike)}." if shown.alike else "",
        shown.provenance,
    ]
    return {
        "title": title,
        "columns": [
            {"name": each.name, "unit": each.unit, "number": each.is_number} for each in shown.columns
        ],
        "rows": [list(row) for row in shown.rows],
        "notes": [each for each in notes if each],
    }


def words(scenario: Scenario, outcome: Outcome | None, settings: Mapping[str, Any]) -> str:
    """Return a scenario as text; without an outcome it says what is to be predicted, and no figure.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> chosen = scenarios.utilisation
    >>> words(chosen, None, chosen.defaults).splitlines()[0]
    '1. Utilisation and efficiency'
    """
    lines = [f"{scenario.number}. {scenario.title}"]
    lines += [
        f"{each.label}: {settings[each.name]} {getattr(each, 'unit', '')}".strip()
        for each in scenario.controls
    ]
    if outcome is not None:
        return "\n".join([*lines, str(outcome.verdict)])
    choices = [f"- {each}" for each in scenario.choices]
    return "\n".join([*lines, f"Claim: {scenario.claim}", f"Predict: {scenario.question}", *choices])
