"""What is under way while a kernel is translated: its functions and the segments made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.casting import converted, dtype_of
from mig_explorer.emulator.simt.program import End, Instruction, Segment
from mig_explorer.errors import UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.typing import TypedKernel

Act = "Callable[..., Any]"


@dataclass(eq=False)
class Builder:
    """The program so far.

    Parameters
    ----------
    segments
        By label.
    constants
        Registers that hold the same from the beginning.
    functions
        How many device functions have been put in.
    declared
        The kind and the bytes of each array that the kernel declares.
    """

    segments: dict[Any, Segment] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    functions: int = 0
    declared: dict[Any, tuple[str, int]] = field(default_factory=dict)
    types: dict[str, Any] = field(default_factory=dict)
    _open: list[Instruction] = field(default_factory=list)
    _label: Any = None
    _line: Line | None = None
    _numbers: int = 0

    def begin(self, label: Any) -> None:
        """Begin a segment."""
        self._label, self._open, self._line = label, [], None

    def add(self, instruction: Instruction) -> None:
        """Add an instruction to the segment that was begun."""
        self._line = self._line or instruction.line
        self._open.append(instruction)

    def finish(self, end: End, line: Line) -> None:
        """Close the segment."""
        self.segments[self._label] = Segment(tuple(self._open), end, self._line or line)

    def fresh(self) -> int:
        """Return a number that nothing has had."""
        self._numbers += 1
        return self._numbers


@dataclass(eq=False)
class Frame:
    """One function where it is called, or the kernel itself.

    Parameters
    ----------
    kernel
        The function and its types.
    builder
        The program so far.
    prefix
        Put before the names of its variables, and its labels.
    returns_to
        Where it goes on after the function; None for the kernel.
    result
        The register for what it returns.
    called_at
        The line of the call, if the function is one of Numba's own.
    """

    kernel: TypedKernel
    builder: Builder
    prefix: str = ""
    returns_to: Any = None
    result: str | None = None
    called_at: Line | None = None
    depth: int = 0
    line: Line = field(init=False)

    def at(self, location: Any) -> Line:
        """Set and return the line that is being translated."""
        self.line = self.called_at or self.kernel.line(location)
        return self.line

    def register(self, name: str) -> str:
        """Return the register of a variable."""
        return f"{self.prefix}{name}"

    def label(self, block: Any) -> Any:
        """Return the label of a block."""
        return (self.prefix, block)

    def type(self, variable: Any) -> Any:
        """Return Numba's type of a variable of the IR."""
        return self.kernel.types[variable.name]

    def refusal(self, reason: str) -> UnsupportedKernel:
        """Return the error that names the function, the line and the reason."""
        return UnsupportedKernel(f"{self.line.function}, line {self.line}: {reason}")

    def emit(
        self,
        targets: Sequence[str],
        operands: Sequence[str],
        act: Callable[..., Any],
        *,
        ticks: int = 0,
    ) -> None:
        """Add an instruction at the present line."""
        self.builder.add(Instruction(tuple(targets), tuple(operands), act, self.line, ticks))

    def temporary(self) -> str:
        """Return a register of its own."""
        return f"{self.prefix}~{self.builder.fresh()}"

    def constant(self, value: Any) -> str:
        """Return a register that holds a value from the beginning."""
        name = self.temporary()
        self.builder.constants[name] = value
        return name

    def hold(self, target: str, value: Any) -> None:
        """Give a register a value that is known beforehand."""
        name = target.removeprefix(self.prefix)
        if name.startswith("$") and not name.startswith("$phi"):
            self.builder.constants[target] = value
        else:
            self.copy(target, self.constant(value))

    def cast(self, register: str, have: Any, want: Any) -> str:
        """Return a register with a value of one Numba type as another."""
        convert = conversion(have, want)
        if convert is None:
            return register
        if register in self.builder.constants:
            return self.constant(convert(self.builder.constants[register]))
        name = self.temporary()
        to = dtype_of(want)

        def act(turn: Any, value: Any) -> Any:
            if to is not None:
                turn.note("cast", to)
            return convert(value)

        self.emit([name], [register], act)
        return name

    def copy(self, target: str, register: str) -> None:
        """Give a register the value of another."""
        self.emit([target], [register], _same)


def _same(_turn: Any, value: Any) -> Any:
    return value


def conversion(have: Any, want: Any) -> Callable[[Any], Any] | None:
    """Return what makes a value of one Numba type one of another; None if they are the same to us.

    Examples
    --------
    >>> from numba import types
    >>> conversion(types.int32, types.float64)(np.int32(3))
    np.float64(3.0)
    >>> conversion(types.UniTuple(types.int32, 2), types.UniTuple(types.int64, 2))((np.int32(1), np.int32(2)))
    (np.int64(1), np.int64(2))
    """
    target = dtype_of(want)
    if target is not None:
        given = dtype_of(have)
        if given is None or given == target:
            return None
        return lambda value: converted(value, target)
    if hasattr(want, "types") and hasattr(have, "types") and len(want.types) == len(have.types):
        parts = [conversion(a, b) for a, b in zip(have.types, want.types, strict=True)]
        if any(parts):

            def each(value: Any) -> Any:
                return tuple(
                    part if change is None else change(part)
                    for part, change in zip(value, parts, strict=True)
                )

            return each
    return None


def constant_value(value: Any, numba_type: Any) -> Any:
    """Return a Python number, a tuple of them or text as the engine keeps it.

    Examples
    --------
    >>> from numba import types
    >>> (
    ...     constant_value(3, types.literal(3)),
    ...     constant_value((1, 2.5), types.Tuple((types.int64, types.float32))),
    ... )
    (np.int64(3), (np.int64(1), np.float32(2.5)))
    """
    dtype = dtype_of(numba_type)
    if dtype is not None:
        if hasattr(value, "value") and not isinstance(value, (np.generic, int, float)):
            value = value.value
        return wrapped(value, dtype)
    if isinstance(value, tuple) and hasattr(numba_type, "types"):
        return tuple(constant_value(part, each) for part, each in zip(value, numba_type.types, strict=True))
    return value


def wrapped(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a Python number in a type; a whole number too large for it loses its upper bits."""
    if dtype.kind in "iu":
        bits = dtype.itemsize * 8
        value = int(value) & ((1 << bits) - 1)
        if dtype.kind == "i" and value >> (bits - 1):
            value -= 1 << bits
    return dtype.type(value)
