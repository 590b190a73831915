"""What a board's MIG deals out: placements, profiles of GPU instances, profiles of compute instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_explorer.errors import UnknownProfile, nearest_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus.facts import Fact


@dataclass(frozen=True, order=True)
class Placement:
    """A start and a size on the memory slices of a board.

    Examples
    --------
    >>> Placement(start=4, size=4).memory_slices
    (4, 5, 6, 7)
    """

    start: int
    size: int

    @property
    def memory_slices(self) -> tuple[int, ...]:
        """The memory slices it covers."""
        return tuple(range(self.start, self.start + self.size))


@dataclass(frozen=True)
class ComputeProfile:
    """What ``nvidia-smi mig -lcip`` lists for one profile of GPU instance: a share of its compute slices.

    Parameters
    ----------
    name : str
        ``"1c.3g.20gb"``; of the one that fills its GPU instance that one's name, ``"3g.20gb"``.
    profile_id : int or None
        The ID that ``nvidia-smi mig -cci`` takes; None where unknown.
    nvml_profile : int
        NVML's number, ``NVML_COMPUTE_INSTANCE_PROFILE_…``; 7 is the second revision of one slice.
    compute_slices : int
        How many of the GPU instance's compute slices it holds.
    max_instances : int
        How many of it one GPU instance takes.
    starts : tuple of int
        Compute slices inside the GPU instance that it may start at. Derived: drivers print the placements of
        compute instances in more than one way.
    full : bool
        Whether it fills its GPU instance; ``nvidia-smi`` marks that one with a star.
    facts : mapping of str to Fact
        ``"sms"`` with its source; how sure that is holds for the whole row.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> for each in gpu("A30").profile("2g.12gb").compute_profiles:
    ...     print(each.name, each.profile_id, each.sms, each.starts, each.full)
    1c.2g.12gb 0 14 (0, 1) False
    2g.12gb 1 28 (0,) True
    """

    name: str
    profile_id: int | None
    nvml_profile: int
    compute_slices: int
    max_instances: int
    starts: tuple[int, ...]
    full: bool
    facts: Mapping[str, Fact] = field(repr=False, compare=False)

    @property
    def sms(self) -> int | None:
        """Streaming multiprocessors of its own; None where unknown."""
        return self.facts["sms"].value  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Profile:
    """What ``nvidia-smi mig -lgip`` lists: a size of GPU instance and where it may start.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> profile = gpu("A100-SXM4-40GB").profiles["3g.20gb"]
    >>> profile.sms, profile.memory_mib, profile.starts
    (42, 19968, (0, 4))
    >>> gpu("H100-PCIE-80GB").profiles["3g.40gb"].sms is None  # unknown
    True
    """

    name: str
    profile_id: int | None
    nvml_profile: int
    compute_slices: int
    memory_slices: int
    starts: tuple[int, ...]
    max_instances: int
    attributes: tuple[str, ...]
    min_driver: str | None
    also_named: tuple[str, ...]
    confidence: str
    note: str
    facts: Mapping[str, Fact] = field(repr=False, hash=False)
    compute_profiles: tuple[ComputeProfile, ...] = field(repr=False, hash=False)

    @property
    def family(self) -> str:
        """What follows the size in its name: ``""``, ``"+me"``, ``"-me"``, ``"+gfx"`` or ``"+me.all"``.

        ``+me`` has media engines beyond its share, ``+me.all`` all of them, ``-me`` none; ``+gfx`` can draw.
        """
        return self.name[self.name.index("gb") + 2 :]

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Every placement the driver knows for this profile."""
        return tuple(Placement(start, self.memory_slices) for start in self.starts)

    @property
    def sms(self) -> int | None:
        """Streaming multiprocessors; None where unknown."""
        return self.facts["sms"].value  # type: ignore[no-any-return]

    @property
    def memory_mib(self) -> int | None:
        """Memory in MiB, as ``nvidia-smi`` prints it; drivers differ by about 2 %. None where unknown."""
        return self.facts["memory_mib"].value  # type: ignore[no-any-return]

    def engines(self, kind: str) -> int | None:
        """Return how many engines of a kind (``"decoders"``, ``"jpeg"``…) it holds; None if unknown."""
        return self.facts[kind].value  # type: ignore[no-any-return]

    @property
    def full(self) -> ComputeProfile:
        """The compute instance that fills it, as ``nvidia-smi mig -cgi … -C`` makes it."""
        return next(each for each in self.compute_profiles if each.full)

    def compute_profile(self, name: str) -> ComputeProfile:
        """Return a compute profile by its name, in full or in short.

        Parameters
        ----------
        name : str
            ``"1c.3g.20gb"`` or ``"1c"``; ``"3g.20gb"`` or ``"3c"`` for the one that fills it.

        Raises
        ------
        UnknownProfile
            If there is none; the message gives the nearest names.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> gpu("A100-SXM4-40GB").profile("3g.20gb").compute_profile("2c").name
        '2c.3g.20gb'
        """
        for each in self.compute_profiles:
            short = f"{each.compute_slices}c"
            long = f"{short}.{self.name}"
            second_revision = not each.full and each.name != long
            if name == each.name or (name in (short, long) and not second_revision):
                return each
        names = [each.name for each in self.compute_profiles]
        message = f"{self.name} has no compute profile {name!r}. {nearest_names(name, names)}"
        raise UnknownProfile(message)
