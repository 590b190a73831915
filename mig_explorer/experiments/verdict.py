"""What the figures say, in words: who wins, by how much, from how many tenants on, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.comparison import DRAW, WHOLE, Comparison, name_of, unstable, without_end
from mig_explorer.experiments.sweep import sweep_rows
from mig_explorer.experiments.table import ALL, table_rows
from mig_explorer.experiments.words import duration, tenant_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.trace import Event


@dataclass(frozen=True)
class Verdict:
    """The outcome of an experiment in words.

    Parameters
    ----------
    headline : str
        One sentence.
    detail : str
        Some more, with the figures and what kind of figures they are.

    Examples
    --------
    >>> print(Verdict("It is a draw.", "Both serve 40 requests/s."))
    It is a draw. Both serve 40 requests/s.
    """

    headline: str
    detail: str

    def __str__(self) -> str:
        return f"{self.headline} {self.detail}"


def verdict(recording: Recording) -> Verdict:
    """Return what a recording says, in words."""
    totals = {row["mode"]: row for row in table_rows(recording) if row["tenant"] == ALL}
    unknown = [row for row in totals.values() if row["status"] != "ok" and not unstable(row)]
    if unknown or len(totals) < len(recording.header["modes"]):
        return _no_verdict(recording)
    rivals = [mode for mode in recording.modes if mode["mode"] != WHOLE]
    if WHOLE not in totals or not rivals:
        return _nothing_to_compare(recording, totals)
    sweep = {(row["mode"], row["tenants"]): row for row in sweep_rows(recording)}
    rivals = _best_first(rivals, totals)
    names = [name_of(mode) for mode in rivals]
    if len(rivals) == 1 and rivals[0]["slices"][0]["profile"] is not None:
        names = ["MIG"]
    best, *others = [
        Comparison(recording, mode, name, totals, sweep) for mode, name in zip(rivals, names, strict=True)
    ]
    sentences = [best.latency()]
    # Where the layout changes, it is the change that sets what is served.
    sentences += [best.changes()] if best.changes() else [best.reason(), best.doubt(), best.crossover()]
    sentences += [each.beside() for each in others]
    return Verdict(best.headline(), " ".join([*filter(None, sentences), _provenance(recording)]))


def _best_first(modes: list[Event], totals: Mapping[str, dict[str, Any]]) -> list[Event]:
    """Return the modes by throughput; of those that serve as much as the best, the quickest comes first."""

    def served(mode: Event) -> float:
        return float(totals[mode["mode"]]["throughput_per_s"])

    def slow(mode: Event) -> float:
        row = totals[mode["mode"]]
        return math.inf if unstable(row) else float(row["latency_p99_s"])

    most = max(map(served, modes))
    best = min((mode for mode in modes if served(mode) >= (1 - DRAW) * most), key=slow)
    return [best, *sorted((mode for mode in modes if mode is not best), key=lambda mode: -served(mode))]


def _no_verdict(recording: Recording) -> Verdict:
    failures = recording.failures
    kernels = recording.kernels
    if failures:
        causes = [f"{each['tenant']} on {each['slice']}: {each['cause']}." for each in failures]
        return Verdict(f"No verdict: {len(failures)} of {kernels} kernels failed.", " ".join(causes))
    if len(recording.outcomes) < kernels or len(recording.whole) < len(recording.header["modes"]):
        done = f"{len(recording.outcomes)} of {kernels} kernels were done by then."
        if not kernels:
            done = "Not all requests were written by then."
        return Verdict("No verdict: the run ended early.", " ".join(filter(None, [done, recording.torn])))
    detail = "Give the experiment more seconds."
    return Verdict("No verdict: no tenant was served in the window.", detail)


def _nothing_to_compare(recording: Recording, totals: Mapping[str, dict[str, Any]]) -> Verdict:
    who = tenant_count(len(recording.tenants)).capitalize()
    headline = f"{who}, and nothing to compare: give Monolithic() and another sharing mode."
    sentences = [_alone(row) for row in totals.values()]
    return Verdict(headline, " ".join([*sentences, _provenance(recording)]))


def _alone(row: Mapping[str, Any]) -> str:
    serves = f"{row['title']} serves {row['throughput_per_s']:.4g} requests/s"
    if unstable(row):
        where = f"with {row['title']}"
        return f"{serves}. {without_end(row, where)}"
    return f"{serves} with a p99 latency of {duration(row['latency_p99_s'])}."


def _provenance(recording: Recording) -> str:
    time, checked = recording.header["provenance"]["time"], len(recording.outcomes)
    if not recording.kernels:
        return f"Time is {time}, not measured; no kernel was run."
    return f"Time is {time}, not measured; {checked} of {checked} emulated kernels gave the right result."
