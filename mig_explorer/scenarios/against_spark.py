"""Scenario 7: for the users you state, an A100 with MIG against DGX Sparks: how many of each, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from mig_explorer.charts.case_grid import case_grid
from mig_explorer.charts.lines_by import Marks, Words, lines_by
from mig_explorer.experiments.words import duration
from mig_explorer.scenarios import isolation_facts
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.figure import Figure, written
from mig_explorer.scenarios.jobs_of_users import JOBS_OF_USERS, SPARK, scored
from mig_explorer.scenarios.machines import BOARDS_OF_DGX, PUBLISHED, worth_in_sparks
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.spark_study import (
    A100_MIG,
    A100_PLAIN,
    A_WINS,
    EITHER,
    NEITHER,
    S_WINS,
    SPARK_ALONE,
    Enough,
    Need,
    SparkStudy,
)
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    import altair as alt

CLAIM = (
    "For many users with jobs of their own, A100s with MIG have a considerable advantage over systems "
    "without MIG, such as the DGX Spark."
)
A100S = ("A100-SXM4-40GB", "A100-SXM4-80GB")
SHARED, OWN = "may share memory and SMs", "own memory and SMs for each"
TRAINING = "training a network (tensor cores)"
CHOICES = (
    "one Spark is enough",
    "one A100 with MIG is enough, one Spark is not",
    "it takes several of either",
    "only A100s with MIG can do it",
    "only Sparks can do it",
    "neither can do it",
    "nobody can say",
)
ANSWER = {A_WINS: "yes", S_WINS: "no", EITHER: "it depends", NEITHER: "no"}
LIMITS = (
    (
        "Kernels are plain FP32 ones, taken to reach the same share of the peak on both: the band runs "
        "from a tenth of it to two fifths. An SM of a Spark has twice the FP32 lanes of an A100's, and "
        "whether such kernels keep them busy is not known."
    ),
    (
        "Tensor cores, which training and batched inference live on, are left out: the Spark's dense rate "
        "is not in the catalogue's sources."
    ),
    (
        "Users are alike, and slices of an A100 equal. Each asks, waits, thinks at random and asks again; "
        "users of a language model do not share weights or batches, as one serving program would let them."
    ),
    "Memory that CUDA, the operating system and the Spark's CPU take is not counted.",
    (
        "A Spark is a whole computer and an A100 a board, for which an eighth of a DGX A100 stands. Prices "
        "are those at launch, five years apart."
    ),
    "Several Sparks are several computers to look after, and a DGX A100 needs a machine room.",
)


def _study(  # noqa: PLR0913, PLR0917 - the controls
    a100: str, users: int, job: str, memory: float, latency: float, load: float, isolation: str
) -> Outcome:
    if job == TRAINING:
        return _nobody_can_say()
    need = Need(users, job, memory, latency, load / 100, isolation == OWN)
    study = SparkStudy(need, a100)
    enough = study.enough(need)
    return Outcome(
        verdict=_verdict(study, enough),
        right_choice=_right(enough),
        explanation=" ".join(_reasons(study)),
        tables={
            "The machines": study.machines,
            "By users and job": study.by_job,
            "By users and memory": study.by_memory,
            "Published decoding": study.published,
            "What is kept apart": isolation_facts.matrix()[["time slicing", "MPS", "MIG"]],
        },
        charts=_charts(study),
    )


def _verdict(study: SparkStudy, enough: Enough) -> ClaimVerdict:
    return ClaimVerdict(
        claim=CLAIM,
        answer=_answer(study),
        headline=_headline(study, enough),
        figures=_figures(study, enough),
        reasons=_reasons(study),
        limits=(*_of_decoding(study), *LIMITS),
        would_change=_would_change(study),
        sources=(
            study.provenance,
            *(f"{each.what}: {each.source}" for each in PUBLISHED),
            *dict.fromkeys(
                row.source for family in ("spark_decode", "a100_decode") for row in scored(family)
            ),
        ),
    )


def _answer(study: SparkStudy) -> str:
    answer = ANSWER[study.judged(study.need)]
    if answer == "yes" and _without_mig_as_well(study):
        return "it depends"
    return answer


def _without_mig_as_well(study: SparkStudy) -> bool:
    """Say whether the same A100 serves as many without MIG: the advantage is then the board's."""
    return study.most_users(A100_PLAIN, study.need) >= study.most_users(A100_MIG, study.need)


def _headline(study: SparkStudy, enough: Enough) -> str:
    need = study.need
    cases = Counter(study.by_job["winner"])
    parts = [
        (
            f"{_users(need.users)} ({JOBS_OF_USERS[need.job].title}; {written(need.memory_gib)} GiB each, "
            f"{written(need.latency_seconds)} s, "
            f"{'each with its own memory and SMs' if need.isolated else 'sharing'}) need {_either(enough)}."
        )
    ]
    if len(set(study.winners(need))) > 1:
        parts.append("Which is better depends on where in the model's band the times lie.")
    elif study.judged(need) == A_WINS and _without_mig_as_well(study):
        parts.append("But the same A100 serves as many without MIG: the advantage is the larger GPU's.")
    parts.append(_if_isolated(study))
    parts.append(
        f"Of {len(study.by_job)} cases of users and jobs the A100s are the better choice in "
        f"{cases[A_WINS]}, Sparks in {cases[S_WINS]}; it depends in {cases[EITHER]}, and neither can in "
        f"{cases[NEITHER]}."
    )
    return " ".join(parts)


def _if_isolated(study: SparkStudy) -> str:
    """Say what it takes if isolation is asked for, or is not, unlike it is now."""
    need = replace(study.need, isolated=not study.need.isolated)
    other = study.enough(need)
    case = "must have its own memory and SMs" if need.isolated else "may share memory and SMs"
    return f"If each {case}, it takes {_either(other)}; better then: {study.judged(need)}."


def _either(enough: Enough) -> str:
    return (
        f"{_count(enough.a100s, 'A100 with MIG', 'A100s with MIG')} or "
        f"{_count(enough.sparks, 'DGX Spark', 'DGX Sparks')}"
    )


def _figures(study: SparkStudy, enough: Enough) -> list[Figure]:
    need, found = study.need, []
    for machine in (A100_MIG, A100_PLAIN, SPARK_ALONE):
        middle, *ends = (
            study.most_users(machine, need, end) for end in ("seconds", "low_seconds", "high_seconds")
        )
        low, high = min(middle, *ends), max(middle, *ends)
        what = f"users that one {machine} serves in time"
        found.append(Figure(what, middle, "users", "modelled", study.provenance, low, high))
    for count, what in ((enough.a100s, "A100s with MIG needed"), (enough.sparks, "DGX Sparks needed")):
        source = study.provenance if count else "no number is enough"
        found.append(Figure(what, count, "", "modelled", source))
    a100, spark = study.a100, study.spark
    bandwidths = [float(each.whole.bandwidth.value) for each in (a100, spark)]
    found += [
        Figure(
            f"{a100.name} over {spark.name}, memory bandwidth",
            bandwidths[0] / bandwidths[1],
            "times",
            "listed",
            f"{bandwidths[0]:g} GB/s of STREAM copy over {bandwidths[1]:g} GB/s read",
        ),
        Figure(
            f"{spark.name} over {a100.name}, memory",
            (spark.memory_mib or 0) / (a100.memory_mib or 1),
            "times",
            "listed",
            f"{spark.memory_mib:,} MiB over {a100.memory_mib:,} MiB",
        ),
        *worth_in_sparks(a100, spark).values(),
        Figure("price of one A100 board", None, "USD", "listed", "no list price was found"),
    ]
    return found


def _reasons(study: SparkStudy) -> list[str]:
    job = JOBS_OF_USERS[study.need.job]
    a100, spark = (
        study.board(machine, study.need.job).service(study.ways(machine)[0])
        for machine in (A100_PLAIN, SPARK_ALONE)
    )
    said = [f"{job.title} does not fit a {study.a100.name}."]
    if a100 is not None and spark is not None:
        ends = [spark.low_seconds / a100.high_seconds, spark.high_seconds / a100.low_seconds]
        faster, low, high = (written(each) for each in (spark.seconds / a100.seconds, *ends))
        said = [
            (
                f"{job.title}, alone: {duration(a100.seconds)} on a whole {study.a100.name}, "
                f"{duration(spark.seconds)} on a Spark, {faster} times as long ({low} to {high} in the "
                "model's band)."
            )
        ]
    said.append(_best_layout(study))
    worth = worth_in_sparks(study.a100, study.spark)
    said.append(
        "One A100 stands for "
        + ", ".join(f"{written(each.value or 0)} Sparks by {name}" for name, each in worth.items())
        + ": with fewer Sparks for each A100 than all of these they are better, with more the A100s."
    )
    mig, mps = isolation_facts.tally("MIG"), isolation_facts.tally("MPS")
    said.append(
        f"Of {sum(mig.values())} things that users may share, MIG keeps {mig['isolated']} apart and MPS, "
        f"the best that a Spark has, {mps['isolated']}; a Spark for each user keeps all apart. MIG is no "
        "virtual machine."
    )
    return said


def _best_layout(study: SparkStudy) -> str:
    most, seat = study.best_layout(study.need)
    if not most:
        return "No layout of an A100 serves even one of these users in time."
    uncut = ", which is not cut at all" if seat.servers == 1 else ""
    return (
        f"The layout of an A100 that serves the most of these users is {seat.title}{uncut}: {_users(most)}."
    )


def _would_change(study: SparkStudy) -> list[str]:
    need = study.need
    most = {machine: study.most_users(machine, need) for machine in (A100_MIG, A100_PLAIN, SPARK_ALONE)}
    said = [
        (
            f"Users: one Spark is enough for up to {most[SPARK_ALONE]}, one A100 with MIG for up to "
            f"{most[A100_MIG]} (without MIG {most[A100_PLAIN]}), a DGX of {BOARDS_OF_DGX} for up to "
            f"{BOARDS_OF_DGX * most[A100_MIG]}."
        )
    ]
    alone = [study.most_memory_gib(machine, 1) for machine in (A100_MIG, SPARK_ALONE)]
    seven = [study.most_memory_gib(machine, 7) for machine in (A100_MIG, SPARK_ALONE)]
    said.append(
        f"Memory: alone a user has room for {written(alone[0])} GiB on an A100 with MIG and "
        f"{written(alone[1])} GiB on a Spark, one of seven for {written(seven[0])} and {written(seven[1])}; "
        f"above {written(min(alone))} GiB a user only {'Sparks' if alone[0] < alone[1] else 'A100s'} will "
        "do."
    )
    said.append(f"Isolation: {_if_isolated(study)}")
    for share in (0.01, 1.0):
        if share != need.load:
            busier = SparkStudy(replace(need, load=share), study.a100.name)
            enough = busier.enough(busier.need)
            said.append(
                f"Load: with users who each keep an A100 {100 * share:g} % busy it takes {_either(enough)}: "
                f"{busier.winner(enough)}."
            )
    return said


def _of_decoding(study: SparkStudy) -> list[str]:
    if not JOBS_OF_USERS[study.need.job].is_decoding:
        return ["Times are modelled from arithmetic and traffic; nothing was measured."]
    off = {
        family: [row.modelled / row.published - 1 for row in scored(family)]
        for family in ("spark_decode", "a100_decode")
    }
    a100, spark = off["a100_decode"], off["spark_decode"]
    return [
        (
            "Decoding is modelled as bandwidth over weights. Published rates on Sparks were met within "
            f"{100 * max(map(abs, spark)):.0f} %; on A100s the model is {100 * min(a100):.0f} to "
            f"{100 * max(a100):.0f} % too fast, and the band reaches down that far. The published runs are "
            "18 months apart in software."
        ),
        "Only the tokens of the answer are counted, one sequence at a time, with an empty context.",
    ]


def _right(enough: Enough) -> str:
    a100s, sparks = enough
    if a100s is None:
        return CHOICES[5] if sparks is None else CHOICES[4]
    if sparks is None:
        return CHOICES[3]
    return CHOICES[0] if sparks == 1 else CHOICES[1] if a100s == 1 else CHOICES[2]


def _users(count: int) -> str:
    return "One user" if count == 1 else f"{count} users"


def _count(count: int | None, one: str, many: str) -> str:
    return f"no number of {many}" if count is None else f"{count} {one if count == 1 else many}"


def _charts(study: SparkStudy) -> dict[str, alt.TopLevelMixin]:
    need = study.need
    charts: dict[str, alt.TopLevelMixin] = {}
    if study.by_users["latency_p99_s"].notna().any():
        charts["Latency by users"] = _latency_by_users(study)
    cases = Counter(study.by_job["winner"])
    charts["By users and job"] = case_grid(
        study.by_job,
        ("users", "job"),
        f"A100s win {cases[A_WINS]} cases, Sparks {cases[S_WINS]}; it depends in {cases[EITHER]}.",
        f"Users (across) by job, within {duration(need.latency_seconds)}; in a cell: A100s : Sparks that "
        "are enough",
    )
    cases = Counter(study.by_memory["winner"])
    charts["By users and memory"] = case_grid(
        study.by_memory,
        ("users", "memory"),
        f"{need.job[0].upper()}{need.job[1:]}: A100s win {cases[A_WINS]} cases, Sparks {cases[S_WINS]}; it "
        f"depends in {cases[EITHER]}.",
        f"Users (across) by memory, within {duration(need.latency_seconds)}; in a cell: A100s : Sparks that "
        "are enough",
    )
    return charts


def _latency_by_users(study: SparkStudy) -> alt.TopLevelMixin:
    need, longest = study.need, float(study.by_users["latency_p99_s"].max())
    best = max((A100_MIG, A100_PLAIN, SPARK_ALONE), key=lambda machine: study.most_users(machine, need))
    most = study.most_users(best, need)
    name = best
    if best != SPARK_ALONE and most == study.most_users(A100_PLAIN, need) == study.most_users(A100_MIG, need):
        name = "A100, with MIG or without,"
    title = f"Within {duration(need.latency_seconds)}, one {name} serves the most: {_users(most).lower()}."
    axes = "p99 latency, s, by users on one machine; a line ends where memory does; ↑: off the plot"
    marks = Marks(need.latency_seconds, "needed", need.users, min(2.5 * need.latency_seconds, 1.2 * longest))
    if longest < need.latency_seconds:
        marks = Marks(chosen=need.users)
        axes = f"p99 latency, s (needed: {written(need.latency_seconds)} s), by users on one machine"
    return lines_by(
        study.by_users,
        ("users", "latency_p99_s"),
        Words(title if most else f"No machine serves anybody within {duration(need.latency_seconds)}.", axes),
        marks,
    )


def _nobody_can_say() -> Outcome:
    headline = (
        f"No step of a training job was published for a DGX Spark, nor its dense tensor rate, so {TRAINING} "
        "cannot be compared. For A100s there are published times (scenario 1)."
    )
    verdict = ClaimVerdict(
        claim=CLAIM,
        answer="not supported",
        headline=headline,
        figures=[
            Figure(f"time of a training step on {SPARK}", None, "s", "published", "nobody published it")
        ],
        limits=["Times on one machine are not carried over to another."],
        would_change=["A published or measured training step on a DGX Spark."],
    )
    return Outcome(verdict=verdict, right_choice=CHOICES[-1], explanation=headline, tables={}, charts={})


against_spark = Scenario(
    name="against_spark",
    number=7,
    title="A100 with MIG against DGX Spark",
    claim=CLAIM,
    question="What does it take to serve these users in time?",
    choices=CHOICES,
    controls=(
        Choice("a100", "A100", A100S, A100S[0]),
        Number("users", "Users", 1, 112, 56),
        Choice("job", "What each request runs", (*JOBS_OF_USERS, TRAINING), "exercise: small network"),
        Number("memory", "GPU memory for each user", 0.5, 120, 4, 0.5, "GiB"),
        Number("latency", "p99 of an answer", 0.05, 60, 1, 0.05, "s"),
        Number("load", "Load: how busy each would keep an A100", 1, 100, 10, 1, "%"),
        Choice("isolation", "Users", (SHARED, OWN), SHARED),
    ),
    study=_study,
)
"""A100 with MIG against DGX Spark."""
