"""What the page of the what-if is told: controls, five charts, a table and a verdict, as plain JSON."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import frontier as frontier_chart
from mig_explorer.charts import latency_by_tenants, neighbour_timeline, roofline_chart, use_over_time
from mig_explorer.charts.progress import TimeUnit
from mig_explorer.charts.theme import config
from mig_explorer.errors import InvalidWorkload
from mig_explorer.experiments.words import digits, percent, tenant_count
from mig_explorer.model import MODEL_VERSION
from mig_explorer.widgets.race_plan import title_of
from mig_explorer.widgets.whatif_controls import controls, load_words
from mig_explorer.widgets.whatif_figures import SEED
from mig_explorer.widgets.whatif_looks import ABOUT, THEME, looks
from mig_explorer.widgets.whatif_neighbour import DOES
from mig_explorer.widgets.whatif_settings import MODES
from mig_explorer.widgets.whatif_words import number, verdict
from mig_explorer.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mig_explorer.charts.drawing import Figures
    from mig_explorer.gpus import Gpu
    from mig_explorer.model.measured import MeasuredWorkload
    from mig_explorer.widgets.whatif_figures import Answer
    from mig_explorer.widgets.whatif_neighbour import Noise
    from mig_explorer.widgets.whatif_settings import Settings

LABELS = 104
"""Pixels for the name at the end of a line."""


def plan() -> dict[str, Any]:
    """Return the five charts without their rows; the page builds each of them once."""
    drawings = {
        "latency": latency_by_tenants.drawing(THEME, labels=LABELS),
        "use": use_over_time.drawing(labels=LABELS),
        "frontier": frontier_chart.drawing(THEME),
        "roofline": roofline_chart.drawing(THEME),
        "neighbour": neighbour_timeline.drawing(THEME, labels=LABELS),
    }
    return {"charts": [_chart(name, drawn) for name, drawn in drawings.items()]}


ABOUT_CHARTS = {
    "latency": "Lines: p99 latency by number of tenants, one for each sharing mode",
    "use": "Lines: share of the board in use over time, one for each sharing mode",
    "frontier": "Points: p99 latency by requests per second, one for each layout of the board",
    "roofline": "Lines: the roof of each slice; points: what the workload reaches on it",
    "neighbour": "Lines: latency of a tenant over time while another turns noisy, one for each sharing mode",
}


def _chart(name: str, drawn: alt.LayerChart) -> dict[str, Any]:
    right = 20 if name == "frontier" else 118
    padding = {"left": 48, "right": right, "top": 9, "bottom": 22}
    drawn.width, drawn.height = 400, parts.HEIGHT
    drawn.padding = dict(padding)
    drawn.autosize = alt.AutoSizeParams(type="none")
    drawn.config = config(THEME)
    drawn.description = f"{ABOUT_CHARTS[name]}. The caption says what it comes to, the table has figures."
    spec = drawn.to_dict()
    return {
        "name": name,
        "spec": spec,
        "sets": _sets(spec),
        "height": parts.HEIGHT,
        "padding": padding,
        "wide": name == "neighbour",
    }


def _sets(spec: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(layer["data"]["name"] for layer in spec["layer"]))


def shown(
    answer: Answer, given: Workload | MeasuredWorkload, serial: int, problem: str = ""
) -> dict[str, Any]:
    """Return all that changes on the page with the settings.

    Parameters
    ----------
    answer : Answer
        What the model says.
    given : Workload or MeasuredWorkload
        What the what-if was opened with.
    serial : int
        Which of the page's wishes this answers.
    problem : str
        What is the matter with the layout that was asked for last, if anything.
    """
    settings = answer.settings
    words = " ".join(str(problem).split())
    messages = [
        {"headline": f"{MODES[each.mode]} has no figures.", "detail": each.text} for each in answer.problems
    ]
    return {
        "serial": serial,
        "title": f"What if: {_lower(title_of(settings.tenants, settings.gpu.name))}",
        "workload": f"{settings.work.title}, {load_words(settings)}",
        "provenance": provenance(),
        "controls": controls(settings, given, words),
        "messages": messages,
        "charts": charts(answer),
        "table": table(answer),
        "verdict": verdict(answer),
        "note": note(settings),
    }


def note(settings: Settings) -> str:
    """Say what the modelled times leave out, and where tenants have to queue.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.widgets.whatif_settings import first
    >>> from mig_explorer.workloads import triad
    >>> note(first(gpu("A30"), triad()))
    'MIG has 4 places for seven tenants: those of one place queue.'
    """
    places = sum(len(each.compute_instances) for each in settings.layout.instances)
    queue = ""
    if "mig" in settings.modes and places < settings.tenants:
        has = f"{places} place{'' if places == 1 else 's'}"
        queue = f"MIG has {has} for {tenant_count(settings.tenants)}: those of one place queue."
    return " ".join(filter(None, [settings.work.note, queue]))


def provenance() -> str:
    """Say what kind of figures these are."""
    return f"modelled · model {MODEL_VERSION} · seed {SEED}"


def charts(answer: Answer) -> dict[str, Any]:
    """Return the words and rows of the charts of what there is: use over time and the roofline."""
    settings, chosen = answer.settings, _chosen(answer)
    use = use_over_time.figures(answer.use, chosen, "", scarce_resource(answer)) if chosen else None
    found = {"use": use, "roofline": _roofline(settings)}
    return {name: _figures(name, each, settings) for name, each in found.items()}


def latency(answer: Answer, sweep: pd.DataFrame) -> dict[str, Any]:
    """Return the words and rows of the latency by number of tenants."""
    settings, chosen = answer.settings, _chosen(answer)
    found = latency_by_tenants.figures(sweep, chosen, "", settings.tenants) if chosen else None
    return _figures("latency", found, settings)


def neighbour(answer: Answer, found: Noise | None) -> dict[str, Any]:
    """Return the words and rows of the latency over time beside a noisy neighbour.

    A mode whose queue grows without any noise has no place in it; the words say so.
    """
    settings, chosen = answer.settings, _chosen(answer)
    if found is None:
        return _figures("neighbour", None, settings)
    drawn = set(found.requests["mode"])
    steady = {slug: look for slug, look in chosen.items() if slug in drawn}
    figures = neighbour_timeline.figures(found.requests, steady, "", found.visit, quiet=found.quiet)
    left_out = [look.label for slug, look in chosen.items() if slug not in drawn]
    axes = f"{figures.axes}; while noisy, {found.visit.neighbour} {DOES}; compared: p99 without the noise"
    if left_out:
        axes += f"; without {', '.join(left_out)}, where the queue grows all the time"
    return _figures("neighbour", replace(figures, axes=axes), settings)


def _chosen(answer: Answer) -> dict[str, parts.Style]:
    styles = looks()
    return {slug: styles[slug] for slug in answer.settings.modes if slug in answer.totals}


def scarce_resource(answer: Answer) -> str:
    """Return the column of what the board has less of to spare: its SMs or its bandwidth."""
    means = {name: answer.use[name].mean() for name in use_over_time.RESOURCES}
    return "bandwidth_use" if means["bandwidth_use"] > means["sm_use"] else "sm_use"


NOTHING = {
    "latency": "No chosen mode has figures.",
    "use": "No chosen mode has figures.",
    "frontier": "This board has no MIG, so it has no layouts to compare.",
    "neighbour": "One tenant has no neighbour: choose two or more.",
    "roofline": "No roofline: what this workload computes is not known, only how long it took.",
}


def _figures(name: str, found: Figures | None, settings: Settings) -> dict[str, Any]:
    if found is None:
        title = NOTHING[name]
        if name == "frontier" and settings.gpu.has_mig:
            title = "No layout of this board has figures."
        if name == "neighbour" and settings.tenants > 1:
            title = "No chosen mode has figures that last: the queues grow without end."
        if name == "roofline" and isinstance(settings.work, Workload):
            title = (
                f"The {settings.work.cost.precision} peak of {settings.gpu.name} is not known: no roofline."
            )
        return {"title": title, "axes": "", "data": {}, "empty": True}
    return {"title": found.title, "axes": found.axes, "data": dict(found.data), "empty": False}


def frontier(answer: Answer, layouts: pd.DataFrame | None) -> dict[str, Any]:
    """Return the words and rows of the frontier over all layouts."""
    settings = answer.settings
    if layouts is None:
        return _figures("frontier", None, settings)
    others = [
        {
            **style.row(),
            "throughput_per_s": answer.totals[slug]["throughput_per_s"],
            "latency_p99_s": answer.totals[slug]["latency_p99_s"],
        }
        for slug, style in _chosen(answer).items()
        if slug != "mig"
    ]
    found = frontier_chart.figures(
        layouts,
        THEME,
        chosen=(settings.layout.title, looks()["mig"].colour),
        others=others,
    )
    return _figures("frontier", found, settings)


def _roofline(settings: Settings) -> Figures | None:
    if not isinstance(settings.work, Workload):
        return None
    slices = [each.profile.name for each in settings.layout.instances]
    if "mig" not in settings.modes and "mig-mps" not in settings.modes:
        slices = []
    whole = bool(set(settings.modes) - {"mig", "mig-mps"})
    return _roofs(settings.gpu, settings.work, tuple(dict.fromkeys(slices)), whole)


@functools.lru_cache(maxsize=32)
def _roofs(gpu: Gpu, work: Workload, slices: tuple[str, ...], whole: bool) -> Figures | None:
    try:
        roofs = roofline_chart.roofs(gpu, work.cost.precision)
    except InvalidWorkload:
        return None
    used = dict.fromkeys(slices, looks()["mig"].colour) | ({gpu.whole.name: THEME.ink} if whole else {})
    points = roofline_chart.points(gpu, [work])
    return roofline_chart.figures(roofs, points, "", theme=THEME, used=used)


def table(answer: Answer) -> dict[str, Any]:
    """Return the figures of each chosen mode as words, and what is best in its column."""
    rows = [answer.totals[slug] for slug in answer.settings.modes if slug in answer.totals]
    unit = TimeUnit.reading(
        max((row["latency_p99_s"] for row in rows if _known(row["latency_p99_s"])), default=1.0)
    )
    columns: list[tuple[str, str, str, Callable[[float], str], Callable[[list[float]], float] | None]] = [
        ("Throughput", "requests/s", "throughput_per_s", number, max),
        ("p50 latency", unit.name, "latency_p50_s", lambda value: number(value * unit.factor), min),
        ("p99 latency", unit.name, "latency_p99_s", lambda value: number(value * unit.factor), min),
        ("Slowdown", "against alone", "slowdown", lambda value: f"{digits(value, 2)} ×", min),
        ("SMs", "in use", "sm_use", _percent, None),
        ("Bandwidth", "in use", "bandwidth_use", _percent, None),
        ("Fairness", "Jain, 1 is even", "jain", lambda value: f"{value:.2f}", None),
    ]
    styles, shown_rows = looks(), []
    for slug in answer.settings.modes:
        look = styles[slug]
        row = {"mode": MODES[slug], "about": ABOUT[slug], "colour": look.colour, "dash": list(look.dash)}
        if slug not in answer.totals:
            shown_rows.append({**row, "cells": [], "problem": "no figures; why not stands above"})
            continue
        cells = []
        for _, _, name, words, better in columns:
            value = answer.totals[slug].get(name, math.nan)
            others = [each[name] for each in rows if _known(each.get(name, math.nan))]
            apart = len({words(each) for each in others}) > 1
            best = better is not None and apart and _known(value) and words(value) == words(better(others))
            cells.append(
                {
                    "words": words(value) if _known(value) else _unknown(answer.totals[slug], name),
                    "best": best,
                }
            )
        shown_rows.append({**row, "cells": cells, "problem": ""})
    return {"columns": [{"name": name, "unit": unit_} for name, unit_, *_ in columns], "rows": shown_rows}


def _percent(share: float) -> str:
    return percent(share).replace("less than", "<")


def _unknown(row: Mapping[str, Any], name: str) -> str:
    grows = name.startswith("latency") or name == "slowdown"
    return "grows" if grows and str(row.get("status", "")).startswith("unstable") else "unknown"


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value) and math.isfinite(value)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
