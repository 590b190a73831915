"""The process that runs kernels in checked mode, one after the other, for as long as its parent lives."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import queue
import signal
import struct
import threading
from typing import IO, TYPE_CHECKING, Any

from mig_explorer.errors import KernelFault, MigExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.checks.parcel import Parcel

MOST_PRINTED = 1_000_000
"""Characters of what a kernel prints that are passed on."""
LENGTH = struct.Struct("<Q")
RUNNING, DONE, FAULT, ERROR = "running", "done", "fault", "error"
"""What a message is: the kernel is about to run; its arrays; findings; anything else that went wrong."""


def write_message(pipe: IO[bytes], message: Any) -> None:
    """Write a message to a pipe, large buffers of it as they are."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(each.raw() for each in buffers)]
    pipe.write(LENGTH.pack(len(parts)) + b"".join(LENGTH.pack(part.nbytes) for part in parts))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> Any:
    """Read a message from a pipe.

    Raises
    ------
    EOFError
        If the pipe ends before the message.
    """
    (count,) = LENGTH.unpack(_read(pipe, LENGTH.size))
    lengths = [LENGTH.unpack(_read(pipe, LENGTH.size))[0] for _ in range(count)]
    body, *buffers = [_read(pipe, length) for length in lengths]
    return pickle.loads(body, buffers=buffers)  # noqa: S301 - from our own parent or child


def _read(pipe: IO[bytes], length: int) -> bytearray:
    whole = bytearray(length)
    view, done = memoryview(whole), 0
    while done < length:
        count = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count
    return whole


def check(parcel: Parcel, tell: Callable[[Any], None]) -> tuple[str, Any]:
    """Run a launch and return the kind of the answer and its content.

    Parameters
    ----------
    parcel
        The launch.
    tell
        Called with a message of the kind `RUNNING` before the kernel runs.
    """
    from mig_explorer.emulator.checks.run import findings_of  # noqa: PLC0415 - what can fail, fails in here

    try:
        findings = findings_of(parcel, lambda: tell((RUNNING, None, "")))
    except KernelFault as error:
        return FAULT, (str(error), error.findings)
    except MigExplorerError as error:
        return ERROR, error
    except BaseException as error:  # noqa: BLE001 - a kernel may raise anything; the process lives on
        return ERROR, f"{type(error).__name__}: {error}"
    return (FAULT, (None, findings)) if findings else (DONE, parcel.values)


def serve(parcels: queue.SimpleQueue[Parcel], replies: IO[bytes]) -> None:
    """Answer launches until the process is ended. Each message ends with what the kernel has printed."""

    def tell(message: Any) -> None:
        write_message(replies, message)

    while True:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            kind, content = check(parcels.get(), tell)
        tell((kind, content, _shortened(printed.getvalue())))
        del content


def _shortened(text: str) -> str:
    if len(text) <= MOST_PRINTED:
        return text
    return f"{text[:MOST_PRINTED]}\n… and {len(text) - MOST_PRINTED:,} characters more\n"


def _read_parcels(source: IO[bytes], parcels: queue.SimpleQueue[Parcel]) -> None:
    """Pass launches on until the input ends, then end the process: nobody is left to answer."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            parcels.put(read_message(source))
    os._exit(0)


def main() -> None:
    """Keep the pipes to ourselves, so that nothing a kernel prints or reads can touch them, and serve."""
    # The interrupt of a notebook goes to its whole process group; our parent ends us if it means us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    parcels: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
    threading.Thread(target=_read_parcels, args=(source, parcels), daemon=True).start()
    serve(parcels, replies)
