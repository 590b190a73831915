from __future__ import annotations

from collections import deque
from itertools import product

import pytest

from mig_explorer.devices.records import (
    ComputeRecord,
    InstanceRecord,
    Records,
    in_order,
    records_of_layout,
    text_of,
)
from mig_explorer.devices.steps import Step, settled, step_as_json, step_from_json, steps_between
from mig_explorer.gpus import gpu
from mig_explorer.layouts import GpuInstance, Layout, layouts, parse_layout

CLASSIC = ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb")


def records(text: str, board: str = "A100-SXM4-40GB") -> Records:
    return records_of_layout(parse_layout(gpu(board), text))


def numbered(bare: Records) -> Records:
    """Give every instance an id, as if it stood."""
    found = []
    for gi_id, each in enumerate(bare, start=5):
        inside = (
            ComputeRecord(
                one.profile,
                one.nvml_profile,
                one.start,
                one.full,
                one.profile_id,
                ci_id,
                f"MIG-{gi_id}-{ci_id}",
            )
            for ci_id, one in enumerate(each.compute)
        )
        found.append(
            InstanceRecord(
                each.profile, each.nvml_profile, each.profile_id, each.start, each.size, gi_id, tuple(inside)
            )
        )
    return tuple(found)


def halves() -> list[str]:
    """Every way to fill two memory slices of an A30, compute instances included; the start is left open."""
    ones = ["", "1g.6gb@{0}", "1g.6gb@{0}[]"]
    others = ["", "1g.6gb@{1}", "1g.6gb@{1}[]"]
    whole = [f"2g.12gb@{{0}}{inside}" for inside in ("", "[]", "[1c@0]", "[1c@1]", "[1c@0+1c@1]")]
    return [f"{one} {other}" for one, other in product(ones, others)] + whole


EVERY_A30_STATE = [
    f"{left.format(0, 1)} {right.format(2, 3)}".strip() or "empty"
    for left, right in product(halves(), halves())
]


def single_changes() -> dict[frozenset[str], set[frozenset[str]]]:
    """Return, for every state, those that one creation or one destruction leads to.

    A state is the set of what stands in it; a compute instance is named after its GPU instance. Between two
    states that differ in one thing there is a change, unless the one thing is a GPU instance that holds some.
    """
    states = {parts_of(records(text, "A30")) for text in EVERY_A30_STATE}
    return {state: {other for other in states if len(state ^ other) == 1} for state in states}


def parts_of(standing: Records) -> frozenset[str]:
    found = {each.name for each in standing}
    return frozenset(found | {f"{each.name}/{one.name}" for each in standing for one in each.compute})


def test_no_shorter_way_exists_between_any_two_states() -> None:
    """Search breadth first over all single changes that leave a state of an A30 without its whole profile."""
    edges = single_changes()
    assert len(edges) == 196
    by_parts = {parts_of(each): each for each in (records(text, "A30") for text in EVERY_A30_STATE)}
    for start, before in by_parts.items():
        distance = {start: 0}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            for other in edges[state] - distance.keys():
                distance[other] = distance[state] + 1
                waiting.append(other)
        assert len(distance) == 196
        for goal, after in by_parts.items():
            assert len(steps_between(before, after)) == distance[goal]


def test_what_stands_after_each_step_is_a_legal_layout_and_the_last_is_the_goal() -> None:
    board = gpu("A100-SXM4-40GB")
    every = [records_of_layout(each) for each in (Layout(board), *layouts(board, CLASSIC))]
    assert len(every) == 20
    for before, goal in product(every, every):
        stands = before
        for step in steps_between(before, goal):
            assert step.destroys == step.stands_in(stands)
            stands = step.after(stands)
            Layout(board, tuple(instance_of(each) for each in stands))
        assert stands == goal


def instance_of(record: InstanceRecord) -> GpuInstance:
    board = gpu("A100-SXM4-40GB")
    placement = next(p for p in board.profile(record.profile).placements if p.start == record.start)
    return GpuInstance(board, board.profile(record.profile), placement, ())


def test_nothing_is_done_if_it_stands_already() -> None:
    there = records("3g.20gb@4[2c@0+1c@2] 1g.5gb@0")
    assert steps_between(numbered(there), there) == ()


def test_what_stays_is_not_touched_and_a_compute_instance_goes_before_its_gpu_instance() -> None:
    before = numbered(records("1g.5gb@0 1g.5gb@1 3g.20gb@4[2c@0+1c@2]"))
    goal = records("2g.10gb@0 1g.5gb@3 3g.20gb@4[1c@0+1c@2]")
    assert [str(step) for step in steps_between(before, goal)] == [
        "destroy compute instance 0 (1g.5gb@0) in GPU instance 5 (1g.5gb@0)",
        "destroy GPU instance 5 (1g.5gb@0)",
        "destroy compute instance 0 (1g.5gb@0) in GPU instance 6 (1g.5gb@1)",
        "destroy GPU instance 6 (1g.5gb@1)",
        "destroy compute instance 0 (2c.3g.20gb@0) in GPU instance 7 (3g.20gb@4)",
        "create GPU instance 2g.10gb@0",
        "create compute instance 2g.10gb@0 in GPU instance 2g.10gb@0",
        "create GPU instance 1g.5gb@3",
        "create compute instance 1g.5gb@0 in GPU instance 1g.5gb@3",
        "create compute instance 1c.3g.20gb@0 in GPU instance 7 (3g.20gb@4)",
    ]


def test_a_step_survives_json() -> None:
    for step in steps_between(numbered(records("3g.20gb@4[2c@0]")), records("7g.40gb@0")):
        assert step_from_json(step_as_json(step)) == step


HALF = InstanceRecord("3g.20gb", 2, 9, 4, 4)
PART = ComputeRecord("1c.3g.20gb", 0, 0, full=False, profile_id=0)


def stands(gi_id: int | None = None, *parts: ComputeRecord) -> Records:
    return (InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id, parts),)


def part(start: int, ci_id: int | None) -> ComputeRecord:
    return ComputeRecord("1c.3g.20gb", 0, start, full=False, profile_id=0, ci_id=ci_id)


@pytest.mark.parametrize(
    ("step", "before", "found", "expected"),
    [
        pytest.param(Step("create-gpu", HALF), (), (), (), id="not created"),
        pytest.param(Step("create-gpu", HALF), (), stands(2), stands(2), id="created"),
        pytest.param(
            Step("create-gpu", HALF), (), stands(2, part(0, 0)), (), id="a new one has no compute instance"
        ),
        pytest.param(
            Step("create-gpu", HALF).with_ids(2), (), stands(1), (), id="another stands in its place"
        ),
        pytest.param(
            Step("create-gpu", HALF).with_ids(2),
            (),
            (InstanceRecord("3g.20gb", 2, 9, 0, 4, 2),),
            (InstanceRecord("3g.20gb", 2, 9, 0, 4, 2),),
            id="the driver put it elsewhere",
        ),
        pytest.param(
            Step("destroy-gpu", HALF).with_ids(2), stands(2), stands(2), stands(2), id="not destroyed"
        ),
        pytest.param(Step("destroy-gpu", HALF).with_ids(2), stands(2), (), (), id="destroyed"),
        pytest.param(
            Step("destroy-gpu", HALF).with_ids(2), stands(2), stands(1), (), id="destroyed, and another made"
        ),
        pytest.param(
            Step("create-compute", HALF, PART).with_ids(2),
            stands(2),
            stands(2, part(0, 0)),
            stands(2, part(0, 0)),
            id="compute instance created",
        ),
        pytest.param(
            Step("create-compute", HALF, PART).with_ids(2),
            stands(2),
            stands(2),
            stands(2),
            id="no compute instance",
        ),
        pytest.param(
            Step("create-compute", HALF, PART).with_ids(2, 1),
            stands(2),
            stands(2, part(2, 1)),
            stands(2, part(2, 1)),
            id="compute instance elsewhere",
        ),
        pytest.param(
            Step("create-compute", HALF, PART).with_ids(2),
            stands(2),
            stands(1, part(0, 0)),
            stands(2),
            id="in another's GPU instance",
        ),
        pytest.param(
            Step("destroy-compute", HALF, part(0, 3)).with_ids(2),
            stands(2, part(0, 3)),
            stands(2),
            stands(2),
            id="compute instance destroyed",
        ),
        pytest.param(
            Step("destroy-compute", HALF, part(0, 3)).with_ids(2),
            stands(2, part(0, 3)),
            stands(2, part(0, 3)),
            stands(2, part(0, 3)),
            id="compute instance not destroyed",
        ),
    ],
)
def test_a_reading_tells_whether_a_step_was_taken(
    step: Step, before: Records, found: Records, expected: Records
) -> None:
    assert settled(step, before, found) == expected


def test_a_step_on_what_does_not_stand_changes_nothing() -> None:
    assert Step("create-compute", HALF, PART).after(()) == ()
    assert text_of(in_order(())) == "empty"
