"""The compiled loops, against the same in plain Python, one access after the other."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from numba.core.caching import _CacheLocator
from numba.core.errors import NumbaError

from mig_explorer.emulator.checks import demotion
from mig_explorer.emulator.checks.latest import Latest, event_of, thread_of

BLOCK = 64


def plainly(columns, accesses):
    """Take note of the accesses of one event: units with their packed access."""
    before = {unit: columns[0].get(unit) for unit, _ in accesses}
    columns[0].update(dict(accesses))
    was_there = [(unit, before[unit]) for unit, _ in accesses if before[unit] is not None]
    for unit, access in [*was_there, *reversed(accesses)]:
        mine, winner = access[1], columns[0][unit][1]
        apart = [mine != winner, mine // 32 != winner // 32, mine // BLOCK != winner // BLOCK]
        for place, differs in enumerate(apart, 1):
            if differs:
                columns[place][unit] = access


@pytest.mark.parametrize("seed", range(20))
def test_as_one_access_after_the_other(seed):
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 12))
    latest = Latest(size, BLOCK)
    columns: list[dict[int, tuple[int, int]]] = [{}, {}, {}, {}]
    for event in range(1, 15):
        threads = np.sort(random.choice(3 * BLOCK, int(random.integers(0, 40)), replace=False))
        units = random.integers(0, size, threads.size)
        latest.note(units, threads, event)
        plainly(columns, [(int(u), (event, int(t))) for u, t in zip(units, threads, strict=True)])
    for kept, expected in zip(latest._columns, columns, strict=True):
        found = {} if kept is None else {int(unit): kept[unit] for unit in np.flatnonzero(kept)}
        assert {unit: (int(event_of(each)), int(thread_of(each))) for unit, each in found.items()} == expected


def test_columns_come_when_they_are_needed():
    latest = Latest(4, BLOCK)
    for threads, columns in [([0], 1), ([0, 1], 2), ([32], 3), ([64], 4)]:
        latest.note(np.zeros(len(threads), np.int64), np.array(threads), 1)
        assert len(latest.columns()) == columns


def test_it_is_compiled_where_nothing_can_be_kept_on_disk(monkeypatch):
    monkeypatch.setattr(_CacheLocator, "from_function", classmethod(lambda *_: None))
    for kind in _CacheLocator.__subclasses__():
        monkeypatch.setattr(kind, "from_function", classmethod(lambda *_: None))
    twice = demotion.compiled(lambda number: 2 * number)
    assert twice(4) == 8


@pytest.mark.parametrize(("suffix", "rubbish"), [("nbi", b"rubbish"), ("nbc", b""), ("nbc", b"\x80\x04\x95")])
def test_damaged_files_are_done_without(tmp_path, monkeypatch, suffix, rubbish):
    (tmp_path / "doubling.py").write_text("def twice(number):\n    return 2 * number\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "doubling", raising=False)
    twice = importlib.import_module("doubling").twice
    assert demotion.compiled(twice)(4) == 8
    damaged = list(tmp_path.rglob(f"*.{suffix}"))
    assert damaged
    for each in damaged:
        each.write_bytes(rubbish)
    again = demotion.compiled(twice)
    assert (again(4), again(5), again(1.5)) == (8, 10, 3.0)


def test_what_numba_refuses_is_refused():
    refused = demotion.compiled(lambda number: number.nothing)
    for _ in range(2):
        with pytest.raises(NumbaError):
            refused(4)
