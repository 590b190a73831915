"""How many blocks of a kernel an SM holds at once, after NVIDIA's rules, and what keeps it from more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.compiler.sm_limits import WARP, SmLimits, sm_limits
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_REGISTERS = 256
"""A thread of a kernel that was given more than this cannot run."""


@dataclass(frozen=True)
class Occupancy:
    """The blocks of a kernel that an SM holds at once.

    Parameters
    ----------
    limits
        What an SM holds.
    warps_per_block
        Warps of a block, the last perhaps in part.
    allowed
        Blocks that each resource has room for: ``"warps"``, ``"registers"``, ``"shared memory"``,
        ``"blocks"`` and ``"barriers"``. None where the kernel uses nothing of it, or how much is unknown.
    unknown
        ``"registers"``, ``"shared memory"``: what is not known of the kernel. `blocks` is then the most there
        can be.
    registers_per_block
        Registers that a block is handed; None where unknown.
    shared_per_block
        Shared memory that a block is handed, what CUDA reserves included, in bytes; None where unknown.

    Examples
    --------
    >>> held = occupancy((8, 0), threads=256, registers=33)
    >>> held.blocks, held.limited_by, held.share
    (6, ('registers',), 0.75)
    >>> print(held)
    6 blocks of 8 warps an SM: 48 of 64 warps (75 %), limited by registers
    """

    limits: SmLimits
    warps_per_block: int
    allowed: Mapping[str, int | None]
    unknown: tuple[str, ...]
    registers_per_block: int | None
    shared_per_block: int | None

    @property
    def blocks(self) -> int:
        """Blocks that an SM holds; 0 if not even one can run."""
        return min(each for each in self.allowed.values() if each is not None)

    @property
    def limited_by(self) -> tuple[str, ...]:
        """The resources that have room for no more."""
        return tuple(name for name, blocks in self.allowed.items() if blocks == self.blocks)

    @property
    def warps(self) -> int:
        """Warps that an SM holds."""
        return self.blocks * self.warps_per_block

    @property
    def share(self) -> float:
        """Warps held over warps that an SM has places for: what is called occupancy."""
        return self.warps / self.limits.warps

    def __str__(self) -> str:
        why = " and ".join(self.limited_by)
        if not self.blocks:
            return f"does not run: one block has too many of an SM's {why}"
        most = "at most " if self.unknown else ""
        unknown = f"; unknown: {', '.join(self.unknown)}" if self.unknown else ""
        return (
            f"{most}{_counted(self.blocks, 'block')} of {_counted(self.warps_per_block, 'warp')} an SM: "
            f"{self.warps} of {self.limits.warps} warps ({100 * self.share:.0f} %), "
            f"limited by {why}{unknown}"
        )


def occupancy(  # noqa: PLR0913 - these are what a launch and a compiled kernel consist of
    compute_capability: tuple[int, int],
    *,
    threads: int,
    registers: int | None,
    static_shared: int | None = 0,
    dynamic_shared: int = 0,
    barriers: int = 1,
    shared_allowed: int | None = None,
    carve_out: int | None = None,
) -> Occupancy:
    """Return how many blocks of a kernel an SM holds at once.

    The rules are those of NVIDIA's ``cuda_occupancy.h``; the tests compare them with it.

    Parameters
    ----------
    compute_capability
        Of the GPU.
    threads
        Threads of a block.
    registers
        Registers of a thread; None if unknown, then they limit nothing and the result says so.
    static_shared
        Shared memory that the kernel declares, in bytes; None if unknown, likewise.
    dynamic_shared
        Shared memory that its launch adds, in bytes.
    barriers
        Barriers that the kernel uses; ``syncthreads`` takes one.
    shared_allowed
        Dynamic shared memory that the kernel was allowed
        (``CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES``); None if it was not asked for, as numba-cuda
        never does: a block then has at most 48 KiB.
    carve_out
        How much of an SM's memory was asked to be shared memory rather than cache, in percent of the most;
        None if that was left to the driver, which is then taken to give all that blocks need.

    Raises
    ------
    UnknownGpu
        If nothing is known of the compute capability.
    InvalidWorkload
        If a number is negative or a block has no threads.

    Examples
    --------
    >>> for capability in ((8, 0), (9, 0), (12, 1)):
    ...     held = occupancy(capability, threads=256, registers=40, static_shared=20_000)
    ...     print(held.blocks, held.limited_by, f"{held.share:.0%}")
    6 ('registers',) 75%
    6 ('registers',) 75%
    4 ('shared memory',) 67%
    """
    limits = sm_limits(compute_capability)
    _check(
        threads,
        registers=registers,
        static_shared=static_shared,
        dynamic_shared=dynamic_shared,
        barriers=barriers,
        shared_allowed=shared_allowed,
        carve_out=carve_out,
    )
    warps = -(-threads // WARP)
    for_warp = None if registers is None else _rounded_up(registers * WARP, limits.register_portion)
    static = static_shared or 0
    shared = _rounded_up(limits.reserved_shared_bytes + static + dynamic_shared, limits.shared_portion)
    by_shared = _blocks_by_shared(
        limits, shared, static=static, dynamic=dynamic_shared, allowed=shared_allowed, carve_out=carve_out
    )
    allowed = {
        "warps": limits.warps // warps if threads <= limits.threads_per_block else 0,
        "registers": _blocks_by_registers(limits, registers, for_warp, warps),
        "shared memory": by_shared,
        "blocks": limits.blocks,
        "barriers": limits.barriers // barriers if limits.barriers and barriers else None,
    }
    return Occupancy(
        limits=limits,
        warps_per_block=warps,
        allowed=allowed,
        unknown=("registers",) * (registers is None) + ("shared memory",) * (static_shared is None),
        registers_per_block=None if for_warp is None else for_warp * warps,
        shared_per_block=None if static_shared is None else shared,
    )


def _blocks_by_registers(
    limits: SmLimits, registers: int | None, for_warp: int | None, warps: int
) -> int | None:
    if not registers or not for_warp:
        return None
    # The hardware checks a launch as if each part of the SM got as many warps of the block as any other.
    asked = for_warp * _rounded_up(warps, limits.parts)
    if registers > MOST_REGISTERS or asked > limits.registers:
        return 0
    warps_of_a_part = limits.registers // limits.parts // for_warp
    return warps_of_a_part * limits.parts // warps


def _blocks_by_shared(  # noqa: PLR0913 - what shared memory depends on
    limits: SmLimits,
    shared: int,
    *,
    static: int,
    dynamic: int,
    allowed: int | None,
    carve_out: int | None,
) -> int | None:
    reserved = limits.reserved_shared_bytes
    most = limits.shared_per_block
    if allowed is not None:
        if dynamic > allowed:
            return 0
        if reserved + static + allowed > most:
            most = limits.largest_block_shared
    if shared > most + reserved:
        return 0
    if not shared:
        return None
    asked = limits.shared_bytes if carve_out is None else limits.shared_bytes * carve_out // 100
    setting = limits.shared_setting(asked)
    # What was asked for gives way where not even one block would fit.
    return max(setting, limits.shared_setting(shared)) // shared


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _rounded_up(number: int, portion: int) -> int:
    return -(-number // portion) * portion


def _check(threads: int, **numbers: int | None) -> None:
    if threads < 1:
        msg = f"occupancy: a block of {threads} threads; it has at least one."
        raise InvalidWorkload(msg)
    for name, number in numbers.items():
        if number is not None and number < 0:
            msg = f"occupancy: {name}={number}; it is 0 or more."
            raise InvalidWorkload(msg)
    carve_out = numbers["carve_out"]
    if carve_out is not None and carve_out > 100:
        msg = f"occupancy: carve_out={carve_out}; it is a share of the most there is, 0 to 100 percent."
        raise InvalidWorkload(msg)
