"""Many GPUs and their users: seats, who waits, what everybody experiences, and sweeps over many cases.

Examples
--------
>>> from mig_explorer.gpus import gpu
>>> from mig_explorer.layouts import parse_layout
>>> sevenths = parse_layout(gpu("A100-SXM4-40GB"), " ".join(["1g.5gb"] * 7))
>>> seating = seat(Fleet([dgx_a100("dgx 1", sevenths)]), arriving(60, 300.0))
>>> seating.counts["seated at once"], seating.counts["never seated"]
(56, 4)
"""

from mig_explorer.fleet.case import Case, Load, cases
from mig_explorer.fleet.experience import Experience, experience
from mig_explorer.fleet.fleet import Fleet
from mig_explorer.fleet.node import Node, Seat, Shared, dgx_a100, dgx_spark
from mig_explorer.fleet.outcome import Seating, Stay
from mig_explorer.fleet.seating import NodeLost, seat
from mig_explorer.fleet.sweep import Progress, sweep, sweep_rows
from mig_explorer.fleet.users import User, arriving

__all__ = [
    "Case",
    "Experience",
    "Fleet",
    "Load",
    "Node",
    "NodeLost",
    "Progress",
    "Seat",
    "Seating",
    "Shared",
    "Stay",
    "User",
    "arriving",
    "cases",
    "dgx_a100",
    "dgx_spark",
    "experience",
    "seat",
    "sweep",
    "sweep_rows",
]
