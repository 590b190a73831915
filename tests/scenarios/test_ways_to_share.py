import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig
from mig_explorer.scenarios.ways_to_share import slices_for, ways_to_share

WITH_MIG = [board.name for board in gpus() if board.has_mig]


@pytest.mark.parametrize("name", WITH_MIG)
def test_equal_slices_one_for_each_as_long_as_there_are_enough(name):
    board = gpu(name)
    most = max(profile.max_instances for profile in board.profiles.values())
    for jobs in range(1, most + 1):
        layout = slices_for(board, jobs)
        assert len(layout.instances) == jobs
        assert len({each.profile.name for each in layout.instances}) == 1
    assert len(slices_for(board, most + 1).instances) == most


def test_the_largest_slices_of_which_there_are_enough_are_taken():
    board = gpu("A100-SXM4-40GB")
    for jobs in range(1, 8):
        taken = slices_for(board, jobs).instances[0].profile
        larger = [
            profile
            for profile in board.profiles.values()
            if profile.max_instances >= jobs and profile.memory_slices > taken.memory_slices
        ]
        assert larger == []


def test_a_board_without_mig_cannot_be_cut_up():
    with pytest.raises(InvalidExperiment) as refused:
        slices_for(gpu("GB10"), 7)
    assert str(refused.value) == "GB10 has no MIG, so it cannot be cut into slices. A100-SXM4-40GB can."


def test_every_mode_is_there_or_said_to_be_missing():
    few, many = ways_to_share(gpu("GB10"), 4), ways_to_share(gpu("GB10"), 7)
    assert [mode.title for mode in few.modes] == ["Monolithic", "Time slicing", "MPS", "Green contexts"]
    assert few.refused == ("GB10 has no MIG.",)
    assert few.mig is None
    assert [mode.title for mode in many.modes] == ["Monolithic", "Time slicing", "MPS"]
    assert len(many.refused) == 2


def test_a_mode_of_one_s_own_is_taken_as_it_is():
    mode = Mig(parse_layout(gpu("A30"), "2g.12gb@0 2g.12gb@2"))
    assert ways_to_share(gpu("A30"), 4, mode).mig is mode
