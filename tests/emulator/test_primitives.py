from __future__ import annotations

import pytest
from numba import njit, types
from numba.core.errors import TypingError

from mig_explorer.emulator.primitives import primitive

# ruff: noqa: PLW0108 - Numba calls a primitive from compiled code only


def _whole(_context, x):
    if not isinstance(x, types.Integer):
        raise TypingError(f"no whole number: {x}")
    return types.unliteral(x)


@primitive(_whole, lambda _context, builder, _kinds, x: builder.add(x, x.type(1)))
def successor(x):
    return x + 1


@primitive(lambda *_: types.none, lambda *_: None)
def nothing():
    pass


def test_a_primitive_is_the_same_compiled_or_not():
    assert njit(lambda x: successor(x))(4) == successor(4) == 5
    assert njit(lambda: successor(4))() == 5


def test_a_primitive_may_give_nothing():
    assert njit(lambda: nothing())() is None


def test_a_primitive_says_what_it_does_not_take():
    with pytest.raises(TypingError, match="no whole number: float64"):
        njit(lambda x: successor(x))(1.5)
    with pytest.raises(TypingError, match="successor"):
        njit(lambda x: successor(x=x))(1)
