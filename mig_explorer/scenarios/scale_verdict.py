"""What the class of users comes to: whether all have a seat of their own, and whether Sparks do as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.experiments.words import duration
from mig_explorer.fleet.node import BOARDS_OF_DGX_A100
from mig_explorer.fleet.outcome import AT_ONCE, MOVED, NEVER, OUT, WAITED
from mig_explorer.gpus import gpu
from mig_explorer.scenarios.figure import Figure, written
from mig_explorer.scenarios.scale_beyond import board_limit_w, limit_source
from mig_explorer.scenarios.scale_seats import A100, MOST_ON_A_SPARK, SEED, SPARK, Class
from mig_explorer.scenarios.scale_sparks import NO_WORSE, Sparks, Times
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    from mig_explorer.fleet import Experience, Seating

CLAIM = (
    "Eight A100s in one node, cut by MIG into seven slices each, give 56 users at once a GPU slice of their "
    "own, and more nodes give thousands theirs; a DGX Spark cannot serve a class as well."
)
CHOICES = (
    "one",
    "two to four",
    "five to 16",
    "17 or more",
    "no number: one user alone on a Spark waits longer",
    "none, for nobody has a slice",
)
ALIKE = 1.05
"""Latencies nearer than this are called alike."""

WORSE, OPEN, NO_WORSE_OFF = "worse", "open", "no worse"


@dataclass(frozen=True)
class Findings:
    """What was found for a class.

    Parameters
    ----------
    of : Class
        What was asked.
    job : str
        What each request runs, and how long users think.
    cut, shared : Seating
        The class on the A100s and on the Sparks.
    slices, together : Experience or None
        What the users have there at the fullest; None if nobody sits.
    fewest : Sparks or None
        How many Sparks answer as soon as the slices do; None where nobody has a slice.
    uncut : Experience or None
        The same users evenly on the same A100s without MIG, by MPS; None where nobody has a slice.
    """

    of: Class
    job: str
    cut: Seating
    shared: Seating
    slices: Experience | None
    together: Experience | None
    fewest: Sparks | None
    uncut: Experience | None

    @property
    def with_seat(self) -> int:
        """How many users had a slice from their arrival to the end of their session."""
        return self.cut.counts[AT_ONCE]

    @property
    def everybody_seated(self) -> bool:
        """Whether all of them did."""
        return self.with_seat == self.of.users

    @property
    def on_sparks(self) -> int:
        """How many users had a share of a Spark all the time."""
        return self.shared.counts[AT_ONCE]

    @property
    def beside(self) -> str:
        """Whether the users of the Sparks are worse off than those of the slices, as far as bands tell."""
        if self.on_sparks < self.with_seat or self.together is None:
            return WORSE
        if self.slices is None:
            return NO_WORSE_OFF
        mine, theirs = Times.of(self.slices), Times.of(self.together)
        if theirs.low > mine.high:
            return WORSE
        return NO_WORSE_OFF if theirs.high <= NO_WORSE * mine.low else OPEN

    @property
    def answer(self) -> str:
        """The verdict in a word."""
        if self.everybody_seated and self.beside == WORSE:
            return "yes"
        if self.slices is None or self.beside == NO_WORSE_OFF:
            return "no"
        return "it depends"

    @property
    def right_choice(self) -> str:
        """How many Sparks it takes, as a prediction."""
        if self.fewest is None:
            return CHOICES[5]
        count = self.fewest.value
        if count is None:
            return CHOICES[4]
        return CHOICES[sum(count > most for most in (1, 4, 16))]


def verdict(found: Findings) -> ClaimVerdict:
    """Return the verdict with its figures."""
    return ClaimVerdict(
        CLAIM,
        found.answer,
        headline(found),
        figures(found),
        reasons=_reasons(found),
        limits=_limits(found),
        would_change=[
            "Users who think longer between requests: they share a board without meeting, and few Sparks do.",
            "More users than slices, larger slices, or jobs that do not fit the memory of a slice.",
            "One model served to all in batches instead of a process for each user: that needs no slices.",
            "A lost node: eight GPUs and their users go at once, of Sparks one.",
        ],
        sources=[limit_source(A100), limit_source(SPARK)],
    )


def headline(found: Findings) -> str:
    """Return what a reader should know who reads nothing else."""
    of, counts = found.of, found.cut.counts
    machines = f"{_many(of.nodes, 'DGX A100')}, cut into {len(found.cut.fleet.seats):,} slices,"
    those = f"{found.with_seat:,} of {_many(of.users, 'user')}"
    first = f"On {machines} {those} have a slice of their own all the time"
    late = [f"{counts[name]:,} {words}" for name, words in _WORDS.items() if counts[name]]
    first = f"{first}{'; ' if late else ''}{', '.join(late)}."
    return " ".join(each for each in (first, _beside(found), _as_soon(found), _uncut(found)) if each)


_WORDS = {
    WAITED: "had to wait for one",
    MOVED: "lost it with the node and got another",
    OUT: "lost it with the node for good",
    NEVER: "never got one",
}


def _beside(found: Findings) -> str:
    sparks, of = _many(found.of.sparks, "DGX Spark"), found.of
    if found.slices is None or found.together is None:
        return f"On {sparks} {found.on_sparks:,} have a share of a GPU all the time."
    mine, theirs = Times.of(found.slices), Times.of(found.together)
    ratio = _ratio(found)
    said = (
        f"With {found.job}, the slowest 1 % of answers takes {duration(mine.value)} in the slices, and "
        f"{duration(theirs.value)} on {sparks} with up to {_many(of.users_on_a_spark, 'user')} each"
    )
    band = f"{written(ratio.value or 0)} times ({written(ratio.low or 0)} to {written(ratio.high or 0)})"
    few = (
        f"; {found.on_sparks:,} of them have a place there all the time" if found.on_sparks < of.users else ""
    )
    return f"{said}: {band}{few}."


def _as_soon(found: Findings) -> str:
    if found.fewest is None:
        return ""
    count, low, high = found.fewest.value, found.fewest.low, found.fewest.high
    if count is None:
        return "No number of Sparks answers as soon: one user alone on a Spark waits longer."
    ends = f"{low if low is not None else '?'} to {'no number' if high is None else high}"
    if low == high:
        ends = "anywhere"
    return f"{_many(count, 'Spark')} would answer as soon as the slices do ({ends} within the model's bands)."


def _uncut(found: Findings) -> str:
    if found.slices is None or found.uncut is None:
        return ""
    mine, whole = Times.of(found.slices).value, Times.of(found.uncut).value
    why = "the speed is that of the boards, and what MIG adds is that users are kept apart"
    if whole > ALIKE * mine:
        why = "with MIG the slowest answers come sooner, and users are kept apart"
    return f"The same A100s without MIG, shared evenly by MPS, take {duration(whole)}: {why}."


def figures(found: Findings) -> list[Figure]:
    """Return the figures behind the verdict, the most important first."""
    of = found.of
    sparks = f"{_many(of.sparks, 'DGX Spark')}, {of.spark_mode}"
    where = f"{of.nodes} × 8 {A100}, {of.seats}; {sparks}; {found.job}; seed {SEED}"
    rows = [
        Figure("users with a slice of their own all the time", found.with_seat, "users", "counted", where),
        Figure("slices", len(found.cut.fleet.seats), "seats", "counted", where),
    ]
    if found.slices is not None and found.together is not None:
        mine, theirs = Times.of(found.slices), Times.of(found.together)
        rows += [
            _ratio(found, where),
            _milliseconds("p99 latency in the slices", mine, where),
            _milliseconds("p99 latency on the Sparks", theirs, where),
            *(
                [
                    _milliseconds(
                        "p99 latency on the same A100s by MPS, without MIG", Times.of(found.uncut), where
                    )
                ]
                if found.uncut is not None
                else []
            ),
            _throughput("answers a second, all users of the slices", found.slices, where),
            _throughput("answers a second, all users of the Sparks", found.together, where),
        ]
    return [*rows, *_machines(found, where), *_memory(found), _power(found, where), _price()]


def _ratio(found: Findings, where: str = "") -> Figure:
    assert found.slices is not None and found.together is not None  # noqa: S101, PT018 - the callers saw to it
    mine, theirs = Times.of(found.slices), Times.of(found.together)
    what = "p99 latency on the Sparks over that in the slices"
    return Figure(
        what,
        theirs.value / mine.value,
        "times",
        "modelled",
        where,
        theirs.low / mine.high,
        theirs.high / mine.low,
    )


def _milliseconds(what: str, times: Times, where: str) -> Figure:
    return Figure(what, 1e3 * times.value, "ms", "modelled", where, 1e3 * times.low, 1e3 * times.high)


def _throughput(what: str, of: Experience, where: str) -> Figure:
    value, low, high = of.throughput
    return Figure(what, value, "requests/s", "modelled", where, min(low, value), max(high, value))


def _machines(found: Findings, where: str) -> list[Figure]:
    if found.fewest is None:
        return []
    low, high = found.fewest.low, found.fewest.high
    known = found.fewest.value is not None and low is not None and high is not None
    note = where if known else f"{where}; with other times inside the bands no number of them would do"
    return [
        Figure(
            "DGX Sparks that answer as soon as the slices",
            found.fewest.value,
            "machines",
            "modelled",
            note,
            low if known else None,
            high if known else None,
        )
    ]


def _memory(found: Findings) -> list[Figure]:
    spark = (gpu(SPARK).memory_mib or 0) / 1024
    least = min((seat.memory_mib or 0) / 1024 for seat in found.cut.fleet.seats)
    return [
        Figure("memory of the smallest slice", least, "GiB", "listed", A100),
        Figure(
            "memory of a Spark, divided by its users",
            spark / found.of.users_on_a_spark,
            "GiB",
            "listed",
            SPARK,
        ),
        Figure(
            "memory for one user alone on a Spark", spark, "GiB", "listed", f"{SPARK}, shared with its CPU"
        ),
    ]


def _power(found: Findings, where: str) -> Figure:
    boards = found.of.nodes * BOARDS_OF_DGX_A100 * board_limit_w(A100)
    counts = [] if found.fewest is None else [found.fewest.low, found.fewest.value, found.fewest.high]
    what = "power limit of the A100 boards over that of as many GB10s as answer as soon"
    source = f"listed limits of boards alone, whole machines unknown; {where}"
    if not counts or counts[1] is None:
        return Figure(what, None, "times", "modelled", source)
    low, value, high = (None if n is None else boards / (n * board_limit_w(SPARK)) for n in counts)
    if low is None or high is None:
        return Figure(what, value, "times", "modelled", source)
    return Figure(what, value, "times", "modelled", source, high, low)


def _price() -> Figure:
    return Figure(
        "list price of a DGX A100 over that of a DGX Spark",
        None,
        "times",
        "listed",
        "no list price that could be cited was found for both; ask for offers",
    )


def _reasons(found: Findings) -> list[str]:
    spark, slice_ = gpu(SPARK), gpu(A100).slice("1g.5gb")
    per_slice, whole = slice_.bandwidth.value or 0.0, spark.whole.bandwidth.value or 0.0
    board = gpu(A100).whole.bandwidth.value or 0.0
    return [
        "Slices share no SMs, memory or bandwidth, so a slice answers the same whoever sits beside it.",
        (
            f"One user alone on a Spark has {spark.sms} SMs and {written(whole)} GB/s, more than the "
            f"{slice_.sms} SMs and {written(per_slice)} GB/s of a 1g.5gb: a lone user is better off there, "
            "a crowd divides it."
        ),
        f"Eight A100s reach {written(8 * board / whole)} times the memory bandwidth of one Spark.",
        (
            f"A seat is lost with its machine: a node takes up to {len(found.cut.fleet.nodes[0].seats)} "
            f"users along, a Spark {found.of.users_on_a_spark}."
        ),
    ]


def _limits(found: Findings) -> list[str]:
    said = [
        "Times are modelled, not measured: no run of 56 users on a DGX A100 was published.",
        (
            "Ends of bands are set against each other, a Spark at its best against slices at their worst and "
            "the reverse, since how well kernels run on either is not known to go together; so ratios are "
            "wide."
        ),
        (
            "That slices do not disturb each other is the model's assumption; published neighbours change "
            "bandwidth by 0.3 % at most. Power, clocks and the host's CPU cores are shared and not modelled; "
            "so is PCIe, over which these jobs copy nothing."
        ),
        "Arrival, sessions and think times are assumed. Layouts stand for the whole class.",
        f"No Spark takes more than {found.of.most_on_a_spark(MOST_ON_A_SPARK)} users here.",
        "Prices are unknown here, and so is the power of whole machines and of any of them under load.",
    ]
    if found.of.spark_mode == "MPS" and found.of.users_on_a_spark > 48:
        said.append(
            f"{found.of.users_on_a_spark} users on one Spark by MPS need a driver of CUDA 13.1 or later; up "
            "to "
            "13.0 it takes 48. MPS keeps neither memory nor faults of users apart: one fatal fault ends all."
        )
    else:
        said.append("Users who share a Spark have neither memory nor faults kept apart as slices do.")
    return said


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
