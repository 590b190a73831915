"""What a counted launch gives back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mig_explorer.emulator.compiler.report import Report
    from mig_explorer.emulator.counts.counts import Counts


@dataclass(frozen=True, repr=False)
class Emulation:
    """A launch that was emulated and counted.

    Parameters
    ----------
    counts
        What it did.
    kernel
        What was launched: a ``@cuda.jit`` kernel or a plain function.
    argument_types
        Numba's types of the arguments.
    dynamic_shared
        Bytes of shared memory that the launch asked for.
    """

    counts: Counts
    kernel: Any
    argument_types: tuple[Any, ...]
    dynamic_shared: int = 0

    @cached_property
    def report(self) -> Report:
        """The kernel's source with these counts, the pattern of a warp at each access, waves on two boards.

        For other boards: `mig_explorer.emulator.compiler.build_report.emulation_report`.
        """
        from mig_explorer.emulator.compiler.build_report import emulation_report  # noqa: PLC0415 - reads the catalogue

        return emulation_report(self)

    def __repr__(self) -> str:
        return f"<Emulation of {self.counts.launch.kernel}, counted>"
