"""What every function of the fake NVML shares: boards, handles, faults, and a list of what was called."""

from __future__ import annotations

import ctypes
import functools
import inspect
import json
import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pynvml

from tests.devices.fake_board import FakeBoard, FakeCi, FakeGi, Refused
from tests.devices.fake_faults import Faults

Function = TypeVar("Function", bound=Callable[..., Any])

KINDS = {
    "gpu": pynvml.c_nvmlDevice_t,
    "mig": pynvml.c_nvmlDevice_t,
    "gi": pynvml.c_nvmlGpuInstance_t,
    "ci": pynvml.c_nvmlComputeInstance_t,
}
UNINITIALIZED, NO_PERMISSION, NOT_SUPPORTED, TIMEOUT, GPU_LOST = 1, 4, 3, 10, 15


class Handle(NamedTuple):
    """What a handle stands for. A GPU instance that was destroyed and made again has another `born`."""

    kind: str
    board: str
    gi: int = -1
    ci: int = -1
    born: int = 0

    def __str__(self) -> str:
        words = [
            self.board,
            *([f"gi{self.gi}"] if self.gi >= 0 else []),
            *([f"ci{self.ci}"] if self.ci >= 0 else []),
        ]
        return ("MIG " if self.kind == "mig" else "") + "/".join(words)


class FakeMachine:
    """A machine with boards, and the bookkeeping of the fake's functions.

    Parameters
    ----------
    boards : sequence of FakeBoard
        In order of their index.
    driver : str
        Version of the driver.
    faults : Faults
        What goes wrong.
    state : Path, optional
        A JSON file that holds the boards: read before each call, written after each change. Several processes
        may share it, and what one did outlives it. If the file is there, it counts and not `boards`.

    Attributes
    ----------
    calls : list of (str, tuple of str)
        Every call: the function, and its arguments in words: ``"GPU-…"``, ``"GPU-…/gi9"``,
        ``"MIG GPU-…/gi9/ci0"``, a placement as ``"4:4"``.
    """

    def __init__(
        self,
        boards: Sequence[FakeBoard] = (),
        driver: str = "580.65.06",
        faults: Faults | None = None,
        state: Path | None = None,
    ) -> None:
        self.boards = list(boards)
        for index, board in enumerate(self.boards):
            board.uuid = board.uuid or f"GPU-{index:08x}-1234-4321-8765-0123456789ab"
        self.driver = driver
        self.faults = faults or Faults()
        self.state = state
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.initialised = 0
        self.creations = 0
        self.changes = 0
        self._handles: dict[Handle, int] = {}
        self._released = threading.Event()
        if state is not None and state.exists():
            self.load(state)
        elif state is not None:
            self.save(state)

    def __getattr__(self, name: str) -> Any:
        """Constants, structures and errors are the real module's; a function that is not faked is missed."""
        if name.startswith("nvml") or not hasattr(pynvml, name):
            message = f"the fake NVML has no {name}"
            raise AttributeError(message)
        return getattr(pynvml, name)

    def save(self, path: Path) -> None:
        """Write the boards; a reader sees the old or the new, never half."""
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps([board.as_dict() for board in self.boards]))
        part.replace(path)

    def load(self, path: Path) -> None:
        self.boards = [FakeBoard(**each) for each in json.loads(path.read_text())]

    def release(self) -> None:
        """End the call that hangs."""
        self._released.set()

    def called(self, name: str) -> list[tuple[str, ...]]:
        """Arguments of every call to a function."""
        return [arguments for function, arguments in self.calls if function == name]

    @property
    def changed(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every call that creates, destroys or sets."""
        return [each for each in self.calls if any(word in each[0] for word in ("Create", "Destroy", "Set"))]

    # What the functions of FakeNvml are made of

    def handle(self, handle: Handle) -> Any:
        address = self._handles.setdefault(handle, 0x7000_0000 + 64 * len(self._handles))
        return ctypes.cast(ctypes.c_void_p(address), KINDS[handle.kind])

    def meant(self, pointer: Any) -> Handle:
        address = ctypes.cast(pointer, ctypes.c_void_p).value
        found = next((handle for handle, each in self._handles.items() if each == address), None)
        if found is None or not isinstance(pointer, KINDS[found.kind]):
            raise pynvml.NVMLError(pynvml.NVML_ERROR_INVALID_ARGUMENT)
        return found

    def board(self, pointer: Any, *, mig: bool = False) -> FakeBoard:
        """Return the board of a handle; `mig`: it must have MIG switched on."""
        uuid = self.meant(pointer).board
        found = next(board for board in self.boards if board.uuid == uuid)
        if mig and not (found.gpu.has_mig and found.mig_mode):
            raise pynvml.NVMLError(NOT_SUPPORTED)
        return found

    def gi(self, pointer: Any) -> tuple[FakeBoard, FakeGi]:
        handle = self.meant(pointer)
        board = self.board(pointer, mig=True)
        for each in board.instances:
            if each.gi_id == handle.gi and (handle.kind != "gi" or each.born == handle.born):
                return board, each
        raise pynvml.NVMLError(pynvml.NVML_ERROR_INVALID_ARGUMENT)

    def ci(self, pointer: Any) -> tuple[FakeBoard, FakeGi, FakeCi]:
        handle = self.meant(pointer)
        board = self.board(pointer, mig=True)
        for gi in board.instances:
            for each in gi.compute:
                if (gi.gi_id, each.ci_id, each.born) == (handle.gi, handle.ci, handle.born):
                    return board, gi, each
        raise pynvml.NVMLError(pynvml.NVML_ERROR_INVALID_ARGUMENT)

    def privileged(self) -> None:
        if self.faults.no_permission:
            raise pynvml.NVMLError(NO_PERMISSION)

    def creating(self) -> None:
        self.creations += 1
        if self.creations == self.faults.create_fails_at:
            raise pynvml.NVMLError(self.faults.create_fails_code)

    def change(self, deed: Callable[[], Any]) -> Any:
        """Do what changes a board, or be killed beside it."""
        self.changes += 1
        if self.changes == self.faults.kill_before_change:
            os.kill(os.getpid(), signal.SIGKILL)
        done = deed()
        if self.state is not None:
            self.save(self.state)
        if self.changes == self.faults.kill_after_change:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    def begin(self, name: str, arguments: Sequence[Any]) -> None:
        """Do what happens before every call: somebody meddles, the call hangs, the GPU is lost."""
        if self.state is not None:
            self.load(self.state)
        self.calls.append((name, tuple(self._in_words(each) for each in arguments)))
        occurrence = len(self.called(name))
        self._meddle(name, occurrence)
        if self.faults.hang_at in (name, (name, occurrence)):
            self._released.wait()
            raise pynvml.NVMLError(TIMEOUT)
        failing = {(function, which): code for function, which, code in self.faults.fails}
        if name in self.faults.not_supported:
            raise pynvml.NVMLError(NOT_SUPPORTED)
        if (name, occurrence) in failing:
            raise pynvml.NVMLError(failing[name, occurrence])
        if not self.initialised and name not in ("nvmlInit", "nvmlErrorString"):
            raise pynvml.NVMLError(UNINITIALIZED)
        lost = self.faults.gpu_lost
        about_a_gpu = not name.startswith(
            ("nvmlInit", "nvmlShutdown", "nvmlErr", "nvmlSystem", "nvmlDeviceGetCount")
        )
        if about_a_gpu and (lost is True or (lost is not False and len(self.calls) > lost)):
            raise pynvml.NVMLError(GPU_LOST)

    def _meddle(self, name: str, occurrence: int) -> None:
        for each in self.faults.changes_between:
            if (each.before, each.occurrence) == (name, occurrence):
                self.boards[each.board].meddle(each.does)
                if self.state is not None:
                    self.save(self.state)

    def _in_words(self, argument: Any) -> str:
        try:
            return str(self.meant(argument))
        except (pynvml.NVMLError, ctypes.ArgumentError):
            pass
        try:
            structure = argument._obj
        except AttributeError:
            return repr(argument) if isinstance(argument, (int, str)) else type(argument).__name__
        if hasattr(structure, "start"):
            return f"{structure.start}:{structure.size}"
        return type(structure).__name__


def recorded(function: Function) -> Function:
    """Write the call down, let the faults happen, and turn a refusal into NVML's error."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(self: FakeMachine, *arguments: Any, **named: Any) -> Any:
        bound = signature.bind(self, *arguments, **named)
        self.begin(function.__name__, bound.args[1:])
        try:
            return function(self, *arguments, **named)
        except Refused as refused:
            raise pynvml.NVMLError(refused.code) from None

    return call  # type: ignore[return-value]
