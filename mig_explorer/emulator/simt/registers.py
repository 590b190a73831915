"""The registers of a batch that live longer than one segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.simt.values import merged, numbers_of, taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.emulator.simt.turn import Turn
    from mig_explorer.emulator.simt.values import Numbers


class Registers:
    """Values of all lanes, by register.

    Parameters
    ----------
    count
        How many lanes there are.
    constants
        What registers hold from the beginning.
    """

    def __init__(self, count: int, constants: Mapping[str, Any]) -> None:
        self.count = count
        self.values: dict[str, Any] = dict(constants)
        self._own: dict[int, Numbers] = {}

    def fetch(self, name: str, turn: Turn) -> Any:
        """Return a register's values for the lanes of a turn."""
        value = self.values[name]
        if not turn.whole:
            return taken(value, turn.lanes)
        if self._own:  # from now on another register may hold the same arrays
            for each in numbers_of(value):
                self._own.pop(id(each), None)
        return value

    def keep(self, name: str, value: Any, turn: Turn) -> None:
        """Give a register new values for the lanes of a turn."""
        if turn.whole:
            if self._own:
                for each in numbers_of(self.values.get(name)):
                    self._own.pop(id(each), None)
            self.values[name] = value
        else:
            self.values[name] = merged(self.values.get(name), value, turn.lanes, self.count, self._own)
