"""Green contexts: one process divides the SMs and keeps the memory together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.modes.server import whole_gpu, with_sms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.modes.server import Server


class Granularity(NamedTuple):
    """In which portions a board deals out SMs to green contexts.

    Parameters
    ----------
    least : int
        SMs of the smallest part.
    multiple : int
        Every part is a multiple of this.
    """

    least: int
    multiple: int


def sm_granularity(compute_capability: tuple[int, int]) -> Granularity:
    """Return the portions in which CUDA deals out SMs to green contexts.

    The guideline by architecture in the driver API's chapter on green contexts (``cuda.h`` of CUDA 13.0, at
    ``CU_DEV_RESOURCE_TYPE_SM``): 2 and multiples of 2 for compute capability 7.x, 4 and multiples of 2 for
    8.x, 8 and multiples of 8 from 9.0 on. The header of CUDA 13.5 names the same multiples, and 2 for "all
    Tegra SoC" without saying whether a GB10 is one: 8 is taken here. What a board really takes,
    ``cuDeviceGetDevResource`` says.

    Examples
    --------
    >>> sm_granularity((8, 0)), sm_granularity((12, 1))
    (Granularity(least=4, multiple=2), Granularity(least=8, multiple=8))
    """
    major = compute_capability[0]
    if major >= 9:
        return Granularity(8, 8)
    return Granularity(4, 2) if major == 8 else Granularity(2, 2)


@dataclass(frozen=True)
class GreenContexts:
    """Green contexts: every tenant gets SMs of its own inside one process; all else is shared.

    A green context may run on its part of the SMs only, so nobody slows another's arithmetic and nobody may
    use SMs that stand idle next door. Memory, its bandwidth and the level-2 cache are not divided: tenants
    slow each other once they ask for more bandwidth than there is, their memory has to fit together, and a
    fault ends the process that holds them all (NVIDIA, CUDA Driver API, "Green Contexts").

    Parameters
    ----------
    sms : sequence of int, optional
        SMs of each part, in the order of the tenants. By default equal parts, one a tenant, as large as the
        board's granularity allows; what is left over stands idle. A lone tenant has the whole board, which
        needs no dividing.

    Raises
    ------
    InvalidExperiment
        If a part is no whole number above 0, or there is none.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> mode = GreenContexts()
    >>> [(server.name, server.tenants) for server in mode.servers(gpu("GB10"), ["ann", "bob", "cy"])]
    [('16 SMs, part 1', ('ann',)), ('16 SMs, part 2', ('bob',)), ('16 SMs, part 3', ('cy',))]
    """

    sms: Sequence[int] | None = None

    subtitle = "own SMs, one memory, one process"

    def __post_init__(self) -> None:
        if self.sms is None:
            return
        parts = tuple(self.sms)
        if not parts or any(
            not isinstance(each, int) or isinstance(each, bool) or each < 1 for each in parts
        ):
            message = (
                f"GreenContexts(sms={self.sms!r}): a part is a whole number of SMs, one for each tenant, "
                "such as (32, 16). Leave it out for equal parts."
            )
            raise InvalidExperiment(message)
        object.__setattr__(self, "sms", parts)

    @property
    def title(self) -> str:
        """``Green contexts``, and the parts if they were given."""
        return f"Green contexts ({' + '.join(map(str, self.sms))} SMs)" if self.sms else "Green contexts"

    @property
    def slug(self) -> str:
        """``green-contexts``, and the parts if they were given."""
        return "-".join(["green-contexts", *map(str, self.sms or ())])

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the parts, one tenant each; a part beyond the last tenant stands idle.

        Raises
        ------
        InvalidExperiment
            If there are more tenants than parts, or the board cannot be divided like that.
        """
        whole = whole_gpu(gpu, tenants)
        parts = self._given(gpu, len(tenants)) if self.sms else _equal_parts(gpu, len(tenants))
        return tuple(
            replace(
                whole,
                name=f"{sms} SMs, part {number + 1}",
                slice=with_sms(gpu.whole, sms, gpu),
                tenants=tuple(tenants[number : number + 1]),
                compute_group=f"{sms} SMs, part {number + 1}",
                memory_group=whole.name,
                group_sms=sms,
            )
            for number, sms in enumerate(parts)
        )

    def _given(self, gpu: Gpu, tenants: int) -> tuple[int, ...]:
        parts, granularity = tuple(self.sms or ()), sm_granularity(gpu.compute_capability)
        rule = _rule(gpu, granularity)
        odd = [each for each in parts if each < granularity.least or each % granularity.multiple]
        if odd and parts != (gpu.sms,):
            message = f"A green context of {odd[0]} SMs cannot be made on {gpu.name}: {rule}."
            raise InvalidExperiment(message)
        if sum(parts) > gpu.sms:
            message = (
                f"{self.title} takes {sum(parts)} SMs, and {gpu.name} has {gpu.sms}. Make the parts "
                f"smaller: {rule}."
            )
            raise InvalidExperiment(message)
        if tenants > len(parts):
            message = (
                f"{tenants} tenants do not find room in {self.title}: every tenant needs a part of its "
                f"own, and there are {len(parts)}. Give more parts, or leave sms out for equal ones."
            )
            raise InvalidExperiment(message)
        return parts


def _equal_parts(gpu: Gpu, tenants: int) -> tuple[int, ...]:
    if tenants <= 1:
        return (gpu.sms,) * tenants
    granularity = sm_granularity(gpu.compute_capability)
    each = gpu.sms // tenants // granularity.multiple * granularity.multiple
    if each < granularity.least:
        most = gpu.sms // max(granularity)
        message = (
            f"{tenants} tenants are too many for green contexts on {gpu.name}: {_rule(gpu, granularity)}, "
            f"so it has room for {most}. Use fewer tenants, or Mps()."
        )
        raise InvalidExperiment(message)
    return (each,) * tenants


def _rule(gpu: Gpu, granularity: Granularity) -> str:
    capability = ".".join(map(str, gpu.compute_capability))
    return (
        f"with compute capability {capability} a part is at least {granularity.least} of its {gpu.sms} SMs "
        f"and a multiple of {granularity.multiple}"
    )
