"""One sharing mode against the whole GPU taken in turns, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.sweep import throughput_if_saturated
from mig_explorer.experiments.words import duration, listed, number, percent, tenant_count, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.trace import Event

DRAW = 0.03
"""Less than this apart is called a draw: a window of 40 requests cannot tell one in forty from none."""

WHOLE = "monolithic"

BUSY = 0.95
"""A board that is idle more than one part in twenty is not what holds the tenants back."""

DOUBT = 0.1
"""A ratio that moves by more than one part in ten between the model's two extremes is said with both."""

CROWDED = 0.75
"""A request that fills less than this of the warp slots leaves room for others, and that is worth saying."""


@dataclass(frozen=True)
class Comparison:
    """What there is to say about one mode beside the monolithic one.

    Parameters
    ----------
    recording : Recording
        The run.
    mode : dict
        The mode's event.
    name : str
        What to call it.
    totals : mapping
        The table's row of all tenants, by mode.
    sweep : mapping
        The row of the sweep, by mode and number of tenants.
    """

    recording: Recording
    mode: Event
    name: str
    totals: Mapping[str, dict[str, Any]]
    sweep: Mapping[tuple[str, int], dict[str, Any]]

    @property
    def count(self) -> int:
        """How many tenants there are."""
        return len(self.recording.tenants)

    @property
    def ratio(self) -> float:
        """Requests that the mode serves over those that the whole GPU serves."""
        return self._lead(self.count, "throughput_per_s")

    def headline(self) -> str:
        """Say who serves more, and by how much."""
        who = f"With {tenant_count(self.count)}"
        if self.ratio > 1 + DRAW:
            crowd = max(len(piece["tenants"]) for piece in self.mode["slices"])
            shared = f"at most {number(crowd)} tenants share a slice"
            waiting = "nobody waits for anybody" if crowd == 1 else shared
            return f"{who} {self.name} serves {times(self.ratio)} the requests, and {waiting}."
        if self.ratio < 1 - DRAW:
            fewer = percent(1 - self.ratio)
            return f"{who} {self.name} serves {fewer} fewer requests than the whole GPU taken in turns."
        many = f"{times(self.ratio)} the requests of the whole GPU taken in turns"
        return f"{who} it is a draw: {self.name} serves {many}."

    def latency(self) -> str:
        """Say what the slowest requests take."""
        mig, whole = (self.totals[slug]["latency_p99_s"] for slug in (self.mode["mode"], WHOLE))
        curve = [self.sweep[self.mode["mode"], n]["latency_p99_s"] for n in range(1, self.count + 1)]
        flat = self.count > 1 and max(curve) < min(curve) * (1 + DRAW)
        steady = f" (on {self.name} the same from one tenant to {number(self.count)})" if flat else ""
        both = f"{duration(mig)} on {self.mode['title']} and {duration(whole)} on the whole GPU"
        return f"The p99 latency is {both}{steady}."

    def reason(self) -> str:
        """Say why, where the figures show it; else nothing."""
        whole = next(mode for mode in self.recording.modes if mode["mode"] == WHOLE)["slices"][0]
        busy = sum(
            self.recording.latencies[WHOLE, name].size * seconds / self.recording.header["seconds"]
            for name, seconds in whole["step_seconds"].items()
            if (WHOLE, name) in self.recording.latencies
        )
        if self.ratio > 1 + DRAW:
            filled = max(whole["sm_occupancy"].values())
            if filled >= CROWDED:
                return ""
            return f"A request alone on the whole GPU fills {percent(filled)} of its warp slots."
        if busy < BUSY:
            return f"The whole GPU is busy {percent(busy)} of the time: the tenants' pauses set the pace."
        return self._scarce() if self.ratio < 1 - DRAW else ""

    def doubt(self) -> str:
        """Say how much of the lead hangs on what a few blocks get out of an SM; else nothing."""
        whole = next(mode for mode in self.recording.modes if mode["mode"] == WHOLE)
        rival, alone = (throughput_if_saturated(self.recording, mode) for mode in (self.mode, whole))
        if self.count == 1 or abs(rival / alone - self.ratio) <= DOUBT * self.ratio:
            return ""
        return (
            f"How much an SM does with a few blocks is not known: were one enough to keep it busy, "
            f"{self.name} would serve {times(rival / alone)} the requests."
        )

    def crossover(self) -> str:
        """Say from how many tenants on the mode serves more, and what a lone request takes."""
        name, lone = self.name, self._lone()
        if self.count == 1:
            return f"A{lone[1:]}."
        counts = range(1, self.count + 1)
        ahead = [n for n in counts if self._lead(n, "throughput_per_s") > 1 + DRAW]
        behind = [n for n in counts if self._lead(n, "throughput_per_s") < 1 - DRAW]
        calmer = [n for n in counts if self._lead(n, "latency_p99_s") < 1 - DRAW]
        more, lower = _from(ahead, self.count), _from(calmer, self.count)
        if more == 1:
            text = f"Up to {tenant_count(self.count)} {name} always serves more: {lone}."
        elif more and behind:
            text = f"{name} is the wrong choice below {number(more)} tenants: {lone}."
        elif more:
            text = f"{name} gains nothing below {number(more)} tenants: {lone}."
        elif ahead:
            text = f"{name} serves more only with {listed(ahead)} tenants: {lone}."
        else:
            text = f"Up to {tenant_count(self.count)} {name} never serves more: {lone}."
        if lower and lower != more:
            text += f" Its p99 latency is the lower one from {tenant_count(lower)} on."
        return text

    def _scarce(self) -> str:
        used = [piece for piece in self.mode["slices"] if piece["tenants"]]
        limits = {limit for piece in used for limit in piece["limited_by"].values()}
        board = self.recording.header["board"]
        if limits == {"memory"}:
            has = sum(piece["bandwidth_gbs"] for piece in used)
            share = f"{has:,.0f} of the board's {board['bandwidth_gbs']:,.0f} GB/s"
            return f"Memory bandwidth sets the time, and the slices in use have {share}."
        if limits == {"compute"}:
            share = f"{sum(piece['sms'] for piece in used)} of the board's {board['sms']} SMs"
            return f"Arithmetic sets the time, and the slices in use have {share}."
        return ""

    def _lead(self, count: int, figure: str) -> float:
        return float(self.sweep[self.mode["mode"], count][figure] / self.sweep[WHOLE, count][figure])

    def _lone(self) -> str:
        mig, whole = (self.sweep[slug, 1]["latency_p50_s"] for slug in (self.mode["mode"], WHOLE))
        alike = len({tenant["title"] for tenant in self.recording.header["tenants"]}) == 1
        whose = "" if alike else f" of {self.recording.tenants[0]}"
        both = f"{duration(mig)} on a slice and {duration(whole)} on the whole GPU"
        return f"a lone request{whose} takes {both}"


def _from(counts: list[int], last: int) -> int | None:
    """Return the count from which on every count up to the last is among the given ones."""
    first = None
    for count in range(last, 0, -1):
        if count not in counts:
            break
        first = count
    return first
