"""Hands Vega's JavaScript to the page of a widget: once for each page, and only when the page has none."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from mig_explorer.charts import vega


class Shows(Protocol):
    """A widget with a trait for the JavaScript, and a line to its page."""

    library: dict[str, Any]

    @property
    def comm(self) -> Any:
        """The line; None when it is closed."""


@functools.cache
def _library() -> Future[bytes]:
    """Begin to make the JavaScript in a thread; it is the same for every widget of a process."""
    with_one_thread = ThreadPoolExecutor(1, thread_name_prefix="mig_explorer vega")
    future = with_one_thread.submit(vega.javascript)
    with_one_thread.shutdown(wait=False)
    return future


class VegaSender:
    """Answers what `static/vega_library.js` asks.

    Parameters
    ----------
    widget
        Its trait ``library`` carries the JavaScript while it is on its way.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> sender = VegaSender(SimpleNamespace(library={"module": b""}, comm=None))
    >>> sender.hears({"kind": "vega-here"}), sender.hears({"kind": "something else"})
    (True, False)
    """

    def __init__(self, widget: Shows) -> None:
        self._widget = widget
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        if self._loop is not None and _library.cache_info().currsize == 0:
            # Not only when asked for: a kernel that goes on with the next cells hears no question.
            self._send()

    def hears(self, message: object) -> bool:
        """Deal with a message of the page; say whether it was about the JavaScript."""
        wish = message.get("kind") if isinstance(message, dict) else None
        if wish == "vega-wanted":
            if not self._widget.library:
                self._send()
            return True
        if wish == "vega-here":
            # The page has it: the widget's state, which a notebook may save, need not keep it.
            self._widget.library = {}
            return True
        return False

    def _send(self) -> None:
        loop, future = self._loop, _library()

        def ready(done: Future[bytes]) -> None:
            with suppress(RuntimeError):
                if loop is None:
                    self._hand_over(done)
                else:
                    loop.call_soon_threadsafe(self._hand_over, done)

        future.add_done_callback(ready)

    def _hand_over(self, future: Future[bytes]) -> None:
        if self._widget.comm is None:
            return
        cause = future.exception()
        if cause is not None:
            _library.cache_clear()
        self._widget.library = {"module": future.result()} if cause is None else {"cause": str(cause)}
