"""Compute instances: how a GPU instance is divided, what its parts share, and what does not fit."""

from __future__ import annotations

from itertools import combinations

import pytest

from mig_explorer.errors import InvalidLayout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout, parse_layout
from mig_explorer.layouts.compute import divided

A100 = gpu("A100-SXM4-40GB")
HALF = Layout(A100).place("3g.20gb", start=4)


def test_an_instance_is_filled_by_one_compute_instance_unless_it_is_divided():
    instance = HALF.instances[0]
    assert instance.filled
    assert [each.name for each in instance.compute_instances] == ["3g.20gb"]
    assert instance.slices == (instance.resources,)


def test_compute_instances_share_memory_bandwidth_and_engines_and_have_sms_of_their_own():
    large, small = HALF.divide(4, "1c+2c").instances[0].slices
    assert (small.name, large.name) == ("1c.3g.20gb", "2c.3g.20gb")
    assert (small.sms, large.sms) == (14, 28)
    assert small.sharers == large.sharers == 2
    for field in ("memory_mib", "bandwidth", "l2", "copy_engines", "decoders", "memory_share"):
        assert getattr(small, field) == getattr(large, field) == getattr(HALF.instances[0].resources, field)
    assert small.compute_share == pytest.approx(14 / 108)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("1c+1c+1c", "3g.20gb@4[1c@0+1c@1+1c@2]"),
        ("2c+1c", "3g.20gb@4[2c@0+1c@2]"),
        ("1c@2", "3g.20gb@4[1c@2]"),
        ("1c@2+1c@0", "3g.20gb@4[1c@0+1c@2]"),
        (" 1c + 1c.3g.20gb ", "3g.20gb@4[1c@0+1c@1]"),
        ("", "3g.20gb@4[]"),
        ("3c", "3g.20gb@4"),
        ("3g.20gb", "3g.20gb@4"),
    ],
)
def test_a_division_is_written_and_read_back(asked, text):
    layout = HALF.divide(4, asked)
    assert str(layout) == text
    assert parse_layout(A100, text) == layout
    assert (layout == HALF) == (text == "3g.20gb@4")


def test_every_division_of_every_a100_profile_can_be_written_and_read_back():
    seen = 0
    for name, profile in A100.profiles.items():
        for instances in every_division(profile):
            layout = Layout(A100, (GpuInstance(A100, profile, profile.placements[0], instances),))
            assert parse_layout(A100, str(layout)) == layout, (name, instances)
            seen += 1
    assert seen == 357  # 2 + 2 + 2 + 5 + 11 + 26 + 309


def every_division(profile):
    """Return every set of compute instances that keeps apart and within limits, found without the module."""
    parts = [
        (each, start) for each in profile.compute_profiles if each.nvml_profile != 7 for start in each.starts
    ]
    for count in range(profile.compute_slices + 1):
        for taken in combinations(parts, count):
            slices = [start + step for each, start in taken for step in range(each.compute_slices)]
            names = [each.name for each, _ in taken]
            within = all(names.count(each.name) <= each.max_instances for each, _ in taken)
            if len(slices) == len(set(slices)) and within:
                yield tuple(ComputeInstance(each, start) for each, start in taken)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            "2c+2c",
            (
                "2c cannot be placed in 3g.20gb beside 2c@0. 3g.20gb has 3 compute slices and takes 1 of "
                "it at most, "
                "starting at 0. What still fits: 1c, 1c.me."
            ),
        ),
        (
            "1c@3",
            (
                "1c cannot start at compute slice 3 in 3g.20gb there. 3g.20gb has 3 compute slices and "
                "takes 3 of it at "
                "most, starting at 0, 1, 2. What still fits: 1c, 1c.me, 2c, 3c."
            ),
        ),
        ("1c@@2", "'1c@@2' is not a compute instance; write like '1c' or '1c@2', joined by '+'."),
        (
            "1c++1c",
            ("3g.20gb has no compute profile '1c+'. Known: 1c.3g.20gb, 1c.3g.20gb+me, 2c.3g.20gb, 3g.20gb."),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_still_does(asked, words):
    with pytest.raises(InvalidLayout) as caught:
        HALF.divide(4, asked)
    assert str(caught.value) == words


def test_an_unknown_compute_profile_is_refused_by_name():
    with pytest.raises(InvalidLayout, match=r"^3g\.20gb has no compute profile '4c'\."):
        divided(A100.profile("3g.20gb"), "4c")


def test_compute_instances_of_another_profile_are_refused():
    other = ComputeInstance(A100.profile("7g.40gb").compute_profile("4c"), 0)
    profile = A100.profile("3g.20gb")
    with pytest.raises(InvalidLayout, match=r"^4c cannot start at compute slice 0 in 3g\.20gb there\."):
        GpuInstance(A100, profile, profile.placements[0], (other,))


def test_a_slice_that_nobody_holds_cannot_be_divided():
    with pytest.raises(InvalidLayout) as caught:
        HALF.divide(0, "1c")
    assert str(caught.value) == "No GPU instance holds memory slice 0 of A100-SXM4-40GB. Held are: 3g.20gb@4."


def test_the_title_says_how_an_instance_is_divided():
    layout = HALF.place("3g.20gb", start=0).divide(4, "1c+2c")
    assert layout.title == "3g.20gb + 3g.20gb (2c + 1c)"
    assert HALF.divide(4, "").title == "3g.20gb (no compute instance)"


def test_placing_and_removing_keeps_the_divisions_of_the_others():
    layout = HALF.divide(4, "1c+2c").place("1g.5gb", start=0).remove(0)
    assert str(layout) == "3g.20gb@4[2c@0+1c@2]"


@pytest.mark.parametrize(
    ("board", "profile"),
    [
        ("A30", "1g.6gb+me"),
        ("RTX-PRO-6000-BLACKWELL-SERVER", "2g.48gb+me.all"),
        ("A100-SXM4-40GB", "1g.5gb+me"),
    ],
)
def test_an_instance_whose_name_has_a_plus_is_filled_by_its_own_name(board, profile):
    layout = Layout(gpu(board)).place(profile).divide(0 if board != "A100-SXM4-40GB" else 6, "")
    start = layout.instances[0].start
    assert layout.divide(start, profile).instances[0].filled


def test_the_second_revision_can_be_asked_for_by_its_full_name():
    assert str(HALF.divide(4, "1c.3g.20gb+me+1c")) == "3g.20gb@4[1c.me@0+1c@1]"
