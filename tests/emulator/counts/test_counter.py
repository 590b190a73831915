from __future__ import annotations

import numpy as np
import pytest

from tests.emulator.counts.fake_launch import counter, figures, floats, line, next_batch

LANES = np.arange(64)


def test_a_coalesced_load_of_two_warps():
    made = counter()
    made.load(floats(), LANES, LANES, line(3))
    assert figures(made) == {
        "load_bytes": 256,
        "load_requests": 2,
        "load_sectors": 8,
        "load_ideal_sectors": 8,
    }


def test_a_store_with_a_stride():
    made = counter()
    made.store(floats(), 8 * LANES, LANES, line(3), np.zeros(64, np.float32))
    assert figures(made) == {
        "store_bytes": 256,
        "store_requests": 2,
        "store_sectors": 64,
        "store_ideal_sectors": 8,
    }


def test_bytes_are_asked_for_by_each_thread_and_sectors_once_a_request():
    made = counter()
    made.load(floats(), 0 * LANES, LANES, line(3))
    assert figures(made) == {
        "load_bytes": 256,
        "load_requests": 2,
        "load_sectors": 2,
        "load_ideal_sectors": 2,
    }


def test_lines_add_up_and_are_kept_apart():
    made = counter()
    made.load(floats(), LANES, LANES, line(3))
    made.load(floats(), LANES[:5], LANES[:5], line(4))
    made.load(floats(), LANES[:5], LANES[:5], line(4))
    assert figures(made, 3)["load_bytes"] == 256
    assert figures(made, 4)["load_bytes"] == 40
    assert figures(made)["load_bytes"] == 296


def test_a_block_of_48_has_two_warps_and_the_next_block_begins_another():
    made = counter(grid=2, block=48)
    lanes = np.arange(96)
    made.load(floats(), lanes, lanes, line(3))
    assert figures(made)["load_requests"] == 4


def test_records_lie_apart_and_a_field_has_its_place_in_them():
    """Fields of 4 bytes in records of 32, which begin at byte 28: each in a sector of its own, not two."""
    kind = np.dtype({"names": ["far"], "formats": ["f4"], "offsets": [28], "itemsize": 32})
    records = floats(dtype=kind, count=64)
    made = counter()
    made.load(records.field("far"), LANES[:32], LANES[:32], line(3))
    assert figures(made) == {
        "load_bytes": 128,
        "load_requests": 1,
        "load_sectors": 32,
        "load_ideal_sectors": 4,
    }
    assert made.counts("kernel.py").lines[0].patterns[0].offsets[:2] == (28, 60)


def test_a_field_that_lies_across_two_sectors():
    packed = np.dtype([("a", "u1"), ("b", "f8")], align=False)
    made = counter()
    made.load(floats(dtype=packed).field("b"), np.array([0, 3]), np.array([0, 1]), line(3))
    assert figures(made)["load_sectors"] == 2  # bytes 1 to 8, and 28 to 35
    made = counter()
    made.load(floats(dtype=packed).field("b"), np.array([3]), np.array([0]), line(3))
    assert figures(made)["load_sectors"] == 2


def test_shared_memory_of_each_block_begins_in_the_first_bank():
    """Bytes 3 and 128 lie in bank 0, also for the second of two blocks of 133 bytes."""
    made = counter(grid=2, block=32)
    tile = floats("shared", 266, 133, dtype=np.uint8)
    lanes = np.array([0, 1, 32, 33])
    made.load(tile, np.array([3, 128, 136, 261]), lanes, line(3))
    assert figures(made) == {
        "shared_load_bytes": 4,
        "shared_load_requests": 2,
        "shared_turns": 4,
        "bank_conflicts": 2,
    }


def test_a_column_of_shared_memory():
    made = counter(block=32)
    made.store(floats("shared", 1024, 1024), 32 * LANES[:32], LANES[:32], line(3), np.zeros(32))
    assert figures(made) == {
        "shared_store_bytes": 128,
        "shared_store_requests": 1,
        "shared_turns": 32,
        "bank_conflicts": 31,
    }


@pytest.mark.parametrize("kind", ["local", "constant"])
def test_other_memory_is_not_counted(kind):
    made = counter()
    made.load(floats(kind), LANES, LANES, line(3))
    made.store(floats(kind), LANES, LANES, line(3), np.zeros(64))
    assert made.counts("kernel.py").lines == ()


def test_atomics_and_who_meets_where():
    """Warp 0 has 32 operations on one element, warp 1 two on each of 16."""
    made = counter()
    index = np.where(LANES < 32, 7, LANES // 2)
    made.atomic(floats(), index, LANES, line(3), "add")
    assert figures(made) == {
        "global_atomics": 64,
        "atomic_requests": 2,
        "atomic_turns": 34,
        "atomic_most_in_warp": 32,
        "atomic_most_on_element": 32,
    }


def test_the_most_on_an_element_goes_over_lines_batches_and_arrays_passed_twice():
    made = counter(grid=2)
    one, other = floats(), None
    other = type(one)("global", "again", one.data)
    made.atomic(one, 0 * LANES, LANES, line(3), "add")
    next_batch(made, 1, 1)
    made.atomic(one, 0 * LANES, LANES, line(3), "add")
    made.atomic(other, 0 * LANES[:5], LANES[:5], line(4), "max")
    assert figures(made, 3)["atomic_most_on_element"] == 128
    assert figures(made, 4)["atomic_most_on_element"] == 5
    assert figures(made)["atomic_most_on_element"] == 133
    assert figures(made)["atomic_most_in_warp"] == 32


def test_shared_memory_of_the_next_batch_is_new():
    made = counter(grid=2, blocks=1)
    counts = floats("shared", 64, 64)
    made.atomic(counts, 0 * LANES, LANES, line(3), "add")
    next_batch(made, 1, 1)
    made.atomic(counts, 0 * LANES, LANES, line(3), "add")
    assert figures(made)["atomic_most_on_element"] == 64
    assert figures(made)["shared_atomics"] == 128


def test_a_branch_splits_a_warp_whose_lanes_go_either_way():
    made = counter()
    made.branch(line(3), LANES[:40], LANES[40:])
    made.branch(line(3), LANES[:32], LANES[32:])
    made.branch(line(3), LANES, LANES[:0])
    assert figures(made) == {"branches": 6, "divergent_branches": 1}


def test_operations_of_each_precision():
    made = counter()
    for name, dtype in [
        ("mul", "f4"),
        ("fma", "f4"),
        ("add", "f8"),
        ("sqrt", "f4"),
        ("add", "i8"),
        ("lt", "f4"),
    ]:
        made.operation(name, np.dtype(dtype), 10, line(3))
    assert figures(made) == {"flops_fp32": 30, "flops_fp64": 10, "special_fp32": 10}
    assert made.counts("kernel.py").total.flops == 40


def test_barriers_by_block_and_meetings_by_warp_and_mask():
    made = counter(grid=3)
    made.barrier(np.arange(3), line(3), "syncthreads")
    made.barrier(np.array([1]), line(3), "syncthreads_count")
    masks = np.where(LANES < 40, -1, 0xFFFFFFFF)  # the same 32 bits
    masks[:16] = 0xFFFF
    made.warp_sync(masks, LANES, line(4), "shfl")
    assert figures(made) == {"barriers": 4, "warp_syncs": 3}


def test_the_example_is_the_first_warp_unless_a_later_one_is_fuller():
    made = counter()
    made.load(floats(), LANES[:3], LANES[:3], line(3))
    made.load(floats(), LANES[32:], LANES[32:], line(3))
    made.load(floats(), 0 * LANES[:32], LANES[:32], line(3))
    [pattern] = made.counts("kernel.py").lines[0].patterns
    assert (pattern.access, pattern.array, pattern.block, pattern.warp) == ("load", "values", (0, 0, 0), 1)
    assert pattern.lanes == tuple(range(32))
    assert pattern.offsets == tuple(range(128, 256, 4))


def test_lines_of_other_files_come_last_and_do_not_mix():
    made = counter()
    made.load(floats(), LANES, LANES, line(3, "another.py"))
    made.load(floats(), LANES[:1], LANES[:1], line(3))
    counts = made.counts("kernel.py")
    assert [(each.line.file, each.metrics.load_bytes) for each in counts.lines] == [
        ("kernel.py", 4),
        ("another.py", 256),
    ]
    assert {int(at): metrics.load_bytes for at, metrics in counts.by_line.items()} == {3: 4}
    assert counts.total.load_bytes == 260
