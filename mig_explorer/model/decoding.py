"""How fast one sequence of a dense language model is decoded: by how fast its weights can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.model.bandwidth import reachable_bandwidth, share_of_data_sheet
from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu, Slice

MIB = 2**20


@dataclass(frozen=True)
class Decoding:
    """The modelled rate of decoding with a batch of one.

    Parameters
    ----------
    tokens_per_second : float
        Modelled. An upper end: what the host does between kernels is left out, and kernels that do not reach
        a copy's bandwidth are slower.
    low_tokens_per_second, high_tokens_per_second : float
        The band: at the bandwidth of a plain copy (``memcpy_share_of_stream``), and at the data sheet's.
    seconds_per_token : float
        Inverse of `tokens_per_second`.
    bytes_per_token : float
        Weights and cache that each token reads.
    bandwidth_gbs : float
        The bandwidth that the slice reaches.
    """

    tokens_per_second: float
    low_tokens_per_second: float
    high_tokens_per_second: float
    seconds_per_token: float
    bytes_per_token: float
    bandwidth_gbs: float


def decoding(weight_bytes: float, slice: Slice, gpu: Gpu, *, cache_bytes: float = 0.0) -> Decoding:  # noqa: A002 - MIG's own word
    """Return how fast a dense model is decoded on a slice, one sequence at a time.

    Every token reads every weight and the keys and values of all tokens before it:
    ``bandwidth / (weights + cache)``. Of a mixture of experts a token reads only a part; pass that part.

    Parameters
    ----------
    weight_bytes : float
        Of the weights as they are stored, for example the size of the model's file.
    slice : Slice
        ``gpu.whole`` or ``gpu.slice(profile)``.
    gpu : Gpu
        The board.
    cache_bytes : float
        Keys and values of the context: 2 x layers x key-value heads x head size x bytes of a value, for each
        token of it.

    Raises
    ------
    DoesNotFit
        If weights and cache are larger than the slice's memory.
    InvalidWorkload
        If a size is not a number greater than 0, or the slice's SMs or bandwidth are unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> spark, a100 = gpu("GB10"), gpu("A100-SXM4-40GB")
    >>> for where, board in ((spark.whole, spark), (a100.whole, a100), (a100.slice("2g.10gb"), a100)):
    ...     print(f"{decoding(7.54 * 2**30, where, board).tokens_per_second:.0f} tokens/s")
    29 tokens/s
    171 tokens/s
    43 tokens/s
    """
    for what, size, least in (("weight_bytes", weight_bytes, 1), ("cache_bytes", cache_bytes, 0)):
        if not math.isfinite(size) or size < least:
            message = f"decoding: {what}={size!r}; it is a number of bytes, at least {least}."
            raise InvalidWorkload(message)
    bandwidth = slice.bandwidth.value
    if slice.sms is None or bandwidth is None:
        message = (
            f"The SMs or the bandwidth of {slice.name} of {gpu.name} are unknown, so no rate of decoding can "
            f"be modelled there."
        )
        raise InvalidWorkload(message)
    read = weight_bytes + cache_bytes
    if slice.memory_mib is not None and read > slice.memory_mib * MIB:
        message = (
            f"Weights and cache of {read / MIB:,.0f} MiB do not fit {slice.name} of {gpu.name}, which has "
            f"{slice.memory_mib:,} MiB. Store the weights in fewer bits or choose a larger slice."
        )
        raise DoesNotFit(message)
    reached = reachable_bandwidth(float(bandwidth), slice.sms, gpu)
    rate = reached * 1e9 / read
    return Decoding(
        tokens_per_second=rate,
        low_tokens_per_second=rate * constant("memcpy_share_of_stream"),
        high_tokens_per_second=rate / share_of_data_sheet(gpu),
        seconds_per_token=1 / rate,
        bytes_per_token=read,
        bandwidth_gbs=reached,
    )
