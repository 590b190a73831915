"""Scenario 2: a tenant with a deadline beside a growing crowd, and beside one that takes all it can."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import latency_by_tenants as by_tenants
from mig_explorer.charts.in_time import in_time
from mig_explorer.charts.latency_by_tenants import provenance_of
from mig_explorer.charts.neighbour_timeline import neighbour_timeline
from mig_explorer.charts.ratios import ratios
from mig_explorer.charts.theme import PRINTED
from mig_explorer.experiments.words import duration, number, times
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.published_sharing import MODES, nos
from mig_explorer.scenarios.qos_figures import by_crowd, isolation, latencies_of_first
from mig_explorer.scenarios.qos_findings import Findings
from mig_explorer.scenarios.qos_load import (
    CRITICAL,
    NEIGHBOURS,
    NOISY,
    Critical,
    beside_a_crowd,
    beside_a_neighbour,
)
from mig_explorer.scenarios.quality_of_service_verdict import CHOICES, CLAIM, right_choice, verdict
from mig_explorer.scenarios.reserved_slice import SIZES, ReservedSlice, reserved_layout
from mig_explorer.scenarios.scenario import Outcome, Scenario

if TYPE_CHECKING:
    from mig_explorer.charts.drawing import StillChart

GPUS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "GB10")


def _study(  # noqa: PLR0913 - one for each thing that a class may turn
    *, gpu: str, crowd: int, load: float, deadline: float, slice_size: str, neighbour: str
) -> Outcome:
    found = _findings(Critical(board_of(gpu), load / 100, deadline), crowd, slice_size, neighbour)
    said = verdict(found)
    return Outcome(
        said,
        right_choice(found),
        " ".join([said.headline, *said.reasons]),
        {
            "By size of the crowd": found.by_crowd,
            "Beside the crowd": found.beside_crowd,
            "Beside a noisy neighbour": found.beside_neighbour,
            "Published: three sharing modes": nos(),
        },
        {
            "p99 by size of the crowd": _crowd_chart(found, "p99"),
            "p50 by size of the crowd": _crowd_chart(found, "p50"),
            "Answers in time": _in_time_chart(found),
            "A noisy neighbour": neighbour_timeline(found.visited, CRITICAL, NOISY),
            "Isolation": _isolation_chart(found),
            "Published: seven tenants over one": _published_chart(),
        },
        {"beside a crowd": found.crowded, "beside a noisy neighbour": found.visited},
    )


def _findings(critical: Critical, crowd: int, size: str, does: str) -> Findings:
    board = critical.board
    mig = ReservedSlice(reserved_layout(board, size)) if board.has_mig else None
    ways, crowded = beside_a_crowd(critical, crowd, mig)
    stays = beside_a_neighbour(critical, does, mig, visits=False)
    found = Findings(
        critical=critical,
        crowd=crowd,
        does=does,
        ways=ways,
        crowded=crowded,
        visited=beside_a_neighbour(critical, does, mig, visits=True),
        by_crowd=by_crowd(crowded, critical.deadline_seconds),
        beside_crowd=isolation(crowded),
        beside_neighbour=isolation(stays),
    )
    for table in (found.by_crowd, found.beside_crowd, found.beside_neighbour):
        table.attrs["provenance"] = f"modelled; {found.source}"
    return found


def _crowd_chart(found: Findings, which: str) -> StillChart:
    """Draw a percentile of the tenant's latency by how many are there."""
    sweep = found.by_crowd.assign(latency_p99_s=found.by_crowd[f"latency_{which}_s"])
    looks = parts.styles(dict(zip(sweep["mode"], sweep["title"], strict=True)), PRINTED)
    drawn = by_tenants.figures(sweep, looks, provenance_of(found.crowded))
    known = {
        str(row["title"]): float(row[f"latency_{which}_s"])
        for row in found.full.values()
        if math.isfinite(row[f"latency_{which}_s"])
    }
    title = f"With {number(found.crowd)} others no mode keeps up with the critical tenant."
    if known:
        least, most = min(known, key=lambda name: known[name]), max(known, key=lambda name: known[name])
        title = (
            f"{which} of the critical tenant with {number(found.crowd)} others: {duration(known[least])} on "
            f"{least}, {duration(known[most])} on {most}."
        )
    axes = drawn.axes.replace("p99 latency,", f"{which} latency of the critical tenant,")
    drawn = replace(drawn, title=title, axes=axes)
    return parts.still([by_tenants.drawing(PRINTED, labels=parts.LABELS)], drawn, PRINTED)


def _in_time_chart(found: Findings) -> StillChart:
    titles = {str(mode["mode"]): str(mode["title"]) for mode in found.crowded.modes}
    endless = [slug for slug, row in found.full.items() if math.isnan(row["in_time_percent"])]
    latencies = {
        slug: np.empty(0) if slug in endless else latencies_of_first(found.crowded, slug) for slug in titles
    }
    left_out = f" Latency without end, not drawn: {', '.join(titles[slug] for slug in endless)}."
    said = f"Beside {number(found.crowd)} others. {provenance_of(found.crowded)}{left_out if endless else ''}"
    return in_time(latencies, titles, found.critical.deadline_seconds, said)


def _isolation_chart(found: Findings) -> StillChart:
    rows = found.beside_crowd.rename(
        columns={
            "isolation_times": "value",
            "isolation_low_times": "low",
            "isolation_high_times": "high",
        }
    )
    endless = [str(row["title"]) for row in found.in_crowd.values() if math.isinf(row["isolation_times"])]
    known = {
        str(row["title"]): float(row["value"]) for row in parts.records(rows) if math.isfinite(row["value"])
    }
    title = f"Beside {number(found.crowd)} others no p99 is known."
    if known:
        least, most = min(known, key=lambda name: known[name]), max(known, key=lambda name: known[name])
        title = (
            f"Beside {number(found.crowd)} others p99 grows {times(known[most])} on {most}, "
            f"{times(known[least])} on {least}."
        )
    left_out = f"; without end, so not drawn: {', '.join(endless)}" if endless else ""
    axes = f"p99 beside the others over p99 alone in the same mode; bars: the model's band{left_out}"
    return ratios(rows, title, axes, provenance_of(found.crowded))


def _published_chart() -> StillChart:
    table = nos()
    mean = {(row["sharing"], row["tenants"]): float(row["latency_mean_s"]) for row in parts.records(table)}
    rows = [
        {"mode": mode, "title": mode[0].upper() + mode[1:], "value": mean[mode, 7] / mean[mode, 1]}
        for mode in MODES
    ]
    grown = {str(row["title"]): times(float(str(row["value"]))) for row in rows}
    title = "; ".join(f"{name} {words}" for name, words in grown.items())
    return ratios(
        pd.DataFrame(rows),
        f"Mean latency with seven tenants over one: {title}.",
        "YOLOS-small, one image a request, an A100 80GB",
        f"Published: {table.attrs['provenance'].removeprefix('published: ').split(',')[0]}.",
    )


quality_of_service = Scenario(
    name="quality_of_service",
    number=2,
    title="Guaranteed quality of service",
    claim=CLAIM,
    question="With which sharing modes does the critical tenant's p99 stay, whoever else is there?",
    choices=CHOICES,
    controls=(
        Choice("gpu", "GPU", GPUS, GPUS[0]),
        Number("crowd", "Others, who send without a pause", 1, 13, 6),
        Number("load", "Load of the critical tenant, of what the whole GPU could serve", 5, 60, 15, 5, "%"),
        Number("deadline", "Deadline, times a request alone on the whole GPU", 1.5, 50.0, 10.0, 0.5),
        Choice("slice_size", "Its slice with MIG", SIZES, SIZES[1]),
        Choice("neighbour", "The noisy neighbour", tuple(NEIGHBOURS), next(iter(NEIGHBOURS))),
    ),
    study=_study,
)
"""A tenant with a deadline beside a growing crowd, and beside one that tries to take everything.

Examples
--------
>>> quality_of_service(crowd=2).verdict.answer
'yes'
>>> quality_of_service(crowd=2, gpu="GB10").verdict.answer
'not supported'
"""
