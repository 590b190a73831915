"""The GPUs of this machine, if there are any: read, compared with nvidia-smi, and left as they were.

Every test passes on any machine with NVML, MIG or not, root or not; without NVML all are skipped, and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from mig_explorer.devices import Inventory, diagnose, inventory, running_processes, this_gpu
from mig_explorer.formats.smi_listing import GpuRow, read_devices
from tests.gpu.real import Watched, skip_reason
from tests.gpu.record import record

NO_GPU = skip_reason()
if NO_GPU:
    pytest.skip(NO_GPU, allow_module_level=True)


@pytest.fixture(scope="module")
def found() -> Inventory:
    return inventory()


def listing() -> tuple[GpuRow, ...]:
    smi = shutil.which("nvidia-smi")
    if smi is None:
        pytest.skip("NOT COMPARED WITH nvidia-smi: there is none")
    run = subprocess.run([smi, "-L"], capture_output=True, text=True, timeout=60, check=True)
    return read_devices(run.stdout)


def test_every_gpu_is_read_and_has_a_uuid(found: Inventory) -> None:
    assert found.gpus
    assert [each.index for each in found.gpus] == list(range(len(found.gpus)))
    assert len({each.uuid for each in found.gpus}) == len(found.gpus)
    assert all(each.uuid.startswith("GPU-") for each in found.gpus), str(found)


def test_nvidia_smi_lists_the_same_gpus_and_mig_devices(found: Inventory) -> None:
    shown = listing()
    assert [(each.index, each.name, each.uuid) for each in shown] == [
        (each.index, each.product_name, each.uuid) for each in found.gpus
    ]
    for row, device in zip(shown, found.gpus, strict=True):
        read = [one for each in device.instances for one in each.compute if one.index is not None]
        assert {(each.index, each.uuid) for each in row.devices} == {(one.index, one.uuid) for one in read}


def test_a_slice_never_has_more_memory_than_the_gpu(found: Inventory) -> None:
    for device in found.gpus:
        slices = [one.memory_mib for each in device.instances for one in each.compute if one.memory_mib]
        assert device.memory_mib is None or all(each <= device.memory_mib for each in slices)


def test_the_layout_and_what_stands_agree(found: Inventory) -> None:
    for device in found.gpus:
        if device.layout is not None:
            standing = sorted((each.name, len(each.compute)) for each in device.instances)
            assert sorted((e.name, len(e.compute_instances)) for e in device.layout.instances) == standing
        elif device.mig_mode:
            assert device.problems, "where there is no layout, it is said why"


def test_reading_calls_nothing_that_changes_a_gpu_and_leaves_it_as_it_was(found: Inventory) -> None:
    watched = Watched()
    diagnosis = diagnose(watched)
    record(watched)
    for device in found.gpus:
        assert this_gpu(device.index, watched).uuid == device.uuid
        running_processes(device, watched)
    assert watched.calls
    assert diagnosis.inventory is not None
    before, after = ([(e.uuid, e.mig_mode, str(e.layout)) for e in i.gpus] for i in (found, inventory()))
    assert before == after


def test_the_diagnosis_prints_and_is_json() -> None:
    diagnosis = diagnose()
    assert "\n" in str(diagnosis)
    json.dumps(diagnosis.as_dict())


def test_what_contradicts_the_catalogue_is_a_sentence_each(found: Inventory) -> None:
    for problem in (each for device in found.gpus for each in device.problems):
        assert problem.endswith((".", "reboot"))
