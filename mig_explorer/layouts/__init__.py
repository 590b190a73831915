"""Placing GPU instances on a board, refusing with a reason, counting what is possible."""

from mig_explorer.layouts.enumeration import layouts
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.layout import Layout, Stranded, driver_start
from mig_explorer.layouts.presets import preset_layouts
from mig_explorer.layouts.refusal import Alternative, Refusal
from mig_explorer.layouts.text import parse_layout

__all__ = [
    "Alternative",
    "GpuInstance",
    "Layout",
    "Refusal",
    "Stranded",
    "driver_start",
    "layouts",
    "parse_layout",
    "preset_layouts",
]
