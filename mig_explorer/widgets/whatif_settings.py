"""What can be turned in the what-if: board, workload and its size, tenants, load, layout, sharing modes."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment, InvalidWorkload, nearest_names
from mig_explorer.gpus import gpu as board_named
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, SharingMode, TimeSlicing
from mig_explorer.workloads import Workload, build, factories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.measured import MeasuredWorkload

MOST_TENANTS = 14
"""Two for each instance of a board that is cut into seven."""

MODES = {
    "monolithic": "Monolithic",
    "time-slicing": "Time slicing",
    "mps": "MPS",
    "green-contexts": "Green contexts",
    "mig": "MIG",
    "mig-mps": "MPS in MIG",
}
"""The sharing modes that can be chosen, by short name, and what they are called at the end of a line."""

ON_AT_FIRST = ("monolithic", "time-slicing", "mps", "mig")

HALVINGS, DOUBLINGS = 6, 4
"""The size goes from the workload's own through so many powers of two to either side."""

STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
"""Rates in each power of ten."""

LIGHTEST, HEAVIEST = 0.02, 2.0
"""The rates that can be chosen ask a whole GPU for this share of its time, for each tenant."""

LONGEST_TEXT = 400


@dataclass(frozen=True)
class Settings:
    """Where everything stands that can be turned.

    Parameters
    ----------
    gpu : Gpu
        The board.
    work : Workload or MeasuredWorkload
        What a request runs, at its size.
    tenants : int
        How many tenants.
    rate : float or None
        Requests/s of each tenant, at random times; None for a closed loop without a pause.
    modes : tuple of str
        Keys of `MODES`.
    layout : Layout
        What MIG has on the board; empty on a board without MIG.

    Examples
    --------
    >>> from mig_explorer.workloads import triad
    >>> first(board_named("GB10"), triad()).modes
    ('monolithic', 'time-slicing', 'mps')
    """

    gpu: Gpu
    work: Workload | MeasuredWorkload
    tenants: int
    rate: float | None
    modes: tuple[str, ...]
    layout: Layout

    @property
    def size_name(self) -> str:
        """The parameter that says how large a request is; empty for a workload that was measured."""
        return next(iter(self.work.parameters)) if isinstance(self.work, Workload) else ""

    @property
    def size(self) -> int | None:
        """Its value."""
        return int(self.work.parameters[self.size_name]) if isinstance(self.work, Workload) else None

    def sharing(self) -> dict[str, SharingMode]:
        """Return the sharing modes that are chosen, by short name."""
        made = _made(self.layout if self.gpu.has_mig else None)
        return {slug: made[slug] for slug in MODES if slug in self.modes}


@functools.lru_cache(maxsize=64)
def _made(layout: Layout | None) -> Mapping[str, SharingMode]:
    """Return all sharing modes, the same objects each time: what is known of them is kept by identity."""
    plain = _plain()
    if layout is None or not layout.instances:
        return plain
    return {**plain, "mig": Mig(layout), "mig-mps": Mig(layout, inside=Mps())}


@functools.cache
def _plain() -> dict[str, SharingMode]:
    return {
        "monolithic": Monolithic(),
        "time-slicing": TimeSlicing(),
        "mps": Mps(),
        "green-contexts": GreenContexts(),
    }


def first(gpu: Gpu, work: Workload | MeasuredWorkload) -> Settings:
    """Return the settings to begin with: seven tenants in a closed loop, MIG cut into its smallest slices."""
    modes = tuple(each for each in ON_AT_FIRST if each in offered(gpu))
    return Settings(gpu, work, 7, None, modes, first_layout(gpu))


def first_layout(gpu: Gpu) -> Layout:
    """Return the first preset of a board; the empty layout where it has no MIG."""
    return next(iter(preset_layouts(gpu).values()), Layout(gpu))


def offered(gpu: Gpu) -> tuple[str, ...]:
    """Return the sharing modes that a board can have.

    Examples
    --------
    >>> offered(board_named("GB10"))
    ('monolithic', 'time-slicing', 'mps', 'green-contexts')
    """
    return tuple(slug for slug in MODES if gpu.has_mig or not slug.startswith("mig"))


@functools.cache
def sizes(factory: str, name: str, own: int) -> tuple[int, ...]:
    """Return the values of a workload's size that can be chosen, its own among them.

    Examples
    --------
    >>> sizes("mig_explorer.workloads.mlp:mlp", "batch", 32)
    (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    """
    found = []
    for power in range(-HALVINGS, DOUBLINGS + 1):
        size = own * 2**power if power >= 0 else own // 2**-power
        if size < 1 or (power < 0 and own % 2**-power):
            continue
        try:
            build(factory, {name: size})
        except InvalidWorkload:
            continue
        found.append(size)
    return tuple(found)


def rates(alone_seconds: float) -> tuple[float, ...]:
    """Return the rates that can be chosen for requests of a certain length, round numbers.

    Examples
    --------
    >>> rates(0.5)
    (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
    """
    low, high = LIGHTEST / alone_seconds, HEAVIEST / alone_seconds
    power = math.floor(math.log10(low))
    found = []
    while 10.0**power < high:
        found += [step * 10.0**power for step in STEPS if low <= step * 10.0**power < high]
        power += 1
    return tuple(float(f"{rate:.3g}") for rate in found)


def workloads() -> Mapping[str, str]:
    """Return the workloads that can be chosen, by name, with what they are called."""
    return _titles()


@functools.cache
def _titles() -> Mapping[str, str]:
    return {name: make().title.split(",", maxsplit=1)[0] for name, make in factories().items()}


def changed(settings: Settings, change: object, given: Workload | MeasuredWorkload) -> Settings:
    """Return the settings after what the page asked for.

    Parameters
    ----------
    settings : Settings
        As they are.
    change : object
        Whatever came: JSON decoded, from a page that may be anybody's.
    given : Workload or MeasuredWorkload
        What the what-if was opened with, which need not be one of the curated workloads.

    Raises
    ------
    InvalidExperiment
        If it is not a change that is offered.
    MigExplorerError
        If a layout cannot be read; the message says why, and what would work.

    Examples
    --------
    >>> from mig_explorer.workloads import triad
    >>> begin = first(board_named("A30"), triad())
    >>> changed(begin, {"tenants": 3, "layout": "2g.12gb@0"}, begin.work).layout.title
    '2g.12gb'
    """
    if not isinstance(change, dict):
        raise InvalidExperiment(f"Settings come by name, not as {change!r:.60}. Known: {', '.join(CHANGES)}.")
    for name in change:
        if name not in CHANGES:
            raise InvalidExperiment(f"There is no setting {name!r:.60}. {nearest_names(name, CHANGES)}")
    for name, turn in CHANGES.items():  # in this order: a board or a workload resets what hangs on it
        if name in change:
            settings = turn(settings, change[name], given)
    return settings


def _board(settings: Settings, value: object, _: object) -> Settings:
    if not isinstance(value, str):
        raise InvalidExperiment(f"A board is chosen by its name, such as 'A30', not {value!r:.60}.")
    board = board_named(value)
    if board == settings.gpu:
        return settings
    kept = tuple(each for each in settings.modes if each in offered(board))
    return replace(settings, gpu=board, layout=first_layout(board), modes=kept or ("monolithic",))


def _workload(settings: Settings, value: object, given: Workload | MeasuredWorkload) -> Settings:
    if value == given.name:
        return replace(settings, work=given)
    if not isinstance(value, str) or value not in factories():
        raise InvalidExperiment(f"There is no workload {value!r:.60}. {nearest_names(value, factories())}")
    return replace(settings, work=factories()[value]())


def _size(settings: Settings, value: object, _: object) -> Settings:
    work = settings.work
    if not isinstance(work, Workload):
        raise InvalidExperiment(f"{work.title} was measured at one size, so it cannot be {value!r:.60}.")
    if not _whole(value, 1, 2**40):
        raise InvalidExperiment(
            f"The {settings.size_name} of {work.name} is a whole number of 1 or more, not {value!r:.60}."
        )
    return replace(
        settings, work=build(work.factory, {**work.parameters, settings.size_name: int(str(value))})
    )


def _tenants(settings: Settings, value: object, _: object) -> Settings:
    if not _whole(value, 1, MOST_TENANTS):
        raise InvalidExperiment(f"There can be 1 to {MOST_TENANTS} tenants here, not {value!r:.60}.")
    return replace(settings, tenants=int(str(value)))


def _rate(settings: Settings, value: object, _: object) -> Settings:
    if value is None:
        return replace(settings, rate=None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise InvalidExperiment(
            f"A rate is a number of requests/s greater than 0, or None for a closed loop, not {value!r:.60}."
        )
    return replace(settings, rate=float(value))


def _modes(settings: Settings, value: object, _: object) -> Settings:
    known = offered(settings.gpu)
    given = value if isinstance(value, list | tuple) else [value]
    for each in given:
        if each not in known:
            raise InvalidExperiment(
                f"{settings.gpu.name} has no sharing mode {each!r:.60} here. {nearest_names(each, known)}"
            )
    return replace(settings, modes=tuple(each for each in known if each in given))


def _layout(settings: Settings, value: object, _: object) -> Settings:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise InvalidExperiment(
            f"A layout is a text of at most {LONGEST_TEXT} characters, like '3g.20gb@4 1g.5gb@0'."
        )
    layout = parse_layout(settings.gpu, value)
    Mig(layout)  # says what is the matter with a layout in which nothing can run
    return replace(settings, layout=layout)


CHANGES = {
    "gpu": _board,
    "workload": _workload,
    "size": _size,
    "tenants": _tenants,
    "rate": _rate,
    "modes": _modes,
    "layout": _layout,
}


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
