"""How long it takes: a kernel on a slice, and tenants who share the slices."""

from mig_explorer.model.calibration import MODEL_VERSION, constant, constants
from mig_explorer.model.contention import Demand, Load, loads, stretch
from mig_explorer.model.decoding import Decoding, decoding
from mig_explorer.model.emulated import EmulatedWorkload, cost_of_emulation
from mig_explorer.model.measured import MeasuredWorkload, Prediction
from mig_explorer.model.modes import (
    GreenContexts,
    Mig,
    Monolithic,
    Mps,
    Server,
    SharingMode,
    TimeSlicing,
)
from mig_explorer.model.occupancy import Residency, resident_blocks
from mig_explorer.model.roofline import StepTime, step_time
from mig_explorer.model.service import Service, check_together, service

__all__ = [
    "MODEL_VERSION",
    "Decoding",
    "Demand",
    "EmulatedWorkload",
    "GreenContexts",
    "Load",
    "MeasuredWorkload",
    "Mig",
    "Monolithic",
    "Mps",
    "Prediction",
    "Residency",
    "Server",
    "Service",
    "SharingMode",
    "StepTime",
    "TimeSlicing",
    "check_together",
    "constant",
    "constants",
    "cost_of_emulation",
    "decoding",
    "loads",
    "resident_blocks",
    "service",
    "step_time",
    "stretch",
]
