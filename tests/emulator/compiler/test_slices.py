from __future__ import annotations

import heapq
import json
import random

import pytest

from mig_explorer.emulator.compiler.resources import KernelResources, Provenance
from mig_explorer.emulator.compiler.slices import SliceWaves, kernel_on_slices, on_slices, waves
from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu, gpus

COMPILED = Provenance("compiled", "nvJitLink", {"numba-cuda": "0.30.4"}, "2026-11-23")
TILED = KernelResources("matmul_kernel", (8, 0), 32, 2048, 0, 0, 0, 1, COMPILED)


def played(blocks: int, blocks_per_sm: int, sms: int) -> tuple[int, int, int]:
    """Give every block to the SM that has run for the shortest: waves, blocks and idle SMs of the last."""
    places = [(0, place, sm) for place in range(blocks_per_sm) for sm in range(sms)]
    ended = []
    for _ in range(blocks):
        time, place, sm = heapq.heappop(places)
        ended.append((time + 1, sm))
        heapq.heappush(places, (time + 1, place, sm))
    last = max(time for time, _ in ended)
    in_last = [sm for time, sm in ended if time == last]
    return last, len(in_last), sms - len(set(in_last))


def test_waves_are_those_of_blocks_handed_out_one_by_one() -> None:
    draw = random.Random(1)  # noqa: S311
    for _ in range(300):
        blocks, held, sms = draw.randint(1, 900), draw.randint(1, 8), draw.randint(1, 40)
        row = waves(blocks, held, sms)
        assert (row.waves, row.last_wave_blocks, row.last_wave_idle_sms) == played(blocks, held, sms)


def test_a_grid_that_fills_its_last_wave_has_no_tail() -> None:
    row = waves(224, blocks_per_sm=8, sms=14)
    assert row == SliceWaves("whole GPU", 14, 112, 2, 112, 1.0, 0)
    assert row.use == 1.0


def test_a_short_tail_costs_a_whole_wave() -> None:
    row = waves(113, blocks_per_sm=8, sms=14)
    assert (row.waves, row.last_wave_blocks, row.last_wave_idle_sms) == (2, 1, 13)
    assert row.use == pytest.approx(113 / 224)


def test_unknown_sms_stay_unknown() -> None:
    row = waves(113, blocks_per_sm=8, sms=None, name="3g.40gb")
    assert row == SliceWaves("3g.40gb", None)
    assert row.use is None


def test_a_grid_has_blocks() -> None:
    with pytest.raises(InvalidWorkload) as error:
        waves(0, blocks_per_sm=8, sms=14)
    assert str(error.value) == "waves: a grid of 0 blocks; it has at least one."


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_every_board_has_a_row_for_itself_and_each_profile(board) -> None:
    table = on_slices(board, blocks=1000, threads=256, registers=40, static_shared=1024)
    assert [row.name for row in table.rows] == ["whole GPU", *board.profiles]
    assert table.rows[0].sms == board.sms
    data = table.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["provenance"] == "modelled"
    for row, cells in zip(table.rows, str(table).splitlines()[4:], strict=True):
        assert ("unknown" in cells) == (row.sms is None)


def test_the_table_of_a_compiled_kernel_says_where_its_registers_come_from() -> None:
    board = gpu("A100-SXM4-40GB")
    table = kernel_on_slices(board, TILED, blocks=1024, threads=256)
    assert str(table) == (
        "1,024 blocks on A100-SXM4-40GB (compute capability 8.0), modelled as if all took equally long\n"
        "8 blocks of 8 warps an SM: 64 of 64 warps (100 %), limited by warps and registers\n"
        "32 registers a thread (compiled on 2026-11-23, numba-cuda 0.30.4)\n"
        "slice        SMs    blocks at once    waves    last wave    full    idle SMs\n"
        "---------  -----  ----------------  -------  -----------  ------  ----------\n"
        "whole GPU    108               864        2          160    19 %           0\n"
        "1g.5gb        14               112       10           16    14 %           0\n"
        "1g.5gb+me     14               112       10           16    14 %           0\n"
        "1g.10gb       14               112       10           16    14 %           0\n"
        "2g.10gb       28               224        5          128    57 %           0\n"
        "3g.20gb       42               336        4           16     5 %          26\n"
        "4g.20gb       56               448        3          128    29 %           0\n"
        "7g.40gb       98               784        2          240    31 %           0"
    )


def test_a_very_short_wave_is_not_called_empty() -> None:
    table = on_slices(gpu("A30"), blocks=1, threads=32, registers=16)
    assert str(table).splitlines()[4].split() == ["whole", "GPU", "56", "1792", "1", "1", "<1", "%", "55"]


def test_what_is_unknown_of_the_kernel_makes_the_waves_a_lower_bound() -> None:
    table = on_slices(gpu("GB10"), blocks=1000, threads=256, registers=None, static_shared=None)
    assert table.is_bound
    assert str(table) == (
        "1,000 blocks on GB10 (compute capability 12.1), modelled as if all took equally long\n"
        "at most 6 blocks of 8 warps an SM: 48 of 48 warps (100 %), limited by warps; "
        "unknown: registers, shared memory\n"
        "so there are at least as many waves as this:\n"
        "slice        SMs    blocks at once    waves    last wave    full    idle SMs\n"
        "---------  -----  ----------------  -------  -----------  ------  ----------\n"
        "whole GPU     48               288        4          136    47 %           0"
    )


def test_a_kernel_that_can_not_run_has_no_waves() -> None:
    table = on_slices(gpu("GB10"), blocks=1000, threads=1024, registers=80)
    assert str(table) == (
        "1,000 blocks on GB10 (compute capability 12.1), modelled as if all took equally long\n"
        "does not run: one block has too many of an SM's registers"
    )
    assert table.rows == (SliceWaves("whole GPU", 48),)


def test_a_kernel_compiled_for_another_capability_is_refused() -> None:
    with pytest.raises(InvalidWorkload) as error:
        kernel_on_slices(gpu("GB10"), TILED, blocks=1024, threads=256)
    assert str(error.value) == (
        "matmul_kernel was compiled for compute capability 8.0, and GB10 has 12.1: its registers differ. "
        "Compile it for the board's."
    )
