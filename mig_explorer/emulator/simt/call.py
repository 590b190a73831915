"""One call in a kernel, as those who translate it see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.frames import Frame


@dataclass(frozen=True, eq=False)
class Call:
    """One call: its name, its arguments' registers, and Numba's types.

    Parameters
    ----------
    frame
        The function that it stands in.
    name
        As `naming.callee` has it.
    target
        The register for the result.
    given
        The arguments' registers.
    have, want
        Numba's types of the arguments as they are, and as the function takes them.
    returns
        Numba's type of the result.
    site
        What tells this call from every other in the function.
    """

    frame: Frame
    name: str
    target: str
    given: tuple[str, ...]
    have: tuple[Any, ...]
    want: tuple[Any, ...]
    returns: Any
    site: Any

    @property
    def converted(self) -> list[str]:
        """The arguments' registers, after their conversion to what the function takes."""
        return [
            self.frame.cast(register, have, want)
            for register, have, want in zip(self.given, self.have, self.want, strict=True)
        ]

    def emit(self, act: Callable[..., Any]) -> None:
        """Add an instruction on the converted arguments."""
        self.frame.emit([self.target], self.converted, act)
