from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.model import GreenContexts, Mig, Mps, SharingMode, TimeSlicing

A100 = gpu("A100-SXM4-40GB")
NAMES = [f"tenant {number}" for number in range(1, 9)]
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
DIVIDED = parse_layout(A100, "1g.5gb@0 3g.20gb@4[2c@0+1c@2]")


def test_tenants_are_dealt_in_turn_and_the_dealing_starts_over() -> None:
    servers = SEVENTHS.servers(A100, NAMES)
    assert [server.tenants for server in servers] == [
        ("tenant 1", "tenant 8"),
        *((name,) for name in NAMES[1:7]),
    ]
    assert [server.name for server in servers] == [f"1g.5gb@{start}" for start in range(7)]
    assert {server.at_once for server in servers} == {1}


def test_neighbours_share_nothing() -> None:
    servers = SEVENTHS.servers(A100, NAMES)
    assert len({server.compute_group for server in servers}) == 7
    assert len({server.memory_group for server in servers}) == 7


def test_the_largest_instance_comes_first_and_an_idle_one_stays_in_the_list() -> None:
    mode = Mig(parse_layout(A100, "1g.5gb@0 1g.10gb@2 3g.20gb@4"))
    servers = mode.servers(A100, NAMES[:2])
    assert [(server.name, server.tenants) for server in servers] == [
        ("3g.20gb@4", ("tenant 1",)),
        ("1g.10gb@2", ("tenant 2",)),
        ("1g.5gb@0", ()),
    ]
    assert servers[0].compute == (4, 5, 6)
    assert servers[0].memory == (4, 5, 6, 7)


def test_a_tenant_keeps_its_server_when_others_join() -> None:
    mode = Mig(parse_layout(A100, "1g.5gb@0 2g.10gb@2 3g.20gb@4"))
    for count in range(1, len(NAMES)):
        fewer = {name: s.name for s in mode.servers(A100, NAMES[:count]) for name in s.tenants}
        more = {name: s.name for s in mode.servers(A100, NAMES[: count + 1]) for name in s.tenants}
        assert fewer.items() <= more.items()


def test_compute_instances_have_their_own_sms_and_share_the_memory_of_their_gpu_instance() -> None:
    servers = Mig(DIVIDED).servers(A100, NAMES[:3])
    assert [(each.name, each.tenants, each.slice.sms, each.compute) for each in servers] == [
        ("3g.20gb@4[2c@0]", ("tenant 1",), 28, (4, 5)),
        ("3g.20gb@4[1c@2]", ("tenant 2",), 14, (6,)),
        ("1g.5gb@0", ("tenant 3",), 14, (0,)),
    ]
    assert [each.memory_group for each in servers] == ["3g.20gb@4", "3g.20gb@4", "1g.5gb@0"]
    assert len({each.compute_group for each in servers}) == 3
    assert [each.profile for each in servers] == ["3g.20gb", "3g.20gb", "1g.5gb"]
    assert servers[0].memory == servers[1].memory == (4, 5, 6, 7)
    assert servers[0].slice.bandwidth == A100.slice("3g.20gb").bandwidth


def test_a_gpu_instance_without_compute_instances_serves_nobody() -> None:
    servers = Mig(parse_layout(A100, "1g.5gb@0 3g.20gb@4[]")).servers(A100, NAMES[:2])
    assert [(each.name, each.tenants) for each in servers] == [("1g.5gb@0", ("tenant 1", "tenant 2"))]


def test_mps_inside_shares_each_instance() -> None:
    mode = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"), inside=Mps(50))
    servers = mode.servers(A100, NAMES[:4])
    assert [(each.name, each.at_once, each.slice.sms, each.group_sms) for each in servers] == [
        ("3g.20gb@0", 0, 21, 42),
        ("3g.20gb@4", 0, 21, 42),
    ]


def test_time_slicing_inside_shares_each_instance_that_has_more_than_one_tenant() -> None:
    mode = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"), inside=TimeSlicing(0.2))
    assert [(each.at_once, each.switching, each.takes_turns) for each in mode.servers(A100, NAMES[:3])] == [
        (0, 0.2, True),
        (1, 0.0, False),
    ]


@pytest.mark.parametrize(
    ("mode", "slug", "title", "subtitle"),
    [
        (SEVENTHS, "mig-7x1g-5gb", "MIG 7 × 1g.5gb", "each tenant its own slice"),
        (Mig(parse_layout(A100, "7g.40gb@0")), "mig-7g-40gb", "MIG 7g.40gb", "one slice for everybody"),
        (
            Mig(parse_layout(A100, "1g.5gb+me@0 3g.20gb@4")),
            "mig-3g-20gb-1g-5gb-me",
            "MIG 3g.20gb + 1g.5gb+me",
            "each tenant its own slice",
        ),
        (
            Mig(DIVIDED),
            "mig-3g-20gb-2c-1c-1g-5gb",
            "MIG 3g.20gb (2c + 1c) + 1g.5gb",
            "own SMs; one memory in each GPU instance",
        ),
        (
            Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"), inside=Mps(50)),
            "mig-2x3g-20gb-mps-50",
            "MIG 2 × 3g.20gb, MPS, 50 % of the SMs each inside",
            "each tenant its own slice; inside: side by side; a fault of one ends all",
        ),
    ],
)
def test_a_mode_has_a_key_and_words(mode: SharingMode, slug: str, title: str, subtitle: str) -> None:
    assert isinstance(mode, SharingMode)
    assert (mode.slug, mode.title, mode.subtitle) == (slug, title, subtitle)


def test_an_empty_layout_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(Layout(A100))
    assert str(caught.value) == (
        "Mig() needs a layout with at least one GPU instance, and this one of A100-SXM4-40GB is empty. "
        'Place one first: Layout(gpu).place("1g.5gb").'
    )


def test_a_layout_without_compute_instances_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(parse_layout(A100, "3g.20gb@4[]"))
    assert str(caught.value) == (
        "Nothing can run in the layout 3g.20gb@4[] of A100-SXM4-40GB: it has no compute instance. Make one: "
        'layout.divide(4, "3g.20gb").'
    )


def test_a_board_without_mig_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(Layout(gpu("GB10")))
    assert str(caught.value) == (
        "Mig() needs a board with MIG, and GB10 has none. Use Mps(), GreenContexts(), TimeSlicing() or "
        "Monolithic() on it."
    )


def test_a_layout_of_another_board_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(parse_layout(gpu("A30"), "1g.6gb@0")).servers(A100, NAMES)
    assert str(caught.value) == (
        "The layout of MIG 1g.6gb is of A30, but the experiment runs on A100-SXM4-40GB. Lay out "
        "A100-SXM4-40GB, or run on A30."
    )


def test_green_contexts_inside_are_refused() -> None:
    inside: Any = GreenContexts()
    with pytest.raises(InvalidExperiment) as caught:
        Mig(DIVIDED, inside=inside)
    assert str(caught.value) == (
        "Mig(inside=GreenContexts(sms=None)): tenants of one instance queue (None), or share it by Mps() "
        "or TimeSlicing()."
    )


def test_fewer_mps_clients_fit_a_smaller_instance() -> None:
    mode = Mig(parse_layout(A100, "1g.5gb@0"), inside=Mps())
    assert len(mode.servers(A100, NAMES[:6])[0].tenants) == 6
    with pytest.raises(InvalidExperiment) as caught:
        mode.servers(A100, NAMES[:7])
    assert str(caught.value) == (
        "7 tenants are too many for MPS: its server takes 6 clients on 1g.5gb@0 of A100-SXM4-40GB, which "
        "has 1 of its 7 compute slices. Use fewer tenants, max_clients=60 if the driver is of CUDA 13.1 "
        "or later, or TimeSlicing()."
    )


def test_turns_on_a_compute_instance_that_shares_its_memory_are_refused() -> None:
    mode = Mig(DIVIDED, inside=TimeSlicing())
    assert not any(server.takes_turns for server in mode.servers(A100, NAMES[:3]))
    with pytest.raises(InvalidExperiment) as caught:
        mode.servers(A100, NAMES[:4])
    assert str(caught.value) == (
        "2 tenants would take turns on 3g.20gb@4[2c@0], which shares the memory of 3g.20gb@4 with other "
        "compute instances; what they then do to each other is not modelled. Use inside=Mps(), or one "
        "tenant for each compute instance."
    )
