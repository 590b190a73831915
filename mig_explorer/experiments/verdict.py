"""What the figures say, in words: who wins, by how much, from how many tenants on, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.comparison import WHOLE, Comparison
from mig_explorer.experiments.sweep import sweep_rows
from mig_explorer.experiments.table import ALL, table_rows
from mig_explorer.experiments.words import duration, tenant_count, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.reading import Recording


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
    unknown = [row for row in totals.values() if row["status"] != "ok"]
    if unknown or len(totals) < len(recording.header["modes"]):
        return _no_verdict(recording)
    rivals = [mode for mode in recording.modes if mode["mode"] != WHOLE]
    if WHOLE not in totals or not rivals:
        return _nothing_to_compare(recording, totals)
    sweep = {(row["mode"], row["tenants"]): row for row in sweep_rows(recording)}
    rivals.sort(key=lambda mode: -totals[mode["mode"]]["throughput_per_s"])
    names = ["MIG"] if len(rivals) == 1 else [mode["title"] for mode in rivals]
    best, *others = [
        Comparison(recording, mode, name, totals, sweep) for mode, name in zip(rivals, names, strict=True)
    ]
    sentences = [best.latency(), best.reason(), best.doubt(), best.crossover()]
    sentences += [f"{each.name} serves {times(each.ratio)} the requests of the whole GPU." for each in others]
    return Verdict(best.headline(), " ".join([*filter(None, sentences), _provenance(recording)]))


def _no_verdict(recording: Recording) -> Verdict:
    failures = recording.failures
    kernels = len(recording.tenants) * len(recording.header["modes"])
    if failures:
        causes = [f"{each['tenant']} on {each['slice']}: {each['cause']}." for each in failures]
        return Verdict(f"No verdict: {len(failures)} of {kernels} kernels failed.", " ".join(causes))
    if len(recording.outcomes) < kernels:
        done = f"{len(recording.outcomes)} of {kernels} kernels were done by then."
        return Verdict("No verdict: the run ended early.", " ".join(filter(None, [done, recording.torn])))
    detail = "Give the experiment more seconds."
    return Verdict("No verdict: no tenant was served in the window.", detail)


def _nothing_to_compare(recording: Recording, totals: Mapping[str, dict[str, Any]]) -> Verdict:
    sentences = [
        f"{row['title']} serves {row['throughput_per_s']:.4g} requests/s with a p99 latency of "
        f"{duration(row['latency_p99_s'])}."
        for row in totals.values()
    ]
    who = tenant_count(len(recording.tenants)).capitalize()
    headline = f"{who}, and nothing to compare: give Monolithic() and Mig(layout) as modes."
    return Verdict(headline, " ".join([*sentences, _provenance(recording)]))


def _provenance(recording: Recording) -> str:
    checked = len(recording.outcomes)
    time = recording.header["provenance"]["time"]
    return f"Time is {time}, not measured; {checked} of {checked} emulated kernels gave the right result."
