"""Small models that answer requests in batches: how long a batch of each size takes on each slice."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model import MODEL_VERSION, MeasuredWorkload, service
from mig_explorer.model.published import records, step_times
from mig_explorer.scenarios.batch_queue import BatchTimes
from mig_explorer.scenarios.batching import batched
from mig_explorer.workloads.registry import workload

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Server, Service
    from mig_explorer.workloads import Workload

MEASURED_ON = "A100-SXM4-40GB"
TOKENS = 64
LARGEST = 1024
SIZES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, LARGEST)
GPU_BOUND = 1.1
"""A published time this much over the model's shortest one is taken to be set by the GPU, not by the host;
times that are the host's alone differ by up to 1.07."""


@dataclass(frozen=True)
class ServedModel:
    """A model and where its times come from.

    Parameters
    ----------
    title : str
        For people.
    published_as : str
        Its name in the published records; empty if it is modelled from its arithmetic and traffic.
    kernel : str
        The workload otherwise.

    Examples
    --------
    >>> SERVED["BERT-base (published)"].provenance
    'published'
    """

    title: str
    published_as: str = ""
    kernel: str = ""

    @property
    def provenance(self) -> str:
        """``published`` or ``modelled``."""
        return "published" if self.published_as else "modelled"

    def source(self, gpu: Gpu) -> str:
        """Say where its times on a board come from."""
        if not self.published_as:
            return f"model {MODEL_VERSION}, {gpu.name}, from arithmetic and traffic"
        first = records("migperf")[0]
        return (
            f"{first.source}, {first.url}, {MEASURED_ON}, {TOKENS} tokens; model {MODEL_VERSION} between its "
            "batches and on slices that it lacks"
        )

    def check(self, gpu: Gpu) -> None:
        """Refuse a board on which nothing is known of the model.

        Raises
        ------
        InvalidExperiment
            If it was measured on another board.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> SERVED["MiniLM (published)"].check(gpu("A30"))
        Traceback (most recent call last):
        mig_explorer.errors.InvalidExperiment: MiniLM was measured on A100-SXM4-40GB, and its times say
        nothing of A30. Take A100-SXM4-40GB, or a modelled model: MLP (modelled) or Attention (modelled).
        """
        if self.published_as and gpu.name != MEASURED_ON:
            modelled = " or ".join(name for name, each in SERVED.items() if not each.published_as)
            message = (
                f"{self.title} was measured on {MEASURED_ON}, and its times say nothing of {gpu.name}. Take "
                f"{MEASURED_ON}, or a modelled model: {modelled}."
            )
            raise InvalidExperiment(message)

    def on(self, server: Server, gpu: Gpu) -> BatchTimes:
        """Return the time of a batch of each size on a server.

        Published batches are 1, 8, 32, 64, 128 and 256, and times in between are linear in the size. Where
        the slice was measured, its time is the one that was published.

        Raises
        ------
        InvalidExperiment
            If it was measured on another board.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> from mig_explorer.model import Monolithic
        >>> board = gpu("A100-SXM4-40GB")
        >>> (server,) = Monolithic().servers(board, ["ann"])
        >>> times = SERVED["BERT-base (published)"].on(server, board)
        >>> [round(1000 * float(times.work.seconds[size])) for size in (1, 32, 256)]
        [11, 11, 50]
        """
        self.check(gpu)
        if not self.published_as:
            known = {size: service(self._counted(size), server, gpu) for size in SIZES}
            return BatchTimes(known, server.switching)
        measured = _published(self.published_as)
        floor = min(min(times.values()) for times in measured.values())
        known = {size: self._measured(size, times, floor, server, gpu) for size, times in measured.items()}
        return BatchTimes(known, server.switching)

    def _counted(self, size: int) -> Workload:
        if self.kernel == "mlp":
            return workload("mlp", batch=size, layers=48, width=256)
        return batched(workload("attention", length=1024), size)

    def _measured(
        self, size: int, times: dict[str, float], floor: float, server: Server, gpu: Gpu
    ) -> Service:
        """Return a batch's time: as published, or the longer of the host's part and the GPU's.

        The host's part is the shortest time of the model. Where every slice takes about that, the GPU's part
        is hidden behind it, and is taken as the most that it can be: what the smallest slice shows.
        """
        bound = {name: each for name, each in times.items() if each > GPU_BOUND * floor}
        smallest = min(times, key=lambda name: gpu.slice(name).sms or 0)
        anchors = bound or {smallest: GPU_BOUND * floor}
        work = MeasuredWorkload(f"{self.title}, batch {size}", anchors, gpu, host_seconds=floor)
        found = service(work, server, gpu)
        as_published = times.get(server.slice.name)
        if as_published is None or server.switching:
            return found
        factor = as_published / found.seconds
        return replace(
            found,
            seconds=as_published,
            low_seconds=found.low_seconds * factor,
            high_seconds=found.high_seconds * factor,
        )


SERVED = {
    "BERT-base (published)": ServedModel("BERT-base", "bert-base"),
    "MiniLM (published)": ServedModel("MiniLM", "MiniLM"),
    "MLP (modelled)": ServedModel("MLP, 48 layers of 256", kernel="mlp"),
    "Attention (modelled)": ServedModel("Attention, one head, 1,024 tokens", kernel="attention"),
}
"""By the name that a page shows. Decoders are not among them: nobody published one by batch and slice."""


@functools.cache
def _published(model: str) -> dict[int, dict[str, float]]:
    """Return the seconds by slice of every published batch."""
    return {
        batch: dict(times)
        for (name, batch, tokens, task), times in step_times("migperf").items()
        if name == model and tokens == TOKENS and task == "inference"
    }
