"""What serving small models comes to: the figures of every way at one rate, by models, and by target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mig_explorer.experiments.comparison import DRAW
from mig_explorer.experiments.words import duration
from mig_explorer.model import MODEL_VERSION
from mig_explorer.scenarios.batch_queue import SEED
from mig_explorer.scenarios.ways_to_serve import SLICES, WAYS, WHOLE, Board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.scenarios.served_models import ServedModel

MOST_MODELS = 8
TARGETS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Times the target that was asked for."""
RATES = 13
SLUGS = {WHOLE: "monolithic"}


@dataclass(frozen=True)
class Gain:
    """How much more MIG answers in time than another way, with the band of the model.

    Parameters
    ----------
    value, low, high : float
        A ratio; infinite where the other way answers nothing in time, NaN where neither does.
    """

    value: float
    low: float
    high: float


class ServingStudy:
    """One board, some models of one kind, a rate, a target and a largest batch.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    model : ServedModel
        Each of the models.
    models : int
        How many.
    rate_per_s : float
        Requests a second of all of them together.
    target_seconds : float
        What 99 of 100 must be answered within.
    most : int
        The largest batch.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.scenarios.served_models import SERVED
    >>> board, bert = gpu("A100-SXM4-40GB"), SERVED["BERT-base (published)"]
    >>> study = ServingStudy(board, bert, models=1, rate_per_s=1000, target_seconds=0.05, most=64)
    >>> study.gain("one whole GPU").value < 1
    True
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a page asks for
        self, gpu: Gpu, model: ServedModel, models: int, rate_per_s: float, target_seconds: float, most: int
    ) -> None:
        self.gpu, self.model, self.models = gpu, model, models
        self.rate, self.target, self.most = rate_per_s, target_seconds, most
        self.board = Board(gpu, model, target_seconds, most)
        times = "Published times (MIGPerf 2022)"
        if not model.published_as:
            times = f"Modelled times ({MODEL_VERSION})"
        self.provenance = f"{times} of {model.title} on {gpu.name}; queues modelled, seed {SEED}."

    @cached_property
    def per_second(self) -> dict[str, float]:
        """Requests a second in time, by way."""
        return {way: self.board.serving(way, self.models).per_second for way in WAYS}

    @cached_property
    def _ends(self) -> tuple[dict[str, float], ...]:
        found = []
        for end in ("low_seconds", "high_seconds"):
            board = Board(self.gpu, self.model, self.target, self.most, end)
            found.append({way: board.serving(way, self.models).per_second for way in WAYS})
        return tuple(found)

    def band(self, way: str) -> tuple[float, float]:
        """Return what a way serves if every batch takes the longest, or the shortest, time of the band."""
        every = [self.per_second[way], *(each[way] for each in self._ends)]
        return min(every), max(every)

    def gain(self, *others: str) -> Gain:
        """Return how many times as much MIG answers in time as the best of some other ways.

        Published times are each off by themselves: the band sets MIG's worst against the others' best, and
        the other way round. Modelled times are off together, by the same constants: the band takes all of
        them at the short end, and all at the long end.
        """

        def ratio(slices: float, other: float) -> float:
            return slices / other if other else math.inf if slices else math.nan

        def most(each: dict[str, float]) -> float:
            return max(each[way] for way in others)

        every = (self.per_second, *self._ends)
        if self.model.published_as:
            mine, theirs = [each[SLICES] for each in every], [most(each) for each in every]
            ends = [ratio(min(mine), max(theirs)), ratio(max(mine), min(theirs))]
        else:
            ends = [ratio(each[SLICES], most(each)) for each in self._ends]
        middle = ratio(self.per_second[SLICES], most(self.per_second))
        known = [each for each in (middle, *ends) if not math.isnan(each)] or [math.nan]
        return Gain(middle, min(known), max(known))

    @cached_property
    def at_the_rate(self) -> pd.DataFrame:
        """Every way at the rate that was asked for, and the most that it answers in time."""
        rows = []
        for way in WAYS:
            best = self.board.serving(way, self.models)
            low, high = self.band(way)
            waited, size = best.latencies(self.rate)
            ends = self.rate <= best.ceiling  # else queues grow for as long as one watches
            rows.append(
                {
                    "way": best.title,
                    "most_in_time_per_s": best.per_second,
                    "most_in_time_low_per_s": low,
                    "most_in_time_high_per_s": high,
                    "keeps_the_rate": best.per_second >= self.rate,
                    "latency_p99_s": float(np.percentile(waited, 99)) if ends else math.nan,
                    "in_time_share": float((waited <= self.target).mean()) if ends else math.nan,
                    "mean_batch": size,
                }
            )
        return self._framed(rows)

    @cached_property
    def by_layout(self) -> pd.DataFrame:
        """What every layout answers in time, the most first."""
        found = sorted(self.board.layouts(self.models), key=lambda each: -each.per_second)
        return self._framed(
            [
                {
                    "layout": each.title.removeprefix("MIG "),
                    "instances": len(each.layout.instances) if each.layout else 0,
                    "most_in_time_per_s": each.per_second,
                    "keeps_the_rate": each.per_second >= self.rate,
                }
                for each in found
            ]
        )

    @cached_property
    def by_models(self) -> pd.DataFrame:
        """Requests a second in time by way and number of models."""
        return self._framed(
            [
                {"way": way, "models": count, "most_in_time_per_s": self.board.serving(way, count).per_second}
                for way in WAYS
                for count in range(1, MOST_MODELS + 1)
            ]
        )

    @cached_property
    def by_target(self) -> pd.DataFrame:
        """Requests a second in time by way and latency target, from half of it to eight times."""
        boards = {factor: Board(self.gpu, self.model, factor * self.target, self.most) for factor in TARGETS}
        return self._framed(
            [
                {
                    "way": way,
                    "target_s": factor * self.target,
                    "most_in_time_per_s": board.serving(way, self.models).per_second,
                }
                for way in WAYS
                for factor, board in boards.items()
            ]
        )

    @cached_property
    def by_rate(self) -> pd.DataFrame:
        """The p99 latency by way and rate; infinite from where a way cannot keep up."""
        most = max(*self.per_second.values(), self.rate)
        rates = np.geomspace(most / 300, 1.15 * most, RATES)
        rows = []
        for way in WAYS:
            best = self.board.serving(way, self.models)
            for rate in sorted({*rates, self.rate}):
                ends = rate <= best.ceiling
                p99 = float(np.percentile(best.latencies(rate)[0], 99)) if ends else math.inf
                rows.append({"way": way, "rate_per_s": rate, "latency_p99_s": p99})
        return self._framed(rows)

    @cached_property
    def by_batch(self) -> pd.DataFrame:
        """The time of one batch by its size, on the whole GPU and on the smallest slice."""
        rows = []
        smallest = next(iter(self.gpu.profiles))
        for name, title in ((WHOLE, "whole GPU"), (smallest, smallest)):
            times = self.board.times(name)
            for size in times.known:
                if size <= self.most:
                    seconds = float(times.work.seconds[size])
                    rows.append(
                        {"where": title, "batch": size, "seconds": seconds, "requests_per_s": size / seconds}
                    )
        return self._framed(rows)

    def ahead_by_models(self, other: str) -> str:
        """Say with how many models MIG answers more in time than another way, at this target."""
        return models_where(*self._ahead(self.by_models, "models", other))

    def ahead_by_target(self, other: str) -> str:
        """Say at which targets MIG answers more in time than another way, with this many models."""
        return targets_where(*self._ahead(self.by_target, "target_s", other))

    def _ahead(self, frame: pd.DataFrame, column: str, other: str) -> tuple[list[float], list[float]]:
        """Return where MIG is ahead by more than a draw, and every place."""
        most = {(row["way"], row[column]): row["most_in_time_per_s"] for row in frame.to_dict("records")}
        every = sorted({place for _, place in most})
        return [at for at in every if most[SLICES, at] > most[other, at] * (1 + DRAW)], every

    def _framed(self, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
        frame = pd.DataFrame(list(rows))
        frame.attrs |= {"provenance": self.provenance, "slugs": SLUGS}
        return frame


def spans(found: Sequence[float], every: Sequence[float], write: Callable[[float], str]) -> str:
    """Say for which of some values something holds, where it does for some and not for all.

    Examples
    --------
    >>> spans([3, 4, 5], [1, 2, 3, 4, 5], str), spans([1, 2], [1, 2, 3], str), spans([1, 3], [1, 2, 3], str)
    ('3 or more', '2 or less', '1 and 3')
    """
    if list(found) == list(every[-len(found) :]):
        return f"{write(found[0])} or more"
    if list(found) == list(every[: len(found)]):
        return f"{write(found[-1])} or less"
    *others, last = [write(each) for each in found]
    return f"{', '.join(others)} and {last}" if others else last


def models_where(found: Sequence[float], every: Sequence[float]) -> str:
    """Say with how many models something holds.

    Examples
    --------
    >>> models_where([4, 5], [1, 2, 3, 4, 5]), models_where([], [1, 2])
    ('with 4 or more models', 'with no number of models from 1 to 2')
    """
    if len(found) in (0, len(every)):
        return f"with {'any' if found else 'no'} number of models from {every[0]:g} to {every[-1]:g}"
    return f"with {spans(found, every, lambda count: f'{count:g}')} models"


def targets_where(found: Sequence[float], every: Sequence[float]) -> str:
    """Say at which latency targets something holds.

    Examples
    --------
    >>> targets_where([0.1, 0.2], [0.05, 0.1, 0.2]), targets_where([0.1], [0.1])
    ('at targets of 100 ms or more', 'at every target from 100 ms to 100 ms')
    """
    if len(found) in (0, len(every)):
        kind = "every" if found else "no"
        return f"at {kind} target from {duration(every[0])} to {duration(every[-1])}"
    return f"at targets of {spans(found, every, duration)}"
