from __future__ import annotations

import pytest

from mig_explorer.formats import Where
from mig_explorer.formats.mig_devices import (
    counted,
    divided,
    largest_first,
    mig_devices,
    notes_on_devices,
    why_nothing,
)
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout

A100 = gpu("A100-SXM4-40GB")
MIXED = parse_layout(
    A100, "1g.5gb@0 1g.5gb+me@1 2g.10gb@2 3g.20gb@4[1c@0+2c@1]".replace("1c@0+2c@1", "2c@0+1c@2")
)


def test_there_is_a_device_a_compute_instance_in_the_order_that_uuids_are_given_in() -> None:
    devices = mig_devices(MIXED, ("MIG-a", "MIG-b", "MIG-c", "MIG-d", "MIG-e"))
    assert [(each.instance.start, each.compute.start, each.name, each.uuid) for each in devices] == [
        (0, 0, "1g.5gb", "MIG-a"),
        (1, 0, "1g.5gb+me", "MIG-b"),
        (2, 0, "2g.10gb", "MIG-c"),
        (4, 0, "2c.3g.20gb", "MIG-d"),
        (4, 2, "1c.3g.20gb", "MIG-e"),
    ]
    assert [
        (each.resources.sms, each.resources.memory_mib, each.resources.sharers) for each in devices[2:]
    ] == [
        (28, 9856, 1),
        (28, 19968, 2),
        (14, 19968, 2),
    ]


@pytest.mark.parametrize("count", [0, 1, 4, 6])
def test_uuids_that_are_not_one_a_device_are_not_used(count: int) -> None:
    assert {each.uuid for each in mig_devices(MIXED, ("MIG-a",) * count)} == {""}


def test_the_largest_comes_first() -> None:
    assert [each.name for each in largest_first(mig_devices(MIXED))] == [
        "2c.3g.20gb",
        "1c.3g.20gb",
        "2g.10gb",
        "1g.5gb+me",
        "1g.5gb",
    ]
    assert counted(mig_devices(parse_layout(A100, "1g.5gb@0 1g.5gb@1 3g.20gb@4"))) == {
        "3g.20gb": 1,
        "1g.5gb": 2,
    }


def test_what_shares_a_gpu_instance_is_named_once() -> None:
    assert divided(parse_layout(A100, "2g.10gb@0[1c@0+1c@1] 3g.20gb@4")) == ("1c.2g.10gb",)
    assert divided(parse_layout(A100, "3g.20gb@4")) == ()


def test_why_there_is_nothing_to_hand_out() -> None:
    assert why_nothing(Layout(gpu("T4"))) == "T4 has no MIG, so there is no slice of it to hand out."
    assert why_nothing(Layout(A100)) == "There is nothing to write yet: place an instance first."
    assert why_nothing(parse_layout(A100, "3g.20gb@0[] 3g.20gb@4[]")) == (
        "No GPU instance here has a compute instance yet, and only on those can programs run."
    )
    assert why_nothing(parse_layout(A100, "3g.20gb@0[] 3g.20gb@4")) is None


def test_what_is_left_out_is_said() -> None:
    half = parse_layout(A100, "3g.20gb@0[] 3g.20gb@4")
    assert notes_on_devices(half, Where()) == (
        "Left out, because no program can run there without a compute instance: 3g.20gb@0.",
    )
    assert notes_on_devices(MIXED, Where(uuids=("MIG-a",))) == (
        "1 UUID was given for 5 MIG devices, so none was used.",
    )
    assert notes_on_devices(MIXED, Where(uuids=("MIG-a",) * 5)) == ()
