"""Scenario 3: what is kept apart when tenants share a GPU, and what a neighbour that misbehaves can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.charts.isolation_matrix import isolation_matrix
from mig_explorer.experiments.words import number
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios import isolation_facts as facts
from mig_explorer.scenarios.controls import Choice
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.isolation_case import NEIGHBOURS
from mig_explorer.scenarios.isolation_cases import ANY, case_of
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.sources import sources
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    from mig_explorer.scenarios.isolation_case import Case

CLAIM = (
    "MIG shields a tenant from neighbours on the same GPU that misbehave; the other ways to share it do not."
)
GPUS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB", "GB10")
INSTEAD = ("MPS", "time slicing", "green contexts", "compute instances")

SOME, ONLY, PARTLY, BOTH, NEITHER, NOBODY, NO_MIG = CHOICES = (
    "MIG shields her from some, not from all",
    "only MIG shields her",
    "MIG shields her, the other way in part",
    "both shield her",
    "neither shields her",
    "nobody knows",
    "this GPU has no MIG",
)

OUTCOMES = {
    ("isolated", "shared"): ("yes", ONLY),
    ("isolated", "partly"): ("it depends", PARTLY),
    ("isolated", "isolated"): ("it depends", BOTH),
    ("partly", "shared"): ("it depends", PARTLY),
    ("partly", "partly"): ("it depends", BOTH),
    ("shared", "shared"): ("no", NEITHER),
    ("shared", "partly"): ("no", NEITHER),
    ("shared", "unknown"): ("no", NOBODY),
}
"""The answer and the right prediction, by what MIG keeps apart and what the other way does. Where the rest is
unknown, nothing supports the claim."""


def judged(mig: str, other: str) -> tuple[str, str]:
    """Return the answer to the claim and the right prediction.

    Examples
    --------
    >>> judged("isolated", "shared"), judged("shared", "shared"), judged("isolated", "unknown")
    (('yes', 'only MIG shields her'), ('no', 'neither shields her'), ('not supported', 'nobody knows'))
    """
    return OUTCOMES.get((mig, other), ("not supported", NOBODY))


def _study(gpu: str, instead: str, neighbour: str) -> Outcome:
    board = board_of(gpu)
    if not board.has_mig:
        return _without_mig(gpu, instead, neighbour)
    case = case_of(neighbour, board, ("MIG", instead))
    answer, right = judged(case.answers["MIG"], case.answers[instead])
    if neighbour == ANY and case.answers["MIG"] == "partly":
        answer, right = "it depends", SOME
    verdict = ClaimVerdict(
        CLAIM,
        answer,
        f"{case.effect} {_whole_picture()}",
        [*case.figures, *_tallies(instead)],
        reasons=_reasons(neighbour, ("MIG", instead)),
        limits=[*case.limits, *_limits()],
        would_change=_would_change(answer),
        sources=_cited(neighbour, ("MIG", instead)),
    )
    return _outcome(verdict, right, case, instead)


def _without_mig(gpu: str, instead: str, neighbour: str) -> Outcome:
    alternative = instead if instead != "compute instances" else "MPS"
    case = case_of(neighbour, board_of(gpu), (alternative,))
    figure = Figure("GPU instances that it can be cut into", 0, "", "listed", f"{gpu} has no MIG")
    verdict = ClaimVerdict(
        CLAIM,
        "not supported",
        f"{gpu} has no MIG, so there is nothing to shield anybody. {case.effect}",
        [figure, *case.figures, _tally(alternative)],
        reasons=_reasons(neighbour, (alternative,)),
        limits=[*case.limits, *_limits(), *_in_its_place(instead, alternative)],
        would_change=["A board with MIG."],
        sources=_cited(neighbour, (alternative,)),
    )
    return _outcome(verdict, NO_MIG, case, alternative)


def _outcome(verdict: ClaimVerdict, right: str, case: Case, other: str) -> Outcome:
    marked = ["MIG", other] if "MIG" in case.answers else [other]
    return Outcome(
        verdict,
        right,
        f"{case.effect} {' '.join(verdict.reasons[:2])}",
        {
            **case.tables,
            "What is isolated": facts.matrix(),
            "What MIG does not isolate": facts.beyond(),
            "What each answer rests on": facts.evidence(),
        },
        {**case.charts, "What is isolated": isolation_matrix(facts.matrix(), marked)},
        case.results,
    )


def _whole_picture() -> str:
    counts = facts.tally("MIG")
    many = number(sum(counts.values()))
    return (
        f"MIG is no virtual machine: of {many} things a neighbour may reach it isolates "
        f"{number(counts['isolated'])}, {number(counts['partly'])} in part, and leaves "
        f"{number(counts['shared'])} shared, the PCIe link, power and the kernel driver among them."
    )


def _tally(way: str) -> Figure:
    counts = facts.tally(way)
    source = "the table of evidence of this scenario"
    what = f"of {sum(counts.values())} things looked at, those that {way} isolates"
    return Figure(what, counts["isolated"], "", "published", source, None, None)


def _tallies(instead: str) -> list[Figure]:
    return [_tally("MIG"), _tally(instead)]


def _things(neighbour: str) -> list[str]:
    return list(NEIGHBOURS.values()) if neighbour == ANY else [NEIGHBOURS[neighbour]]


def _reasons(neighbour: str, ways: tuple[str, ...]) -> list[str]:
    return [
        f"{way[0].upper()}{way[1:]}, {what}: {facts.kept(way, what).why}"
        for what in _things(neighbour)
        for way in ways
    ]


def _limits() -> list[str]:
    how_read = (
        "The matrix is what publications say, several of them read in part; the table of evidence says how."
    )
    no_proof = (
        "Isolated means that NVIDIA says so or that others measured it; it is no proof against attacks."
    )
    return [how_read, no_proof]


def _in_its_place(instead: str, shown: str) -> list[str]:
    return [] if instead == shown else [f"{instead.capitalize()} need MIG: {shown} is shown in their place."]


def _would_change(answer: str) -> list[str]:
    changes = [
        "Another kind of neighbour: the answer is not the same for each.",
        "MIG-backed virtual machines.",
    ]
    if answer == "yes":
        return ["Tenants who trust each other: then what the other way shares may not matter.", *changes]
    return changes


def _cited(neighbour: str, ways: tuple[str, ...]) -> list[str]:
    told = (facts.kept(way, what) for what in _things(neighbour) for way in ways)
    return [
        str(sources(facts.FACTS)[key]) for key in dict.fromkeys(key for cell in told for key in cell.sources)
    ]


isolation = Scenario(
    name="isolation",
    number=3,
    title="Security and isolation",
    claim=CLAIM,
    question="Ann shares a GPU with neighbours, and they misbehave. What shields her?",
    choices=CHOICES,
    controls=(
        Choice("gpu", "GPU", GPUS, GPUS[0]),
        Choice("instead", "Instead of MIG", INSTEAD, INSTEAD[0]),
        Choice("neighbour", "The neighbour", (ANY, *NEIGHBOURS), ANY),
    ),
    study=_study,
)
"""Security and isolation."""
