"""How long it takes: a kernel on a slice, and tenants who share the slices."""

from mig_explorer.model.calibration import MODEL_VERSION, constant, constants
from mig_explorer.model.modes import Mig, Monolithic, Server, SharingMode
from mig_explorer.model.occupancy import Residency, resident_blocks
from mig_explorer.model.roofline import StepTime, step_time
from mig_explorer.model.simulate import Customer, Request, simulate

__all__ = [
    "MODEL_VERSION",
    "Customer",
    "Mig",
    "Monolithic",
    "Request",
    "Residency",
    "Server",
    "SharingMode",
    "StepTime",
    "constant",
    "constants",
    "resident_blocks",
    "simulate",
    "step_time",
]
