from __future__ import annotations

from itertools import permutations

import pytest

from mig_explorer.formats.mig_parted_order import created
from mig_explorer.gpus import ComputeProfile, Profile, gpu
from mig_explorer.layouts import Layout, create_sequence, parse_layout

A100 = gpu("A100-SXM4-40GB")


def devices(*names: str) -> list[tuple[Profile, ComputeProfile]]:
    found = {
        each.name: (profile, each) for profile in A100.profiles.values() for each in profile.compute_profiles
    }
    return [found[name] for name in names]


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        ([], "empty"),
        (["1g.5gb"] * 7, "1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 1g.5gb@4 1g.5gb@5 1g.5gb@6"),
        (["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"], "3g.20gb@4 2g.10gb@0 1g.5gb@2 1g.5gb@3"),
        (["3g.20gb", "4g.20gb"], "4g.20gb@0 3g.20gb@4"),
        (["1c.3g.20gb", "2c.3g.20gb"], "3g.20gb@4[2c@0+1c@2]"),
        (["1c.3g.20gb"] * 4, "3g.20gb@4[1c+1c+1c] 3g.20gb@0[1c]"),
        (["1c.3g.20gb", "3g.20gb"], "3g.20gb@4 3g.20gb@0[1c]"),
    ],
)
def test_the_largest_first_and_one_gpu_instance_filled_before_the_next(names: list[str], layout: str) -> None:
    assert created(A100, devices(*names)) == parse_layout(A100, layout)


@pytest.mark.parametrize(
    "names",
    [["4g.20gb", "4g.20gb"], ["7g.40gb", "1g.5gb"], ["1g.5gb+me", "1g.5gb+me"], ["4c.7g.40gb", "4c.7g.40gb"]],
)
def test_what_no_order_makes(names: list[str]) -> None:
    assert created(A100, devices(*names)) is None


@pytest.mark.parametrize(
    "names",
    [
        ("1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"),
        ("1g.10gb", "1g.10gb", "1g.5gb", "2g.10gb"),
        ("1g.5gb+me", "2g.10gb", "4g.20gb"),
        ("1g.10gb", "1g.5gb", "1g.5gb", "1g.5gb", "1g.5gb"),
    ],
)
def test_full_devices_stand_as_some_order_of_creation_leaves_them(names: tuple[str, ...]) -> None:
    outcomes: set[Layout] = set()
    for order in permutations(names):
        run = create_sequence(A100, list(order))
        if run.error is None:
            outcomes.add(run.layout)
    assert created(A100, devices(*names)) in outcomes
