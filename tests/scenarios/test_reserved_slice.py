import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.scenarios.reserved_slice import SIZES, ReservedSlice, reserved_layout

BOARDS = ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB")


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("others", [1, 3, 9, 20])
def test_the_first_is_alone_on_the_largest_and_the_others_are_dealt_evenly(name, others):
    board = gpu(name)
    who = ["first", *(f"other {number}" for number in range(others))]
    for size in SIZES:
        own, *rest = ReservedSlice(reserved_layout(board, size)).servers(board, who)
        assert own.tenants == ("first",)
        assert all(len(own.compute) >= len(each.compute) for each in rest)
        counts = [len(each.tenants) for each in rest]
        assert sum(counts) == others
        assert max(counts) - min(counts) <= 1
        assert sorted(each for server in rest for each in server.tenants) == sorted(who[1:])


@pytest.mark.parametrize("name", BOARDS)
def test_the_sizes_are_what_they_are_called(name):
    board = gpu(name)
    small, double, half = (
        max(each.profile.compute_slices for each in reserved_layout(board, size).instances) for size in SIZES
    )
    assert (small, double) == (1, 2)
    held = max(each.profile.memory_slices for each in reserved_layout(board, SIZES[2]).instances)
    assert held == board.memory_slices / 2
    assert half >= double


def test_beside_a_reserved_slice_no_further_one_fits():
    for size in SIZES:
        layout = reserved_layout(gpu("A100-SXM4-40GB"), size)
        assert layout.remaining()["1g.5gb"] == 0


def test_others_need_a_slice_too():
    board = gpu("A30")
    mode = ReservedSlice(parse_layout(board, "4g.24gb@0"))
    assert [server.tenants for server in mode.servers(board, ["first"])] == [("first",)]
    with pytest.raises(InvalidExperiment) as refused:
        mode.servers(board, ["first", "other"])
    assert str(refused.value) == (
        "MIG 4g.24gb has one slice, and the others besides first need another. Place a second instance."
    )
