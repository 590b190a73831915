"""In which order a set of profiles can be created, when the driver chooses the starts."""

from __future__ import annotations

from collections import Counter
from math import factorial, prod
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidLayout
from mig_explorer.layouts.driver import driver_start
from mig_explorer.layouts.layout import Layout
from mig_explorer.layouts.rules import open_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mig_explorer.gpus import Gpu, Profile

MOST_ORDERS = 50_000


def working_order(
    gpu: Gpu, profiles: Iterable[str], *, layout: Layout | None = None
) -> tuple[str, ...] | None:
    """Return an order in which the driver, by our model of it, creates all of a set of profiles.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    profiles : iterable of str
        Profile names; the same one several times if several are wanted.
    layout : Layout, optional
        What stands already; nothing by default.

    Returns
    -------
    tuple of str or None
        The first that works of all orders, larger profiles tried first. None if none does.

    Raises
    ------
    UnknownProfile
        If the board has no such profile.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> working_order(gpu("A100-SXM4-40GB"), ["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"])
    ('3g.20gb', '2g.10gb', '1g.5gb', '1g.5gb')
    >>> print(working_order(gpu("A100-SXM4-40GB"), ["4g.20gb", "4g.20gb"]))
    None
    """
    left = _counted(gpu, profiles)
    return _search(Layout(gpu) if layout is None else layout, left, set())


def explicit_starts(gpu: Gpu, profiles: Iterable[str], *, layout: Layout | None = None) -> Layout | None:
    """Return a layout that holds all of a set of profiles, whatever the driver would choose.

    Some sets fit only if their starts are given: by our model there is then no order that works without.

    Parameters
    ----------
    gpu, profiles, layout
        As of `working_order`.

    Returns
    -------
    Layout or None
        What stands with the set added; None if it does not fit at all.

    Raises
    ------
    UnknownProfile
        If the board has no such profile.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> names = ["1g.10gb"] * 3 + ["1g.5gb"] * 2
    >>> print(working_order(gpu("A100-SXM4-40GB"), names))
    None
    >>> str(explicit_starts(gpu("A100-SXM4-40GB"), names))
    '1g.10gb@0 1g.10gb@2 1g.5gb@4 1g.5gb@5 1g.10gb@6'
    """
    return _fitted(
        Layout(gpu) if layout is None else layout, tuple(_counted(gpu, profiles).elements()), set()
    )


def failing_orders(
    gpu: Gpu, profiles: Iterable[str], *, layout: Layout | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return every order of a set of profiles in which the driver, by our model of it, stops half-way.

    Parameters
    ----------
    gpu, profiles, layout
        As of `working_order`.

    Raises
    ------
    UnknownProfile
        If the board has no such profile.
    InvalidLayout
        If the set has more than 50,000 orders.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> failing_orders(gpu("A30"), ["2g.12gb", "1g.6gb"])
    ()
    >>> failing_orders(gpu("A100-SXM4-40GB"), ["1g.5gb", "2g.10gb", "4g.20gb"])
    ()
    >>> len(failing_orders(gpu("A100-SXM4-40GB"), ["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"]))
    9
    """
    counts = _counted(gpu, profiles)
    many = factorial(counts.total()) // prod(factorial(count) for count in counts.values())
    if many > MOST_ORDERS:
        message = f"These profiles have {many} orders; at most {MOST_ORDERS} can be listed."
        raise InvalidLayout(message)
    return tuple(_failing(Layout(gpu) if layout is None else layout, counts, ()))


def _counted(gpu: Gpu, profiles: Iterable[str]) -> Counter[str]:
    largest_first = list(gpu.profiles)[::-1]
    counts = Counter(gpu.profile(name).name for name in profiles)
    return Counter({name: counts[name] for name in largest_first if counts[name]})


def _search(layout: Layout, left: Counter[str], hopeless: set[str]) -> tuple[str, ...] | None:
    if not left.total():
        return ()
    if str(layout) in hopeless:
        return None
    for name in [name for name, count in left.items() if count]:
        after = _created(layout, layout.gpu.profile(name))
        if after is not None:
            rest = _search(after, left - Counter([name]), hopeless)
            if rest is not None:
                return (name, *rest)
    hopeless.add(str(layout))
    return None


def _fitted(layout: Layout, left: tuple[str, ...], hopeless: set[str]) -> Layout | None:
    if not left or str(layout) in hopeless:
        return None if left else layout
    profile = layout.gpu.profile(left[0])
    for start in open_starts(layout.gpu, layout.instances, profile):
        found = _fitted(layout.place(profile.name, start), left[1:], hopeless)
        if found is not None:
            return found
    hopeless.add(str(layout))
    return None


def _failing(layout: Layout, left: Counter[str], done: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name in [name for name, count in left.items() if count]:
        after, rest = _created(layout, layout.gpu.profile(name)), left - Counter([name])
        if after is None:
            yield from ((*done, name, *order) for order in _permutations(rest))
        else:
            yield from _failing(after, rest, (*done, name))


def _permutations(left: Counter[str]) -> Iterator[tuple[str, ...]]:
    if not left.total():
        yield ()
    for name in [name for name, count in left.items() if count]:
        yield from ((name, *order) for order in _permutations(left - Counter([name])))


def _created(layout: Layout, profile: Profile) -> Layout | None:
    start = driver_start(layout, profile)
    return None if start is None else layout.place(profile.name, start)
