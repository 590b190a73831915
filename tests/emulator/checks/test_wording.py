"""What the user reads, whole."""

# ruff: noqa: E501, ISC004 - a message is broken where it reads best
from __future__ import annotations

import re

import numpy as np
import pytest
from numba import cuda, float32

from mig_explorer.emulator.checks.findings import MOST_SHOWN, Finding, report
from mig_explorer.emulator.checks.run import find
from mig_explorer.emulator.geometry import geometry

FULL = 0xFFFFFFFF


def text(kernel, launch, *arguments, deadline=60.0):
    """Return the report of a launch, with lines counted from the kernel's `def`."""
    findings = find(kernel, geometry(kernel.__name__, launch), arguments, deadline_seconds=deadline)
    first = kernel.__code__.co_firstlineno
    return re.sub(
        r"\bline (\d+)", lambda found: f"line {int(found[1]) - first}", report(kernel.__name__, findings)
    )


def outside(values, image):
    i = cuda.grid(1)
    values[i + 1] = image[2, i]


def test_out_of_bounds():
    assert text(outside, (1, 4), np.zeros(4), np.zeros((3, 3))) == (
        "outside: 2 faults found.\n"
        "\n"
        "1. Out of bounds: image[2, 3] is read, but image's shape is (3, 3).\n"
        "  line 2:  values[i + 1] = image[2, i]  ← read by thread (3, 0, 0) of block (0, 0, 0)\n"
        '  What to do: Let only threads whose index is inside do this, such as "if i < image.shape[0] and j < '
        'image.shape[1]:".\n'
        "\n"
        "2. Out of bounds: values[4] is written, but values has 4 elements, 0 to 3.\n"
        "  line 2:  values[i + 1] = image[2, i]  ← written by thread (3, 0, 0) of block (0, 0, 0)\n"
        '  What to do: Let only threads whose index is inside do this, such as "if i < values.size:".'
    )


def too_small(out):
    tile = cuda.shared.array(2, float32)
    tile[cuda.threadIdx.x] = 1
    out[cuda.threadIdx.x] = 1


def test_out_of_bounds_of_shared_memory():
    assert text(too_small, (1, 4), np.zeros(4)) == (
        "too_small: 1 fault found.\n"
        "\n"
        "1. Out of bounds: tile[2] is written, but tile has 2 elements, 0 to 1.\n"
        "  line 2:  tile[cuda.threadIdx.x] = 1  ← written by thread (2, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: Make tile larger, or keep the index inside of it."
    )


def negative(values, out):
    i = cuda.grid(1)
    out[i] = values[i - 1]


def test_a_negative_index():
    assert text(negative, (1, 4), np.zeros(4), np.zeros(4)) == (
        "negative: 1 fault found.\n"
        "\n"
        "1. Negative index: values[-1] is read, and there is nothing before an array's first element.\n"
        "  line 2:  out[i] = values[i - 1]  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  What to do: Keep the index at 0 or more. Numba would count it from the end, as Python does; a kernel in "
        "CUDA C would touch memory that is not values's."
    )


def races(values, out):
    tile = cuda.shared.array((2, 32), float32)
    t = cuda.threadIdx.x
    tile[t // 32, t % 32] = values[t]
    out[t] = tile[1 - t // 32, t % 32]


def test_a_race_in_shared_memory():
    assert text(races, (1, 64), np.zeros(64), np.zeros(64)) == (
        "races: 1 fault found.\n"
        "\n"
        "1. Race in shared memory: tile[1, 0] is read by one thread and written by another, and which comes first "
        "is chance.\n"
        "  line 4:  out[t] = tile[1 - t // 32, t % 32]  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 3:  tile[t // 32, t % 32] = values[t]  ← written by thread (32, 0, 0) of block (0, 0, 0)\n"
        "  64 threads do this.\n"
        "  What to do: Put cuda.syncthreads() between the two, so that every thread has done the first before any "
        "does the second. In a loop, mind the next round as well."
    )


def races_in_a_warp(values):
    t = cuda.threadIdx.x
    values[t] = t
    values[t ^ 1] += 1


def test_a_race_in_a_warp():
    assert text(races_in_a_warp, (1, 2), np.zeros(2)) == (
        "races_in_a_warp: 1 fault found.\n"
        "\n"
        "1. Race in global memory: values[1] is read by one thread and written by another, and which comes first "
        "is chance.\n"
        "  line 3:  values[t ^ 1] += 1  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 2:  values[t] = t  ← written by thread (1, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: Threads of a warp do not run in step: put cuda.syncwarp(), with a mask that names both, or "
        "cuda.syncthreads() between the two."
    )


def races_of_blocks(values, out):
    if cuda.blockIdx.x == 0:
        values[0] = 7
    cuda.syncthreads()
    if cuda.blockIdx.x == 1:
        out[0] = values[0]


def test_a_race_of_two_blocks():
    assert text(races_of_blocks, (2, 1), np.zeros(2), np.zeros(1)) == (
        "races_of_blocks: 1 fault found.\n"
        "\n"
        "1. Race in global memory: values[0] is read by one thread and written by another, and which comes first "
        "is chance.\n"
        "  line 5:  out[0] = values[0]  ← read by thread (0, 0, 0) of block (1, 0, 0)\n"
        "  line 2:  values[0] = 7  ← written by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: No barrier orders blocks. Let each block write elements of its own, use cuda.atomic, or do "
        "the second step in another launch. To hand results over inside a launch: cuda.threadfence(), then an "
        "atomic that the other block does as well."
    )


def writes_together(out):
    out[0] = cuda.threadIdx.x


def test_two_threads_write_one_element():
    assert text(writes_together, (1, 2), np.zeros(1)) == (
        "writes_together: 1 fault found.\n"
        "\n"
        "1. Race in global memory: out[0] is written by two threads, and which of them comes last is chance.\n"
        "  line 1:  out[0] = cuda.threadIdx.x  ← written by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 1:  out[0] = cuda.threadIdx.x  ← written by thread (1, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        '  What to do: Give each thread an element of its own, let one thread alone write it (such as "if '
        'cuda.threadIdx.x == 0:"), or use cuda.atomic.'
    )


def mixes(out):
    cuda.atomic.add(out, 0, 1)
    if cuda.threadIdx.x == 1:
        out[0] = 0


def test_an_atomic_and_a_plain_write():
    assert text(mixes, (1, 2), np.zeros(1)) == (
        "mixes: 1 fault found.\n"
        "\n"
        "1. Race in global memory: out[0] is changed atomically by one thread and written plainly by another, in "
        "either order.\n"
        "  line 3:  out[0] = 0  ← written by thread (1, 0, 0) of block (0, 0, 0)\n"
        "  line 1:  cuda.atomic.add(out, 0, 1)  ← changed atomically by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: Use cuda.atomic for both, or put a barrier between the two where all are of one block."
    )


def loses(total):
    before = total[0]
    total[0] = before + 1


def test_a_lost_update():
    assert text(loses, (2, 2), np.zeros(1)) == (
        "loses: 1 fault found.\n"
        "\n"
        "1. Lost update: total[0] is read, changed and written back by several threads at once, so that changes "
        "get lost.\n"
        "  line 2:  total[0] = before + 1  ← written back by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 2:  total[0] = before + 1  ← written as well by thread (1, 0, 0) of block (1, 0, 0)\n"
        "  line 1:  before = total[0]  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  4 threads do this.\n"
        "  What to do: Use one atomic operation, such as cuda.atomic.add(total, index, value)."
    )


def unwritten(out):
    tile = cuda.shared.array(4, float32)
    mine = cuda.local.array(2, float32)
    mine[0] = 1
    out[cuda.threadIdx.x] = tile[1] + mine[0]
    out[cuda.threadIdx.x] += mine[1]


def test_memory_that_nobody_has_written():
    assert text(unwritten, (1, 2), np.zeros(2)) == (
        "unwritten: 2 faults found.\n"
        "\n"
        "1. Shared memory never written: tile[1] is read, but nothing has been written there.\n"
        "  line 4:  out[cuda.threadIdx.x] = tile[1] + mine[0]  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: A GPU does not clear shared memory: write every element that is read, in all threads of the "
        "block, before a cuda.syncthreads().\n"
        "\n"
        "2. Local memory never written: mine[1] is read, but nothing has been written there.\n"
        "  line 5:  out[cuda.threadIdx.x] += mine[1]  ← read by thread (0, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: A GPU does not clear local memory: write every element before it is read."
    )


def parts(out):
    if cuda.threadIdx.x < 3:
        cuda.syncthreads()
    else:
        out[0] = 1
        cuda.syncthreads()


def test_threads_at_different_barriers():
    assert text(parts, (1, 4), np.zeros(1)) == (
        "parts: 1 fault found.\n"
        "\n"
        "1. Divergent barrier: threads of block (0, 0, 0) wait at 2 different barriers for each other.\n"
        "  line 2:  cuda.syncthreads()  ← 3 threads wait here: thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 5:  cuda.syncthreads()  ← 1 thread waits here: thread (3, 0, 0) of block (0, 0, 0)\n"
        "  4 threads do this.\n"
        "  What to do: On a GPU this hangs or gives wrong results. Let all threads of a block come to the same "
        "barrier: move it out of the if or the loop in which they part."
    )


def skips(out):
    if cuda.threadIdx.x < 3:
        cuda.syncthreads()
    else:
        out[0] = 1


def test_a_barrier_that_some_never_reach():
    assert text(skips, (1, 4), np.zeros(1)) == (
        "skips: 1 fault found.\n"
        "\n"
        "1. Divergent barrier: the barrier in line 2 is not reached by 1 thread of block (0, 0, 0).\n"
        "  line 2:  cuda.syncthreads()  ← the others wait here: thread (0, 0, 0) of block (0, 0, 0)\n"
        "  line 4:  out[0] = 1  ← gets to the end of the kernel: thread (3, 0, 0) of block (0, 0, 0)\n"
        "  What to do: A barrier in an if or a loop must be reached by all threads of the block or by none. Move "
        "it out, or let threads that have nothing to do return before the first barrier."
    )


def asks_too_many(out):
    if cuda.threadIdx.x < 2:
        out[0] = cuda.ballot_sync(0xF, True)
    else:
        cuda.syncthreads()


def asks_without_itself(out):
    out[cuda.threadIdx.x] = cuda.shfl_sync(0x3, cuda.threadIdx.x, 0)


def asks_the_absent(out):
    out[cuda.threadIdx.x] = cuda.shfl_down_sync(0x3, cuda.threadIdx.x, 1)


@pytest.mark.parametrize(
    ("kernel", "threads", "expected"),
    [
        (
            asks_too_many,
            4,
            "Wrong mask: the mask 0x0000000f names lanes 2, 3 of the warp, which do not come here.\n"
            "  line 2:  out[0] = cuda.ballot_sync(0xF, True)  ← a vote by thread (0, 0, 0) of block (0, 0, 0)\n"
            "  2 threads do this.\n"
            "  What to do: Every thread that the mask names must do the same operation with the same mask: take "
            "it out of the branch, or name only the threads in it (cuda.ballot_sync before the branch).",
        ),
        (
            asks_without_itself,
            3,
            "Wrong mask: the mask 0x00000003 does not name a thread that uses it.\n"
            "  line 1:  out[cuda.threadIdx.x] = cuda.shfl_sync(0x3, cuda.threadIdx.x, 0)  ← a shuffle by "
            "thread (2, 0, 0) of block (0, 0, 0)\n"
            "  What to do: A thread's mask must have its own bit set: 0xFFFFFFFF names all 32.",
        ),
        (
            asks_the_absent,
            2,
            "Wrong mask: a shuffle reads from lanes that the block does not have, which take no part in it.\n"
            "  line 1:  out[cuda.threadIdx.x] = cuda.shfl_down_sync(0x3, cuda.threadIdx.x, 1)  ← a shuffle by "
            "thread (1, 0, 0) of block (0, 0, 0)\n"
            "  What to do: What is read is undefined. Read only from lanes in the mask that do the shuffle as well.",
        ),
    ],
)
def test_masks(kernel, threads, expected):
    assert expected in text(kernel, (1, threads), np.zeros(4))


def never_ends(out):
    while out[0] == 0:
        pass


def test_an_endless_loop():
    assert text(never_ends, (1, 2), np.zeros(1), deadline=0.2) == (
        "never_ends: 1 fault found.\n"
        "\n"
        "1. Endless loop: 2 threads still running after 0.2 s.\n"
        "  line 1:  while out[0] == 0:  ← here when time was up: thread (0, 0, 0) of block (0, 0, 0)\n"
        "  2 threads do this.\n"
        "  What to do: Look at the loop's condition: does something in it change for these threads? Do they wait "
        "for others that wait for them? If the kernel is only long, give it less data or a later deadline."
    )


def test_of_many_findings_the_worst_are_shown():
    many = [Finding("shfl-mask", f"number {n}", (), 1, "Nothing.") for n in range(MOST_SHOWN + 3)]
    last = report("busy", many).split("\n\n")[-1]
    assert last == "And 3 more, in the error's .findings."
