"""What came out of an experiment. Everything here is computed from its trace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.events import NOT_RUN
from mig_explorer.experiments.over_time import over_time_rows
from mig_explorer.experiments.reading import Recording, read_recording
from mig_explorer.experiments.request_table import request_columns
from mig_explorer.experiments.sweep import sweep_rows
from mig_explorer.experiments.table import table_rows
from mig_explorer.experiments.trace import Trace, read_trace
from mig_explorer.experiments.verdict import Verdict, verdict
from mig_explorer.experiments.words import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pandas as pd

    from mig_explorer.experiments.trace import Event


@dataclass(frozen=True, eq=False)
class Result:
    """The figures of one run.

    Parameters
    ----------
    trace : Trace
        The events of the run.

    Raises
    ------
    TraceCorrupted
        If the trace does not begin with an experiment.

    Examples
    --------
    >>> import tempfile
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/run.jsonl"
    ...     result = Experiment("GB10", tenants(triad(elements=2**26), 2), [Monolithic()]).run(path)
    ...     again = Result.read(path)
    >>> again
    <Result on GB10: 2 tenants, 1 mode, all kernels right>
    >>> again.verdict == result.verdict
    True
    """

    trace: Trace

    def __post_init__(self) -> None:
        _ = self.recording

    def __repr__(self) -> str:
        header = self.header
        who, how = counted(len(header["tenants"]), "tenant"), counted(len(header["modes"]), "mode")
        state = "model only" if self.header["provenance"]["kernels"] == NOT_RUN else "all kernels right"
        if self.failures:
            state = f"{counted(len(self.failures), 'kernel')} failed"
        return f"<Result on {header['gpu']}: {who}, {how}, {state if self.trace.complete else 'ended early'}>"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Result:
        """Return the result of the run that wrote a trace file."""
        return cls(read_trace(path))

    @classmethod
    def from_events(cls, events: Iterable[Event]) -> Result:
        """Return the result of events that came from `Experiment.events`."""
        return cls(Trace(None, tuple(events)))

    @cached_property
    def recording(self) -> Recording:
        """The trace's events, sorted."""
        return read_recording(self.trace)

    @property
    def header(self) -> Event:
        """The experiment event: GPU, tenants, seed, window, versions."""
        return self.recording.header

    @property
    def modes(self) -> tuple[Event, ...]:
        """The mode events: slices, who is on them, step times."""
        return self.recording.modes

    @property
    def failures(self) -> tuple[dict[str, Any], ...]:
        """The mode, tenant, slice and cause of each kernel that failed."""
        return self.recording.failures

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each mode and tenant, and one for each mode whose tenant is ``"all"``.

        All times are modelled. Unknown figures are NaN, and ``status`` says why.

        ========================  ===========================================================================
        column                    meaning
        ========================  ===========================================================================
        gpu, mode, title          the board; the mode's key and name
        tenant, slice, workload   who, where, what
        requests                  requests finished in the window
        throughput_per_s          requests finished over the window's seconds
        latency_mean_s            mean time from sent to answered, waiting included
        latency_p50_s, p95, p99   percentiles of it
        latency_…_ci_low_s, high  95 % confidence interval of each: what another seed could give; NaN where
                                  the requests are too few to tell, as below 2,000 for a p99
        band_low_s, band_high_s   uncertainty of the modelled time of one request alone on its slice; for all
                                  tenants only where it is the same
        slowdown                  median of latency over the time alone on the whole GPU without MIG
        deadline_met              share of the requests that were answered within their tenant's deadline
        isolation                 p99 over the p99 alone in the same mode, sending the same; 1 if nobody is
                                  noticed. For all tenants the largest
        jain                      of all tenants: Jain's fairness of what each got of the requests that it
                                  would get alone on the whole GPU; 1 is fair, 1/n is all for one
        load                      what is asked of a queue over what it can serve, where requests do not wait
                                  for answers; from 1 on the latencies have no value, and are NaN
        sm_active                 share of the whole board's SM-seconds with a block of the tenant resident,
                                  each request counted with its time alone on its slice
        sm_occupancy              share of the whole board's warp slots filled by the tenant, likewise
        bandwidth_use             share of the bandwidth that the whole board reaches in STREAM copy
        energy_j_per_request      the tenant's part of the board's energy by its share of ``sm_active``; no
                                  source gives the power of a slice, and ``energy`` says so
        status                    ``ok``, ``lost: cause``, or why a figure is unknown
        note                      what the time leaves out, whom the tenant queues with, and what changes of
                                  the layout cost
        results_checked, correct  kernels whose results were compared with NumPy's; how many agreed
        time, model, kernels      provenance: modelled, by which model; emulated, at which size
        energy, seed              where the energy comes from; of times of sending and of inputs
        ========================  ===========================================================================
        """
        import pandas as pd  # noqa: PLC0415 - only the tables need it, and it takes half a second

        table = pd.DataFrame(table_rows(self.recording))
        return table.astype({"requests": "Int64"}) if len(table) else table

    @cached_property
    def by_tenants(self) -> pd.DataFrame:
        """For each mode, throughput and latency with the first 1 to N tenants. The model only.

        ``latency_p99_low_s`` and ``latency_p99_high_s`` are what the p99 were, if every request took the
        shortest or the longest time in the model's band of uncertainty. Where ``load`` is 1 or more, the
        latencies are NaN: they would grow with the window.
        """
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(sweep_rows(self.recording))

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Every request that was served: one row each, times in modelled seconds.

        Columns: ``mode``, ``tenant`` and ``slice`` (categories), ``arrived``, ``started``, ``finished`` and
        ``latency``. Requests of tenants whose kernel was lost are left out, as the table has no figures
        for them either.
        """
        import pandas as pd  # noqa: PLC0415

        columns = request_columns(self.recording)
        names = {
            key: pd.Categorical.from_codes(codes, pd.Index(known))
            for key, (codes, known) in columns.names.items()
        }
        return pd.DataFrame({**names, **columns.times}, copy=False)

    def over_time(self, bins: int = 100) -> pd.DataFrame:
        """Return how much of the board each mode uses from moment to moment, in bins of equal length.

        Parameters
        ----------
        bins : int
            How many the window is divided into.

        Returns
        -------
        pandas.DataFrame
            ``mode``, ``title``, ``from_s``, ``to_s``; ``sm_use`` and ``bandwidth_use``, the ``sm_active`` and
            ``bandwidth_use`` of the table as means of the bin, where each request's work is spread evenly
            over the time it is in service; ``in_system``, the mean number of requests that wait or are in
            service. NaN for a mode in which any of it is unknown, as with a lost kernel. And the provenance:
            ``time``, ``model``, ``seed``.

        Raises
        ------
        InvalidExperiment
            If the number of bins is not a whole number of 1 or more.
        """
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(over_time_rows(self.recording, bins))

    @cached_property
    def verdict(self) -> Verdict:
        """What the figures say, in words."""
        return verdict(self.recording)
