"""A board of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import UnknownProfile, nearest_names
from mig_explorer.gpus.slices import Slice, slice_of_profile, whole_board

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus.facts import Fact
    from mig_explorer.gpus.profile import Profile


@dataclass(frozen=True)
class Gpu:
    """A board of the catalogue.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> board
    <Gpu A100-SXM4-40GB: 108 SMs, 40 GiB, 7 compute and 8 memory slices>
    >>> board.sms, board.compute_slices, board.memory_slices
    (108, 7, 8)
    >>> board.facts["memory_bandwidth_gbs"].text
    '1555 GB/s'
    """

    name: str
    product_name: str
    aliases: tuple[str, ...]
    pci_device_ids: tuple[str, ...]
    has_mig: bool
    note: str
    facts: Mapping[str, Fact] = field(repr=False, hash=False)
    profiles: Mapping[str, Profile] = field(repr=False)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        mig = (
            f"{self.compute_slices} compute and {self.memory_slices} memory slices"
            if self.has_mig
            else "no MIG"
        )
        memory = "unknown memory" if self.memory_mib is None else f"{self.memory_mib // 1024} GiB"
        return f"<Gpu {self.name}: {self.sms} SMs, {memory}, {mig}>"

    def value(self, name: str) -> Any:
        """Return a fact's value, None where the record has no such fact or does not know it."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    @property
    def compute_capability(self) -> tuple[int, int]:
        """Major and minor, as CUDA gives them."""
        major, minor = str(self.facts["compute_capability"].value).split(".")
        return int(major), int(minor)

    @property
    def memory_slices(self) -> int:
        """Memory slices that MIG deals out; 0 without MIG."""
        return int(self.value("memory_slices") or 0)

    @property
    def compute_slices(self) -> int:
        """Compute slices that MIG deals out; 0 without MIG."""
        return int(self.value("compute_slices") or 0)

    @property
    def memory_slices_per_compute_slice(self) -> int:
        """How far apart on the memory axis the compute slices sit.

        Compute slice i rides with memory slice i where this is 1; an eighth memory slice beside seven
        compute slices has no compute of its own.
        """
        return self.memory_slices // self.compute_slices if self.compute_slices else 0

    @property
    def sms(self) -> int:
        """Streaming multiprocessors with MIG off."""
        return int(self.facts["sms"].value)

    @property
    def sms_mig(self) -> int | None:
        """Streaming multiprocessors that MIG can deal out; None without MIG, or where unknown."""
        return self.value("sms_mig")  # type: ignore[no-any-return]

    @property
    def memory_mib(self) -> int | None:
        """Memory of the board in MiB; None where unknown."""
        return self.value("memory_mib")  # type: ignore[no-any-return]

    @property
    def memory_bandwidth_gbs(self) -> float | None:
        """Memory bandwidth on the data sheet, GB/s; None where unknown."""
        return self.value("memory_bandwidth_gbs")  # type: ignore[no-any-return]

    @property
    def l2_mib(self) -> float | None:
        """Level-2 cache in MiB."""
        return self.value("l2_mib")  # type: ignore[no-any-return]

    @property
    def peak_fp32_tflops(self) -> float | None:
        """Peak single-precision rate without tensor cores, TFLOP/s."""
        return self.value("peak_fp32_tflops")  # type: ignore[no-any-return]

    @property
    def peak_fp64_tflops(self) -> float | None:
        """Peak double-precision rate without tensor cores, TFLOP/s."""
        return self.value("peak_fp64_tflops")  # type: ignore[no-any-return]

    @property
    def max_threads_per_sm(self) -> int | None:
        """Threads an SM can hold at once."""
        return self.value("max_threads_per_sm")  # type: ignore[no-any-return]

    @property
    def max_blocks_per_sm(self) -> int | None:
        """Thread blocks an SM can hold at once."""
        return self.value("max_blocks_per_sm")  # type: ignore[no-any-return]

    @property
    def shared_memory_per_sm_kib(self) -> int | None:
        """Shared memory of an SM in KiB."""
        return self.value("shared_memory_per_sm_kib")  # type: ignore[no-any-return]

    @property
    def whole(self) -> Slice:
        """The board with MIG off, as one slice.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> gpu("GB10").whole.sms
        48
        """
        return whole_board(self)

    def profile(self, name: str) -> Profile:
        """Return a profile by its name, or by another that drivers print for it.

        Raises
        ------
        UnknownProfile
            If the board has no such profile; the message gives the nearest names.
        """
        try:
            return self.profiles[name]
        except (KeyError, TypeError):
            for profile in self.profiles.values():
                if name in profile.also_named:
                    return profile
            if not self.has_mig:
                message = f"{self.name} has no profile {name!r}: it has no MIG."
            else:
                message = f"{self.name} has no profile {name!r}. {nearest_names(name, self.profiles)}"
            raise UnknownProfile(message) from None

    def slice(self, profile_name: str) -> Slice:
        """Return what a program sees that runs on one instance of a profile.

        Parameters
        ----------
        profile_name : str
            For example ``"1g.5gb"``.

        Raises
        ------
        UnknownProfile
            If the board has no such profile.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> piece = gpu("A100-SXM4-40GB").slice("1g.5gb")
        >>> piece.sms, piece.bandwidth.text, piece.bandwidth.confidence
        (14, '174.2 GB/s', 'verified')
        """
        return slice_of_profile(self, self.profile(profile_name))
