"""What NVML says is checked against the catalogue: contradictions become words, never a crash."""

from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.devices import Device, this_gpu
from mig_explorer.layouts import Layout
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults


def read(board: FakeBoard, **how: Any) -> Device:
    return this_gpu(nvml=FakeNvml([board], **how))


def test_a_placement_that_the_catalogue_does_not_know_gives_no_layout_and_says_why() -> None:
    board = FakeBoard()
    board.force("3g.20gb", 2, 4)
    device = read(board)
    assert device.layout is None
    assert device.instances[0].name == "3g.20gb@2"
    assert device.problems == (
        (
            "GPU instance 1 is 3g.20gb at memory slice 2 (size 4), which the catalogue does not know: it "
            "places 3g.20gb at memory slice 0, 4 (size 4). No layout can be shown."
        ),
    )


def test_instances_that_cannot_stand_together_give_no_layout_and_say_why() -> None:
    board = FakeBoard()
    board.force("3g.20gb", 0, 4)
    board.force("2g.10gb", 2, 2)
    device = read(board)
    assert device.layout is None
    assert len(device.instances) == 2
    assert device.problems == (
        (
            "What stands contradicts the catalogue, so no layout can be shown: 2g.10gb@2 cannot stand on "
            "A100-SXM4-40GB beside the others: overlap."
        ),
    )


def test_a_profile_that_the_catalogue_lacks_is_named_and_what_stands_by_it_has_no_layout() -> None:
    class NewProfile(FakeNvml):
        """Has a profile 77 where the catalogue has 1g.5gb."""

        def nvmlDeviceGetGpuInstanceProfileInfo(self, device: Any, profile: int, version: int = 2) -> Any:  # noqa: N802
            info = super().nvmlDeviceGetGpuInstanceProfileInfo(device, profile, version)
            if info.id == 19:
                info.id, info.name = 77, "MIG 1g.5gb+new"
            return info

        def nvmlDeviceGetGpuInstances(self, device: Any, profileId: int, *refs: Any) -> int:  # noqa: N802, N803
            return super().nvmlDeviceGetGpuInstances(device, 19 if profileId == 77 else profileId, *refs)

        def nvmlDeviceGetGpuInstancePossiblePlacements(self, device: Any, profileId: int, *refs: Any) -> int:  # noqa: N802, N803
            known = 19 if profileId == 77 else profileId
            return super().nvmlDeviceGetGpuInstancePossiblePlacements(device, known, *refs)

    device = this_gpu(nvml=NewProfile([FakeBoard(layout="1g.5gb@0")]))
    assert device.layout is None
    assert device.instances[0].name == "unknown profile@0"
    assert device.problems == (
        "The driver lists the profile 1g.5gb+new (ID 77), which the catalogue lacks.",
        (
            "GPU instance 7 has a profile that the catalogue lacks for A100-SXM4-40GB, so no layout can be "
            "shown."
        ),
    )
    assert "  GPU instance 7: unknown profile, memory slice 0" in str(device).splitlines()


def test_starts_that_differ_from_the_catalogue_s_are_said() -> None:
    class OtherStarts(FakeNvml):
        def nvmlDeviceGetGpuInstancePossiblePlacements(self, device: Any, profileId: int, *refs: Any) -> int:  # noqa: N802, N803
            answer = super().nvmlDeviceGetGpuInstancePossiblePlacements(device, profileId, *refs)
            if profileId == 9:
                refs[0][1].start = 3
            return answer

    device = this_gpu(nvml=OtherStarts([FakeBoard()]))
    assert device.problems == (
        (
            "The driver places 3g.20gb at memory slice 0, 3 (size 4), the catalogue at memory slice 0, 4 "
            "(size 4). The driver decides."
        ),
    )
    assert device.gpu is not None
    assert device.layout == Layout(device.gpu)


@pytest.mark.parametrize("printed", [(4, 6), (0, 5), (7, 7)])
def test_compute_instances_printed_at_odd_starts_keep_their_order(printed: tuple[int, int]) -> None:
    class OddStarts(FakeNvml):
        def nvmlComputeInstanceGetInfo_v2(self, computeInstance: Any) -> Any:  # noqa: N802, N803
            info = super().nvmlComputeInstanceGetInfo_v2(computeInstance)
            info.placement.start = printed[info.id]
            return info

    device = this_gpu(nvml=OddStarts([FakeBoard(layout="3g.20gb@4[2c@0+1c@2]")]))
    assert str(device.layout) == "3g.20gb@4[2c@0+1c@2]"
    assert [each.start for each in device.instances[0].compute] == [*printed]


def test_a_board_whose_pci_id_alone_is_known_is_found_by_it() -> None:
    device = read(FakeBoard("A30", product_name="Graphics Device"))
    assert device.gpu is not None
    assert (device.gpu.name, device.product_name) == ("A30", "Graphics Device")
    assert device.problems == ()


def test_a_board_that_is_not_in_the_catalogue_is_laid_out_by_what_its_driver_lists() -> None:
    device = read(
        FakeBoard("H100-SXM5-80GB", product_name="NVIDIA X1", pci_id="0x123410DE", layout="3g.40gb@4")
    )
    board = device.gpu
    assert board is not None
    assert (board.name, board.sms, board.memory_mib, board.compute_slices, board.memory_slices) == (
        "NVIDIA X1",
        132,
        81559,
        7,
        8,
    )
    assert board.memory_bandwidth_gbs is None
    assert board.facts["memory_slices"].source == "the driver of this machine, through NVML"
    assert str(device.layout) == "3g.40gb@4"
    assert device.layout is not None
    assert str(device.layout.place("1g.20gb", start=2)) == "1g.20gb@2 3g.40gb@4"
    assert device.problems == (
        (
            "NVIDIA X1 (PCI id 0x123410DE) is not in the catalogue. Its profiles and their starts are as its "
            "driver lists them."
        ),
    )


def test_a_board_that_is_not_in_the_catalogue_and_may_not_be_asked_is_still_inventoried() -> None:
    board = FakeBoard("H100-SXM5-80GB", product_name="NVIDIA X1", pci_id="0x123410DE", layout="3g.40gb@4")
    device = read(board, faults=Faults(no_permission=True))
    assert (device.gpu, device.layout) == (None, None)
    assert device.instances[0].compute[0].memory_mib == 40448
    assert device.problems[0] == (
        "NVIDIA X1 (PCI id 0x123410DE) is not in the catalogue. Its driver's profiles could not be made out, "
        "so it cannot be laid out."
    )


def test_a_board_that_is_not_in_the_catalogue_and_has_no_mig_is_inventoried() -> None:
    device = read(FakeBoard("L4", product_name="NVIDIA X2", pci_id="0x123510DE"))
    assert (device.gpu, device.layout, device.memory_mib) == (None, None, 23034)
    assert device.problems == (
        "NVIDIA X2 (PCI id 0x123510DE) is not in the catalogue. Its driver says that it has no MIG.",
    )
    assert str(device).splitlines()[1] == "  board unknown, PCI id 0x123510DE, memory 23034 MiB"


def test_every_board_of_the_catalogue_could_be_laid_out_without_being_in_it() -> None:
    for name in ("A100-SXM4-80GB", "A30", "B200-180GB", "RTX-PRO-6000-BLACKWELL-SERVER"):
        device = read(FakeBoard(name, product_name="NVIDIA X3", pci_id="0x123610DE"))
        listed, known = device.gpu, FakeBoard(name).gpu
        assert listed is not None
        assert {each.name: each.starts for each in listed.profiles.values()} == {
            each.name: each.starts for each in known.profiles.values()
        }
