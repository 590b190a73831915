"""Published runs predicted from what the algorithm computes and moves, with no measurement of the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.gpus import gpu
from mig_explorer.model.bandwidth import reachable_bandwidth
from mig_explorer.model.calibration import constant
from mig_explorer.model.published import records, step_times
from mig_explorer.model.roofline import step_time
from mig_explorer.model.scaling import joined
from mig_explorer.workloads import Cost, Launch

if TYPE_CHECKING:
    from collections.abc import Iterable

BOARD = "A100-SXM4-40GB"
ELEMENTS = 2**27
ONLY_SCORED = "only scored"


class Encoder(NamedTuple):
    """Size of a transformer encoder, from its published configuration."""

    layers: int
    hidden: int


ENCODERS = {
    "bert-base": Encoder(12, 768),
    "mpnet": Encoder(12, 768),
    "distil-v1": Encoder(6, 768),
    "MiniLM": Encoder(12, 384),
}
"""MiniLM is taken for the one of 12 layers: a batch of 1 takes it as long as BERT."""


@dataclass(frozen=True)
class Triad:
    """STREAM triad in double precision, as GPUless ran it."""

    title = "STREAM triad"
    note = ""
    launch = Launch(grid=(ELEMENTS // 256,), block=(256,))
    cost = Cost(2 * ELEMENTS, 24 * ELEMENTS, 1, 24 * ELEMENTS, "fp64")

    def resources(self, _gpu: object) -> None:
        """Return nothing: what its kernel compiles to is unknown."""


def triad_rows() -> Iterable[tuple[str, str, float, float, float, bool, str]]:
    """Return source, label, published and predicted seconds, those by SMs, whether in the band, and its use.

    Examples
    --------
    >>> len(list(triad_rows()))
    6
    """
    board, work = gpu(BOARD), Triad()
    whole = step_time(work, board.whole, board).seconds
    for each in records("gpuless_stream"):
        name = str(each.profile)
        if each.quantity != "STREAM triad" or "layout" in each.details or "c." in name:
            continue
        piece = board.whole if name == board.whole.name else board.slice(name)
        step = step_time(work, piece, board)
        published = work.cost.bytes / (each.value * 1e9)
        by_sms = whole * board.sms / (piece.sms or board.sms)
        inside = step.low_seconds <= published <= step.high_seconds
        yield "gpuless_stream", name, published, step.seconds, by_sms, inside, ONLY_SCORED


def inference_rows() -> Iterable[tuple[str, str, float, float, float, bool | None, str]]:
    """Return the same of the inference of encoders, on tensor cores in TF32.

    A sequence of s tokens takes ``24 L h^2 s + 4 L h s^2`` FLOPs, a batch reads the weights once. They must
    have run on tensor cores: 14 SMs did more than their FP32 peak. Launches are not known, and left out.

    Examples
    --------
    >>> len(list(inference_rows()))
    160
    """
    board = gpu(BOARD)
    peak = float(board.value("peak_tf32_tensor_tflops_dense")) * 1e12
    for job, times in step_times("migperf").items():
        name, batch, tokens, _ = job
        if name not in ENCODERS:
            continue
        layers, hidden = ENCODERS[name]
        flops = batch * layers * (24 * hidden**2 * tokens + 4 * hidden * tokens**2)
        weights = 4 * 12 * layers * hidden**2
        for profile, published in times.items():
            piece = board.slice(profile)
            sms = piece.sms or board.sms
            bandwidth = reachable_bandwidth(float(piece.bandwidth.value), sms, board) * 1e9
            compute = flops / (constant("compute_efficiency") * peak * sms / board.sms)
            predicted = joined(compute, weights / bandwidth, constant("overlap_exponent"))
            label = f"{name} b{batch} s{tokens} on {profile}"
            yield "migperf", label, published, predicted, compute, None, ONLY_SCORED
