"""The race: the same tenants on each sharing mode of one experiment, side by side, live."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import anywidget
import traitlets

from mig_explorer.charts import vega
from mig_explorer.charts.race_svg import race_svg
from mig_explorer.errors import TraceCorrupted
from mig_explorer.experiments import Result, Trace, failure_of
from mig_explorer.experiments.trace import default_trace_path
from mig_explorer.widgets import race_kernels, race_plan
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.race_events import RaceEvents
from mig_explorer.widgets.race_feed import RaceFeed

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Sized

    from mig_explorer.gpus import Gpu

FIRST_LOOK_SECONDS = 0.5


class Contest(Protocol):
    """What can be raced: an `Experiment`, or whatever gives the same events."""

    @property
    def gpu(self) -> Gpu:
        """The board."""

    @property
    def tenants(self) -> Sized:
        """Who uses it."""

    def events(self, trace: Path) -> Generator[dict[str, Any], None, None]:
        """Run, write the trace, and yield its events."""


@functools.cache
def _vega_library() -> Future[bytes]:
    """Begin to make Vega's JavaScript in a thread; it is the same for every race of a process."""
    with_one_thread = ThreadPoolExecutor(1, thread_name_prefix="mig_explorer vega")
    future = with_one_thread.submit(vega.javascript)
    with_one_thread.shutdown(wait=False)
    return future


class Race(anywidget.AnyWidget):
    """Runs an experiment and plays it: lanes, live charts, and a verdict in words.

    The experiment starts at once and goes on while the notebook is used. In plain Python, with no event loop,
    it is run to its end before the constructor returns.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    trace : path, optional
        A new file for the trace; by default one in the user's data folder.

    Attributes
    ----------
    finished : bool
        Whether the experiment has come to its end, one way or another.
    error : Exception or None
        What stopped the race before its end.

    Raises
    ------
    ExperimentFailed
        In plain Python only, as `Experiment.run` does. In a notebook the page says it, and `result` keeps the
        rows of all that went well.
    """

    _esm: ClassVar[str] = esm("race.js")
    _css: ClassVar[str] = css("theme.css", "race.css")

    plan = traitlets.Dict().tag(sync=True)
    kernels = traitlets.Dict().tag(sync=True)
    outcome = traitlets.Dict().tag(sync=True)
    library = traitlets.Dict().tag(sync=True)
    library_version = traitlets.Unicode().tag(sync=True)
    finished = traitlets.Bool(default_value=False)

    def __init__(
        self, experiment: Contest, trace: str | os.PathLike[str] | None = None, **traits: Any
    ) -> None:
        first_here = _vega_library.cache_info().currsize == 0
        super().__init__(library_version=vega.vega_version(), **traits)
        self.experiment = experiment
        self.trace = default_trace_path() if trace is None else Path(trace)
        self.error: BaseException | None = None
        self._log = RaceEvents()
        self._result: Result | None = None
        self._ended = asyncio.Event()
        self._feed = RaceFeed(self._run(), self._deliver, self._conclude)
        self.on_msg(self._answer)
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        if self._loop is not None and first_here:
            # Not only when asked for: a kernel that goes on with the next cells hears no question.
            self._send_library()
        self._feed.start()
        if self._loop is not None:
            self._feed.wait_until(_is_after_requests, FIRST_LOOK_SECONDS)
        elif self.error is not None:
            raise self.error

    @property
    def title(self) -> str:
        """The heading, for example ``"Seven tenants, one A100-SXM4-40GB"``."""
        return race_plan.title_of(len(self.experiment.tenants), self.experiment.gpu.name)

    @property
    def events(self) -> tuple[dict[str, Any], ...]:
        """The trace so far."""
        return tuple(self._log.all)

    @property
    def result(self) -> Result | None:
        """The result, of all slices that did not fail; None while the race goes on."""
        return self._result

    @property
    def verdict(self) -> str:
        """The verdict in words, or what there is to say instead."""
        if not self.finished:
            return f"The race is still on: {self.kernels.get('words', 'the model is at work')}."
        said = [f"{each['headline']} {each['detail']}" for each in self.outcome.get("failures", [])]
        words = [self.outcome[part] for part in ("headline", "detail") if part in self.outcome]
        return "\n".join([*said, " ".join(words)]).strip()

    async def until_finished(self) -> str:
        """Wait for the end of the experiment, not of its playback, while the page stays alive.

        Returns
        -------
        str
            The verdict. In a notebook: ``await race.until_finished()``.
        """
        await self._ended.wait()
        return self.verdict

    def close(self) -> None:
        """Take the race off the page and stop its workers."""
        self._feed.stop()
        super().close()

    def _run(self) -> Generator[dict[str, Any], None, None]:
        """Iterate the experiment, and work out its result where that keeps nobody waiting."""
        found = []
        with closing(self.experiment.events(self.trace)) as events:
            for event in events:
                found.append(event)
                yield event
        result = Result(Trace(self.trace, tuple(found)))
        _ = result.verdict
        self._result = result

    def _deliver(self, batch: list[Any]) -> None:
        try:
            for event in batch:
                self._log.add(event)
            if not self.plan and any(map(_is_after_requests, self._log.all)):
                self.plan = race_plan.plan(self._log, self.experiment.gpu)
            if self.plan:
                self.kernels = race_kernels.kernels(self._log)
        except Exception as error:  # noqa: BLE001 - the page must hear of it, not asyncio's log
            self._feed.stop(patience=0)
            self._conclude(error)

    def _conclude(self, cause: BaseException | None) -> None:
        result = self._result
        if cause is None and result is None:
            cause = TraceCorrupted("The experiment ended without a result.")
        self.error = cause
        outcome: dict[str, Any] = {"failures": race_kernels.failures(self._log, cause)}
        if cause is None and result is not None:
            verdict = result.verdict
            outcome |= {
                "headline": verdict.headline,
                "detail": verdict.detail,
                "terms": self.kernels.get("terms", ""),
            }
            self.error = failure_of(result)
        self.outcome = outcome
        self.finished = True
        self._ended.set()

    def _send_library(self) -> None:
        loop, future = self._loop, _vega_library()

        def ready(done: Future[bytes]) -> None:
            with suppress(RuntimeError):
                (loop.call_soon_threadsafe if loop else _at_once)(self._hand_over, done)

        future.add_done_callback(ready)

    def _hand_over(self, future: Future[bytes]) -> None:
        if self.comm is None:
            return
        cause = future.exception()
        if cause is not None:
            _vega_library.cache_clear()
        self.library = {"module": future.result()} if cause is None else {"cause": str(cause)}

    def _answer(self, _widget: Any, message: Any, _buffers: Any) -> None:
        wish = message.get("kind") if isinstance(message, dict) else None
        if wish == "vega-wanted" and not self.library:
            self._send_library()
        elif wish == "vega-here":
            # The page has it: the widget's state, which a notebook may save, need not keep it.
            self.library = {}

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is not None and self.plan:
            bundle[0]["image/svg+xml"] = race_svg(self.plan)
        return bundle

    def __repr__(self) -> str:
        return f"<Race: {self.title}. {self.verdict}>"


def _at_once(call: Any, *values: Any) -> None:
    call(*values)


def _is_after_requests(event: Any) -> bool:
    kind = event.get("kind") if isinstance(event, dict) else None
    return kind not in ("experiment", "mode", "request")


def race(experiment: Contest, trace: str | os.PathLike[str] | None = None) -> Race:
    """Run an experiment and watch it, the sharing modes side by side.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    trace : path, optional
        A new file for the trace; by default one in the user's data folder.

    Returns
    -------
    Race
        A widget: the last line of a cell shows it. ``result`` and ``verdict`` come when it is ``finished``.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> shown = race(Experiment("GB10", tenants=tenants(triad(elements=2**20), 2), modes=[Monolithic()]))
    >>> shown.finished, shown.title
    (True, 'Two tenants, one GB10')
    """
    return Race(experiment, trace)
