"""What a run remembers of each source from one arrangement to the next, and its random numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.simulation.randomness import sent_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.model.simulation.description import Source
    from mig_explorer.model.simulation.randomness import Streams

SPARE = 6.0
"""Standard deviations by which random numbers are drawn beyond what is expected: in renewal theory the
variance of a count is about the count, or less. Where it is not enough after all, more are drawn."""


@dataclass
class Sending:
    """One source within a run.

    Parameters
    ----------
    source : Source
        Its description at the start.
    streams : Streams
        Its random numbers.
    values : array of float64
        The times at which it sends; of a closed loop with pauses its think times, which `more` adds to.
    works : array of float64
        Exponential numbers of mean 1 for its times of service, if they are random.
    used, begun : int
        How many of its values were used, and how many of its requests were started.
    upcoming : float
        When the next request comes that was not started yet; infinity for none.
    most : int
        Requests that there is room for.
    """

    source: Source
    streams: Streams
    values: NDArray[np.float64]
    works: NDArray[np.float64]
    used: int = 0
    begun: int = 0
    upcoming: float = math.inf
    most: int = 0

    @classmethod
    def begin(cls, versions: tuple[Source, ...], seconds: float, streams: Streams) -> Sending:
        """Draw what a source will need; `versions` is what it is before and after each change."""
        source = versions[0]
        new = cls(source, streams, sent_times(source, streams, seconds), np.empty(0))
        enough = len(new.values)
        if isinstance(source.arrivals, ClosedLoop):
            think, service = source.arrivals.think_seconds, min(each.service_seconds for each in versions)
            rounds = max(0.0, min(source.leaves, seconds) - source.joins) / (think + service)
            enough = int(rounds + SPARE * math.sqrt(rounds)) + 16
            new.upcoming = source.joins
            if think > 0:
                new.values = streams.arrivals.exponential(think, enough)
                new.upcoming += float(new.values[0])
                new.used = 1
            if new.upcoming >= source.leaves:
                new.upcoming = math.inf
        elif enough:
            new.upcoming = float(new.values[0])
        if any(each.service == "exponential" for each in versions):
            new.works = streams.services.standard_exponential(enough)
        new.most = enough
        return new

    def more(self) -> None:
        """Draw as much again: it sends more than was to be expected."""
        self.most *= 2
        if not isinstance(self.source.arrivals, ClosedLoop):
            return
        if len(self.values):
            drawn = self.streams.arrivals.exponential(self.source.arrivals.think_seconds, len(self.values))
            self.values = np.concatenate([self.values, drawn])
        if len(self.works):
            self.works = np.concatenate(
                [self.works, self.streams.services.standard_exponential(len(self.works))]
            )

    def sent(self, seconds: float) -> int:
        """Return how many requests it sent within the run."""
        return self.begun + int(self.upcoming <= seconds) if self.source.closed else len(self.values)

    def take_back(self, came: NDArray[np.float64], numbers: NDArray[np.int64]) -> None:
        """Let requests that were in service wait again, ahead of those that were not started yet.

        Parameters
        ----------
        came : array of float64
            When they came.
        numbers : array of int64
            Which of the source's requests they are.
        """
        order = np.argsort(numbers)
        count = len(order)
        if not count:
            return
        if len(self.works):
            self.works[self.begun - count : self.begun] = self.works[numbers[order]]
        self.begun -= count
        if not self.source.closed:
            self.values[self.used - count : self.used] = came[order]
            self.used -= count
        self.upcoming = float(came[order[0]])
