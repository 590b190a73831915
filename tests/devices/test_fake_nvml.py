"""The fake NVML is like nvidia-ml-py, and like the driver as its documentation and published runs show it."""

from __future__ import annotations

import ast
import ctypes
import inspect
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pynvml
import pytest

from mig_explorer.gpus import Placement
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults, Meddling

PACKAGE = Path(__file__).resolve().parents[2] / "mig_explorer" / "devices"
NVML_NAME = re.compile(r"nvml[A-Z]\w+|NVML_[A-Z]\w+|c_nvml\w+|NVMLError\w*|NVMLLibraryMismatchError")


def functions() -> list[str]:
    return sorted(name for name in dir(FakeNvml) if name.startswith("nvml"))


def opened(*boards: FakeBoard, **how: Any) -> tuple[FakeNvml, Any]:
    nvml = FakeNvml(boards or [FakeBoard()], **how)
    nvml.nvmlInit()
    return nvml, nvml.nvmlDeviceGetHandleByIndex(0)


def code(nvml: FakeNvml, function: str, *arguments: Any) -> int:
    with pytest.raises(pynvml.NVMLError) as caught:
        getattr(nvml, function)(*arguments)
    return int(caught.value.value)


def placement(start: int, size: int) -> Any:
    return ctypes.byref(pynvml.c_nvmlGpuInstancePlacement_t(start, size))


# Like the real module


@pytest.mark.parametrize("name", functions())
def test_the_real_module_has_each_function_with_the_same_parameters(name: str) -> None:
    real = inspect.signature(getattr(pynvml, name)).parameters.values()
    fake = list(inspect.signature(getattr(FakeNvml, name)).parameters.values())[1:]
    assert [(each.name, each.default) for each in fake] == [(each.name, each.default) for each in real], (
        "the fake must be called as the real module is"
    )


def test_a_function_that_is_not_faked_is_missed_and_constants_are_the_real_ones() -> None:
    nvml = FakeNvml()
    assert nvml.NVML_GPU_INSTANCE_PROFILE_COUNT == pynvml.NVML_GPU_INSTANCE_PROFILE_COUNT
    assert nvml.NVMLError is pynvml.NVMLError
    with pytest.raises(AttributeError, match=r"^the fake NVML has no nvmlDeviceReset$"):
        _ = nvml.nvmlDeviceReset


def names_in(path: Path) -> set[str]:
    """Return the names of NVML in a module: attributes, and texts that are such a name and nothing more."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and NVML_NAME.fullmatch(node.attr):
            found.add(node.attr)
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and NVML_NAME.fullmatch(node.value)
        ):
            found.add(node.value)
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_the_product_uses_is_in_the_real_module_and_in_the_fake(path: Path) -> None:
    missing = {name for name in names_in(path) if not (hasattr(pynvml, name) and hasattr(FakeNvml(), name))}
    assert missing == set()


def test_the_search_for_names_finds_the_functions_of_the_inventory() -> None:
    found = set().union(*(names_in(path) for path in PACKAGE.glob("*.py")))
    assert {"nvmlInit", "nvmlDeviceGetMigDeviceHandleByIndex", "c_nvmlGpuInstance_t", "NVMLError"} <= found
    assert "nvmlDeviceSetMigMode" not in found, "MIG mode is never switched"


def calls_in(path: Path) -> list[tuple[str, int]]:
    """Return function and number of arguments of each `call(nvml, "name", …)` and `ask(…)`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("ask", "call"):
            name = node.args[1]
            if isinstance(name, ast.Constant) and not any(isinstance(a, ast.Starred) for a in node.args):
                found.append((str(name.value), len(node.args) - 2))
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_every_call_gives_the_arguments_that_the_real_function_takes(path: Path) -> None:
    for name, count in calls_in(path):
        inspect.signature(getattr(pynvml, name)).bind(*range(count))


def test_a_placement_by_value_is_refused_as_the_real_library_would_read_it_as_an_address() -> None:
    nvml, gpu = opened()
    by_value = pynvml.c_nvmlGpuInstancePlacement_t(4, 4)
    with pytest.raises(TypeError, match=r"^NVML takes the address of a c_nvmlGpuInstancePlacement_t here"):
        nvml.nvmlDeviceCreateGpuInstanceWithPlacement(gpu, 9, by_value)


def test_mig_mode_is_never_to_be_switched() -> None:
    nvml, gpu = opened()
    with pytest.raises(AssertionError, match=r"^mig_explorer never switches MIG on or off$"):
        nvml.nvmlDeviceSetMigMode(gpu, 0)


# Like the driver


@pytest.mark.parametrize(
    ("board", "numbering", "profiles", "ids"),
    [
        ("A100-SXM4-40GB", "A", [19, 14, 5], [13, 5, 1]),
        ("A100-SXM4-40GB", "A", [9, 19, 14, 19], [2, 7, 4, 8]),
        ("A100-SXM4-40GB", "A", [9, 9], [2, 1]),
        ("A100-SXM4-80GB", "A", [14, 14, 14, 20], [5, 3, 4, 13]),
        ("A100-SXM4-80GB", "A", [9, 14, 19], [2, 3, 9]),
        ("A100-PCIE-80GB", "B", [19] * 7, [9, 7, 8, 11, 12, 13, 14]),
        ("H100-NVL-94GB", "A", [19] * 7, [13, 11, 12, 7, 8, 9, 10]),
        ("H100-SXM5-80GB", "A", [15], [5]),
    ],
)
def test_ids_are_those_of_published_runs(
    board: str, numbering: str, profiles: list[int], ids: list[int]
) -> None:
    nvml, gpu = opened(FakeBoard(board, numbering=numbering))
    made = [nvml.nvmlDeviceCreateGpuInstance(gpu, each) for each in profiles]
    assert [nvml.nvmlGpuInstanceGetInfo(each).id for each in made] == ids


def test_a_bad_order_stops_with_insufficient_resources_and_what_was_made_stays() -> None:
    nvml, gpu = opened()
    for each in (19, 19, 14):
        nvml.nvmlDeviceCreateGpuInstance(gpu, each)
    assert code(nvml, "nvmlDeviceCreateGpuInstance", gpu, 9) == 23
    assert nvml.boards[0].text == "2g.10gb@0[] 1g.5gb@4[] 1g.5gb@6[]"


@pytest.mark.parametrize(
    ("profile", "where", "expected"),
    [(9, (4, 4), 0), (9, (2, 4), 2), (9, (4, 3), 2), (9, (0, 4), 23), (19, (0, 1), 23), (99, (0, 1), 2)],
)
def test_an_explicit_placement_is_taken_or_refused_with_the_driver_s_code(
    profile: int, where: tuple[int, int], expected: int
) -> None:
    nvml, gpu = opened(FakeBoard(layout="1g.5gb@0"))
    arguments = (gpu, profile, placement(*where))
    if expected:
        assert code(nvml, "nvmlDeviceCreateGpuInstanceWithPlacement", *arguments) == expected
    else:
        made = nvml.nvmlDeviceCreateGpuInstanceWithPlacement(*arguments)
        assert nvml.boards[0].text == "1g.5gb@0 3g.20gb@4[]"
        assert nvml.nvmlGpuInstanceGetInfo(made).id == 2


def test_a_gpu_instance_that_holds_a_compute_instance_is_in_use() -> None:
    nvml, gpu = opened(FakeBoard(layout="3g.20gb@4[2c@0+1c@2]"))
    held = nvml.nvmlDeviceGetGpuInstanceById(gpu, 2)
    assert code(nvml, "nvmlGpuInstanceDestroy", held) == 19
    for number in (0, 1):
        nvml.nvmlComputeInstanceDestroy(nvml.nvmlGpuInstanceGetComputeInstanceById(held, number))
    nvml.nvmlGpuInstanceDestroy(held)
    assert nvml.boards[0].text == "empty"
    assert code(nvml, "nvmlGpuInstanceGetInfo", held) == 2, "the handle died with the instance"
    assert code(nvml, "nvmlDeviceGetGpuInstanceById", gpu, 2) == 6


def test_a_handle_is_not_that_of_a_later_instance_with_the_same_number() -> None:
    nvml, gpu = opened()
    old = nvml.nvmlDeviceCreateGpuInstance(gpu, 0)
    nvml.nvmlGpuInstanceDestroy(old)
    new = nvml.nvmlDeviceCreateGpuInstance(gpu, 0)
    assert nvml.nvmlGpuInstanceGetInfo(new).id == 0
    assert code(nvml, "nvmlGpuInstanceGetInfo", old) == 2


def test_a_program_keeps_its_instance_from_being_destroyed_and_no_other() -> None:
    nvml, gpu = opened(FakeBoard(layout="3g.20gb@4 1g.5gb@0", processes=[(42, "python", 2, 0)]))
    busy, idle = (nvml.nvmlDeviceGetGpuInstanceById(gpu, number) for number in (2, 7))
    assert code(nvml, "nvmlComputeInstanceDestroy", nvml.nvmlGpuInstanceGetComputeInstanceById(busy, 0)) == 19
    nvml.nvmlComputeInstanceDestroy(nvml.nvmlGpuInstanceGetComputeInstanceById(idle, 0))
    assert nvml.boards[0].text == "1g.5gb@0[] 3g.20gb@4"


def test_mig_device_uuids_stay_the_same_and_differ_from_each_other() -> None:
    def uuids() -> list[str]:
        nvml, gpu = opened(FakeBoard(layout="3g.20gb@4[2c@0+1c@2] 1g.5gb@0"))
        handles = [nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index) for index in range(3)]
        return [nvml.nvmlDeviceGetUUID(each) for each in handles]

    assert uuids() == uuids()
    assert len(set(uuids())) == 3
    assert all(re.fullmatch(r"MIG-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in uuids())


def test_a_mig_device_tells_its_own_memory_and_the_gpu_its_own() -> None:
    nvml, gpu = opened(FakeBoard(layout="3g.20gb@4"))
    mig = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, 0)
    assert nvml.nvmlDeviceGetMemoryInfo(mig).total >> 20 == 19968
    assert nvml.nvmlDeviceGetMemoryInfo(gpu).total >> 20 == 40960
    assert nvml.nvmlDeviceGetHandleByUUID(nvml.nvmlDeviceGetUUID(mig)).contents is not None
    assert nvml.nvmlDeviceIsMigDeviceHandle(mig).value == 1
    assert nvml.nvmlDeviceIsMigDeviceHandle(gpu).value == 0
    parent = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(mig)
    assert nvml.nvmlDeviceGetUUID(parent) == nvml.nvmlDeviceGetUUID(gpu)


def test_a_board_without_mig_and_one_with_mig_off_say_not_supported() -> None:
    nvml, gpu = opened(FakeBoard("GB10"))
    assert code(nvml, "nvmlDeviceGetMigMode", gpu) == 3
    assert code(nvml, "nvmlDeviceGetMemoryInfo", gpu) == 3
    nvml, gpu = opened(FakeBoard("A30", mig_mode=0))
    assert nvml.nvmlDeviceGetMaxMigDeviceCount(gpu) == 0
    assert code(nvml, "nvmlDeviceCreateGpuInstance", gpu, 0) == 3


# Faults


@pytest.mark.parametrize(
    ("faults", "function", "expected"),
    [
        (Faults(no_permission=True), "nvmlDeviceCreateGpuInstance", 4),
        (Faults(create_fails_at=1), "nvmlDeviceCreateGpuInstance", 23),
        (Faults(create_fails_at=1, create_fails_code=999), "nvmlDeviceCreateGpuInstance", 999),
        (Faults(fails=(("nvmlDeviceCreateGpuInstance", 1, 16),)), "nvmlDeviceCreateGpuInstance", 16),
        (Faults(gpu_lost=True), "nvmlDeviceGetGpuInstanceRemainingCapacity", 15),
        (Faults(not_supported=("nvmlDeviceCreateGpuInstance",)), "nvmlDeviceCreateGpuInstance", 3),
    ],
)
def test_a_fault_makes_a_call_fail_with_its_code(faults: Faults, function: str, expected: int) -> None:
    nvml, gpu = opened()
    nvml.faults = faults
    assert code(nvml, function, gpu, 19) == expected
    assert nvml.boards[0].text == "empty"


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (Faults(library_missing=True), 12),
        (Faults(driver_not_loaded=True), 9),
        (Faults(version_mismatch=True), 18),
    ],
)
def test_a_fault_of_the_driver_makes_opening_fail(faults: Faults, expected: int) -> None:
    assert code(FakeNvml([FakeBoard()], faults=faults), "nvmlInit") == expected


def test_nothing_can_be_asked_before_opening() -> None:
    assert code(FakeNvml([FakeBoard()]), "nvmlDeviceGetCount") == 1


def test_the_gpu_is_lost_after_so_many_calls() -> None:
    nvml = FakeNvml([FakeBoard()], faults=Faults(gpu_lost=2))
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    assert code(nvml, "nvmlDeviceGetUUID", gpu) == 15


def test_an_index_can_have_a_hole_and_a_compute_instance_no_device() -> None:
    nvml, gpu = opened(FakeBoard(layout="1g.5gb@0 1g.5gb@1"), faults=Faults(hole_in_index=1))
    assert code(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", gpu, 1) == 6
    assert nvml.nvmlDeviceGetGpuInstanceId(nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, 2)) == 8
    nvml.faults = Faults(ci_without_device=(7, 0))
    assert code(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", gpu, 0) == 6


def test_destroying_can_be_refused_for_one_instance_alone() -> None:
    nvml, gpu = opened(FakeBoard(layout="1g.5gb@0[] 1g.5gb@1[]"), faults=Faults(destroy_in_use=(7,)))
    assert code(nvml, "nvmlGpuInstanceDestroy", nvml.nvmlDeviceGetGpuInstanceById(gpu, 7)) == 19
    nvml.nvmlGpuInstanceDestroy(nvml.nvmlDeviceGetGpuInstanceById(gpu, 8))
    assert nvml.boards[0].text == "1g.5gb@0[]"


def test_a_foreign_client_is_listed_and_holds_what_it_runs_on() -> None:
    nvml, gpu = opened(FakeBoard(layout="1g.5gb@0"), faults=Faults(foreign_client=(77, "miner", 7, 0)))
    listed = nvml.nvmlDeviceGetComputeRunningProcesses(gpu)
    assert [(each.pid, each.gpuInstanceId, each.computeInstanceId) for each in listed] == [(77, 7, 0)]
    assert nvml.nvmlSystemGetProcessName(77) == "miner"
    held = nvml.nvmlDeviceGetGpuInstanceById(gpu, 7)
    assert code(nvml, "nvmlComputeInstanceDestroy", nvml.nvmlGpuInstanceGetComputeInstanceById(held, 0)) == 19


def test_somebody_else_acts_between_two_calls() -> None:
    deeds = (
        Meddling("nvmlDeviceCreateGpuInstance", "create 1g.5gb@0", occurrence=2),
        Meddling("nvmlDeviceGetUUID", "destroy 0"),
        Meddling("nvmlDeviceGetName", "start 9 python 13/0"),
        Meddling("nvmlDeviceGetIndex", "stop 9"),
    )
    nvml, gpu = opened(faults=Faults(changes_between=deeds))
    nvml.nvmlDeviceCreateGpuInstance(gpu, 19)
    nvml.nvmlDeviceCreateGpuInstance(gpu, 19)
    assert nvml.boards[0].text == "1g.5gb@0 1g.5gb@1[] 1g.5gb@6[]"
    nvml.nvmlDeviceGetUUID(gpu)
    assert nvml.boards[0].text == "1g.5gb@1[] 1g.5gb@6[]"
    nvml.nvmlDeviceGetName(gpu)
    assert nvml.boards[0].processes == [(9, "python", 13, 0)]
    nvml.nvmlDeviceGetIndex(gpu)
    assert nvml.boards[0].processes == []


def test_a_call_that_hangs_ends_when_it_is_released() -> None:
    nvml, gpu = opened(faults=Faults(hang_at=("nvmlDeviceGetUUID", 2)))
    nvml.nvmlDeviceGetUUID(gpu)
    nvml.release()
    assert code(nvml, "nvmlDeviceGetUUID", gpu) == 10


# State that outlives the process


def test_two_processes_see_the_same_gpu_through_a_file(tmp_path: Path) -> None:
    state = tmp_path / "gpu.json"
    one, gpu = opened(FakeBoard(layout="3g.20gb@4[2c@0]", processes=[(5, "x", None, None)]), state=state)
    other = FakeNvml(state=state)
    other.nvmlInit()
    one.nvmlDeviceCreateGpuInstanceWithPlacement(gpu, 14, placement(0, 2))
    handle = other.nvmlDeviceGetHandleByIndex(0)
    assert other.nvmlGpuInstanceGetInfo(other.nvmlDeviceGetGpuInstanceById(handle, 3)).placement.size == 2
    assert other.boards[0].text == "2g.10gb@0[] 3g.20gb@4[2c@0]"
    assert other.boards[0].processes == [(5, "x", None, None)]


@pytest.mark.parametrize(("when", "stands"), [("before", "empty"), ("after", "7g.40gb@0[]")])
def test_a_killed_process_leaves_its_gpu_behind(tmp_path: Path, when: str, stands: str) -> None:
    state = tmp_path / "gpu.json"
    FakeNvml([FakeBoard()], state=state)
    program = (
        "import sys; from pathlib import Path; from tests.devices.fake_nvml import FakeNvml, Faults\n"
        f"nvml = FakeNvml(state=Path(sys.argv[1]), faults=Faults(kill_{when}_change=1)); nvml.nvmlInit()\n"
        "nvml.nvmlDeviceCreateGpuInstance(nvml.nvmlDeviceGetHandleByIndex(0), 0)"
    )
    run = subprocess.run([sys.executable, "-c", program, str(state)], cwd=PACKAGE.parents[1], check=False)
    assert run.returncode == -signal.SIGKILL
    assert FakeNvml(state=state).boards[0].text == stands


def test_what_the_rules_forbid_can_be_forced_onto_a_board() -> None:
    board = FakeBoard()
    FakeNvml([board])
    made = board.force("3g.20gb", 2, 4)
    assert (made.start, made.size, made.gi_id) == (2, 4, 1)
    assert Placement(2, 4) not in board.gpu.profile("3g.20gb").placements
