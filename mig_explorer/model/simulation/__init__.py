"""Requests that queue, are served and slow each other down, event by event."""

from mig_explorer.model.simulation.description import Arrangement, Change, Place, Source
from mig_explorer.model.simulation.reference import simulate_reference
from mig_explorer.model.simulation.run import simulate_arrangement
from mig_explorer.model.simulation.served import Pause, Served

__all__ = [
    "Arrangement",
    "Change",
    "Pause",
    "Place",
    "Served",
    "Source",
    "simulate_arrangement",
    "simulate_reference",
]
