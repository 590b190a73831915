"""What a compiled kernel takes of an SM, and where that is known from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.compiler.occupancy import Occupancy, occupancy
from mig_explorer.emulator.compiler.sm_limits import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Provenance:
    """Where the numbers of a compiled kernel come from.

    Parameters
    ----------
    kind
        ``"compiled"``: just now, on this machine; ``"recorded"``: by others before, and kept.
    how
        In words.
    versions
        Of what compiled it.
    date
        When, as ``2026-11-23``.

    Examples
    --------
    >>> print(Provenance("recorded", "nvJitLink", {"numba-cuda": "0.30.4"}, "2026-11-23"))
    recorded on 2026-11-23: nvJitLink (numba-cuda 0.30.4)
    """

    kind: str
    how: str
    versions: Mapping[str, str]
    date: str

    @property
    def short(self) -> str:
        """The kind, the date and the compiler, without how."""
        compiler = "".join(f", {name} {version}" for name, version in list(self.versions.items())[:1])
        return f"{self.kind} on {self.date}{compiler}"

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.kind} on {self.date}: {self.how} ({versions})"


@dataclass(frozen=True)
class KernelResources:
    """What one thread or block of a compiled kernel takes.

    Parameters
    ----------
    kernel
        Its name.
    compute_capability
        That it was compiled for.
    registers
        Of a thread.
    shared_bytes
        Shared memory that the kernel declares for each block, without what CUDA reserves or a launch adds.
    local_bytes
        Local memory of a thread: arrays that did not become registers, and spilled registers.
    spill_store_bytes, spill_load_bytes
        What a thread writes and reads again because its registers did not suffice, as the compiled code
        stands; not times the turns of a loop.
    barriers
        Barriers of a block that it uses.
    provenance
        Where the numbers come from.

    Examples
    --------
    >>> compiled = Provenance("compiled", "nvJitLink", {}, "2026-11-23")
    >>> tile = KernelResources("matmul_kernel", (8, 0), 32, 2048, 0, 0, 0, 1, compiled)
    >>> print(tile)
    32 registers, 2,048 B shared memory, 0 B local memory, no spills, for compute capability 8.0
    >>> tile.occupancy(threads=256).blocks
    8
    """

    kernel: str
    compute_capability: tuple[int, int]
    registers: int
    shared_bytes: int
    local_bytes: int
    spill_store_bytes: int
    spill_load_bytes: int
    barriers: int
    provenance: Provenance

    def occupancy(self, threads: int, dynamic_shared: int = 0) -> Occupancy:
        """Return how many blocks of so many threads an SM holds at once.

        Parameters
        ----------
        threads
            Threads of a block.
        dynamic_shared
            Shared memory that the launch adds, in bytes.
        """
        return occupancy(
            self.compute_capability,
            threads=threads,
            registers=self.registers,
            static_shared=self.shared_bytes,
            dynamic_shared=dynamic_shared,
            barriers=self.barriers,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {**asdict(self), "compute_capability": dotted(self.compute_capability)}

    def __str__(self) -> str:
        spilled = self.spill_store_bytes + self.spill_load_bytes
        spills = (
            f"spills of {self.spill_store_bytes:,} B written and {self.spill_load_bytes:,} B read"
            if spilled
            else "no spills"
        )
        return (
            f"{self.registers} registers, {self.shared_bytes:,} B shared memory, {self.local_bytes:,} B "
            f"local memory, {spills}, for compute capability {dotted(self.compute_capability)}"
        )
