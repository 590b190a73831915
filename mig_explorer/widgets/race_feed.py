"""From a generator that blocks, through a thread, to batches on the kernel's own event loop.

Traits and messages of a widget may only be touched where the kernel's loop runs; an experiment blocks
while its workers work. In between stands a list that the loop empties at most ten times a second.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

BATCH_SECONDS = 0.1
LAST_WORDS_SECONDS = 2.0


class RaceFeed:
    """Hands on what a generator yields, in order, in batches.

    Parameters
    ----------
    events : generator
        What to iterate; closed at the end, whatever happens.
    deliver : callable
        Called with a list of events, where the loop runs.
    conclude : callable
        Called once, after the last batch, with the exception that ended the generator or None.
    """

    def __init__(
        self,
        events: Generator[Any, None, None],
        deliver: Callable[[list[Any]], None],
        conclude: Callable[[BaseException | None], None],
    ) -> None:
        self._events = events
        self._deliver = deliver
        self._conclude = conclude
        self._lock = threading.Lock()
        self._pending: list[Any] = []
        self._scheduled = False
        self._over = False
        self._cause: BaseException | None = None
        self._concluded = False
        self._stop = threading.Event()
        self._news = threading.Condition(self._lock)
        self._flushed_at = -BATCH_SECONDS
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin: in a thread where an event loop runs, else here and now until the end."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._iterate()
            self._flush()
            return
        self._thread = threading.Thread(target=self._iterate, name="mig_explorer race", daemon=True)
        atexit.register(self.stop)
        self._thread.start()

    def wait_until(self, reached: Callable[[Any], bool], seconds: float) -> None:
        """Give the thread a moment to come to a certain event, then hand on what there is.

        To be called where the loop runs.
        """
        deadline = time.monotonic() + seconds
        with self._news:
            seen = 0
            while not self._over and not any(map(reached, self._pending[seen:])):
                seen = len(self._pending)
                if not self._news.wait(deadline - time.monotonic()):
                    break
        self._flush()

    def stop(self, patience: float = LAST_WORDS_SECONDS) -> None:
        """End the generator before its next event, and with it its workers; nothing more is handed on.

        Parameters
        ----------
        patience : float
            The longest to wait for that, in seconds.
        """
        self._stop.set()
        self._concluded = True
        atexit.unregister(self.stop)
        if self._thread is not None:
            self._thread.join(patience)

    def _iterate(self) -> None:
        cause: BaseException | None = None
        try:
            for event in self._events:
                if self._stop.is_set():
                    break
                self._put(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the notebook must hear of it
            cause = error
        finally:
            self._events.close()
            with self._news:
                self._over, self._cause = True, cause
                self._news.notify_all()
            self._schedule()

    def _put(self, event: Any) -> None:
        with self._news:
            self._pending.append(event)
            self._news.notify_all()
        self._schedule()

    def _schedule(self) -> None:
        with self._lock:
            loop = self._loop
            if loop is None or self._stop.is_set() or (self._scheduled and not loop.is_closed()):
                return
            self._scheduled = True
        try:
            loop.call_soon_threadsafe(self._flush_when_due, loop)
        except RuntimeError:
            # The loop is closed: the kernel is going, and the workers go with it.
            self._stop.set()

    def _flush_when_due(self, loop: asyncio.AbstractEventLoop) -> None:
        wait = self._flushed_at + BATCH_SECONDS - time.monotonic()
        loop.call_later(max(0.0, wait), self._flush)

    def _flush(self) -> None:
        self._flushed_at = time.monotonic()
        with self._lock:
            batch, self._pending = self._pending, []
            self._scheduled = False
            over = self._over
        if self._concluded:
            return
        if batch:
            self._deliver(batch)
        if over and not self._concluded:
            self._concluded = True
            atexit.unregister(self.stop)
            self._conclude(self._cause)
