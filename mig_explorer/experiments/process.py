"""One worker process as its parent sees it: started, spoken to, ended, and asked why it died."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    import queue

    Inbox = queue.SimpleQueue[tuple["WorkerProcess", bytes | None]]

LONGEST_LINE = 1_000_000
LAST_WORDS = 300
PATIENCE = 1.0
"""Seconds that a worker which closed its output gets to end by itself, so that its exit status is known."""

ONE_THREAD = {
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class Ending(NamedTuple):
    """How a worker ended: the cause in words, and the end of what it wrote to its standard error."""

    cause: str
    last_words: str


class WorkerProcess:
    """A running ``python -m mig_explorer.experiments.worker``.

    Every line it sends goes to the inbox with the worker itself; None stands for the end of its output.

    Parameters
    ----------
    inbox : queue.SimpleQueue
        Shared by all workers of a run.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        paths = os.pathsep.join(str(Path(each).absolute()) for each in sys.path)
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-P", "-m", "mig_explorer.experiments.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": paths},
            start_new_session=True,
        )
        self._tasks = cast("IO[bytes]", self._process.stdin)
        self._replies = cast("IO[bytes]", self._process.stdout)
        self._reader = threading.Thread(target=self._read, args=(inbox,), daemon=True)
        self._reader.start()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message. If the worker is gone, the end of its output tells."""
        with contextlib.suppress(OSError):
            self._tasks.write(json.dumps(message).encode() + b"\n")
            self._tasks.flush()

    @property
    def ended(self) -> bool:
        """Whether the process is gone. Does not reap it, so that its process group keeps its number."""
        if sys.platform == "win32":
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def ends_by_itself(self) -> bool:
        """Wait a little for the process to end, and return whether it did."""
        patience = time.monotonic() + PATIENCE
        while not self.ended and time.monotonic() < patience:
            time.sleep(0.005)
        return self.ended

    def stop(self) -> Ending:
        """Kill the process with all that it started, free its pipes and files, and say how it ended.

        A process that has ended already keeps its own cause.
        """
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._reader.join(timeout=PATIENCE)
        with contextlib.suppress(OSError):
            self._tasks.close()
        if not self._reader.is_alive():  # else something that outlived the worker still holds the pipe
            self._replies.close()
        with self._stderr as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LAST_WORDS))
            words = " ".join(file.read().decode(errors="replace").split())
        return Ending(cause_of(status), words)

    def _read(self, inbox: Inbox) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := self._replies.readline(LONGEST_LINE):
                inbox.put((self, line))
        inbox.put((self, None))


def cause_of(status: int) -> str:
    """Return why a process ended, in words, from its exit status.

    Examples
    --------
    >>> cause_of(-9), cause_of(0)
    ('worker killed by signal 9 (SIGKILL)', 'worker ended early with exit status 0')
    """
    if status >= 0:
        return f"worker ended early with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    return f"worker killed by signal {-status} ({name})"
