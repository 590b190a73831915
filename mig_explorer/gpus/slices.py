"""What a program sees of a board: all of it, or one slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.gpus.facts import Fact

if TYPE_CHECKING:
    from mig_explorer.gpus.board import Gpu
    from mig_explorer.gpus.profile import Profile

STREAM_SHARE_OF_DATA_SHEET = 0.89
"""STREAM copy reaches 1384.6 of the 1555 GB/s on the data sheet of an A100-40GB (GPUless thesis, SPCL)."""


@dataclass(frozen=True)
class Slice:
    """The resources of one slice, or of the whole board with MIG off.

    Parameters
    ----------
    name : str
        Profile name, or ``"whole GPU"``.
    sms : int or None
        Streaming multiprocessors; None where unknown.
    memory_mib : int or None
        Memory in MiB; None where unknown.
    bandwidth : Fact
        Memory bandwidth a STREAM copy reaches, GB/s: published where the board's record has it, else
        modelled as the data sheet's figure times 0.89 times the share of memory slices; unknown where that
        figure is.
    l2 : Fact
        Level-2 cache, MiB; of a slice the share of its memory slices.
    copy_engines, decoders, encoders, jpeg, ofa : int or None
        Engines; None where unknown.
    compute_share : float or None
        SMs over those of the whole board; None where unknown.
    memory_share : float
        Memory slices over those of the whole board.
    sharers : int
        Compute instances that share its memory, bandwidth, cache and engines, itself included.
    """

    name: str
    sms: int | None
    memory_mib: int | None
    bandwidth: Fact
    l2: Fact
    copy_engines: int | None
    decoders: int | None
    encoders: int | None
    jpeg: int | None
    ofa: int | None
    compute_share: float | None
    memory_share: float
    sharers: int = 1


def whole_board(board: Gpu) -> Slice:
    """Return the board with MIG off as one slice."""
    return Slice(
        name="whole GPU",
        sms=board.sms,
        memory_mib=board.memory_mib,
        bandwidth=board.facts.get("stream_copy_gbs") or _modelled_bandwidth(board, 1.0),
        l2=board.facts["l2_mib"],
        copy_engines=board.value("copy_engines"),
        decoders=board.value("decoders"),
        encoders=board.value("encoders"),
        jpeg=board.value("jpeg"),
        ofa=board.value("ofa"),
        compute_share=1.0,
        memory_share=1.0,
    )


def slice_of_profile(board: Gpu, profile: Profile) -> Slice:
    """Return the resources of one GPU instance of a profile."""
    share = profile.memory_slices / board.memory_slices
    l2 = board.facts["l2_mib"]
    if l2.value is not None:
        l2 = Fact(
            l2.value * share,
            l2.unit,
            f"{l2.source}, times the share of memory slices",
            "derived" if l2.confidence == "verified" else l2.confidence,
        )
    return Slice(
        name=profile.name,
        sms=profile.sms,
        memory_mib=profile.memory_mib,
        bandwidth=profile.facts.get("stream_copy_gbs") or _modelled_bandwidth(board, share),
        l2=l2,
        copy_engines=profile.engines("copy_engines"),
        decoders=profile.engines("decoders"),
        encoders=profile.engines("encoders"),
        jpeg=profile.engines("jpeg"),
        ofa=profile.engines("ofa"),
        compute_share=None if profile.sms is None else profile.sms / board.sms,
        memory_share=share,
    )


def _modelled_bandwidth(board: Gpu, share: float) -> Fact:
    sheet = board.facts["memory_bandwidth_gbs"]
    if sheet.value is None:
        return Fact(None, sheet.unit, sheet.source, "unknown", sheet.note)
    return Fact(
        round(sheet.value * STREAM_SHARE_OF_DATA_SHEET * share, 1),
        sheet.unit,
        f"{STREAM_SHARE_OF_DATA_SHEET:g} x {sheet.value:g} GB/s x {share:g} of the memory slices",
        "modelled",
        f"data sheet figure: {sheet.confidence}",
    )
