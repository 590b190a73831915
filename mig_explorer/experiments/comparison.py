"""One sharing mode against the monolithic one, sentence by sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.load import UNSTABLE
from mig_explorer.experiments.notes import change_words
from mig_explorer.experiments.sending import requests_expected
from mig_explorer.experiments.sweep import sweep_row
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

    @property
    def whole(self) -> str:
        """What to call the monolithic mode: its name, where others use the whole GPU too."""
        return "the whole GPU taken in turns" if self._all_mig else "Monolithic"

    def headline(self) -> str:
        """Say who serves more, and by how much."""
        who = f"With {tenant_count(self.count)}"
        if self.ratio > 1 + DRAW:
            return (
                f"{who} {self.name} {self._serves} {times(self.ratio)} the requests, and {self._company()}."
            )
        if self.ratio < 1 - DRAW:
            fewer = percent(1 - self.ratio)
            return f"{who} {self.name} {self._serves} {fewer} fewer requests than {self.whole}."
        if self.all_served:
            rate = f"{self.totals[WHOLE]['throughput_per_s']:.4g} requests/s"
            return f"{who} {self.name} and {self.whole} both serve all that is asked for, {rate}."
        many = f"{times(self.ratio)} the requests of {self.whole}"
        return f"{who} it is a draw: {self.name} {self._serves} {many}."

    def beside(self) -> str:
        """Say in one sentence what a mode does that is not the best one."""
        mine = self.totals[self.mode["mode"]]
        if unstable(mine):
            return without_end(mine, self._here)
        if self.all_served:
            return f"{begun(self._here)} the p99 latency is {_p99(mine)}."
        whole = "the whole GPU" if self._all_mig else self.whole
        return f"{begun(self.name)} {self._serves} {times(self.ratio)} the requests of {whole}."

    def latency(self) -> str:
        """Say what the slowest requests take, and of a queue without end only that it is one."""
        mine, whole = (self.totals[slug] for slug in (self.mode["mode"], WHOLE))
        here = self._here
        if unstable(mine) and unstable(whole):
            asked = f"{times(mine['load'])} what it can serve {here}, {times(whole['load'])} {self._there}"
            return f"Neither keeps up: each is asked for {asked}. Both queues grow without end."
        if unstable(mine):
            return f"The p99 latency is {_p99(whole)} {self._there}. {without_end(mine, here)}"
        if unstable(whole):
            return f"The p99 latency is {_p99(mine)} {here}. {without_end(whole, self._there)}"
        curve = [self.sweep[self.mode["mode"], n]["latency_p99_s"] for n in range(1, self.count + 1)]
        flat = self.count > 1 and max(curve) < min(curve) * (1 + DRAW)
        on = "on" if self._is_mig else "with"
        steady = f" ({on} {self.name} the same from one tenant to {number(self.count)})" if flat else ""
        return f"The p99 latency is {_p99(mine)} {here} and {_p99(whole)} {self._there}{steady}."

    def reason(self) -> str:
        """Say why, where the figures show it; else nothing."""
        whole = next(mode for mode in self.recording.modes if mode["mode"] == WHOLE)["slices"][0]
        busy = sum(
            len(self.recording.of(WHOLE, name)) * seconds / self.recording.header["seconds"]
            for name, seconds in whole["step_seconds"].items()
        )
        if self.ratio > 1 + DRAW:
            filled = max(whole["sm_occupancy"].values(), default=1.0)
            if filled >= CROWDED:
                return ""
            return f"A request alone on the whole GPU fills {percent(filled)} of its warp slots."
        if busy < BUSY and self.all_served:
            return f"The whole GPU is busy {percent(busy)} of the time."
        if busy < BUSY:
            return f"The whole GPU is busy {percent(busy)} of the time: the tenants' pauses set the pace."
        return self._scarce() if self.ratio < 1 - DRAW and self._is_mig else ""

    def doubt(self) -> str:
        """Say how much of the lead hangs on what a few blocks get out of an SM; else nothing."""
        whole = next(mode for mode in self.recording.modes if mode["mode"] == WHOLE)
        rival, alone = (
            sweep_row(self.recording, mode, self.count, "saturated_seconds")["throughput_per_s"]
            for mode in (self.mode, whole)
        )
        if self.count == 1 or abs(rival / alone - self.ratio) <= DOUBT * self.ratio:
            return ""
        return (
            f"How much an SM does with a few blocks is not known: were one enough to keep it busy, "
            f"{self.name} would serve {times(rival / alone)} the requests."
        )

    def changes(self) -> str:
        """Say what changes of the layout cost; nothing where there are none."""
        seconds = self.recording.header["seconds"]
        words = [change_words(each) for each in self.mode.get("changes", ()) if each["at_seconds"] < seconds]
        return " ".join(f"{begun(text)}." for text in words)

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
            text = f"Up to {tenant_count(self.count)} {name} always {self._serves} more: {lone}."
        elif more and behind:
            text = f"{begun(name)} {self._is} the wrong choice below {number(more)} tenants: {lone}."
        elif more:
            text = f"{begun(name)} {self._gains} nothing below {number(more)} tenants: {lone}."
        elif ahead:
            text = f"{begun(name)} {self._serves} more only with {listed(ahead)} tenants: {lone}."
        else:
            text = f"Up to {tenant_count(self.count)} {name} never {self._serves} more: {lone}."
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

    @property
    def _is_mig(self) -> bool:
        return _has_slices(self.mode)

    @property
    def _all_mig(self) -> bool:
        return all(_has_slices(mode) for mode in self.recording.modes if mode["mode"] != WHOLE)

    @property
    def _there(self) -> str:
        return "on the whole GPU" if self._all_mig else "with Monolithic"

    def _company(self) -> str:
        pieces = [piece for piece in self.mode["slices"] if piece["tenants"]]
        crowd = max(len(piece["tenants"]) for piece in pieces)
        if self._is_mig:
            shared = f"at most {number(crowd)} tenants share a slice"
            return "nobody waits for anybody" if crowd == 1 else shared
        if any(piece.get("takes_turns") for piece in pieces):
            return "all take turns on the GPU"
        return "each has SMs of its own" if crowd == 1 and len(pieces) > 1 else "all run side by side"

    @property
    def _plural(self) -> bool:
        return "contexts" in self.name

    @property
    def _serves(self) -> str:
        return "serve" if self._plural else "serves"

    @property
    def _gains(self) -> str:
        return "gain" if self._plural else "gains"

    @property
    def _is(self) -> str:
        return "are" if self._plural else "is"

    @property
    def _here(self) -> str:
        return f"on {self.mode['title']}" if self._is_mig else f"with {name_of(self.mode)}"

    @property
    def all_served(self) -> bool:
        """Whether requests come whether or not they are answered, and both modes keep up with them."""
        closed = any(requests_expected(tenant, 1.0) is None for tenant in self.recording.header["tenants"])
        return not closed and not any(unstable(self.totals[slug]) for slug in (self.mode["mode"], WHOLE))

    def _lead(self, count: int, figure: str) -> float:
        mine, whole = (self.sweep[slug, count] for slug in (self.mode["mode"], WHOLE))
        values = [math.inf if "latency" in figure and unstable(row) else row[figure] for row in (mine, whole)]
        return float(values[0] / values[1])

    def _lone(self) -> str:
        rows = [self.sweep[slug, 1] for slug in (self.mode["mode"], WHOLE)]
        alike = len({tenant["title"] for tenant in self.recording.header["tenants"]}) == 1
        whose = "" if alike else f" of {self.recording.tenants[0]}"
        if any(map(unstable, rows)):
            where = "on a slice" if self._is_mig else f"with {self.name}"
            return f"a lone tenant's queue grows without end {where if unstable(rows[0]) else self._there}"
        mine, whole = (duration(row["latency_p50_s"]) for row in rows)
        if self._is_mig:
            return f"a lone request{whose} takes {mine} on a slice and {whole} {self._there}"
        both = f"{mine} either way" if mine == whole else f"{mine} with {self.name} and {whole} {self._there}"
        return f"a lone request{whose} takes {both}"


def name_of(mode: Event) -> str:
    """Return what to call a mode in the middle of a sentence.

    Examples
    --------
    >>> name_of({"title": "Time slicing"}), name_of({"title": "MPS"}), name_of({"title": "MIG 7g.40gb"})
    ('time slicing', 'MPS', 'MIG 7g.40gb')
    """
    title: str = mode["title"]
    return title[0].lower() + title[1:] if title[1].islower() else title


def begun(text: str) -> str:
    """Return a text as a sentence begins.

    Examples
    --------
    >>> begun("time slicing")
    'Time slicing'
    """
    return text[0].upper() + text[1:]


def unstable(row: Mapping[str, Any]) -> bool:
    """Return whether a row of the table or the sweep is of a queue that grows without end."""
    return bool(row["load"] >= UNSTABLE)


def without_end(row: Mapping[str, Any], where: str) -> str:
    """Say of a queue that it grows for as long as one watches.

    Examples
    --------
    >>> without_end({"load": 1.3}, "with Monolithic")
    'With Monolithic 1.3 times what can be served is asked for: the queue and its latency grow
    without end.'
    """
    return (
        f"{begun(where)} {times(row['load'])} what can be served is asked for: the queue and "
        f"its latency grow without end."
    )


def _p99(row: Mapping[str, Any]) -> str:
    return duration(row["latency_p99_s"])


def _has_slices(mode: Event) -> bool:
    return any(piece["profile"] is not None for piece in mode["slices"])


def _from(counts: list[int], last: int) -> int | None:
    """Return the count from which on every count up to the last is among the given ones."""
    first = None
    for count in range(last, 0, -1):
        if count not in counts:
            break
        first = count
    return first
