from __future__ import annotations

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.model import Mig, Monolithic, SharingMode

A100 = gpu("A100-SXM4-40GB")
NAMES = [f"tenant {number}" for number in range(1, 9)]
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))


def test_monolithic_gives_everybody_the_whole_board() -> None:
    (server,) = Monolithic().servers(A100, NAMES)
    assert (server.name, server.profile, server.slice.sms) == ("whole GPU", None, 108)
    assert (server.compute, server.memory) == (tuple(range(7)), tuple(range(8)))
    assert server.tenants == tuple(NAMES)


def test_mig_deals_tenants_in_turn_and_starts_over() -> None:
    servers = SEVENTHS.servers(A100, NAMES)
    assert [server.tenants for server in servers] == [
        ("tenant 1", "tenant 8"),
        *((name,) for name in NAMES[1:7]),
    ]
    assert [server.name for server in servers] == [f"1g.5gb@{start}" for start in range(7)]


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


@pytest.mark.parametrize(
    ("mode", "slug", "title", "subtitle"),
    [
        (Monolithic(), "monolithic", "Monolithic", "one tenant after another"),
        (SEVENTHS, "mig-7x1g-5gb", "MIG 7 × 1g.5gb", "each tenant its own slice"),
        (Mig(parse_layout(A100, "7g.40gb@0")), "mig-7g-40gb", "MIG 7g.40gb", "one slice for everybody"),
        (
            Mig(parse_layout(A100, "1g.5gb+me@0 3g.20gb@4")),
            "mig-3g-20gb-1g-5gb-me",
            "MIG 3g.20gb + 1g.5gb+me",
            "each tenant its own slice",
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


def test_a_board_without_mig_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(Layout(gpu("GB10")))
    assert str(caught.value) == "Mig() needs a board with MIG, and GB10 has none. Use Monolithic() on it."


def test_a_layout_of_another_board_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mig(parse_layout(gpu("A30"), "1g.6gb@0")).servers(A100, NAMES)
    assert str(caught.value) == (
        "The layout of MIG 1g.6gb is of A30, but the experiment runs on A100-SXM4-40GB. "
        "Lay out A100-SXM4-40GB, or run on A30."
    )


@pytest.mark.parametrize("text", ["3g.20gb@4[2c@0+1c@2]", "3g.20gb@4[]"])
def test_a_divided_gpu_instance_is_refused_with_the_call_that_fills_it(text):
    layout = parse_layout(gpu("A100-SXM4-40GB"), text)
    with pytest.raises(InvalidExperiment) as caught:
        Mig(layout)
    assert str(caught.value) == (
        f"{text} is not filled by one compute instance, and what compute instances do to each other is not "
        'modelled in this version. Fill it: layout.divide(4, "3g.20gb").'
    )
    assert Mig(layout.divide(4, "3g.20gb")).layout.instances[0].filled
