"""Our occupancy rules against NVIDIA's header: as recorded, and itself where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.emulator.compiler.occupancy import Occupancy, occupancy
from mig_explorer.errors import InvalidWorkload, UnknownGpu
from tests.emulator.compiler.nvidia_header import (
    NO_LIMIT,
    Answer,
    Case,
    ask,
    build_probe,
    cases,
    include_folder,
)
from tests.emulator.compiler.record_occupancy import RECORDING

BITS = {"warps": 1, "registers": 2, "shared memory": 4, "blocks": 8, "barriers": 16}


def computed(case: Case) -> Occupancy:
    return occupancy(
        divmod(case.cc, 10),
        threads=case.threads,
        registers=case.registers,
        static_shared=case.static_shared,
        dynamic_shared=case.dynamic_shared,
        barriers=case.barriers,
        shared_allowed=None if case.allowed < 0 else case.allowed,
        carve_out=None if case.carve_out < 0 else case.carve_out,
    )


def as_answer(case: Case) -> Answer:
    """Return our result in the header's form."""
    held = computed(case)
    allowed = {name: NO_LIMIT if blocks is None else blocks for name, blocks in held.allowed.items()}
    assert held.registers_per_block is not None
    assert held.shared_per_block is not None
    without_barriers = min(blocks for name, blocks in allowed.items() if name != "barriers")
    # The header names the tightest of the others even where barriers are tighter still.
    limiting = sum(BITS[name] for name, blocks in allowed.items() if blocks == without_barriers)
    limiting |= BITS["barriers"] * (allowed["barriers"] <= without_barriers)
    return Answer(
        held.blocks,
        allowed["warps"],
        allowed["registers"],
        allowed["shared memory"],
        allowed["blocks"],
        allowed["barriers"],
        held.registers_per_block,
        held.shared_per_block,
        limiting,
    )


def differing(pairs: Iterable[tuple[Case, Answer]]) -> list[tuple[Case, Answer, Answer]]:
    return [(case, theirs, ours) for case, theirs in pairs if (ours := as_answer(case)) != theirs]


def recorded() -> list[tuple[Case, Answer]]:
    _, _, *rows = RECORDING.read_text(encoding="utf-8").splitlines()
    numbers = [[int(each) for each in row.split(",")] for row in rows]
    return [(Case(*row[: len(Case._fields)]), Answer(*row[len(Case._fields) :])) for row in numbers]


def test_the_rules_are_those_of_nvidias_header_as_recorded() -> None:
    assert differing(recorded()) == []


def test_the_recording_has_each_limit_binding_on_each_capability() -> None:
    capabilities = {case.cc for case, _ in recorded()}
    binding = {
        (case.cc, bit) for case, answer in recorded() for bit in BITS.values() if answer.limiting & bit
    }
    with_barriers = {90, 100, 103, 120, 121}
    wanted = {(cc, bit) for cc in capabilities for bit in BITS.values() if bit != 16 or cc in with_barriers}
    assert binding == wanted


def test_the_rules_are_those_of_nvidias_header(tmp_path: Path) -> None:
    include = include_folder()
    if include is None or shutil.which("g++") is None:
        pytest.skip("cuda_occupancy.h or g++ is not installed; the recording is compared instead")
    asked = list(cases(20_000, seed=5))
    answers = ask(build_probe(include, tmp_path), asked)
    assert differing(zip(asked, answers, strict=True)) == []


def test_a_wrong_rule_would_be_seen() -> None:
    case, answer = recorded()[0]
    assert differing([(case, answer._replace(blocks=answer.blocks + 1))]) != []


def test_unknown_registers_limit_nothing_and_it_says_so() -> None:
    held = occupancy((8, 0), threads=256, registers=None)
    assert (held.blocks, held.unknown, held.registers_per_block) == (8, ("registers",), None)
    assert str(held) == (
        "at most 8 blocks of 8 warps an SM: 64 of 64 warps (100 %), limited by warps; unknown: registers"
    )


def test_unknown_shared_memory_limits_nothing_and_it_says_so() -> None:
    held = occupancy((8, 0), threads=256, registers=None, static_shared=None, dynamic_shared=40_000)
    assert (held.blocks, held.shared_per_block) == (4, None)
    assert str(held) == (
        "at most 4 blocks of 8 warps an SM: 32 of 64 warps (50 %), limited by shared memory; "
        "unknown: registers, shared memory"
    )


def test_a_block_that_does_not_fit_says_why() -> None:
    held = occupancy((8, 9), threads=1024, registers=80)
    assert (held.blocks, held.limited_by) == (0, ("registers",))
    assert str(held) == "does not run: one block has too many of an SM's registers"


def test_one_of_each_is_written_in_the_singular() -> None:
    held = occupancy((7, 5), threads=32, registers=32, static_shared=40_000)
    assert str(held) == "1 block of 1 warp an SM: 1 of 32 warps (3 %), limited by shared memory"


def test_an_unknown_capability_is_refused() -> None:
    with pytest.raises(UnknownGpu) as error:
        occupancy((6, 0), threads=32, registers=32)
    assert str(error.value) == (
        "What an SM of compute capability 6.0 holds is not known here, so occupancy can't be computed. "
        "Known: 7.5, 8.0, 8.9, 9.0, 10.0, 10.3, 12.0, 12.1."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"threads": 0}, "occupancy: a block of 0 threads; it has at least one."),
        ({"registers": -1}, "occupancy: registers=-1; it is 0 or more."),
        ({"static_shared": -8}, "occupancy: static_shared=-8; it is 0 or more."),
        ({"dynamic_shared": -8}, "occupancy: dynamic_shared=-8; it is 0 or more."),
        ({"barriers": -1}, "occupancy: barriers=-1; it is 0 or more."),
        ({"shared_allowed": -1}, "occupancy: shared_allowed=-1; it is 0 or more."),
        ({"carve_out": -1}, "occupancy: carve_out=-1; it is 0 or more."),
        (
            {"carve_out": 101},
            "occupancy: carve_out=101; it is a share of the most there is, 0 to 100 percent.",
        ),
    ],
)
def test_a_number_that_cannot_be_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWorkload) as error:
        occupancy((8, 0), **{"threads": 32, "registers": 32, **wrong})
    assert str(error.value) == message
