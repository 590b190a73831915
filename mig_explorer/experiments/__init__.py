"""An experiment: the same tenants under several sharing modes, its trace, and what comes out of it."""

from mig_explorer.experiments.experiment import Experiment
from mig_explorer.experiments.failure import failure_of
from mig_explorer.experiments.layout_change import LayoutChange
from mig_explorer.experiments.result import Result
from mig_explorer.experiments.tenants import Tenant, tenants
from mig_explorer.experiments.trace import Trace, read_trace
from mig_explorer.experiments.verdict import Verdict

__all__ = [
    "Experiment",
    "LayoutChange",
    "Result",
    "Tenant",
    "Trace",
    "Verdict",
    "failure_of",
    "read_trace",
    "tenants",
]
