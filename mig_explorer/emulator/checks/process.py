"""The process that runs kernels in checked mode, as its parent sees it: kept warm, watched, and replaced."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from mig_explorer.emulator.checks.worker import RUNNING, read_message, write_message
from mig_explorer.errors import WorkerLost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mig_explorer.emulator.checks.parcel import Parcel

LAST_WORDS = 300
PATIENCE = 2.0
"""Seconds that a process which closed its output gets to end by itself, so that its status is known."""
PREPARING_SECONDS = 120.0
"""How long it may take to start, receive the arrays and infer the kernel's types."""
GRACE_SECONDS = 10.0
"""How much longer than its deadline a kernel may take: the engine looks at the clock between two steps."""

START = "from mig_explorer.emulator.checks.worker import main; main()"
OVERDUE = "overdue"
"""The kind of the answer when the process had to be killed after the deadline."""


class KernelProcess:
    """A process for kernels, started when it is first needed, and again whenever it is lost.

    Examples
    --------
    >>> process = KernelProcess()
    >>> process.pid is None
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return self._running.process.pid if self._running is not None else None

    def check(self, parcel: Parcel) -> tuple[str, Any, str]:
        """Run a launch there and return the answer: its kind, its content and what the kernel printed.

        See `mig_explorer.emulator.checks.worker` for the kinds.

        Raises
        ------
        WorkerLost
            If the process ended in the middle of it. The next call gets a new one.
        """
        with self._lock:
            if self._running is not None and not self._running.usable():
                self.stop()
            began = time.monotonic()
            if self._running is None:
                self._running = _Running()
            try:
                return self._running.answer(parcel)
            except _Lost as lost:
                seconds = time.monotonic() - began
                cause, words = self._running.stop()
                self._running = None
                if lost.overdue:
                    return OVERDUE, seconds, ""
                said = f" Its last words: {words}" if words else ""
                msg = (
                    f"The process that ran the kernel in checked mode {cause}.{said} The arrays are "
                    "unchanged, and the next launch gets a new process."
                )
                raise WorkerLost(msg) from None
            except BaseException:
                self.stop()  # an interrupt: its answer would be taken for that to the next launch
                raise

    def stop(self) -> None:
        """End the process, if it runs."""
        if self._running is not None:
            self._running.stop()
            self._running = None


@cache
def kernel_process() -> KernelProcess:
    """Return the one process of this one for kernels."""
    process = KernelProcess()
    atexit.register(process.stop)
    return process


class _Lost(Exception):
    def __init__(self, *, overdue: bool) -> None:
        super().__init__()
        self.overdue = overdue


class _Running:
    def __init__(self) -> None:
        self.owner = os.getpid()
        self.began_to_run = False
        self.stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        paths = os.pathsep.join(str(Path(each).absolute()) for each in sys.path)
        environment = {name: value for name, value in os.environ.items() if name != "NUMBA_ENABLE_CUDASIM"}
        self.process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-P", "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            env={**environment, "PYTHONPATH": paths},
            start_new_session=True,
        )
        self.parcels = cast("IO[bytes]", self.process.stdin)
        self.replies = cast("IO[bytes]", self.process.stdout)
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def usable(self) -> bool:
        """Say whether it runs, and is ours: a fork of its parent has its pipes too."""
        return self.owner == os.getpid() and self.process.poll() is None

    def answer(self, parcel: Parcel) -> tuple[str, Any, str]:
        self.began_to_run = False
        with self._killed_after(PREPARING_SECONDS), contextlib.suppress(OSError):
            write_message(self.parcels, parcel)
        answer = self._next(PREPARING_SECONDS)
        if answer[0] == RUNNING:
            self.began_to_run = True
            answer = self._next(parcel.deadline_seconds + GRACE_SECONDS)
        return answer

    def stop(self) -> tuple[str, str]:
        """Kill it with all that it started; return how it ended and the end of what it said."""
        if self.owner != os.getpid():
            return "belongs to another process", ""
        self._ends_by_itself()
        ended = self.process.poll()
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self.reader.join(timeout=PATIENCE)
        with contextlib.suppress(OSError):
            self.parcels.close()
        if not self.reader.is_alive():
            self.replies.close()
        with self.stderr as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LAST_WORDS))
            words = " ".join(file.read().decode(errors="replace").split())
        return _cause(status if ended is None else ended), words

    def _ends_by_itself(self) -> None:
        if self.reader.is_alive():
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)

    def _next(self, seconds: float) -> tuple[str, Any, str]:
        try:
            answer = self.inbox.get(timeout=seconds)
        except queue.Empty:
            raise _Lost(overdue=True) from None
        if answer is None:
            raise _Lost(overdue=False)
        return cast("tuple[str, Any, str]", answer)

    @contextlib.contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        """Kill the process if it does not take what is written to it."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _read(self) -> None:
        with contextlib.suppress(Exception):  # whatever else it sends is no answer, and it is lost
            while True:
                self.inbox.put(read_message(self.replies))
        self.inbox.put(None)


def _cause(status: int) -> str:
    """Return how a process ended, in words.

    Examples
    --------
    >>> _cause(-9), _cause(3)
    ('was killed by signal 9 (SIGKILL)', 'ended with exit status 3')
    """
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    return f"was killed by signal {-status} ({name})"
