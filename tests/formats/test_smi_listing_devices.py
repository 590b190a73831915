from __future__ import annotations

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.smi_listing_devices import DeviceRow, GpuRow, read_devices

PRINTED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-12345678-1234-1234-1234-123456780000)
  MIG 3g.20gb     Device  0: (UUID: MIG-8fb6ee76-015a-56c0-a34c-b5d10ddc4370)
  MIG 1c.2g.10gb  Device  1: (UUID: MIG-87fb5775-fd3d-554b-bc6e-12c9f24f5557)
GPU 1: NVIDIA RTX PRO 6000 Blackwell (Server Edition) (UUID: GPU-12345678-1234-1234-1234-123456780001)
  MIG 1g.24gb+me.all Device 10: (UUID: MIG-dea7fd76-2e58-515d-910a-efce4241a6c7)
"""


def test_several_gpus_with_their_mig_devices() -> None:
    assert read_devices(PRINTED) == (
        GpuRow(
            0,
            "NVIDIA A100-SXM4-40GB",
            "GPU-12345678-1234-1234-1234-123456780000",
            (
                DeviceRow("3g.20gb", 0, "MIG-8fb6ee76-015a-56c0-a34c-b5d10ddc4370"),
                DeviceRow("1c.2g.10gb", 1, "MIG-87fb5775-fd3d-554b-bc6e-12c9f24f5557"),
            ),
        ),
        GpuRow(
            1,
            "NVIDIA RTX PRO 6000 Blackwell (Server Edition)",
            "GPU-12345678-1234-1234-1234-123456780001",
            (DeviceRow("1g.24gb+me.all", 10, "MIG-dea7fd76-2e58-515d-910a-efce4241a6c7"),),
        ),
    )


def test_the_form_of_uuids_before_driver_r470() -> None:
    old = "GPU 0: A100-SXM4-40GB (UUID: GPU-2fa5)\n  MIG 1c.3g.20gb Device 0: (UUID: MIG-GPU-2fa5/1/0)"
    assert read_devices(old)[0].devices == (DeviceRow("1c.3g.20gb", 0, "MIG-GPU-2fa5/1/0"),)


def test_no_gpu_is_an_empty_listing() -> None:
    assert read_devices("") == ()


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("  MIG 3g.20gb     Device  0: (UUID: MIG-8fb6)", 1, "MIG 3g.20gb Device 0: (UUID: MIG-8fb6)"),
        (PRINTED.replace("Device  1:", "Device"), 3, None),
        ("GPU 0: " + "x" * 500, 1, "GPU 0: " + "x" * 73 + "…"),
    ],
)
def test_what_is_refused(text: str, number: int, shown: str | None) -> None:
    shown = shown or "MIG 1c.2g.10gb Device (UUID: MIG-87fb5775-fd3d-554b-bc6e-12c9f24f5557)"
    with pytest.raises(UnreadableDocument) as caught:
        read_devices(text)
    assert (
        str(caught.value)
        == f"Line {number}: {shown!r} is no line of nvidia-smi -L. Copy what it prints, whole."
    )


def test_the_answer_of_a_machine_without_a_gpu_says_so() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_devices("No devices were found.")
    assert str(caught.value) == (
        "Line 1: 'No devices were found.' is an answer of nvidia-smi -L, not a listing: no such GPU is "
        "there. nvidia-smi -L lists those that are."
    )
