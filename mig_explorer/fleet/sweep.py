"""Many cases on the processes of this machine or on a Dask cluster: the same rows wherever they run."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mig_explorer.errors import InvalidExperiment, MissingExtra, WorkerLost
from mig_explorer.experiments.cores import worker_limit
from mig_explorer.fleet.node import check_count
from mig_explorer.fleet.rows_file import RowsFile

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import pandas as pd

    from mig_explorer.fleet.case import Case
    from mig_explorer.fleet.rows_file import Row

PLACES = ("processes", "here", "dask")
AHEAD = 2
"""Cases handed out for each worker, so that none stands idle while the next row in order is awaited."""


class Executor(Protocol):
    """What runs cases: a `concurrent.futures.Executor`, or a `distributed.Client`."""

    def submit(self, function: Callable[[Case], Row], case: Case, /) -> Any:
        """Return a future of the row."""


class Progress(NamedTuple):
    """How far a sweep is.

    Parameters
    ----------
    done, total : int
        Cases.
    row : dict
        Of the last one done.
    read : bool
        Whether it was in the file already.
    """

    done: int
    total: int
    row: Row
    read: bool


def sweep(
    cases: Iterable[Case],
    *,
    on: str | Executor = "processes",
    workers: int | None = None,
    path: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run all cases and return their rows as a table.

    Parameters
    ----------
    cases : iterable of Case
        See `cases`.
    on : str or executor
        ``"processes"`` of this machine, ``"here"`` in this one, ``"dask"`` for a local cluster of Dask
        workers; or what has a ``submit``: a `concurrent.futures.Executor`, or a `distributed.Client` of a
        cluster on which this package is installed.
    workers : int, optional
        How many; by default one a core as far as memory allows. One worker works in this process; others
        take some seconds to start, so that a sweep of a few hundred cases is done sooner by one. Of an
        executor that is given, how many cases it works on at a time.
    path : path, optional
        A file for the rows, written as they come. If it holds rows of this sweep already, it goes on from
        there: the file and the table are then the same to the last byte as those of a run at one go.
    progress : callable, optional
        Called with how many cases are done and how many there are.

    Returns
    -------
    DataFrame
        The rows of `Case.run` in the order of the cases, whatever they ran on.

    Raises
    ------
    MissingExtra
        If Dask is wanted and not installed.
    WorkerLost
        If a worker process ended before it gave its row; the rows so far are in the file.
    InvalidExperiment, TraceCorrupted
        If there is no such place to run on, or the file is of another sweep or damaged.

    Examples
    --------
    >>> from mig_explorer.fleet import Load, cases
    >>> loads = [Load("triad", count, parameters=(("elements", 2**20),)) for count in (1, 4)]
    >>> table = sweep(
    ...     cases(["A30"], loads, ["monolithic", "mig"], ["1g.6gb 1g.6gb 1g.6gb 1g.6gb"]), on="here"
    ... )
    >>> table[["mode", "tenants", "status"]].to_dict("list")
    {'mode': ['monolithic', 'mig', 'monolithic', 'mig'], 'tenants': [1, 1, 4, 4],
     'status': ['ok', 'ok', 'ok', 'ok']}
    """
    import pandas as pd  # noqa: PLC0415 - only tables need it, and it takes half a second

    rows = []
    with closing(sweep_rows(cases, on=on, workers=workers, path=path)) as steps:
        for step in steps:
            rows.append(step.row)
            if progress is not None:
                progress(step.done, step.total)
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = "modelled, not measured; every row says by which model and seed"
    return table


def sweep_rows(
    cases: Iterable[Case],
    *,
    on: str | Executor = "processes",
    workers: int | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Generator[Progress]:
    """Do what `sweep` does, and yield each row once it is known and in the file, in the order of the cases.

    Closing the generator ends the processes that it started.

    Yields
    ------
    Progress
        For each case.

    Examples
    --------
    >>> from mig_explorer.fleet import Load, cases
    >>> steps = sweep_rows(cases(["GB10"], [Load("triad", 1), Load("triad", 2)], ["mps"]), on="here")
    >>> [(step.done, step.total, step.row["tenants"]) for step in steps]
    [(1, 2, 1), (2, 2, 2)]
    """
    every = tuple(cases)
    if isinstance(on, str) and on not in PLACES:
        raise InvalidExperiment(
            f"A sweep cannot run on {on!r}. It runs on {', '.join(map(repr, PLACES))}, or on an executor "
            f"with a submit method."
        )
    if workers is not None:
        check_count("workers", workers, "a sweep has", 2)
    total = len(every)
    with RowsFile(path, every) as file:
        for done, row in enumerate(file.found, start=1):
            yield Progress(done, total, row, read=True)
        begun = len(file.found)
        rest = every[begun:]
        many = min(workers or worker_limit(), max(1, len(rest)))
        with _executor(on, many) as executor, closing(_rows(rest, executor, AHEAD * many)) as rows:
            for done, row in enumerate(rows, start=begun + 1):
                file.write(row)
                yield Progress(done, total, row, read=False)


def run_case(case: Case) -> Row:
    """Return the row of a case: what travels to a worker.

    Examples
    --------
    >>> from mig_explorer.fleet import Case, Load
    >>> run_case(Case("GB10", "mps", "", Load("triad", 60)))["status"][:51]
    '60 tenants are too many for MPS: its server takes 4'
    """
    return case.run()


@contextmanager
def _executor(on: str | Executor, workers: int) -> Iterator[Executor | None]:
    """Give what to run on; None for this process."""
    if not isinstance(on, str):
        yield on
    elif on == "dask":
        with _local_dask(workers) as client:
            yield client
    elif on == "here" or workers == 1:
        yield None
    else:
        spawn = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_end_with_parent)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """See to it that this worker ends when the process that started it does, even if that was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _local_dask(workers: int) -> Iterator[Executor]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtra(
            "A sweep on Dask takes distributed, which is not installed. "
            'Install it with: pip install "mig_explorer[dask]"'
        ) from error
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _rows(cases: Sequence[Case], executor: Executor | None, ahead: int) -> Generator[Row]:
    """Yield the rows in order, with some cases under way beyond the one that is awaited."""
    if executor is None:
        yield from map(run_case, cases)
        return
    coming = iter(cases)
    futures = deque(executor.submit(run_case, case) for case in islice(coming, ahead))
    number = 0
    try:
        while futures:
            number += 1
            yield _result(futures[0], number, len(cases))
            futures.popleft()
            futures.extend(executor.submit(run_case, case) for case in islice(coming, 1))
    finally:
        for future in futures:
            future.cancel()


def _result(future: Any, number: int, total: int) -> Row:
    try:
        row: Row = future.result()
    except Exception as error:
        if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
            raise WorkerLost(
                f"A worker process ended before it gave row {number} of the {total} that were left. Rows so "
                f"far are kept where a path was given: run the sweep again and it goes on from there. In a "
                f'script the call stands under: if __name__ == "__main__":'
            ) from error
        raise
    return row
