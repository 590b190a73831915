"""What can go wrong with the fake NVML, switched on one by one."""

from __future__ import annotations

from dataclasses import dataclass

LIBRARY_NOT_FOUND, DRIVER_NOT_LOADED, VERSION_MISMATCH = 12, 9, 18


@dataclass(frozen=True)
class Meddling:
    """Somebody else acts on a board just before one of our calls.

    Parameters
    ----------
    before : str
        The function whose call they come before, like ``"nvmlDeviceCreateGpuInstanceWithPlacement"``.
    does : str
        ``"create 1g.5gb@0"`` (with a compute instance that fills it), ``"destroy 0"`` (the instance that
        holds this memory slice, with all in it), ``"start 4242 python 9/0"`` (a process on GPU instance 9,
        compute instance 0) or ``"stop 4242"``.
    occurrence : int
        Before which of our calls to that function, counted from 1.
    board : int
        Index of the GPU.
    """

    before: str
    does: str
    occurrence: int = 1
    board: int = 0


@dataclass(frozen=True)
class Faults:
    """Faults of the machine, its driver and the people on it. None is on by default.

    Parameters
    ----------
    library_missing, driver_not_loaded, version_mismatch : bool
        ``nvmlInit`` fails with 12, 9 or 18.
    no_permission : bool
        Whatever NVML's documentation calls privileged fails with 4.
    processes_not_permitted : bool
        Only the lists of processes fail with 4.
    gpu_lost : bool or int
        Every call about a GPU fails with 15; a number: from the call after so many calls on.
    mode_pending : bool
        Every board with MIG says that its other mode is pending.
    create_fails_at : int or None
        The k-th creation of a GPU or compute instance, counted from 1, fails with ``create_fails_code``.
    destroy_in_use : tuple of int
        Destroying these GPU instances, or a compute instance in them, fails with 19.
    fails : tuple of (str, int, int)
        Function, which of its calls counted from 1, and the code it fails with.
    not_supported : tuple of str
        Functions that say 3.
    hole_in_index : int or None
        No MIG device has this index; those behind it come one later.
    ci_without_device : (int, int) or None
        This GPU instance's compute instance has no MIG device.
    foreign_client : (int, str, int or None, int or None) or None
        One process more: pid, name, GPU instance, compute instance.
    hang_at : (str, int) or str
        This call never comes back; a number says which one. `FakeNvml.release` ends it with 10, timeout.
    kill_before_change, kill_after_change : int or None
        The process is killed by SIGKILL just before or just after the k-th change of the board.
    changes_between : tuple of Meddling
        Somebody else creates, destroys or starts something between two of our calls.
    """

    library_missing: bool = False
    driver_not_loaded: bool = False
    version_mismatch: bool = False
    no_permission: bool = False
    processes_not_permitted: bool = False
    gpu_lost: bool | int = False
    mode_pending: bool = False
    create_fails_at: int | None = None
    create_fails_code: int = 23
    destroy_in_use: tuple[int, ...] = ()
    fails: tuple[tuple[str, int, int], ...] = ()
    not_supported: tuple[str, ...] = ()
    hole_in_index: int | None = None
    ci_without_device: tuple[int, int] | None = None
    foreign_client: tuple[int, str, int | None, int | None] | None = None
    hang_at: str | tuple[str, int] = ""
    kill_before_change: int | None = None
    kill_after_change: int | None = None
    changes_between: tuple[Meddling, ...] = ()

    @property
    def init_code(self) -> int:
        """What ``nvmlInit`` fails with, 0 if it does not."""
        if self.library_missing:
            return LIBRARY_NOT_FOUND
        if self.driver_not_loaded:
            return DRIVER_NOT_LOADED
        return VERSION_MISMATCH if self.version_mismatch else 0
