"""Scenario 1: small jobs on one big GPU, one after another and at once, and what stays idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mig_explorer.charts.comparison import chart
from mig_explorer.charts.drawing import records
from mig_explorer.charts.gain_by_batch import gain_by_batch
from mig_explorer.charts.latency_by_tenants import provenance_of
from mig_explorer.charts.parts_of_board import parts_of_board
from mig_explorer.charts.ratios import ratios
from mig_explorer.errors import DoesNotFit
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.experiments.words import percent, times
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.batching import batch_rate
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.efficiency import work_per_watt
from mig_explorer.scenarios.idle import RESOURCES, idle
from mig_explorer.scenarios.jobs import JOBS, job
from mig_explorer.scenarios.kinds_of_job import kinds_of_job
from mig_explorer.scenarios.published_sharing import nos, slices_against_whole
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.utilisation_findings import Findings
from mig_explorer.scenarios.utilisation_verdict import CHOICES, CLAIM, in_a_sentence, right_choice, verdict
from mig_explorer.scenarios.ways_to_share import ways_to_share
from mig_explorer.scenarios.work_done import work_done

if TYPE_CHECKING:
    from mig_explorer.charts.drawing import StillChart
    from mig_explorer.gpus import Gpu
    from mig_explorer.workloads import Workload

GPUS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB", "GB10")
LARGE_BATCH = 64
SEED = 7


def _study(gpu: str, job: str, jobs: int) -> Outcome:
    found = _findings(board_of(gpu), job, jobs)
    said = verdict(found)
    tables = {
        "Work done": found.done,
        "What stays idle": found.idle,
        "Work per watt": found.watts,
        "Kinds of job": found.kinds,
        "By number of jobs": found.result.by_tenants,
        "Published: three sharing modes": nos(),
        "Published: slices against the whole GPU": slices_against_whole(),
    }
    charts = {
        "Work done": _work_chart(found),
        "What stays idle": _idle_chart(found),
        "By number of jobs": chart(found.result),
        "Published: by batch size": _published_chart(),
        "Published: seven at once": _nos_chart(),
    }
    return Outcome(
        said,
        right_choice(found),
        " ".join([said.headline, *said.reasons]),
        {name: table for name, table in tables.items() if len(table)},
        charts,
        {"jobs at once": found.result},
    )


def _findings(board: Gpu, name: str, jobs: int) -> Findings:
    work, ways = job(name), ways_to_share(board, jobs)
    result = Experiment(board, tenants(work, jobs), ways.modes, seed=SEED).modelled()
    provenance = f"modelled; {board.name}, {work.title}, {jobs} at once, seed {SEED}"
    done = pd.concat([work_done(result, work), _batches(work, jobs, board)], ignore_index=True)
    used = idle(result, work.cost.working_set_bytes)
    kinds = pd.DataFrame() if ways.mig is None else kinds_of_job(board, ways.mig.layout, jobs)
    for table in (done, used, result.by_tenants):
        table.attrs["provenance"] = provenance
    return Findings(board, name, work, jobs, ways, result, done, used, work_per_watt(result), kinds)


def _batches(work: Workload, jobs: int, board: Gpu) -> pd.DataFrame:
    """Return rows for one process that puts the requests of all jobs into a launch, and for a long queue."""
    one = batch_rate(work, 1, board)
    rows = []
    for requests in dict.fromkeys((jobs, max(jobs, LARGE_BATCH))):
        try:
            rate = batch_rate(work, requests, board)
        except DoesNotFit:
            continue
        gains = [rate.value / one.value, rate.low / one.low, rate.high / one.high]
        rows.append(
            {
                "mode": f"batch-{requests}",
                "title": f"One process, batch of {requests}",
                "throughput_per_s": rate.value,
                "gain_times": gains[0],
                "gain_low_times": min(gains),
                "gain_high_times": max(gains),
                "latency_p99_s": rate.seconds,
            }
        )
    return pd.DataFrame(rows)


def _work_chart(found: Findings) -> StillChart:
    bands = {"gain_times": "value", "gain_low_times": "low", "gain_high_times": "high"}
    title = "Against one job after another: "
    if found.ways.mig is not None:
        title += f"MIG {times(float(found.mig['gain_times']))} the work, at most "
    title += f"{times(float(found.best['gain_times']))} ({in_a_sentence(found.best['title'])})."
    return ratios(
        found.done.rename(columns=bands),
        title,
        "requests per second over those of one job after another; bars: the model's band",
        provenance_of(found.result),
    )


def _idle_chart(found: Findings) -> StillChart:
    alone, *others = records(found.idle)
    full = max(others, key=lambda row: float(row["warp_slots_used_percent"]))
    one, most = (percent(float(row["warp_slots_used_percent"]) / 100) for row in (alone, full))
    title = f"One job after another fills {one} of the GPU's warp slots, {full['title']} {most}."
    return parts_of_board(found.idle, RESOURCES, title, provenance_of(found.result))


def _published_chart() -> StillChart:
    table = slices_against_whole()
    shown = table[(table["source"] == "migperf") & (table["task"] == "inference") & (table["sequence"] == 64)]
    source = "Published: MIGPerf (2022), A100, sequences of 64; seven times what one slice did."
    return gain_by_batch(shown, int(shown["slices"].iloc[0]), source)


def _nos_chart() -> StillChart:
    """Draw what seven tenants got done in three modes, as it was measured and as the model has it."""
    table = nos()
    rows = [
        {
            "mode": row["sharing"],
            "title": f"{row['sharing'][0].upper()}{row['sharing'][1:]}, {kind}",
            "value": row[f"{column}gain_times"],
        }
        for row in records(table)
        if row["tenants"] == 7
        for kind, column in (("published", ""), ("modelled", "modelled_"))
    ]
    best = max(rows[::2], key=lambda row: float(row["value"]))
    most = times(float(best["value"]))
    source = str(table.attrs["provenance"]).removeprefix("published: ").split(",")[0]
    return ratios(
        pd.DataFrame(rows),
        f"Measured with seven at once, {best['mode']} did most: {most} the work of one alone.",
        "YOLOS-small, one image a request: requests per second over those of one alone, an A100 80GB",
        f"Published beside modelled; {source}.",
    )


utilisation = Scenario(
    name="utilisation",
    number=1,
    title="Utilisation and efficiency",
    claim=CLAIM,
    question="With MIG, how much work per second does the GPU do, against one job after another?",
    choices=CHOICES,
    controls=(
        Choice("gpu", "GPU", GPUS, GPUS[0]),
        Choice("job", "Each job", tuple(JOBS), next(iter(JOBS))),
        Number("jobs", "Jobs at once", 1, 14, 7),
    ),
    study=_study,
)
"""Small jobs on one big GPU, one after another and at once, in every sharing mode.

Examples
--------
>>> found = utilisation(job="streaming")
>>> found.verdict.answer, found.right_choice
('no', 'less')
"""
