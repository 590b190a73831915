"""Placing GPU instances on a board, refusing with a reason, counting what is possible."""

from mig_explorer.layouts.compute import ComputeInstance
from mig_explorer.layouts.driver import driver_start
from mig_explorer.layouts.enumeration import layouts
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.layout import Layout, Stranded
from mig_explorer.layouts.orders import explicit_starts, failing_orders, working_order
from mig_explorer.layouts.presets import preset_layouts
from mig_explorer.layouts.refusal import Alternative, Refusal
from mig_explorer.layouts.sequence import Sequence, SequenceError, Step, create_sequence
from mig_explorer.layouts.text import parse_layout

__all__ = [
    "Alternative",
    "ComputeInstance",
    "GpuInstance",
    "Layout",
    "Refusal",
    "Sequence",
    "SequenceError",
    "Step",
    "Stranded",
    "create_sequence",
    "driver_start",
    "explicit_starts",
    "failing_orders",
    "layouts",
    "parse_layout",
    "preset_layouts",
    "working_order",
]
