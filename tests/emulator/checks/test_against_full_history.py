"""The four accesses that a unit's shadow keeps are enough: compared with an account that keeps them all."""

from __future__ import annotations

import numpy as np
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.emulator.checks.watcher import Watcher
from mig_explorer.emulator.simt import BatchView, LaunchView, Line, Memory
from tests.emulator.checks.happens_before import Event, History

BLOCK = 40
LAUNCH = LaunchView("random", (2, 1, 1), (BLOCK, 1, 1))
BLOCKS = (tuple(range(BLOCK)), tuple(range(BLOCK, 2 * BLOCK)))
WARPS = (tuple(range(32)), tuple(range(32, 40)), tuple(range(40, 72)), tuple(range(72, 80)))
LANES = (0, 1, 2, 31, 32, 33, 40, 41, 72)
"""Three of a warp, one more of it, two of the next one, and some of the other block."""
ELEMENTS = 3


@st.composite
def accesses(draw, lanes=LANES):
    chosen = sorted(draw(st.sets(st.sampled_from(lanes), min_size=1, max_size=4)))
    elements = draw(st.lists(st.integers(0, ELEMENTS - 1), min_size=len(chosen), max_size=len(chosen)))
    return Event(draw(st.sampled_from(["load", "load", "store", "atomic"])), tuple(chosen), tuple(elements))


def meetings(*, partial):
    barriers = st.sampled_from(BLOCKS).map(lambda lanes: Event("barrier", lanes))
    warps = st.sampled_from(WARPS).map(lambda lanes: Event("warp", lanes))
    if not partial:
        return barriers | warps
    some = st.sets(st.sampled_from([0, 1, 2, 31]), min_size=1).map(
        lambda lanes: Event("warp", tuple(sorted(lanes)))
    )
    return barriers | warps | some | some


def programs(*, partial, lanes=LANES):
    return st.lists(accesses(lanes) | meetings(partial=partial), max_size=25)


def first_race_of_the_watcher(events):
    watcher = Watcher()
    memory = Memory("global", "values", np.zeros(ELEMENTS, np.float32))
    watcher.begin(LAUNCH)
    watcher.begin_batch(BatchView(LAUNCH, 0, 2))
    for number, event in enumerate(events):
        lanes, line = np.array(event.lanes), Line(number + 1, "random.py")
        if event.kind == "barrier":
            watcher.barrier(np.array([event.lanes[0] // BLOCK]), line, "syncthreads")
        elif event.kind == "warp":
            mask = sum(1 << (lane % BLOCK % 32) for lane in event.lanes)
            watcher.warp_sync(np.full(len(lanes), mask), lanes, line, "syncwarp")
        elif event.kind == "load":
            watcher.load(memory, np.array(event.elements), lanes, line)
        elif event.kind == "store":
            watcher.store(memory, np.array(event.elements), lanes, line, np.arange(len(lanes)))
        else:
            watcher.atomic(memory, np.array(event.elements), lanes, line, "add")
        if watcher.findings:
            return number
    return None


def first_race_of_the_history(events):
    history = History()
    for number, event in enumerate(events, 1):
        if history.races(event, number):
            return number - 1
    return None


@settings(max_examples=600)
@given(programs(partial=False))
def test_every_first_race_is_found_and_none_is_made_up(events):
    expected = first_race_of_the_history(events)
    note("races" if expected is not None else "right")
    assert first_race_of_the_watcher(events) == expected


@settings(max_examples=600)
@given(programs(partial=True, lanes=(0, 1, 2, 31, 32)))
def test_parts_of_warps_that_meet_make_no_false_alarms(events):
    expected = first_race_of_the_history(events)
    found = first_race_of_the_watcher(events)
    note("missed" if found != expected else "equal")
    if found is not None:
        assert expected is not None
        assert expected <= found
