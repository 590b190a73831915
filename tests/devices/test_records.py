from __future__ import annotations

import pytest

from mig_explorer.devices import this_gpu
from mig_explorer.devices.records import (
    InstanceRecord,
    as_json,
    from_json,
    records_of_device,
    records_of_layout,
    text_of,
)
from mig_explorer.errors import ApplyRefused
from mig_explorer.gpus import gpus
from mig_explorer.layouts import parse_layout, preset_layouts
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

TEXT = "1g.5gb@0 2g.10gb@2[] 3g.20gb@4[2c@0+1c@2]"
BARE = "1g.5gb@0 2g.10gb@2[] 3g.20gb@4[2c.3g.20gb@0+1c.3g.20gb@2]"


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda each: each.name)
def test_a_device_and_its_layout_give_the_same_records_but_for_the_ids(board) -> None:
    for text in [str(each) for each in preset_layouts(board).values()]:
        device = this_gpu(0, FakeNvml([FakeBoard(board.name, layout=text)]))
        found = records_of_device(device)
        assert text_of(found) == text_of(records_of_layout(parse_layout(board, text)))
        assert [each.gi_id for each in found] == [
            next(one.gi_id for one in device.instances if one.placement and one.placement.start == each.start)
            for each in found
        ]


def test_ids_and_uuids_are_recorded_where_they_belong() -> None:
    nvml = FakeNvml([FakeBoard("A100-SXM4-40GB", layout=TEXT, numbering="B")])
    found = records_of_device(this_gpu(0, nvml))
    board = nvml.boards[0]
    assert text_of(found) == BARE
    assert [each.gi_id for each in found] == [board.gi_id(0, 1), board.gi_id(2, 2), board.gi_id(4, 4)]
    assert [one.uuid for one in found[2].compute] == [
        board.mig_uuid(board.gi_id(4, 4), one.ci_id) for one in found[2].compute if one.ci_id is not None
    ]


def test_a_driver_that_prints_compute_slices_in_its_own_way_is_read_by_their_order() -> None:
    nvml = FakeNvml([FakeBoard("A100-SXM4-40GB", layout="3g.20gb@4[1c@1+1c@2]")])
    for compute in nvml.boards[0].instances[0].compute:
        compute.start += 4
    (found,) = records_of_device(this_gpu(0, nvml))
    assert [(one.name, one.ci_id) for one in found.compute] == [("1c.3g.20gb@0", 0), ("1c.3g.20gb@1", 1)]


def test_what_cannot_be_read_cannot_be_changed() -> None:
    nvml = FakeNvml([FakeBoard("A100-SXM4-40GB", layout=TEXT)], faults=Faults(no_permission=True))
    device = this_gpu(0, nvml)
    with pytest.raises(ApplyRefused) as caught:
        records_of_device(device)
    problems = " ".join(device.problems)
    assert str(caught.value) == (
        f"What stands on GPU 0, A100-SXM4-40GB is not known well enough to change it. {problems}"
    )
    assert "asking takes root" in str(caught.value)


def test_records_survive_json() -> None:
    found = records_of_device(this_gpu(0, FakeNvml([FakeBoard("A100-SXM4-40GB", layout=TEXT)])))
    assert from_json(as_json(found)) == found


def test_two_overlap_if_they_share_a_memory_slice() -> None:
    left, right, small = (InstanceRecord("", 0, 0, start, size) for start, size in ((0, 4), (4, 4), (3, 1)))
    assert [left.overlaps(right), left.overlaps(small), small.overlaps(left), right.overlaps(small)] == [
        False,
        True,
        True,
        False,
    ]
