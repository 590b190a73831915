from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.devices.lock import GpuLock, state_folder
from mig_explorer.errors import ApplyRefused

HOLDER = """
import os, sys, time
from pathlib import Path
from mig_explorer.devices.lock import GpuLock
lock = GpuLock("GPU-1", Path(sys.argv[1]))
lock.note(Path("/journals/one.jsonl"))
os.set_inheritable(lock.fd, True)
if sys.argv[2:]:
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=0, pass_fds=[lock.fd])
print("held", flush=True)
input()
"""


def holder(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def refusal(folder: Path) -> str:
    with pytest.raises(ApplyRefused) as caught:
        GpuLock("GPU-1", folder)
    return str(caught.value)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_one_is_told_who_holds_it_and_gets_it_afterwards(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        assert re.fullmatch(
            rf"GPU-1 is being changed by process {process.pid} on \S+ since [\d: -]+; its journal is "
            r"/journals/one\.jsonl\. Nothing was changed\. Try again when it has ended\.",
            refusal(tmp_path),
        )
    finally:
        end(process)
    for _ in range(2):  # it is named until somebody takes it back
        with GpuLock("GPU-1", tmp_path) as lock:
            assert lock.left_behind == "/journals/one.jsonl"
    with GpuLock("GPU-1", tmp_path) as lock:
        lock.note(None)
    with GpuLock("GPU-1", tmp_path) as lock:
        assert lock.left_behind is None


def test_a_call_that_outlives_its_caller_keeps_the_lock(tmp_path: Path) -> None:
    process = holder(tmp_path, "with a child")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    said = refusal(tmp_path)
    process.communicate("\n")  # the child reads from the same pipe, and ends
    assert re.fullmatch(
        rf"GPU-1 was being changed by process {process.pid} on \S+ since [\d: -]+, which has ended, and its "
        r"last call is still in the driver; its journal is /journals/one\.jsonl\. Nothing was changed\. "
        r"Try again when the driver has answered; if it never does, restart the machine\.",
        said,
    )


def test_another_gpu_is_another_lock(tmp_path: Path) -> None:
    with GpuLock("GPU-1", tmp_path), GpuLock("GPU-2", tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {"GPU-1.lock", "GPU-2.lock"}


def test_a_copy_of_the_open_file_keeps_the_lock(tmp_path: Path) -> None:
    lock = GpuLock("GPU-1", tmp_path)
    copy = os.dup(lock.fd)
    lock.close()
    lock.close()
    assert "is being changed by process" in refusal(tmp_path)
    os.close(copy)
    GpuLock("GPU-1", tmp_path).close()


@pytest.mark.parametrize("note", [b"", b"\xff", b"[]", b"{}", b'{"pid": "x"}'])
def test_a_note_that_says_nothing_does_no_harm(note: bytes, tmp_path: Path) -> None:
    lock = GpuLock("GPU-1", tmp_path)
    lock.path.write_bytes(note)
    assert refusal(tmp_path) == (
        "GPU-1 is being changed by another process that has not said who it is. Nothing was changed. "
        "Try again when it has ended."
    )
    lock.close()
    with GpuLock("GPU-1", tmp_path) as again:
        assert again.left_behind is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ApplyRefused) as caught:
        GpuLock("GPU-1", tmp_path / "file")
    assert str(caught.value) == (
        f"The lock {tmp_path / 'file' / 'GPU-1.lock'} of GPU-1 cannot be opened: File exists. "
        f"Nothing was changed. Make its folder writable, or choose another with XDG_STATE_HOME."
    )


def test_the_locks_of_a_user_are_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "mig-explorer" / "devices"
    with GpuLock("GPU-1") as lock:
        assert lock.path == state_folder() / "GPU-1.lock"
        assert lock.path.stat().st_mode & 0o777 == 0o600


def test_who_has_no_home_is_told_where_a_lock_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mig_explorer.devices.lock.user_folder", lambda _kind: None)
    with pytest.raises(ApplyRefused) as caught:
        GpuLock("GPU-1")
    assert str(caught.value) == (
        "There is no folder to keep locks and journals in, for this user has no home. Nothing was changed. "
        "Name one with XDG_STATE_HOME."
    )
