"""When tenants send."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model import arrivals
from mig_explorer.model.arrivals import Arrivals, Bursty, ClosedLoop, Poisson, Replay, read_arrivals


def stream(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("block", [1 << 16, 3])
def test_poisson_is_one_exponential_gap_after_another(monkeypatch, block: int) -> None:
    monkeypatch.setattr(arrivals, "BLOCK", block)
    drawn, expected, now = stream(), [], 5.0
    while (now := now + drawn.exponential(1 / 3.0)) <= 40.0:
        expected.append(now)
    assert Poisson(3.0).times(stream(), 5.0, 40.0).tolist() == expected


@pytest.mark.parametrize("kind", [Poisson(50.0), Bursty(10.0, 100.0, 2.0, 0.5), Bursty(0.0, 50.0, 1.0, 1.0)])
def test_as_many_come_as_were_expected(kind: Arrivals) -> None:
    counts = [len(kind.times(stream(seed), 10.0, 110.0)) for seed in range(40)]
    error = np.std(counts, ddof=1) / math.sqrt(len(counts))
    assert abs(np.mean(counts) - kind.expected(10.0, 110.0)) < 2.7 * error


def test_bursty_sends_at_its_two_rates() -> None:
    times = Bursty(0.0, 1000.0, mean_calm_s=9.0, mean_burst_s=1.0).times(stream(), 0.0, 2000.0)
    gaps = np.diff(times)
    calm = gaps[gaps > 0.02]  # no gap within a burst is that long, save one in 5e8
    assert calm.mean() == pytest.approx(9.0, rel=0.2)
    assert gaps[gaps <= 0.02].mean() == pytest.approx(0.001, rel=0.02)


@given(
    begins=st.floats(0, 50),
    length=st.floats(-5, 50),
    calm=st.sampled_from([0.0, 0.5]),
    burst=st.sampled_from([1.0, 40.0]),
    seed=st.integers(0, 1000),
)
def test_times_are_in_order_and_inside(begins, length, calm, burst, seed) -> None:
    for kind in (Poisson(burst), Bursty(calm, burst, 0.5, 0.25), Replay([0.0, 1.0, 1.0, 60.0])):
        times = kind.times(stream(seed), begins, begins + length)
        assert np.all(np.diff(times) >= 0)
        assert np.all((times >= begins) & (times <= begins + length))


def test_titles() -> None:
    kinds: list[ClosedLoop | Arrivals] = [
        ClosedLoop(),
        ClosedLoop(0.5),
        Poisson(3.0),
        Bursty(1.0, 9.0, 1.0, 1.0),
        Replay([1.0]),
    ]
    assert [kind.title for kind in kinds] == [
        "closed loop",
        "closed loop, thinks 0.5 s",
        "Poisson, 3 requests/s",
        "bursty, 1 to 9 requests/s",
        "trace of 1 requests",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ClosedLoop(-1.0),
            "ClosedLoop() got think_seconds=-1.0. Give seconds, finite and 0 or more.",
        ),
        (
            lambda: Poisson(0.0),
            "Poisson() got rate_per_s=0.0. Give requests per second, finite and more than 0.",
        ),
        (
            lambda: Poisson(-2.0),
            "Poisson() got rate_per_s=-2.0. Give requests per second, finite and more than 0.",
        ),
        (
            lambda: Poisson(math.nan),
            "Poisson() got rate_per_s=nan. Give requests per second, finite and more than 0.",
        ),
        (
            lambda: Poisson(math.inf),
            "Poisson() got rate_per_s=inf. Give requests per second, finite and more than 0.",
        ),
        (
            lambda: Bursty(-1.0, 5.0, 1.0, 1.0),
            "Bursty() got rate_per_s=-1.0. Give requests per second, finite and 0 or more.",
        ),
        (
            lambda: Bursty(1.0, 5.0, 0.0, 1.0),
            "Bursty() got mean_calm_s=0.0. Give seconds, finite and more than 0.",
        ),
        (
            lambda: Bursty(5.0, 5.0, 1.0, 1.0),
            (
                "Bursty() got bursts of 5 requests per second in a calm of 5: a burst must be faster. For "
                "one even rate use Poisson(5)."
            ),
        ),
        (lambda: Replay([]), "Replay() got no times. Give at least one, in seconds from the start."),
        (
            lambda: Replay([0.5, math.nan]),
            "Replay() got times_s[1] = nan, which is no time. Times are seconds from the start, in order.",
        ),
        (
            lambda: Replay([-0.5]),
            "Replay() got times_s[0] = -0.5, before the start. Times are seconds from the start, in order.",
        ),
        (
            lambda: Replay([0.5, 0.25]),
            "Replay() got times_s[1] = 0.25, after 0.5. Times are seconds from the start, in order.",
        ),
    ],
)
def test_bad_input_is_refused(make, message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        make()
    assert str(caught.value) == message


def written(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_trace_is_read_by_its_columns(tmp_path: Path) -> None:
    text = "﻿size, arrived_s ,tenant\r\n9,0.5,ann\r\n9,0.75,bob\r\n\r\n7,2,ann\r\n"
    assert read_arrivals(written(tmp_path, text)) == Replay([0.5, 0.75, 2.0])
    assert read_arrivals(str(tmp_path / "trace.csv"), tenant="ann") == Replay([0.5, 2.0])


def test_tenants_of_one_trace_need_be_in_order_each_for_itself(tmp_path: Path) -> None:
    path = written(tmp_path, "tenant,arrived_s\nann,5\nbob,1\nbob,2\n")
    assert read_arrivals(path, tenant="bob") == Replay([1.0, 2.0])
    with pytest.raises(InvalidExperiment):
        read_arrivals(path)


@pytest.mark.parametrize(
    ("text", "tenant", "message"),
    [
        (
            "",
            None,
            (
                "trace.csv has no column 'arrived_s'; its columns are: none. A trace needs 'arrived_s' "
                "(seconds from the start), and 'tenant' where it holds several."
            ),
        ),
        (
            "time,who\n1,ann\n",
            None,
            (
                "trace.csv has no column 'arrived_s'; its columns are: time, who. A trace needs 'arrived_s' "
                "(seconds from the start), and 'tenant' where it holds several."
            ),
        ),
        (
            "arrived_s\n1\n",
            "ann",
            (
                "trace.csv has no column 'tenant'; its columns are: arrived_s. A trace needs 'arrived_s' "
                "(seconds from the start), and 'tenant' where it holds several."
            ),
        ),
        ("arrived_s\n", None, "trace.csv has no requests."),
        (
            "arrived_s,tenant\n1,bob\n2,cy\n",
            "ann",
            "trace.csv has no requests of 'ann'. Tenants in it: bob, cy.",
        ),
        (
            "arrived_s,size\n1,5\n,6\n",
            None,
            (
                "Line 3 of trace.csv has no arrived_s: every request needs a number of seconds. Remove the "
                "line or fill it."
            ),
        ),
        (
            "tenant,arrived_s\nann\n",
            None,
            (
                "Line 2 of trace.csv has no arrived_s: every request needs a number of seconds. Remove the "
                "line or fill it."
            ),
        ),
        (
            "arrived_s\nsoon\n",
            None,
            (
                "Line 2 of trace.csv has 'soon' as arrived_s: every request needs a number of seconds. "
                "Remove the line or fill it."
            ),
        ),
        (
            "arrived_s\n1\nNaN\n",
            None,
            (
                "Line 3 of trace.csv has arrived_s nan, which is no time. Times are seconds from the start, "
                "in order."
            ),
        ),
        (
            "arrived_s\ninf\n",
            None,
            (
                "Line 2 of trace.csv has arrived_s inf, which is no time. Times are seconds from the start, "
                "in order."
            ),
        ),
        (
            "arrived_s\n-1\n",
            None,
            (
                "Line 2 of trace.csv has arrived_s -1.0, before the start. Times are seconds from the "
                "start, in order."
            ),
        ),
        (
            "arrived_s\n2\n1\n",
            None,
            "Line 3 of trace.csv has arrived_s 1.0, after 2.0. Times are seconds from the start, in order.",
        ),
    ],
)
def test_a_trace_with_holes_is_refused(tmp_path: Path, text: str, tenant: str | None, message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        read_arrivals(written(tmp_path, text), tenant)
    assert str(caught.value) == message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_bytes(b"arrived_s\n\xff\xfe\n")
    with pytest.raises(
        InvalidExperiment, match=r"^trace.csv is not a CSV text in UTF-8 \(.*\). Export it as"
    ):
        read_arrivals(path)
    with pytest.raises(FileNotFoundError):
        read_arrivals(tmp_path / "nowhere.csv")


@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_trace_or_refused(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "trace.csv"
    path.write_bytes(b"arrived_s\n" + content)
    with suppress(InvalidExperiment):
        assert read_arrivals(path).times_s
