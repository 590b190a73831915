"""What a report says of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.charts.comparison import chart
from mig_explorer.charts.latency_by_tenants import latency_by_tenants
from mig_explorer.charts.theme import ON_PAGE
from mig_explorer.charts.use_over_time import use_over_time
from mig_explorer.experiments.events import NOT_RUN
from mig_explorer.experiments.notes import change_words
from mig_explorer.experiments.words import duration, tenant_count
from mig_explorer.formats import formats, write_layout
from mig_explorer.reports import parts
from mig_explorer.reports.colours import following
from mig_explorer.reports.element import element
from mig_explorer.reports.layouts import layouts_of
from mig_explorer.reports.picture import board_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree import ElementTree as ET

    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.reports.layouts import Standing

ALL = "all"
TOTALS = (
    "title", "requests", "throughput_per_s", "latency_p50_s", "latency_p99_s", "latency_p99_ci_low_s",
    "latency_p99_ci_high_s", "isolation", "jain", "sm_active", "status",
)  # fmt: skip
BY_TENANT = (
    "title", "tenant", "slice", "workload", "requests", "throughput_per_s", "latency_p50_s", "latency_p95_s",
    "latency_p99_s", "band_low_s", "band_high_s", "slowdown", "deadline_met", "isolation", "sm_active",
    "bandwidth_use", "energy_j_per_request", "status", "note",
)  # fmt: skip
BY_NUMBER = (
    "title", "tenants", "throughput_per_s", "latency_p50_s", "latency_p99_s", "latency_p99_low_s",
    "latency_p99_high_s", "load",
)  # fmt: skip
CALLED = {"title": "Sharing mode"}
READING = (
    "Isolation: the p99 latency over the p99 alone in the same mode; 1 if neighbours are not noticed. "
    "Jain: fairness of what each tenant got; 1 is fair. SM active: share of the board's SM-seconds in use. "
    "Interval: what another seed could give. Band: what the model's uncertainty allows."
)


def title_of(result: Result) -> str:
    """Return a heading.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> title_of(Experiment("GB10", tenants(triad(elements=2**20), 2), [Monolithic()]).modelled())
    'Two tenants, one GB10'
    """
    return f"{tenant_count(len(result.header['tenants'])).capitalize()}, one {result.header['gpu']}"


def kinds_of(result: Result) -> tuple[str, ...]:
    """Return in short what kind of figures a result holds."""
    header, recording = result.header, result.recording
    right = len(recording.outcomes) - len(result.failures)
    kernels = f"{right} of {recording.kernels} right"
    return (
        f"time: {header['provenance']['time']}",
        "kernels: not run"
        if not recording.kernels
        else f"kernels: {header['provenance']['kernels']}, {kernels}",
        f"seed {header['seed']}",
        header["gpu"],
    )


def verdict_of(result: Result) -> ET.Element:
    """Return the verdict, and what went wrong before it."""
    lost = [
        f"{each['tenant']} on {each['slice']} ({each['mode']}): {each['cause']}" for each in result.failures
    ]
    torn = [] if result.trace.complete else [result.trace.torn or "The run ended early."]
    return element(
        "div",
        {"class": "verdict"},
        element("p", {"class": "headline", "dir": "auto"}, result.verdict.headline),
        parts.paragraph(result.verdict.detail),
        parts.items([*lost, *torn]) if lost or torn else None,
    )


def sections_of(result: Result, level: int = 2, prefix: str = "experiment") -> list[ET.Element]:
    """Return the sections of an experiment's report, without its verdict.

    Parameters
    ----------
    result : Result
        What the experiment gave.
    level : int
        Of the sections' headings.
    prefix : str
        Of the ids in pictures.
    """
    where = whereabouts(result)
    made = [_totals(result, level, where), _charts(result, level, prefix)]
    standing = layouts_of(result)
    if standing:
        words = "GPU instances without a compute instance serve nobody, and a trace does not name them."
        shown = [_layout(each, level + 1, f"{prefix}-layout-{n}") for n, each in enumerate(standing)]
        made.append(parts.section(level, "Layouts", shown, parts.paragraph(words, "note")))
    made += [_each_tenant(result, level, where), _provenance(result, level, where)]
    return [each for each in made if each is not None]


def whereabouts(result: Result) -> str:
    """Say where all rows of a result are."""
    if result.trace.path is None:
        return "The run was kept in memory and left no trace; Experiment.run() writes one."
    return (
        f"All of them are in the trace {result.trace.path}: Result.read(path).table, .by_tenants, .requests."
    )


def _totals(result: Result, level: int, where: str) -> ET.Element | None:
    table = result.table
    if not len(table):
        return None
    total = table[table["tenant"] == ALL][list(TOTALS)].rename(columns=CALLED)
    kinds = parts.paragraph(_provenance_of(table), "note")
    shown = parts.table("Sharing modes, all tenants together", total, where, READING)
    return parts.section(level, "Figures", shown, kinds)


def _each_tenant(result: Result, level: int, where: str) -> ET.Element | None:
    table = result.table
    if not len(table):
        return None
    each = table[table["tenant"] != ALL][list(BY_TENANT)].rename(columns=CALLED)
    sweep = _known(result.by_tenants, BY_NUMBER).rename(columns=CALLED)
    return parts.section(
        level,
        "All figures",
        parts.table("Each tenant", each, where),
        parts.table("With the first 1, 2, … tenants", sweep, where, "The model only."),
    )


def _known(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    return frame[[name for name in columns if name in frame.columns]]


def _provenance_of(table: pd.DataFrame) -> str:
    said = {name: ", ".join(dict.fromkeys(map(str, table[name]))) for name in ("time", "model", "kernels")}
    energy = ", ".join(dict.fromkeys(map(str, table["energy"])))
    return (
        f"Time {said['time']} ({said['model']}), not measured; kernels {said['kernels']}. Energy: {energy}."
    )


def _charts(result: Result, level: int, prefix: str) -> ET.Element | None:
    if not len(result.by_tenants):
        return None
    made = [latency_by_tenants(result, ON_PAGE), chart(result, ON_PAGE), use_over_time(result, theme=ON_PAGE)]
    specs = [("", following(each.to_dict())) for each in made]
    return parts.section(level, "Charts", parts.drawings(specs, prefix, level + 1))


def _layout(standing: Standing, level: int, prefix: str) -> ET.Element:
    used = parts.paragraph(f"Used by {'; '.join(standing.when)}.", "note")
    if standing.layout is None:
        return parts.section(level, standing.text, used, parts.paragraph(standing.reason))
    first, *others = formats().values()
    return parts.section(
        level,
        standing.layout.title,
        used,
        element("figure", {"class": "chart"}, element("div", None, board_picture(standing.layout, prefix))),
        parts.paragraph("These commands make it, on GPU 0 of a machine:"),
        _documents(standing, first.name),
        [parts.folded(f"{each.title}: {each.about}", _documents(standing, each.name)) for each in others],
    )


def _documents(standing: Standing, name: str) -> list[ET.Element]:
    if standing.layout is None:
        return []
    made = write_layout(standing.layout, name)
    shown = [parts.code(each.filename, each.text) for each in made.documents]
    return [*shown, *([parts.items(made.notes)] if made.notes else [])]


def _provenance(result: Result, level: int, where: str) -> ET.Element:
    header = result.header
    versions, seen = header["versions"], result.recording
    kernels = "not run" if header["provenance"].get("kernels") == NOT_RUN else header["provenance"]["kernels"]
    requests = sum(len(each) for each in seen.requests.values())
    facts = {
        "Time": f"{header['provenance']['time']}, by model {versions['model']}; not measured",
        "Kernels": f"{kernels}; {len(seen.outcomes) - len(result.failures)} of {seen.kernels} right",
        "Seed": str(header["seed"]),
        "GPU": header["gpu"],
        "Window": f"{duration(header['seconds'])}: {header.get('seconds_rule') or 'as asked'}",
        "Requests served": f"{requests:,}",
        "Trace": where,
        "Run": "complete" if result.trace.complete else result.trace.torn or "ended early",
        "Versions": ", ".join(f"{name} {value}" for name, value in versions.items()),
    }
    changes = [change_words(each) for mode in result.modes for each in mode.get("changes", ())]
    if changes:
        facts["Changes of the layout"] = "; ".join(changes)
    constants = {
        name: f"{fact['value']:g} ({fact['confidence']})"
        for name, fact in header.get("constants", {}).items()
    }
    return parts.section(
        level,
        "Where the figures come from",
        parts.terms(facts.items()),
        parts.folded("Tenants", _tenants(header["tenants"])),
        parts.folded("Constants of the model", parts.terms(constants.items())) if constants else None,
    )


def _tenants(tenants: Iterable[Mapping[str, Any]]) -> ET.Element:
    facts = []
    for each in tenants:
        parameters = [f"{name} {value:,}" for name, value in each.get("parameters", {}).items()]
        said = [each["title"], *parameters, each.get("note") or ""]
        facts.append((each["name"], "; ".join(filter(None, said))))
    return parts.terms(facts)
