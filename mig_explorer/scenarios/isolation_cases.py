"""What each kind of neighbour does to Ann: modelled, counted from capacities, or stated by publications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment, InvalidWorkload
from mig_explorer.experiments.words import number, times
from mig_explorer.model.calibration import constants
from mig_explorer.scenarios import greedy_neighbour
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.isolation_case import NEIGHBOURS, QUIET, UNNOTICED, Case, answers_of, under
from mig_explorer.scenarios.isolation_facts import FACTS
from mig_explorer.scenarios.noisy_case import noisy_case
from mig_explorer.scenarios.noisy_neighbour import VICTIM
from mig_explorer.scenarios.sources import cited

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu

ANY = "any of these"
"""All of them, one at a time."""

SEEN = "bandwidth modelled, memory counted from capacities, the rest as publications say"

SAVED_BY_MINDING_PCIE = 18.0
"""Percent, about: abstract of PCIe Bandwidth-Aware Scheduling for Multi-Instance GPUs, HPC Asia 2025."""

FASTER_COVERT_CHANNEL = 40.0
"""Abstract of Nayak's thesis on TLB-based covert channels, IISc Bangalore, 2021."""


def case_of(neighbour: str, gpu: Gpu, ways: tuple[str, ...]) -> Case:
    """Return what that neighbour does on a board under some ways to share, MIG first.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> case_of("crashes", gpu("A30"), ("MIG", "MPS")).answers
    {'MIG': 'isolated', 'MPS': 'shared'}
    """
    if neighbour == "takes the bandwidth":
        return noisy_case(gpu, ways)
    if neighbour == "fills the memory":
        return _greedy(gpu, ways)
    if neighbour == ANY:
        return _any(gpu, ways)
    told = {"crashes": _crashing, "fills the PCIe link": _copying, "listens": _listening}
    return told[neighbour](ways)


def cases(gpu: Gpu, ways: tuple[str, ...]) -> Mapping[str, Case]:
    """Return what each kind of neighbour does."""
    return {neighbour: case_of(neighbour, gpu, ways) for neighbour in NEIGHBOURS}


def _any(gpu: Gpu, ways: tuple[str, ...]) -> Case:
    import pandas as pd  # noqa: PLC0415

    every = cases(gpu, ways)
    told = {way: [case.answers[way] for case in every.values()] for way in ways}
    counts = {way: found.count("isolated") for way, found in told.items()}
    answers = {
        way: {0: "shared", len(every): "isolated"}.get(count, "partly") for way, count in counts.items()
    }
    said = " and ".join(f"from {_none(counts[way])}{_in_part(told[way])} {under(way)}" for way in ways)
    shown = [
        Figure(
            f"of {len(every)} kinds of neighbour, those that {way} shields from", count, "", "counted", SEEN
        )
        for way, count in counts.items()
    ]
    table = pd.DataFrame(
        [{"neighbour": name, **case.answers, "found": case.effect} for name, case in every.items()]
    )
    table.attrs["provenance"] = SEEN
    noisy = every["takes the bandwidth"]
    return Case(
        answers,
        f"Of {number(len(every))} kinds of bad neighbour {VICTIM} is shielded {said}{_at_a_price(noisy)}.",
        (*shown, *(figure for case in every.values() for figure in case.figures)),
        tuple(dict.fromkeys(limit for case in every.values() for limit in case.limits)),
        {
            "Kinds of neighbour": table,
            **{title: each for case in every.values() for title, each in case.tables.items()},
        },
        noisy.charts,
        noisy.results,
    )


def _none(count: int) -> str:
    return number(count) if count else "none"


def _in_part(answers: list[str]) -> str:
    count = answers.count("partly")
    return f", {number(count)} in part," if count else ""


def _at_a_price(noisy: Case) -> str:
    quiet = next((each.value for each in noisy.figures if each.what.endswith(QUIET)), None)
    if quiet is None or quiet <= UNNOTICED:
        return ""
    return f"; on her slice she waits {times(quiet)} as long while they are quiet"


def _greedy(gpu: Gpu, ways: tuple[str, ...]) -> Case:
    rows, limits = [], ["Memory: what CUDA itself takes for every process is not counted."]
    for way in ways:
        try:
            rows.append(greedy_neighbour.left(gpu, way))
        except (InvalidExperiment, InvalidWorkload) as error:
            limits.append(f"Of {way} no refusal can be shown: {error}")
    shown = [
        Figure(
            f"memory left to {VICTIM} {under(each.way)} once neighbours took all they can get",
            each.memory_mib,
            "MiB",
            "counted",
            f"{gpu.name}, capacities of the catalogue",
        )
        for each in rows
    ]
    said = " and ".join(f"{_mib(each.memory_mib)} {under(each.way)}" for each in rows)
    if "MPS" in ways:
        limits.append("MPS clients can be given limits of memory; by default they have none.")
    partly = " (unless its clients were given limits)" if "MPS" in ways else ""
    return Case(
        answers_of("fills the memory", ways),
        f"Once neighbours took all the memory they can get, {VICTIM} has {said}{partly}.",
        tuple(shown),
        tuple(limits),
        {"Who gets memory": greedy_neighbour.table(rows)},
    )


def _mib(amount: int | None) -> str:
    return "an unknown amount" if amount is None else f"{amount:,} MiB"


def _crashing(ways: tuple[str, ...]) -> Case:
    whom = {
        "isolated": "nobody else",
        "partly": "perhaps others (its documents disagree)",
        "shared": "everybody else on the GPU",
        "unknown": "it is not known whom",
    }
    answers = answers_of("crashes", ways)
    said = " and ".join(f"{whom[answer]} {under(way)}" for way, answer in answers.items())
    return Case(
        answers,
        f"By what NVIDIA publishes, a tenant whose kernel faults takes down {said}.",
        (),
        (
            "Faults: no GPU was made to fault here, this is what the sources say.",
            "Emulated tenants have processes of their own in every mode: that shows nothing of a GPU.",
        ),
    )


def _copying(ways: tuple[str, ...]) -> Case:
    link = constants()["pcie_bandwidth"]
    paper = cited(FACTS, ["pcie"])
    return Case(
        answers_of("fills the PCIe link", ways),
        f"Transfers between host and GPU share one link, {' as well as '.join(map(under, ways))}.",
        (
            Figure("PCIe 4 link that all share", float(link.value), link.unit, "published", link.source),
            Figure(
                "job completion times saved on MIG by a scheduler that minds the shared link",
                SAVED_BY_MINDING_PCIE,
                "%",
                "published",
                paper,
            ),
        ),
        ("PCIe: the requests of this study copy nothing over it, so this is stated and not modelled.",),
    )


def _listening(ways: tuple[str, ...]) -> Case:
    answers = answers_of("listens", ways)
    unknown = [way for way, answer in answers.items() if answer == "unknown"]
    nobody = f" Of {unknown[0]} no study was found." if unknown else ""
    shown = []
    if "MPS" in ways:
        shown.append(
            Figure(
                "speed of a covert channel through the TLB under MPS, over that without MPS",
                FASTER_COVERT_CHANNEL,
                "times",
                "published",
                cited(FACTS, ["mps-tlb"]),
            )
        )
    on_mig = ", with MIG too: attacks on it were published in 2023 and 2026" if "MIG" in ways else ""
    return Case(
        answers,
        f"A neighbour can tell from timing what others on the GPU do{on_mig}.{nobody}",
        tuple(shown),
        ("Side channels: nothing was tried here, it is what the abstracts of the papers say.",),
    )
