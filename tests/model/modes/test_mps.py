from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.model import Mps

A100 = gpu("A100-SXM4-40GB")
MANY = [f"tenant {number}" for number in range(1, 62)]


def test_all_run_side_by_side_on_the_whole_board() -> None:
    (server,) = Mps().servers(A100, ["ann", "bob"])
    assert (server.name, server.slice, server.tenants) == ("whole GPU", A100.whole, ("ann", "bob"))
    assert (server.at_once, server.takes_turns, server.switching, server.group_sms) == (0, False, 0.0, 108)


@pytest.mark.parametrize(("percentage", "sms"), [(100, 108), (50, 54), (10, 11), (1, 1)])
def test_a_cap_narrows_what_one_request_sees_and_not_what_all_share(percentage: int, sms: int) -> None:
    (server,) = Mps(percentage).servers(A100, ["ann", "bob"])
    assert (server.slice.sms, server.group_sms) == (sms, 108)
    assert server.slice.bandwidth == A100.whole.bandwidth
    assert server.slice.memory_mib == A100.whole.memory_mib


def test_words() -> None:
    assert (Mps().slug, Mps().title) == ("mps", "MPS")
    assert (Mps(25).slug, Mps(25).title) == ("mps-25", "MPS, 25 % of the SMs each")
    assert Mps(25).subtitle == "side by side; a fault of one ends all"


def test_48_clients_and_60_since_cuda_13_1() -> None:
    assert len(Mps().servers(A100, MANY[:48])[0].tenants) == 48
    assert len(Mps(max_clients=60).servers(A100, MANY[:60])[0].tenants) == 60
    with pytest.raises(InvalidExperiment) as caught:
        Mps().servers(A100, MANY[:49])
    assert str(caught.value) == (
        "49 tenants are too many for MPS: its server takes 48 clients on A100-SXM4-40GB. Use fewer "
        "tenants, max_clients=60 if the driver is of CUDA 13.1 or later, or TimeSlicing()."
    )
    with pytest.raises(InvalidExperiment) as caught:
        Mps(max_clients=60).servers(A100, MANY)
    assert str(caught.value) == (
        "61 tenants are too many for MPS: its server takes 60 clients on A100-SXM4-40GB. Use fewer "
        "tenants, or TimeSlicing()."
    )


@pytest.mark.parametrize("percentage", [0, 101, -5, 12.5, True, "half"])
def test_a_percentage_that_is_none_is_refused(percentage: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mps(percentage)
    assert str(caught.value) == (
        f"Mps(thread_percentage={percentage!r}): the share of the SMs that one client may use is a whole "
        "number from 1 to 100. Leave it out for no cap."
    )


def test_another_number_of_clients_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Mps(max_clients=100)
    assert str(caught.value) == (
        "Mps(max_clients=100): an MPS server takes 48 clients on a GPU, and 60 since CUDA 13.1."
    )
