"""Sharing modes, one a file: who is served where, and what is shared there."""

from __future__ import annotations

from mig_explorer.model.modes.green_contexts import GreenContexts
from mig_explorer.model.modes.mig import Mig
from mig_explorer.model.modes.monolithic import Monolithic
from mig_explorer.model.modes.mps import Mps
from mig_explorer.model.modes.server import Server, SharingMode
from mig_explorer.model.modes.time_slicing import TimeSlicing

__all__ = ["GreenContexts", "Mig", "Monolithic", "Mps", "Server", "SharingMode", "TimeSlicing"]
