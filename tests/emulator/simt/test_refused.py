from __future__ import annotations

import pytest

from tests.emulator.simt.refused import REFUSED


@pytest.mark.parametrize("each", REFUSED, ids=lambda each: each.says)
def test_it_is_refused_and_nothing_has_run(each):
    arguments = each.arguments()
    before = [each.copy() for each in arguments if hasattr(each, "copy")]
    assert each.words()
    after = [each for each in arguments if hasattr(each, "copy")]
    assert all((old == new).all() for old, new in zip(before, after, strict=True))
