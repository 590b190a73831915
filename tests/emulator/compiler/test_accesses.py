from __future__ import annotations

import json
import random

from mig_explorer.emulator.compiler.accesses import as_data, banks, draw, sectors
from mig_explorer.emulator.counts.pattern import WarpPattern

WARP = tuple(range(32))


def request(
    offsets: tuple[int, ...], kind: str = "global", size: int = 4, lanes: tuple[int, ...] = WARP
) -> WarpPattern:
    return WarpPattern(kind, "load", "a", size, (0, 0, 0), 0, lanes, offsets)


def test_lanes_side_by_side_want_all_of_what_they_move() -> None:
    assert draw(request(tuple(4 * lane for lane in WARP)), line=3) == (
        "line 3, load of a: 32 lanes want 128 B of global memory and move 4 sectors (128 B), 100 % wanted\n"
        "    sector 0  ########  lanes 0-7\n"
        "    sector 1  ########  lanes 8-15\n"
        "    sector 2  ########  lanes 16-23\n"
        "    sector 3  ########  lanes 24-31"
    )


def test_a_stride_moves_more_than_is_wanted_and_is_cut_short() -> None:
    assert draw(request(tuple(40 * lane for lane in WARP)), line=3) == (
        "line 3, load of a: 32 lanes want 128 B of global memory and move 32 sectors (1024 B), 12 % wanted\n"
        "    sector 0  #.......  lane 0\n"
        "    sector 1  ..#.....  lane 1\n"
        "    sector 2  ....#...  lane 2\n"
        "    sector 3  ......#.  lane 3\n"
        "    sector 5  #.......  lane 4\n"
        "    sector 6  ..#.....  lane 5\n"
        "    sector 7  ....#...  lane 6\n"
        "    sector 8  ......#.  lane 7\n"
        "    and 24 sectors more"
    )


def test_lanes_that_want_the_same_and_lanes_that_rest() -> None:
    same = request((4096, 4096, 4100, 4096), lanes=(0, 1, 3, 31))
    assert draw(same, line=9) == (
        "line 9, load of a: 4 lanes want 8 B of global memory and move 1 sector (32 B), 25 % wanted\n"
        "    sector 128  ##......  lanes 0-1, 3, 31"
    )


def test_an_element_may_lie_in_two_sectors() -> None:
    assert sectors(request((28,), size=8, lanes=(7,))) == {0: (7,), 1: (7,)}
    assert draw(request((28,), size=8, lanes=(7,)), line=1) == (
        "line 1, load of a: 1 lane wants 8 B of global memory and move 2 sectors (64 B), 12 % wanted\n"
        "    sector 0  .......#  lane 7\n"
        "    sector 1  #.......  lane 7"
    )


def test_a_sectors_lanes_are_those_that_want_a_byte_of_it() -> None:
    draw_number = random.Random(2)  # noqa: S311
    for _ in range(200):
        size = draw_number.choice((1, 2, 4, 8, 16))
        offsets = tuple(draw_number.randint(0, 400) for _ in WARP)
        wanted = {(at // 32, lane) for lane in WARP for at in range(offsets[lane], offsets[lane] + size)}
        found = sectors(request(offsets, size=size))
        assert {(sector, lane) for sector, lanes in found.items() for lane in lanes} == wanted
        assert list(found) == sorted(found)


def test_a_column_of_shared_memory_takes_a_turn_a_row() -> None:
    assert draw(request(tuple(128 * lane for lane in WARP), "shared"), line=4) == (
        "line 4, load of a: 32 lanes want 32 words of shared memory in 32 turns\n"
        "    bank  0  32 words, lanes 0-31"
    )


def test_a_padded_column_takes_one_turn() -> None:
    assert draw(request(tuple(132 * lane for lane in WARP), "shared"), line=4) == (
        "line 4, load of a: 32 lanes want 32 words of shared memory in 1 turn"
    )


def test_one_word_for_all_lanes_takes_one_turn() -> None:
    assert banks(request((8,) * 32, "shared")) == {2: {2: WARP}}


def test_only_the_slowest_banks_are_drawn_and_not_all() -> None:
    assert draw(request(tuple(8 * lane for lane in WARP), "shared"), line=4) == (
        "line 4, load of a: 32 lanes want 32 words of shared memory in 2 turns\n"
        "    bank  0  2 words, lanes 0, 16\n"
        "    bank  2  2 words, lanes 1, 17\n"
        "    bank  4  2 words, lanes 2, 18\n"
        "    bank  6  2 words, lanes 3, 19\n"
        "    bank  8  2 words, lanes 4, 20\n"
        "    bank 10  2 words, lanes 5, 21\n"
        "    bank 12  2 words, lanes 6, 22\n"
        "    bank 14  2 words, lanes 7, 23\n"
        "    and 8 banks more"
    )


def test_its_data_are_json() -> None:
    data = as_data(request((0, 36), lanes=(0, 5)), line=3)
    assert json.loads(json.dumps(data)) == {
        "line": 3,
        "memory": "global",
        "access": "load",
        "array": "a",
        "element_bytes": 4,
        "lanes": [0, 5],
        "offsets": [0, 36],
        "wanted_bytes": 8,
        "sectors": [{"sector": 0, "lanes": [0]}, {"sector": 1, "lanes": [5]}],
        "banks": [
            {"bank": 0, "words": [{"word": 0, "lanes": [0]}]},
            {"bank": 9, "words": [{"word": 9, "lanes": [5]}]},
        ],
    }
