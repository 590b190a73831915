"""Placing, removing, what remains, what is stranded, and the start that the driver picks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import ImpossiblePlacement, InvalidLayout
from mig_explorer.gpus import Placement, gpu
from mig_explorer.layouts import GpuInstance, Layout, Refusal, layouts, parse_layout

A100 = gpu("A100-SXM4-40GB")
BY_ID = {profile.profile_id: name for name, profile in A100.profiles.items()}

# Published runs of `nvidia-smi mig -cgi`: the profile ids in their order, and the starts that were listed or
# follow from the ids of the GPU instances; None where the run stopped with "Insufficient Resources".
PUBLISHED_RUNS = [
    ("MIG User Guide", [19, 14, 5], [6, 4, 0]),
    ("MIG User Guide", [19, 19, 14, 9], [6, 4, 0, None]),
    ("MIG User Guide", [9, 19, 14, 19], [4, 0, 2, 1]),
    ("public notes, driver 460.91.03", [9, 9], [4, 0]),
    ("public lab notes", [9, 9, 19], [4, 0, None]),
    ("Azure NC A100 blog", [14, 14, 14, 20], [4, 0, 2, 6]),
    ("public project notes", [9, 14, 19], [4, 0, 2]),
    ("public notes", [19] * 7, [6, 4, 5, 0, 1, 2, 3]),
]


@pytest.mark.parametrize(("source", "ids", "starts"), PUBLISHED_RUNS)
def test_without_a_start_the_driver_model_repeats_the_published_runs(source, ids, starts):
    layout = Layout(A100)
    for profile_id, start in zip(ids, starts, strict=True):
        answer = layout.explain(BY_ID[profile_id])
        if start is None:
            assert isinstance(answer, Refusal), source
            assert answer.rule == "no-room"
        else:
            assert answer == Placement(start, A100.profile(BY_ID[profile_id]).memory_slices), source
            layout = layout.place(BY_ID[profile_id])


def test_placing_and_removing_return_new_layouts_and_leave_the_old_one():
    empty = Layout(A100)
    placed = empty.place("3g.20gb", start=4)
    assert (str(empty), str(placed), str(placed.remove(5))) == ("empty", "3g.20gb@4", "empty")
    assert placed == parse_layout(A100, "3g.20gb@4")
    assert hash(placed) == hash(parse_layout(A100, "3g.20gb@4"))


def test_removing_where_nothing_is_says_what_is_held():
    with pytest.raises(InvalidLayout) as caught:
        parse_layout(A100, "3g.20gb@4").remove(0)
    assert str(caught.value) == "No GPU instance holds memory slice 0 of A100-SXM4-40GB. Held are: 3g.20gb@4."
    with pytest.raises(InvalidLayout) as caught:
        Layout(A100).remove(0)
    assert str(caught.value) == "No GPU instance holds memory slice 0 of A100-SXM4-40GB. The layout is empty."


def test_instances_that_overlap_make_no_layout():
    def instance(name, start):
        return GpuInstance(A100, A100.profile(name), Placement(start, A100.profile(name).memory_slices))

    with pytest.raises(InvalidLayout) as caught:
        Layout(A100, (instance("3g.20gb", 0), instance("1g.5gb", 2)))
    assert str(caught.value) == "1g.5gb@2 cannot stand on A100-SXM4-40GB beside the others: overlap."


STRANDED = [
    ("empty", (), ()),
    ("3g.20gb@0", (3,), ()),
    ("3g.20gb@0 3g.20gb@4", (3,), ()),
    ("4g.20gb@0 3g.20gb@4", (), ()),
    ("1g.10gb@0", (1,), ()),
    ("1g.10gb@6", (), ()),
    ("1g.10gb@0 1g.10gb@2 1g.10gb@4 1g.10gb@6", (1, 3, 5), ()),
    ("1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 1g.5gb@4 1g.5gb@5 1g.5gb@6", (), (7,)),
    ("2g.10gb@0 2g.10gb@2 2g.10gb@4", (), ()),
]


@pytest.mark.parametrize(("text", "compute", "memory"), STRANDED)
def test_stranded_slices(text, compute, memory):
    stranded = parse_layout(A100, text).stranded
    assert (stranded.compute, stranded.memory, bool(stranded)) == (compute, memory, bool(compute or memory))


def test_remaining_counts_what_nvidia_smi_lists_as_free():
    # -lgip after -cgi 9,14,19 (3g at 4, 2g at 0, 1g at 2): one of seven 1g free, no other classic profile.
    remaining = parse_layout(A100, "3g.20gb@4 2g.10gb@0 1g.5gb@2").remaining()
    assert remaining == {
        "1g.5gb": 1,
        "1g.5gb+me": 1,
        "1g.10gb": 0,
        "2g.10gb": 0,
        "3g.20gb": 0,
        "4g.20gb": 0,
        "7g.40gb": 0,
    }
    assert Layout(A100).remaining() == {
        name: profile.max_instances for name, profile in A100.profiles.items()
    }


def test_remaining_is_the_longest_run_of_placements_for_every_layout():
    for layout in layouts(A100, maximal=False)[::7]:
        for name, count in layout.remaining().items():
            longest = max(_runs(layout, name, 0))
            assert count == longest, (str(layout), name)


def _runs(layout, name, depth):
    yield depth
    for start in A100.profile(name).starts:
        if isinstance(layout.explain(name, start), Placement) and depth < 8:
            yield from _runs_after(layout.place(name, start), name, depth + 1, start)


def _runs_after(layout, name, depth, least):
    yield depth
    for start in A100.profile(name).starts:
        if start > least and isinstance(layout.explain(name, start), Placement):
            yield from _runs_after(layout.place(name, start), name, depth + 1, start)


@given(st.lists(st.tuples(st.sampled_from(list(A100.profiles)), st.integers(-1, 8)), max_size=12))
def test_whatever_is_tried_the_layout_stays_valid(steps):
    layout = Layout(A100)
    for name, start in steps:
        try:
            layout = layout.place(name, start=start)
        except ImpossiblePlacement:
            continue
    held = [each for instance in layout.instances for each in instance.memory_slices]
    compute = [each for instance in layout.instances for each in instance.compute_slices]
    assert len(held) == len(set(held)) <= A100.memory_slices
    assert len(compute) == len(set(compute)) <= A100.compute_slices
    assert parse_layout(A100, str(layout)) == layout


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1g.5gb@0 1g.5gb@1", "2 × 1g.5gb"),
        ("1g.5gb@6 3g.20gb@0", "3g.20gb + 1g.5gb"),
        ("empty", "empty"),
    ],
)
def test_the_title_counts_equal_instances(text, title):
    assert parse_layout(A100, text).title == title
