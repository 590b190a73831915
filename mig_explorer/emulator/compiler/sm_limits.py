"""What an SM of each compute capability holds, and in which portions it hands that out."""

from __future__ import annotations

from dataclasses import dataclass

from mig_explorer.errors import UnknownGpu

WARP = 32
"""Threads of a warp, on every NVIDIA GPU so far."""

KIB = 1024

SOURCE = "NVIDIA's headers cuda_occupancy.h and cuda/__device/arch_traits.h (CUDA 13.5)"
"""Where every limit here was read."""


@dataclass(frozen=True)
class SmLimits:
    """What an SM holds at once, and in which portions it hands that out.

    Every number was read in NVIDIA's headers: the portions in ``cuda_occupancy.h``, the totals in
    ``cuda/__device/arch_traits.h``. The tests compare them with both where they are installed.

    Parameters
    ----------
    compute_capability
        Major and minor.
    threads
        Threads that an SM holds.
    blocks
        Blocks that an SM holds.
    shared_kib
        How its shared memory can be set up, in KiB; the last is all of it. What is left is cache.
    reserved_shared_bytes
        Shared memory that CUDA takes for itself in each block.
    shared_portion
        Shared memory is handed out in multiples of this, in bytes.
    barriers
        Barriers that an SM holds for its blocks; None where NVIDIA's rules do not count them.
    registers
        32-bit registers of an SM; a block may have all of them.
    register_portion
        Registers are handed out to each warp in multiples of this.
    parts
        Quarters of an SM: a warp lives in one, with a quarter of the registers.
    threads_per_block
        Threads that a block may have.
    shared_per_block
        Shared memory that a block may have unless its kernel was allowed more, in bytes.

    Examples
    --------
    >>> limits = sm_limits((8, 0))
    >>> limits.threads, limits.blocks, limits.shared_bytes, limits.largest_block_shared
    (2048, 32, 167936, 166912)
    """

    compute_capability: tuple[int, int]
    threads: int
    blocks: int
    shared_kib: tuple[int, ...]
    reserved_shared_bytes: int
    shared_portion: int
    barriers: int | None
    registers: int = 65536
    register_portion: int = 256
    parts: int = 4
    threads_per_block: int = 1024
    shared_per_block: int = 48 * KIB

    @property
    def warps(self) -> int:
        """Warps that an SM holds."""
        return self.threads // WARP

    @property
    def shared_bytes(self) -> int:
        """All the shared memory of an SM, in bytes."""
        return self.shared_kib[-1] * KIB

    @property
    def largest_block_shared(self) -> int:
        """Shared memory that a block may have where its kernel was allowed all of it, in bytes."""
        return self.shared_bytes - self.reserved_shared_bytes

    def shared_setting(self, wanted: int) -> int:
        """Return the smallest setting of an SM's shared memory that holds so many bytes.

        Examples
        --------
        >>> sm_limits((9, 0)).shared_setting(70_000) // 1024
        100
        """
        return next(kib * KIB for kib in self.shared_kib if wanted <= kib * KIB)


_SMALL = (0, 8, 16, 32, 64, 100)
_AMPERE = (*_SMALL, 132, 164)
_HOPPER = (*_AMPERE, 196, 228)

_LIMITS = {
    each.compute_capability: each
    for each in (
        SmLimits((7, 5), 1024, 16, (32, 64), 0, 256, None),
        SmLimits((8, 0), 2048, 32, _AMPERE, KIB, 128, None),
        SmLimits((8, 9), 1536, 24, _SMALL, KIB, 128, None),
        SmLimits((9, 0), 2048, 32, _HOPPER, KIB, 128, 64),
        SmLimits((10, 0), 2048, 32, _HOPPER, KIB, 128, 64),
        SmLimits((10, 3), 2048, 32, _HOPPER, KIB, 128, 32),
        SmLimits((12, 0), 1536, 24, _SMALL, KIB, 128, 24),
        SmLimits((12, 1), 1536, 24, _SMALL, KIB, 128, 24),
    )
}

COMPUTE_CAPABILITIES = tuple(_LIMITS)
"""Those whose limits are known: all of the catalogue."""


def sm_limits(compute_capability: tuple[int, int]) -> SmLimits:
    """Return what an SM of a compute capability holds.

    Raises
    ------
    UnknownGpu
        If its limits are not known.

    Examples
    --------
    >>> sm_limits((12, 1)).warps
    48
    """
    try:
        return _LIMITS[compute_capability]
    except KeyError:
        known = ", ".join(dotted(each) for each in COMPUTE_CAPABILITIES)
        msg = (
            f"What an SM of compute capability {dotted(compute_capability)} holds is not known here, so "
            f"occupancy can't be computed. Known: {known}."
        )
        raise UnknownGpu(msg) from None


def dotted(compute_capability: tuple[int, int]) -> str:
    """Write a compute capability as NVIDIA does.

    Examples
    --------
    >>> dotted((8, 0))
    '8.0'
    """
    return ".".join(str(each) for each in compute_capability)
