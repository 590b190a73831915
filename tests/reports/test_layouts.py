"""The layouts of an experiment, read back from its trace."""

from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import UnknownGpu
from mig_explorer.experiments import Experiment, LayoutChange, Result, Trace, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic, Mps, SharingMode
from mig_explorer.reports.layouts import layouts_of
from mig_explorer.workloads import triad

A100 = gpu("A100-SXM4-40GB")
WORK = tenants(triad(elements=2**20), 2)


@pytest.mark.parametrize(
    "text",
    ["1g.5gb@0 1g.5gb@6", "3g.20gb@0[2c@0+1c@2] 3g.20gb@4", "7g.40gb@0[4c@0+2c@4]", "1g.5gb+me@2"],
)
def test_a_layout_comes_back_as_it_was(text: str) -> None:
    layout = parse_layout(A100, text)
    modes: list[SharingMode] = [Monolithic(), Mig(layout), Mig(layout, inside=Mps())]
    (found,) = layouts_of(Experiment(A100, WORK, modes).modelled())
    assert found.layout == layout
    assert found.when == tuple(mode.title for mode in modes[1:])


def test_a_change_brings_another_layout() -> None:
    halves = parse_layout(A100, "3g.20gb@0 3g.20gb@4")
    change = LayoutChange(at_seconds=1.0, layout=parse_layout(A100, "7g.40gb@0"))
    first, then = layouts_of(Experiment(A100, WORK, [Mig(halves)], seconds=60.0, changes=[change]).modelled())
    assert (first.text, then.text) == ("3g.20gb@0 3g.20gb@4", "7g.40gb@0")
    assert then.when == ("MIG 2 × 3g.20gb, from 1 s on",)


def test_a_board_that_is_not_in_the_catalogue_has_no_picture_and_the_reason() -> None:
    result = Experiment(A100, WORK, [Mig(parse_layout(A100, "7g.40gb@0"))]).modelled()
    events: list[dict[str, Any]] = [dict(each) for each in result.trace.events]
    events[0]["gpu"] = "A100-SXM4-40"
    (found,) = layouts_of(Result(Trace(None, tuple(events), columns=result.trace.columns)))
    assert found.layout is None
    with pytest.raises(UnknownGpu) as unknown:
        gpu("A100-SXM4-40")
    assert found.reason == str(unknown.value)
