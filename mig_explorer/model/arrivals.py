"""When tenants send their requests: in a closed loop, at random, in bursts, or as a trace says."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from mig_explorer.errors import InvalidExperiment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

BLOCK = 1 << 16
"""Random numbers that are drawn at a time; it changes no result."""


@runtime_checkable
class Arrivals(Protocol):
    """How a tenant sends requests without waiting for answers.

    `ClosedLoop` is the one that does wait, and is not of this kind.

    Examples
    --------
    >>> isinstance(Poisson(5.0), Arrivals), isinstance(ClosedLoop(), Arrivals)
    (True, False)
    """

    @property
    def title(self) -> str:
        """What it is, in a few words."""

    def expected(self, begins: float, ends: float) -> float:
        """Return how many requests it sends between two times on average."""

    def times(self, stream: np.random.Generator, begins: float, ends: float) -> NDArray[np.float64]:
        """Return the times of all requests from `begins` to `ends`, both included, in seconds, in order."""


@dataclass(frozen=True)
class ClosedLoop:
    """Wait for the answer, think, and send the next request.

    Parameters
    ----------
    think_seconds : float
        Mean of the exponential time between an answer and the next request; 0 for no pause at all.

    Raises
    ------
    InvalidExperiment
        If the think time is negative, NaN or infinite.

    Examples
    --------
    >>> ClosedLoop(think_seconds=0.5).title
    'closed loop, thinks 0.5 s'
    """

    think_seconds: float = 0.0

    def __post_init__(self) -> None:
        _check("ClosedLoop", "think_seconds", self.think_seconds, "seconds", zero=True)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"closed loop, thinks {self.think_seconds:g} s" if self.think_seconds else "closed loop"


@dataclass(frozen=True)
class Poisson:
    """Requests at random times, independent of each other and of the answers.

    Parameters
    ----------
    rate_per_s : float
        Requests per second on average.

    Raises
    ------
    InvalidExperiment
        If the rate is not a positive number.

    Examples
    --------
    >>> Poisson(2.0).times(np.random.default_rng(7), begins=10.0, ends=11.0).round(3)
    array([10.354, 10.866])
    """

    rate_per_s: float

    def __post_init__(self) -> None:
        _check("Poisson", "rate_per_s", self.rate_per_s, "requests per second", zero=False)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"Poisson, {self.rate_per_s:g} requests/s"

    def expected(self, begins: float, ends: float) -> float:
        """Return how many requests it sends between two times on average."""
        return self.rate_per_s * max(0.0, ends - begins)

    def times(self, stream: np.random.Generator, begins: float, ends: float) -> NDArray[np.float64]:
        """Return the times of all requests from `begins` to `ends`, both included, in seconds, in order."""
        mean = 1 / self.rate_per_s
        blocks: list[NDArray[np.float64]] = []
        last = begins
        while last <= ends:
            expected = self.expected(last, ends)
            gaps = stream.exponential(mean, min(BLOCK, int(expected + 4 * math.sqrt(expected)) + 4))
            gaps[0] += last
            blocks.append(np.cumsum(gaps))
            last = float(blocks[-1][-1])
        return _until(blocks, ends)


@dataclass(frozen=True)
class Bursty:
    """Calm and bursts in turn: a Poisson process whose rate a two-state Markov chain switches.

    Known as a Markov-modulated Poisson process (Fischer and Meier-Hellstern 1993, *Performance Evaluation*
    18, 149-171). It begins in its long-run mixture of calm and burst.

    Parameters
    ----------
    rate_per_s, burst_rate_per_s : float
        Requests per second in calm and in a burst. The first may be 0.
    mean_calm_s, mean_burst_s : float
        Means of the exponential lengths of a calm and of a burst, in seconds.

    Raises
    ------
    InvalidExperiment
        If a rate or a length is not a positive number, or a burst is no faster than the calm.

    Examples
    --------
    >>> Bursty(1.0, 21.0, mean_calm_s=9.0, mean_burst_s=1.0).mean_rate_per_s
    3.0
    """

    rate_per_s: float
    burst_rate_per_s: float
    mean_calm_s: float
    mean_burst_s: float

    def __post_init__(self) -> None:
        _check("Bursty", "rate_per_s", self.rate_per_s, "requests per second", zero=True)
        _check("Bursty", "burst_rate_per_s", self.burst_rate_per_s, "requests per second", zero=False)
        _check("Bursty", "mean_calm_s", self.mean_calm_s, "seconds", zero=False)
        _check("Bursty", "mean_burst_s", self.mean_burst_s, "seconds", zero=False)
        if self.burst_rate_per_s <= self.rate_per_s:
            message = (
                f"Bursty() got bursts of {self.burst_rate_per_s:g} requests per second in a calm of "
                f"{self.rate_per_s:g}: a burst must be faster. For one even rate use "
                f"Poisson({self.rate_per_s:g})."
            )
            raise InvalidExperiment(message)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"bursty, {self.rate_per_s:g} to {self.burst_rate_per_s:g} requests/s"

    @property
    def mean_rate_per_s(self) -> float:
        """Requests per second in the long run."""
        calm, burst = self.mean_calm_s, self.mean_burst_s
        return (self.rate_per_s * calm + self.burst_rate_per_s * burst) / (calm + burst)

    def expected(self, begins: float, ends: float) -> float:
        """Return how many requests it sends between two times on average."""
        return self.mean_rate_per_s * max(0.0, ends - begins)

    def times(self, stream: np.random.Generator, begins: float, ends: float) -> NDArray[np.float64]:
        """Return the times of all requests from `begins` to `ends`, both included, in seconds, in order."""
        if begins > ends:
            return np.empty(0)
        edges, rates = self._phases(stream.spawn(1)[0], begins, ends)
        # A Poisson process of rate 1 on a clock that runs as fast as the rate is at the time.
        clock = np.append(0.0, np.cumsum(np.diff(edges) * rates))
        ticks = Poisson(1.0).times(stream, 0.0, float(clock[-1]))
        phase = np.clip(np.searchsorted(clock, ticks, side="left") - 1, 0, len(rates) - 1)
        times = edges[phase] + (ticks - clock[phase]) / rates[phase]
        return _until([np.maximum.accumulate(times)], ends)

    def _phases(
        self, stream: np.random.Generator, begins: float, ends: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the moments when calm and burst change, and the rate in between."""
        bursting = stream.random() * (self.mean_calm_s + self.mean_burst_s) < self.mean_burst_s
        edges, rates = [begins], list[float]()
        while edges[-1] < ends or not rates:
            rates.append(self.burst_rate_per_s if bursting else self.rate_per_s)
            edges.append(edges[-1] + stream.exponential(self.mean_burst_s if bursting else self.mean_calm_s))
            bursting = not bursting
        return np.array(edges), np.array(rates)


@dataclass(frozen=True, init=False)
class Replay:
    """Requests at the times of a trace.

    Parameters
    ----------
    times_s : iterable of float
        Seconds from the start of the run, none before the one ahead of it. Times when the tenant is not there
        or after the end of the run are passed over.

    Raises
    ------
    InvalidExperiment
        If there are none, or one is negative, NaN, infinite or out of order.

    Examples
    --------
    >>> Replay([0.5, 0.75, 4.0]).expected(0.0, 1.0)
    2.0
    """

    times_s: tuple[float, ...]

    def __init__(self, times_s: Iterable[float]) -> None:
        times = np.asarray(times_s if isinstance(times_s, np.ndarray) else tuple(times_s), dtype=float)
        object.__setattr__(self, "times_s", tuple(times.ravel().tolist()))
        if not self.times_s:
            raise InvalidExperiment("Replay() got no times. Give at least one, in seconds from the start.")
        before = 0.0
        for number, time in enumerate(self.times_s):
            wrong = _wrong_time(time, before)
            if wrong:
                message = (
                    f"Replay() got times_s[{number}] = {time}, {wrong}. Times are seconds from the start, "
                    "in order."
                )
                raise InvalidExperiment(message)
            before = time

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"trace of {len(self.times_s)} requests"

    def expected(self, begins: float, ends: float) -> float:
        """Return how many requests it sends between two times."""
        return float(len(self._between(begins, ends)))

    def times(self, stream: np.random.Generator, begins: float, ends: float) -> NDArray[np.float64]:  # noqa: ARG002 (nothing is random here)
        """Return the times of all requests from `begins` to `ends`, both included, in seconds, in order."""
        return self._between(begins, ends)

    def _between(self, begins: float, ends: float) -> NDArray[np.float64]:
        times = np.array(self.times_s)
        return times[(times >= begins) & (times <= ends)]


def read_arrivals(path: str | Path, tenant: str | None = None) -> Replay:
    r"""Read a trace of arrivals from a CSV file.

    Parameters
    ----------
    path : str or Path
        A text in UTF-8 with a line of column names. ``arrived_s`` is needed: seconds from the start of the
        run, in order within a tenant. ``tenant`` may be there and names the tenant. Others are passed over.
    tenant : str, optional
        Take only the rows of this one; without it all rows are one tenant's.

    Raises
    ------
    InvalidExperiment
        If the column is missing, a time is missing, NaN, infinite, negative or out of order, or there are
        none. The message names the line.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "arrivals.csv"
    ...     _ = path.write_text("arrived_s,tenant\n0.5,ann\n0.7,bob\n1.25,ann\n")
    ...     read_arrivals(path, tenant="ann")
    Replay(times_s=(0.5, 1.25))
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Replay(_times(path.name, csv.DictReader(file), tenant))
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path.name} is not a CSV text in UTF-8 ({error}). Export it as comma-separated text."
        raise InvalidExperiment(message) from error


def _times(name: str, reader: csv.DictReader[str], tenant: str | None) -> list[float]:
    columns = [each.strip() for each in reader.fieldnames or ()]
    reader.fieldnames = columns
    for needed in ["arrived_s"] if tenant is None else ["arrived_s", "tenant"]:
        if needed not in columns:
            there = ", ".join(columns) or "none"
            message = (
                f"{name} has no column {needed!r}; its columns are: {there}. A trace needs 'arrived_s' "
                "(seconds from the start), and 'tenant' where it holds several."
            )
            raise InvalidExperiment(message)
    times: list[float] = []
    others: dict[str, None] = {}
    for row in reader:
        who = (row.get("tenant") or "").strip()
        if tenant is not None and who != tenant:
            others[who] = None
            continue
        times.append(
            _time(f"Line {reader.line_num} of {name}", row["arrived_s"], times[-1] if times else 0.0)
        )
    if not times:
        whose = "" if tenant is None else f" of {tenant!r}"
        known = f" Tenants in it: {', '.join(others)}." if others else ""
        raise InvalidExperiment(f"{name} has no requests{whose}.{known}")
    return times


def _time(where: str, text: str | None, before: float) -> float:
    try:
        time = float(text or "")
    except ValueError:
        found = f"has {text!r} as arrived_s" if (text or "").strip() else "has no arrived_s"
        message = f"{where} {found}: every request needs a number of seconds. Remove the line or fill it."
        raise InvalidExperiment(message) from None
    wrong = _wrong_time(time, before)
    if wrong:
        message = f"{where} has arrived_s {time}, {wrong}. Times are seconds from the start, in order."
        raise InvalidExperiment(message)
    return time


def _wrong_time(time: float, before: float) -> str | None:
    if not math.isfinite(time):
        return "which is no time"
    if time < 0:
        return "before the start"
    return f"after {before}" if time < before else None


def _until(blocks: list[NDArray[np.float64]], ends: float) -> NDArray[np.float64]:
    times = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0), *blocks])
    return times[: np.searchsorted(times, ends, side="right")]


def _check(kind: str, field: str, value: float, unit: str, *, zero: bool) -> None:
    if math.isfinite(value) and (value > 0 or (zero and value == 0)):
        return
    rule = "0 or more" if zero else "more than 0"
    raise InvalidExperiment(f"{kind}() got {field}={value}. Give {unit}, finite and {rule}.")
