"""What users of a shared machine ask for: kernels of a known size, and answers of language models."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.gpus import gpu as board_of
from mig_explorer.model import Service, decoding, service
from mig_explorer.model.published import records
from mig_explorer.workloads.registry import workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Server
    from mig_explorer.workloads import Workload

TOKENS = 100
"""Tokens of one answer. Reading the question is left out."""
MIB_OF_GIB, GIB, GB = 1024, 2**30, 1e9
SPARK = "GB10"


@dataclass(frozen=True)
class UsersJob:
    """What one request of a user runs.

    Parameters
    ----------
    title : str
        For people.
    kernel : str
        Name of a workload; empty for a language model.
    size : mapping
        Of the workload.
    weight_bytes : float
        Of the language model, dense, as it is stored.

    Examples
    --------
    >>> JOBS_OF_USERS["chat, 7B in 8 bits"].memory_gib
    7.54
    """

    title: str
    kernel: str = ""
    size: Mapping[str, int] = field(default_factory=dict, hash=False)
    weight_bytes: float = 0.0

    @property
    def is_decoding(self) -> bool:
        """Whether it is a language model's answer."""
        return not self.kernel

    @property
    def memory_gib(self) -> float:
        """What its arrays or its weights take of the GPU's memory."""
        if self.is_decoding:
            return self.weight_bytes / GIB
        return _kernel_of(self.kernel, tuple(self.size.items())).cost.working_set_bytes / GIB

    def on(self, server: Server, gpu: Gpu) -> Service:
        """Return what one request asks of a server.

        An answer of a language model reads all weights for each token, so it draws all the bandwidth there
        is: the rate of decoding is `mig_explorer.model.decoding`. On A100s that was 30 to 110 % too high, and
        the band reaches down to the worst of those published.

        Raises
        ------
        DoesNotFit
            If it does not fit the server's memory.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> from mig_explorer.model import Monolithic
        >>> spark = gpu("GB10")
        >>> (server,) = Monolithic().servers(spark, ["ann"])
        >>> round(JOBS_OF_USERS["chat, 7B in 8 bits"].on(server, spark).seconds, 1)
        3.5
        """
        if not self.is_decoding:
            return service(_kernel_of(self.kernel, tuple(self.size.items())), server, gpu)
        found = decoding(self.weight_bytes, server.slice, gpu)
        seconds = TOKENS / found.tokens_per_second
        slowest = min(found.low_tokens_per_second, found.tokens_per_second * worst_of_published(gpu))
        answer = Service(
            seconds=seconds,
            low_seconds=TOKENS / found.high_tokens_per_second,
            high_seconds=TOKENS / slowest,
            compute_seconds=0.0,
            memory_seconds=seconds,
            compute_share=0.0,
            memory_share=1.0,
            limited_by="memory",
            step=None,
        )
        if not server.takes_turns:
            return answer
        return replace(
            answer, compute_seconds=seconds, memory_seconds=0.0, compute_share=1.0, memory_share=0.0
        )


def worst_of_published(gpu: Gpu) -> float:
    """Return the least published rate of decoding over the modelled one, on a Spark or on A100s; 1 at most.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> round(worst_of_published(gpu("A100-SXM4-40GB")), 2)
    0.48
    """
    rows = scored("spark_decode" if gpu.name == SPARK else "a100_decode")
    return min(1.0, *(row.published / row.modelled for row in rows))


class Scored(NamedTuple):
    """A published rate of decoding and the modelled one.

    Parameters
    ----------
    gpu, model, source : str
        Where, what, and who says so.
    weights_gb, cache_gb : float
        What each token reads, 10^9 bytes.
    published, modelled : float
        Tokens a second.
    """

    gpu: str
    model: str
    weights_gb: float
    cache_gb: float
    published: float
    modelled: float
    source: str


@functools.cache
def scored(family: str) -> tuple[Scored, ...]:
    """Return every published rate of decoding of a source beside the modelled one.

    Examples
    --------
    >>> len(scored("spark_decode")), len(scored("a100_decode"))
    (14, 5)
    """
    found = []
    for each in records(family):
        details = each.details
        weights = details["weights_gb"] * GB if "weights_gb" in details else details["weights_gib"] * GIB
        cache = float(details.get("cache_bytes", 0))
        board = board_of(each.gpu)
        rate = decoding(weights, board.whole, board, cache_bytes=cache).tokens_per_second
        model = str(details["model"])
        found.append(Scored(each.gpu, model, weights / GB, cache / GB, each.value, rate, each.source))
    return tuple(found)


@functools.cache
def _kernel_of(name: str, size: tuple[tuple[str, int], ...]) -> Workload:
    return workload(name, **dict(size))


def _kernel(title: str, kernel: str, **size: int) -> UsersJob:
    return UsersJob(title, kernel, size)


JOBS_OF_USERS = {
    "exercise: small matmul": _kernel("1,000 small matrix products", "matmul", size=256, repeats=1000),
    "exercise: small network": _kernel("1,000 batches of a small network", "mlp", batch=32, repeats=1000),
    "large matmul": _kernel("10 matrix products of 4,096", "matmul", size=4096, repeats=10),
    "streaming": _kernel("100 passes over 3 GiB", "triad", elements=2**28, repeats=100),
    "chat, 4B in 4 bits": UsersJob("100 tokens of Gemma 3 4B, 2.35 GiB", weight_bytes=2.35 * GIB),
    "chat, 7B in 8 bits": UsersJob("100 tokens of Qwen2.5-Coder 7B, 7.54 GiB", weight_bytes=7.54 * GIB),
    "chat, 32B in 16 bits": UsersJob("100 tokens of Qwen3 32B, 64 GB", weight_bytes=64 * GB),
    "chat, 70B in 4 bits": UsersJob("100 tokens of Llama 3.3 70B, 40.6 GB", weight_bytes=40.61 * GB),
}
"""By the name that a page shows. The models are those whose rate on a DGX Spark was published."""
