"""Every way in which the process of checked mode can be lost: it costs that launch, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import psutil
import pytest
from numba import cuda

from mig_explorer.emulator.checks import process as process_module
from mig_explorer.emulator.checks.checked import CheckedKernel
from mig_explorer.emulator.checks.process import KernelProcess
from mig_explorer.errors import KernelFault, UnsupportedKernel, WorkerLost

LAUNCH = (1, 32)


def double(values):
    i = cuda.grid(1)
    if i < values.size:
        values[i] *= 2


def endless(values):
    while values[0] >= 0:
        values[cuda.grid(1)] += 1


class Bomb:
    """What a kernel refers to, and what ends the process that takes it out of the parcel."""

    def __reduce__(self):
        return os._exit, (3,)


class Unsendable:
    def __reduce__(self):
        message = "it is a lock"
        raise TypeError(message)


BOMB, UNSENDABLE = Bomb(), Unsendable()


def carries_a_bomb(values):
    values[0] = BOMB


def carries_what_cannot_be_sent(values):
    values[0] = UNSENDABLE


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """Lend a process for kernels, and see that in the end no process, open file or temporary file is left."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("temporary")
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        before, files = set(psutil.Process().children()), psutil.Process().num_fds()
        process = KernelProcess()
        yield process
        process.stop()
        assert set(psutil.Process().children()) <= before
        assert psutil.Process().num_fds() <= files
        assert list(folder.iterdir()) == []


def launch(process, kernel, values, deadline=60.0):
    CheckedKernel(kernel, deadline, process)[LAUNCH](values)


def assert_works(process):
    values = np.arange(5.0)
    launch(process, double, values)
    assert values.tolist() == [0, 2, 4, 6, 8]


def when_it_runs(process, action):
    """Do something to the process as soon as it has begun to run a kernel."""
    if process._running:
        process._running.began_to_run = False  # that was the launch before

    def wait():
        while not (process.pid and process._running and process._running.began_to_run):
            time.sleep(0.01)
        action(process.pid)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize(
    ("number", "ending"),
    [(9, "was killed by signal 9 (SIGKILL)"), (11, "was killed by signal 11 (SIGSEGV)")],
)
def test_a_killed_process_costs_its_launch_only(process, number, ending):
    values = np.ones(32)
    killer = when_it_runs(process, lambda pid: os.kill(pid, number))
    with pytest.raises(WorkerLost) as lost:
        launch(process, endless, values)
    killer.join()
    assert str(lost.value) == (
        f"The process that ran the kernel in checked mode {ending}. The arrays are unchanged, and the next "
        "launch gets a new process."
    )
    assert values.tolist() == [1] * 32
    assert process.pid is None
    assert_works(process)


def test_a_process_that_ends_by_itself_says_its_status(process):
    with pytest.raises(WorkerLost) as lost:
        launch(process, carries_a_bomb, np.ones(32))
    assert str(lost.value) == (
        "The process that ran the kernel in checked mode ended with exit status 3. The arrays are unchanged, "
        "and the next launch gets a new process."
    )
    assert_works(process)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_process_that_stands_still_is_killed_after_its_deadline(process, monkeypatch):
    monkeypatch.setattr(process_module, "GRACE_SECONDS", 0.2)
    values = np.ones(32)
    stopper = when_it_runs(process, lambda pid: os.kill(pid, signal.SIGSTOP))
    with pytest.raises(KernelFault) as fault:
        launch(process, endless, values, deadline=1.0)
    stopper.join()
    line = endless.__code__.co_firstlineno
    assert str(fault.value).startswith(f"endless, line {line}: no end after ")
    assert str(fault.value).endswith(
        " s, and it did not stop at its deadline, so its process was killed. The arrays are unchanged."
    )
    assert values.tolist() == [1] * 32
    assert_works(process)


def test_an_idle_process_that_was_killed_is_replaced_in_silence(process):
    assert_works(process)
    first = process.pid
    psutil.Process(first).kill()
    psutil.Process(first).wait(10)
    assert_works(process)
    assert process.pid != first


def test_an_endless_loop_ends_at_its_deadline_and_the_process_stays(process):
    values = np.ones(32)
    with pytest.raises(KernelFault) as fault:
        launch(process, endless, values, deadline=0.5)
    assert [each.kind for each in fault.value.findings if each.kind == "endless-loop"] == ["endless-loop"]
    assert fault.value.findings[-1].line - endless.__code__.co_firstlineno in (1, 2)
    assert values.tolist() == [1] * 32
    pid = process.pid
    assert_works(process)
    assert process.pid == pid


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_an_interrupt_ends_the_launch_and_the_process(process):
    values, main = np.ones(32), threading.get_ident()
    interrupter = when_it_runs(process, lambda _pid: signal.pthread_kill(main, signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        launch(process, endless, values)
    interrupter.join()
    assert process.pid is None
    assert values.tolist() == [1] * 32
    assert_works(process)


def test_what_cannot_be_sent_is_refused_by_name():
    with pytest.raises(UnsupportedKernel) as refusal:
        launch(KernelProcess(), carries_what_cannot_be_sent, np.ones(32))
    line = carries_what_cannot_be_sent.__code__.co_firstlineno
    assert str(refusal.value) == (
        f"carries_what_cannot_be_sent, line {line}: checked mode runs a kernel in another process, and "
        "something that it refers to can't be sent there: it is a lock"
    )


PARENT = """
import os, threading, time
import numpy as np
from mig_explorer.emulator.checks.checked import CheckedKernel
from mig_explorer.emulator.checks.process import KernelProcess
from tests.faults.test_kernel_process import endless
process = KernelProcess()
launch = CheckedKernel(endless, 60.0, process)[1, 32]
threading.Thread(target=launch, args=(np.ones(32),), daemon=True).start()
while not (process._running and process._running.began_to_run):
    time.sleep(0.01)
print(process.pid, flush=True)
os._exit(0)
"""


def test_it_ends_with_its_parent_even_in_the_middle_of_a_kernel():
    parent = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, text=True, check=True, timeout=60
    )
    pid = int(parent.stdout)
    patience = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
