"""The catalogue: one JSON record a board, every value with its source and confidence."""

from mig_explorer.gpus.board import Gpu
from mig_explorer.gpus.catalogue import gpu, gpu_by_pci, gpus
from mig_explorer.gpus.facts import Fact
from mig_explorer.gpus.profile import ComputeProfile, Placement, Profile
from mig_explorer.gpus.slices import Slice

__all__ = ["ComputeProfile", "Fact", "Gpu", "Placement", "Profile", "Slice", "gpu", "gpu_by_pci", "gpus"]
