"""Ctrl-C, SIGTERM and a closed terminal, put off until the step under way is over."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruptions:
    """What arrived meanwhile.

    Attributes
    ----------
    arrived : str
        The first signal's name; empty if none came.
    heeded : bool
        Whether an error speaks of it; if not, it is sent again in the end.
    """

    def __init__(self) -> None:
        self.arrived = ""
        self.heeded = False

    def note(self, number: int, _frame: object) -> None:
        """Remember a signal."""
        self.arrived = self.arrived or signal.Signals(number).name


@contextmanager
def interruptions() -> Iterator[Interruptions]:
    """Put off the signals that would end the program, and say which came.

    One that nobody heeds is sent again in the end. Only the main thread hears signals: elsewhere nothing is
    put off, and nothing arrives.

    Examples
    --------
    >>> with interruptions() as signals:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     signals.heeded = True
    >>> signals.arrived
    'SIGTERM'
    """
    signals = Interruptions()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before: dict[int, Any] = {}
    try:
        for number in numbers:
            before[number] = signal.signal(number, signals.note)
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if signals.arrived and not signals.heeded:
            signal.raise_signal(getattr(signal, signals.arrived))
