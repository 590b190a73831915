"""The sharing modes that a board offers to some tenants, and those that it cannot offer, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import ImpossiblePlacement, InvalidExperiment
from mig_explorer.layouts import Layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, TimeSlicing

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode


@dataclass(frozen=True)
class Ways:
    """How a number of tenants may share a board.

    Parameters
    ----------
    modes : tuple of SharingMode
        What can be compared, `Monolithic` first and `Mig` last.
    refused : tuple of str
        Why each of the others is missing, in words.
    """

    modes: tuple[SharingMode, ...]
    refused: tuple[str, ...]

    @property
    def mig(self) -> Mig | None:
        """The MIG mode; None where the board has none."""
        return next((mode for mode in self.modes if isinstance(mode, Mig)), None)


def ways_to_share(gpu: Gpu, tenants: int, mig: Mig | None = None) -> Ways:
    """Return every sharing mode that a board offers to that many tenants.

    Parameters
    ----------
    gpu : Gpu
        A board.
    tenants : int
        How many share it.
    mig : Mig, optional
        The MIG mode; by default with the layout of `slices_for`.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [mode.title for mode in ways_to_share(gpu("A30"), 4).modes]
    ['Monolithic', 'Time slicing', 'MPS', 'Green contexts', 'MIG 4 × 1g.6gb']
    >>> [reason.split(":")[0] for reason in ways_to_share(gpu("GB10"), 7).refused]
    ['7 tenants are too many for green contexts on GB10', 'GB10 has no MIG.']
    """
    names = [f"tenant {number + 1}" for number in range(tenants)]
    modes: list[SharingMode] = []
    refused = []
    for mode in (Monolithic(), TimeSlicing(), Mps(), GreenContexts()):
        try:
            mode.servers(gpu, names)
        except InvalidExperiment as error:
            refused.append(str(error))
        else:
            modes.append(mode)
    if gpu.has_mig:
        modes.append(Mig(slices_for(gpu, tenants)) if mig is None else mig)
    else:
        refused.append(f"{gpu.name} has no MIG.")
    return Ways(tuple(modes), tuple(refused))


def slices_for(gpu: Gpu, tenants: int) -> Layout:
    """Return equal slices, one for each tenant: the largest of which there are enough, else the smallest.

    Raises
    ------
    InvalidExperiment
        If the board has no MIG.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [slices_for(gpu("A100-SXM4-40GB"), each).title for each in (1, 2, 3, 7, 14)]
    ['7g.40gb', '2 × 3g.20gb', '3 × 2g.10gb', '7 × 1g.5gb', '7 × 1g.5gb']
    """
    if not gpu.has_mig:
        message = f"{gpu.name} has no MIG, so it cannot be cut into slices. A100-SXM4-40GB can."
        raise InvalidExperiment(message)
    plain = [profile for profile in gpu.profiles.values() if not profile.attributes]
    enough = [profile for profile in plain if profile.max_instances >= tenants]
    chosen = enough[-1] if enough else plain[0]
    layout = Layout(gpu)
    for _ in range(min(tenants, chosen.max_instances)):
        try:
            layout = layout.place(chosen.name)
        except ImpossiblePlacement:  # what the driver's own order leaves no room for
            break
    return layout
