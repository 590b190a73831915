from __future__ import annotations

from typing import Any, cast

import numpy as np

from mig_explorer.emulator.simt import Line
from mig_explorer.emulator.simt.registers import Registers
from mig_explorer.emulator.simt.turn import Turn
from mig_explorer.emulator.simt.values import ArrayRef, Memory, RangeState, merged, taken


def lanes_of_four(*lanes):
    return Turn(cast("Any", None), np.array(lanes), Line(1), len(lanes) == 4)


ALL = lanes_of_four(0, 1, 2, 3)
ODD = lanes_of_four(1, 3)
EVEN = lanes_of_four(0, 2)


def test_registers_that_share_an_array_do_not_change_together():
    registers = Registers(4, {})
    registers.keep("a", np.arange(4), ALL)
    registers.keep("b", registers.fetch("a", ALL), ALL)
    registers.keep("a", np.array([10, 30]), ODD)
    registers.keep("c", registers.fetch("a", ALL), ALL)
    registers.keep("a", np.array([20, 20]), EVEN)
    assert registers.values["a"].tolist() == [20, 10, 20, 30]
    assert registers.values["b"].tolist() == [0, 1, 2, 3]
    assert registers.values["c"].tolist() == [0, 10, 2, 30]


def test_an_array_that_only_one_register_has_is_changed_in_place():
    registers = Registers(4, {})
    registers.keep("a", np.array([1, 3]), ODD)
    first = registers.values["a"]
    registers.keep("a", np.array([0, 2]), EVEN)
    assert registers.values["a"] is first
    assert first.tolist() == [0, 1, 2, 3]


def test_a_number_stays_one_for_all_until_lanes_differ():
    registers = Registers(4, {})
    registers.keep("a", np.int64(7), ODD)
    registers.keep("a", np.int64(7), EVEN)
    assert registers.values["a"] == 7
    registers.keep("a", np.int64(8), EVEN)
    assert registers.values["a"].tolist() == [8, 7, 8, 7]
    assert registers.fetch("a", ODD).tolist() == [7, 7]


def test_parts_of_states_are_merged_one_by_one():
    old = RangeState(np.int64(3), np.int64(1), np.int64(5))
    new = RangeState(np.array([4, 4]), np.int64(1), np.array([4, 0]))
    state = merged(old, new, np.array([1, 3]), 4)
    assert isinstance(state, RangeState)
    assert (state.current.tolist(), state.step, state.left.tolist()) == ([3, 4, 3, 4], 1, [5, 4, 5, 0])


def test_references_to_different_memories():
    a, b = (Memory("global", name, np.zeros(8)) for name in "ab")
    one = ArrayRef((a,), None, 0, (8,), (1,))
    other = ArrayRef((b,), None, 2, (3,), (2,))
    both = merged(one, other, np.array([1, 2]), 4)
    assert both.memories == (a, b)
    assert both.which.tolist() == [0, 1, 1, 0]
    assert both.offset.tolist() == [0, 2, 2, 0]
    assert both.shape[0].tolist() == [8, 3, 3, 8]
    again = merged(both, taken(one, np.array([1])), np.array([1]), 4)
    assert again.which.tolist() == [0, 0, 1, 0]
    assert taken(again, np.array([2, 3])).which.tolist() == [1, 0]
