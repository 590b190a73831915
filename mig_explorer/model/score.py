"""The model beside what others measured: one row a published figure, and what they come to."""

from __future__ import annotations

import functools
import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tabulate import tabulate

from mig_explorer.gpus import gpu
from mig_explorer.model.bands import band, half_width, spread
from mig_explorer.model.bandwidth import reachable_bandwidth
from mig_explorer.model.calibration import constant
from mig_explorer.model.decoding import decoding
from mig_explorer.model.fit import BOARD, Case, cases, left_out
from mig_explorer.model.from_counts import inference_rows, triad_rows
from mig_explorer.model.published import records, step_times
from mig_explorer.model.scaling import curve_of, default_equation, share_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.model.published import Record
    from mig_explorer.model.scaling import Equation

BANDWIDTH = "bandwidth of a slice"
FEW_SMS = "bandwidth of few SMs beside all of the memory"
LOADED = "the same, all compute instances busy"
TWO_ANCHORS = "slices between, from two anchors"
HOST_KNOWN = "the same, host part known from a batch of 1"
ONE_ANCHOR = "smaller slices, from the largest alone"
SHARING = "n tenants on one GPU"
DECODING = "decoding, batch of 1, dense"
COUNTS = "from FLOPs and bytes alone"
LEFT_OUT = "tuned the model, each model left out in turn"
ONLY_SCORED = "only scored"
SMS_OF_ONE = 14
"""SMs of a compute slice of an A100."""

GOALS = {
    BANDWIDTH: "2 % each",
    TWO_ANCHORS: "median 3 %, mean 6 %",
    SHARING: "3 % each",
    (DECODING, "spark_decode"): "10 %",
}


class Row(NamedTuple):
    """A published figure and the model's.

    Parameters
    ----------
    what : str
        What is predicted from what.
    source : str
        The name of the source's file.
    label : str
        Which of its figures.
    published, predicted : float
        In the source's unit.
    naive : float or None
        By the share of SMs alone; None where that says nothing.
    inside : bool or None
        Whether the published figure lies in the band; None where there is none.
    split : str
        What part the figure had in tuning the model.
    """

    what: str
    source: str
    label: str
    published: float
    predicted: float
    naive: float | None
    inside: bool | None
    split: str

    @property
    def error(self) -> float:
        """Predicted over published, less 1."""
        return self.predicted / self.published - 1


@dataclass(frozen=True)
class Summary:
    """What the rows of one source come to.

    Parameters
    ----------
    what, source, split
        As in its rows.
    count : int
        Of rows.
    median, mean, tenth, most : float
        Of the absolute errors: `tenth` is what one in ten exceeds, `most` the largest.
    naive_median, naive_mean : float or None
        The same by the share of SMs alone.
    inside : float or None
        Share of rows that lie in their band.
    """

    what: str
    source: str
    count: int
    median: float
    mean: float
    tenth: float
    most: float
    naive_median: float | None
    naive_mean: float | None
    inside: float | None
    split: str


@functools.cache
def rows() -> tuple[Row, ...]:
    """Return every published figure that the model predicts.

    Examples
    --------
    >>> sum(row.source == "nos" for row in rows())
    12
    """
    return (
        *_bandwidths(),
        *_two_anchors(),
        *_host_known(),
        *_one_anchor(),
        *_sharing(),
        *_decoding(),
        *(Row(COUNTS, *each) for each in (*triad_rows(), *inference_rows())),
    )


def summaries(found: Iterable[Row] | None = None) -> list[Summary]:
    """Return the errors of each source and each way to predict.

    Examples
    --------
    >>> next(each.count for each in summaries() if each.source == "migperf")
    88
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows() if found is None else found:
        groups.setdefault((row.what, row.source), []).append(row)
    return [_summary(*key, group) for key, group in groups.items()]


def table() -> str:
    """Return the summaries as a table in Markdown."""
    lines = [
        [
            each.what,
            each.source,
            each.count,
            _percent(each.median),
            _percent(each.mean),
            _percent(each.tenth),
            _percent(each.most),
            f"{_percent(each.naive_median)}, {_percent(each.naive_mean)}" if each.naive_mean else "–",
            "–" if each.inside is None else f"{each.inside:.0%}",
            GOALS.get((each.what, each.source)) or GOALS.get(each.what, "–"),
            each.split,
        ]
        for each in summaries()
    ]
    heads = (
        "what",
        "source",
        "n",
        "median",
        "mean",
        "p90",
        "most",
        "1/SM: median, mean",
        "in band",
        "goal",
        "use",
    )
    return tabulate(lines, heads, tablefmt="github", disable_numparse=True)


def _summary(what: str, source: str, group: Sequence[Row]) -> Summary:
    off = sorted(abs(row.error) for row in group)
    naive = [abs(row.naive / row.published - 1) for row in group if row.naive is not None]
    inside = [row.inside for row in group if row.inside is not None]
    return Summary(
        what=what,
        source=source,
        count=len(off),
        median=statistics.median(off),
        mean=statistics.fmean(off),
        tenth=off[math.ceil(0.9 * len(off)) - 1],
        most=off[-1],
        naive_median=statistics.median(naive) if naive else None,
        naive_mean=statistics.fmean(naive) if naive else None,
        inside=statistics.fmean(inside) if inside else None,
        split=" / ".join(dict.fromkeys(row.split for row in group)),
    )


def _bandwidths() -> Iterable[Row]:
    """Return slices and compute instances, from the figure of the whole board."""
    board = gpu(BOARD)
    whole = float(board.whole.bandwidth.value)
    for each in records("gpuless_stream"):
        name, layout = str(each.profile), str(each.details.get("layout", ""))
        if each.quantity != "STREAM copy" or name == board.whole.name:
            continue
        compute, label = int(name[0]), f"{name} in {layout}" if layout else name
        what, split, predicted = BANDWIDTH, ONLY_SCORED, 0.0
        if "c." not in name:
            predicted = whole * board.profile(name).memory_slices / board.memory_slices
        else:
            predicted = reachable_bandwidth(whole, SMS_OF_ONE * compute, board)
            what, split = (LOADED, ONLY_SCORED) if layout else (FEW_SMS, "1c.7g set the constant")
        if what == LOADED:
            # The rule of contention: where more is asked for than there is, all are stretched alike.
            wanted = [
                reachable_bandwidth(whole, SMS_OF_ONE * int(one[0]), board) for one in layout.split("+")
            ]
            predicted *= min(1.0, whole / sum(wanted))
        yield Row(what, each.family, label, each.value, predicted, whole * compute / 7, None, split)


def _two_anchors() -> Iterable[Row]:
    for case, equation in left_out(cases(step_times("miso"))):
        yield _between(TWO_ANCHORS, "miso", case, equation, LEFT_OUT)
    for source, board in (("migperf", BOARD), ("wulver", "A100-SXM4-80GB")):
        for case in cases(step_times(source), board):
            yield _between(TWO_ANCHORS, source, case, default_equation(), ONLY_SCORED)


def _between(what: str, source: str, case: Case, equation: Equation, split: str) -> Row:
    predicted = curve_of(case.anchors, equation).seconds(equation.size(case.share))
    width = half_width(spread(case.anchors, case.share, equation))
    inside = abs(math.log(predicted / case.seconds)) <= width
    return Row(what, source, case.label, case.seconds, predicted, case.by_sms, inside, split)


def _host_known() -> Iterable[Row]:
    """Return inference whose host part is told by its batch of 1, which takes as long on every slice."""
    jobs, equation = step_times("migperf"), default_equation()
    for case in cases(jobs):
        alone = jobs.get((case.model, 1, 64, "inference"))
        if alone is None or case.job == (case.model, 1, 64, "inference"):
            continue
        host = statistics.median(alone.values())
        predicted = curve_of(case.anchors, equation, host).seconds(equation.size(case.share))
        low, high = band(case.anchors, case.share, equation, host)
        inside = low <= case.seconds <= high
        naive = case.by_sms
        yield Row(HOST_KNOWN, "migperf", case.label, case.seconds, predicted, naive, inside, ONLY_SCORED)


def _one_anchor() -> Iterable[Row]:
    equation = default_equation()
    for source, split in (("miso", "set the prior"), ("migperf", ONLY_SCORED)):
        for case in cases(step_times(source), ends=True):
            predicted = curve_of(case.anchors[-1:], equation).seconds(equation.size(case.share))
            low, high = band(case.anchors[-1:], case.share, equation)
            inside = low <= case.seconds <= high
            yield Row(ONE_ANCHOR, source, case.label, case.seconds, predicted, case.by_sms, inside, split)


def _sharing() -> Iterable[Row]:
    """Return the twelve cells of nos: host part a and GPU part b are from MPS, the loss from time slicing."""
    found = records("nos")
    tuning = [each for each in found if each.details["mode"] == "MPS" and each.split == "calibrate"]
    on_gpu, host = statistics.linear_regression(
        [each.details["tenants"] for each in tuning], [each.value for each in tuning]
    )
    board = gpu(found[0].gpu)
    for each in found:
        mode, tenants = each.details["mode"], each.details["tenants"]
        naive = tenants * (host + on_gpu)
        if mode == "MPS":
            predicted = host + on_gpu * tenants
        elif mode == "time slicing":
            predicted = naive * (1 + (constant("time_slicing_overhead") if tenants > 1 else 0))
        else:
            share = share_of(board.slice(str(each.profile)), board)
            predicted = host + on_gpu * default_equation().size(share)
            naive = (host + on_gpu) / share.compute
        split = {"calibrate": "set a, b and o", "validate": ONLY_SCORED}[each.split]
        yield Row(SHARING, "nos", f"{mode}, {tenants}", each.value, predicted, naive, None, split)


def _decoding() -> Iterable[Row]:
    for each in (*records("spark_decode"), *records("a100_decode")):
        board = gpu(each.gpu)
        found = decoding(
            _weight_bytes(each), board.whole, board, cache_bytes=each.details.get("cache_bytes", 0)
        )
        context = each.details.get("context")
        label = f"{each.details['model']}{f', context {context}' if context else ''}"
        inside = found.low_tokens_per_second <= each.value <= found.high_tokens_per_second
        rate = found.tokens_per_second
        yield Row(DECODING, each.family, label, each.value, rate, None, inside, ONLY_SCORED)


def _weight_bytes(record: Record) -> float:
    details: Any = record.details
    size = details["weights_gb"] * 1e9 if "weights_gb" in details else details["weights_gib"] * 2**30
    return float(size)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
