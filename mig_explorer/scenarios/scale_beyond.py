"""What goes with the size of a fleet: power limits, what a lost machine takes along, models that fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from mig_explorer.errors import DoesNotFit
from mig_explorer.fleet.node import BOARDS_OF_DGX_A100
from mig_explorer.gpus import gpu
from mig_explorer.model import decoding
from mig_explorer.scenarios.scale_seats import A100, SPARK

if TYPE_CHECKING:
    from mig_explorer.fleet import Seating
    from mig_explorer.model import Decoding
    from mig_explorer.scenarios.scale_seats import Class
    from mig_explorer.scenarios.scale_sparks import Sparks

NODES = (1, 2, 5, 10, 20, 40)
GIB = 2**30
WEIGHTS_GIB = (3.0, 7.5, 16.0, 40.0, 100.0)
"""Sizes of language models as they are stored: chosen to fall into the sizes of slices."""


def board_limit_w(name: str) -> float:
    """Return the listed power limit of a board in W.

    Examples
    --------
    >>> board_limit_w("A100-SXM4-40GB"), board_limit_w("GB10")
    (400.0, 140.0)
    """
    return float(gpu(name).facts["tdp_w"].value or math.nan)


def limit_source(name: str) -> str:
    """Return where the power limit of a board is listed."""
    fact = gpu(name).facts["tdp_w"]
    return f"power limit of {name}: {fact.source}{f' ({fact.note})' if fact.note else ''}"


def by_nodes(seats_of_a_node: int, sparks_for: Sparks, users: int) -> pd.DataFrame:
    """Return a row for each size of the fleet, from one node to hundreds of GPUs.

    ``nodes``, ``gpus``, ``users`` (one on each seat), ``sparks`` that answer as many as soon, with
    ``sparks_low`` and ``sparks_high``, and the limits of all boards, ``a100_boards_kw`` and
    ``spark_boards_kw``. Slices share nothing that the model knows of, and neither do machines: everything
    grows with the number of nodes.

    Parameters
    ----------
    seats_of_a_node : int
        Of one node.
    sparks_for : Sparks
        For the class that was looked at.
    users : int
        In that class.
    """
    rows: list[dict[str, Any]] = []
    for nodes in NODES:
        seats = nodes * seats_of_a_node
        row: dict[str, Any] = {"nodes": nodes, "gpus": nodes * BOARDS_OF_DGX_A100, "users": seats}
        for name, count in (("", sparks_for.value), ("_low", sparks_for.low), ("_high", sparks_for.high)):
            row[f"sparks{name}"] = math.nan if count is None else math.ceil(seats * count / users)
        row["a100_boards_kw"] = nodes * BOARDS_OF_DGX_A100 * board_limit_w(A100) / 1e3
        row["spark_boards_kw"] = row["sparks"] * board_limit_w(SPARK) / 1e3
        rows.append(row)
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = "counted seats; modelled Sparks; listed limits of boards, not measured power"
    return table


def losses(settings: Class, on_a100s: Seating, on_sparks: Seating) -> pd.DataFrame:
    """Return what one lost machine of either kind takes along.

    ``machines`` there are, ``users``, ``lost_seat`` users whose machine it was, ``moved`` those of them who
    got another seat, ``percent_lost`` of all users.
    """
    rows = []
    for title, count, seating in (
        ("DGX A100", settings.nodes, on_a100s),
        ("DGX Spark", settings.sparks, on_sparks),
    ):
        counts = seating.counts
        moved, out = counts["lost the seat, got another"], counts["lost the seat, got none"]
        rows.append(
            {
                "machine": title,
                "machines": count,
                "users": settings.users,
                "lost_seat": moved + out,
                "moved": moved,
                "percent_lost": 100 * (moved + out) / settings.users,
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = on_a100s.table.attrs["provenance"]
    return table


def language_models(layouts_profiles: tuple[str, ...]) -> pd.DataFrame:
    """Return how fast one user alone has a dense language model decoded, in a slice and on a Spark.

    ``weights_gib``; ``slice``, the smallest profile of an A100 that it fits, and ``tokens_per_s`` there with
    the band; the same on a Spark that the user has alone; ``users_on_a_spark``, copies that fit its memory.
    Unknown, NaN, where it does not fit.

    Parameters
    ----------
    layouts_profiles : tuple of str
        Profiles that the class's seats have; others would have to be made first.
    """
    spark = gpu(SPARK)
    rows: list[dict[str, Any]] = []
    for weights in WEIGHTS_GIB:
        held, found = _smallest(weights, layouts_profiles)
        rows.append(
            {
                "weights_gib": weights,
                "slice": held or "fits no seat",
                **_rates("", found),
                **_rates("spark_", decoding(weights * GIB, spark.whole, spark)),
                "users_on_a_spark": math.floor((spark.memory_mib or 0) / 1024 / weights),
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = (
        "modelled from bandwidth alone: on DGX Sparks within 7.6 % (median of 14 published figures), on "
        "A100s 30 to 110 % too high"
    )
    return table


def _smallest(weights: float, profiles: tuple[str, ...]) -> tuple[str, Decoding | None]:
    board = gpu(A100)
    for name in sorted(profiles, key=list(board.profiles).index):
        try:
            return name, decoding(weights * GIB, board.slice(name), board)
        except DoesNotFit:
            continue
    return "", None


def _rates(prefix: str, found: Decoding | None) -> dict[str, float]:
    names = ("tokens_per_s", "tokens_low_per_s", "tokens_high_per_s")
    if found is None:
        return dict.fromkeys((f"{prefix}{name}" for name in names), math.nan)
    values = (found.tokens_per_second, found.low_tokens_per_second, found.high_tokens_per_second)
    return {f"{prefix}{name}": value for name, value in zip(names, values, strict=True)}
