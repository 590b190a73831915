from __future__ import annotations

import math
from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.model import TimeSlicing, constant

A100 = gpu("A100-SXM4-40GB")


def test_all_take_turns_on_the_whole_board() -> None:
    (server,) = TimeSlicing().servers(A100, ["ann", "bob"])
    assert (server.name, server.slice, server.tenants) == ("whole GPU", A100.whole, ("ann", "bob"))
    assert (server.at_once, server.takes_turns) == (0, True)
    assert server.switching == constant("time_slicing_overhead") == 0.11


def test_an_overhead_of_ones_own() -> None:
    (server,) = TimeSlicing(overhead=0).servers(A100, ["ann"])
    assert server.switching == 0.0


def test_words() -> None:
    mode = TimeSlicing()
    assert (mode.slug, mode.title, mode.subtitle) == (
        "time-slicing",
        "Time slicing",
        "in turns on the whole GPU, in one memory",
    )


@pytest.mark.parametrize("overhead", [-0.1, math.nan, math.inf, "much", True])
def test_an_overhead_that_is_none_is_refused(overhead: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        TimeSlicing(overhead=overhead)
    assert str(caught.value) == (
        f"TimeSlicing(overhead={overhead!r}): the share of the time lost to switching is a number of 0 or "
        "more, such as 0.11. Leave it out for the model's own."
    )
