"""Requests to one GPU with a deadline each: what hangs in the driver must not hang the caller.

A call into the driver cannot be called off. Neither a thread nor a process that waits in the kernel can be
ended before the kernel lets it go; what can be chosen is who waits. With the real NVML that is a process of
its own: its caller can always say what happened, NVML's library is not left locked in the caller's memory, a
crash in it costs one process, and once the process is gone its call is over and another can read the GPU. If
it cannot be ended, the call may still act: then nothing more is tried, and the lock of the GPU stays with the
process, so that nobody else begins before the driver has answered. An object in place of NVML lives in the
caller's memory; it is called in a thread, which is never taken for ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from mig_explorer.devices.hands import error_from_json, serve
from mig_explorer.errors import DeviceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mig_explorer.devices.hands import Answer, Request

PATIENCE = 5.0
"""Seconds that a process which was killed gets to be gone."""
LONGEST_ANSWER = 1_000_000


class DeadlinePassed(DeviceUnavailable):
    """The driver did not answer in time.

    Attributes
    ----------
    over : bool
        Whether the call is known to be over: done or not done, but not still to be done.
    """

    def __init__(self, message: str, *, over: bool) -> None:
        super().__init__(message)
        self.over = over


class Hands(Protocol):
    """Who calls NVML."""

    def do(self, request: Request, seconds: float) -> Answer:
        """Return what a request gave, or raise what it failed with, `DeadlinePassed` if it took too long."""

    def close(self) -> None:
        """Close NVML."""


def hands_for(nvml: Any, uuid: str, lock_fd: int) -> Hands:
    """Return who calls NVML: a process for the real one, a thread for an object in its place."""
    return InProcess(uuid, lock_fd) if nvml is None else InThread(nvml, uuid, lock_fd)


class InThread:
    """Calls an object that has NVML's functions, in a thread.

    Parameters
    ----------
    nvml : object
        Has nvidia-ml-py's functions.
    uuid : str
        The GPU.
    lock_fd : int
        The open lock; the thread keeps a copy if it hangs.
    """

    def __init__(self, nvml: Any, uuid: str, lock_fd: int) -> None:
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._lock_fd = lock_fd
        self._kept: list[int] = []
        self._hangs = False
        self._thread = threading.Thread(target=self._serve, args=(nvml, uuid), daemon=True)
        self._thread.start()

    def do(self, request: Request, seconds: float) -> Answer:
        """Return what a request gave, or raise what it failed with."""
        if self._hangs:
            raise _silent(request, seconds, over=False)
        self._requests.put(request)
        try:
            return _outcome(self._answer(seconds))
        except queue.Empty:
            self._hangs = True
            self._kept.append(os.dup(self._lock_fd))
            self._requests.put(None)
            raise _silent(request, seconds, over=False) from None

    def _answer(self, seconds: float) -> Answer:
        return self._answers.get(timeout=seconds)

    def close(self) -> None:
        """Close NVML, unless a call hangs."""
        if not self._hangs:
            self._requests.put(None)
            self._thread.join(PATIENCE)

    def _serve(self, nvml: Any, uuid: str) -> None:
        try:
            serve(nvml, uuid, iter(self._requests.get, None), self._answers.put)
        finally:
            while self._kept:
                os.close(self._kept.pop())


class InProcess:
    """Calls NVML in a process of its own, ``python -m mig_explorer.devices.hands_process``.

    Parameters
    ----------
    uuid : str
        The GPU.
    lock_fd : int
        The open lock; the process has it too, for as long as it lives.
    """

    def __init__(self, uuid: str, lock_fd: int) -> None:
        self._uuid = uuid
        self._lock_fd = lock_fd
        self._process: subprocess.Popen[bytes] | None = None
        self._cannot_be_ended = False

    def do(self, request: Request, seconds: float) -> Answer:
        """Return what a request gave, or raise what it failed with."""
        if self._cannot_be_ended:
            raise _silent(request, seconds, over=False)
        process = self._process = self._process or self._start()
        try:
            with contextlib.suppress(BrokenPipeError):
                stdin = cast("IO[bytes]", process.stdin)
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
            line = _line_of(cast("IO[bytes]", process.stdout), seconds)
        except TimeoutError:
            over = self._end(process)
            raise _silent(request, seconds, over=over) from None
        if not line:
            self._end(process)
            raise DeadlinePassed(
                f"The process that calls the driver ended while it should {_in_words(request)}: "
                f"{_cause(process.returncode)}.",
                over=True,
            )
        return _outcome(json.loads(line))

    def close(self) -> None:
        """Let the process end by itself, which closes NVML; end it if it does not."""
        if self._process is not None:
            cast("IO[bytes]", self._process.stdin).close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
            self._end(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join(str(Path(each).absolute()) for each in sys.path)
        return subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-P", "-m", "mig_explorer.devices.hands_process", self._uuid],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
            pass_fds=(self._lock_fd,),
            start_new_session=True,  # Ctrl-C at the terminal is for the caller alone
        )

    def _end(self, process: subprocess.Popen[bytes]) -> bool:
        """End the process and say whether it is gone, and with it its call."""
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                cast("IO[bytes]", pipe).close()
        self._process = None
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._cannot_be_ended = True
            return False
        return True


def _line_of(pipe: IO[bytes], seconds: float) -> bytes:
    """Return one line of a pipe without its end, nothing if the pipe was closed before."""
    line = bytearray()
    until = time.monotonic() + seconds
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        piece = os.read(pipe.fileno(), LONGEST_ANSWER)
        if not piece or len(line) > LONGEST_ANSWER:
            return b""
        line += piece
    return bytes(line[:-1])


def _outcome(answer: Answer) -> Answer:
    if "ok" in answer:
        return cast("Answer", answer["ok"])
    raise error_from_json(answer)


def _silent(request: Request, seconds: float, *, over: bool) -> DeadlinePassed:
    return DeadlinePassed(
        f"The driver did not answer within {seconds:g} s when asked to {_in_words(request)}"
        + ("." if over else ", and the call may still be under way."),
        over=over,
    )


def _in_words(request: Request) -> str:
    return str(request.get("text", "say what stands"))


def _cause(status: int | None) -> str:
    if status is None or status >= 0:
        return f"exit status {status}"
    return f"signal {-status} ({signal.Signals(-status).name})"


def requests_from(stream: IO[bytes]) -> Iterator[Request]:
    """Return the requests that come in, until the stream is closed."""
    for line in iter(stream.readline, b""):
        yield json.loads(line)
