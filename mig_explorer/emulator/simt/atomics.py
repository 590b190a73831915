"""Atomic operations: each lane's in turn, in ascending order, and each gets what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mig_explorer.emulator.simt.access import element

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.turn import Turn
    from mig_explorer.emulator.simt.values import ArrayRef, Numbers


def _increment(old: Numbers, operands: tuple[Numbers, ...]) -> Numbers:
    (limit,) = operands
    return np.where(old >= limit, 0, old + old.dtype.type(1))


def _decrement(old: Numbers, operands: tuple[Numbers, ...]) -> Numbers:
    (limit,) = operands
    return np.where((old == 0) | (old > limit), limit, old - old.dtype.type(1))


def _swap_if_equal(old: Numbers, operands: tuple[Numbers, ...]) -> Numbers:
    expected, value = operands
    return np.where(old == expected, value, old)


STEPS: dict[str, Callable[[Any, tuple[Any, ...]], Any]] = {
    "add": lambda old, operands: old + operands[0],
    "sub": lambda old, operands: old - operands[0],
    "and_": lambda old, operands: old & operands[0],
    "or_": lambda old, operands: old | operands[0],
    "xor": lambda old, operands: old ^ operands[0],
    # A NaN on either side changes nothing, except in nanmax and nanmin, where any number replaces it.
    "max": lambda old, operands: np.where(operands[0] > old, operands[0], old),
    "min": lambda old, operands: np.where(operands[0] < old, operands[0], old),
    "nanmax": lambda old, operands: np.fmax(old, operands[0]),
    "nanmin": lambda old, operands: np.fmin(old, operands[0]),
    "exch": lambda _old, operands: operands[0],
    "inc": _increment,
    "dec": _decrement,
    "cas": _swap_if_equal,
}
"""What an element becomes, from what it was and each lane's operands."""

RUNNING: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
    "nanmax": np.fmax,
    "nanmin": np.fmin,
}
"""Those that NumPy can do one after the other along an array."""


def atomic(
    turn: Turn, name: str, array: ArrayRef, indices: tuple[Any, ...], operands: tuple[Any, ...]
) -> Numbers:
    """Do an atomic operation for each lane and return what each found."""
    places = element(turn, array, indices, writing=True)
    found = np.zeros(turn.count, array.dtype)
    for memory, chosen, index in places.parts(turn):
        if turn.watch.atomic:
            turn.observer.atomic(memory, index, turn.lanes[chosen], turn.line, name)
        values = tuple(turn.spread(each)[chosen] for each in operands)
        found[chosen] = one_after_the_other(name, memory.data, index, values)
    return found


def one_after_the_other(name: str, data: Numbers, places: Numbers, operands: tuple[Numbers, ...]) -> Numbers:
    """Change elements in order, and return what each operation found.

    Parameters
    ----------
    name
        One of `STEPS`.
    data
        The elements; they are changed.
    places
        Which one each operation changes.
    operands
        The values of each operation.

    Examples
    --------
    >>> data = np.array([10, 20])
    >>> one_after_the_other("add", data, np.array([0, 1, 0]), (np.array([1, 2, 3]),)), data
    (array([10, 20, 11]), array([14, 22]))
    """
    order = np.argsort(places, kind="stable")
    place = places[order]
    first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    lengths = np.diff(np.r_[first, len(place)])
    if len(first) == len(place):
        old = data[places]
        data[places] = STEPS[name](old, operands)
        return old
    sorted_operands = tuple(each[order] for each in operands)
    runs = _Runs(place, sorted_operands, first, lengths)
    found = (_by_rank if lengths.max() <= len(first) else _by_place)(name, data, runs)
    result = np.empty_like(found)
    result[order] = found
    return result


class _Runs(NamedTuple):
    """Operations sorted by their place: those on one place, in order, are a run.

    Parameters
    ----------
    place, operands
        Of each operation.
    first, lengths
        Where each run begins, and how many operations it has.
    """

    place: Numbers
    operands: tuple[Numbers, ...]
    first: Numbers
    lengths: Numbers


def _by_rank(name: str, data: Numbers, runs: _Runs) -> Numbers:
    """Do the first operation of every run, then the second, and so on."""
    found = np.empty(len(runs.place), data.dtype)
    for rank in range(int(runs.lengths.max())):
        at = runs.first[runs.lengths > rank] + rank
        place = runs.place[at]
        old = data[place]
        found[at] = old
        data[place] = STEPS[name](old, tuple(each[at] for each in runs.operands))
    return found


def _by_place(name: str, data: Numbers, runs: _Runs) -> Numbers:
    """Do all the operations of one run, then those of the next."""
    found = np.empty(len(runs.place), data.dtype)
    for begin, length in zip(runs.first.tolist(), runs.lengths.tolist(), strict=True):
        run = slice(begin, begin + length)
        where = int(runs.place[begin])
        found[run], data[where] = _run(name, data[where], tuple(each[run] for each in runs.operands))
    return found


def _run(name: str, start: Any, operands: tuple[Numbers, ...]) -> tuple[Numbers, Any]:
    """Return what each operation on one element finds, and what is there in the end."""
    if name in RUNNING:
        steps = RUNNING[name].accumulate(
            np.concatenate([np.array([start]), operands[0]]), dtype=operands[0].dtype
        )
        return steps[:-1], steps[-1]
    if name == "exch":
        return np.concatenate([np.array([start]), operands[0][:-1]]), operands[0][-1]
    if name in ("max", "min"):
        better = np.fmax if name == "max" else np.fmin
        if start != start:  # noqa: PLR0124 - a NaN stays
            return np.full(len(operands[0]), start), start
        steps = better.accumulate(np.concatenate([np.array([start]), operands[0]]))
        return steps[:-1], steps[-1]
    if name == "cas":
        return _swaps(start, *operands)
    found = np.empty(len(operands[0]), operands[0].dtype)
    now = start
    for number in range(len(found)):
        found[number] = now
        now = STEPS[name](now, tuple(each[number] for each in operands))[()]
    return found, now


def _swaps(start: Any, expected: Numbers, values: Numbers) -> tuple[Numbers, Any]:
    found = np.empty(len(expected), expected.dtype)
    now, at = start, 0
    while at < len(expected):
        matches = np.flatnonzero(expected[at:] == now)
        if not len(matches):
            break
        hit = at + int(matches[0])
        found[at : hit + 1] = now
        now, at = values[hit], hit + 1
    found[at:] = now
    return found, now
