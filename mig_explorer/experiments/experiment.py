"""The experiment: a GPU, tenants, and the sharing modes to compare."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.arranging import simulate_mode
from mig_explorer.experiments.checks import (
    check_positive,
    check_seed,
    checked_gpu,
    checked_modes,
    checked_tenants,
)
from mig_explorer.experiments.cores import worker_limit
from mig_explorer.experiments.events import (
    NOT_RUN,
    change_events,
    experiment_event,
    kernel_event,
    mode_event,
    request_events,
)
from mig_explorer.experiments.failure import failure_of
from mig_explorer.experiments.layout_change import LayoutChange, checked_changes
from mig_explorer.experiments.long_runs import USUAL_MOST_LINES, write_columns
from mig_explorer.experiments.plan import PlannedMode, plan
from mig_explorer.experiments.result import Result
from mig_explorer.experiments.trace import Trace, TraceWriter, default_trace_path
from mig_explorer.experiments.window import window
from mig_explorer.experiments.workers import Task, run_tasks
from mig_explorer.workloads import Workload

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator, Sequence

    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.tenants import Tenant
    from mig_explorer.experiments.trace import Event
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode


@dataclass(frozen=True, eq=False)
class Experiment:
    """The same tenants on the same GPU, under each of some sharing modes.

    Time is modelled: a roofline gives the time of a request on each slice, and an event simulation lets the
    tenants queue. The kernels are run too, emulated on the CPU at a smaller size, and every result is
    checked.

    Parameters
    ----------
    gpu : Gpu or str
        A board of the catalogue, or its name.
    tenants : sequence of Tenant
        Who uses it; see `mig_explorer.experiments.tenants`.
    modes : sequence of SharingMode
        What to compare, for example ``[Monolithic(), Mps(), Mig(layout)]``.
    seconds : float, optional
        Modelled seconds to watch. By default 40 requests of the slowest tenant in the slowest mode, and 2,000
        of each that does not wait for its answers; less where all modes together would then have more than
        20,000. `window_rule` says which it was.
    seed : int
        Of the times of sending and of the kernels' inputs.
    deadline_seconds : float
        Wall time after which a kernel that has not answered is given up. (What a tenant takes for late is
        its own `Tenant.deadline_seconds`.)
    changes : sequence of LayoutChange
        Changes of the layout of every `Mig` mode while it runs, in order of time.

    Raises
    ------
    InvalidExperiment
        If the description does not make an experiment; the message says what would.
    DoesNotFit
        If a workload does not fit the slice its tenant is given.

    Examples
    --------
    >>> from mig_explorer.experiments import tenants
    >>> from mig_explorer.layouts import parse_layout
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Mig, Monolithic
    >>> from mig_explorer.workloads import matmul
    >>> board = gpu("A100-SXM4-40GB")
    >>> modes = [Monolithic(), Mig(parse_layout(board, "3g.20gb@0 3g.20gb@4"))]
    >>> experiment = Experiment(board, tenants=tenants(matmul(size=256, repeats=200), 2), modes=modes)
    >>> [planned.mode.title for planned in experiment.plan]
    ['Monolithic', 'MIG 2 × 3g.20gb']
    """

    gpu: Gpu
    tenants: Sequence[Tenant]
    modes: Sequence[SharingMode]
    seconds: float | None = None
    seed: int = 7
    deadline_seconds: float = 60.0
    changes: Sequence[LayoutChange] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "gpu", checked_gpu(self.gpu))
        object.__setattr__(self, "tenants", checked_tenants(self.tenants))
        object.__setattr__(self, "modes", checked_modes(self.modes))
        if self.seconds is not None:
            check_positive("seconds", self.seconds, "2.0, or leave it out")
        check_positive("deadline_seconds", self.deadline_seconds, "60")
        check_seed(self.seed)
        object.__setattr__(self, "changes", checked_changes(self.changes, self.gpu, self.modes))
        _ = self.window_seconds

    @cached_property
    def plan(self) -> tuple[PlannedMode, ...]:
        """Every mode with its servers and the step time of each tenant."""
        return plan(self.gpu, self.tenants, self.modes, self.changes)

    @cached_property
    def _window(self) -> tuple[float, str]:
        return window(self.plan, self.tenants, self.seconds)

    @property
    def window_seconds(self) -> float:
        """Modelled seconds that the experiment watches."""
        return self._window[0]

    @property
    def window_rule(self) -> str:
        """Why the window is that long."""
        return self._window[1]

    def run(self, trace: str | os.PathLike[str] | None = None) -> Result:
        """Run the experiment to its end.

        Parameters
        ----------
        trace : path, optional
            A new file for the trace; by default one in the user's data folder.

        Returns
        -------
        Result
            The table, the verdict, and the trace they come from.

        Raises
        ------
        ExperimentFailed
            If a kernel gave a wrong result, raised, or its worker was lost. Its ``.result`` holds the rows of
            all the others.
        InvalidExperiment
            If the trace file exists already or cannot be created.

        Examples
        --------
        >>> import tempfile
        >>> from mig_explorer.experiments import Tenant
        >>> from mig_explorer.model import Monolithic
        >>> from mig_explorer.workloads import matmul, triad
        >>> who = [Tenant("ann", triad(elements=2**26)), Tenant("bob", matmul(size=1024))]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = Experiment("A30", who, [Monolithic()]).run(Path(folder) / "run.jsonl")
        >>> print(result.table[["tenant", "requests", "status"]].to_string(index=False))
        tenant  requests status
           ann        40     ok
           bob        40     ok
           all        80     ok
        """
        path = default_trace_path() if trace is None else Path(trace)
        result = Result(Trace(path, tuple(self.events(path))))
        failure = failure_of(result)
        if failure is not None:
            raise failure
        return result

    def modelled(self) -> Result:
        """Work out what the model says, and run no kernel: in memory, in some milliseconds, with no file.

        Returns
        -------
        Result
            As of `run`, but ``kernels`` says that none was run.

        Examples
        --------
        >>> from mig_explorer.experiments import tenants
        >>> from mig_explorer.model import Monolithic
        >>> from mig_explorer.workloads import triad
        >>> Experiment("GB10", tenants(triad(elements=2**26), 2), [Monolithic()]).modelled()
        <Result on GB10: 2 tenants, 1 mode, model only>
        """
        header = experiment_event(self, kernels=NOT_RUN)
        modes = [mode_event(planned) for planned in self.plan]
        columns = {mode["mode"]: simulate_mode(header, mode) for mode in modes}
        events = [header, *modes]
        events += [{"kind": "requests", "mode": slug, "rows": len(each)} for slug, each in columns.items()]
        events += [event for mode in modes for event in change_events(mode)]
        events.append({"kind": "finished", "ok": True, "failures": []})
        numbered = tuple({"n": number, **event} for number, event in enumerate(events))
        return Result(Trace(None, numbered, columns=columns))

    def events(self, trace: str | os.PathLike[str] | None = None) -> Generator[Event]:
        """Run the experiment and yield each event of its trace once it is in the file.

        First everything that is modelled: the experiment, the modes, all requests (milliseconds of work).
        Then the kernels, as the workers report them. Closing the generator ends the workers.

        Parameters
        ----------
        trace : path, optional
            A new file for the trace; by default one in the user's data folder.

        Yields
        ------
        dict
            An event with its ``kind`` and its number ``n``.

        Raises
        ------
        InvalidExperiment
            If the trace file exists already or cannot be created.

        Examples
        --------
        >>> import tempfile
        >>> from mig_explorer.experiments import tenants
        >>> from mig_explorer.model import Monolithic
        >>> from mig_explorer.workloads import triad
        >>> experiment = Experiment("GB10", tenants(triad(elements=2**26), 2), [Monolithic()])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     events = experiment.events(Path(folder) / "run.jsonl")
        ...     [next(events)["kind"] for _ in range(4)]
        ...     events.close()
        ['experiment', 'mode', 'request', 'request']
        """
        with TraceWriter(default_trace_path() if trace is None else trace) as writer:
            header = writer.write(experiment_event(self))
            yield header
            modes = []
            for planned in self.plan:
                modes.append(writer.write(mode_event(planned)))
                yield modes[-1]
            for event in _served_events(header, modes, writer.path):
                yield writer.write(event)
            for mode in modes:
                for event in change_events(mode):
                    yield writer.write(event)
            failures = []
            with closing(run_tasks(self._tasks(), worker_limit(), self.deadline_seconds)) as reports:
                for report in reports:
                    event = writer.write(kernel_event(report))
                    if report.kind == "kernel-failed":
                        failures.append({key: event[key] for key in ("mode", "tenant", "slice", "cause")})
                    yield event
            yield writer.write({"kind": "finished", "ok": not failures, "failures": failures})

    def _tasks(self) -> list[Task]:
        """One kernel for each mode and tenant; the modes take turns, so that all of them make headway."""
        tasks = []
        for who, tenant in enumerate(self.tenants):
            if not isinstance(tenant.workload, Workload):
                continue
            for number, planned in enumerate(self.plan):
                stream = np.random.SeedSequence([self.seed, number, who])
                tasks.append(
                    Task(
                        mode=planned.mode.slug,
                        tenant=tenant.name,
                        slice=planned.servers[planned.station[tenant.name]].name,
                        factory=tenant.workload.factory,
                        parameters=tenant.workload.parameters,
                        seed=int(stream.generate_state(1)[0]),
                    )
                )
        return tasks


def _served_events(header: Event, modes: Sequence[Event], trace: Path) -> Iterator[dict[str, Any]]:
    """Yield the requests of every mode: a line each, or as columns beside the trace where they are many."""
    few: list[tuple[Event, Requests]] = []
    lines = 0
    for mode in modes:
        served = simulate_mode(header, mode)
        lines += len(served)
        few.append((mode, served))
        if lines > USUAL_MOST_LINES:
            yield from (write_columns(trace, each["mode"], requests) for each, requests in few)
            few.clear()
    for mode, served in few:
        if lines > USUAL_MOST_LINES:
            yield write_columns(trace, mode["mode"], served)
        else:
            yield from request_events(header, mode, served.in_order())
