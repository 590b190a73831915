"""A need of some users, and how many A100s with MIG, or DGX Sparks, it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from mig_explorer.gpus import gpu as board_of
from mig_explorer.model import MODEL_VERSION
from mig_explorer.scenarios.jobs_of_users import JOBS_OF_USERS, SPARK, scored
from mig_explorer.scenarios.machines import BOARDS_OF_DGX, worth_in_sparks
from mig_explorer.scenarios.users_on_a_board import SEED, BoardOfUsers, Seat, seats

if TYPE_CHECKING:
    from collections.abc import Sequence

USERS = (1, 2, 4, 7, 14, 28, 56, 112)
MEMORY = (1, 2, 4, 8, 16, 32, 64, 120)
A100_MIG, A100_PLAIN, SPARK_ALONE = "A100 with MIG", "A100 without MIG", "DGX Spark"
A_WINS, S_WINS, EITHER, NEITHER = "A100 with MIG", "Sparks", "it depends", "neither"
WINNERS = (A_WINS, S_WINS, EITHER, NEITHER)
MIDDLE, SHORT, LONG = "seconds", "low_seconds", "high_seconds"
ENDS = ((MIDDLE, MIDDLE), (LONG, SHORT), (SHORT, LONG))
"""Times on the A100 and on the Spark: as modelled, and each at its worst with the other at its best."""


@dataclass(frozen=True)
class Need:
    """What some users ask for.

    Parameters
    ----------
    users : int
        How many.
    job : str
        One of `JOBS_OF_USERS`.
    memory_gib : float
        What each keeps on the GPU; no less than what the job takes is counted.
    latency_seconds : float
        What 99 of 100 answers must come within.
    load : float
        The share of a whole A100 that each would keep busy if it were alone there, 0 to 1.
    isolated : bool
        Whether each must have a slice or a machine to itself.
    """

    users: int
    job: str
    memory_gib: float
    latency_seconds: float
    load: float
    isolated: bool = False


class Enough(NamedTuple):
    """How many machines of each kind are enough.

    Parameters
    ----------
    a100s, sparks : int or None
        None if no number is.
    """

    a100s: int | None
    sparks: int | None


class SparkStudy:
    """A need, on one kind of A100 and on DGX Sparks.

    Parameters
    ----------
    need : Need
        Of the users.
    a100 : str
        The board.

    Examples
    --------
    >>> study = SparkStudy(Need(1, "streaming", 4, 5.0, 0.1), "A100-SXM4-40GB")
    >>> study.enough(study.need)
    Enough(a100s=1, sparks=1)
    """

    def __init__(self, need: Need, a100: str) -> None:
        self.need, self.a100, self.spark = need, board_of(a100), board_of(SPARK)
        self._seats = {
            A100_MIG: seats(self.a100, mig=True),
            A100_PLAIN: seats(self.a100, mig=False),
            SPARK_ALONE: seats(self.spark, mig=False),
        }
        self._boards: dict[tuple[str, str, str], BoardOfUsers] = {}
        self.provenance = f"Modelled ({MODEL_VERSION}), not measured; {a100} and {SPARK}; seed {SEED}."

    def think_seconds(self, job: str) -> float:
        """Return the mean time between an answer and the next request, the same on every machine.

        A user keeps an A100 busy for the load if alone on it: t / (t + think) is the load. Where the job does
        not fit the A100, its time on a Spark is taken.
        """
        seconds = math.nan
        for machine in (A100_PLAIN, SPARK_ALONE):
            gpu = self.spark if machine == SPARK_ALONE else self.a100
            alone = BoardOfUsers(gpu, JOBS_OF_USERS[job], 0.0).service(self._seats[machine][0])
            if alone is not None:
                seconds = alone.seconds
                break
        return seconds * (1 - self.need.load) / self.need.load

    def board(self, machine: str, job: str, end: str = "seconds") -> BoardOfUsers:
        """Return a machine with users of one job on it."""
        key = (machine, job, end)
        if key not in self._boards:
            gpu = self.spark if machine == SPARK_ALONE else self.a100
            self._boards[key] = BoardOfUsers(gpu, JOBS_OF_USERS[job], self.think_seconds(job), end)
        return self._boards[key]

    def most_users(self, machine: str, need: Need, end: str = MIDDLE) -> int:
        """Return how many users one machine serves as they need it; 0 if none."""
        return self._best(machine, need, end)[0]

    def best_layout(self, need: Need) -> tuple[int, Seat]:
        """Return how many users one A100 with MIG serves, and the layout that serves them."""
        return self._best(A100_MIG, need, MIDDLE)

    def _best(self, machine: str, need: Need, end: str) -> tuple[int, Seat]:
        return self.board(machine, need.job, end).most_users(
            self.ways(machine), need.latency_seconds, need.memory_gib, isolated=need.isolated
        )

    def ways(self, machine: str) -> Sequence[Seat]:
        """Return the ways of sharing a machine; all of them, the fastest of which is taken."""
        return self._seats[machine]

    def enough(self, need: Need, ends: tuple[str, str] = ("seconds", "seconds")) -> Enough:
        """Return how many A100s with MIG, and how many Sparks, serve all users."""
        most = [
            self.most_users(machine, need, end)
            for machine, end in zip((A100_MIG, SPARK_ALONE), ends, strict=True)
        ]
        return Enough(*(math.ceil(need.users / each) if each else None for each in most))

    def winner(self, enough: Enough) -> str:
        """Return which is the better choice, one of `WINNERS`.

        Sparks, if they are so few that they take less power and cost less than the A100s; the A100s, if the
        Sparks that would do take more and cost more; else it depends.
        """
        a100s, sparks = enough
        if a100s is None or sparks is None:
            return NEITHER if a100s is sparks else S_WINS if a100s is None else A_WINS
        worth = [each.value for each in worth_in_sparks(self.a100, self.spark).values() if each.value]
        for_each = sparks / a100s
        return S_WINS if for_each < min(worth) else A_WINS if for_each > max(worth) else EITHER

    def winners(self, need: Need) -> tuple[str, ...]:
        """Return the better choice with times in the middle, and with each side's at the worse end."""
        return tuple(self.winner(self.enough(need, ends)) for ends in ENDS)

    def judged(self, need: Need) -> str:
        """Return the better choice; it depends, if it is another one elsewhere in the model's band."""
        found = set(self.winners(need))
        return found.pop() if len(found) == 1 else EITHER

    @cached_property
    def machines(self) -> pd.DataFrame:
        """One A100 with and without MIG, a DGX of eight, one Spark, and as many Sparks as it takes."""
        sparks = self.enough(self.need).sparks
        worth = worth_in_sparks(self.a100, self.spark)["chip power"].value
        lines = [(A100_MIG, 1), (A100_PLAIN, 1), (A100_MIG, BOARDS_OF_DGX), (SPARK_ALONE, 1)]
        if worth:
            lines.append((SPARK_ALONE, round(worth)))
        if sparks and (SPARK_ALONE, sparks) not in lines:
            lines.append((SPARK_ALONE, sparks))
        frame = pd.DataFrame([self._line(*each) for each in lines])
        frame.attrs["provenance"] = self.provenance
        return frame

    @cached_property
    def by_users(self) -> pd.DataFrame:
        """The p99 latency on one machine by number of users; NaN where there is no room for more."""
        counts = sorted({*(each for each in USERS if each <= 56), 3, 5, 10, 20, 40})
        rows = []
        for machine in (A100_MIG, SPARK_ALONE, A100_PLAIN):
            board = self.board(machine, self.need.job)
            for users in counts:
                _, p99 = board.soonest(self.ways(machine), users, self.need.memory_gib)
                rows.append({"way": machine, "users": users, "latency_p99_s": p99})
        frame = self._framed(rows)
        frame.attrs["slugs"] = {A100_PLAIN: "monolithic"}
        return frame

    @cached_property
    def by_job(self) -> pd.DataFrame:
        """The better choice for every number of users and every job, all else as asked for."""
        return self._cases(
            [
                ({"job": job, "users": users}, replace(self.need, job=job, users=users))
                for job in JOBS_OF_USERS
                for users in USERS
            ]
        )

    @cached_property
    def by_memory(self) -> pd.DataFrame:
        """The better choice for every number of users and every amount of memory for each."""
        return self._cases(
            [
                (
                    {"memory": f"{memory} GiB each", "users": users},
                    replace(self.need, memory_gib=memory, users=users),
                )
                for memory in MEMORY
                for users in USERS
            ]
        )

    @cached_property
    def published(self) -> pd.DataFrame:
        """Every published rate of decoding beside the modelled one."""
        rows = [each._asdict() for family in ("spark_decode", "a100_decode") for each in scored(family)]
        frame = pd.DataFrame(rows).rename(
            columns={"published": "published_tokens_per_s", "modelled": "modelled_tokens_per_s"}
        )
        frame.attrs["provenance"] = f"Published, and modelled ({MODEL_VERSION}): one sequence at a time."
        return frame

    def most_memory_gib(self, machine: str, users: int) -> float:
        """Return what each of so many users may keep on one machine at most; 0 if there is no room."""
        found = [
            (seat.server.slice.memory_mib or 0) / 1024 / math.ceil(users / seat.servers)
            for seat in self.ways(machine)
        ]
        return max(found, default=0.0)

    def _line(self, machine: str, count: int) -> dict[str, Any]:
        need = self.need
        here = math.ceil(need.users / count)
        board = self.board(machine, need.job)
        ways = [seat for seat in self.ways(machine) if not need.isolated or here <= seat.servers]
        seat, p99 = board.soonest(ways, here, need.memory_gib)
        ends = []
        for end in ("low_seconds", "high_seconds"):
            other = self.board(machine, need.job, end)
            ends.append(other.p99(seat, here) if seat else math.nan)
        watts = board.gpu.value("tdp_w")
        return {
            "machine": f"{count} × {machine}" if count > 1 else machine,
            "shared_by": seat.title if seat else "no room",
            "users_each": here,
            "latency_p99_s": p99,
            "latency_p99_low_s": min([p99, *ends]),
            "latency_p99_high_s": max([p99, *ends]),
            "in_time": bool(p99 <= need.latency_seconds),
            "answers_per_s": board.figures(seat, here)[1] * need.users / here if seat else math.nan,
            "room_gib_each": self.most_memory_gib(machine, here),
            "chip_power_w": math.nan if watts is None else count * watts,
            "own_memory_and_sms": seat is not None
            and (here == 1 or (seat.layout is not None and here <= seat.servers)),
        }

    def _cases(self, cases: Sequence[tuple[dict[str, Any], Need]]) -> pd.DataFrame:
        rows = []
        for named, need in cases:
            enough = self.enough(need)
            written = [str(each) if each else "–" for each in enough]
            rows.append(
                {
                    **named,
                    "winner": self.judged(need),
                    "cell": " : ".join(written),
                    "a100s": enough.a100s,
                    "sparks": enough.sparks,
                }
            )
        frame = self._framed(rows)
        frame.attrs["winners"] = WINNERS
        return frame

    def _framed(self, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
        frame = pd.DataFrame(list(rows))
        frame.attrs["provenance"] = self.provenance
        return frame
