"""Who knows of whose accesses through fences and atomics."""

from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.emulator.checks.handover import Handover

BLOCK = 32
COUNTER, OTHER = np.array([4096]), np.array([8192])
WRITER, FRIEND, READER, READERS_FRIEND, THIRD = 0, 1, 32, 33, 64


def threads(*numbers):
    return np.array(numbers)


@pytest.fixture
def handover():
    made = Handover(BLOCK)
    made.begin_batch(0, 3 * BLOCK)
    return made


def knows(handover, mine, theirs, event):
    return bool(handover.known(threads(mine), threads(theirs), np.array([event]))[0])


def test_an_atomic_without_a_fence_publishes_nothing(handover):
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    assert not knows(handover, READER, WRITER, 1)


def test_a_fence_publishes_what_was_before_it(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    assert knows(handover, READER, WRITER, 4)
    assert not knows(handover, READER, WRITER, 6)
    assert not knows(handover, READER, FRIEND, 4)
    assert not knows(handover, READERS_FRIEND, WRITER, 4)


def test_atomics_of_one_event_are_done_in_order(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(np.repeat(COUNTER, 3), threads(READER, WRITER, THIRD))
    assert not knows(handover, READER, WRITER, 4)
    assert knows(handover, THIRD, WRITER, 4)


def test_an_atomic_on_another_element_teaches_nothing(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(OTHER, threads(READER))
    assert not knows(handover, READER, WRITER, 4)


def test_a_fence_of_the_block_is_good_inside_it_only(handover):
    handover.fence(threads(WRITER), np.array([0]), "block", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(FRIEND))
    handover.atomic(COUNTER, threads(READER))
    assert knows(handover, FRIEND, WRITER, 4)
    assert not knows(handover, READER, WRITER, 4)


def test_the_writers_block_is_known_up_to_its_barrier(handover):
    handover.fence(threads(WRITER), np.array([3]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    assert knows(handover, READER, FRIEND, 2)
    assert not knows(handover, READER, FRIEND, 4)


def test_what_others_fenced_before_a_barrier_is_published_too(handover):
    handover.fence(threads(FRIEND), np.array([0]), "device", event=5)
    handover.barrier([0])
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    assert knows(handover, READER, FRIEND, 4)
    assert not knows(handover, READER, WRITER, 4)


def test_after_a_barrier_the_readers_block_knows(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    handover.barrier([1])
    assert knows(handover, READERS_FRIEND, WRITER, 4)
    assert not knows(handover, THIRD, WRITER, 4)


def test_threads_of_a_warp_that_meet_share_what_they_know(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    handover.meet(threads(READER, READERS_FRIEND, 34), np.array([0, 0, 1]))
    assert knows(handover, READERS_FRIEND, WRITER, 4)
    assert not knows(handover, 34, WRITER, 4)


def test_what_was_learnt_is_handed_on(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.atomic(COUNTER, threads(READER))
    handover.fence(threads(READER), np.array([0]), "device", event=8)
    handover.atomic(OTHER, threads(READER))
    handover.atomic(OTHER, threads(THIRD))
    assert knows(handover, THIRD, WRITER, 4)
    assert knows(handover, THIRD, READER, 7)


def test_blocks_of_a_later_batch_learn_from_earlier_ones(handover):
    handover.fence(threads(WRITER), np.array([0]), "device", event=5)
    handover.atomic(COUNTER, threads(WRITER))
    handover.begin_batch(3 * BLOCK, BLOCK)
    handover.atomic(COUNTER, threads(3 * BLOCK))
    assert knows(handover, 3 * BLOCK, WRITER, 4)
