"""What every seated user experiences: each distinct situation of a board is modelled once."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, Result, tenants
from mig_explorer.experiments.arranging import Variant, simulate_mode
from mig_explorer.fleet.node import SHARE, Node
from mig_explorer.layouts import Layout
from mig_explorer.model import MODEL_VERSION, Mig

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from mig_explorer.experiments.trace import Event
    from mig_explorer.fleet.fleet import Fleet
    from mig_explorer.fleet.node import Seat, Shared
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import MeasuredWorkload, SharingMode
    from mig_explorer.workloads import Workload

ENDS = {"": "step_seconds", "_low": "low_seconds", "_high": "high_seconds"}
"""The model's middle and the ends of its band, by what is put into the names of columns."""


WINDOWS = 3
"""Users who think send at random: they are watched for so many times the usual window of an experiment."""


@dataclass(frozen=True)
class Situation:
    """A board with some of its seats taken; boards in the same situation are modelled once.

    Parameters
    ----------
    title : str
        In words.
    mode : SharingMode
        How it is shared: of a cut board only the slices on which somebody sits.
    gpu : Gpu
        The board.
    users : int
        How many sit there.
    """

    title: str
    mode: SharingMode
    gpu: Gpu
    users: int


@dataclass(frozen=True, eq=False)
class Experience:
    """What the seated users of a fleet get.

    Parameters
    ----------
    table : DataFrame
        See `experience`.
    results : dict of str to Result
        The model's result of each situation by its title.
    """

    table: pd.DataFrame
    results: dict[str, Result] = field(repr=False)

    @property
    def throughput(self) -> tuple[float, float, float]:
        """Requests per second of all users: as modelled, and at the low and the high end of the band."""
        return tuple(
            float((self.table["seats"] * self.table[name]).sum())
            for name in ("throughput_per_s", "throughput_low_per_s", "throughput_high_per_s")
        )  # type: ignore[return-value]

    def worst(self, column: str) -> float:
        """Return the largest figure of any user."""
        return float(self.table[column].max())


def experience(
    fleet: Fleet,
    taken: Iterable[Seat],
    workload: Workload | MeasuredWorkload,
    *,
    think_seconds: float = 0.0,
    seed: int = 7,
) -> Experience:
    """Model what each user has of a seat, with all of them sending the same kind of request.

    Every user sends a request, waits for the answer, thinks, and sends the next. Boards that are taken alike
    are alike, so each distinct situation is modelled once and stands for all of them, with the same draws of
    think times: a class of 56 on eight A100s is one experiment with seven tenants.

    Parameters
    ----------
    fleet : Fleet
        The nodes.
    taken : iterable of Seat
        The seats on which somebody sits; see `Seating.taken`.
    workload : Workload or MeasuredWorkload
        What each request runs.
    think_seconds : float
        Mean of the time between an answer and the next request.
    seed : int
        Of the think times.

    Returns
    -------
    Experience
        Its table has a row for each situation and size of seat: ``situation``, ``gpu``, ``size``, ``boards``
        in that situation, ``seats`` taken there of that size, all boards together; for each user
        ``latency_p50_s``, ``latency_p99_s`` and ``throughput_per_s`` with ``…_low…`` and ``…_high…``, where
        low is the end of the model's band at which a request takes least time for latencies, and most for
        throughput; ``memory_mib`` each. Throughput is that of a closed loop: one over the mean latency and
        the think time.

    Raises
    ------
    InvalidExperiment
        If nobody sits anywhere.
    DoesNotFit
        If the workload does not fit a seat, or those of all who share a board do not fit it together.

    Examples
    --------
    >>> from mig_explorer.fleet import Fleet, dgx_a100
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> from mig_explorer.workloads import triad
    >>> sevenths = parse_layout(gpu("A100-SXM4-40GB"), " ".join(["1g.5gb"] * 7))
    >>> room = Fleet([dgx_a100("dgx 1", sevenths)])
    >>> found = experience(room, room.seats, triad(elements=2**26))
    >>> found.table[["situation", "boards", "seats"]].to_dict("records")
    [{'situation': '7 × 1g.5gb', 'boards': 8, 'seats': 56}]
    """
    import pandas as pd  # noqa: PLC0415 - only tables need it, and it takes half a second

    on_boards: dict[tuple[str, int], list[Seat]] = defaultdict(list)
    for seat in taken:
        on_boards[seat.node, seat.board].append(seat)
    if not on_boards:
        raise InvalidExperiment("Nobody has a seat, so there is nothing to experience. Seat somebody first.")
    # Boards of one layout with the same seats taken are in one situation; few of hundreds differ.
    nodes = {node.name: node for node in fleet.nodes}
    taken_alike: dict[tuple[int, tuple[str, ...]], list[list[Seat]]] = defaultdict(list)
    for (node, number), seats in on_boards.items():
        board = nodes[node].boards[number]
        names = tuple(seat.name for seat in seats) if isinstance(board, Layout) else ("share",) * len(seats)
        taken_alike[id(board), tuple(sorted(names))].append(seats)
    boards: Counter[Situation] = Counter()
    for alike in taken_alike.values():
        first = alike[0]
        board = nodes[first[0].node].boards[first[0].board]
        boards[_situation(board, first)] += len(alike)
    rows: list[dict[str, Any]] = []
    results: dict[str, Result] = {}
    for situation, count in boards.items():
        experiment = Experiment(
            situation.gpu, tenants(workload, situation.users, think_seconds), [situation.mode], seed=seed
        )
        if think_seconds:
            experiment = replace(experiment, seconds=WINDOWS * experiment.window_seconds)
        result = experiment.modelled()
        results[situation.title] = result
        rows += [
            {
                "situation": situation.title,
                "gpu": situation.gpu.name,
                "boards": count,
                **row,
                "seats": count * row["seats"],
            }
            for row in _rows(situation, result, think_seconds)
        ]
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = (
        f"modelled (model {MODEL_VERSION}), not measured; {workload.title}, think time {think_seconds:g} s, "
        f"seed {seed}"
    )
    return Experience(table, results)


def _situation(board: Layout | Shared, seats: Sequence[Seat]) -> Situation:
    users = len(seats)
    if not isinstance(board, Layout):
        return Situation(f"{board.gpu.name}, {users} on it, {board.mode.title}", board.mode, board.gpu, users)
    names = {seat.name for seat in seats}
    held = tuple(
        replace(each, compute_instances=kept)
        for each in board.instances
        if (
            kept := tuple(
                compute
                for compute in each.compute_instances
                if (each.name if each.filled else f"{each.name}[{compute.text}]") in names
            )
        )
    )
    layout = _canonical(Layout(board.gpu, held))
    return Situation(layout.title, Mig(layout), board.gpu, users)


def _canonical(layout: Layout) -> Layout:
    """Return the same slices where the driver would put them, so that it does not matter which were taken."""
    if not all(each.filled for each in layout.instances):
        return layout
    plain = Layout(layout.gpu)
    order = list(layout.gpu.profiles)
    for name in sorted((each.profile.name for each in layout.instances), key=order.index, reverse=True):
        if not hasattr(plain.explain(name), "size"):
            return layout
        plain = plain.place(name)
    return plain


def _rows(situation: Situation, result: Result, think_seconds: float) -> list[dict[str, Any]]:
    """Return a row for each size of seat in one situation."""
    (mode,) = result.modes
    groups: dict[tuple[str, float | None], list[int]] = defaultdict(list)
    for number, tenant in enumerate(result.header["tenants"]):
        groups[_place(situation, mode, tenant["name"])].append(number)
    rows: list[dict[str, Any]] = [
        {"size": size, "seats": len(who), "memory_mib": memory} for (size, memory), who in groups.items()
    ]
    for end, times in ENDS.items():
        served = simulate_mode(result.header, mode, Variant(times=times))
        for row, who in zip(rows, groups.values(), strict=True):
            latencies = served.latencies[np.isin(served.tenant, who)]
            p50, p99 = np.percentile(latencies, [50, 99])
            opposite = {"": "", "_low": "_high", "_high": "_low"}[end]
            row[f"latency_p50{end}_s"], row[f"latency_p99{end}_s"] = float(p50), float(p99)
            row[f"throughput{opposite}_per_s"] = 1 / (float(latencies.mean()) + think_seconds)
    return rows


def _place(situation: Situation, mode: Event, name: str) -> tuple[str, float | None]:
    """Return the size of the seat that a tenant of the experiment stands for, and its memory in MiB."""
    if not isinstance(situation.mode, Mig):
        whole = situation.gpu.memory_mib
        return SHARE, None if whole is None else whole / situation.users
    piece = next(each for each in mode["slices"] if name in each["tenants"])
    seats = {seat.name: seat for seat in Node("board", [situation.mode.layout]).seats}
    return seats[piece["name"]].size, seats[piece["name"]].memory_mib
