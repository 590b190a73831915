"""Scenario 4: the same layout on bare metal, in containers, Kubernetes, EKS, Slurm and JupyterHub."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pandas as pd

from mig_explorer.charts.deployment_steps import deployment_steps
from mig_explorer.experiments.words import number
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios import deployment_checklist as checklist
from mig_explorer.scenarios.controls import Choice
from mig_explorer.scenarios.deployment_layouts import LAYOUTS, layout_named
from mig_explorer.scenarios.deployment_targets import TARGETS, deliver, target_named
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.layouts import Layout
    from mig_explorer.scenarios.deployment_targets import Delivery

CLAIM = (
    "A MIG layout goes unchanged wherever GPUs are handed out: bare metal, containers, Kubernetes, EKS, "
    "Slurm and "
    "JupyterHub."
)
GPUS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB", "GB10")
SPARK = "GB10"
ALL, MOST, HALF, NONE = CHOICES = ("all of them", "more than half", "half or fewer", "none")
COUNTED = "counted from the files that mig_explorer.formats writes"
NOBODY_MINDS = "The slices are whole GPU instances, all alike, and stand where the driver would put them too."
PREPARED = (
    "Installing drivers, Kubernetes, the operator, the DRA driver, Slurm or JupyterHub is not counted, nor "
    "is the "
    "time of any step."
)


def _study(gpu: str, layout: str, target: str) -> Outcome:
    placed = layout_named(board_of(gpu), layout)
    every = [deliver(placed, each) for each in TARGETS]
    chosen = deliver(placed, target_named(target))
    taken = _of(every, "unchanged")
    verdict = ClaimVerdict(
        CLAIM,
        "yes" if len(taken) == len(every) else "it depends" if taken or _of(every, "moved") else "no",
        _headline(placed, every),
        _figures(placed, every, chosen),
        reasons=[f"{each.target.name}: {each.why}" for each in every if each.why] or [NOBODY_MINDS],
        limits=[
            PREPARED,
            "The files were checked against parsers and imitations of the tools, not on a cluster.",
            "EKS takes the GPU operator's files; which boards AWS offers is recalled.",
            "Slurm can share a whole GPU by MPS or in shards: mig_explorer.formats has no file for that.",
        ],
        would_change=_would_change(len(taken) == len(every)),
        sources=[str(each) for each in checklist.behind(placed.gpu, target)],
    )
    targets = _table(placed, every)
    return Outcome(
        verdict,
        _right(len(taken), len(every)),
        _explained(chosen),
        {
            "Targets": targets,
            f"{SPARK} without MIG": _spark(),
            "Checklist": checklist.table(placed.gpu, target),
            "Checklist for all targets": checklist.table(placed.gpu),
        },
        {"Steps": deployment_steps(targets)},
        texts={each.filename: each.text for each in chosen.documents},
    )


def _would_change(all_take_it: bool) -> list[str]:
    if all_take_it:
        return [
            "Slices of different sizes: the strategy single refuses them.",
            "Compute instances: Kubernetes cannot offer them.",
        ]
    return [
        "Slices that are all alike: then the strategy single takes them too.",
        "Whole GPU instances instead of compute instances: then Kubernetes can offer them.",
    ]


def _of(every: Sequence[Delivery], status: str) -> list[Delivery]:
    return [each for each in every if each.status == status]


def _right(taken: int, of: int) -> str:
    if not taken:
        return NONE
    return ALL if taken == of else MOST if 2 * taken > of else HALF


def _headline(placed: Layout, every: Sequence[Delivery]) -> str:
    if not placed.gpu.has_mig:
        return f"A {SPARK} has no MIG and takes no layout: {_spark_says()}."
    taken, moved, refused = (_of(every, status) for status in ("unchanged", "moved", "refused"))
    said = (
        f"By the files generated here {_many(len(taken))} of {number(len(every))} targets {_take(len(taken))}"
    )
    said = f"{said} {_called(placed)} of an {placed.gpu.name} unchanged"
    if taken:
        steps = [each.steps for each in taken]
        said += f", in {min(steps)} to {max(steps)} steps of set-up"
    if moved:
        said += f"; {_many(len(moved))} would let the driver choose other starts ({_names(moved)})"
    if refused:
        said += f"; {_many(len(refused))} refuse{'s' if len(refused) == 1 else ''} it ({_names(refused)})"
    return f"{said}. No instance survives a reboot, and a {SPARK} has no MIG at all: {_spark_says()}."


def _spark_says() -> str:
    kept = [each for each in _spark_deliveries() if each.documents]
    many = f"{number(len(kept))} of {number(len(TARGETS))} targets"
    return f"{many} get files for sharing it by time slicing or MPS ({_names(kept)}), the others none"


@functools.cache
def _spark_deliveries() -> tuple[Delivery, ...]:
    return tuple(deliver(layout_named(board_of(SPARK), LAYOUTS[0]), each) for each in TARGETS)


def _figures(placed: Layout, every: Sequence[Delivery], chosen: Delivery) -> list[Figure]:
    of = f"of {len(every)} targets, those that"
    source = f"{placed.gpu.name}, {_called(placed)}; {COUNTED}"
    refused = chosen.status == "refused"
    return [
        Figure(f"{of} take the layout unchanged", len(_of(every, "unchanged")), "", "counted", source),
        Figure(f"{of} keep the devices and not the starts", len(_of(every, "moved")), "", "counted", source),
        Figure(f"{of} refuse it", len(_of(every, "refused")), "", "counted", source),
        Figure(
            f"steps of set-up, {chosen.target.name}",
            None if refused else chosen.steps,
            "steps",
            "counted",
            "there are none: it refuses the layout" if refused else source,
        ),
        Figure(f"{of} take a MIG layout of a {SPARK}", 0, "", "listed", f"{SPARK} has no MIG"),
        Figure(
            f"{of} get files for sharing a whole {SPARK}",
            sum(bool(each.documents) for each in _spark_deliveries()),
            "",
            "counted",
            f"{SPARK}; {COUNTED}",
        ),
    ]


def _table(placed: Layout, every: Sequence[Delivery]) -> pd.DataFrame:
    rows = [
        {
            "target": each.target.name,
            "status": each.status,
            "files": each.files,
            "commands": each.commands,
            "steps": None if each.status == "refused" else each.steps,
            "documents": ", ".join(one.filename for one in each.documents),
            "why": each.why,
        }
        for each in every
    ]
    table = pd.DataFrame(rows).astype({"steps": "Int64"})
    table.attrs |= {
        "provenance": f"{COUNTED[0].upper()}{COUNTED[1:]}; {placed.gpu.name}",
        "layout": _called(placed),
    }
    return table


def _spark() -> pd.DataFrame:
    rows = [
        {
            "target": each.target.name,
            "mig_layout": each.status,
            "what_remains": ", ".join(one.filename for one in each.documents) or _whole(each),
            "why": each.why,
        }
        for each in _spark_deliveries()
    ]
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = f"{COUNTED}; {SPARK}"
    return table


def _whole(delivery: Delivery) -> str:
    no_cloud = delivery.target.name == "EKS"
    return "nothing: no such instance is known here" if no_cloud else "the whole GPU, without any file"


def _explained(chosen: Delivery) -> str:
    name = chosen.target.name
    if chosen.status == "refused":
        return f"{name} refuses this layout: {chosen.why}"
    files = f"{chosen.files} file{'' if chosen.files == 1 else 's'} to put in place"
    run = f"{chosen.commands} command{'' if chosen.commands == 1 else 's'} to run"
    return f"{name} takes it in {chosen.steps} steps: {files} and {run}. {chosen.why}".strip()


def _called(placed: Layout) -> str:
    return placed.title if placed.instances else "a layout"


def _names(deliveries: Sequence[Delivery]) -> str:
    return ", ".join(each.target.name for each in deliveries)


def _many(count: int) -> str:
    return number(count) if count else "none"


def _take(count: int) -> str:
    return "takes" if count == 1 else "take"


deployment = Scenario(
    name="deployment",
    number=4,
    title="Deployment",
    claim=CLAIM,
    question="How many of the nine targets take this layout unchanged?",
    choices=CHOICES,
    controls=(
        Choice("gpu", "GPU", GPUS, GPUS[0]),
        Choice("layout", "Layout", LAYOUTS, LAYOUTS[0]),
        Choice("target", "Target", tuple(each.name for each in TARGETS), "Kubernetes mixed"),
    ),
    study=_study,
)
"""Deployment."""
