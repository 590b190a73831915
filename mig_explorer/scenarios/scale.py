"""Scenario 5: a class of 56 at once on eight A100s, against one and against several DGX Sparks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from mig_explorer.charts.class_over_time import class_over_time
from mig_explorer.charts.machines_needed import Level, machines_needed
from mig_explorer.charts.seat_map import seat_map
from mig_explorer.fleet import Experience, Fleet, Node, Seating, Shared, experience
from mig_explorer.fleet.node import BOARDS_OF_DGX_A100
from mig_explorer.gpus import gpu
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.jobs import JOBS, job
from mig_explorer.scenarios.scale_beyond import by_nodes, language_models, losses
from mig_explorer.scenarios.scale_seats import (
    A100,
    ASKS,
    CLASS_S,
    LAYOUTS,
    LOST_S,
    MODES,
    SEED,
    Class,
)
from mig_explorer.scenarios.scale_sparks import Sparks, SparkUsers, Times
from mig_explorer.scenarios.scale_verdict import CHOICES, CLAIM, Findings, verdict
from mig_explorer.scenarios.scenario import Outcome, Scenario

if TYPE_CHECKING:
    import altair as alt

    from mig_explorer.workloads import Workload

THINKS_S = (0.0, 2.0, 10.0)
"""Think times that are looked at beside the one asked for."""


def _study(job_name: str, think_seconds: float, node_lost: str, **asked: Any) -> Outcome:
    of, work = Class(node_lost=node_lost == "yes", **asked), job(job_name)
    cut, shared = of.cut(), of.shared()
    slices, together = (_experienced(each, work, think_seconds) for each in (cut, shared))
    crowd = SparkUsers(of, work, think_seconds)
    by_sparks = crowd.table()
    fewest = None if slices is None else crowd.fewest(Times.of(slices))
    uncut = None if slices is None else _uncut(of, cut, work, think_seconds)
    thinking = f", {think_seconds:g} s of thought between" if think_seconds else ", one after another"
    found = Findings(of, f"{work.title}{thinking}", cut, shared, slices, together, fewest, uncut)
    said = verdict(found)
    tables = {
        "What became of the users": _outcomes(found),
        "The users": cut.table,
        "What a user gets": _experiences(found),
        "By number of Sparks": by_sparks,
        "With more time to think": _thinking(found, work, crowd),
        "When a machine is lost": _losses(of),
        "One language model for each user": language_models(
            tuple(dict.fromkeys(seat.size for seat in cut.fleet.seats))
        ),
    }
    if fewest is not None:
        tables["From one node to hundreds of GPUs"] = by_nodes(
            len(cut.fleet.nodes[0].seats), fewest, of.users
        )
    return Outcome(
        said,
        found.right_choice,
        said.headline,
        tables,
        _charts(found, by_sparks),
        {} if slices is None else slices.results,
    )


def _experienced(seating: Seating, work: Workload, think_seconds: float) -> Experience | None:
    taken = seating.taken(seating.fullest_s)
    if not taken:
        return None
    return experience(seating.fleet, taken.values(), work, think_seconds=think_seconds, seed=SEED)


def _uncut(of: Class, cut: Seating, work: Workload, think_seconds: float) -> Experience:
    """Return what those who sit at the fullest would have on the same boards without slices."""
    boards = BOARDS_OF_DGX_A100 * (of.nodes - len(cut.lost))
    users = math.ceil(len(cut.taken(cut.fullest_s)) / boards)
    fleet = Fleet([Node("A100", [Shared(gpu(A100), users, MODES["MPS"])])])
    return experience(fleet, fleet.seats, work, think_seconds=think_seconds, seed=SEED)


def _outcomes(found: Findings) -> pd.DataFrame:
    rows = [
        {"machines": f"{count} × {what}", "seats": len(seating.fleet.seats), **seating.counts}
        | {f"longest_wait_{unit}": seating.table["waited_s"].max() / per for unit, per in (("min", 60.0),)}
        for what, count, seating in (
            ("DGX A100", found.of.nodes, found.cut),
            ("DGX Spark", found.of.sparks, found.shared),
        )
    ]
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = found.cut.table.attrs["provenance"]
    return table


def _experiences(found: Findings) -> pd.DataFrame:
    parts = [each.table for each in (found.slices, found.together, found.uncut) if each is not None]
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    table.attrs["provenance"] = parts[0].attrs["provenance"]
    return table


def _thinking(found: Findings, work: Workload, asked: SparkUsers) -> pd.DataFrame:
    """Return how many Sparks answer as soon as a slice, by the time that users think."""
    rows = []
    for think in sorted({*THINKS_S, asked.think}) if found.slices is not None else ():
        as_asked = think == asked.think
        here = found.slices if as_asked else _experienced(found.cut, work, think)
        assert here is not None  # noqa: S101 - the same seats as before
        crowd = asked if as_asked else SparkUsers(found.of, work, think)
        there, level = Times.of(crowd.together(found.of.users_on_a_spark)), Times.of(here)
        rows.append(
            {
                "think_s": think,
                "slices_latency_p99_s": level.value,
                "sparks_latency_p99_s": there.value,
                "sparks_latency_p99_low_s": there.low,
                "sparks_latency_p99_high_s": there.high,
                "sparks_that_answer_as_soon": crowd.fewest_as_modelled(level),
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = f"modelled, not measured; {work.title}, seed {SEED}"
    return table


def _losses(of: Class) -> pd.DataFrame:
    lost = replace(of, node_lost=True)
    return losses(lost, lost.cut(), lost.shared())


def _charts(found: Findings, by_sparks: pd.DataFrame) -> dict[str, alt.TopLevelMixin]:
    of = found.of
    names = {f"{of.nodes} × DGX A100": found.cut, f"{of.sparks} × DGX Spark": found.shared}
    charts: dict[str, alt.TopLevelMixin] = {
        "Seats": seat_map(_seats(found), _seats_title(found)),
        "The class over time": class_over_time(
            {name: seating.over_time for name, seating in names.items()},
            until_s=CLASS_S,
            lost_s=LOST_S if of.node_lost else None,
            provenance=f"Counted; times of arrival and sessions are assumed; seed {SEED}.",
        ),
    }
    if found.slices is not None and found.fewest is not None:
        level = Times.of(found.slices)
        charts["By number of Sparks"] = machines_needed(
            by_sparks,
            Level("a slice of an A100", level.value, level.low, level.high),
            (
                _sparks_title(found.fewest, of.users),
                f"p99 latency of {of.users:,} users by DGX Sparks that share them",
            ),
            of.sparks,
        )
    return charts


def _seats(found: Findings) -> pd.DataFrame:
    cut = found.cut
    at = cut.fullest_s
    taken = {id(seat) for seat in cut.taken(at).values()}
    gone = {each.node for each in cut.lost}
    rows = [
        {
            "board": f"{seat.node}, GPU {seat.board + 1}",
            "seat": seat.size,
            "share": seat.gpu.profile(seat.size).memory_slices / seat.gpu.memory_slices,
            "state": "lost" if seat.node in gone else "taken" if id(seat) in taken else "free",
        }
        for seat in sorted(cut.fleet.seats, key=lambda seat: (seat.node in gone, 0))
    ]
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = f"Counted, {at / 60:.0f} minutes after the doors open; seed {SEED}."
    return table


def _seats_title(found: Findings) -> str:
    taken, seats = len(found.cut.taken(found.cut.fullest_s)), len(found.cut.fleet.seats)
    when = "once a node is lost" if found.of.node_lost else "at the fullest"
    return f"{taken:,} of {seats:,} slices are taken {when}, for {found.of.users:,} users."


def _sparks_title(fewest: Sparks, users: int) -> str:
    if fewest.value is None:
        return "No number of Sparks answers as soon as a slice: one user alone on a Spark waits longer."
    what = "DGX Spark answers" if fewest.value == 1 else "DGX Sparks answer"
    return f"{fewest.value:,} {what} {users:,} users as soon as a slice each of the A100s does."


scale = Scenario(
    name="scale",
    number=5,
    title="Scale: a class at once",
    claim=CLAIM,
    question="How many DGX Sparks answer this class as soon as a slice each of the A100s does?",
    choices=CHOICES,
    controls=(
        Number("users", "Users", 1, 2240, 56),
        Number("nodes", "DGX A100 nodes, eight GPUs each", 1, 40, 1),
        Choice("seats", "Slices on each node", tuple(LAYOUTS), next(iter(LAYOUTS))),
        Choice("asks", "Sizes that users ask for", tuple(ASKS), next(iter(ASKS))),
        Choice("job", "Each request", tuple(JOBS), "large matmul"),
        Number("think_seconds", "Thought between requests", 0.0, 60.0, 0.0, 0.5, "s"),
        Number("session_minutes", "Mean session; 90: to the end of class", 10, 90, 90, 5, "min"),
        Number("sparks", "DGX Sparks", 1, 64, 1),
        Choice("spark_mode", "Users of a Spark share it by", tuple(MODES), next(iter(MODES))),
        Choice("node_lost", "A machine is lost after 40 minutes", ("no", "yes"), "no"),
    ),
    study=lambda **asked: _study(
        asked.pop("job"), asked.pop("think_seconds"), asked.pop("node_lost"), **asked
    ),
)
"""A class of 56 at once, and hundreds of GPUs."""
