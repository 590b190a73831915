from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, Server, SharingMode, TimeSlicing
from mig_explorer.model.modes.server import whole_gpu, with_sms

A100 = gpu("A100-SXM4-40GB")
NAMES = [f"tenant {number}" for number in range(1, 8)]
MODES: list[SharingMode] = [
    Monolithic(),
    TimeSlicing(),
    Mps(),
    Mps(25),
    GreenContexts(),
    GreenContexts([8] * 7),
    Mig(parse_layout(A100, "1g.5gb@0 3g.20gb@4[2c@0+1c@2]")),
    Mig(parse_layout(A100, "1g.5gb@0 3g.20gb@4"), inside=Mps(50)),
    Mig(parse_layout(A100, "1g.5gb@0 3g.20gb@4"), inside=TimeSlicing()),
]


def test_a_server_has_its_groups_to_itself_unless_told_otherwise() -> None:
    server = Server("a", None, (), (), A100.whole, ("ann",))
    assert (server.compute_group, server.memory_group, server.group_sms) == ("a", "a", 108)
    assert (server.at_once, server.switching, server.takes_turns) == (1, 0.0, False)


@pytest.mark.parametrize(("at_once", "tenants", "most"), [(1, 3, 1), (0, 3, 3), (2, 3, 2), (1, 0, 0)])
def test_most_at_once(at_once: int, tenants: int, most: int) -> None:
    assert Server("a", None, (), (), A100.whole, ("x",) * tenants, at_once=at_once).most_at_once == most


def test_tenants_wait_in_one_queue_or_each_in_its_own() -> None:
    (server,) = Monolithic().servers(A100, NAMES[:2])
    assert server.queues == ((("tenant 1", "tenant 2"), 1),)
    for mode in (Mps(), TimeSlicing()):
        (server,) = mode.servers(A100, NAMES[:2])
        assert server.queues == ((("tenant 1",), 1), (("tenant 2",), 1))
    assert [queue for server in GreenContexts().servers(A100, NAMES[:2]) for queue in server.queues] == [
        (("tenant 1",), 1),
        (("tenant 2",), 1),
    ]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.slug)
@pytest.mark.parametrize("count", range(8))
def test_every_mode_seats_everybody_once_on_servers_with_names_of_their_own(
    mode: SharingMode, count: int
) -> None:
    assert isinstance(mode, SharingMode)
    servers = mode.servers(A100, NAMES[:count])
    assert sorted(name for server in servers for name in server.tenants) == NAMES[:count]
    assert len({server.name for server in servers}) == len(servers)
    for server in servers:
        assert server.group_sms is not None
        assert server.slice.sms is not None
        assert server.slice.sms <= server.group_sms


def test_modes_have_keys_of_their_own() -> None:
    assert len({mode.slug for mode in MODES}) == len({mode.title for mode in MODES}) == len(MODES)


@pytest.mark.parametrize("mode", [Monolithic(), TimeSlicing(), Mps(), GreenContexts()])
def test_gb10_has_all_modes_but_mig(mode: SharingMode) -> None:
    servers = mode.servers(gpu("GB10"), ["ann", "bob"])
    assert [name for server in servers for name in server.tenants] == ["ann", "bob"]


def test_fewer_sms_leave_memory_and_bandwidth_alone() -> None:
    part = with_sms(A100.whole, 27, A100)
    assert (part.sms, part.compute_share) == (27, 0.25)
    assert (part.memory_mib, part.bandwidth, part.l2) == (
        A100.whole.memory_mib,
        A100.whole.bandwidth,
        A100.whole.l2,
    )
    assert whole_gpu(A100, NAMES).slice == A100.whole
