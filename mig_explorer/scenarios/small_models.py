"""Scenario 6: inference with small models under a latency target: slices, or one whole GPU that batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mig_explorer.charts.lines_by import Marks, Words, lines_by
from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments.comparison import DRAW
from mig_explorer.experiments.words import duration
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.figure import Figure, written
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.served_models import SERVED
from mig_explorer.scenarios.serving_study import ServingStudy
from mig_explorer.scenarios.verdict import ClaimVerdict
from mig_explorer.scenarios.ways_to_serve import SIDE_BY_SIDE, SLICES, TURNS, WAYS, WHOLE

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

CLAIM = (
    "Cut into MIG slices, a large GPU answers more requests to small models within a latency target than "
    "in any other way of sharing it."
)
GPUS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB")
NOBODY, UNKNOWN = "none answers in time", "nobody measured this model on this GPU"
CHOICES = (*WAYS, NOBODY, UNKNOWN)
OTHERS = (WHOLE, TURNS, SIDE_BY_SIDE)
LIMITS = (
    (
        "Requests come at random (Poisson), equally many to each model, and a batch is of one model. A "
        "free server takes what has come at once, up to its largest batch, and never waits for a batch to "
        "fill."
    ),
    (
        "Where a model has several slices or processes, its requests are dealt to them at random; a load "
        "balancer that knows the queues would do better."
    ),
    (
        "Every process is taken to have a CPU core to itself. What the host does counts once for each "
        "batch, so a faster serving program gains most where the whole GPU now waits for the host; one "
        "program with several streams on the whole GPU comes near to MPS."
    ),
    "The models are alike. Copying over PCIe and the start of a model are left out.",
)


def _study(gpu: str, model: str, models: int, rate: float, target: float, batch: int) -> Outcome:  # noqa: PLR0913, PLR0917 - the controls
    board, served = board_of(gpu), SERVED[model]
    try:
        served.check(board)
    except InvalidExperiment as error:
        return _unknown(gpu, str(error))
    study = ServingStudy(board, served, models, rate, target / 1000, batch)
    best = max(WAYS, key=lambda way: study.per_second[way])
    nobody = study.per_second[best] == 0
    verdict = _none_in_time(study) if nobody else _verdict(study)
    return Outcome(
        verdict=verdict,
        right_choice=NOBODY if nobody else best,
        explanation=_explanation(study),
        tables={
            "The ways of sharing": study.at_the_rate,
            "Every layout": study.by_layout,
            "By number of models": study.by_models,
            "By latency target": study.by_target,
            "Time of a batch": study.by_batch,
        },
        charts=_charts(study),
    )


def _verdict(study: ServingStudy) -> ClaimVerdict:
    whole, any_other = study.gain(WHOLE), study.gain(*OTHERS)
    if any_other.low > 1 + DRAW:
        answer = "yes"
    elif any_other.high <= 1 + DRAW:
        answer = "no"
    else:
        answer = "it depends"
    source = f"{study.model.source(study.gpu)}; queues modelled, seed 7"
    figures = []
    for way in (SLICES, *OTHERS):
        low, high = study.band(way)
        title = study.board.serving(way, study.models).title
        figures.append(
            Figure(
                f"in time with {title}", study.per_second[way], "requests/s", "modelled", source, low, high
            )
        )
    for name, gain in (("one whole GPU", whole), ("the best of the other ways", any_other)):
        if math.isfinite(gain.value) and math.isfinite(gain.high):
            what = f"MIG over {name}"
            figures.append(Figure(what, gain.value, "times", "modelled", source, gain.low, gain.high))
    return ClaimVerdict(
        claim=CLAIM,
        answer=answer,
        headline=_headline(study),
        figures=figures,
        reasons=_reasons(study),
        limits=(*_of_the_times(study), *LIMITS),
        would_change=_crossings(study),
        sources=(study.model.source(study.gpu),),
    )


def _headline(study: ServingStudy) -> str:
    served = [study.board.serving(way, study.models) for way in (SLICES, SIDE_BY_SIDE, WHOLE)]
    most = ", ".join(f"{_of(each.title)} {written(each.per_second)}" for each in served)
    table = study.at_the_rate
    late = {row["way"]: row["latency_p99_s"] for row in table.to_dict("records")}
    p99 = ", ".join(
        f"{duration(late[each.title])} with {_of(each.title)}"
        for each in served
        if math.isfinite(late[each.title])
    )
    kept = sum(study.by_layout["keeps_the_rate"])
    return (
        f"{_asked(study)}, the most requests/s in time are: {most}. At {written(study.rate)} requests/s the "
        f"p99 is {p99 or 'without end'}, and {kept} of {len(study.by_layout)} layouts are in time. "
        f"{_where_mig_wins(study)} {_at_which_target(study)}"
    )


def _of(title: str) -> str:
    return "one whole GPU that batches" if title == WHOLE else title


def _asked(study: ServingStudy) -> str:
    return f"With {_many(study)} ({study.model.title}) and a p99 of {duration(study.target)}"


def _where_mig_wins(study: ServingStudy) -> str:
    return f"At this target MIG is ahead of one whole GPU {study.ahead_by_models(WHOLE)}."


def _at_which_target(study: ServingStudy) -> str:
    return f"With {_many(study)} it is ahead {study.ahead_by_target(WHOLE)}."


def _many(study: ServingStudy) -> str:
    return "one model" if study.models == 1 else f"{study.models} models"


def _crossings(study: ServingStudy) -> list[str]:
    return [
        _where_mig_wins(study),
        f"It is ahead of MPS {study.ahead_by_models(SIDE_BY_SIDE)}.",
        *(
            f"With {_many(study)} it is ahead of {way} {study.ahead_by_target(way)}."
            for way in (WHOLE, SIDE_BY_SIDE)
        ),
    ]


def _reasons(study: ServingStudy) -> list[str]:
    said = []
    rows = study.by_batch.to_dict("records")
    for where in dict.fromkeys(row["where"] for row in rows):
        first, *_ = here = [row for row in rows if row["where"] == where]
        most = max(here, key=lambda row: row["requests_per_s"])
        larger = f", one of {most['batch']:g} {duration(most['seconds'])}" if most["batch"] > 1 else ""
        said.append(
            f"A batch of 1 takes {duration(first['seconds'])} on {_article(where)}{larger}: "
            f"{written(most['requests_per_s'])} requests/s if it is never idle."
        )
    if study.models > 1:
        alone = float(study.board.times(WHOLE).work.seconds[1])
        said.append(
            f"One whole GPU takes the models in turn, a batch each: {study.models} of at least "
            f"{duration(alone)} are {duration(study.models * alone)}, and a request that just missed its "
            "turn waits for all of them, and then for its own."
        )
    said.append(
        "MPS runs batches side by side on the same SMs and gives a lone one the whole GPU, but keeps "
        "nothing apart: memory, bandwidth and faults are shared (NVIDIA, Multi-Process Service). A slice "
        "of MIG is its model's own."
    )
    return said


def _article(where: str) -> str:
    return f"the {where}" if where == "whole GPU" else where


def _of_the_times(study: ServingStudy) -> list[str]:
    if study.model.published_as:
        return [
            (
                "Times of batches are published by one source, rounded, from PyTorch without a serving "
                "engine; nearly all of a small batch's time is the host's. The GPU without MIG, MPS and "
                "time slicing were not measured with them: those are modelled, as are all queues."
            ),
            (
                "A measured model is taken to fill the SMs it runs on, so MPS gains only from the host's "
                "part, as one published series does (nos); where small batches leave SMs idle it may do "
                "better."
            ),
        ]
    return [
        (
            "Times of batches are modelled from arithmetic and traffic, and nothing was measured: "
            "published inference was off by a factor of two (model/README.md). The band moves all ways "
            "together."
        ),
    ]


def _none_in_time(study: ServingStudy) -> ClaimVerdict:
    alone = float(study.board.times(WHOLE).work.seconds[1])
    source = study.model.source(study.gpu)
    return ClaimVerdict(
        claim=CLAIM,
        answer="not supported",
        headline=(
            f"{_asked(study)}, no way of sharing answers in time: a request alone on the whole GPU takes "
            f"{duration(alone)}."
        ),
        figures=[Figure("one request alone on the whole GPU", 1000 * alone, "ms", "modelled", source)],
        limits=(*_of_the_times(study), *LIMITS),
        would_change=[f"A target of more than {duration(alone)}."],
        sources=(source,),
    )


def _unknown(gpu: str, reason: str) -> Outcome:
    verdict = ClaimVerdict(
        claim=CLAIM,
        answer="not supported",
        headline=reason,
        figures=[Figure(f"time of a batch on {gpu}", None, "ms", "published", "nobody published it")],
        limits=["Times measured on one board are not carried over to another."],
        would_change=["Another board, or a model whose times are modelled."],
    )
    return Outcome(verdict=verdict, right_choice=UNKNOWN, explanation=reason, tables={}, charts={})


def _explanation(study: ServingStudy) -> str:
    return " ".join(_reasons(study)[: 3 if study.models > 1 else 2])


def _charts(study: ServingStudy) -> dict[str, alt.TopLevelMixin]:
    target = 1000 * study.target
    frames: dict[str, tuple[pd.DataFrame, tuple[str, str], Words, Marks]] = {}
    latency = study.by_rate.assign(latency_ms=study.by_rate["latency_p99_s"] * 1000)
    winner = max(WAYS, key=lambda way: study.per_second[way])
    frames["Latency by rate"] = (
        latency,
        ("rate_per_s", "latency_ms"),
        Words(
            f"Within {duration(study.target)}, {winner} answers the most: "
            f"{written(study.per_second[winner])} requests/s."
            if study.per_second[winner]
            else f"No way answers within {duration(study.target)}.",
            "p99 latency, ms, by requests/s of all models (logarithmic); ↑: off the plot",
        ),
        Marks(target, "target", study.rate, 2.5 * target, logarithmic=True),
    )
    frames["By number of models"] = (
        study.by_models,
        ("models", "most_in_time_per_s"),
        Words(_where_mig_wins(study), f"Requests/s with a p99 of {duration(study.target)}, by models"),
        Marks(study.rate, "rate asked for", study.models),
    )
    by_target = study.by_target.assign(target_ms=study.by_target["target_s"] * 1000)
    frames["By latency target"] = (
        by_target,
        ("target_ms", "most_in_time_per_s"),
        Words(
            f"{_many(study).capitalize()}: MIG is ahead of one whole GPU {study.ahead_by_target(WHOLE)}.",
            "Requests/s in time, by p99 target, ms (logarithmic)",
        ),
        Marks(study.rate, "rate asked for", target, logarithmic=True),
    )
    batches = study.by_batch.assign(way=study.by_batch["where"])
    frames["Time of a batch"] = (
        batches,
        ("batch", "requests_per_s"),
        Words(
            "What batching is worth: requests/s of one server that is never idle.",
            "Requests/s by size of the batch (logarithmic)",
        ),
        Marks(logarithmic=True),
    )
    batches.attrs |= study.by_batch.attrs | {"slugs": {"whole GPU": "monolithic"}}
    return {name: lines_by(*each) for name, each in frames.items()}


small_models = Scenario(
    name="small_models",
    number=6,
    title="Inference with small models",
    claim=CLAIM,
    question="Which way of sharing the GPU answers the most requests within the latency target?",
    choices=CHOICES,
    controls=(
        Choice("gpu", "GPU", GPUS, GPUS[0]),
        Choice("model", "Model", tuple(SERVED), next(iter(SERVED))),
        Number("models", "Models at once", 1, 8, 4),
        Number("rate", "Requests of all models", 10, 20000, 1000, 10, "requests/s"),
        Number("target", "p99 latency target", 5, 1000, 50, 5, "ms"),
        Number("batch", "Largest batch", 1, 1024, 64),
    ),
    study=_study,
)
"""Inference with small models."""
