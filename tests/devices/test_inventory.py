"""Reading the GPUs of a machine: what stands where, what is unknown, and that nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mig_explorer.devices import Device, inventory, this_gpu
from mig_explorer.devices.standing import NOT_PERMITTED
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable
from mig_explorer.gpus import Gpu, Placement, gpus
from mig_explorer.layouts import Layout, parse_layout
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults, Meddling

WITH_MIG = [board for board in gpus() if board.has_mig]
UUID = "GPU-00000000-1234-4321-8765-0123456789ab"


def read(
    layout: str = "", board: str = "A100-SXM4-40GB", *, faults: Faults | None = None, **how: Any
) -> Device:
    return this_gpu(nvml=FakeNvml([FakeBoard(board, layout=layout, **how)], faults=faults))


@pytest.mark.parametrize(
    "text",
    [
        "empty",
        "7g.40gb@0",
        "1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4",
        "1g.5gb+me@3 1g.10gb@6",
        "3g.20gb@0[1c@0+1c@2] 3g.20gb@4[2c@0+1c@2]",
        "4g.20gb@0[] 1g.5gb@6",
        "7g.40gb@0[1c@0+1c@1+1c@2+1c@3+1c@4+1c@5+1c@6]",
    ],
)
@pytest.mark.parametrize("numbering", ["A", "B"])
def test_what_stands_is_read_as_the_layout_that_it_is(text: str, numbering: str) -> None:
    device = read(text, numbering=numbering)
    assert str(device.layout) == str(parse_layout(_a100(), text))
    assert device.problems == ()


def _a100() -> Gpu:
    found = read().gpu
    assert found is not None
    return found


@pytest.mark.parametrize("board", WITH_MIG, ids=lambda board: board.name)
def test_each_board_of_the_catalogue_is_known_again_and_read_with_something_on_it(board: Gpu) -> None:
    smallest = next(iter(board.profiles.values()))
    layout = Layout(board).place(smallest.name)
    device = read(str(layout), board.name)
    assert device.gpu is board
    assert device.layout == layout
    assert device.problems == ()
    (compute,) = device.instances[0].compute
    assert compute.profile is smallest.full
    assert compute.sms == (smallest.sms or 10 * smallest.compute_slices)


@pytest.mark.parametrize("board", [b for b in gpus() if not b.has_mig], ids=lambda board: board.name)
def test_a_board_without_mig_has_unknown_modes_and_an_empty_layout(board: Gpu) -> None:
    device = read(board=board.name)
    assert device.gpu is board
    assert (device.mig_mode, device.pending_mode) == (None, None)
    assert device.layout == Layout(board)


def test_the_numbers_of_a_slice_are_its_own_and_those_of_the_gpu_the_gpu_s() -> None:
    device = read("3g.20gb@4[2c@0+1c@2] 1g.5gb@0")
    assert device.memory_mib == 40960
    three, one = device.instances
    assert (three.gi_id, three.placement, three.name) == (2, Placement(4, 4), "3g.20gb@4")
    assert [(each.ci_id, each.start, each.memory_mib, each.sms, each.index) for each in three.compute] == [
        (0, 0, 19968, 28, 0),
        (1, 2, 19968, 14, 1),
    ]
    assert [(each.ci_id, each.memory_mib, each.sms, each.index) for each in one.compute] == [(0, 4864, 14, 2)]
    assert device.uuids == tuple(
        FakeBoard(uuid=UUID).mig_uuid(gi, ci) for gi, ci in [(7, 0), (2, 0), (2, 1)]
    ), "in the order in which they stand on the board"


def test_the_gpu_is_asked_for_its_memory_once_and_never_for_a_slice_s() -> None:
    nvml = FakeNvml([FakeBoard(layout="3g.20gb@4[2c@0+1c@2] 1g.5gb@0")])
    inventory(nvml)
    asked = [who for (who,) in nvml.called("nvmlDeviceGetMemoryInfo")]
    assert asked == [UUID, f"MIG {UUID}/gi2/ci0", f"MIG {UUID}/gi2/ci1", f"MIG {UUID}/gi7/ci0"]
    assert all(who.startswith("MIG ") for (who,) in nvml.called("nvmlDeviceGetAttributes_v2"))


@pytest.mark.parametrize("faults", [Faults(), Faults(no_permission=True), Faults(hole_in_index=0)])
def test_reading_changes_nothing_and_closes_nvml(faults: Faults) -> None:
    nvml = FakeNvml([FakeBoard(layout="3g.20gb@4 1g.5gb@0[]"), FakeBoard("GB10")], faults=faults)
    inventory(nvml)
    this_gpu(1, nvml)
    assert nvml.changed == []
    assert nvml.initialised == 0
    assert nvml.boards[0].text == "1g.5gb@0[] 3g.20gb@4"


def test_what_a_gb10_does_not_tell_is_unknown_and_not_zero() -> None:
    device = read(board="GB10")
    assert device.memory_mib is None
    assert device.as_dict()["memory_mib"] is None
    assert str(device) == (
        f"GPU 0: NVIDIA GB10 ({UUID})\n"
        "  board GB10, PCI id 0x000010DE, memory unknown\n"
        "  MIG mode not supported"
    )


def test_a_pending_mode_is_read_beside_the_current_one() -> None:
    device = read(mig_mode=0, pending=1)
    assert (device.mig_mode, device.pending_mode) == (False, True)
    assert device.layout == Layout(_a100())
    assert "  MIG mode off, on is pending" in str(device).splitlines()


def test_a_hole_in_the_index_is_said_and_nothing_behind_it_is_lost() -> None:
    device = read("1g.5gb@0 1g.5gb@1 1g.5gb@2", faults=Faults(hole_in_index=1))
    assert [each.compute[0].index for each in device.instances] == [0, 2, 3]
    assert str(device.layout) == "1g.5gb@0 1g.5gb@1 1g.5gb@2"
    assert device.problems == (
        "No MIG device has the index 1, though later ones are taken: name slices by UUID, not by index.",
    )


def test_a_gpu_instance_without_compute_instance_stands_in_the_layout() -> None:
    device = read("3g.20gb@4[] 1g.5gb@0")
    assert str(device.layout) == "1g.5gb@0 3g.20gb@4[]"
    assert "    no compute instance, so no program can use it" in str(device).splitlines()


def test_a_compute_instance_without_mig_device_is_said_and_its_figures_are_unknown() -> None:
    device = read("3g.20gb@4 1g.5gb@0", faults=Faults(ci_without_device=(2, 0)))
    (compute,) = device.instances[0].compute
    assert (compute.uuid, compute.memory_mib, compute.sms, compute.index) == ("", None, None, None)
    assert device.problems == (
        "No MIG device has the index 0, though later ones are taken: name slices by UUID, not by index.",
        (
            "Compute instance 0 of GPU instance 2 (3g.20gb@4) has no MIG device: no index leads to it, so "
            "its UUID and memory are unknown."
        ),
    )
    assert "    compute instance 0: 3g.20gb, SMs unknown, memory unknown, no MIG device" in str(device)


def test_without_permission_the_mig_devices_still_say_what_they_are() -> None:
    device = read("3g.20gb@4[2c@0+1c@2] 1g.5gb@0 2g.10gb@2[]", faults=Faults(no_permission=True))
    assert [(each.gi_id, each.name, each.placement) for each in device.instances] == [
        (2, "3g.20gb", None),
        (7, "1g.5gb", None),
    ]
    names = [one.profile.name for each in device.instances for one in each.compute if one.profile]
    assert names == ["2c.3g.20gb", "1c.3g.20gb", "1g.5gb"]
    assert device.memory_mib is None
    assert device.layout is None
    assert device.problems == (
        NOT_PERMITTED,
        "No layout can be shown, as it is unknown where the GPU instances are.",
    )
    assert "  GPU instance 2: 3g.20gb, place unknown" in str(device).splitlines()


def test_without_permission_an_empty_gpu_is_not_taken_for_known_to_be_empty() -> None:
    device = read("2g.10gb@2[]", faults=Faults(no_permission=True))
    assert device.instances == ()
    assert device.layout is None
    assert device.problems == (
        NOT_PERMITTED,
        "No layout can be shown, as it is unknown where the GPU instances are.",
    )


def test_a_mig_device_that_an_unknown_driver_names_otherwise_is_known_by_slices_and_memory() -> None:
    class OtherNames(FakeNvml):
        def nvmlDeviceGetName(self, handle: Any) -> str:  # noqa: N802
            return super().nvmlDeviceGetName(handle).replace("3g.20gb", "3g.19gb")

    nvml = OtherNames([FakeBoard(layout="3g.20gb@4")], faults=Faults(no_permission=True))
    assert this_gpu(nvml=nvml).instances[0].name == "3g.20gb"


def test_a_full_compute_instance_whose_size_is_printed_in_memory_slices_is_read() -> None:
    device = read("3g.40gb@4 2g.20gb@0", "H100-SXM5-80GB", full_ci_size_in_memory=True)
    assert str(device.layout) == "2g.20gb@0 3g.40gb@4"
    assert device.problems == ()


def test_a_gpu_that_is_lost_is_in_the_inventory_with_the_problem() -> None:
    class SecondIsLost(FakeNvml):
        def nvmlDeviceGetName(self, handle: Any) -> str:  # noqa: N802
            if self.board(handle) is self.boards[1]:
                raise self.NVMLError(15)
            return super().nvmlDeviceGetName(handle)

    found = inventory(SecondIsLost([FakeBoard("A30"), FakeBoard("A30")]))
    assert [each.uuid != "" for each in found.gpus] == [True, False]
    assert found.gpus[1].problems == (
        (
            "The GPU is lost: it fell off the bus, or hangs. See why: sudo dmesg | grep -i nvrm. Then "
            "restart the machine: sudo reboot"
        ),
    )
    assert str(found.gpus[1]).startswith("GPU 1: name unknown (UUID unknown)\n")


@pytest.mark.parametrize(
    ("index", "boards", "message"),
    [
        (2, 2, "This machine has no GPU 2. There are 2, counted from 0. See: mig-explorer doctor"),
        (-1, 1, "This machine has no GPU -1. There are 1, counted from 0. See: mig-explorer doctor"),
        (0, 0, "This machine has no GPU 0. The driver sees none. See: mig-explorer doctor"),
    ],
)
def test_a_gpu_that_is_not_there_is_refused(index: int, boards: int, message: str) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        this_gpu(index, FakeNvml([FakeBoard("A30") for _ in range(boards)]))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("before", "does", "left"),
    [
        ("nvmlGpuInstanceGetInfo", "destroy 0", "3g.20gb@4"),
        ("nvmlComputeInstanceGetInfo_v2", "destroy 0", "3g.20gb@4"),
        ("nvmlDeviceGetMaxMigDeviceCount", "create 2g.10gb@2", "1g.5gb@0 2g.10gb@2 3g.20gb@4"),
        ("nvmlDeviceGetGpuInstanceId", "destroy 4", "1g.5gb@0"),
    ],
)
def test_a_gpu_that_somebody_changes_meanwhile_is_read_again(before: str, does: str, left: str) -> None:
    nvml = FakeNvml(
        [FakeBoard(layout="3g.20gb@4 1g.5gb@0")], faults=Faults(changes_between=(Meddling(before, does),))
    )
    device = this_gpu(nvml=nvml)
    assert str(device.layout) == left == nvml.boards[0].text
    assert device.problems == ()


def test_a_gpu_that_never_holds_still_is_given_up_after_three_readings() -> None:
    restless = tuple(("nvmlGpuInstanceGetInfo", number, 2) for number in range(1, 10))
    nvml = FakeNvml([FakeBoard(layout="7g.40gb@0")], faults=Faults(fails=restless))
    with pytest.raises(DeviceCallFailed) as caught:
        this_gpu(nvml=nvml)
    assert str(caught.value) == (
        "nvmlGpuInstanceGetInfo: Invalid Argument (NVML code 2). The instance may have gone in between; read "
        "the GPU again."
    )
    assert len(nvml.called("nvmlGpuInstanceGetInfo")) == 3


def test_an_old_driver_that_gives_profiles_no_names_is_read() -> None:
    class OldDriver(FakeNvml):
        def nvmlDeviceGetGpuInstanceProfileInfo(self, device: Any, profile: int, version: int = 2) -> Any:  # noqa: N802
            if version == 2:
                raise self.NVMLError(13)
            return super().nvmlDeviceGetGpuInstanceProfileInfo(device, profile, version)

    device = this_gpu(nvml=OldDriver([FakeBoard(layout="3g.20gb@4")], driver="470.57.02"))
    assert str(device.layout) == "3g.20gb@4"


def test_the_inventory_prints_every_gpu_and_is_json() -> None:
    found = inventory(FakeNvml([FakeBoard(layout="3g.20gb@4"), FakeBoard("A30", mig_mode=0)]))
    assert str(found) == (
        "Driver 580.65.06, CUDA 13.0; measured: read through NVML just now\n"
        f"GPU 0: NVIDIA A100-SXM4-40GB ({UUID})\n"
        "  board A100-SXM4-40GB, PCI id 0x20B010DE, memory 40960 MiB\n"
        "  MIG mode on\n"
        "  GPU instance 2: 3g.20gb, memory slices 4–7\n"
        "    compute instance 0: 3g.20gb, 42 SMs, memory 19968 MiB, MIG device 0, "
        f"{found.gpus[0].uuids[0]}\n"
        "GPU 1: NVIDIA A30 (GPU-00000001-1234-4321-8765-0123456789ab)\n"
        "  board A30, PCI id 0x20B710DE, memory 24576 MiB\n"
        "  MIG mode off"
    )
    said = json.loads(json.dumps(found.as_dict()))
    assert (said["driver"], said["cuda"], said["provenance"]) == ("580.65.06", "13.0", "measured")
    first = said["gpus"][0]
    assert (first["gpu"], first["layout"], first["mig_mode"]) == ("A100-SXM4-40GB", "3g.20gb@4", True)
    assert first["instances"] == [
        {
            "gi_id": 2,
            "profile": "3g.20gb",
            "placement": {"start": 4, "size": 4},
            "compute": [
                {
                    "ci_id": 0,
                    "profile": "3g.20gb",
                    "start": 0,
                    "uuid": found.gpus[0].uuids[0],
                    "memory_mib": 19968,
                    "sms": 42,
                    "index": 0,
                }
            ],
        }
    ]


def test_a_machine_without_gpus_has_an_empty_inventory() -> None:
    found = inventory(FakeNvml())
    assert found.gpus == ()
    assert str(found) == "Driver 580.65.06, CUDA 13.0; measured: read through NVML just now\nno GPU"
