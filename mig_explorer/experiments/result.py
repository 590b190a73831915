"""What came out of an experiment. Everything here is computed from its trace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.reading import Recording, read_recording
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
        state = f"{counted(len(self.failures), 'kernel')} failed" if self.failures else "all kernels right"
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
        latency_p50_s, p95, p99   from sent to answered, waiting included
        slowdown                  median of latency over the time alone on the whole GPU without MIG
        sm_active                 share of the whole board's SM-seconds with a block of the tenant resident
        sm_occupancy              share of the whole board's warp slots filled by the tenant
        bandwidth_use             share of the bandwidth that the whole board reaches in STREAM copy
        status                    ``ok``, ``lost: cause``, or why a figure is unknown
        results_checked, correct  kernels whose results were compared with NumPy's; how many agreed
        time, model, kernels      provenance: modelled, by which model; emulated, at which size
        seed                      of think times and inputs
        ========================  ===========================================================================
        """
        import pandas as pd  # noqa: PLC0415 - only the tables need it, and it takes half a second

        table = pd.DataFrame(table_rows(self.recording))
        return table.astype({"requests": "Int64"}) if len(table) else table

    @cached_property
    def by_tenants(self) -> pd.DataFrame:
        """For each mode, throughput and latency with the first 1 to N tenants. The model only."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(sweep_rows(self.recording))

    @cached_property
    def verdict(self) -> Verdict:
        """What the figures say, in words."""
        return verdict(self.recording)
