"""The words of each kind of finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.emulator.checks.findings import Finding, Place, Thread

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.values import ArrayRef, Memory

READ, WRITTEN, ATOMIC = "read", "written", "changed atomically"
"""What an access does."""

OWN_ELEMENT = (
    "Give each thread an element of its own, let one thread alone write it "
    '(such as "if cuda.threadIdx.x == 0:"), or use cuda.atomic.'
)
BARRIER_BETWEEN = (
    "Put cuda.syncthreads() between the two, so that every thread has done the first before any does the "
    "second. In a loop, mind the next round as well."
)
WARP_SYNC_BETWEEN = (
    "Threads of a warp do not run in step: put cuda.syncwarp(), with a mask that names both, or "
    "cuda.syncthreads() between the two."
)
NO_ORDER_OF_BLOCKS = (
    "No barrier orders blocks. Let each block write elements of its own, use cuda.atomic, or do the second "
    "step in another launch. To hand results over inside a launch: cuda.threadfence(), then an atomic that "
    "the other block does as well."
)
BOTH_ATOMIC = "Use cuda.atomic for both, or put a barrier between the two where all are of one block."


def element(array: str, index: tuple[int, ...]) -> str:
    """Return an element as the kernel writes it.

    Examples
    --------
    >>> element("tile", (2, 3))
    'tile[2, 3]'
    """
    return f"{array}[{', '.join(map(str, index))}]"


def out_of_bounds(
    array: ArrayRef, index: tuple[int, ...], shape: tuple[int, ...] | None, place: Place
) -> Finding:
    """Describe an index outside of an array's shape, negative or too large."""
    name, verb = element(array.name, index), place.does
    places = (Place(place.line, f"{verb} by", place.thread),)
    if any(each < 0 for each in index):
        what = f"{name} is {verb}, and there is nothing before an array's first element"
        advice = (
            "Keep the index at 0 or more. Numba would count it from the end, as Python does; a kernel in "
            f"CUDA C would touch memory that is not {array.name}'s."
        )
        return Finding("negative-index", what, places, 1, advice, array.name, index)
    if shape is None:
        what = f"{name} is {verb}, which lies outside of {array.name}"
    elif len(shape) == 1:
        room = f"{shape[0]} element{'s' if shape[0] != 1 else ''}"
        to = f", 0 to {shape[0] - 1}" if shape[0] else ""
        what = f"{name} is {verb}, but {array.name} has {room}{to}"
    else:
        what = f"{name} is {verb}, but {array.name}'s shape is {shape}"
    if array.memory.kind == "global":
        advice = (
            f'Let only threads whose index is inside do this, such as "{_guard(array.name, len(index))}".'
        )
    else:
        advice = f"Make {array.name} larger, or keep the index inside of it."
    return Finding("out-of-bounds", what, places, 1, advice, array.name, index)


def _guard(array: str, axes: int) -> str:
    if axes == 1:
        return f"if i < {array}.size:"
    return f"if {' and '.join(f'{name} < {array}.shape[{axis}]' for axis, name in enumerate('ijkl'[:axes]))}:"


def race(memory: Memory, index: tuple[int, ...], now: Place, before: Place, *, in_warp: bool) -> Finding:
    """Describe two accesses that nothing orders; what they do is `READ`, `WRITTEN` or `ATOMIC`."""
    name, doings = element(memory.name, index), {now.does, before.does}
    if doings == {WRITTEN}:
        what = f"{name} is written by two threads, and which of them comes last is chance"
    elif ATOMIC in doings:
        (other,) = doings - {ATOMIC}
        what = f"{name} is changed atomically by one thread and {other} plainly by another, in either order"
    else:
        what = f"{name} is read by one thread and written by another, and which comes first is chance"
    places = tuple(Place(each.line, f"{each.does} by", each.thread) for each in (now, before))
    if _block(now) != _block(before):
        advice = NO_ORDER_OF_BLOCKS
    elif ATOMIC in doings:
        advice = BOTH_ATOMIC
    elif doings == {WRITTEN} and now.line.place == before.line.place:
        advice = OWN_ELEMENT
    else:
        advice = WARP_SYNC_BETWEEN if in_warp else BARRIER_BETWEEN
    return Finding(f"race-{memory.kind}", what, places, 1, advice, memory.name, index)


def _block(place: Place) -> tuple[int, int, int] | None:
    return None if place.thread is None else place.thread.block


def lost_update(array: str, index: tuple[int, ...], read: Line, now: Place, before: Place) -> Finding:
    """Describe several threads that each read an element and write it back."""
    places: tuple[Place, ...] = (
        Place(now.line, "written back by", now.thread),
        Place(before.line, "written as well by", before.thread),
    )
    if read.place not in (now.line.place, before.line.place):
        places = (*places, Place(read, "read by", now.thread))
    what = (
        f"{element(array, index)} is read, changed and written back by several threads at once, so that "
        "changes get lost"
    )
    advice = f"Use one atomic operation, such as cuda.atomic.add({array}, index, value)."
    return Finding("lost-update", what, places, 1, advice, array, index)


def uninitialised(memory: str, array: str, index: tuple[int, ...], line: Line, thread: Thread) -> Finding:
    """Describe a read of shared or local memory that nobody has written."""
    what = f"{element(array, index)} is read, but nothing has been written there"
    who = "every element that is read, in all threads of the block, before a cuda.syncthreads()"
    advice = (
        f"A GPU does not clear {memory} memory: write "
        f"{who if memory == 'shared' else 'every element before it is read'}."
    )
    places = (Place(line, "read by", thread),)
    return Finding(f"uninitialised-{memory}", what, places, 1, advice, array, index)


def divergent_barrier(groups: list[tuple[Line, int, Thread]]) -> Finding:
    """Describe threads of a block that wait at different barriers; each group's line, size and one of it."""
    places = tuple(
        Place(line, f"{count} thread{'s wait' if count != 1 else ' waits'} here:", thread)
        for line, count, thread in groups
    )
    what = f"threads of block {groups[0][2].block} wait at {len(groups)} different barriers for each other"
    advice = (
        "On a GPU this hangs or gives wrong results. Let all threads of a block come to the same barrier: "
        "move it out of the if or the loop in which they part."
    )
    return Finding("divergent-barrier", what, places, 1, advice)


def skipped_barrier(barrier: Line, waits: Thread | None, end: Line, count: int, skips: Thread) -> Finding:
    """Describe a barrier that some threads never come to, though they have not returned before it."""
    passed = f"{count} thread{'s' if count != 1 else ''}"
    what = f"the barrier in line {int(barrier)} is not reached by {passed} of block {skips.block}"
    places = (
        Place(barrier, "the others wait here:", waits),
        Place(end, "gets to the end of the kernel:", skips),
    )
    advice = (
        "A barrier in an if or a loop must be reached by all threads of the block or by none. Move it out, "
        "or let threads that have nothing to do return before the first barrier."
    )
    return Finding("divergent-barrier", what, places, 1, advice)


def wrong_mask(mask: int, place: Place, missing: list[int], *, source: bool) -> Finding:
    """Describe a mask that names threads which do not come, or does not name those that come."""
    lanes = _lanes(missing)
    if source:
        whom = f"{lanes} of the warp" if missing else "lanes that the block does not have"
        what = f"a shuffle reads from {whom}, which take no part in it"
        advice = "What is read is undefined. Read only from lanes in the mask that do the shuffle as well."
    elif missing:
        what = f"the mask {mask:#010x} names {lanes} of the warp, which do not come here"
        advice = (
            "Every thread that the mask names must do the same operation with the same mask: take it out "
            "of the branch, or name only the threads in it (cuda.ballot_sync before the branch)."
        )
    else:
        what = f"the mask {mask:#010x} does not name a thread that uses it"
        advice = "A thread's mask must have its own bit set: 0xFFFFFFFF names all 32."
    return Finding("shfl-mask", what, (place,), 1, advice)


def _lanes(lanes: list[int]) -> str:
    shown = ", ".join(map(str, lanes[:8])) + (", …" if len(lanes) > 8 else "")
    return f"lane{'s' if len(lanes) != 1 else ''} {shown}"


def endless_loop(line: Line, thread: Thread, count: int, seconds: float) -> Finding:
    """Describe threads that were still running when time was up."""
    what = f"{count} thread{'s' if count != 1 else ''} still running after {seconds:g} s"
    advice = (
        "Look at the loop's condition: does something in it change for these threads? Do they wait for "
        "others that wait for them? If the kernel is only long, give it less data or a later deadline."
    )
    places = (Place(line, "here when time was up:", thread),)
    return Finding("endless-loop", what, places, 1, advice)
