"""The catalogue: one JSON record a board, every value with its source and confidence."""

from mig_explorer.gpus.board import Gpu, Placement, Profile
from mig_explorer.gpus.catalogue import gpu, gpus
from mig_explorer.gpus.facts import Fact
from mig_explorer.gpus.slices import Slice

__all__ = ["Fact", "Gpu", "Placement", "Profile", "Slice", "gpu", "gpus"]
