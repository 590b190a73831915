from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pynvml
import pytest

from mig_explorer.devices import deadline
from mig_explorer.devices.apply import apply
from mig_explorer.devices.deadline import DeadlinePassed, InProcess, InThread, hands_for
from mig_explorer.devices.lock import GpuLock
from mig_explorer.devices.resume import resume
from mig_explorer.errors import ApplyFailed, ApplyRefused, DeviceCallFailed, DeviceUnavailable
from tests.devices.bench import A100, UUID, Bench, Pair, bench
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

__all__ = ["bench"]

PAIR = Pair(A100, "7g.40gb@0", "3g.20gb@0 3g.20gb@4")
TITLE = f"GPU 0, {A100}, {UUID}"
READ = {"do": "read"}
CREATE = "nvmlDeviceCreateGpuInstanceWithPlacement"


@pytest.fixture
def here(bench: Callable[[Pair], Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Return a bench whose GPU is in a file, where the process that calls NVML finds it."""
    here = bench(PAIR)
    boards = tmp_path / "boards.json"
    here.nvml.save(boards)
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "pynvml.py").write_text("from tests.devices.pynvml_of_a_child import install\ninstall()\n")
    monkeypatch.syspath_prepend(str(shim))
    monkeypatch.setenv("REAL_PYNVML", str(pynvml.__file__))
    monkeypatch.setenv("FAKE_BOARDS", str(boards))
    before = {child.pid for child in psutil.Process().children()}
    yield here
    assert {child.pid for child in psutil.Process().children()} <= before


def stands() -> str:
    return FakeNvml(state=Path(os.environ["FAKE_BOARDS"])).boards[0].text


def faults(monkeypatch: pytest.MonkeyPatch, **switched_on: Any) -> None:
    monkeypatch.setenv("FAKE_FAULTS", repr(switched_on))


def hurry(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let one step have half a second, and everything else all the time it needs."""
    do = InProcess.do
    monkeypatch.setattr(
        InProcess,
        "do",
        lambda self, request, seconds: do(self, request, 0.5 if text in str(request) else seconds),
    )


def test_the_real_nvml_is_called_in_a_process_and_an_object_in_a_thread() -> None:
    assert isinstance(hands_for(None, UUID, 0), InProcess)
    hands = hands_for(object(), UUID, 0)
    assert isinstance(hands, InThread)
    hands.close()


def test_a_change_is_made_by_a_process_of_its_own(here: Bench) -> None:
    applied = apply(here.plan, confirm=UUID)
    assert stands() == here.target
    assert [each.gi_id for each in applied.after] == [1, 2]
    GpuLock(UUID).close()


def test_a_process_that_hangs_is_ended_and_the_old_layout_put_back(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults(monkeypatch, hang_at=(CREATE, 2))
    hurry(monkeypatch, "create GPU instance 3g.20gb@4")
    with pytest.raises(ApplyFailed) as caught:
        apply(here.plan, confirm=UUID)
    assert str(caught.value) == (
        f"{TITLE}: Step 5 of 6, create GPU instance 3g.20gb@4: The driver did not answer within 0.5 s when "
        "asked to "
        "create GPU instance 3g.20gb@4. The old layout stands again: 7g.40gb@0.\n"
        f"Journal: {here.journal.path}"
    )
    assert (caught.value.restored, stands()) == (True, here.before)
    GpuLock(UUID).close()


def test_a_process_that_cannot_be_ended_keeps_the_gpu(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one would that waits in the kernel: nothing more is tried, and nobody else can begin."""
    faults(monkeypatch, hang_at=(CREATE, 2))
    hurry(monkeypatch, "create GPU instance 3g.20gb@4")
    monkeypatch.setattr(deadline, "PATIENCE", 0.05)
    spared: set[subprocess.Popen[bytes]] = set()
    monkeypatch.setattr(subprocess.Popen, "kill", lambda process: spared.add(process))  # noqa: PLW0108 - bound
    with pytest.raises(ApplyFailed) as caught:
        apply(here.plan, confirm=UUID)
    assert str(caught.value).startswith(
        f"{TITLE}: Step 5 of 6, create GPU instance 3g.20gb@4: The driver did not answer within 0.5 s when "
        "asked to "
        "create GPU instance 3g.20gb@4, and the call may still be under way. So nothing more was tried. The "
        "GPU "
        "cannot be read; if the last step was taken, there stands: 3g.20gb@0 3g.20gb@4[]. Once the cause is "
        "gone, "
        "go back, or on without --back:\n"
    )
    assert caught.value.undo == (
        "sudo nvidia-smi mig -i 0 -gi 1 -ci 0 -dci",
        "sudo nvidia-smi mig -i 0 -gi 1 -dgi",
        "sudo nvidia-smi mig -i 0 -gi '<ID of 3g.20gb@4>' -dgi",
        "sudo nvidia-smi mig -i 0 -cgi 0:0 -C",
    )
    with pytest.raises(ApplyRefused, match="is being changed by process"):
        resume(here.journal.path, confirm=UUID, direction="back")
    for process in spared:
        process.send_signal(signal.SIGKILL)
        process.wait()
    here.wait_for_the_lock()


def test_a_process_that_dies_is_replaced_and_the_old_layout_put_back(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults(monkeypatch, kill_before_change=6)
    with pytest.raises(ApplyFailed) as caught:
        apply(here.plan, confirm=UUID)
    assert str(caught.value) == (
        f"{TITLE}: Step 6 of 6, create compute instance 3g.20gb@0 in GPU instance 2 (3g.20gb@4): The "
        "process that "
        "calls the driver ended while it should create compute instance 3g.20gb@0 in GPU instance 2 "
        "(3g.20gb@4): "
        "signal 9 (SIGKILL). The old layout stands again: 7g.40gb@0.\n"
        f"Journal: {here.journal.path}"
    )
    assert (caught.value.restored, stands()) == (True, here.before)


CHANGE = """
import sys
from tests.devices.bench import Bench, Pair, UUID
from pathlib import Path
from mig_explorer.devices.apply import apply
here = Bench(Path(sys.argv[1]), Pair(*sys.argv[2:]))
apply(here.plan, confirm=UUID)
"""


def test_the_caller_is_killed_while_a_call_hangs(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The GPU stays locked until the call is over; then the change is resumed."""
    faults(monkeypatch, hang_at=(CREATE, 2))
    caller = subprocess.Popen(
        [sys.executable, "-c", CHANGE, str(here.folder), *vars(PAIR).values()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while not (here.folder / "mig-explorer").exists() or stands() != "3g.20gb@0":
        assert caller.poll() is None
    (child,) = psutil.Process(caller.pid).children()
    while here.journal.lines[-1]["kind"] != "intent":
        assert caller.poll() is None
    caller.kill()
    caller.wait()
    faults(monkeypatch)
    with pytest.raises(ApplyRefused, match="which has ended, and its last call is still in the driver"):
        resume(here.journal.path, confirm=UUID)
    child.kill()
    psutil.wait_procs([child])
    here.wait_for_the_lock()
    assert resume(here.journal.path, confirm=UUID).result == "applied"
    assert stands() == here.target


@pytest.mark.usefixtures("here")
def test_errors_of_the_driver_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with GpuLock(UUID) as lock:
        faults(monkeypatch, fails=(("nvmlDeviceGetHandleByUUID", 1, 4),))
        hands = InProcess(UUID, lock.fd)
        with pytest.raises(DeviceCallFailed, match="Insufficient Permissions") as caught:
            hands.do(READ, 60)
        assert (caught.value.call, caught.value.code) == ("nvmlDeviceGetHandleByUUID", 4)
        assert hands.do(READ, 60)["records"][0]["profile"] == "7g.40gb"
        hands.close()
        faults(monkeypatch, library_missing=True)
        hands = InProcess(UUID, lock.fd)
        with pytest.raises(DeviceUnavailable, match=r"NVML, the library libnvidia-ml\.so\.1"):
            hands.do(READ, 60)
        hands.close()


@pytest.mark.usefixtures("here")
def test_a_thread_that_hangs_is_not_waited_for_twice() -> None:
    nvml = FakeNvml([FakeBoard(A100)], faults=Faults(hang_at="nvmlInit"))
    with GpuLock(UUID) as lock:
        hands = InThread(nvml, UUID, lock.fd)
        for _ in range(2):
            with pytest.raises(DeadlinePassed) as caught:
                hands.do(READ, 0.01)
            assert not caught.value.over
            assert str(caught.value) == (
                "The driver did not answer within 0.01 s when asked to say what stands, and the call may "
                "still be "
                "under way."
            )
        hands.close()
        nvml.release()
        hands._thread.join()
