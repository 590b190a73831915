"""What others measured of sharing an A100: tenants in three modes, and jobs on slices of every size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mig_explorer.gpus import gpu as board_of
from mig_explorer.model.published import records, step_times
from mig_explorer.model.score import SHARING, rows
from mig_explorer.scenarios.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST, LARGEST = "1g.5gb", "7g.40gb"
MODES = ("time slicing", "MPS", "MIG")

OF_WORK = (
    Figure(
        "training of a small ResNet, seven at once with MIG over one, about",
        3.0,
        "times",
        "published",
        "Kaas et al. 2022, Deep Learning Training on Multi-Instance GPUs, abstract, A100, "
        "https://www.researchgate.net/publication/363537225_Deep_Learning_Training_on_Multi-Instance_GPUs",
    ),
    Figure(
        "training of small models, sharing over one, at the most (MPS did best)",
        4.0,
        "times",
        "published",
        "Robroek et al., An Analysis of Collocation on GPUs for Deep Learning Training, abstract, A100, "
        "https://zhuanzhi.ai/paper/ef081d67cbd5260fa07d18c37e25e69e",
    ),
    Figure(
        "energy saved by mixed MIG slices, six training workloads, at the most",
        33.0,
        "%",
        "published",
        "Characterizing Training Performance and Energy for Foundation Models and Image Classifiers on MIG, "
        "abstract, A100 and H100, https://researcher.draco.res.ibm.com/publications/characterizing-training-"
        "performance-and-energy-for-foundation-models-and-image-classifiers-on-multi-instance-gpus",
    ),
)
"""What abstracts of papers say of work done together; nothing here was tuned to it."""

OF_LATENCY = (
    Figure(
        "p95 latency of one of seven language-model servers, no partition over MIG",
        2499 / 1319,
        "times",
        "published",
        "2,499 and 1,319 ms on an A100, second-hand: https://thedailyscout.com/s/zUGyiRvkN1I",
    ),
    Figure(
        "mean latency of speech synthesis, MIG over time slicing",
        168.2 / 144.7,
        "times",
        "published",
        "168.2 and 144.7 ms on an A100, NVIDIA 2026, read in copies of https://developer.nvidia.com/blog/"
        "maximize-ai-infrastructure-throughput-by-consolidating-underutilized-gpu-workloads",
    ),
)
"""What was reported of latencies, for MIG and against it."""


def nos() -> pd.DataFrame:
    """Return what nos measured of one to seven tenants that send without a pause, and what the model says.

    Returns
    -------
    pandas.DataFrame
        ``sharing``, ``tenants``; ``latency_mean_s`` and ``modelled_latency_mean_s``; ``throughput_per_s`` and
        ``gain_times`` over one tenant alone on the whole GPU, which follow from the latency because nobody
        pauses, and ``modelled_gain_times``; ``set_the_model``, whether the figure was used to fit the model.
        ``attrs["provenance"]`` names the source.

    Examples
    --------
    >>> found = nos().set_index(["sharing", "tenants"])
    >>> [round(float(found.loc[(mode, 7), "gain_times"]), 2) for mode in MODES]
    [0.9, 1.93, 1.79]
    """
    modelled = {row.label: row for row in rows() if row.what == SHARING}
    measured = records("nos")
    alone = {each.details["mode"]: each.value for each in measured if each.details["tenants"] == 1}
    one, modelled_one = alone["MPS"], modelled["MPS, 1"].predicted
    found = []
    for each in measured:
        mode, tenants = each.details["mode"], each.details["tenants"]
        predicted = modelled[f"{mode}, {tenants}"].predicted
        found.append(
            {
                "sharing": mode,
                "tenants": tenants,
                "latency_mean_s": each.value,
                "modelled_latency_mean_s": predicted,
                "throughput_per_s": tenants / each.value,
                "gain_times": tenants / each.value * one,
                "modelled_gain_times": tenants / predicted * modelled_one,
                "set_the_model": each.split == "calibrate",
            }
        )
    table = pd.DataFrame(found)
    table.attrs["provenance"] = f"published: {measured[0].source}, {measured[0].gpu}, {measured[0].url}"
    return table


def slices_against_whole() -> pd.DataFrame:
    """Return what seven smallest slices would do of published jobs, against one slice as large as the board.

    Seven times the throughput published for one slice: neighbours change a slice's bandwidth by 0.3 % at most
    (see `mig_explorer.model.Mig`), though power and clocks are shared, and seven at once were not measured.

    Returns
    -------
    pandas.DataFrame
        ``source``, ``model``, ``task``, ``batch``, ``sequence``; ``slices``; ``gain_times`` of all of them
        over the largest slice; ``slower_times``, what one job takes on the smallest over the largest;
        ``whole_per_s`` and ``slices_per_s`` in items of a batch. ``attrs["provenance"]`` names the sources.

    Examples
    --------
    >>> found = slices_against_whole().set_index(["model", "batch", "sequence"])
    >>> round(float(found.loc[("bert-base", 8, 64), "gain_times"]), 2)
    5.26
    """
    table = pd.DataFrame(_jobs())
    named = [f"{each.source}, {each.url}" for family in ("migperf", "miso") for each in records(family)[:1]]
    table.attrs["provenance"] = f"published: {'; '.join(named)}"
    return table


def neighbours_cost() -> float:
    """Return the most bandwidth that a slice was measured to lose while all other slices copied, as a share.

    Examples
    --------
    >>> f"{neighbours_cost():.1%}"
    '0.2%'
    """
    copies = [each for each in records("gpuless_stream") if "c." not in str(each.profile)]
    alone = {(each.quantity, each.profile): each.value for each in copies if "layout" not in each.details}
    return max(
        1 - each.value / alone[each.quantity, each.profile] for each in copies if "layout" in each.details
    )


def _jobs() -> Iterator[dict[str, object]]:
    slices = board_of("A100-SXM4-40GB").profiles[SMALLEST].max_instances
    for family in ("migperf", "miso"):
        for (model, batch, sequence, task), seconds in step_times(family).items():
            if SMALLEST not in seconds or LARGEST not in seconds:
                continue
            slower = seconds[SMALLEST] / seconds[LARGEST]
            yield {
                "source": family,
                "model": model,
                "task": task or "training",
                "batch": batch,
                "sequence": sequence,
                "slices": slices,
                "gain_times": slices / slower,
                "slower_times": slower,
                "whole_per_s": batch / seconds[LARGEST],
                "slices_per_s": slices * batch / seconds[SMALLEST],
            }
