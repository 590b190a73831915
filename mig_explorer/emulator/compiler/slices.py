"""How many waves a launch takes on each slice of a board, and how full the last one is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from mig_explorer.emulator.compiler.occupancy import occupancy
from mig_explorer.emulator.compiler.sm_limits import dotted
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.compiler.occupancy import Occupancy
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.gpus import Gpu

WHOLE = "whole GPU"
UNKNOWN = "unknown"
COLUMNS = ("slice", "SMs", "blocks at once", "waves", "last wave", "full", "idle SMs")


@dataclass(frozen=True)
class SliceWaves:
    """How a launch runs on one slice, if its blocks all take equally long.

    Parameters
    ----------
    name
        The profile's, or ``"whole GPU"``.
    sms
        Its SMs; None where unknown, and then everything else is unknown too.
    blocks_at_once
        Blocks that all its SMs hold together.
    waves
        How often the slice is filled until all blocks have run.
    last_wave_blocks
        Blocks left for the last wave: the tail.
    last_wave_share
        These over `blocks_at_once`.
    last_wave_idle_sms
        SMs that get no block in the last wave.

    Examples
    --------
    >>> waves(1000, blocks_per_sm=8, sms=14, name="1g.5gb")
    SliceWaves(name='1g.5gb', sms=14, blocks_at_once=112, waves=9, last_wave_blocks=104,
               last_wave_share=0.9285714285714286, last_wave_idle_sms=0)
    """

    name: str
    sms: int | None
    blocks_at_once: int | None = None
    waves: int | None = None
    last_wave_blocks: int | None = None
    last_wave_share: float | None = None
    last_wave_idle_sms: int | None = None

    @property
    def use(self) -> float | None:
        """Blocks of the launch over the places for blocks in all its waves; None where unknown."""
        if self.waves is None or self.last_wave_share is None:
            return None
        return (self.waves - 1 + self.last_wave_share) / self.waves


def waves(blocks: int, blocks_per_sm: int, sms: int | None, name: str = WHOLE) -> SliceWaves:
    """Return how a grid of so many blocks runs on a slice.

    Parameters
    ----------
    blocks
        Of the whole grid.
    blocks_per_sm
        That an SM holds at once; 0 if the kernel can't run, and then there are no waves.
    sms
        Of the slice; None where unknown.
    name
        Of the slice.

    Raises
    ------
    InvalidWorkload
        If the grid has no blocks.
    """
    if blocks < 1:
        msg = f"waves: a grid of {blocks} blocks; it has at least one."
        raise InvalidWorkload(msg)
    if sms is None or not blocks_per_sm:
        return SliceWaves(name, sms)
    at_once = blocks_per_sm * sms
    whole, rest = divmod(blocks, at_once)
    last = rest or at_once
    return SliceWaves(
        name=name,
        sms=sms,
        blocks_at_once=at_once,
        waves=whole + (rest > 0),
        last_wave_blocks=last,
        last_wave_share=last / at_once,
        # A block goes to the SM with the most room, so a short wave is spread over all of them.
        last_wave_idle_sms=max(sms - last, 0),
    )


@dataclass(frozen=True)
class SliceTable:
    """A launch on the whole of a board and on one slice of each of its profiles.

    The waves are *modelled*: blocks follow NVIDIA's rules of occupancy, and all take equally long.

    Parameters
    ----------
    board
        Its name.
    blocks
        Of the grid.
    occupancy
        Of an SM of the board; the same on every slice.
    rows
        The whole board first.
    registers
        In words, where the number of registers comes from.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> print(on_slices(gpu("A30"), blocks=1000, threads=256, registers=33))
    1,000 blocks on A30 (compute capability 8.0), modelled as if all took equally long
    6 blocks of 8 warps an SM: 48 of 64 warps (75 %), limited by registers
    slice         SMs    blocks at once    waves    last wave    full    idle SMs
    ----------  -----  ----------------  -------  -----------  ------  ----------
    whole GPU      56               336        3          328    98 %           0
    1g.6gb         14                84       12           76    90 %           0
    1g.6gb+me      14                84       12           76    90 %           0
    2g.12gb        28               168        6          160    95 %           0
    2g.12gb+me     28               168        6          160    95 %           0
    4g.24gb        56               336        3          328    98 %           0
    """

    board: str
    blocks: int
    occupancy: Occupancy
    rows: tuple[SliceWaves, ...]
    registers: str = ""

    @property
    def is_bound(self) -> bool:
        """Whether something is unknown of the kernel, so that there may be more waves than the table says."""
        return bool(self.occupancy.unknown)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, None where unknown."""
        held = self.occupancy
        return {
            "board": self.board,
            "blocks": self.blocks,
            "compute_capability": dotted(held.limits.compute_capability),
            "provenance": "modelled",
            "registers": self.registers,
            "occupancy": {
                "blocks_per_sm": held.blocks,
                "warps": held.warps,
                "max_warps": held.limits.warps,
                "share": held.share,
                "allowed": dict(held.allowed),
                "limited_by": list(held.limited_by),
                "unknown": list(held.unknown),
                "text": str(held),
            },
            "slices": [{**asdict(row), "use": row.use} for row in self.rows],
        }

    def __str__(self) -> str:
        capability = dotted(self.occupancy.limits.compute_capability)
        launch = f"{self.blocks:,} blocks on {self.board} (compute capability {capability})"
        head = [f"{launch}, modelled as if all took equally long", str(self.occupancy)]
        if self.registers:
            head.append(self.registers)
        if not self.occupancy.blocks:
            return "\n".join(head)
        if self.is_bound:
            head.append("so there are at least as many waves as this:")
        table = tabulate(
            [_cells(row) for row in self.rows],
            COLUMNS,
            colalign=("left", *["right"] * (len(COLUMNS) - 1)),
            disable_numparse=True,
        )
        return "\n".join([*head, table])


def on_slices(  # noqa: PLR0913 - these are what a launch and a compiled kernel consist of
    board: Gpu,
    *,
    blocks: int,
    threads: int,
    registers: int | None,
    static_shared: int | None = 0,
    dynamic_shared: int = 0,
    barriers: int = 1,
    said: str = "",
) -> SliceTable:
    """Return how a launch runs on the whole of a board and on one slice of each of its profiles.

    Parameters
    ----------
    board
        Of the catalogue. Where the SMs of a profile are unknown, so is its row.
    blocks
        Of the grid.
    threads
        Of a block.
    registers
        Of a thread; None where unknown: the table then says the least number of waves.
    static_shared
        Shared memory that the kernel declares, in bytes; None where unknown, likewise.
    dynamic_shared
        Shared memory that the launch adds, in bytes.
    barriers
        That the kernel uses.
    said
        Where the number of registers comes from, in words.

    Raises
    ------
    UnknownGpu
        If nothing is known of an SM of the board.
    InvalidWorkload
        If the grid has no blocks, a block has no threads or a number is negative.
    """
    held = occupancy(
        board.compute_capability,
        threads=threads,
        registers=registers,
        static_shared=static_shared,
        dynamic_shared=dynamic_shared,
        barriers=barriers,
    )
    pieces = [(WHOLE, board.sms), *((name, profile.sms) for name, profile in board.profiles.items())]
    rows = tuple(waves(blocks, held.blocks, sms, name) for name, sms in pieces)
    return SliceTable(board.name, blocks, held, rows, said)


def kernel_on_slices(
    board: Gpu,
    resources: KernelResources,
    *,
    blocks: int,
    threads: int,
    dynamic_shared: int = 0,
) -> SliceTable:
    """Return how a launch of a compiled kernel runs on the whole of a board and on its slices.

    Raises
    ------
    InvalidWorkload
        If the kernel was compiled for another compute capability than the board's.
    """
    if resources.compute_capability != board.compute_capability:
        msg = (
            f"{resources.kernel} was compiled for compute capability "
            f"{dotted(resources.compute_capability)}, and {board.name} has "
            f"{dotted(board.compute_capability)}: its registers differ. Compile it for the board's."
        )
        raise InvalidWorkload(msg)
    return on_slices(
        board,
        blocks=blocks,
        threads=threads,
        registers=resources.registers,
        static_shared=resources.shared_bytes,
        dynamic_shared=dynamic_shared,
        barriers=resources.barriers,
        said=f"{resources.registers} registers a thread ({resources.provenance.short})",
    )


def _cells(row: SliceWaves) -> Sequence[str | int]:
    share = None if row.last_wave_share is None else _percent(row.last_wave_share)
    cells = (
        row.sms,
        row.blocks_at_once,
        row.waves,
        row.last_wave_blocks,
        share,
        row.last_wave_idle_sms,
    )
    return [row.name, *(UNKNOWN if each is None else each for each in cells)]


def _percent(share: float) -> str:
    """Write a share that is not 0 as more than 0 %."""
    return f"{100 * share:.0f} %" if share >= 0.005 else "<1 %"
