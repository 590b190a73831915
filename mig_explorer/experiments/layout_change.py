"""A MIG layout that is changed while tenants use it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.layouts import Layout
from mig_explorer.model import constant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode


@dataclass(frozen=True)
class LayoutChange:
    """At some moment of the run, every `Mig` mode of the experiment gets another layout.

    From that moment on no request is taken up. Those in service are finished; then the old instances are
    destroyed, the new ones created and the tenants' jobs started again on them. Whoever sends meanwhile
    waits. Destroying and creating takes tenths of a second; ending and restarting jobs takes much longer, and
    is never left out.

    Parameters
    ----------
    at_seconds : float
        When, in modelled seconds from the start of the window.
    layout : Layout
        What stands afterwards, of the experiment's board.
    drain_seconds : float, optional
        What ending and restarting the jobs takes, beside the requests in service. By default 20 s, the middle
        of the 10 to 30 s that the literature gives; it depends on the jobs.

    Raises
    ------
    InvalidExperiment
        If a time is not a number that is allowed, or the layout is none.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> halves = parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0 3g.20gb@4")
    >>> for what, seconds in LayoutChange(10.0, halves).cost(before=halves).items():
    ...     print(f"{what}: {seconds:.3f} s")
    destroy: 0.150 s
    create: 0.096 s
    drain: 20.000 s
    """

    at_seconds: float
    layout: Layout
    drain_seconds: float | None = None

    def __post_init__(self) -> None:
        layout: object = self.layout
        if not _number(self.at_seconds) or self.at_seconds <= 0:
            message = (
                f"A layout must change at a finite number of seconds greater than 0, not "
                f"{self.at_seconds!r}. For example LayoutChange(10.0, layout)."
            )
            raise InvalidExperiment(message)
        if not isinstance(layout, Layout):
            message = (
                f"LayoutChange() needs a layout, not {layout!r}. "
                f'For example parse_layout(gpu, "3g.20gb@0 3g.20gb@4").'
            )
            raise InvalidExperiment(message)
        if self.drain_seconds is not None and not (_number(self.drain_seconds) and self.drain_seconds >= 0):
            message = (
                f"Ending and restarting the jobs must take a finite number of seconds, 0 or more, not "
                f"{self.drain_seconds!r}. For example drain_seconds=10.0, or leave it out."
            )
            raise InvalidExperiment(message)

    @property
    def drain(self) -> float:
        """Seconds of ending and restarting the jobs: as given, or the middle of what the literature gives."""
        if self.drain_seconds is not None:
            return float(self.drain_seconds)
        return (constant("drain_seconds_low") + constant("drain_seconds_high")) / 2

    def cost(self, before: Layout) -> dict[str, float]:
        """Return the seconds of destroying, of creating, and of ending and restarting the jobs.

        The first two are lines through published times of an idle A100, by number of instances; they are
        taken for other boards too.

        Parameters
        ----------
        before : Layout
            What stands until then.
        """
        counts = {"destroy": len(before.instances), "create": len(self.layout.instances)}
        took = {
            what: constant(f"{what}_seconds")
            + max(0, count - 1) * constant(f"{what}_seconds_per_further_instance")
            for what, count in counts.items()
        }
        return {**took, "drain": self.drain}


def checked_changes(given: object, board: Gpu, modes: Iterable[SharingMode]) -> tuple[LayoutChange, ...]:
    """Return the changes as a tuple, in order of time: of the experiment's board, and with a mode to change.

    Raises
    ------
    InvalidExperiment
        If not.
    """
    from mig_explorer.model import Mig  # noqa: PLC0415

    each = (given,) if isinstance(given, LayoutChange) else tuple(given)  # type: ignore[arg-type]
    for change in each:
        if not isinstance(change, LayoutChange):
            message = f"{change!r} is not a change of layout. Make one: LayoutChange(10.0, layout)."
            raise InvalidExperiment(message)
        if change.layout.gpu.name != board.name:
            message = (
                f"The layout at {change.at_seconds:g} s is of {change.layout.gpu.name}, but the experiment "
                f"runs on {board.name}. Lay out {board.name}."
            )
            raise InvalidExperiment(message)
    if each and not any(isinstance(mode, Mig) for mode in modes):
        message = "Only Mig(layout) has a layout that can change, and it is not among the modes. Add it."
        raise InvalidExperiment(message)
    for before, after in itertools.pairwise(each):
        least = math.fsum(before.cost(before.layout).values())
        if after.at_seconds < before.at_seconds + least:
            message = (
                f"The layout cannot change at {after.at_seconds:g} s: the change at {before.at_seconds:g} s "
                f"takes some {least:.3g} s. Leave more time between them, and give them in "
                f"order."
            )
            raise InvalidExperiment(message)
    return each


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
